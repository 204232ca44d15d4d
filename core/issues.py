"""What is wrong with a form: a list of issues, all at once and beside their fields. The page has the words."""

import dataclasses
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum


class Severity(StrEnum):
    """What an issue stands in the way of. What cannot be saved cannot be published, or submitted, either."""

    SAVING = "saving"
    PUBLISHING = "publishing"
    ADVICE = "advice"


@dataclass(frozen=True, slots=True)
class Issue:
    """One thing that is wrong with one field: `full`, `next_steps.0`, `referral.whom`, `asked_as.3`, `ar.title`."""

    field: str
    code: str
    severity: Severity
    details: Mapping[str, str] = dataclasses.field(default_factory=dict)

"""What every form about content is held against: no broken characters, no endless texts, official pages over https."""

import re
from collections.abc import Iterable, Iterator, Mapping

from core.errors import RuleBroken
from core.issues import Issue, Severity
from core.plain_text import find_control

LONGEST = 2000
_SECURE = re.compile(r"https://[^\s/@:]+\.[^\s/@:]+(?:[/?#]\S*)?")


class DetailsWrong(RuleBroken):
    """Nothing is kept while something is wrong; ``issues`` says what, field by field."""

    code = "details_wrong"

    def __init__(self, issues: Iterable[Issue]) -> None:
        self.issues = list(issues)
        super().__init__(codes=sorted({issue.code for issue in self.issues}))


def unfit(fields: Mapping[str, str], *, most: int = LONGEST) -> Iterator[Issue]:
    """Characters that nobody can see or no database keeps, and texts of more than ``most`` characters."""
    for name, text in fields.items():
        if control := find_control(text):
            yield wrong(name, "control_character", character=control)
        if len(text) > most:
            yield wrong(name, "text_long", length=str(len(text)), most=str(most))


def is_secure(url: str) -> bool:
    """Whether this is a link to a public name over https, without a password in it."""
    return _SECURE.fullmatch(url) is not None


def wrong(field: str, code: str, **details: str) -> Issue:
    """Something for which a form is not kept."""
    return Issue(field, code, Severity.SAVING, details)

"""What every form about content is held against: no broken characters, no endless texts, official pages over https."""

import re
from collections.abc import Iterable, Iterator, Mapping

from content.inspecting import Issue, Severity
from core.errors import RuleBroken

LONGEST = 2000
_CONTROL = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\u202d\u202e\ud800-\udfff]")
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
        if control := _CONTROL.search(text):
            yield wrong(name, "control_character", character=f"U+{ord(control[0]):04X}")
        if len(text) > most:
            yield wrong(name, "text_long", length=str(len(text)), most=str(most))


def is_secure(url: str) -> bool:
    """Whether this is a link to a public name over https, without a password in it."""
    return _SECURE.fullmatch(url) is not None


def wrong(field: str, code: str, **details: str) -> Issue:
    """Something for which a form is not kept."""
    return Issue(field, code, Severity.SAVING, details)

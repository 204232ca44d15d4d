"""What is wrong with what is written about an organisation, all at once, each beside its field."""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from core import languages
from core.errors import RuleBroken
from core.issues import Issue, Severity
from core.plain_text import find_control, find_tag

LONGEST_NAME, LONGEST_ABOUT, LONGEST_LINE, LONGEST_DISTRICTS = 120, 600, 200, 2000
_WEBSITE = re.compile(r"https?://[^\s/@:]+\.[^\s/@:]+(?:[/?#]\S*)?")  # small associations may have no https
_NUMBER_WEIGHTS = (3, 2, 7, 6, 5, 4, 3, 2)


class OrganisationDetailsWrong(RuleBroken):
    """Nothing is kept while something is wrong; ``issues`` says what."""

    code = "organisation_details_wrong"

    def __init__(self, issues: Iterable[Issue]) -> None:
        self.issues = list(issues)
        super().__init__(codes=sorted({issue.code for issue in self.issues}))


@dataclass(frozen=True, slots=True)
class OrganisationDetails:
    """What staff write about an organisation. Only a name is needed."""

    name: str
    is_individual: bool = False
    number: str = ""
    about: Mapping[str, str] = field(default_factory=dict)
    languages: tuple[str, ...] = ()
    districts: tuple[str, ...] = ()
    website: str = ""
    contact: str = ""
    asks_approval: bool = False
    is_listed: bool = True


def check_organisation(details: OrganisationDetails) -> list[Issue]:
    """What forbids keeping these details."""
    found = [
        *check_text("name", details.name, most=LONGEST_NAME),
        *check_text("website", details.website, most=LONGEST_LINE),
        *check_text("contact", details.contact, most=LONGEST_LINE),
        *check_text("districts", "\n".join(details.districts), most=LONGEST_DISTRICTS),
    ]
    for code, text in details.about.items():
        found += check_text(f"about.{code}", text, most=LONGEST_ABOUT)
    if not details.name:
        found.append(Issue("name", "organisation_name_missing", Severity.SAVING))
    if details.number and not is_organisation_number(details.number):
        found.append(Issue("number", "organisation_number_wrong", Severity.SAVING))
    if details.website and not _WEBSITE.fullmatch(details.website):
        found.append(Issue("website", "organisation_website_wrong", Severity.SAVING))
    if not all(languages.is_promised(code) for code in (*details.languages, *details.about)):
        found.append(Issue("languages", "organisation_language_unknown", Severity.SAVING))
    return found


def check_text(name: str, text: str, *, most: int) -> list[Issue]:
    """Too long, or with what has no place in a text that people read."""
    found = []
    if control := find_control(text):
        found.append(Issue(name, "control_character", Severity.SAVING, {"character": control}))
    if tag := find_tag(text):
        found.append(Issue(name, "html_in_text", Severity.SAVING, {"tag": tag}))
    if len(text) > most:
        found.append(Issue(name, "text_long", Severity.SAVING, {"length": str(len(text)), "most": str(most)}))
    return found


def is_organisation_number(number: str) -> bool:
    """Nine digits, the last a check digit modulo 11 (brreg.no: Om organisasjonsnummeret)."""
    if not re.fullmatch(r"[0-9]{9}", number):
        return False
    control = -sum(int(digit) * weight for digit, weight in zip(number, _NUMBER_WEIGHTS, strict=False)) % 11
    return control == int(number[8])

"""You said, we changed: what came of what members say, one public list for each organisation."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from zoneinfo import ZoneInfo

from sqlalchemy import delete, select
from sqlalchemy.ext.asyncio import AsyncSession

from broadcasts.organisations.records import Organisation
from broadcasts.voices.records import Change
from core import languages
from core.errors import RuleBroken
from core.issues import Issue, Severity
from core.timeline import record

LONGEST = 500  # characters of each part
MOST = 100
NEEDED = "nb"


class ChangeWrong(RuleBroken):
    """What ``check_change`` finds must be put right first."""

    code = "change_wrong"


@dataclass(frozen=True, slots=True)
class ChangeCard:
    """One line in one language."""

    id: int
    said: str
    changed: str
    language: str
    day: date


def check_change(said: Mapping[str, str], changed: Mapping[str, str]) -> list[Issue]:
    """What is wrong: both parts stand in Bokmål, in every other language both or none, each in 500 characters."""
    issues = []
    kept = {"said": _kept(said), "changed": _kept(changed)}
    for part, other in (("said", "changed"), ("changed", "said")):
        needed = {NEEDED, *kept[other]} - kept[part].keys()
        issues += [Issue(f"{part}.{code}", "change_part_missing", Severity.SAVING) for code in sorted(needed)]
        for code, text in kept[part].items():
            if len(text) > LONGEST:
                details = {"length": str(len(text)), "most": str(LONGEST)}
                issues.append(Issue(f"{part}.{code}", "change_part_long", Severity.SAVING, details))
    return issues


async def publish_change(
    session: AsyncSession,
    organisation_id: str,
    said: Mapping[str, str],
    changed: Mapping[str, str],
    *,
    by: int,
    at: datetime,
) -> Change:
    """Put a line on the list; everybody sees it at once. Languages without words are left out."""
    organisation = await session.get_one(Organisation, organisation_id)
    if check_change(said, changed):
        raise ChangeWrong
    made = Change(organisation_id=organisation.id, said=_kept(said), changed=_kept(changed), at=at, by=by)
    session.add(made)
    record(session, "change_published", about=f"organisation:{organisation.id}", by=by, at=at)
    return made


async def take_away(session: AsyncSession, organisation_id: str, change_id: int, *, by: int, at: datetime) -> None:
    """Take a line from the list: it was wrong. Twice is once."""
    gone = delete(Change).where(Change.id == change_id, Change.organisation_id == organisation_id).returning(Change.id)
    if await session.scalar(gone) is not None:
        record(session, "change_taken_away", about=f"organisation:{organisation_id}", by=by, at=at)


async def list_changes(session: AsyncSession, organisation_id: str, language: str, *, zone: str) -> list[ChangeCard]:
    """The list for a reader of this language, the newest first; each line in their language or the next."""
    rows = await session.scalars(
        select(Change).where(Change.organisation_id == organisation_id).order_by(Change.at.desc(), Change.id.desc())
        .limit(MOST)
    )  # fmt: skip
    return [_card(row, languages.first_available(language, row.said) or NEEDED, zone) for row in rows]


def _card(row: Change, language: str, zone: str) -> ChangeCard:
    day = row.at.astimezone(ZoneInfo(zone)).date()
    return ChangeCard(row.id, row.said[language], row.changed[language], language, day)


def _kept(texts: Mapping[str, str]) -> dict[str, str]:
    return {code: text.strip() for code, text in texts.items() if text.strip()}

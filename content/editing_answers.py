"""What stands beside the texts of an answer: who is responsible, for whom, until when, and what it rests on.

These details belong to no language. Residents see a change at once, and no translation becomes outdated by it.
"""

from collections.abc import Iterator
from dataclasses import dataclass, fields
from datetime import date, datetime

from sqlalchemy import exists, select
from sqlalchemy.ext.asyncio import AsyncSession

from content.catalogue import AREAS, LIFE_EVENTS
from content.checks import LEVELS
from content.editing_checks import DetailsWrong, is_secure, unfit, wrong
from content.library_files import ID, RESERVED
from content.meanwhile import Details, check_unchanged
from content.models import Answer, Lifecycle, Office, Revision, Source, Translation
from content.publishing import announce
from core import languages
from core.database import add_unless_there
from core.errors import RuleBroken
from core.issues import Issue
from core.timeline import record

MOST_SOURCES, MOST_RELATED = 20, 20
LAST_PRIORITY = 99
_ADDRESSES = (*RESERVED, "new")  # "new" is the address of the page for a new one


class AnswerTaken(RuleBroken):
    """There is an answer with this id already."""

    code = "answer_taken"


@dataclass(frozen=True, slots=True)
class SourceDetails:
    """An official page as a form has it."""

    url: str
    name: str = ""
    is_verified: bool = False
    note: str = ""


@dataclass(frozen=True, slots=True)
class AnswerDetails(Details):
    """The details of an answer as a form has them."""

    area: str
    priority: int  # low ones stand first in menus
    is_safety: bool
    owner: str
    contact: str
    levels: tuple[str, ...]
    audience: tuple[str, ...]
    life_events: tuple[str, ...]
    related: tuple[str, ...]
    review_by: date | None
    valid_from: date | None
    valid_until: date | None
    sources: tuple[SourceDetails, ...]
    is_hidden_when_expired: bool = False


@dataclass(frozen=True, slots=True)
class NewAnswer:
    """An answer before there is one."""

    id: str
    area: str
    owner: str
    source_language: str = "nb"


async def find_details(session: AsyncSession, answer_id: str) -> AnswerDetails | None:
    """The details as they are; None when there is no such answer."""
    answer = await session.get(Answer, answer_id) if ID.fullmatch(answer_id) else None
    if answer is None:
        return None
    await session.refresh(answer, ["sources"])
    return _details(answer)


async def is_published(session: AsyncSession, answer_id: str) -> bool:
    """Whether residents see a text of this answer."""
    of_answer = exists().where(
        Translation.answer_id == answer_id,
        Revision.translation_id == Translation.id,
        Revision.lifecycle == Lifecycle.PUBLISHED,
    )
    return bool(await session.scalar(select(of_answer)))


async def check_details(
    session: AsyncSession, answer_id: str, details: AnswerDetails, *, reason: str = ""
) -> list[Issue]:
    """What is wrong with the details. What the answer had before, from a library, may stay as it is.

    An answer for people in danger that residents see loses that mark for a ``reason`` only.
    """
    before = await find_details(session, answer_id)
    kept = {one for many in (before.levels, before.life_events) for one in many} if before else set()
    issues = [*unfit({"audience": "\n".join(details.audience)}), *unfit({"reason": reason}, most=500)]
    if details.area not in AREAS and not (before and before.area == details.area):
        issues.append(wrong("area", "area_unknown"))
    if not 1 <= details.priority <= LAST_PRIORITY and not (before and before.priority == details.priority):
        issues.append(wrong("priority", "priority_wrong", most=str(LAST_PRIORITY)))
    if not reason and _is_safety_lost(before, details) and await is_published(session, answer_id):
        issues.append(wrong("reason", "safety_reason_missing"))
    for name, office in (("owner", details.owner), ("contact", details.contact)):
        is_kept = before is not None and office == getattr(before, name)
        if not is_kept and (not office or await session.get(Office, office) is None):
            issues.append(wrong(name, "office_unknown"))
    known = {*LEVELS, *LIFE_EVENTS, *kept}
    issues += [wrong("levels", "level_unknown") for one in details.levels if one not in known]
    issues += [wrong("life_events", "life_event_unknown") for one in details.life_events if one not in known]
    issues += [
        wrong("related", "related_unknown", answer_id=one)
        for one in await _unknown(session, answer_id, details)
        if not (before and one in before.related)
    ]
    if details.valid_from and details.valid_until and details.valid_from > details.valid_until:
        issues.append(wrong("valid_until", "dates_swapped"))
    if before and before.sources and not details.sources and await is_published(session, answer_id):
        issues.append(wrong("sources", "source_needed"))
    return [*issues, *_sources(details.sources)]


async def change_details(
    session: AsyncSession,
    answer_id: str,
    details: AnswerDetails,
    *,
    reason: str = "",
    seen: str | None = None,
    by: int,
    at: datetime,
) -> tuple[str, ...]:
    """Keep the details; which of them changed. Raises DetailsWrong, ChangedMeanwhile."""
    answer = await session.get_one(Answer, answer_id, with_for_update=True)
    await _hold_offices(session, details.owner, details.contact)
    if issues := await check_details(session, answer_id, details, reason=reason):
        raise DetailsWrong(issues)
    await session.refresh(answer, ["sources"])
    before = _details(answer)
    check_unchanged(before, details, seen=seen)
    changed = tuple(one.name for one in fields(details) if getattr(before, one.name) != getattr(details, one.name))
    answer.area, answer.priority, answer.is_safety = details.area, details.priority, details.is_safety
    answer.owner, answer.contact = details.owner, details.contact
    answer.levels, answer.audience = list(details.levels), list(details.audience)
    answer.life_events, answer.related = list(details.life_events), list(details.related)
    answer.review_by, answer.valid_from, answer.valid_until = details.review_by, details.valid_from, details.valid_until
    answer.is_hidden_when_expired = details.is_hidden_when_expired
    if "sources" in changed:
        answer.sources = [
            Source(position=place, url=one.url, name=one.name, is_verified=one.is_verified, note=one.note)
            for place, one in enumerate(details.sources)
        ]
    if changed:
        announce(session, "answer_details_changed", about=answer_id, at=at)
        told = {"reason": reason} if _is_safety_lost(before, details) and reason else {}
        names = ", ".join(changed)
        record(session, "answer_details_changed", about=f"answer:{answer_id}", by=by, at=at, changed=names, **told)
    return changed


async def check_new(session: AsyncSession, new: NewAnswer) -> list[Issue]:
    """What is wrong with a new answer."""
    issues = []
    if not ID.fullmatch(new.id) or new.id in _ADDRESSES:
        issues.append(wrong("id", "answer_id_wrong"))
    if new.area not in AREAS:
        issues.append(wrong("area", "area_unknown"))
    if not new.owner or await session.get(Office, new.owner) is None:
        issues.append(wrong("owner", "office_unknown"))
    if new.source_language not in languages.PROMISED:
        issues.append(wrong("source_language", "language_unknown"))
    return issues


async def add_answer(session: AsyncSession, new: NewAnswer, *, by: int, at: datetime) -> None:
    """A new answer without a text: residents see nothing of it yet. Its owner is its contact, until somebody says
    otherwise. Raises DetailsWrong, AnswerTaken.
    """
    await _hold_offices(session, new.owner)
    if issues := await check_new(session, new):
        raise DetailsWrong(issues)
    values = {
        "id": new.id,
        "area": new.area,
        "owner": new.owner,
        "contact": new.owner,
        "source_language": new.source_language,
        "levels": ["municipality"],
    }
    if not await add_unless_there(session, Answer, **values):
        raise AnswerTaken(answer_id=new.id)
    record(session, "answer_added", about=f"answer:{new.id}", by=by, at=at, area=new.area, owner=new.owner)


def _is_safety_lost(before: AnswerDetails | None, details: AnswerDetails) -> bool:
    return before is not None and before.is_safety and not details.is_safety


async def _hold_offices(session: AsyncSession, *keys: str) -> None:
    """Nobody removes these offices before the transaction is over."""
    there = [key for key in keys if key.isprintable()]
    held = select(Office.key).where(Office.key.in_(there)).order_by(Office.key)
    await session.execute(held.with_for_update(read=True))


def _details(answer: Answer) -> AnswerDetails:
    return AnswerDetails(
        area=answer.area,
        priority=answer.priority,
        is_safety=answer.is_safety,
        owner=answer.owner,
        contact=answer.contact,
        levels=tuple(answer.levels),
        audience=tuple(answer.audience),
        life_events=tuple(answer.life_events),
        related=tuple(answer.related),
        review_by=answer.review_by,
        valid_from=answer.valid_from,
        valid_until=answer.valid_until,
        sources=tuple(SourceDetails(one.url, one.name, one.is_verified, one.note) for one in answer.sources),
        is_hidden_when_expired=answer.is_hidden_when_expired,
    )


async def _unknown(session: AsyncSession, answer_id: str, details: AnswerDetails) -> list[str]:
    """The related answers that do not exist, or are this one."""
    wanted = [one for one in details.related if ID.fullmatch(one) and one != answer_id][:MOST_RELATED]
    there = set(await session.scalars(select(Answer.id).where(Answer.id.in_(wanted))))
    return [one for one in details.related if one not in there]


def _sources(sources: tuple[SourceDetails, ...]) -> Iterator[Issue]:
    seen: set[str] = set()
    for number, source in enumerate(sources):
        place = f"sources.{number}.url"
        texts = {"url": source.url, "name": source.name, "note": source.note}
        yield from unfit({f"sources.{number}.{name}": text for name, text in texts.items()})
        if not is_secure(source.url):
            yield wrong(place, "source_insecure", url=source.url)
        elif source.url in seen:
            yield wrong(place, "source_twice", url=source.url)
        seen.add(source.url)
    if len(sources) > MOST_SOURCES:
        yield wrong("sources", "sources_many", most=str(MOST_SOURCES))

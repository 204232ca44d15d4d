"""What a person decides about an update of the shared library: accept, adapt or refuse.

A text that is accepted goes the way of every text: a draft (by nobody here), sent to review, approved by whoever
accepts it. Every decision is about what was looked at: its ``mark`` says what that was.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import date, datetime

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from content.drafting import OPEN, find_newest, find_open, get_or_add_translation, save_draft
from content.editing_answers import SourceDetails, change_details, find_details
from content.editing_checks import DetailsWrong
from content.editing_facts import FactTaken, NewFact, add_fact, change_fact
from content.facts import FactType
from content.library_updates.comparing import load_ours, withdraw_offer
from content.library_updates.items import (
    DetailsContent,
    Item,
    Name,
    as_draft,
    details,
    fact,
    offered_item,
    says_the_same,
    taken,
)
from content.library_updates.queue import find_source_languages, in_order, mark_of
from content.library_updates.records import LibraryDecision, LibraryItem, LibraryItemKind
from content.models import Answer, Fact, Office, Revision, Source, Translation
from content.publishing import announce
from content.reviewing import NotReady, ReasonNeeded, approve, publish_approved, submit
from core.database import Database
from core.errors import RuleBroken
from core.timeline import record


class UpdateGone(RuleBroken):
    """Somebody has decided already, or the library's text or ours has changed since it was looked at."""

    code = "update_gone"


class TextUnderWay(RuleBroken):
    """One text at a time is on its way to residents: what somebody is writing here is finished first."""

    code = "text_under_way"


class UpdateNotReady(RuleBroken):
    """What is accepted must fulfil the same rules as what is written here."""

    code = "update_not_ready"


@dataclass(frozen=True, slots=True)
class AcceptedTogether:
    """How many updates were accepted, and how many must be looked at one by one."""

    accepted: int
    left: int


@dataclass(frozen=True, slots=True)
class _Open:
    """An update that waits for a decision, its rows locked, in the order in which they are taken."""

    rows: list[LibraryItem]
    items: list[Item]  # what each row offers
    ours: Mapping[Name, Item]


async def accept(session: AsyncSession, update_id: int, *, mark: str, may_publish: bool, by: int, at: datetime) -> Item:
    """Take the library's version: a fact or details at once, a text published, or left approved for who may publish.

    Raises UpdateGone, TextUnderWay, UpdateNotReady, and OwnWorkNeedsSecondPerson for whoever has written on the text.
    """
    opened = await _find(session, update_id, mark)
    try:
        for item in opened.items:
            await _take(session, item, opened.ours, may_publish=may_publish, by=by, at=at)
    except (NotReady, DetailsWrong, FactTaken) as problem:
        raise UpdateNotReady(update_id=update_id, **problem.details) from problem
    return _decide(session, opened, LibraryDecision.ACCEPTED, by=by, at=at)


async def accept_together(
    database: Database, marks: Mapping[int, str], *, may_publish: bool, by: int, at: datetime
) -> AcceptedTogether:
    """Accept many, each in a transaction of its own; what cannot be accepted goes on waiting."""
    left = 0
    for update_id, mark in marks.items():
        try:
            async with database.changing() as session:
                await accept(session, update_id, mark=mark, may_publish=may_publish, by=by, at=at)
        except RuleBroken:
            left += 1
    return AcceptedTogether(len(marks) - left, left)


async def adapt(session: AsyncSession, update_id: int, *, mark: str, by: int, at: datetime) -> Item:
    """Make a draft of each text, for somebody to write on. Details and facts that are here have their own pages.

    Raises UpdateGone, also when there is no text to write on, and TextUnderWay.
    """
    opened = await _find(session, update_id, mark)
    first = opened.items[0].name
    is_details_here = len(opened.items) == 1 and first[0] is LibraryItemKind.DETAILS and first in opened.ours
    if first[0] is LibraryItemKind.FACT or is_details_here:
        raise UpdateGone(update_id=update_id)
    for item in opened.items:
        if item.name[0] is LibraryItemKind.TEXT:
            await _draft(session, item, at=at)
        elif item.name not in opened.ours:
            await _add_answer(session, item, by=by, at=at)
    return _decide(session, opened, LibraryDecision.ADAPTED, by=by, at=at)


async def refuse(session: AsyncSession, update_id: int, reason: str, *, mark: str, by: int, at: datetime) -> Item:
    """Leave ours as it is, and say why; it comes back when the library changes it again.

    Raises UpdateGone, ReasonNeeded.
    """
    if not reason.strip():
        raise ReasonNeeded
    opened = await _find(session, update_id, mark)
    return _decide(session, opened, LibraryDecision.REFUSED, reason.strip()[:500], by=by, at=at)


async def _find(session: AsyncSession, update_id: int, mark: str) -> _Open:
    name = select(LibraryItem.update_name).where(LibraryItem.id == update_id).scalar_subquery()
    waiting = select(LibraryItem).where(LibraryItem.update_name == name, LibraryItem.offered_hash.is_not(None))
    locked = waiting.order_by(LibraryItem.id).with_for_update().execution_options(populate_existing=True)
    rows = list(await session.scalars(locked))
    await _hold_ours(session, rows)
    ours = await load_ours(session, {row.key for row in rows})
    rows = in_order(rows, await find_source_languages(session, rows))
    if not rows or rows[0].id != update_id or mark_of(rows, ours) != mark:
        raise UpdateGone(update_id=update_id)
    return _Open(rows, [offered_item(row) for row in rows], ours)


async def _hold_ours(session: AsyncSession, rows: Iterable[LibraryItem]) -> None:
    """What is here stays as it is looked at now until the transaction ends; everybody locks in the order of keys."""
    for row in sorted(rows, key=lambda one: (one.kind, one.key, one.language)):
        match LibraryItemKind(row.kind):
            case LibraryItemKind.FACT:
                await session.execute(select(Fact.name).where(Fact.name == row.key).with_for_update())
            case LibraryItemKind.DETAILS:
                await session.execute(select(Answer.id).where(Answer.id == row.key).with_for_update())
            case LibraryItemKind.TEXT:
                text = (Translation.answer_id == row.key, Translation.language == row.language)
                held = await session.scalar(select(Translation.id).where(*text).with_for_update())
                opened = (Revision.translation_id == held, Revision.lifecycle.in_(OPEN))
                await session.execute(select(Revision.id).where(*opened).with_for_update())


def _decide(
    session: AsyncSession, opened: _Open, decision: LibraryDecision, reason: str = "", *, by: int, at: datetime
) -> Item:
    """Write it down; the first of what was decided about."""
    for row, item in zip(opened.rows, opened.items, strict=True):
        row.seen_hash, row.decision, row.reason = item.hash, decision, reason
        row.decided_by, row.decided_at = by, at
        withdraw_offer(row)
    first = opened.rows[0]
    room = "fact" if first.kind == LibraryItemKind.FACT else "answer"
    more = {"language": first.language, "reason": reason}
    said = {name: value for name, value in more.items() if value}
    record(session, f"library_{decision}", about=f"{room}:{first.key}", by=by, at=at, **said)
    return opened.items[0]


async def _take(
    session: AsyncSession, item: Item, ours: Mapping[Name, Item], *, may_publish: bool, by: int, at: datetime
) -> None:
    kind, _key, _language = item.name
    if says_the_same(ours.get(item.name), item):
        return
    if kind is LibraryItemKind.TEXT:
        translation_id = await _draft(session, item, at=at)
        await submit(session, translation_id, by=by, at=at)
        await approve(session, translation_id, by=by, at=at)
        if may_publish:
            await publish_approved(session, translation_id, by=by, at=at)
    elif kind is LibraryItemKind.FACT:
        await _take_fact(session, item, by=by, at=at)
    elif item.name in ours:
        await _take_details(session, taken(ours[item.name], item), by=by, at=at)
    else:
        await _add_answer(session, item, by=by, at=at)


async def _draft(session: AsyncSession, item: Item, *, at: datetime) -> int:
    """The library's text as the open draft; the id of its translation."""
    _kind, answer_id, language = item.name
    translation = await get_or_add_translation(session, answer_id, language)
    if await find_open(session, translation.id) is not None:
        raise TextUnderWay(answer_id=answer_id, language=language)
    newest = await find_newest(session, translation.id)
    base = newest.number if newest else None
    await save_draft(session, answer_id, language, as_draft(item), based_on=base, by=None, at=at)
    return translation.id


async def _take_fact(session: AsyncSession, item: Item, *, by: int, at: datetime) -> None:
    one, name = fact(item), item.name[1]
    here = await session.get(Fact, name, with_for_update=True)
    if here is None:
        new = NewFact(
            name,
            FactType(one["type"]),
            one["value"],
            one["about"],
            one["source"],
            _day(one["valid_as_of"]),
            one["is_verified"],
        )
        await add_fact(session, new, by=by, at=at)
        return
    here.type = one["type"]
    await change_fact(
        session,
        name,
        one["value"],
        source=one["source"],
        valid_as_of=_day(one["valid_as_of"]),
        is_verified=one["is_verified"],
        by=by,
        at=at,
    )


async def _take_details(session: AsyncSession, item: Item, *, by: int, at: datetime) -> None:
    """Sources and days: what else stands there is the municipality's own matter."""
    one, answer_id = details(item), item.name[1]
    before = await find_details(session, answer_id)
    if before is None:
        raise UpdateGone(answer_id=answer_id)
    after = replace(
        before,
        review_by=_day(one["review_by"]),
        valid_from=_day(one["valid_from"]),
        valid_until=_day(one["valid_until"]),
        is_hidden_when_expired=one["is_hidden_when_expired"],
        sources=tuple(SourceDetails(**source) for source in one["sources"]),
    )
    answer = await session.get_one(Answer, answer_id)
    if answer.checked_on != _day(one["checked_on"]):
        answer.checked_on = _day(one["checked_on"])
        announce(session, "answer_details_changed", about=answer_id, at=at)
    await change_details(session, answer_id, after, by=by, at=at)


async def _add_answer(session: AsyncSession, item: Item, *, by: int, at: datetime) -> None:
    """A new answer, without texts yet. An office that is not here is replaced when somebody edits its details."""
    one, answer_id = details(item), item.name[1]
    offices = set(await session.scalars(select(Office.key)))
    session.add(
        Answer(
            id=answer_id,
            area=one["area"],
            priority=one["priority"],
            owner=_known(one["owner"], offices),
            contact=_known(one["contact"], offices),
            is_safety=one["is_safety"],
            levels=one["levels"],
            audience=one["audience"],
            life_events=one["life_events"],
            related=one["related"],
            source_language=one["source_language"],
            checked_on=_day(one["checked_on"]),
            review_by=_day(one["review_by"]),
            valid_from=_day(one["valid_from"]),
            valid_until=_day(one["valid_until"]),
            is_hidden_when_expired=one["is_hidden_when_expired"],
            sources=_sources(one),
        )
    )
    await session.flush()  # translations point to the answer
    record(session, "answer_added", about=f"answer:{answer_id}", by=by, at=at, area=one["area"], owner=one["owner"])


def _sources(one: DetailsContent) -> list[Source]:
    return [Source(position=place, **source) for place, source in enumerate(one["sources"])]


def _known(office: str, offices: set[str]) -> str:
    return office if office in offices else ""


def _day(written: str | None) -> date | None:
    return date.fromisoformat(written) if written else None

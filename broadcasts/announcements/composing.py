"""Writing a broadcast: its texts, one for each language, and what belongs to all of them.

A draft changes freely. What was approved or scheduled may change until it is released, and is then a draft again: an
approval holds for the words that were read. Later it is copied.
"""

from collections.abc import Collection, Mapping
from datetime import datetime

from sqlalchemy import delete, select
from sqlalchemy.exc import NoResultFound
from sqlalchemy.ext.asyncio import AsyncSession

from broadcasts.announcements.checks import Text, forbids_saving, inspect_details, inspect_text
from broadcasts.announcements.details import Details, details_of, put_into, tidied, tidy
from broadcasts.announcements.records import Broadcast, BroadcastState, BroadcastText, Fallback, Kind
from broadcasts.announcements.rights import (
    OnItsWay,
    VettedTextPinned,
    check_changeable,
    check_kind,
    check_open,
    check_writer,
    clear_approval,
    lock_own,
    was_asked,
)
from broadcasts.briefing.telling import tell_of_change
from broadcasts.organisations.by import By
from core import languages
from core.errors import RuleBroken
from core.issues import Issue

__all__ = [
    "BroadcastNotSavable",
    "Details",
    "begin",
    "copy_for",
    "details_of",
    "discard",
    "get_broadcast",
    "list_broadcasts",
    "list_texts",
    "list_titles",
    "remove_text",
    "set_details",
    "set_text",
]


class BroadcastNotSavable(RuleBroken):
    """Nothing is kept while something forbids saving; ``issues`` says what, field by field."""

    code = "broadcast_not_savable"

    def __init__(self, issues: list[Issue]) -> None:
        self.issues = issues
        super().__init__(codes=sorted({issue.code for issue in issues}))


async def begin(
    session: AsyncSession,
    *,
    organisation_id: str | None,
    kind: Kind,
    source_language: str,
    by: By,
    zone: str,
    at: datetime,
) -> Broadcast:
    """An empty draft: of an organisation, or (None) of staff, to be proposed.

    Raises NotTheirAmbassador, OrganisationNotActive, UrgentIsForStaff.
    """
    await check_writer(session, organisation_id, by)
    check_kind(kind, organisation_id)
    broadcast = Broadcast(
        organisation_id=organisation_id,
        kind=kind,
        state=BroadcastState.DRAFT,
        source_language=languages.resolve(source_language),
        fallback=Fallback.NEXT_LANGUAGE,
        comment={},
        replies=[],
        weekdays=[],
        answer_hashes={},
        author_ambassador_id=by.ambassador_id,
        author_staff_id=by.staff_id,
        zone=zone,
        created_at=at,
        changed_at=at,
    )
    session.add(broadcast)
    await session.flush()  # the timeline names its number
    by.record(session, "broadcast_begun", about=f"broadcast:{broadcast.id}", at=at, kind=kind.value)
    return broadcast


async def set_text(
    session: AsyncSession,
    broadcast_id: int,
    language: str,
    *,
    title: str,
    body: str,
    is_machine: bool = False,
    by: By,
    at: datetime,
) -> Broadcast:
    """Write the text of one language, or write it anew.

    Raises BroadcastNotSavable, VettedTextPinned, and what check_changeable raises.
    """
    language = languages.normalise(language)
    broadcast = await _lock_for_text(session, broadcast_id, by)
    text = Text(" ".join(title.split()), tidy(body), is_machine)
    if issues := forbids_saving(inspect_text(language, text)):
        raise BroadcastNotSavable(issues)
    row = await _find_text(session, broadcast_id, language)
    if row is not None and (row.title, row.body, row.is_machine) == (text.title, text.body, is_machine):
        return broadcast
    if row is None:
        row = BroadcastText(broadcast_id=broadcast_id, language=language)
        session.add(row)
    row.title, row.body, row.is_machine = text.title, text.body, is_machine
    await _changed(session, broadcast, "broadcast_text_written", by=by, at=at, language=language)
    return broadcast


async def remove_text(session: AsyncSession, broadcast_id: int, language: str, *, by: By, at: datetime) -> Broadcast:
    """Take one language away again; nothing happens when it is not there."""
    language = languages.normalise(language)
    broadcast = await _lock_for_text(session, broadcast_id, by)
    row = await _find_text(session, broadcast_id, language)
    if row is not None:
        await session.delete(row)
        await _changed(session, broadcast, "broadcast_text_removed", by=by, at=at, language=language)
    return broadcast


async def set_details(session: AsyncSession, broadcast_id: int, details: Details, *, by: By, at: datetime) -> Broadcast:
    """Write what belongs to all languages. Only the fallback may change without taking an approval away.

    Raises BroadcastNotSavable, and what check_changeable raises.
    """
    broadcast = await lock_own(session, broadcast_id, by)
    before, after = details_of(broadcast), tidied(details)
    if before == after:
        return broadcast
    is_fallback_only = before.said() == after.said()
    await (check_open if is_fallback_only else check_changeable)(session, broadcast)
    if issues := forbids_saving(inspect_details(after)):
        raise BroadcastNotSavable(issues)
    put_into(broadcast, after)
    if is_fallback_only:
        broadcast.changed_at = at
        by.record(session, "broadcast_fallback_set", about=f"broadcast:{broadcast.id}", at=at, to=after.fallback.value)
    else:
        await _changed(session, broadcast, "broadcast_details_written", by=by, at=at)
    return broadcast


async def copy_for(
    session: AsyncSession, broadcast_id: int, organisation_id: str | None, *, by: By, at: datetime
) -> Broadcast:
    """A new draft with the same words and details, without a time: of the same organisation, or of one that was asked.

    Raises NoResultFound for what is another organisation's, or what this one was not asked about.
    """
    await check_writer(session, organisation_id, by)
    source = await session.get_one(Broadcast, broadcast_id)
    is_asked = source.organisation_id != organisation_id
    if is_asked and not await was_asked(session, source, organisation_id):
        raise NoResultFound
    copy = Broadcast(
        organisation_id=organisation_id,
        proposal_id=source.id if is_asked else source.proposal_id,
        kind=source.kind,
        state=BroadcastState.DRAFT,
        source_language=source.source_language,
        weekdays=[],
        answer_id=source.answer_id,
        answer_hashes=dict(source.answer_hashes),
        author_ambassador_id=by.ambassador_id,
        author_staff_id=by.staff_id if by.staff_id is not None else source.author_staff_id,
        zone=source.zone,
        created_at=at,
        changed_at=at,
    )
    put_into(copy, details_of(source))
    session.add(copy)
    await session.flush()  # its texts point to it
    await put_texts(session, source.id, copy.id)
    by.record(session, "broadcast_copied", about=f"broadcast:{copy.id}", at=at, of=str(source.id))
    return copy


async def put_texts(session: AsyncSession, from_id: int, to_id: int) -> None:
    """Make the texts of one broadcast those of another too, instead of the ones that it has."""
    await session.execute(delete(BroadcastText).where(BroadcastText.broadcast_id == to_id))
    for language, text in (await list_texts(session, from_id)).items():
        new = BroadcastText(broadcast_id=to_id, language=language, title=text.title, body=text.body)
        new.is_machine = text.is_machine
        session.add(new)
    await session.flush()  # what is asked next finds them


async def discard(session: AsyncSession, broadcast_id: int, *, by: By, at: datetime) -> None:
    """Throw a draft away. Raises OnItsWay for anything that is more than a draft: that is cancelled."""
    broadcast = await lock_own(session, broadcast_id, by)
    if broadcast.state != BroadcastState.DRAFT:
        raise OnItsWay(broadcast_id=broadcast_id, state=broadcast.state)
    by.record(session, "broadcast_discarded", about=f"broadcast:{broadcast.id}", at=at)
    await session.delete(broadcast)


async def get_broadcast(session: AsyncSession, broadcast_id: int) -> Broadcast:
    """Raises NoResultFound. Who may see it is for the caller to ask."""
    return await session.get_one(Broadcast, broadcast_id)


async def list_texts(session: AsyncSession, broadcast_id: int) -> dict[str, BroadcastText]:
    """By language, in the order in which people choose languages."""
    rows = {
        row.language: row
        for row in await session.scalars(select(BroadcastText).where(BroadcastText.broadcast_id == broadcast_id))
    }
    return {language: rows[language] for language in (*languages.PROMISED, *sorted(rows)) if language in rows}


async def list_broadcasts(
    session: AsyncSession,
    organisation_id: str | None,
    *,
    states: Collection[BroadcastState] | None = None,
    limit: int = 50,
) -> list[Broadcast]:
    """Those of an organisation, or (None) the proposals of staff; what changed last comes first."""
    own = (
        Broadcast.organisation_id.is_(None) if organisation_id is None else Broadcast.organisation_id == organisation_id
    )
    wanted = select(Broadcast).where(own).order_by(Broadcast.changed_at.desc(), Broadcast.id.desc()).limit(limit)
    if states is not None:
        wanted = wanted.where(Broadcast.state.in_(states))
    return list(await session.scalars(wanted))


async def list_titles(session: AsyncSession, broadcast_ids: Collection[int]) -> dict[int, Mapping[str, str]]:
    """The titles of several broadcasts, each by language."""
    found: dict[int, dict[str, str]] = {}
    asked = select(BroadcastText.broadcast_id, BroadcastText.language, BroadcastText.title)
    for broadcast_id, language, title in await session.execute(
        asked.where(BroadcastText.broadcast_id.in_(broadcast_ids))
    ):
        found.setdefault(broadcast_id, {})[language] = title
    return dict(found)


async def _lock_for_text(session: AsyncSession, broadcast_id: int, by: By) -> Broadcast:
    broadcast = await lock_own(session, broadcast_id, by)
    await check_changeable(session, broadcast)
    if broadcast.answer_id is not None:
        raise VettedTextPinned(broadcast_id=broadcast_id)
    return broadcast


async def _changed(
    session: AsyncSession, broadcast: Broadcast, event: str, *, by: By, at: datetime, **details: str
) -> None:
    """Count the version on, and let an approval or a schedule fall. Whoever said yes to a proposal is told."""
    about = f"broadcast:{broadcast.id}"
    broadcast.text_version += 1
    broadcast.changed_at = at
    by.record(session, event, about=about, at=at, **details)
    if broadcast.state == BroadcastState.IN_BRIEFING:
        if broadcast.kind != Kind.URGENT:  # that waits for a second person first (approving.approve)
            await session.flush()  # the new words are what is told of
            await tell_of_change(session, broadcast, at=at)
    elif clear_approval(broadcast):
        by.record(session, "broadcast_approval_fell", about=about, at=at)


async def _find_text(session: AsyncSession, broadcast_id: int, language: str) -> BroadcastText | None:
    found: BroadcastText | None = await session.scalar(
        select(BroadcastText).where(BroadcastText.broadcast_id == broadcast_id, BroadcastText.language == language)
    )
    return found

"""Messages as lists show them: which there are, of whom, and how far they have come. In pages, the newest first."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import ColumnElement, func, select
from sqlalchemy.ext.asyncio import AsyncSession

from broadcasts.announcements.approving import list_to_approve, waits_for_reader
from broadcasts.announcements.records import Broadcast, BroadcastState, BroadcastText, Kind
from broadcasts.briefing.records import Briefing, Decision
from broadcasts.delivery.arming import get_policy
from broadcasts.delivery.records import SendingPolicy
from broadcasts.organisations.records import Organisation
from broadcasts.scheduling.swallowed import list_swallowed, will_be_swallowed
from core import languages

PAGE = 30


@dataclass(frozen=True, slots=True)
class Row:
    """A message in the list. ``language`` is that of the title; of a message without a text both are empty."""

    broadcast_id: int
    organisation_id: str | None
    organisation: str
    kind: Kind
    state: BroadcastState
    language: str
    title: str
    changed_at: datetime
    next_run_at: datetime | None
    is_swallowed: bool = False  # by quiet hours: nobody would get it then


@dataclass(frozen=True, slots=True)
class Page:
    """Some of the messages that were looked for, and how many there are in all."""

    rows: tuple[Row, ...]
    count: int
    number: int

    @property
    def last(self) -> int:
        """The number of the last page; the first is 1."""
        return max(1, -(-self.count // PAGE))


async def list_messages(
    session: AsyncSession,
    *,
    organisation_ids: Collection[str] | None,
    state: BroadcastState | None = None,
    language: str = "nb",
    page: int = 1,
) -> Page:
    """A page of the messages of these organisations; None: of all, and what staff propose. Titles for this reader."""
    wanted: list[ColumnElement[bool]] = []
    if organisation_ids is not None:
        wanted.append(Broadcast.organisation_id.in_(organisation_ids))
    if state is not None:
        wanted.append(Broadcast.state == state)
    count = await session.scalar(select(func.count()).select_from(Broadcast).where(*wanted)) or 0
    number = min(max(page, 1), max(1, -(-count // PAGE)))
    newest = select(Broadcast).where(*wanted).order_by(Broadcast.changed_at.desc(), Broadcast.id.desc())
    found = await session.scalars(newest.limit(PAGE).offset((number - 1) * PAGE))
    return Page(await _rows(session, list(found), language), count, number)


async def list_to_read(session: AsyncSession, *, language: str = "nb") -> tuple[Row, ...]:
    """What waits for a second person, the oldest first."""
    return await _rows(session, await list_to_approve(session), language)


async def list_swallowed_rows(session: AsyncSession, *, language: str = "nb") -> tuple[Row, ...]:
    """Planned messages that nobody would get, because of quiet hours that were changed since."""
    return await _rows(session, await list_swallowed(session), language)


async def count_to_read(session: AsyncSession) -> int:
    """How many messages wait for a second person."""
    return await session.scalar(select(func.count()).select_from(Broadcast).where(waits_for_reader())) or 0


async def count_asked(session: AsyncSession, organisation_ids: Collection[str]) -> int:
    """How many proposals these organisations have not decided about."""
    waiting = select(func.count()).select_from(Briefing).join(Broadcast, Broadcast.id == Briefing.broadcast_id)
    return (
        await session.scalar(
            waiting.where(
                Briefing.organisation_id.in_(organisation_ids),
                Briefing.decision == Decision.ASKED,
                Broadcast.state == BroadcastState.IN_BRIEFING,
            )
        )
        or 0
    )


async def _rows(session: AsyncSession, found: Sequence[Broadcast], language: str) -> tuple[Row, ...]:
    ids = [one.id for one in found]
    names = {one.id: one.name for one in await session.scalars(select(Organisation).where(_is_of(found)))}
    titles: dict[int, dict[str, str]] = {}
    for text in await session.scalars(select(BroadcastText).where(BroadcastText.broadcast_id.in_(ids))):
        titles.setdefault(text.broadcast_id, {})[text.language] = text.title
    policy = await get_policy(session)
    return tuple(
        _row(one, names.get(one.organisation_id or "", ""), titles.get(one.id, {}), language, policy) for one in found
    )


def _is_of(found: Sequence[Broadcast]) -> ColumnElement[bool]:
    return Organisation.id.in_({one.organisation_id for one in found if one.organisation_id is not None})


def _row(one: Broadcast, organisation: str, titles: dict[str, str], language: str, policy: SendingPolicy) -> Row:
    best = languages.first_available(language, titles) or ""
    return Row(
        broadcast_id=one.id,
        organisation_id=one.organisation_id,
        organisation=organisation,
        kind=Kind(one.kind),
        state=BroadcastState(one.state),
        language=best,
        title=titles.get(best, ""),
        changed_at=one.changed_at,
        next_run_at=one.next_run_at,
        is_swallowed=will_be_swallowed(one, policy),
    )

"""The log of a crisis or drill: who did what and when, and what became of its messages."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from broadcasts.announcements.records import Broadcast, ReplyKey
from broadcasts.crisis.records import Crisis
from broadcasts.crisis.releasing import list_messages
from broadcasts.crisis.told import Told, list_told
from broadcasts.delivery.cleaning import KEEP
from broadcasts.delivery.records import DeliveryState
from broadcasts.delivery.reporting import load_report
from broadcasts.organisations.records import Organisation
from core.timeline import TimelineEntry, list_entries

MOST_EVENTS = 1_000


@dataclass(frozen=True, slots=True)
class Through:
    """What became of the message of one organisation. Counts are exact: of members, show them by ``shown``."""

    organisation_id: str
    organisation: str
    broadcast_id: int
    first_at: datetime | None  # when it began to go out
    ended_at: datetime | None
    counts: Mapping[DeliveryState, int]
    seen: int  # ambassadors who pressed "I have seen it" under a drill

    @property
    def recipients(self) -> int:
        """Everybody to whom it went, or should have gone."""
        return sum(self.counts.values())


@dataclass(frozen=True, slots=True)
class CrisisLog:
    """Everything about one crisis or drill, events in the order in which they happened."""

    crisis: Crisis
    events: tuple[TimelineEntry, ...]
    through: tuple[Through, ...]
    told: tuple[Told, ...] | None  # None: not released, or so long ago that nobody can say any more

    def totals(self) -> dict[DeliveryState, int]:
        """By state, over all organisations."""
        return {state: sum(one.counts.get(state, 0) for one in self.through) for state in DeliveryState}

    def to_call(self) -> list[Told]:
        """Who was not told, or of whom nobody knows."""
        return [one for one in self.told or () if not one.is_sent]


async def load_log(session: AsyncSession, crisis_id: int, *, at: datetime) -> CrisisLog:
    """Raises NoResultFound."""
    crisis = await session.get_one(Crisis, crisis_id)
    events = await list_entries(session, about=f"crisis:{crisis_id}", limit=MOST_EVENTS)
    messages = await list_messages(session, crisis_id)
    told = None
    if crisis.released_at is not None and at < crisis.released_at + KEEP:
        told = tuple(await list_told(session, messages, is_drill=crisis.is_drill))
    return CrisisLog(crisis, tuple(reversed(events)), tuple(await _through(session, messages)), told)


async def _through(session: AsyncSession, messages: Sequence[Broadcast]) -> list[Through]:
    ids = {one.organisation_id for one in messages if one.organisation_id}
    rows = await session.execute(select(Organisation.id, Organisation.name).where(Organisation.id.in_(ids)))
    names = {row.id: row.name for row in rows}
    found = []
    for message in messages:
        runs = (await load_report(session, message.id)).runs
        counts = runs[0].by_state() if runs else {}
        found.append(
            Through(
                message.organisation_id or "",
                names.get(message.organisation_id or "", "–"),
                message.id,
                first_at=runs[0].due_at if runs else None,
                ended_at=runs[0].ended_at if runs else None,
                counts=counts,
                seen=runs[0].responses.get(ReplyKey.YES, 0) if runs else 0,
            )
        )
    return sorted(found, key=lambda one: one.organisation)

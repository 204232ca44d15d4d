"""Which ambassadors were told of a crisis message, or got the drill: who was not is called by telephone."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from broadcasts.announcements.records import Broadcast
from broadcasts.crisis.telling import key_of
from broadcasts.delivery.records import Delivery, DeliveryState, DirectMessage, Release
from broadcasts.organisations.records import Ambassador, Organisation
from broadcasts.organisations.speaking import SPEAKS


@dataclass(frozen=True, slots=True)
class Told:
    """One ambassador, or an organisation for which nobody speaks (no name, no state)."""

    organisation_id: str
    organisation: str
    contact: str  # what stands in the organisation's entry
    name: str
    has_chat: bool
    state: DeliveryState | None  # None: no message to them is known
    reason: str = ""
    at: datetime | None = None

    @property
    def is_sent(self) -> bool:
        """The channel took the message. Everybody else may know nothing."""
        return self.state == DeliveryState.SENT


async def list_told(session: AsyncSession, messages: Sequence[Broadcast], *, is_drill: bool) -> list[Told]:
    """Everybody who speaks for an organisation of these messages now, by organisation and name.

    Rows say it for thirty days (delivery/cleaning.py): do not ask later, nobody would seem to have been told.
    """
    found: list[Told] = []
    for message in messages:
        organisation = await session.get(Organisation, message.organisation_id)
        if organisation is None:
            continue
        about = (organisation.id, organisation.name, organisation.contact)
        wanted = select(Ambassador).where(Ambassador.organisation_id == organisation.id, SPEAKS)
        speaking = (await session.scalars(wanted.order_by(Ambassador.name, Ambassador.id))).all()
        rows = await (_drilled(session, message) if is_drill else _written(session, message, speaking))
        for one in speaking:
            row = rows.get(one.id if not is_drill else one.person_id or 0)
            traces = (row.state, row.reason, row.ended_at) if row is not None else (None, "", None)
            found.append(Told(*about, one.name, one.person_id is not None, *traces))
        if not speaking:
            found.append(Told(*about, "", has_chat=False, state=None))
    return sorted(found, key=lambda one: one.organisation)


async def _written(
    session: AsyncSession, message: Broadcast, speaking: Sequence[Ambassador]
) -> Mapping[int, DirectMessage]:
    """By the ambassador's number: of a real one they are told in words of their own."""
    keys = {key_of(message.id, one.id): one.id for one in speaking}
    rows = await session.scalars(select(DirectMessage).where(DirectMessage.key.in_(keys)))
    return {keys[row.key]: row for row in rows}


async def _drilled(session: AsyncSession, message: Broadcast) -> Mapping[int, Delivery]:
    """By the person's number: a drill is a message to ambassadors."""
    wanted = select(Delivery).join(Release, Release.id == Delivery.release_id)
    wanted = wanted.where(Release.broadcast_id == message.id, Delivery.person_id.is_not(None))
    return {row.person_id: row for row in await session.scalars(wanted) if row.person_id is not None}

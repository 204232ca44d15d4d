"""Members of the web chat: nobody can write to them, so what waits is shown at their next visit, while it is useful."""

from datetime import datetime

from sqlalchemy import BindParameter, ColumnElement, exists, select
from sqlalchemy.ext.asyncio import AsyncSession

from broadcasts.announcements.announcement import load_composed
from broadcasts.delivery.arming import get_policy
from broadcasts.delivery.claiming import find_standings, goes_out
from broadcasts.delivery.deciding import may_go_out, why_not
from broadcasts.delivery.direct import content_of
from broadcasts.delivery.port import Parcel
from broadcasts.delivery.records import Delivery, DeliveryState, DirectMessage, Release
from core.metrics import count_deliveries
from core.people import Address, Person

MOST = 5  # at one visit


def is_awaited(*, at: datetime | BindParameter[datetime]) -> ColumnElement[bool]:
    """The condition for a person for whom something may wait: for a query that asks for more, too."""
    queued = exists().where(Delivery.person_id == Person.id, Delivery.state == DeliveryState.QUEUED)
    direct = exists().where(
        DirectMessage.person_id == Person.id,
        DirectMessage.state == DeliveryState.QUEUED,
        DirectMessage.send_until > at,
    )
    return queued | direct


async def find_awaited(session: AsyncSession, where: Address, *, at: datetime) -> int | None:
    """The number of the person here, if something may wait for them."""
    here = select(Person.id).where(Person.channel == where.channel, Person.address == where.address)
    found: int | None = await session.scalar(here.where(is_awaited(at=at)))
    return found


async def hand_over(session: AsyncSession, person_id: int, *, at: datetime) -> list[Parcel]:
    """What waits for somebody who is here now, the oldest first; recorded as sent, for the page shows it at once."""
    found = await _direct(session, person_id, at=at)
    if (await get_policy(session)).is_armed:
        found += await _broadcasts(session, person_id, at=at)
    count_deliveries(DeliveryState.SENT.value, len(found))
    return found


async def _direct(session: AsyncSession, person_id: int, *, at: datetime) -> list[Parcel]:
    rows = await session.scalars(
        select(DirectMessage)
        .where(DirectMessage.person_id == person_id, DirectMessage.state == DeliveryState.QUEUED)
        .where(DirectMessage.send_until > at)
        .order_by(DirectMessage.id)
        .limit(MOST)
        .with_for_update(skip_locked=True)
    )
    found = []
    for row in rows.all():
        row.state, row.ended_at = DeliveryState.SENT, at
        found.append(Parcel("", "", await content_of(session, row)))
    return found


async def _broadcasts(session: AsyncSession, person_id: int, *, at: datetime) -> list[Parcel]:
    rows = await session.execute(
        select(Delivery, Release)
        .join(Release, Release.id == Delivery.release_id)
        .where(Delivery.person_id == person_id, Delivery.state == DeliveryState.QUEUED)
        .where(goes_out(at=at))
        .order_by(Delivery.id)
        .limit(MOST)
        .with_for_update(skip_locked=True, of=Delivery)
    )
    found = []
    for row, release in rows.all():
        composed = await load_composed(session, release.broadcast_id)
        if composed is None or not may_go_out(composed.broadcast):
            continue
        standings = await find_standings(session, [row], release.organisation_id, composed.broadcast.audience)
        standing = standings[row.id]
        row.ended_at = at
        if reason := why_not(standing, composed):
            row.state, row.reason = DeliveryState.SKIPPED, reason.value
            count_deliveries(DeliveryState.SKIPPED.value)
            continue
        announcement = composed.for_reader(standing.wanted, release_id=release.id)
        if announcement is not None:
            row.state, row.language, row.wanted = DeliveryState.SENT, announcement.language, standing.wanted
            found.append(Parcel("", standing.wanted, announcement))
    return found

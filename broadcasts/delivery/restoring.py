"""After a backup was restored: nothing goes out by itself, and nobody gets twice what went out since the backup."""

from datetime import datetime

from sqlalchemy import select, update
from sqlalchemy.ext.asyncio import AsyncSession

from broadcasts.announcements.records import Broadcast, BroadcastState
from broadcasts.delivery.arming import disarm
from broadcasts.delivery.records import OPEN, Delivery, DeliveryState, DirectMessage, Release, ReleaseState
from core.timeline import record

RESTORED = "restored"


async def hold_back_all(session: AsyncSession, *, at: datetime) -> None:
    """What the backup took for open may be done by now: sending is off, and people decide about each message.

    What was on its way is unknown, and so is every message to one person that was waiting. A broadcast that was going
    out, or was due between the backup and now, is paused: whoever resumes it knows that it may have gone out.
    """
    unknown = {"state": DeliveryState.UNKNOWN, "reason": RESTORED, "ended_at": at}
    claimed = update(Delivery).where(Delivery.state == DeliveryState.CLAIMED)
    await session.execute(claimed.values(**unknown))
    await session.execute(update(DirectMessage).where(DirectMessage.state.in_(OPEN)).values(**unknown))
    going_out = update(Release).where(Release.state.in_((ReleaseState.EXPANDING, ReleaseState.SENDING)))
    await session.execute(going_out.values(state=ReleaseState.PAUSED, paused_reason=RESTORED))
    is_due = (Broadcast.state == BroadcastState.SCHEDULED) & (Broadcast.next_run_at <= at)
    for row in await session.scalars(select(Broadcast).where(is_due | (Broadcast.state == BroadcastState.SENDING))):
        row.state = BroadcastState.PAUSED
        record(session, "broadcast_paused", about=f"broadcast:{row.id}", at=at, why=RESTORED)
    await disarm(session, by=None, at=at, why=RESTORED)
    record(session, "backup_restored", at=at)

"""A crisis or drill is over: what has not gone out yet does not go out any more."""

from datetime import datetime

from sqlalchemy.ext.asyncio import AsyncSession

from broadcasts.announcements.records import BroadcastState
from broadcasts.crisis.records import Crisis, CrisisState
from broadcasts.crisis.releasing import CrisisDecided, list_messages
from broadcasts.organisations.by import By
from broadcasts.scheduling.scheduling import cancel
from core.timeline import record

_MAY_BE_CANCELLED = (BroadcastState.SCHEDULED, BroadcastState.SENDING, BroadcastState.PAUSED)


async def end(session: AsyncSession, crisis_id: int, *, by: int, at: datetime) -> Crisis:
    """Anybody who leads may end it, also one that was only prepared, or prepared by themselves."""
    crisis = await session.get_one(Crisis, crisis_id, with_for_update=True, populate_existing=True)
    if crisis.state == CrisisState.ENDED:
        raise CrisisDecided(crisis=crisis_id)
    for broadcast in await list_messages(session, crisis_id):
        if broadcast.state in _MAY_BE_CANCELLED:
            await cancel(session, broadcast.id, by=By(staff_id=by), at=at)
    was_released = crisis.state == CrisisState.RELEASED
    crisis.state, crisis.ended_at = CrisisState.ENDED, at
    event = "crisis_ended" if was_released else "crisis_given_up"
    record(session, event, about=f"crisis:{crisis_id}", by=by, at=at)
    return crisis

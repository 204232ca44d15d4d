"""Planned messages that quiet hours swallow: it is quiet for as long as they are useful, so nobody would get them.

When they were planned it was not so: somebody has changed the quiet hours since.
"""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from broadcasts.announcements.records import Broadcast, BroadcastState
from broadcasts.briefing.telling import tell_ambassadors
from broadcasts.delivery.arming import get_policy
from broadcasts.delivery.records import SendingPolicy
from broadcasts.scheduling.planning import is_swallowed

DIRECT_KIND = "swallowed"


def will_be_swallowed(row: Broadcast, policy: SendingPolicy) -> bool:
    """Whether this message is planned, and quiet hours swallow its next run."""
    if row.state != BroadcastState.SCHEDULED or row.next_run_at is None:
        return False
    return is_swallowed(row, row.next_run_at, policy)


async def list_swallowed(session: AsyncSession) -> Sequence[Broadcast]:
    """All planned messages of which the next run would reach nobody, the next one first."""
    policy = await get_policy(session)
    planned = select(Broadcast).where(Broadcast.state == BroadcastState.SCHEDULED)
    rows = await session.scalars(planned.order_by(Broadcast.next_run_at, Broadcast.id))
    return [row for row in rows if will_be_swallowed(row, policy)]


async def warn_of_quiet_hours(session: AsyncSession, *, at: datetime) -> None:
    """Tell its ambassadors, once for these quiet hours and this plan, while they can choose another time."""
    policy = await get_policy(session)
    for row in await list_swallowed(session):
        about = {"quiet_from": policy.quiet_from, "quiet_until": policy.quiet_until}
        plan = f"{row.first_at}:{row.useful_minutes}:{policy.quiet_from}-{policy.quiet_until}"
        key = f"{DIRECT_KIND}:{row.id}:{plan}"
        organisation_id = row.organisation_id or ""
        await tell_ambassadors(session, organisation_id, row, DIRECT_KIND, key=key, at=at, more=about)

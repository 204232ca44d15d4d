"""How much waits to be sent, and for how long: for operators. Each question costs the same, however much there is."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Select, func, select
from sqlalchemy.ext.asyncio import AsyncSession

from broadcasts.delivery.arming import get_policy
from broadcasts.delivery.claiming import list_going_out
from broadcasts.delivery.records import Delivery, DeliveryState, DirectMessage, Release, ReleaseState

MOST_COUNTED = 10_000  # from here on it says "so many, or more"
OPEN = (ReleaseState.EXPANDING, ReleaseState.SENDING, ReleaseState.PAUSED)


@dataclass(frozen=True, slots=True)
class Queue:
    """Of one channel. Seconds are 0 where nothing waits that may go now."""

    deliveries: int  # at most MOST_COUNTED
    seconds: float  # since the oldest release began of which something may go at this moment
    direct: int  # at most MOST_COUNTED
    direct_seconds: float


async def look_at_queue(session: AsyncSession, channel: str, *, at: datetime) -> Queue:
    """What waits on this channel: by index, and counted no further than MOST_COUNTED."""
    unended = list(await session.scalars(select(Release.id).where(Release.state.in_(OPEN))))
    queued = Delivery.state == DeliveryState.QUEUED
    waiting = select(Delivery.id).where(Delivery.release_id.in_(unended), Delivery.channel == channel, queued)
    alone = (DirectMessage.channel == channel, DirectMessage.state == DeliveryState.QUEUED)
    may_go = (DirectMessage.not_before.is_(None)) | (DirectMessage.not_before <= at)
    oldest = select(DirectMessage.created_at).where(*alone, may_go).order_by(DirectMessage.id).limit(1)
    return Queue(
        deliveries=await _count(session, waiting.limit(MOST_COUNTED)) if unended else 0,
        seconds=await _oldest(session, channel, at=at),
        direct=await _count(session, select(DirectMessage.id).where(*alone).limit(MOST_COUNTED)),
        direct_seconds=_age(await session.scalar(oldest), at=at),
    )


async def count_releases(session: AsyncSession) -> Mapping[ReleaseState, int]:
    """How many releases have not ended, by their state."""
    rows = await session.execute(
        select(Release.state, func.count()).where(Release.state.in_(OPEN)).group_by(Release.state)
    )
    found = {ReleaseState(state): count for state, count in rows}
    return {state: found.get(state, 0) for state in OPEN}


async def _oldest(session: AsyncSession, channel: str, *, at: datetime) -> float:
    policy = await get_policy(session)
    if not policy.is_armed:
        return 0.0
    several = await list_going_out(session, channel, policy, at=at)
    return max((_age(release.began_at, at=at) for releases in several.values() for release in releases), default=0.0)


async def _count(session: AsyncSession, some: Select[int]) -> int:
    return await session.scalar(select(func.count()).select_from(some.subquery())) or 0


def _age(since: datetime | None, *, at: datetime) -> float:
    return max((at - since).total_seconds(), 0.0) if since else 0.0

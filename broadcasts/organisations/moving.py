"""A group of Telegram's that became a supergroup has another address; the bot may have been noticed there already."""

from datetime import datetime

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from broadcasts.organisations.records import Group

MOVED = "moved"


async def move_group(session: AsyncSession, group: Group, address: str, *, at: datetime) -> None:
    """Let it live on at its new address, as the same group, for the same organisation.

    What stands at that address already gives way, unless somebody has said whose it is: then the old one ends.
    """
    there = await session.scalar(
        select(Group).where(Group.channel == group.channel, Group.address == address).with_for_update()
    )
    if there is not None and there.id != group.id:
        if there.organisation_id is not None and there.ended_at is None:
            group.ended_at, group.ended_reason = at, MOVED
            return
        await session.delete(there)
        await session.flush()  # an address stands there once
    group.address = address

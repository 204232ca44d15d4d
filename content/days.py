"""Which day it is in the municipality: its answers fall due and run out by its own calendar, not by that of UTC."""

from datetime import date, datetime
from zoneinfo import ZoneInfo

from sqlalchemy.ext.asyncio import AsyncSession

from content.models import Municipality

USUAL_ZONE = "Europe/Oslo"  # before there is a profile


def day_in(zone: str, *, at: datetime) -> date:
    """The day in a time zone: at 23:30 UTC in summer it is the next day in Oslo."""
    return at.astimezone(ZoneInfo(zone)).date()


async def get_zone(session: AsyncSession) -> str:
    """The municipality's time zone."""
    town = await session.get(Municipality, 1)
    return town.zone if town else USUAL_ZONE


async def get_today(session: AsyncSession, *, at: datetime) -> date:
    """The day in the municipality."""
    return day_in(await get_zone(session), at=at)

"""What the robot has read is kept for a while: made once for all who listen. At most 100 MB, the newest win."""

from datetime import datetime, timedelta

from sqlalchemy import delete, func, select
from sqlalchemy.ext.asyncio import AsyncSession

from content.reading_aloud.records import RobotReading
from content.reading_aloud.sound_files import StoredSound
from core.database import add_unless_there

KEEP = timedelta(days=30)
MOST_BYTES = 100_000_000


async def find_robot_reading(session: AsyncSession, key: str) -> StoredSound | None:
    """The sound of these words."""
    wanted = select(RobotReading.media_type, RobotReading.content).where(RobotReading.key == key)
    found = (await session.execute(wanted)).first()
    return StoredSound(found.media_type, found.content) if found else None


async def keep_robot_reading(session: AsyncSession, key: str, sound: StoredSound, *, at: datetime) -> None:
    """Keep a sound; the oldest go when there is no room."""
    size = len(sound.content)
    values = {"media_type": sound.media_type, "size": size, "made_at": at, "content": sound.content}
    await add_unless_there(session, RobotReading, key=key, **values)
    newest_first = func.sum(RobotReading.size).over(order_by=(RobotReading.made_at.desc(), RobotReading.key))
    summed = select(RobotReading.key, newest_first.label("so_far")).subquery()
    beyond = select(summed.c.key).where(summed.c.so_far > MOST_BYTES)
    await session.execute(delete(RobotReading).where(RobotReading.key.in_(beyond)))


async def drop_old_robot_readings(session: AsyncSession, *, at: datetime) -> None:
    """Let go of what was made a month ago: who still listens gets it made anew."""
    await session.execute(delete(RobotReading).where(RobotReading.made_at < at - KEEP))

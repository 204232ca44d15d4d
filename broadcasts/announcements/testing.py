"""A test: an ambassador gets their own message in the own chat, before anybody else."""

from datetime import datetime, timedelta

from sqlalchemy.ext.asyncio import AsyncSession

from broadcasts.announcements.composing import list_texts
from broadcasts.delivery.direct import write_to
from broadcasts.organisations.records import Ambassador
from core.errors import RuleBroken

USEFUL = timedelta(minutes=30)


class NoChatConnected(RuleBroken):
    """A test goes to the ambassador's own chat, and none is connected."""

    code = "no_chat_connected"


class NothingToTest(RuleBroken):
    """There is no text in the language of the test."""

    code = "nothing_to_test"


async def send_test(
    session: AsyncSession, broadcast_id: int, language: str, *, ambassador: Ambassador, at: datetime
) -> None:
    """Write the message as it is now, in this language, to its ambassador. Raises NoChatConnected, NothingToTest."""
    if ambassador.person_id is None:
        raise NoChatConnected(ambassador_id=ambassador.id)
    if language not in await list_texts(session, broadcast_id):
        raise NothingToTest(broadcast_id=broadcast_id, language=language)
    about = {"broadcast": str(broadcast_id), "language": language}
    key = f"test:{broadcast_id}:{language}:{ambassador.id}:{at.timestamp():.0f}"
    await write_to(session, ambassador.person_id, "test", about, key=key, at=at, useful=USEFUL, wakes=True)

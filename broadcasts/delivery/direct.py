"""Messages for one person alone: written down with the change they tell of, sent by the same loop as broadcasts."""

from collections.abc import Mapping
from datetime import datetime, timedelta

from sqlalchemy import delete
from sqlalchemy.ext.asyncio import AsyncSession

from broadcasts.announcements.announcement import Announcement, load_composed
from broadcasts.delivery.arming import get_policy
from broadcasts.delivery.port import Direct
from broadcasts.delivery.records import DeliveryState, DirectMessage
from broadcasts.scheduling.quiet import quiet_ends
from core.database import add_unless_there
from core.people import Person

USEFUL = timedelta(days=3)
TEST = "test"  # announcements/testing.py
ZONE = "Europe/Oslo"  # whose clock says when people sleep: broadcasts have zones of their own, people do not


async def write_to(
    session: AsyncSession,
    person_id: int,
    kind: str,
    about: Mapping[str, str],
    *,
    key: str,
    at: datetime,
    useful: timedelta = USEFUL,
    wakes: bool = False,
) -> bool:
    """Write a message to one person; False when there was one with this key, or the person is gone.

    ``kind`` names its words (bot/direct.py), which are made of ``about`` when it is sent, in the person's language.
    In quiet hours it waits until they end, unless it ``wakes``: what somebody has asked for just now, or a crisis.
    """
    person = await session.get(Person, person_id)
    if person is None:
        return False
    policy = await get_policy(session)
    not_before = at if wakes else quiet_ends(policy.quiet_from, policy.quiet_until, ZONE, at=at)
    return await add_unless_there(
        session,
        DirectMessage,
        person_id=person_id,
        channel=person.channel,
        kind=kind,
        about=dict(about),
        key=key,
        state=DeliveryState.QUEUED,
        reason="",
        claim="",
        tries=0,
        not_before=None if not_before == at else not_before,
        send_until=at + useful,
        created_at=at,
    )


async def take_away(session: AsyncSession, key: str) -> None:
    """Delete what nobody has got yet of the messages whose keys begin so: it is not true any more."""
    waiting = DirectMessage.key.startswith(key, autoescape=True), DirectMessage.state == DeliveryState.QUEUED
    await session.execute(delete(DirectMessage).where(*waiting), execution_options={"synchronize_session": False})


async def content_of(session: AsyncSession, message: DirectMessage) -> Announcement | Direct:
    """What the person reads: a test is the broadcast itself, as it is now; all else is worded from ``about``."""
    if message.kind == TEST:
        composed = await load_composed(session, int(message.about["broadcast"]))
        announcement = composed.for_reader(message.about["language"]) if composed else None
        if announcement is not None:
            return announcement
    return Direct(message.kind, message.about)

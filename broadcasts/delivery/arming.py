"""Whether this installation sends at all, and by which rules. A new, copied or restored one sends to nobody."""

import re
from datetime import datetime

from sqlalchemy.ext.asyncio import AsyncSession

from broadcasts.delivery.records import SendingPolicy
from core.database import add_unless_there
from core.errors import RuleBroken
from core.timeline import record

_CLOCK = re.compile(r"([01]\d|2[0-3]):[0-5]\d")
MOST_FIRST = 50


class PolicyWrong(RuleBroken):
    """Quiet hours are two times as 21:00, and of the first broadcasts 0 to 50 are read by a second person."""

    code = "sending_policy_wrong"


async def get_policy(session: AsyncSession, *, lock: bool = False) -> SendingPolicy:
    """The rules of sending. Before anybody changed them: not armed, quiet from 21:00 to 08:00, three messages read."""
    found = await session.get(SendingPolicy, 1, with_for_update=lock)
    return found or SendingPolicy(id=1, is_armed=False, quiet_from="21:00", quiet_until="08:00", first_read_by_staff=3)


async def arm(session: AsyncSession, *, by: int, at: datetime) -> None:
    """From now on what is due goes out."""
    policy = await _kept(session)
    if not policy.is_armed:
        policy.is_armed, policy.armed_by, policy.armed_at = True, by, at
        record(session, "sending_armed", by=by, at=at)


async def disarm(session: AsyncSession, *, by: int | None, at: datetime, why: str = "") -> None:
    """Nothing goes out any more; what is being sent at this moment still does. ``by`` None: it happened of itself."""
    policy = await _kept(session)
    if policy.is_armed:
        policy.is_armed, policy.armed_by, policy.armed_at = False, None, None
        record(session, "sending_disarmed", by=by, at=at, **({"why": why} if why else {}))


async def edit_policy(
    session: AsyncSession, *, quiet_from: str, quiet_until: str, first_read_by_staff: int, by: int, at: datetime
) -> None:
    """Change quiet hours (equal times: none), and how many messages of a new organisation staff read first."""
    if not (_CLOCK.fullmatch(quiet_from) and _CLOCK.fullmatch(quiet_until) and 0 <= first_read_by_staff <= MOST_FIRST):
        raise PolicyWrong
    policy = await _kept(session)
    policy.quiet_from, policy.quiet_until = quiet_from, quiet_until
    policy.first_read_by_staff = first_read_by_staff
    record(session, "sending_policy_edited", by=by, at=at, quiet=f"{quiet_from}-{quiet_until}")


async def _kept(session: AsyncSession) -> SendingPolicy:
    usual = await get_policy(session)
    values = ("is_armed", "quiet_from", "quiet_until", "first_read_by_staff")
    await add_unless_there(session, SendingPolicy, id=1, **{name: getattr(usual, name) for name in values})
    return await get_policy(session, lock=True)

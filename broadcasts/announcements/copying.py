"""Sending something again: a new draft from an old broadcast."""

from datetime import datetime

from sqlalchemy.ext.asyncio import AsyncSession

from broadcasts.announcements.composing import copy_for
from broadcasts.announcements.records import Broadcast, Kind
from broadcasts.announcements.rights import check_kind, check_writer
from broadcasts.organisations.by import By
from core.errors import RuleBroken


class SharedAnew(RuleBroken):
    """A shared answer is not copied: members would get it as it was then."""

    code = "shared_anew"


def may_be_sent_again(broadcast: Broadcast) -> bool:
    """Urgent ones are proposed anew, and answers shared anew, as they read now."""
    return broadcast.kind not in (Kind.URGENT, Kind.ANSWER)


async def send_again(session: AsyncSession, broadcast_id: int, *, by: By, at: datetime) -> Broadcast:
    """The same words and details as a draft, without a time; it is checked and, where policy says so, read again.

    Raises NoResultFound for what is another organisation's, UrgentIsForStaff, SharedAnew.
    """
    old = await session.get_one(Broadcast, broadcast_id)
    await check_writer(session, old.organisation_id, by)
    check_kind(Kind(old.kind), old.organisation_id)
    if not may_be_sent_again(old):
        raise SharedAnew(broadcast_id=broadcast_id)
    return await copy_for(session, broadcast_id, old.organisation_id, by=by, at=at)

"""What ends with an organisation: messages on their way, memberships (with the ledger), ambassadors, groups."""

from datetime import datetime

from sqlalchemy import String, insert, literal, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from broadcasts.announcements.records import Broadcast, BroadcastState
from broadcasts.members.records import ConsentEntry, ConsentEvent, Membership, MembershipState
from broadcasts.organisations.by import By
from broadcasts.organisations.records import Ambassador, AmbassadorLink, Group
from broadcasts.scheduling.scheduling import cancel
from core.database import Instant

REASON = "organisation_ended"
_WAITING = (BroadcastState.APPROVED, BroadcastState.SCHEDULED, BroadcastState.SENDING, BroadcastState.PAUSED)


async def end_everything(session: AsyncSession, organisation_id: str, *, by: By, at: datetime) -> None:
    """End all that is open."""
    waiting = select(Broadcast.id).where(Broadcast.organisation_id == organisation_id, Broadcast.state.in_(_WAITING))
    for broadcast_id in (await session.scalars(waiting.order_by(Broadcast.id))).all():
        await cancel(session, broadcast_id, by=by, at=at)
    await _end_memberships(session, organisation_id, at=at)
    ambassadors = select(Ambassador.id).where(Ambassador.organisation_id == organisation_id)
    for change in (
        update(AmbassadorLink)
        .where(AmbassadorLink.ambassador_id.in_(ambassadors), AmbassadorLink.expires_at > at)
        .values(expires_at=at),
        update(Ambassador)
        .where(Ambassador.organisation_id == organisation_id, Ambassador.ended_at.is_(None))
        .values(ended_at=at, ended_reason=REASON),
        update(Group)
        .where(Group.organisation_id == organisation_id, Group.ended_at.is_(None))
        .values(ended_at=at, ended_reason=REASON),
    ):
        await session.execute(change)


async def _end_memberships(session: AsyncSession, organisation_id: str, *, at: datetime) -> None:
    """Two statements, however many members there are."""
    still = (
        Membership.organisation_id == organisation_id,
        Membership.state.in_((MembershipState.WAITING, MembershipState.MEMBER)),
    )
    lines = select(
        literal(at, Instant),
        Membership.person_id,
        Membership.organisation_id,
        literal(str(ConsentEvent.LEFT), String),
        literal("", String),
        literal("", String),
        literal(REASON, String),
    ).where(*still)
    columns = ["at", "person_id", "organisation_id", "event", "text_version", "language", "detail"]
    await session.execute(insert(ConsentEntry).from_select(columns, lines))
    ending = update(Membership).where(*still).values(state=MembershipState.LEFT, since=at, nickname="")
    await session.execute(ending)

"""Staff propose a broadcast to chosen organisations, and may withdraw it again."""

from collections.abc import Collection
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from broadcasts.announcements.approving import NoteNeeded, check_ready
from broadcasts.announcements.records import Broadcast, BroadcastState, Kind
from broadcasts.announcements.rights import check_active, has_begun, lock_broadcast
from broadcasts.briefing.records import Briefing, Decision
from broadcasts.briefing.telling import tell_ambassadors, tell_of_withdrawal
from core.database import add_unless_there
from core.errors import RuleBroken
from core.timeline import record

_PROPOSABLE = (BroadcastState.DRAFT, BroadcastState.APPROVED, BroadcastState.IN_BRIEFING)
_NOT_RELEASED = (
    BroadcastState.DRAFT,
    BroadcastState.IN_BRIEFING,
    BroadcastState.APPROVED,
    BroadcastState.SCHEDULED,
    BroadcastState.PAUSED,
)


class NoProposal(RuleBroken):
    """Only a broadcast without an organisation, which is not withdrawn, is proposed."""

    code = "no_proposal"


class NobodyAsked(RuleBroken):
    """A proposal goes to one organisation at least."""

    code = "nobody_asked"


class SecondPersonFirst(RuleBroken):
    """Before organisations see an urgent proposal, or say yes to it, a second person has read it."""

    code = "second_person_first"


async def propose(
    session: AsyncSession, broadcast_id: int, organisation_ids: Collection[str], *, by: int, at: datetime
) -> int:
    """Ask these organisations; those asked before are not asked again. How many are new.

    Raises NoProposal, NobodyAsked, OrganisationNotActive, SecondPersonFirst, BroadcastNotReady.
    """
    proposal = await lock_proposal(session, broadcast_id)
    if not organisation_ids:
        raise NobodyAsked(broadcast_id=broadcast_id)
    await check_ready(session, broadcast_id, at=at)
    check_read(proposal)
    proposal.state = BroadcastState.IN_BRIEFING
    new = 0
    for organisation_id in sorted(set(organisation_ids)):
        await check_active(session, organisation_id)
        new += await _ask(session, proposal, organisation_id, by=by, at=at)
    return new


async def withdraw(session: AsyncSession, broadcast_id: int, why: str, *, by: int, at: datetime) -> int:
    """Take a proposal back from everybody, with the copies that were not released; how many copies. All are told.

    Raises NoProposal, and NoteNeeded without a reason.
    """
    if not why.strip():
        raise NoteNeeded
    proposal = await lock_proposal(session, broadcast_id)
    proposal.state, proposal.note, proposal.changed_at = BroadcastState.CANCELLED, why.strip()[:500], at
    record(session, "proposal_withdrawn", about=f"broadcast:{broadcast_id}", by=by, at=at)
    copies = await session.scalars(
        select(Broadcast)
        .where(Broadcast.proposal_id == broadcast_id, Broadcast.state.in_(_NOT_RELEASED))
        .order_by(Broadcast.id)
        .with_for_update()
    )
    cancelled = [copy for copy in copies.all() if not await has_begun(session, copy.id)]
    for copy in cancelled:
        cancel_copy(copy, at=at)
        record(session, "broadcast_withdrawn", about=f"broadcast:{copy.id}", by=by, at=at)
    await tell_of_withdrawal(session, proposal, at=at)
    return len(cancelled)


async def lock_proposal(session: AsyncSession, broadcast_id: int) -> Broadcast:
    """The proposal as it is now. Raises NoProposal when it is none, or is withdrawn."""
    proposal = await lock_broadcast(session, broadcast_id)
    if proposal.organisation_id is not None or proposal.state not in _PROPOSABLE:
        raise NoProposal(broadcast_id=broadcast_id, state=proposal.state)
    return proposal


def check_read(proposal: Broadcast) -> None:
    """Raises SecondPersonFirst."""
    if proposal.kind == Kind.URGENT and proposal.approved_version != proposal.text_version:
        raise SecondPersonFirst(broadcast_id=proposal.id)


def cancel_copy(copy: Broadcast, *, at: datetime) -> None:
    """It will not be sent."""
    copy.state, copy.next_run_at, copy.changed_at = BroadcastState.CANCELLED, None, at


async def _ask(session: AsyncSession, proposal: Broadcast, organisation_id: str, *, by: int, at: datetime) -> bool:
    asked = {"broadcast_id": proposal.id, "organisation_id": organisation_id, "decision": Decision.ASKED, "reason": ""}
    if not await add_unless_there(session, Briefing, **asked):
        return False
    record(session, "proposed", about=f"broadcast:{proposal.id}", by=by, at=at, organisation=organisation_id)
    key = f"proposal:{proposal.id}"
    await tell_ambassadors(session, organisation_id, proposal, "proposal", key=key, at=at)
    return True

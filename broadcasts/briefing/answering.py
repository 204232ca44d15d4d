"""What ambassadors do with a proposal: ask, comment, accept, adapt, decline, leave it for later.

Every way is free, and a decision may change until the organisation's copy has a time. Nothing reaches members without
the ambassador: a yes makes a copy, which the ambassador sends.
"""

from dataclasses import replace
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.exc import NoResultFound
from sqlalchemy.ext.asyncio import AsyncSession

from broadcasts.announcements.approving import check_ready, pass_on
from broadcasts.announcements.composing import copy_for, put_texts
from broadcasts.announcements.details import details_of, put_into
from broadcasts.announcements.records import Broadcast, BroadcastState, Fallback
from broadcasts.announcements.rights import check_writer, clear_approval, has_begun, lock_broadcast
from broadcasts.briefing.proposing import NoProposal, cancel_copy, check_read, lock_proposal
from broadcasts.briefing.reading import BriefingCard, is_same, list_briefings
from broadcasts.briefing.records import Briefing, BriefingComment, Decision
from broadcasts.briefing.telling import tell_ambassadors
from broadcasts.organisations.by import By
from core.errors import RuleBroken
from core.private_numbers import take_out

__all__ = ["BriefingCard", "accept", "adapt", "comment", "decline", "list_briefings", "pause_briefing"]

LONGEST_COMMENT, LONGEST_REASON = 1000, 500


class CommentNeeded(RuleBroken):
    """A comment has words, at most 1,000 characters."""

    code = "briefing_comment_needed"


class CopyOnItsWay(RuleBroken):
    """The organisation's copy has a time, or has been sent: the decision stands. It can be cancelled first."""

    code = "copy_on_its_way"


async def comment(
    session: AsyncSession, broadcast_id: int, organisation_id: str, text: str, *, by: By, at: datetime
) -> BriefingComment:
    """Ask or say something about a proposal; only this organisation and staff see it. Ambassadors are told of staff's.

    Raises NoResultFound when the organisation was not asked, CommentNeeded, NoProposal.
    """
    briefing = await _find_briefing(session, broadcast_id, organisation_id)
    if briefing is None:
        raise NoResultFound
    if by.ambassador_id is not None:
        await check_writer(session, organisation_id, by)
    words = take_out(text.strip())[0]
    if not words or len(words) > LONGEST_COMMENT:
        raise CommentNeeded
    proposal = await lock_proposal(session, broadcast_id)
    said = BriefingComment(broadcast_id=broadcast_id, organisation_id=organisation_id, text=words, at=at)
    said.ambassador_id, said.staff_id = by.ambassador_id, by.staff_id
    session.add(said)
    await session.flush()  # its number is the key of what is told
    by.record(session, "briefing_commented", about=f"broadcast:{broadcast_id}", at=at, organisation=organisation_id)
    if by.staff_id is not None:
        key, more = f"briefing_answer:{said.id}", {"text": words}
        await tell_ambassadors(session, organisation_id, proposal, "briefing_answer", key=key, at=at, more=more)
    return said


async def accept(session: AsyncSession, briefing_id: int, *, by: By, at: datetime) -> Broadcast:
    """Take a proposal as it stands now: the organisation's copy, approved. Twice at once makes one copy.

    After the proposal was changed, accepting again takes the new words. Raises CopyOnItsWay, NoProposal,
    SecondPersonFirst, BroadcastNotReady.
    """
    proposal, briefing = await _lock(session, briefing_id, by)
    copy = await _find_copy(session, briefing)
    if copy is not None and briefing.decision == Decision.ACCEPTED and await is_same(session, proposal, copy):
        return copy
    await _check_undecided(session, copy)
    check_read(proposal)
    await check_ready(session, proposal.id, at=at)
    if copy is None:
        copy = await copy_for(session, proposal.id, briefing.organisation_id, by=by, at=at)
    else:
        await _renew(session, copy, proposal)
    _decide(session, briefing, Decision.ACCEPTED, by=by, at=at)
    briefing.copy_id = copy.id
    pass_on(copy, by=proposal.approved_by, at=at)
    return copy


async def adapt(session: AsyncSession, briefing_id: int, *, by: By, at: datetime) -> Broadcast:
    """Take a proposal as a draft of one's own, to change and to comment; policy says whether somebody reads it then.

    The one there is goes on, also when it was accepted before. Raises CopyOnItsWay, NoProposal, SecondPersonFirst.
    """
    proposal, briefing = await _lock(session, briefing_id, by)
    copy = await _find_copy(session, briefing)
    if copy is not None and briefing.decision == Decision.ADAPTED:
        return copy
    await _check_undecided(session, copy)
    check_read(proposal)
    if copy is None:
        copy = await copy_for(session, proposal.id, briefing.organisation_id, by=by, at=at)
    else:
        clear_approval(copy)
        copy.changed_at = at
    _decide(session, briefing, Decision.ADAPTED, by=by, at=at)
    briefing.copy_id = copy.id
    return copy


async def decline(session: AsyncSession, briefing_id: int, *, reason: str = "", by: By, at: datetime) -> Briefing:
    """Say no. A reason is welcome and never needed. Raises CopyOnItsWay, NoProposal."""
    return await _leave(session, briefing_id, Decision.DECLINED, take_out(reason.strip())[0], by=by, at=at)


async def pause_briefing(session: AsyncSession, briefing_id: int, *, by: By, at: datetime) -> Briefing:
    """Not now: it can be taken up again as long as it is not withdrawn. Raises CopyOnItsWay, NoProposal."""
    return await _leave(session, briefing_id, Decision.PAUSED, "", by=by, at=at)


async def _leave(
    session: AsyncSession, briefing_id: int, decision: Decision, reason: str, *, by: By, at: datetime
) -> Briefing:
    _proposal, briefing = await _lock(session, briefing_id, by)
    copy = await _find_copy(session, briefing)
    await _check_undecided(session, copy)
    if copy is not None:
        cancel_copy(copy, at=at)
    _decide(session, briefing, decision, by=by, at=at)
    briefing.reason, briefing.copy_id = reason[:LONGEST_REASON], None
    return briefing


async def _lock(session: AsyncSession, briefing_id: int, by: By) -> tuple[Broadcast, Briefing]:
    """The proposal first, then the briefing, as everybody does: nobody waits in a circle."""
    seen = await session.get_one(Briefing, briefing_id)
    await check_writer(session, seen.organisation_id, by)
    proposal = await lock_proposal(session, seen.broadcast_id)
    briefing = await session.get_one(Briefing, briefing_id, with_for_update=True, populate_existing=True)
    if proposal.state != BroadcastState.IN_BRIEFING:
        raise NoProposal(broadcast_id=proposal.id, state=proposal.state)
    return proposal, briefing


async def _find_briefing(session: AsyncSession, broadcast_id: int, organisation_id: str) -> Briefing | None:
    wanted = select(Briefing).where(Briefing.broadcast_id == broadcast_id, Briefing.organisation_id == organisation_id)
    found: Briefing | None = await session.scalar(wanted)
    return found


async def _find_copy(session: AsyncSession, briefing: Briefing) -> Broadcast | None:
    """The organisation's copy; one that was cancelled before it went out counts no more."""
    if briefing.copy_id is None:
        return None
    copy = await lock_broadcast(session, briefing.copy_id)
    is_given_up = copy.state == BroadcastState.CANCELLED and not await has_begun(session, copy.id)
    return None if is_given_up else copy


async def _check_undecided(session: AsyncSession, copy: Broadcast | None) -> None:
    still = (BroadcastState.DRAFT, BroadcastState.IN_BRIEFING, BroadcastState.APPROVED)
    if copy is not None and (copy.state not in still or await has_begun(session, copy.id)):
        raise CopyOnItsWay(broadcast_id=copy.id, state=copy.state)


async def _renew(session: AsyncSession, copy: Broadcast, proposal: Broadcast) -> None:
    """The words of the proposal again; who gets it in which language was the organisation's own choice."""
    put_into(copy, replace(details_of(proposal), fallback=Fallback(copy.fallback)))
    copy.text_version += 1
    await put_texts(session, proposal.id, copy.id)


def _decide(session: AsyncSession, briefing: Briefing, decision: Decision, *, by: By, at: datetime) -> None:
    briefing.decision, briefing.decided_by, briefing.decided_at = decision, by.ambassador_id, at
    briefing.reason = ""
    details = {"organisation": briefing.organisation_id, "decision": decision.value}
    by.record(session, "briefing_decided", about=f"broadcast:{briefing.broadcast_id}", at=at, **details)

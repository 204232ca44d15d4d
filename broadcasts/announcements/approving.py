"""From a draft to what may be sent: a second person reads it first, where policy says so.

    draft -> in briefing (somebody reads it) -> approved        sent back, taken back, changed: a draft again

Read by a second person: urgent broadcasts, always; the first few of each organisation (SendingPolicy). Nobody approves
what they wrote, and nobody approves for an organisation that they speak for. What an organisation accepted as staff
proposed it needs nobody more; what it adapted is its own.
"""

from datetime import datetime

from sqlalchemy import ColumnElement, and_, func, or_, select
from sqlalchemy.ext.asyncio import AsyncSession

from broadcasts.announcements.checks import forbids_submitting, inspect_broadcast
from broadcasts.announcements.records import Broadcast, BroadcastState, Kind
from broadcasts.announcements.rights import check_active, clear_approval, is_accepted_copy, lock_broadcast, lock_own
from broadcasts.briefing.records import Briefing, Decision
from broadcasts.briefing.telling import tell_of_change, tell_writer
from broadcasts.delivery.arming import get_policy
from broadcasts.organisations.by import By
from broadcasts.organisations.records import Ambassador
from core.errors import RuleBroken
from core.issues import Issue
from core.timeline import TimelineEntry, record

LONGEST_NOTE = 500
_WRITING = ("broadcast_begun", "broadcast_text_written", "broadcast_text_removed", "broadcast_details_written")


class BroadcastNotReady(RuleBroken):
    """A broadcast with faults that forbid submitting goes no further; ``issues`` says what, field by field."""

    code = "broadcast_not_ready"

    def __init__(self, issues: list[Issue]) -> None:
        self.issues = issues
        super().__init__(codes=sorted({issue.code for issue in issues}))


class NotADraft(RuleBroken):
    """Only a draft is submitted."""

    code = "broadcast_not_a_draft"


class NothingToRead(RuleBroken):
    """The broadcast does not wait for a second person (any more)."""

    code = "broadcast_not_waiting"


class BroadcastChangedMeanwhile(RuleBroken):
    """What is approved is what the second person has read: it was changed since their page was made."""

    code = "broadcast_changed_meanwhile"


class OwnBroadcast(RuleBroken):
    """Nobody approves a broadcast that they wrote on, or that is of an organisation they speak for."""

    code = "own_broadcast"


class NoteNeeded(RuleBroken):
    """Whoever wrote a broadcast must be able to read why it was sent back."""

    code = "note_needed"


class NothingToTakeBack(RuleBroken):
    """Only what waits or is approved is taken back; what has a time is paused or cancelled, a proposal withdrawn."""

    code = "nothing_to_take_back"


async def submit(session: AsyncSession, broadcast_id: int, *, by: By, at: datetime) -> Broadcast:
    """Say that a draft is ready: it is approved, or a second person reads it first (its state says which).

    Raises NotADraft, BroadcastNotReady, OrganisationNotActive.
    """
    broadcast = await lock_own(session, broadcast_id, by)
    if broadcast.state != BroadcastState.DRAFT:
        raise NotADraft(broadcast_id=broadcast_id, state=broadcast.state)
    await check_ready(session, broadcast_id, at=at)
    broadcast.note, broadcast.changed_at = "", at
    by.record(session, "broadcast_submitted", about=f"broadcast:{broadcast_id}", at=at)
    if await needs_second_person(session, broadcast):
        broadcast.state = BroadcastState.IN_BRIEFING
    else:
        pass_on(broadcast, by=None, at=at)
    return broadcast


async def approve(
    session: AsyncSession, broadcast_id: int, *, by: int, at: datetime, seen: int | None = None
) -> Broadcast:
    """Say that it is right. Of two who do so at once the second gets NothingToRead. Raises OwnBroadcast.

    ``seen`` is the version of the text that was read; BroadcastChangedMeanwhile when it is another by now. An urgent
    proposal that organisations are looking at stays with them: its new words now hold.
    """
    broadcast = await _lock_waiting(session, broadcast_id)
    if await _is_own(session, broadcast, by):
        raise OwnBroadcast(broadcast_id=broadcast_id)
    if seen is not None and seen != broadcast.text_version:
        raise BroadcastChangedMeanwhile(broadcast_id=broadcast_id)
    await check_ready(session, broadcast_id, at=at)
    if broadcast.organisation_id is not None:
        await check_active(session, broadcast.organisation_id)
    is_asked_about = await _has_briefings(session, broadcast_id)
    pass_on(broadcast, by=by, at=at)
    record(session, "broadcast_approved", about=f"broadcast:{broadcast_id}", by=by, at=at)
    if is_asked_about:
        broadcast.state = BroadcastState.IN_BRIEFING
        await tell_of_change(session, broadcast, at=at)
    await tell_writer(session, broadcast, "approved", at=at)
    return broadcast


async def send_back(session: AsyncSession, broadcast_id: int, note: str, *, by: int, at: datetime) -> Broadcast:
    """Make it a draft again, with a note that says what is missing. Raises NoteNeeded, NothingToRead."""
    if not note.strip():
        raise NoteNeeded
    broadcast = await _lock_waiting(session, broadcast_id)
    if not await _has_briefings(session, broadcast_id):  # else organisations look at it already
        broadcast.state, broadcast.changed_at = BroadcastState.DRAFT, at
    broadcast.note = note.strip()[:LONGEST_NOTE]
    record(session, "broadcast_sent_back", about=f"broadcast:{broadcast_id}", by=by, at=at)
    await tell_writer(session, broadcast, "sent_back", at=at, more={"note": broadcast.note})
    return broadcast


async def take_back(session: AsyncSession, broadcast_id: int, *, by: By, at: datetime) -> Broadcast:
    """Whoever wrote it makes it a draft again; an approval no longer holds. Raises NothingToTakeBack."""
    broadcast = await lock_own(session, broadcast_id, by)
    is_held = broadcast.state in (BroadcastState.IN_BRIEFING, BroadcastState.APPROVED)
    if not is_held or await _has_briefings(session, broadcast_id):
        raise NothingToTakeBack(broadcast_id=broadcast_id, state=broadcast.state)
    clear_approval(broadcast)
    broadcast.changed_at = at
    by.record(session, "broadcast_taken_back", about=f"broadcast:{broadcast_id}", at=at)
    return broadcast


async def needs_second_person(session: AsyncSession, broadcast: Broadcast) -> bool:
    """Whether somebody else must read it before it may be sent."""
    if await is_accepted_copy(session, broadcast):
        return False
    if broadcast.kind == Kind.URGENT:
        return True
    if broadcast.organisation_id is None:
        return False
    policy = await get_policy(session)
    return await _count_read(session, broadcast) < policy.first_read_by_staff


async def check_ready(session: AsyncSession, broadcast_id: int, *, at: datetime) -> None:
    """Raises BroadcastNotReady."""
    if issues := forbids_submitting(await inspect_broadcast(session, broadcast_id, at=at)):
        raise BroadcastNotReady(issues)


def pass_on(broadcast: Broadcast, *, by: int | None, at: datetime) -> None:
    """Make it approved as it stands: by a person, or by the rules."""
    broadcast.state = BroadcastState.APPROVED
    broadcast.approved_version = broadcast.text_version
    broadcast.approved_by, broadcast.approved_at = by, at
    broadcast.changed_at = at


def waits_for_reader() -> ColumnElement[bool]:
    """Broadcasts that a second person must read: of organisations, and urgent proposals that nobody has read so."""
    is_unread = or_(Broadcast.approved_version.is_(None), Broadcast.approved_version != Broadcast.text_version)
    is_urgent_proposal = and_(Broadcast.organisation_id.is_(None), Broadcast.kind == Kind.URGENT, is_unread)
    is_waiting = Broadcast.state == BroadcastState.IN_BRIEFING
    return and_(is_waiting, or_(Broadcast.organisation_id.is_not(None), is_urgent_proposal))


async def list_to_approve(session: AsyncSession) -> list[Broadcast]:
    """What waits for a second person, the oldest first."""
    return list(await session.scalars(select(Broadcast).where(waits_for_reader()).order_by(Broadcast.changed_at)))


async def may_approve(session: AsyncSession, broadcast_id: int, *, by: int) -> bool:
    """Whether this staff member may be the second person for it."""
    broadcast = await session.get_one(Broadcast, broadcast_id)
    return not await _is_own(session, broadcast, by)


async def _lock_waiting(session: AsyncSession, broadcast_id: int) -> Broadcast:
    broadcast = await lock_broadcast(session, broadcast_id)
    if await session.scalar(select(Broadcast.id).where(Broadcast.id == broadcast_id, waits_for_reader())) is None:
        raise NothingToRead(broadcast_id=broadcast_id, state=broadcast.state)
    return broadcast


async def _is_own(session: AsyncSession, broadcast: Broadcast, staff_id: int) -> bool:
    """Who wrote on it stands in the timeline; an ambassador may have an account at the desk too."""
    several = [broadcast.id, *([broadcast.proposal_id] if broadcast.proposal_id is not None else [])]
    entries = await session.execute(
        select(TimelineEntry.by, TimelineEntry.details).where(
            TimelineEntry.about.in_([f"broadcast:{one}" for one in several]), TimelineEntry.event.in_(_WRITING)
        )
    )
    written = entries.all()
    authors = {by for by, _details in written} | {broadcast.author_staff_id}
    ambassadors = {int(details["ambassador"]) for _by, details in written if "ambassador" in details}
    own = select(Ambassador.id).where(
        Ambassador.staff_id == staff_id,
        or_(
            and_(Ambassador.organisation_id == broadcast.organisation_id, Ambassador.ended_at.is_(None)),
            Ambassador.id.in_({*ambassadors, broadcast.author_ambassador_id or 0}),
        ),
    )
    return staff_id in authors or await session.scalar(own) is not None


async def _has_briefings(session: AsyncSession, broadcast_id: int) -> bool:
    asked = select(Briefing.id).where(Briefing.broadcast_id == broadcast_id).limit(1)
    return await session.scalar(asked) is not None


async def _count_read(session: AsyncSession, broadcast: Broadcast) -> int:
    """How many of the organisation's own broadcasts a person has approved.

    What it only accepted, and what went through it in a crisis, is not its own.
    """
    accepted = select(Briefing.copy_id).where(Briefing.decision == Decision.ACCEPTED, Briefing.copy_id.is_not(None))
    counted = select(func.count()).where(
        Broadcast.organisation_id == broadcast.organisation_id,
        Broadcast.id != broadcast.id,
        Broadcast.approved_by.is_not(None),
        Broadcast.crisis_id.is_(None),
        Broadcast.id.not_in(accepted),
    )
    return await session.scalar(counted) or 0

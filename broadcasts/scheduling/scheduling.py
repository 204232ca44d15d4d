"""Saying when an approved broadcast goes out; pausing, resuming and cancelling it. The timeline says who did it.

For an ambassador, a broadcast of another organisation is not there: NoResultFound. Who has ended, or not agreed yet, is
NotTheirAmbassador there. Locks are taken in the order of broadcasts/delivery: releases first, then their broadcast.
"""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from broadcasts.announcements.records import Broadcast, BroadcastState, Kind, Repeat
from broadcasts.announcements.rights import check_active, check_ambassador
from broadcasts.delivery.arming import get_policy
from broadcasts.delivery.records import Release, ReleaseState
from broadcasts.organisations.by import By
from broadcasts.scheduling.planning import check_plan
from broadcasts.scheduling.recurrence import Plan
from broadcasts.scheduling.releasing import missed_runs
from broadcasts.scheduling.rules import (
    AlreadyOver,
    AmbassadorDecides,
    NotApprovedForSending,
    NothingToPause,
    NothingToResume,
)
from core.timeline import TimelineEntry

PAUSED, RELEASE_PAUSED = "broadcast_paused", "release_paused"
PAUSED_BY_AMBASSADOR, PAUSED_BY_STAFF = "ambassador", "staff"
_RUNNING = (ReleaseState.EXPANDING, ReleaseState.SENDING)
_OVER = (BroadcastState.SENT, BroadcastState.CANCELLED, BroadcastState.EXPIRED)


async def schedule(
    session: AsyncSession,
    broadcast_id: int,
    plan: Plan,
    *,
    useful_minutes: int,
    ignores_quiet_hours: bool,
    by: By,
    at: datetime,
) -> None:
    """Give an approved broadcast a time, or a scheduled one another.

    Raises NotApprovedForSending, AmbassadorDecides, OrganisationNotActive and what check_plan does.
    """
    row, _paused = await _lock(session, broadcast_id, ReleaseState.PAUSED)
    await check_ambassador(session, row.organisation_id, by)
    await _check_sender(session, row, by)
    if row.state not in (BroadcastState.APPROVED, BroadcastState.SCHEDULED) or row.approved_version != row.text_version:
        raise NotApprovedForSending(broadcast_id=row.id, state=row.state)
    if (row.begins_at or row.ends_at) and plan.zone != row.zone:
        raise ValueError("the zone of an event was chosen with its time")
    run = check_plan(
        plan,
        kind=Kind(row.kind),
        useful_minutes=useful_minutes,
        ignores_quiet_hours=ignores_quiet_hours,
        policy=await get_policy(session),
        at=at,
    )
    row.first_at, row.zone = plan.first_at.isoformat(timespec="minutes"), plan.zone
    row.repeat, row.weekdays, row.until = plan.repeat, sorted(plan.weekdays), plan.until
    row.useful_minutes, row.ignores_quiet_hours = useful_minutes, ignores_quiet_hours
    row.state, row.next_run_at, row.changed_at = BroadcastState.SCHEDULED, run.at, at
    by.record(session, "broadcast_scheduled", about=_about(row), at=at, local=run.local.isoformat(timespec="minutes"))


async def pause(session: AsyncSession, broadcast_id: int, *, by: By, at: datetime, why: str = "") -> None:
    """Hold a broadcast back until somebody resumes it; what is on its way at this moment still arrives.

    Raises NothingToPause.
    """
    row, running = await _lock(session, broadcast_id, *_RUNNING)
    await check_ambassador(session, row.organisation_id, by)
    if row.state not in (BroadcastState.SCHEDULED, BroadcastState.SENDING):
        raise NothingToPause(broadcast_id=row.id, state=row.state)
    row.state, row.note, row.changed_at = BroadcastState.PAUSED, why, at
    for release in running:
        release.state = ReleaseState.PAUSED
        release.paused_reason = PAUSED_BY_STAFF if by.ambassador_id is None else PAUSED_BY_AMBASSADOR
    by.record(session, PAUSED, about=_about(row), at=at, **({"why": why} if why else {}))


async def resume(session: AsyncSession, broadcast_id: int, *, by: By, at: datetime) -> None:
    """Go on with a broadcast that was paused, by somebody or because too much failed.

    Of runs that were missed meanwhile the last one goes out if it is still useful; a single run that is not expires.
    Staff do not resume what an ambassador has paused. Raises NothingToResume, AmbassadorDecides, OrganisationNotActive.
    """
    row, paused = await _lock(session, broadcast_id, ReleaseState.PAUSED)
    await check_ambassador(session, row.organisation_id, by)
    if row.state != BroadcastState.PAUSED and not (row.state == BroadcastState.SCHEDULED and paused):
        raise NothingToResume(broadcast_id=row.id, state=row.state)
    if by.ambassador_id is None and await _is_paused_by_ambassador(session, row):
        raise AmbassadorDecides(broadcast_id=row.id)
    await check_active(session, row.organisation_id or "")
    for release in paused:
        if at < release.send_until:  # else it is ended where late ones are (delivery/settling.py)
            release.state = ReleaseState.EXPANDING  # from where it had come to
            release.paused_reason, release.failures_in_a_row, release.failing_since = "", 0, None
    if row.state == BroadcastState.PAUSED:
        _leave_out_missed_runs(row, at=at)
        row.state = BroadcastState.SCHEDULED if row.next_run_at else BroadcastState.SENDING
    row.note, row.changed_at = "", at
    by.record(session, "broadcast_resumed", about=_about(row), at=at)


async def cancel(session: AsyncSession, broadcast_id: int, *, by: By, at: datetime) -> None:
    """End a broadcast for good; who has not got it does not get it. Raises AlreadyOver."""
    row, unended = await _lock(session, broadcast_id, *_RUNNING, ReleaseState.PAUSED)
    await check_ambassador(session, row.organisation_id, by)
    if row.state in _OVER:
        raise AlreadyOver(broadcast_id=row.id, state=row.state)
    row.state, row.next_run_at, row.changed_at = BroadcastState.CANCELLED, None, at
    for release in unended:
        release.state = ReleaseState.CANCELLED  # its deliveries are ended in batches (delivery/settling.py)
    by.record(session, "broadcast_cancelled", about=_about(row), at=at)


async def _lock(session: AsyncSession, broadcast_id: int, *states: ReleaseState) -> tuple[Broadcast, Sequence[Release]]:
    """The broadcast, and its releases in these states."""
    some = select(Release).where(Release.broadcast_id == broadcast_id, Release.state.in_(states)).order_by(Release.id)
    await session.scalars(some.with_for_update())
    row = await session.get_one(Broadcast, broadcast_id, with_for_update=True)
    # Again: one may have begun before the broadcast was locked.
    now_there = await session.scalars(some.with_for_update(), execution_options={"populate_existing": True})
    return row, now_there.all()


async def _check_sender(session: AsyncSession, row: Broadcast, by: By) -> None:
    """Who may have a broadcast sent: an ambassador of its organisation; staff in a crisis that it agreed to."""
    if row.organisation_id is None or (by.ambassador_id is None and row.crisis_id is None):
        raise AmbassadorDecides(broadcast_id=row.id)
    await check_active(session, row.organisation_id)


async def _is_paused_by_ambassador(session: AsyncSession, row: Broadcast) -> bool:
    last = await session.scalar(
        select(TimelineEntry)
        .where(TimelineEntry.about == _about(row), TimelineEntry.event.in_((PAUSED, RELEASE_PAUSED)))
        .order_by(TimelineEntry.id.desc())
        .limit(1)
    )
    return last is not None and "ambassador" in last.details


def _leave_out_missed_runs(row: Broadcast, *, at: datetime) -> None:
    """Nobody is told of the runs that a pause was meant to leave out, nor gets them all at once."""
    if row.repeat == Repeat.ONCE or row.next_run_at is None:
        return
    missed = missed_runs(row, at=at)
    if missed.due and missed.is_last_too_late(at):
        row.next_run_at = missed.following
    elif missed.due:
        row.next_run_at = missed.due[-1].due_at


def _about(row: Broadcast) -> str:
    return f"broadcast:{row.id}"

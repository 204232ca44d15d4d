"""Making a release of every run that is due. It may run twice, and in two processes: the result is the same.

Expanding, sending and ending a release is for broadcasts/delivery. A release that is made here as cancelled or expired
and has no ``ended_at`` is ended and told there as well.
"""

from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import exists, select
from sqlalchemy.ext.asyncio import AsyncSession

from broadcasts.announcements.records import Broadcast, BroadcastState
from broadcasts.delivery.arming import get_policy
from broadcasts.delivery.records import Release, ReleaseState
from broadcasts.organisations.records import Organisation, OrganisationState
from broadcasts.scheduling.planning import plan_of, useful_until
from broadcasts.scheduling.recurrence import next_run
from core.database import add_unless_there
from core.timeline import record

BATCH = 100  # broadcasts in one transaction; the others come at the next tick
MOST_EXPIRED = 60  # releases of runs that were missed; those before are only counted
ORGANISATION_DORMANT = "organisation_dormant"


@dataclass(frozen=True, slots=True)
class DueRun:
    """One run whose time has come, and when it is too late."""

    due_at: datetime
    send_until: datetime


@dataclass(frozen=True, slots=True)
class MissedRuns:
    """What is due of a broadcast: the last runs, how many came before them, and when the next one is."""

    due: Sequence[DueRun]
    left_out: int
    following: datetime | None

    def is_last_too_late(self, at: datetime) -> bool:
        """Whether not even the last one can go out any more. All before it cannot: the next one has come."""
        return at >= self.due[-1].send_until


async def release_due(session: AsyncSession, *, at: datetime) -> int:
    """Make releases of what is due; how many begin to go out.

    A run that comes too late becomes an expired release. While this installation is not armed, a run waits until it is
    too late. Nothing goes out for an organisation that is not active: the release is cancelled.
    """
    is_armed = (await get_policy(session)).is_armed
    due = await session.scalars(
        select(Broadcast)
        .where(Broadcast.state == BroadcastState.SCHEDULED, Broadcast.next_run_at <= at)
        .order_by(Broadcast.next_run_at, Broadcast.id)
        .limit(BATCH)
        .with_for_update(skip_locked=True),
        execution_options={"populate_existing": True},
    )
    return sum([await _release(session, row, is_armed=is_armed, at=at) for row in due.all()])


async def close_finished(session: AsyncSession, *, at: datetime) -> None:
    """End the broadcasts whose last run has ended, paused or not: sent, or expired or cancelled if no run went out."""
    open_release = exists().where(Release.broadcast_id == Broadcast.id, Release.ended_at.is_(None))
    finished = await session.scalars(
        select(Broadcast)
        .where(Broadcast.state.in_((BroadcastState.SENDING, BroadcastState.PAUSED)))
        .where(Broadcast.next_run_at.is_(None), ~open_release)
        .with_for_update(skip_locked=True),
        execution_options={"populate_existing": True},
    )
    for row in finished.all():
        states = set(await session.scalars(select(Release.state).where(Release.broadcast_id == row.id)))
        if ReleaseState.SENT in states:
            row.state = BroadcastState.SENT
        else:
            is_cancelled = states == {ReleaseState.CANCELLED}  # nothing at all: a pause was longer than the last run
            row.state = BroadcastState.CANCELLED if is_cancelled else BroadcastState.EXPIRED
        record(session, f"broadcast_{row.state}", about=f"broadcast:{row.id}", at=at)


def missed_runs(row: Broadcast, *, at: datetime) -> MissedRuns:
    """The runs of a scheduled broadcast that are due. Only after an outage, or a pause, is it more than one."""
    plan, due_at = plan_of(row), row.next_run_at
    last: deque[datetime] = deque(maxlen=MOST_EXPIRED + 1)
    count = 0
    while due_at is not None and due_at <= at:
        last.append(due_at)
        count += 1
        following = next_run(plan, after=due_at) if plan else None
        due_at = following.at if following else None
    runs = tuple(DueRun(one, useful_until(plan, one, row.useful_minutes)) for one in last)
    return MissedRuns(runs, count - len(runs), due_at)


async def _release(session: AsyncSession, row: Broadcast, *, is_armed: bool, at: datetime) -> bool:
    """What is due of one broadcast; whether a release of it begins to go out."""
    missed = missed_runs(row, at=at)
    about = f"broadcast:{row.id}"
    if missed.left_out:
        record(session, "runs_left_out", about=about, at=at, count=str(missed.left_out))
    for run in missed.due[:-1]:
        if await _add(session, row, run, ReleaseState.EXPIRED, at=at, ended_at=at):
            record(session, "release_expired", about=about, at=at, due=run.due_at.isoformat())
    last, state, reason = missed.due[-1], ReleaseState.EXPANDING, ""
    if missed.is_last_too_late(at):
        state = ReleaseState.EXPIRED
    elif not await _is_active(session, row):
        state, reason = ReleaseState.CANCELLED, ORGANISATION_DORMANT
    elif not is_armed:
        row.next_run_at = last.due_at  # goes out if somebody arms in time
        return False
    is_new = await _add(session, row, last, state, at=at, paused_reason=reason)
    row.next_run_at = missed.following
    if missed.following is None:
        row.state = BroadcastState.SENDING
    if is_new and state is ReleaseState.EXPANDING:
        record(session, "release_begun", about=about, at=at, due=last.due_at.isoformat())
        return True
    return False


async def _add(
    session: AsyncSession, row: Broadcast, run: DueRun, state: ReleaseState, *, at: datetime, **more: object
) -> bool:
    usual: dict[str, object] = {"expanded_to": 0, "failures_in_a_row": 0, "paused_reason": "", "ended_at": None}
    return await add_unless_there(
        session,
        Release,
        broadcast_id=row.id,
        organisation_id=row.organisation_id,
        due_at=run.due_at,
        send_until=run.send_until,
        state=state,
        began_at=at,
        **usual | more,
    )


async def _is_active(session: AsyncSession, row: Broadcast) -> bool:
    state = await session.scalar(select(Organisation.state).where(Organisation.id == row.organisation_id))
    return state == OrganisationState.ACTIVE

"""Brings every row to its one final state: what was cut off, is too late, or was cancelled; and ends releases."""

from datetime import datetime

from sqlalchemy import Select, exists, select, update
from sqlalchemy.engine import CursorResult, Result
from sqlalchemy.ext.asyncio import AsyncSession

from broadcasts.announcements.records import Audience, Broadcast, BroadcastState
from broadcasts.briefing.telling import tell_ambassadors
from broadcasts.delivery.arming import get_policy
from broadcasts.delivery.deciding import Skip
from broadcasts.delivery.records import OPEN, QUIET_HOURS, Delivery, DeliveryState, DirectMessage, Release, ReleaseState
from broadcasts.delivery.reporting import load_report
from broadcasts.scheduling.planning import is_swallowed
from broadcasts.scheduling.quiet import is_quiet
from broadcasts.scheduling.releasing import close_finished
from core.database import Database
from core.errors import RuleBroken
from core.metrics import count_deliveries
from core.timeline import record

BATCH = 5_000  # rows in one transaction
LEASE_ENDED = "lease_ended"
_UNENDED = (ReleaseState.EXPANDING, ReleaseState.SENDING, ReleaseState.PAUSED)
_GOES_OUT = (BroadcastState.SENDING, BroadcastState.SCHEDULED, BroadcastState.SENT)


class TooLateToResend(RuleBroken):
    """What nobody knows of is sent again only while the message is still useful, and not stopped."""

    code = "too_late_to_resend"


async def settle(database: Database, *, at: datetime) -> None:
    """Everything whose time has come. Running it twice, or in two processes, is harmless."""
    async with database.changing() as session:
        await _end_direct(session, at=at)
        releases = (await session.scalars(_unsettled(at))).all()
    for release_id in releases:
        while await _settle(database, release_id, at=at):
            pass
    async with database.changing() as session:
        await close_finished(session, at=at)


def _unsettled(at: datetime) -> Select[int]:
    """Releases of which something is over. Those that have ended are not looked into, nor those that only wait."""
    row_open = exists().where(Delivery.release_id == Release.id, Delivery.state.in_(OPEN))
    row_lost = exists().where(
        Delivery.release_id == Release.id, Delivery.state == DeliveryState.CLAIMED, Delivery.claimed_until < at
    )
    is_over = Release.state.not_in(_UNENDED) | (Release.send_until <= at)
    is_done = (Release.state == ReleaseState.SENDING) & ~row_open
    return select(Release.id).where(Release.ended_at.is_(None), is_over | is_done | row_lost)


async def _settle(database: Database, release_id: int, *, at: datetime) -> bool:
    """One batch of one release; whether there may be more."""
    async with database.changing() as session:
        release = await session.get_one(Release, release_id, with_for_update=True)
        mine = Delivery.release_id == release_id
        lost = (mine, Delivery.state == DeliveryState.CLAIMED, Delivery.claimed_until < at)
        await _end(session, lost, DeliveryState.UNKNOWN, LEASE_ENDED, at=at)
        queued = (mine, Delivery.state == DeliveryState.QUEUED)
        if release.state == ReleaseState.CANCELLED:
            ended = await _end(session, queued, DeliveryState.SKIPPED, Skip.CANCELLED.value, at=at)
        elif at >= release.send_until:
            ended = await _end(session, queued, DeliveryState.EXPIRED, "", at=at)
        else:
            ended = 0
        if ended == BATCH:
            return True
        await _close(session, release, at=at)
        return False


async def _end(
    session: AsyncSession, which: tuple[object, ...], state: DeliveryState, reason: str, *, at: datetime
) -> int:
    some = select(Delivery.id).where(*which).limit(BATCH)  # type: ignore[arg-type]
    values = {"state": state, "reason": reason, "ended_at": at, "claimed_until": None}
    # Once more outside: whoever claims or records a row just now comes first, and PostgreSQL asks only this again.
    ending = update(Delivery).where(Delivery.id.in_(some), *which).values(**values)  # type: ignore[arg-type]
    result = await session.execute(ending, execution_options={"synchronize_session": False})
    return _counted(result, state)


async def _close(session: AsyncSession, release: Release, *, at: datetime) -> None:
    """A release ends when nothing of it is queued or being sent any more."""
    if release.state == ReleaseState.EXPANDING and at < release.send_until:
        return
    if await session.scalar(
        select(Delivery.id).where(Delivery.release_id == release.id, Delivery.state.in_(OPEN)).limit(1)
    ):
        return
    if release.state in _UNENDED:
        if release.state == ReleaseState.PAUSED and at < release.send_until:
            return
        if at < release.send_until and await _would_wait(session, release, at=at):
            return
        reached = select(Delivery.id).where(Delivery.release_id == release.id, Delivery.state != DeliveryState.EXPIRED)
        any_reached = await session.scalar(reached.limit(1)) is not None
        is_late = at >= release.send_until and not any_reached
        release.state = ReleaseState.EXPIRED if is_late else ReleaseState.SENT
    if release.state == ReleaseState.EXPIRED and not release.paused_reason:
        broadcast = await session.get_one(Broadcast, release.broadcast_id)
        if is_swallowed(broadcast, release.due_at, await get_policy(session)):
            release.paused_reason = QUIET_HOURS
    if release.ended_at is None:
        release.ended_at = at
        record(session, f"release_{release.state}", about=f"broadcast:{release.broadcast_id}", at=at)
        await _tell(session, release, at=at)


async def _would_wait(session: AsyncSession, release: Release, *, at: datetime) -> bool:
    """Whether a run that nobody gets must stay open, because it would wait now if there were somebody.

    Wrong: to end it at once, as nothing is left to send. In quiet hours that says: there is no member at all.
    """
    if await session.scalar(select(Delivery.id).where(Delivery.release_id == release.id).limit(1)) is not None:
        return False
    policy, broadcast = await get_policy(session), await session.get_one(Broadcast, release.broadcast_id)
    is_awake = broadcast.ignores_quiet_hours or not is_quiet(
        policy.quiet_from, policy.quiet_until, broadcast.zone, at=at
    )
    return not (policy.is_armed and is_awake)


async def _tell(session: AsyncSession, release: Release, *, at: datetime) -> None:
    """The ambassadors of the organisation get the report once; not of a drill, which was for them alone."""
    broadcast = await session.get_one(Broadcast, release.broadcast_id)
    if broadcast.audience == Audience.AMBASSADORS:
        return
    await session.flush()  # the report counts what was just written
    report = (await load_report(session, broadcast.id)).for_ambassador()
    run = next(one for one in report.runs if one.release_id == release.id)
    about = {"release": str(release.id), "state": str(release.state)}
    if release.paused_reason:
        about["why"] = release.paused_reason
    if broadcast.crisis_id is not None:
        about["in_crisis"] = "yes"  # the municipality's words, not theirs
    about |= {str(state): str(count) for state, count in run.by_state().items()}
    key = f"sent_report:{release.id}"
    await tell_ambassadors(session, release.organisation_id, broadcast, "sent_report", key=key, at=at, more=about)


async def _end_direct(session: AsyncSession, *, at: datetime) -> None:
    for which, state, reason in (
        (
            (DirectMessage.state == DeliveryState.CLAIMED, DirectMessage.claimed_until < at),
            DeliveryState.UNKNOWN,
            LEASE_ENDED,
        ),
        ((DirectMessage.state == DeliveryState.QUEUED, DirectMessage.send_until <= at), DeliveryState.EXPIRED, ""),
    ):
        values = {"state": state, "reason": reason, "ended_at": at}
        changing = update(DirectMessage).where(*which).values(**values)
        _counted(await session.execute(changing, execution_options={"synchronize_session": False}), state)


def _counted(result: Result[object], state: DeliveryState) -> int:
    """How many rows came to this state."""
    number = result.rowcount if isinstance(result, CursorResult) else 0
    count_deliveries(state.value, number)
    return number


async def resend_unknown(session: AsyncSession, release_id: int, *, by: int, at: datetime) -> int:
    """Staff decide to send once more to those of whom nobody knows, though some may get it twice; how many."""
    release = await session.get_one(Release, release_id, with_for_update=True)
    broadcast = await session.get_one(Broadcast, release.broadcast_id, with_for_update=True)
    is_stopped = broadcast.state not in _GOES_OUT or release.state not in (ReleaseState.SENDING, ReleaseState.SENT)
    if at >= release.send_until or is_stopped:
        raise TooLateToResend
    values = {"state": DeliveryState.QUEUED, "reason": "", "ended_at": None, "claim": "", "not_before": None}
    result = await session.execute(
        update(Delivery)
        .where(Delivery.release_id == release_id, Delivery.state == DeliveryState.UNKNOWN)
        .values(**values),
        execution_options={"synchronize_session": False},
    )
    count = result.rowcount if isinstance(result, CursorResult) else 0
    if count:
        await reopen(session, release)
        record(session, "unknown_resent", about=f"broadcast:{release.broadcast_id}", by=by, at=at, count=str(count))
    return count


async def reopen(session: AsyncSession, release: Release) -> None:
    """Some of its rows have no final state any more, so it has not ended. What was cancelled or is late ends again."""
    release.ended_at = None
    if release.state == ReleaseState.SENT:
        release.state, release.failures_in_a_row, release.failing_since = ReleaseState.SENDING, 0, None
        broadcast = await session.get_one(Broadcast, release.broadcast_id, with_for_update=True)
        if broadcast.state == BroadcastState.SENT:
            broadcast.state = BroadcastState.SENDING

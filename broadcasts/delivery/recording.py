"""Writes down what came of sending: each outcome in the row that was claimed for it."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import bindparam, or_, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from broadcasts.announcements.records import Broadcast, BroadcastState
from broadcasts.delivery.claiming import Claimed
from broadcasts.delivery.port import Direct
from broadcasts.delivery.records import MANY_FAILURES, Delivery, DeliveryState, DirectMessage, Release, ReleaseState
from broadcasts.delivery.settling import reopen
from broadcasts.delivery.silence import be_silent
from broadcasts.organisations.moving import move_group
from broadcasts.organisations.records import Group
from core.metrics import count_deliveries
from core.people import Person
from core.sending import UNREACHABLE, SendFailed
from core.timeline import record

MOST_TRIES = 8
LONGEST_WAIT = timedelta(minutes=5)
# So many failures in a row, and for so long, and a release pauses.
MOST_FAILURES, FAILING_FOR = 20, timedelta(minutes=1)


@dataclass(frozen=True, slots=True)
class Outcome:
    """What came of one claimed row: a message id, or why not."""

    claimed: Claimed
    message_id: str = ""
    failure: SendFailed | None = None

    @property
    def language(self) -> str:
        """Of the text that was sent."""
        content = self.claimed.parcel.content
        return "" if isinstance(content, Direct) else content.language


async def record_outcomes(
    session: AsyncSession, outcomes: Sequence[Outcome], *, account: str, mine: str, at: datetime
) -> None:
    """Write down all of them. Idempotent: a row that is no longer ours stays as it is."""
    for table, is_direct in ((Delivery, False), (DirectMessage, True)):
        rows = [_values(one, at=at) for one in outcomes if one.claimed.is_direct is is_direct]
        if rows:
            await _write(session, table, rows, mine=mine, with_text=not is_direct)
            for state, number in Counter(str(row["to_state"]) for row in rows if row["to_end"]).items():
                count_deliveries(state, number)
    for one in outcomes:
        if one.failure is not None:
            await _act_on(session, one, one.failure, account=account, at=at)
    await _reopen_ended(session, outcomes)
    await _count_failures(session, outcomes, at=at)


def _values(outcome: Outcome, *, at: datetime) -> dict[str, object]:
    """The columns of a row after this outcome."""
    one, failure = outcome.claimed, outcome.failure
    ended: dict[str, object] = {
        "of": one.id, "to_language": outcome.language, "to_wanted": one.parcel.wanted, "to_message": outcome.message_id,
        "to_reason": failure.reason[:40] if failure else "", "to_tries": one.tries, "to_before": None, "to_end": at,
    }  # fmt: skip
    if failure is None:
        return ended | {"to_state": DeliveryState.SENT}
    if failure.may_have_left:
        return ended | {"to_state": DeliveryState.UNKNOWN}
    is_strike = not failure.is_whole_account and not failure.moved_to
    if failure.permanent or (is_strike and one.tries + 1 >= MOST_TRIES):
        return ended | {"to_state": DeliveryState.FAILED}
    again = min(failure.retry_after * 2**one.tries, LONGEST_WAIT) if is_strike else timedelta(0)
    waiting = {"to_state": DeliveryState.QUEUED, "to_tries": one.tries + is_strike, "to_before": at + again}
    return ended | waiting | {"to_end": None}


async def _write(
    session: AsyncSession,
    table: type[Delivery] | type[DirectMessage],
    rows: list[dict[str, object]],
    *,
    mine: str,
    with_text: bool,
) -> None:
    """Only where the row is still ours: claimed by us, or made unknown when our lease ended before we knew."""
    values: dict[str, object] = {
        "state": bindparam("to_state"), "reason": bindparam("to_reason"), "tries": bindparam("to_tries"),
        "not_before": bindparam("to_before"), "ended_at": bindparam("to_end"), "claimed_until": None,
    }  # fmt: skip
    if with_text:
        values["language"], values["wanted"] = bindparam("to_language"), bindparam("to_wanted")
        values["message_id"] = bindparam("to_message")
    kept = rows if with_text else [{k: v for k, v in row.items() if k not in _OF_TEXTS} for row in rows]
    columns = table.__table__.c
    ours = or_(columns.state == DeliveryState.CLAIMED.value, columns.state == DeliveryState.UNKNOWN.value)
    connection = await session.connection()
    changing = update(table.__table__).where(columns.id == bindparam("of"), columns.claim == mine, ours)  # type: ignore[arg-type]
    await connection.execute(changing.values(**values), kept)


_OF_TEXTS = ("to_language", "to_wanted", "to_message")


async def _act_on(session: AsyncSession, one: Outcome, failure: SendFailed, *, account: str, at: datetime) -> None:
    """What a failure means beyond its own row."""
    if failure.is_whole_account:
        await be_silent(session, account, until=at + failure.retry_after)
    if one.claimed.group_id is not None:
        group = await session.get(Group, one.claimed.group_id)
        if group is not None and failure.moved_to:
            await move_group(session, group, failure.moved_to, at=at)
        elif group is not None and failure.reason in UNREACHABLE:
            group.ended_at, group.ended_reason = at, failure.reason
    elif one.claimed.person_id is not None and failure.reason in UNREACHABLE:
        person = await session.get(Person, one.claimed.person_id)
        if person is not None:
            person.unreachable_reason = failure.reason


async def _reopen_ended(session: AsyncSession, outcomes: Sequence[Outcome]) -> None:
    """An outcome may come after the row's lease and its release have ended: what did not leave waits again."""
    again = {one.claimed.release_id for one in outcomes if one.failure and one.claimed.release_id is not None
             and not (one.failure.permanent or one.failure.may_have_left)}  # fmt: skip
    if again:
        ended = select(Release).where(Release.id.in_(again), Release.ended_at.is_not(None)).order_by(Release.id)
        for release in (await session.scalars(ended.with_for_update())).all():
            await reopen(session, release)


async def _count_failures(session: AsyncSession, outcomes: Sequence[Outcome], *, at: datetime) -> None:
    """Many failures in a row, for a while, pause the release: somebody should look before all of it has failed."""
    by_release: dict[int, list[bool]] = {}
    for one in outcomes:
        if one.claimed.release_id is not None and (failed := _is_failure(one.failure)) is not None:
            by_release.setdefault(one.claimed.release_id, []).append(failed)
    for release_id, several in sorted(by_release.items()):  # in this order, as whoever cancels several locks them
        release = await session.get_one(Release, release_id, with_for_update=True)
        if not all(several):
            release.failures_in_a_row, release.failing_since = 0, None
            continue
        release.failures_in_a_row += len(several)
        release.failing_since = release.failing_since or at
        is_long = at - release.failing_since >= FAILING_FOR
        if release.state == ReleaseState.SENDING and release.failures_in_a_row >= MOST_FAILURES and is_long:
            await _pause(session, release, at=at)


def _is_failure(failure: SendFailed | None) -> bool | None:
    """None: says nothing about the channel's health (a person who blocked us, an order to wait)."""
    if failure is None:
        return False
    return None if failure.is_whole_account or failure.moved_to or failure.reason in UNREACHABLE else True


async def _pause(session: AsyncSession, release: Release, *, at: datetime) -> None:
    release.state, release.paused_reason = ReleaseState.PAUSED, MANY_FAILURES
    broadcast = await session.get_one(Broadcast, release.broadcast_id, with_for_update=True)
    if broadcast.state == BroadcastState.SENDING:
        broadcast.state = BroadcastState.PAUSED
    record(session, "release_paused", about=f"broadcast:{broadcast.id}", at=at, why=MANY_FAILURES)

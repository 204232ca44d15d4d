"""An ambassador decides when a message goes out, and may stop it at any moment."""

from collections.abc import Awaitable, Callable
from datetime import UTC, date, datetime, timedelta

import pytest
from sqlalchemy.exc import NoResultFound
from sqlalchemy.ext.asyncio import AsyncSession

from broadcasts.announcements.records import Broadcast, BroadcastState, Kind, Repeat
from broadcasts.announcements.rights import NotTheirAmbassador, OrganisationNotActive
from broadcasts.delivery.records import Release, ReleaseState
from broadcasts.organisations.by import By
from broadcasts.organisations.records import Ambassador, Organisation, OrganisationState
from broadcasts.scheduling.planning import first_run, plan_of, right_now
from broadcasts.scheduling.recurrence import Plan
from broadcasts.scheduling.releasing import close_finished
from broadcasts.scheduling.rules import (
    AlreadyOver,
    AmbassadorDecides,
    NotApprovedForSending,
    NothingToPause,
    NothingToResume,
    OnlyQuietHours,
    PlanInPast,
    PlanWithoutRuns,
    QuietHoursHold,
    UsefulTimeWrong,
)
from broadcasts.scheduling.scheduling import cancel, pause, resume, schedule
from core.database import Database
from core.errors import RuleBroken
from core.timeline import list_entries
from tests.broadcasts.making import POLES, make_ambassador, make_broadcast, make_organisation
from tests.conftest import MONDAY_9AM

OSLO = "Europe/Oslo"
TONIGHT = datetime.fromisoformat("2026-11-23T18:00")
FIVE_PM_UTC = datetime(2026, 11, 23, 17, tzinfo=UTC)  # the same moment
STAFF = By(staff_id=7)
Act = Callable[..., Awaitable[None]]


async def make_approved(session: AsyncSession, **more: object) -> tuple[Broadcast, Ambassador]:
    """A message of Eritrean Women that may be sent, and Saba, who decides when."""
    await make_organisation(session)
    given = {"state": BroadcastState.APPROVED, "text_version": 2, "approved_version": 2}
    return await make_broadcast(session, **given | more), await make_ambassador(session)  # type: ignore[arg-type]


async def give_time(
    session: AsyncSession,
    broadcast_id: int,
    by: By,
    *,
    plan: Plan | None = None,
    useful_minutes: int = 24 * 60,
    ignores_quiet_hours: bool = False,
    at: datetime = MONDAY_9AM,
) -> None:
    """Tonight at six, if nothing else is said."""
    await schedule(
        session,
        broadcast_id,
        plan or Plan(TONIGHT, OSLO),
        useful_minutes=useful_minutes,
        ignores_quiet_hours=ignores_quiet_hours,
        by=by,
        at=at,
    )


async def make_release(session: AsyncSession, row: Broadcast, state: ReleaseState, **more: object) -> Release:
    """A run that began an hour ago."""
    given = {"due_at": MONDAY_9AM - timedelta(hours=1), "send_until": MONDAY_9AM + timedelta(hours=23)}
    made = Release(
        broadcast_id=row.id, organisation_id=row.organisation_id, state=state, began_at=MONDAY_9AM, **given | more
    )
    session.add(made)
    await session.flush()  # it is found by a query
    return made


async def test_an_approved_message_gets_a_time(database: Database) -> None:
    async with database.changing() as session:
        row, saba = await make_approved(session)

        await give_time(session, row.id, By(ambassador_id=saba.id))

        assert (row.state, row.next_run_at, row.first_at) == ("scheduled", FIVE_PM_UTC, "2026-11-23T18:00")
        assert plan_of(row) == Plan(TONIGHT, OSLO)
        told = (await list_entries(session, about=f"broadcast:{row.id}"))[0]
        assert (told.event, told.details["ambassador"]) == ("broadcast_scheduled", str(saba.id))


async def test_a_repeating_message_may_get_another_time_before_it_goes_out(database: Database) -> None:
    mondays = Plan(TONIGHT, OSLO, Repeat.WEEKLY, frozenset({0, 3}), date(2026, 12, 24))
    async with database.changing() as session:
        row, saba = await make_approved(session)
        await give_time(session, row.id, By(ambassador_id=saba.id))

        await give_time(session, row.id, By(ambassador_id=saba.id), plan=mondays, at=FIVE_PM_UTC)

        assert plan_of(row) == mondays
        assert row.next_run_at == FIVE_PM_UTC

        await give_time(session, row.id, By(ambassador_id=saba.id), plan=mondays, at=FIVE_PM_UTC + timedelta(minutes=1))

        assert row.next_run_at == FIVE_PM_UTC + timedelta(days=3)


@pytest.mark.parametrize(
    ("asked", "rule"),
    [
        ({"plan": Plan(TONIGHT - timedelta(days=1), OSLO)}, PlanInPast),
        ({"plan": Plan(TONIGHT, OSLO, Repeat.DAILY, until=date(2026, 11, 22))}, PlanWithoutRuns),
        ({"useful_minutes": 9}, UsefulTimeWrong),
        ({"useful_minutes": 14 * 24 * 60 + 1}, UsefulTimeWrong),
        ({"ignores_quiet_hours": True}, QuietHoursHold),
        # From ten in the evening until eight it is quiet: ten hours are over when the first could go out.
        ({"plan": Plan(TONIGHT.replace(hour=22), OSLO), "useful_minutes": 600}, OnlyQuietHours),
    ],
)
async def test_a_time_at_which_it_could_not_go_out_is_refused(
    database: Database, asked: dict[str, object], rule: type[RuleBroken]
) -> None:
    async with database.changing() as session:
        row, saba = await make_approved(session)

        with pytest.raises(rule):
            await give_time(session, row.id, By(ambassador_id=saba.id), **asked)  # type: ignore[arg-type]

        assert (row.state, row.next_run_at) == ("approved", None)


async def test_what_is_useful_until_after_quiet_hours_may_begin_in_them(database: Database) -> None:
    async with database.changing() as session:
        row, saba = await make_approved(session)
        late = Plan(TONIGHT.replace(hour=22), OSLO)

        await give_time(session, row.id, By(ambassador_id=saba.id), plan=late, useful_minutes=601)

        assert row.state == BroadcastState.SCHEDULED


async def test_an_urgent_message_may_come_at_night(database: Database) -> None:
    async with database.changing() as session:
        row, saba = await make_approved(session, kind=Kind.URGENT)
        late = Plan(TONIGHT.replace(hour=22), OSLO)

        await give_time(
            session, row.id, By(ambassador_id=saba.id), plan=late, useful_minutes=60, ignores_quiet_hours=True
        )

        assert row.ignores_quiet_hours


@pytest.mark.parametrize(
    "now",
    [
        datetime(2026, 11, 23, 11, 0, 59, tzinfo=UTC),
        datetime(2026, 10, 25, 0, 30, tzinfo=UTC),  # half past two, for the first time
        datetime(2026, 10, 25, 1, 30, 12, tzinfo=UTC),  # and for the second
    ],
)
async def test_now_is_never_in_the_past(database: Database, now: datetime) -> None:
    async with database.changing() as session:
        row, saba = await make_approved(session)

        await give_time(session, row.id, By(ambassador_id=saba.id), plan=right_now(OSLO, at=now), at=now)

        assert row.next_run_at is not None
        assert now - timedelta(minutes=1) < row.next_run_at <= now


def test_a_plan_that_is_over_since_a_minute_has_no_first_run() -> None:
    assert first_run(Plan(TONIGHT, OSLO), at=FIVE_PM_UTC + timedelta(minutes=1)) is None


@pytest.mark.parametrize(
    "more",
    [
        {"state": BroadcastState.DRAFT},
        {"state": BroadcastState.IN_BRIEFING},
        {"state": BroadcastState.CANCELLED},
        {"approved_version": 1},  # its text was changed since
        {"approved_version": None},
    ],
)
async def test_what_is_not_approved_as_it_stands_gets_no_time(database: Database, more: dict[str, object]) -> None:
    async with database.changing() as session:
        row, saba = await make_approved(session, **more)

        with pytest.raises(NotApprovedForSending):
            await give_time(session, row.id, By(ambassador_id=saba.id))


async def test_staff_do_not_send_for_an_organisation_unless_it_is_a_crisis(database: Database) -> None:
    async with database.changing() as session:
        row, _saba = await make_approved(session)

        with pytest.raises(AmbassadorDecides):
            await give_time(session, row.id, STAFF)


@pytest.mark.parametrize("act", [give_time, pause, resume, cancel])
async def test_a_message_of_another_organisation_is_not_there(database: Database, act: Act) -> None:
    async with database.changing() as session:
        row, _saba = await make_approved(session)
        await make_organisation(session, POLES)
        stranger = await make_ambassador(session, "3001", organisation_id=POLES)

        with pytest.raises(NoResultFound):
            await act(session, row.id, by=By(ambassador_id=stranger.id), at=MONDAY_9AM)


async def test_who_has_ended_as_ambassador_decides_nothing(database: Database) -> None:
    async with database.changing() as session:
        row, saba = await make_approved(session)
        saba.ended_at = MONDAY_9AM

        with pytest.raises(NotTheirAmbassador):
            await give_time(session, row.id, By(ambassador_id=saba.id))


async def test_nothing_is_planned_for_an_organisation_that_rests(database: Database) -> None:
    async with database.changing() as session:
        row, saba = await make_approved(session)
        organisation = await session.get_one(Organisation, row.organisation_id)
        organisation.state = OrganisationState.DORMANT

        with pytest.raises(OrganisationNotActive):
            await give_time(session, row.id, By(ambassador_id=saba.id))


async def test_a_message_that_is_being_sent_is_paused_and_goes_on(database: Database) -> None:
    async with database.changing() as session:
        row, saba = await make_approved(session, state=BroadcastState.SENDING)
        release = await make_release(session, row, ReleaseState.SENDING)
        by = By(ambassador_id=saba.id)

        await pause(session, row.id, by=by, at=MONDAY_9AM, why="Wrong date")

        assert (row.state, row.note, release.state, release.paused_reason) == (
            "paused", "Wrong date", "paused", "ambassador",
        )  # fmt: skip

        await resume(session, row.id, by=by, at=MONDAY_9AM)

        # Expanding goes on from where it had come to.
        assert (row.state, row.note, release.state, release.paused_reason) == ("sending", "", "expanding", "")
        events = [line.event for line in await list_entries(session, about=f"broadcast:{row.id}")]
        assert events[:2] == ["broadcast_resumed", "broadcast_paused"]


async def test_a_release_that_paused_because_too_much_failed_goes_on(database: Database) -> None:
    async with database.changing() as session:
        row, _saba = await make_approved(session, state=BroadcastState.SCHEDULED, next_run_at=FIVE_PM_UTC)
        failing = {"paused_reason": "many_failures", "failures_in_a_row": 20, "failing_since": MONDAY_9AM}
        release = await make_release(session, row, ReleaseState.PAUSED, **failing)

        await resume(session, row.id, by=STAFF, at=MONDAY_9AM)

        assert (row.state, row.next_run_at) == ("scheduled", FIVE_PM_UTC)
        assert (release.state, release.failures_in_a_row, release.failing_since) == ("expanding", 0, None)


async def test_staff_do_not_resume_what_the_ambassador_paused(database: Database) -> None:
    async with database.changing() as session:
        row, saba = await make_approved(session)
        await give_time(session, row.id, By(ambassador_id=saba.id))
        await pause(session, row.id, by=By(ambassador_id=saba.id), at=MONDAY_9AM)

        with pytest.raises(AmbassadorDecides):
            await resume(session, row.id, by=STAFF, at=MONDAY_9AM)

        assert row.state == BroadcastState.PAUSED


@pytest.mark.parametrize(
    ("useful_minutes", "next_after"),
    [
        (60, datetime(2026, 12, 3, 17, tzinfo=UTC)),  # yesterday's is too late: the next comes tonight
        (24 * 60, datetime(2026, 12, 2, 17, tzinfo=UTC)),  # yesterday's is still useful: it goes out now
    ],
)
async def test_what_a_pause_left_out_does_not_come_all_at_once(
    database: Database, useful_minutes: int, next_after: datetime
) -> None:
    async with database.changing() as session:
        row, saba = await make_approved(session)
        by, daily = By(ambassador_id=saba.id), Plan(TONIGHT, OSLO, Repeat.DAILY)
        await give_time(session, row.id, by, plan=daily, useful_minutes=useful_minutes)
        await pause(session, row.id, by=by, at=MONDAY_9AM)

        await resume(session, row.id, by=by, at=datetime(2026, 12, 3, 8, tzinfo=UTC))

        assert (row.state, row.next_run_at) == ("scheduled", next_after)


async def test_a_cancelled_message_ends_for_all_who_have_not_got_it(database: Database) -> None:
    async with database.changing() as session:
        row, _saba = await make_approved(session, state=BroadcastState.SCHEDULED, next_run_at=FIVE_PM_UTC)
        running = await make_release(session, row, ReleaseState.SENDING)
        done = await make_release(session, row, ReleaseState.SENT, due_at=MONDAY_9AM - timedelta(days=1))

        await cancel(session, row.id, by=STAFF, at=MONDAY_9AM)

        assert (row.state, row.next_run_at, running.state, done.state) == ("cancelled", None, "cancelled", "sent")
        with pytest.raises(AlreadyOver):
            await cancel(session, row.id, by=STAFF, at=MONDAY_9AM)


async def test_a_pause_longer_than_the_last_run_ends_the_message(database: Database) -> None:
    daily = Plan(TONIGHT, OSLO, Repeat.DAILY, until=date(2026, 11, 24))
    later = FIVE_PM_UTC + timedelta(days=9)
    async with database.changing() as session:
        row, saba = await make_approved(session)
        await give_time(session, row.id, By(ambassador_id=saba.id), plan=daily, useful_minutes=60)
        await pause(session, row.id, by=By(ambassador_id=saba.id), at=MONDAY_9AM)

        await resume(session, row.id, by=By(ambassador_id=saba.id), at=later)
        await close_finished(session, at=later)

        assert (row.state, row.next_run_at) == ("expired", None)


async def test_only_what_runs_is_paused_and_only_what_is_paused_resumed(database: Database) -> None:
    async with database.changing() as session:
        row, saba = await make_approved(session)

        with pytest.raises(NothingToPause):
            await pause(session, row.id, by=By(ambassador_id=saba.id), at=MONDAY_9AM)
        with pytest.raises(NothingToResume):
            await resume(session, row.id, by=By(ambassador_id=saba.id), at=MONDAY_9AM)

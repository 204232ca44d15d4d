"""What is due goes out once; what comes too late does not go out, and is told."""

import asyncio
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from broadcasts.announcements.records import Broadcast, BroadcastState, Repeat
from broadcasts.delivery.audience import expand_all
from broadcasts.delivery.records import DirectMessage, Release, ReleaseState, SendingPolicy
from broadcasts.delivery.settling import settle
from broadcasts.organisations.by import By
from broadcasts.organisations.records import Organisation, OrganisationState
from broadcasts.scheduling.releasing import close_finished, release_due
from broadcasts.scheduling.scheduling import pause
from broadcasts.scheduling.swallowed import list_swallowed, warn_of_quiet_hours
from core.database import Database
from core.timeline import TimelineEntry
from tests.broadcasts.making import arm, make_ambassador, make_broadcast, make_member, make_organisation
from tests.broadcasts.messengers import FakeMessenger, post_rounds
from tests.conftest import DALIA, MONDAY_9AM

HOUR, DAY = timedelta(hours=1), timedelta(days=1)
DAILY = {"repeat": Repeat.DAILY, "first_at": "2026-11-23T09:00"}


async def make_scheduled(database: Database, *, is_armed: bool = True, **more: object) -> int:
    """A message that is due on Monday at nine and useful for a day."""
    given = {
        "state": BroadcastState.SCHEDULED,
        "text_version": 1,
        "approved_version": 1,
        "first_at": "2026-11-23T09:00",
        "next_run_at": MONDAY_9AM,
        "useful_minutes": 24 * 60,
    }
    async with database.changing() as session:
        if is_armed:
            await arm(session)
        if await session.get(Organisation, "eritrean-women") is None:
            await make_organisation(session)
            await make_ambassador(session)
        row = await make_broadcast(session, **given | more)  # type: ignore[arg-type]
        return row.id


async def release(database: Database, *, at: datetime) -> int:
    """One tick of the job."""
    async with database.changing() as session:
        return await release_due(session, at=at)


async def get(session: AsyncSession, broadcast_id: int) -> tuple[Broadcast, list[Release]]:
    releases = await session.scalars(
        select(Release).where(Release.broadcast_id == broadcast_id).order_by(Release.due_at)
    )
    return await session.get_one(Broadcast, broadcast_id), list(releases)


async def look(database: Database, broadcast_id: int) -> tuple[Broadcast, list[Release]]:
    """The message and its runs, as they are stored."""
    async with database.reading() as session:
        return await get(session, broadcast_id)


async def events(database: Database, broadcast_id: int) -> list[str]:
    async with database.reading() as session:
        lines = select(TimelineEntry).where(TimelineEntry.about == f"broadcast:{broadcast_id}")
        return [line.event for line in await session.scalars(lines.order_by(TimelineEntry.id))]


async def test_what_is_due_begins_to_go_out(database: Database) -> None:
    number = await make_scheduled(database)

    assert await release(database, at=MONDAY_9AM - timedelta(seconds=1)) == 0
    assert await release(database, at=MONDAY_9AM) == 1

    row, [run] = await look(database, number)
    assert (row.state, row.next_run_at) == ("sending", None)
    assert (run.state, run.due_at, run.send_until) == ("expanding", MONDAY_9AM, MONDAY_9AM + DAY)


async def test_a_repeating_message_waits_for_its_next_run(database: Database) -> None:
    number = await make_scheduled(database, **DAILY)

    await release(database, at=MONDAY_9AM)

    row, [run] = await look(database, number)
    assert (row.state, row.next_run_at, run.state) == ("scheduled", MONDAY_9AM + DAY, "expanding")


async def test_releasing_twice_is_harmless(database: Database) -> None:
    number = await make_scheduled(database, **DAILY)
    await release(database, at=MONDAY_9AM)
    async with database.changing() as session:  # as if the process had died before it wrote this down
        row = await session.get_one(Broadcast, number)
        row.next_run_at = MONDAY_9AM

    assert await release(database, at=MONDAY_9AM) == 0

    row, releases = await look(database, number)
    assert (row.next_run_at, len(releases)) == (MONDAY_9AM + DAY, 1)


async def test_two_processes_release_each_run_once(database: Database) -> None:
    numbers = [await make_scheduled(database) for _ in range(10)]
    other = Database(database.url)

    begun = await asyncio.gather(*(release(one, at=MONDAY_9AM) for one in (database, other) * 3))

    await other.close()
    assert sum(begun) == 10
    assert [len((await look(database, number))[1]) for number in numbers] == [1] * 10


@pytest.mark.parametrize("late_by", [DAY, 30 * DAY])
async def test_what_comes_too_late_expires_and_is_told(database: Database, late_by: timedelta) -> None:
    number = await make_scheduled(database)

    assert await release(database, at=MONDAY_9AM + late_by) == 0
    await settle(database, at=MONDAY_9AM + late_by)

    row, [run] = await look(database, number)
    assert (row.state, run.state) == ("expired", "expired")
    assert await events(database, number) == ["release_expired", "broadcast_expired"]
    async with database.reading() as session:
        told = (await session.scalars(select(DirectMessage))).one()
        assert (told.kind, told.about["state"]) == ("sent_report", "expired")


async def test_nothing_goes_out_until_somebody_arms(database: Database) -> None:
    number = await make_scheduled(database, is_armed=False)

    assert await release(database, at=MONDAY_9AM + HOUR) == 0
    assert (await look(database, number))[1] == []
    async with database.changing() as session:
        await arm(session)

    assert await release(database, at=MONDAY_9AM + 2 * HOUR) == 1

    _row, [run] = await look(database, number)
    assert run.send_until == MONDAY_9AM + DAY  # as if it had gone out in time


async def test_what_waits_for_arming_expires_like_everything_else(database: Database) -> None:
    number = await make_scheduled(database, is_armed=False, **DAILY)

    await release(database, at=MONDAY_9AM + 3 * DAY + HOUR)

    row, releases = await look(database, number)
    assert [run.state for run in releases] == ["expired"] * 3
    assert row.next_run_at == MONDAY_9AM + 3 * DAY  # this morning's run still waits


async def test_after_an_outage_only_the_newest_run_goes_out(database: Database) -> None:
    number = await make_scheduled(database, **DAILY | {"useful_minutes": 14 * 24 * 60})

    assert await release(database, at=MONDAY_9AM + 3 * DAY + HOUR) == 1

    row, releases = await look(database, number)
    assert [run.state for run in releases] == ["expired"] * 3 + ["expanding"]
    assert row.next_run_at == releases[-1].send_until == MONDAY_9AM + 4 * DAY


async def test_a_very_long_outage_is_counted_not_written_down_run_by_run(database: Database) -> None:
    number = await make_scheduled(database, **DAILY)

    await release(database, at=MONDAY_9AM + 3000 * DAY)

    row, releases = await look(database, number)
    assert (len(releases), row.state) == (61, "scheduled")
    assert row.next_run_at is not None
    assert row.next_run_at > MONDAY_9AM + 3000 * DAY
    async with database.reading() as session:
        line = await session.scalar(select(TimelineEntry).where(TimelineEntry.event == "runs_left_out"))
        assert line is not None
        assert line.details == {"count": str(3001 - 61)}


async def test_nothing_goes_out_for_an_organisation_that_sleeps(database: Database) -> None:
    number = await make_scheduled(database)
    async with database.changing() as session:
        organisation = await session.get_one(Organisation, "eritrean-women")
        organisation.state = OrganisationState.DORMANT

    assert await release(database, at=MONDAY_9AM) == 0
    await settle(database, at=MONDAY_9AM)

    row, [run] = await look(database, number)
    assert (row.state, run.state, run.paused_reason) == ("cancelled", "cancelled", "organisation_dormant")
    assert "release_cancelled" in await events(database, number)


async def test_the_last_run_of_a_repeating_message_ends_it(database: Database) -> None:
    last = {"until": datetime(2026, 11, 24, tzinfo=UTC).date()}
    number = await make_scheduled(database, **DAILY | last)
    for day in range(2):
        assert await release(database, at=MONDAY_9AM + day * DAY) == 1

    async with database.changing() as session:
        row, releases = await get(session, number)
        assert row.state == BroadcastState.SENDING
        for run in releases:
            run.state, run.ended_at = ReleaseState.SENT, MONDAY_9AM + 2 * DAY
        await session.flush()  # closing looks at the table
        await close_finished(session, at=MONDAY_9AM + 2 * DAY)

        assert row.state == BroadcastState.SENT


async def test_what_is_released_reaches_the_members_and_ends(database: Database) -> None:
    number = await make_scheduled(database)
    async with database.changing() as session:
        await make_member(session, DALIA, "ar")
    messenger = FakeMessenger()

    await release(database, at=MONDAY_9AM)
    await expand_all(database, at=MONDAY_9AM)
    await post_rounds(database, messenger, at=MONDAY_9AM)
    await settle(database, at=MONDAY_9AM)

    assert messenger.addresses() == [DALIA]
    row, [run] = await look(database, number)
    assert (row.state, run.state) == ("sent", "sent")


async def test_pausing_at_the_very_moment_of_the_release_holds_it_back(database: Database) -> None:
    numbers = [await make_scheduled(database) for _ in range(5)]
    other = Database(database.url)

    async def stop(number: int) -> None:
        async with other.changing() as session:
            await pause(session, number, by=By(staff_id=7), at=MONDAY_9AM)

    await asyncio.gather(release(database, at=MONDAY_9AM), *map(stop, numbers), release(database, at=MONDAY_9AM))

    await other.close()
    for number in numbers:
        row, releases = await look(database, number)
        assert row.state == BroadcastState.PAUSED
        assert all(run.state == ReleaseState.PAUSED for run in releases)


async def test_one_that_is_paused_is_not_released(database: Database) -> None:
    number = await make_scheduled(database, state=BroadcastState.PAUSED)

    assert await release(database, at=MONDAY_9AM) == 0

    assert (await look(database, number))[1] == []


async def test_an_installation_that_nobody_has_armed_yet_has_no_policy_and_sends_nothing(database: Database) -> None:
    await make_scheduled(database, is_armed=False)
    async with database.reading() as session:
        assert await session.get(SendingPolicy, 1) is None

    assert await release(database, at=MONDAY_9AM) == 0


async def widen_quiet_hours(database: Database) -> None:
    """Until noon: longer than what is due at nine and useful for an hour."""
    async with database.changing() as session:
        policy = await session.get_one(SendingPolicy, 1)
        policy.quiet_from, policy.quiet_until = "21:00", "12:00"


async def told(database: Database) -> list[tuple[str, str]]:
    """What ambassadors were written: of which kind, and why."""
    async with database.reading() as session:
        rows = await session.scalars(select(DirectMessage).order_by(DirectMessage.id))
        return [(row.kind, row.about.get("why", "")) for row in rows]


@pytest.mark.parametrize("more", [{}, DAILY])
async def test_ambassadors_are_warned_once_when_quiet_hours_swallow_what_they_planned(
    database: Database, more: dict[str, object]
) -> None:
    await make_scheduled(database, useful_minutes=60, **more)
    useful_for_longer = await make_scheduled(database)

    for _each in range(2):
        async with database.changing() as session:
            await warn_of_quiet_hours(session, at=MONDAY_9AM - DAY)
    before = await told(database)
    await widen_quiet_hours(database)
    for _each in range(2):
        async with database.changing() as session:
            await warn_of_quiet_hours(session, at=MONDAY_9AM - DAY)
            named = [row.id for row in await list_swallowed(session)]

    assert before == []
    assert await told(database) == [("swallowed", "")]
    assert useful_for_longer not in named


async def test_what_quiet_hours_swallowed_says_that_it_was_they(database: Database) -> None:
    number = await make_scheduled(database, useful_minutes=60)
    await widen_quiet_hours(database)
    async with database.changing() as session:
        await make_member(session, DALIA)
    await release(database, at=MONDAY_9AM)
    await expand_all(database, at=MONDAY_9AM)

    await settle(database, at=MONDAY_9AM + HOUR)

    row, [run] = await look(database, number)
    assert (row.state, run.state, run.paused_reason) == ("expired", "expired", "quiet_hours")
    assert await told(database) == [("sent_report", "quiet_hours")]


@pytest.mark.parametrize("has_member", [True, False])
@pytest.mark.parametrize("useful_minutes", [60, 24 * 60])
async def test_in_quiet_hours_nothing_says_whether_there_is_a_member(
    database: Database, has_member: bool, useful_minutes: int
) -> None:
    number = await make_scheduled(database, useful_minutes=useful_minutes)
    await widen_quiet_hours(database)
    if has_member:
        async with database.changing() as session:
            await make_member(session, DALIA)
    await release(database, at=MONDAY_9AM)
    await expand_all(database, at=MONDAY_9AM)

    await settle(database, at=MONDAY_9AM + HOUR / 2)
    during = await look(database, number)
    await settle(database, at=MONDAY_9AM + timedelta(minutes=useful_minutes))
    afterwards = await look(database, number)

    assert (during[0].state, during[1][0].state, during[1][0].ended_at) == ("sending", "sending", None)
    assert (afterwards[1][0].state, afterwards[1][0].ended_at) == ("expired", MONDAY_9AM + useful_minutes * HOUR / 60)


async def test_a_run_that_nobody_gets_ends_when_quiet_hours_do(database: Database) -> None:
    number = await make_scheduled(database)
    await widen_quiet_hours(database)
    await release(database, at=MONDAY_9AM)
    await expand_all(database, at=MONDAY_9AM)

    await settle(database, at=MONDAY_9AM + 3 * HOUR)  # noon in Oslo

    _row, [run] = await look(database, number)
    assert run.state == "sent"

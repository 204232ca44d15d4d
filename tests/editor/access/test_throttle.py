"""Guessing becomes slow: for an account, and for where the guesses come from."""

import asyncio
from datetime import datetime, timedelta

import pytest
from sqlalchemy import select

from core.database import Database
from editor.access.models import LoginAttempt
from editor.access.throttle import clear, may_try, note_failure, waiting
from tests.conftest import MONDAY_9AM
from tests.editor.access.people import TOWN_HALL

MINUTE = timedelta(minutes=1)
AMINA = "amina@brobygda.example"


def minutes(*several: float) -> list[datetime]:
    """Moments, in minutes after nine."""
    return [MONDAY_9AM + one * MINUTE for one in several]


def wait_at(failures: list[datetime], minute: float) -> float:
    """How many minutes one must wait, at this minute."""
    return waiting(failures, limit=5, at=MONDAY_9AM + minute * MINUTE) / MINUTE


@pytest.mark.parametrize(
    ("failures", "now", "expected"),
    [
        ((), 0, 0),
        ((0, 0, 0, 0), 0, 0),
        ((0, 0, 0, 0, 0), 0, 1),
        ((0, 1, 2, 3, 4), 4.5, 0.5),
        ((0, 1, 2, 3, 4), 5, 0),
        ((0, 4, 8, 12, 15), 15, 0),
        ((0, 4, 8, 12, 14.9), 14.9, 1),
    ],
)
def test_five_failures_within_fifteen_minutes_cost_a_minute(
    failures: tuple[float, ...], now: float, expected: float
) -> None:
    assert wait_at(minutes(*failures), now) == pytest.approx(expected)


def test_each_failure_after_a_wait_doubles_it_up_to_an_hour() -> None:
    failures, now, waits = minutes(0, 0, 0, 0), 0.0, []
    for _ in range(9):
        failures += minutes(now)
        waits.append(wait_at(failures, now))
        now += waits[-1]

    assert waits == [1, 2, 4, 8, 16, 32, 60, 60, 60]


def test_after_a_quarter_of_an_hour_of_peace_counting_starts_anew() -> None:
    failures = minutes(0, 0, 0, 0, 0)  # the wait ends at 1

    assert wait_at([*failures, *minutes(15.9)], 15.9) == pytest.approx(2)
    assert wait_at([*failures, *minutes(16)], 16) == 0
    assert wait_at([*failures, *minutes(16, 16, 16, 16, 16)], 16) == 1


def test_a_flood_of_failures_still_costs_an_hour() -> None:
    assert wait_at(minutes(*[0] * 5000), 0) == 60


async def fail(
    database: Database, times: int = 1, *, account: str = AMINA, address: str = TOWN_HALL, at: datetime = MONDAY_9AM
) -> None:
    async with database.changing() as session:
        for _ in range(times):
            await note_failure(session, account=account, address=address, at=at)


async def wait(
    database: Database, *, account: str = AMINA, address: str = TOWN_HALL, at: datetime = MONDAY_9AM
) -> timedelta:
    async with database.changing() as session:
        return await may_try(session, account=account, address=address, at=at)


async def test_an_account_waits_after_five_failures_wherever_they_come_from(staff_database: Database) -> None:
    for number in range(4):
        await fail(staff_database, address=f"198.51.100.{number}")
    before = await wait(staff_database, address="203.0.113.9")

    await fail(staff_database, address="198.51.100.5")

    assert before == timedelta()
    assert await wait(staff_database, address="203.0.113.9") == MINUTE
    assert await wait(staff_database, account="bert@brobygda.example") == timedelta()


async def test_an_address_waits_after_twenty_failures_whichever_accounts_it_tried(staff_database: Database) -> None:
    for number in range(19):
        await fail(staff_database, account=f"guess{number}@brobygda.example")
    before = await wait(staff_database)

    await fail(staff_database, account="guess19@brobygda.example")

    assert before == timedelta()
    assert await wait(staff_database) == MINUTE
    assert await wait(staff_database, address="203.0.113.9") == timedelta()


async def test_a_sender_with_many_ipv6_addresses_is_one_sender(staff_database: Database) -> None:
    for one in ("2001:db8:0:1::1", "::ffff:192.0.2.10", "unix socket"):
        for number in range(20):
            await fail(staff_database, account=str(number), address=one)

    for same in ("2001:db8:0:1::ffff", "192.0.2.10", "unix socket"):
        assert await wait(staff_database, address=same) == MINUTE
    for other in ("2001:db8:0:2::1", "192.0.2.11", "unix"):
        assert await wait(staff_database, address=other) == timedelta()


async def test_success_clears_the_account_and_not_what_the_address_did_to_others(staff_database: Database) -> None:
    await fail(staff_database, 5)
    await fail(staff_database, 20, account="bert@brobygda.example")

    async with staff_database.changing() as session:
        await clear(session, AMINA)

    assert await wait(staff_database, address="203.0.113.9") == timedelta()
    assert await wait(staff_database, address=TOWN_HALL) > timedelta()


async def test_nobody_who_reads_the_rows_sees_who_tried_from_where(staff_database: Database) -> None:
    await fail(staff_database, account="my password in the wrong field")

    async with staff_database.reading() as session:
        row = (await session.scalars(select(LoginAttempt))).one()

    assert (len(row.account_hash), len(row.address_hash)) == (64, 64)


async def test_failures_of_the_day_before_are_dropped(staff_database: Database) -> None:
    await fail(staff_database, 7, at=MONDAY_9AM - timedelta(days=1))

    await fail(staff_database)

    async with staff_database.reading() as session:
        assert [row.at for row in await session.scalars(select(LoginAttempt))] == [MONDAY_9AM]


async def guess(database: Database, number: int) -> bool:
    """A guess as log_in makes it; whether it was let through to be compared."""
    async with database.changing() as session:
        if await may_try(session, account=AMINA, address=f"198.51.100.{number}", at=MONDAY_9AM):
            return False
        await asyncio.sleep(0.01)  # comparing takes its time, and the others come meanwhile
        await note_failure(session, account=AMINA, address=f"198.51.100.{number}", at=MONDAY_9AM)
        return True


async def test_twelve_guesses_at_the_same_moment_are_five(staff_database: Database) -> None:
    done = await asyncio.gather(*(guess(staff_database, number) for number in range(12)))

    assert done.count(True) == 5

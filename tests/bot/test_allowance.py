"""What is counted by each process alone holds for all of them together, and nobody can read who was counted."""

import asyncio
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager
from datetime import datetime, timedelta

import pytest
from sqlalchemy import select
from sqlalchemy.exc import OperationalError
from sqlalchemy.ext.asyncio import AsyncSession

from bot import allowance
from bot.allowance import Allowance
from bot.used_together import AllowanceSecret, UsedAllowance, UsedTogether, forget_used
from core.database import Database
from core.sealing import KEY_BYTES, Seal
from tests.conftest import MONDAY_9AM

# With SQLite there is one process, and nothing is stored.
shared = pytest.mark.parametrize("engine", ["postgres"], indirect=True)
A_MINUTE, SHARE = 60, {"school": 1.0}


class Clock:
    at = 1000.0

    def __call__(self) -> float:
        return self.at

    def moment(self) -> datetime:
        return MONDAY_9AM + timedelta(seconds=self.at - 1000)


class Neighbours:
    """Another process, by what it has counted."""

    def __init__(self, used: float = 0.0) -> None:
        self.used = used
        self.told: list[Mapping[str, float]] = []
        self.is_away = False

    async def tell(self, used: Mapping[str, float]) -> Mapping[str, float]:
        if self.is_away:
            raise OperationalError("", None, Exception())
        self.told.append(dict(used))
        self.used += sum(used.values())
        return dict.fromkeys(used, self.used)


def ask(process: Allowance, times: int) -> int:
    """How many of so many messages are taken."""
    return sum(process.take(SHARE) == 0 for _ in range(times))


@shared
async def test_two_processes_let_in_as_much_as_one(database: Database) -> None:
    clock = Clock()
    table = UsedTogether(database, now=clock.moment)
    one, other = Allowance(seconds=clock), Allowance(seconds=clock)
    let_in = 0

    for _ in range(300):
        let_in += ask(one, 3) + ask(other, 3)
        await one.tell(table)
        await other.tell(table)
        clock.at += 1

    assert A_MINUTE * 6 - 1 <= let_in <= A_MINUTE * 6 + 20


@shared
async def test_who_is_far_from_a_limit_is_not_stored(database: Database) -> None:
    clock = Clock()
    process = Allowance(seconds=clock)
    ask(process, 6)
    clock.at += 1

    assert not await process.tell(UsedTogether(database, now=clock.moment))

    async with database.reading() as session:
        assert await list_senders(session) == []


@shared
async def test_nobody_can_read_who_was_counted_and_a_minute_later_it_is_gone(database: Database) -> None:
    clock = Clock()
    process = Allowance(seconds=clock)
    ask(process, 60)
    await process.tell(UsedTogether(database, now=clock.moment))

    async with database.changing() as session:
        before = await list_senders(session)
        await forget_used(session, at=clock.moment() + timedelta(seconds=61))
        after = await list_senders(session)
        secrets_now = list(await session.scalars(select(AllowanceSecret.hour)))
        await forget_used(session, at=clock.moment() + timedelta(hours=1))
        secrets_later = list(await session.scalars(select(AllowanceSecret.hour)))

    assert [len(one) for one in before] == [64]
    assert (after, len(secrets_now), secrets_later) == ([], 1, [])


@shared
async def test_another_hour_or_another_key_gives_another_name(database: Database) -> None:
    clock = Clock()
    table = UsedTogether(database, now=clock.moment)
    await table.tell({"school": 10})
    clock.at += 3600
    await table.tell({"school": 10})
    database.seal = Seal(bytes(range(KEY_BYTES)))
    await table.tell({"school": 10})

    async with database.reading() as session:
        assert len(set(await list_senders(session))) == 3


@shared
async def test_processes_that_tell_at_the_same_moment_add_up(database: Database) -> None:
    names = {f"sender {number}": 1.0 for number in range(20)}
    backwards = dict(reversed(names.items()))
    several = [UsedTogether(database, now=lambda: MONDAY_9AM) for _ in range(4)]

    await asyncio.gather(*(one.tell(names if place % 2 else backwards) for place, one in enumerate(several)))

    assert await several[0].tell(names) == dict.fromkeys(names, 5.0)


async def test_what_others_counted_counts_here_and_is_told_once() -> None:
    clock, others = Clock(), Neighbours(used=40)
    process = Allowance(seconds=clock)
    ask(process, 10)
    await process.tell(others)

    assert ask(process, 60) == 10
    assert await process.tell(others)
    assert not await process.tell(others)
    assert others.told == [{"school": 10.0}, {"school": 10.0}]


async def test_what_was_paid_off_long_ago_is_nobodys_news() -> None:
    clock, others = Clock(), Neighbours()
    process = Allowance(seconds=clock)
    for _ in range(100):  # never quite paid off
        ask(process, 1)
        clock.at += 0.99
    ask(process, 8)

    await process.tell(others)

    assert others.told[0]["school"] < 11
    assert ask(process, 60) > 45


async def test_a_busy_sender_is_told_of_by_itself_and_again_when_the_database_is_back(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(allowance, "TELL_SECONDS", 0.01)
    others = Neighbours()
    others.is_away = True
    async with ending(Allowance(others)) as process:
        ask(process, 10)
        await until(lambda: "allowance_not_told" in caplog.text)
        assert ask(process, 1) == 1
        others.is_away = False
        await until(lambda: others.told)

    assert others.told[0]["school"] == pytest.approx(11, abs=1)


@asynccontextmanager
async def ending(process: Allowance) -> AsyncIterator[Allowance]:
    yield process
    assert process._telling is not None
    await process._telling


async def until(is_so: Callable[[], object]) -> None:
    async with asyncio.timeout(60):
        while not is_so():
            await asyncio.sleep(0.01)


async def list_senders(session: AsyncSession) -> list[str]:
    return list(await session.scalars(select(UsedAllowance.sender)))

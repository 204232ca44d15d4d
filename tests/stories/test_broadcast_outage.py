"""A broadcast when we, or Telegram, are away: nothing goes out too late, nothing is lost in silence, and it is said."""

import asyncio
from collections import Counter
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import timedelta

import pytest

from bot.channels.telegram.announcing import TelegramMessenger
from bot.channels.telegram.channel import make_bot
from broadcasts.announcements.records import Broadcast, BroadcastState
from broadcasts.delivery.audience import expand_all
from broadcasts.delivery.pace import USUAL_RATE, Pace
from broadcasts.delivery.posting import AT_ONCE, Post
from broadcasts.delivery.records import DeliveryState, ReleaseState
from broadcasts.delivery.reporting import RunReport, load_report
from broadcasts.delivery.settling import settle
from broadcasts.organisations.by import By
from broadcasts.scheduling.releasing import release_due
from broadcasts.scheduling.scheduling import resume
from core.timeline import list_entries
from tests.broadcasts.making import make_ambassador
from tests.broadcasts.many import FIRST, make_many
from tests.broadcasts.messengers import start_sending
from tests.conftest import MONDAY_9AM, Town
from tests.fakes import bot_api_faults as faults
from tests.fakes.bot_api import TOKEN, BotAPI, running_bot_api
from tests.fakes.bot_api_faults import ANY, FOREVER, Fault
from tests.fakes.telegram_line import HandClock
from tests.ports import free_port

SENT, UNKNOWN, EXPIRED = DeliveryState.SENT, DeliveryState.UNKNOWN, DeliveryState.EXPIRED
SABA = 2001  # the ambassador


@dataclass(slots=True)
class Sending:
    """A town that sends, by a clock that goes on when it is told to."""

    town: Town
    clock: HandClock
    broadcast_id: int
    url: str
    rate: int = 1000

    async def tick(self) -> None:
        """The jobs that a process does every two seconds."""
        async with self.town.database.changing() as session:
            await release_due(session, at=self.clock.at)
        await expand_all(self.town.database, at=self.clock.at)
        await settle(self.town.database, at=self.clock.at)

    @asynccontextmanager
    async def process(self) -> AsyncIterator[None]:
        """It sends for as long as the block runs, and is told to end then."""
        await self.tick()
        bot = make_bot(TOKEN, self.url)
        messenger = TelegramMessenger(bot, self.town.desk, now=self.clock)
        task = start_sending(Post(self.town.database, messenger, Pace(self.rate), now=self.clock))
        try:
            yield
            assert not task.done(), task
        finally:
            task.cancel()
            await asyncio.gather(task, return_exceptions=True)
            await messenger.close()

    async def time_passes_until(self, is_so: Callable[[RunReport], object]) -> RunReport:
        """Let the clock run, five seconds in a tenth of one, until it is so of the run."""
        async with asyncio.timeout(120):
            while not is_so(run := await self.run()):
                self.clock.forward(5)
                await self.tick()
                await asyncio.sleep(0.1)
        return run

    async def run(self) -> RunReport:
        """What is reported of the broadcast's only run."""
        async with self.town.database.reading() as session:
            (run,) = (await load_report(session, self.broadcast_id)).runs
        return run

    async def broadcast(self) -> Broadcast:
        async with self.town.database.reading() as session:
            return await session.get_one(Broadcast, self.broadcast_id)

    async def said(self) -> set[str]:
        """The events of the timeline."""
        async with self.town.database.reading() as session:
            return {one.event for one in await list_entries(session, about=f"broadcast:{self.broadcast_id}")}


async def make_sending(
    town: Town, url: str, count: int, *, late: timedelta = timedelta(0), language: str = "nb", **more: object
) -> Sending:
    """A message of an hour's use to so many, and an ambassador who hears of it in their language."""
    number = await make_many(town.database, count, at=MONDAY_9AM, late=late, useful_minutes=60)
    async with town.database.changing() as session:
        await make_ambassador(session, str(SABA), language)
    return Sending(town, HandClock(), number, url, **more)  # type: ignore[arg-type]


@pytest.fixture
async def api() -> AsyncIterator[BotAPI]:
    async with running_bot_api(anybody=True) as running:
        yield running


def is_over(run: RunReport) -> bool:
    return run.ended_at is not None


def recipients(api: BotAPI) -> Counter[int]:
    """How often each got the message; what the ambassador reads is not it."""
    return Counter({chat: count for chat, count in api.ledger.counts().items() if chat >= FIRST})


# We are away


@pytest.mark.parametrize("language", ["nb", "ar"])
async def test_after_an_outage_what_is_no_longer_useful_goes_to_nobody_and_the_ambassador_hears_of_it(
    town: Town, api: BotAPI, language: str
) -> None:
    sending = await make_sending(town, api.url, 20, late=timedelta(hours=3), language=language)

    async with sending.process():
        run = await sending.time_passes_until(is_over)
        await api.replies(SABA)

    assert recipients(api) == {}
    assert run.state is ReleaseState.EXPIRED
    assert (await sending.broadcast()).state == BroadcastState.EXPIRED
    assert "release_expired" in await sending.said()


async def test_ended_in_the_middle_and_back_too_late_it_sends_to_nobody_more(town: Town, api: BotAPI) -> None:
    count = 60
    sending = await make_sending(town, api.url, count, rate=100)
    async with sending.process():
        await api.until(lambda: len(recipients(api)) >= 20)
    already = recipients(api)

    sending.clock.forward(3600)
    async with sending.process():
        run = await sending.time_passes_until(is_over)
        await api.replies(SABA)

    assert recipients(api) == already
    assert run.by_state() == {SENT: len(already), EXPIRED: count - len(already)}


# Telegram is away


@pytest.mark.slow
@pytest.mark.parametrize(
    "away", [Fault(method=ANY, times=FOREVER, status=503, body="<html>"), faults.server_error(times=FOREVER)]
)
async def test_when_telegram_is_down_it_pauses_by_itself_and_goes_on_to_everybody_when_somebody_resumes(
    town: Town, api: BotAPI, away: Fault
) -> None:
    count = 60
    sending = await make_sending(town, api.url, count, rate=100)
    async with sending.process():
        await api.until(lambda: len(recipients(api)) >= 20)
        api.order(away)
        paused = await sending.time_passes_until(lambda run: run.state is ReleaseState.PAUSED)
        api.heal()
        said = await sending.said()
        state = (await sending.broadcast()).state
        async with town.database.changing() as session:
            await resume(session, sending.broadcast_id, by=By(staff_id=1), at=sending.clock.at)
        run = await sending.time_passes_until(is_over)

    assert paused.paused_reason == "many_failures"
    assert state == BroadcastState.PAUSED
    assert "release_paused" in said
    assert run.by_state() == {SENT: count}
    assert recipients(api) == Counter(range(FIRST, FIRST + count))


@pytest.mark.slow
async def test_answers_that_are_lost_again_and_again_leave_only_a_few_unknown_before_it_pauses(
    town: Town, api: BotAPI
) -> None:
    count = 200
    sending = await make_sending(town, api.url, count, rate=USUAL_RATE)
    async with sending.process():
        await api.until(lambda: len(recipients(api)) >= 10)
        api.order(faults.cut_after(times=FOREVER))
        paused = await sending.time_passes_until(lambda run: run.state is ReleaseState.PAUSED)
        api.heal()
        async with town.database.changing() as session:
            await resume(session, sending.broadcast_id, by=By(staff_id=1), at=sending.clock.at)
        run = await sending.time_passes_until(is_over)

    unknown = run.total(UNKNOWN)  # those on their way when it paused are among them
    assert paused.total(UNKNOWN) <= unknown <= 2 * AT_ONCE
    assert run.by_state() == {SENT: count - unknown, UNKNOWN: unknown}
    assert recipients(api) == Counter(range(FIRST, FIRST + count))


@pytest.mark.slow
async def test_while_nobody_answers_at_telegrams_address_nothing_is_lost(town: Town) -> None:
    count, port = 40, free_port()
    sending = await make_sending(town, f"http://127.0.0.1:{port}", count)
    async with sending.process():
        for _ in range(5):
            sending.clock.forward(5)
            await asyncio.sleep(0.1)
        async with running_bot_api(port=port, anybody=True) as api:
            run = await sending.time_passes_until(is_over)

    assert run.by_state() == {SENT: count}
    assert recipients(api) == Counter(range(FIRST, FIRST + count))

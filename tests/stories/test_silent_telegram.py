"""Telegram does not answer, or not us: staff see it at the desk, since when, and what to do, until it is over."""

import asyncio
import contextlib
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import timedelta

import pytest
from telegram.error import TelegramError

from bot.channels.telegram.announcing import account_of
from bot.channels.telegram.channel import make_bot
from bot.channels.telegram.fetching import RawBot
from bot.channels.telegram.watching import look_at_webhook
from broadcasts.delivery.pulse import Pulse, list_accounts
from broadcasts.delivery.silence import be_silent
from editor.access.roles import HeldRole, Role
from tests.conftest import MONDAY_9AM, Town
from tests.editor.desk import Client, Clock, signed_in
from tests.fakes import bot_api_faults as faults
from tests.fakes.bot_api import BotAPI, running_bot_api

one_database = pytest.mark.parametrize("engine", ["sqlite"], indirect=True)
WEBHOOK = "https://chat.example.no/telegram"
AWAY = "Telegram has not answered since"
REFUSED = "has refused the bot’s token since"


@dataclass(slots=True)
class Watch:
    """A bot that calls Telegram, what is noted of it, and staff who look at their first page."""

    api: BotAPI
    bot: RawBot
    pulse: Pulse
    clock: Clock
    amina: Client

    async def call(self, *, after: float = 0) -> None:
        """The bot calls after so many minutes, and what came of it is written down."""
        self.clock.pass_(minutes=after)
        with contextlib.suppress(TelegramError):
            await self.bot.get_me()
        await self.pulse.write()

    async def desk(self) -> str:
        return (await self.amina.get("/")).text


@asynccontextmanager
async def watching(town: Town) -> AsyncIterator[Watch]:
    async with running_bot_api() as api:
        clock = Clock()
        pulse = Pulse(town.database, account_of(api.token), now=clock)
        bot = make_bot(api.token, api.url, pulse)
        try:
            yield Watch(api, bot, pulse, clock, await signed_in(town, Role.AUTHOR, clock=clock))
        finally:
            await bot.request.shutdown()


@pytest.fixture
async def watch(town: Town) -> AsyncIterator[Watch]:
    async with watching(town) as one:
        yield one


@pytest.mark.parametrize("kind", ["cut", "500"])
async def test_after_five_minutes_without_an_answer_staff_are_told_until_it_answers_again(
    watch: Watch, kind: str
) -> None:
    await watch.call()
    assert "Telegram" not in await watch.desk()

    watch.api.order(
        faults.server_error(500, method=faults.ANY, times=faults.FOREVER)
        if kind == "500"
        else faults.cut_before(method=faults.ANY, times=faults.FOREVER)
    )
    await watch.call(after=1)
    await watch.call(after=4)
    assert AWAY not in await watch.desk()

    await watch.call(after=1)
    shown = await watch.desk()
    assert f"{AWAY} 11/23/26, 9:01" in shown  # on the municipality's clocks
    assert "tell those who run Brobygger for you" in shown

    watch.api.heal()
    await watch.call(after=1)
    assert "Telegram" not in await watch.desk()


@one_database
async def test_a_refused_token_is_told_at_once_and_to_ambassadors_too(watch: Watch, town: Town) -> None:
    watch.api.order(faults.Fault(status=401, description="Unauthorized", method=faults.ANY, times=faults.FOREVER))

    await watch.call()

    assert f"{REFUSED} 11/23/26, 9:00" in await watch.desk()
    samira = await signed_in(town, HeldRole(Role.AMBASSADOR, "choir"), name="Samira", clock=watch.clock)
    assert REFUSED in (await samira.get("/")).text


@one_database
async def test_an_outage_keeps_its_beginning_through_its_troubles_and_over_a_restart(watch: Watch, town: Town) -> None:
    watch.api.order(faults.cut_before(method=faults.ANY), faults.server_error(502, method=faults.ANY, times=99))
    await watch.call()
    await watch.call(after=3)

    again = Pulse(town.database, account_of(watch.api.token), now=watch.clock)  # another process, or this one anew
    bot = make_bot(watch.api.token, watch.api.url, again)
    watch.clock.pass_(minutes=3)
    with contextlib.suppress(TelegramError):
        await bot.get_me()
    await again.write()
    await bot.request.shutdown()

    assert f"{AWAY} 11/23/26, 9:00" in await watch.desk()


@one_database
async def test_a_refusal_of_one_call_is_an_answer(watch: Watch) -> None:
    watch.api.order(faults.bad_request("chat not found", method=faults.ANY, times=faults.FOREVER))
    await watch.call()
    await watch.call(after=6)

    assert "Telegram" not in await watch.desk()


@one_database
async def test_when_nobody_asks_telegram_any_more_staff_are_told_for_three_days(watch: Watch) -> None:
    await watch.call()

    watch.clock.pass_(minutes=5)
    assert "Nobody has asked Telegram for messages since 11/23/26, 9:00" in await watch.desk()

    watch.clock.pass_(days=3)
    watch.amina = await signed_in(watch.amina.town, Role.AUTHOR, clock=watch.clock)
    assert "Telegram" not in await watch.desk()


@one_database
async def test_being_told_to_wait_is_no_outage(watch: Watch, town: Town) -> None:
    await watch.call()
    async with town.database.changing() as session:
        await be_silent(session, account_of(watch.api.token), until=MONDAY_9AM + timedelta(minutes=20))
    watch.clock.pass_(minutes=15)

    assert "Telegram" not in await watch.desk()


@one_database
async def test_with_a_webhook_telegram_says_whether_it_reaches_us(watch: Watch) -> None:
    await watch.bot.set_webhook(WEBHOOK, secret_token="s")
    for minutes in range(7):
        watch.clock.pass_(minutes=1)
        watch.api.cannot_hand_over(since=watch.clock() if minutes else None)
        await look_at_webhook(watch.bot, WEBHOOK, watch.pulse, at=watch.clock())
        await watch.call()  # replies still go out
    assert "Telegram has not been able to hand over messages since 11/23/26, 9:02" in await watch.desk()

    watch.api.cannot_hand_over(since=None)
    await look_at_webhook(watch.bot, WEBHOOK, watch.pulse, at=watch.clock())
    await watch.pulse.write()
    assert "hand over messages" not in await watch.desk()

    await look_at_webhook(watch.bot, "https://other.example.no/telegram", watch.pulse, at=watch.clock())
    watch.clock.pass_(minutes=6)
    await look_at_webhook(watch.bot, "https://other.example.no/telegram", watch.pulse, at=watch.clock())
    await watch.pulse.write()
    assert "hand over messages" in await watch.desk()


@one_database
async def test_it_is_written_at_once_and_then_rarely(watch: Watch, town: Town) -> None:
    running = asyncio.create_task(watch.pulse.run())
    try:
        await watch.bot.get_me()
        async with asyncio.timeout(60):
            while not await _asked(town):
                await asyncio.sleep(0.01)
        watch.clock.pass_(minutes=1)
        await watch.bot.get_me()
        await asyncio.sleep(0.1)
        assert await _asked(town) == [MONDAY_9AM]
    finally:
        running.cancel()


async def _asked(town: Town) -> list[object]:
    async with town.database.reading() as session:
        return [one.asked_at for one in await list_accounts(session)]

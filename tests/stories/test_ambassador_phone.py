"""The whole way on a phone, over Telegram: an ambassador calls a meeting, a member gets it and keeps the date."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest
from sqlalchemy import select

from bot.channels.telegram.announcing import TelegramMessenger
from bot.channels.telegram.channel import make_bot
from broadcasts.delivery.audience import expand_all
from broadcasts.delivery.pace import Pace
from broadcasts.delivery.posting import Post
from broadcasts.delivery.records import Release, ReleaseState, SendingPolicy
from broadcasts.delivery.settling import settle
from broadcasts.scheduling.releasing import release_due
from tests.bot.chatting import SABA
from tests.broadcasts.making import WOMEN, arm, make_ambassador, make_member, make_organisation
from tests.broadcasts.messengers import start_sending
from tests.conftest import DALIA, Town
from tests.fakes.bot_api import Message
from tests.fakes.telegram_line import Line, telegram_line

saba, dalia = int(SABA), int(DALIA)
WRITTEN = {
    "nb": ("Kafé på lørdag\nVi møtes og drikker kaffe.", "lørdag 12.12 kl 18-20", "lørdag 12. desember 2026"),
    "ar": ("مقهى يوم السبت\nنلتقي ونشرب القهوة.", "السبت ١٢/١٢ الساعة ١٨:٠٠-٢٠:٠٠", "السبت، 12 ديسمبر 2026"),
}
both_ways = pytest.mark.parametrize(("engine", "language"), [("sqlite", "nb"), ("postgres", "ar")], indirect=["engine"])


@pytest.fixture
async def line(town: Town, language: str) -> AsyncIterator[Line]:
    async with town.database.changing() as session:
        await make_organisation(session)
        await make_ambassador(session, language=language)
        await make_member(session, DALIA, language)
        await arm(session)
        (await session.get_one(SendingPolicy, 1)).first_read_by_staff = 0
    async with telegram_line(town) as connected:
        yield connected


def ending(message: Message, words: str) -> str:
    """What the button sends whose action ends so."""
    (found,) = [data for data in message.data() if data.endswith(words)]
    return found


async def call_a_meeting(line: Line, language: str) -> Message:
    """From the kind of the message to the yes; what Saba reads last."""
    text, when, _day = WRITTEN[language]
    await line.press(saba, f"compose:{WOMEN}", language)
    await line.press(saba, f"begin:event:{WOMEN}", language)
    await line.ask(saba, text, language)
    understood = await line.ask(saba, when, language)
    await line.press(saba, ending(understood, ":begins:2026-12-12T18:00/2026-12-12T20:00"), language)
    placed = await line.ask(saba, "Biblioteket, Storgata 1", language)
    card = await line.press(saba, ending(placed, ":"), language)
    times = await line.press(saba, ending(card, ":when"), language)
    last = await line.press(saba, ending(times, ":time:now"), language)
    return await line.press(saba, ending(last, ":send:now"), language)


@asynccontextmanager
async def sending(line: Line) -> AsyncIterator[None]:
    """What is due is released, written down and sent, and what has ended is reported."""
    database, clock = line.town.database, line.clock
    bot = make_bot(line.api.token, line.api.url)
    await bot.initialize()
    post = Post(database, TelegramMessenger(bot, line.town.desk, now=clock, name="brobygda_bot"), Pace(200), now=clock)
    async with database.changing() as session:
        await release_due(session, at=clock())
    await expand_all(database, at=clock())
    task = start_sending(post)
    try:
        yield
    finally:
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)
        await bot.shutdown()


@both_ways
async def test_a_meeting_is_called_on_a_phone_and_comes_into_a_members_calendar(line: Line, language: str) -> None:
    text, _when, day = WRITTEN[language]
    await line.ask(dalia, "/help", language)
    await call_a_meeting(line, language)
    before = len(line.api.to(saba))

    async with sending(line):
        _help, message = await line.api.replies(dalia, 2)
        async with asyncio.timeout(60):
            while not await is_over(line):
                await asyncio.sleep(0.02)
                await settle(line.town.database, at=line.clock())
        report = (await line.api.replies(saba, before + 1))[-1]
    await line.press(dalia, ending(message, "calendar:1"), language)
    (file,) = [one.file for one in (await line.api.replies(dalia, 4)) if one.file is not None]

    assert text.splitlines()[1] in message.text
    assert day in message.text
    assert "Storgata 1" in message.text
    assert b"DTSTART:20261212T170000Z" in file.content
    assert report.data() == ("announcement:1",)


async def is_over(line: Line) -> bool:
    async with line.town.database.reading() as session:
        states = (await session.scalars(select(Release.state))).all()
    return states == [ReleaseState.SENT]

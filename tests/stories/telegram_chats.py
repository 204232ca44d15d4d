"""Residents on Telegram: what they ask, and a channel that is connected to a Bot API."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest
from sqlalchemy import select
from sqlalchemy.exc import OperationalError
from sqlalchemy.ext.asyncio import AsyncSession

from bot.channels.telegram.channel import TelegramChannel, make_bot
from bot.inbound import InboundUpdate, Progress
from core.database import Database
from core.people import Address, Person, find_person
from tests.conftest import CHAU, DALIA, TELEGRAM, Town
from tests.fakes.bot_api import BotAPI
from tests.fakes.telegram_line import HandClock, Line

chau, dalia = int(CHAU), int(DALIA)
KINDERGARTEN = {
    "nb": ("hva koster barnehagen?", "Plass i barnehage"),
    "en": ("what does kindergarten cost", "A place in kindergarten"),
    "ar": ("كم تكلف الروضة؟", "مكان في الروضة"),
}
(QUESTION, TITLE), (QUESTION_AR, TITLE_AR) = KINDERGARTEN["nb"], KINDERGARTEN["ar"]
DANGER = {"nb": "mannen min slår meg", "ar": "زوجي يضربني"}
SAFETY = {"nb": "Vold fra partner", "ar": "عنف من الشريك"}
# What Telegram does, and what is only read and written, is the same for every database.
one_database = pytest.mark.parametrize("engine", ["sqlite"], indirect=True)


class Forgetful(Database):
    """A database that can be read, but takes no changes while ``is_full``."""

    is_full = False
    tries = 0

    @asynccontextmanager
    async def changing_little(self) -> AsyncIterator[AsyncSession]:
        async with super().changing_little() as session:
            yield session
            if self.is_full:
                self.tries += 1
                raise OperationalError("INSERT", {}, Exception("database or disk is full"))


async def person(line: Line, number: int) -> Person | None:
    """Who writes in this chat, if they are known."""
    async with line.town.database.reading() as session:
        return await find_person(session, Address(TELEGRAM, str(number)))


async def list_progress(database: Database) -> list[Progress]:
    """How far each update has come, in their order."""
    async with database.reading() as session:
        return list(await session.scalars(select(InboundUpdate.progress).order_by(InboundUpdate.id)))


@asynccontextmanager
async def connected(api: BotAPI, town: Town, *, polls: bool = True) -> AsyncIterator[TelegramChannel]:
    """A channel that answers, and fetches unless Telegram is to bring its updates."""
    bot = make_bot(api.token, api.url)
    channel = TelegramChannel(bot, town.database, town.desk, now=HandClock())
    await channel.connect()
    tasks = [asyncio.create_task(channel.answer_all())]
    tasks += [asyncio.create_task(channel.poll())] if polls else []
    try:
        yield channel
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        await bot.shutdown()

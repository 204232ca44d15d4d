"""A town that can be reached through Telegram: the real channel between a town's desk and a Bot API server of ours."""

import asyncio
import contextlib
import sqlite3
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path

from sqlalchemy import select, text
from sqlalchemy.engine import make_url

from bot.channels.telegram.channel import TelegramChannel, make_bot
from bot.channels.telegram.limits import ChatLimit
from bot.desk import Desk
from bot.inbound import InboundUpdate, Progress
from core.database import Base, Database
from tests.conftest import MONDAY_9AM, Town
from tests.fakes.bot_api import BotAPI, Message, running_bot_api


class HandClock:
    """A clock that goes on when it is told to."""

    def __init__(self) -> None:
        self.at = MONDAY_9AM

    def __call__(self) -> datetime:
        return self.at

    def forward(self, seconds: float) -> None:
        self.at += timedelta(seconds=seconds)


@dataclass(frozen=True, slots=True)
class Line:
    """Both ends of the line."""

    api: BotAPI
    town: Town
    channel: TelegramChannel
    clock: HandClock

    async def ask(self, chat: int, what: str, language: str | None = "nb") -> Message:
        """A person writes; what they get next."""
        self.api.say(chat, what, language)
        return await self.next_to(chat)

    async def press(self, chat: int, data: str, language: str | None = "nb") -> Message:
        """A person presses a button; what they get next."""
        self.api.press(chat, data, language)
        return await self.next_to(chat)

    async def next_to(self, chat: int) -> Message:
        """The message after those that the person has got already."""
        return (await self.api.replies(chat, len(self.api.to(chat)) + 1))[-1]

    async def time_passes_until(self, is_so: Callable[[], object]) -> None:
        """Let the clock run, faster than it does, until it is so."""
        async with asyncio.timeout(60):
            while not is_so():
                self.clock.forward(5)
                await asyncio.sleep(0.1)

    async def everything_is_heard(self) -> None:
        """Wait until what was pushed before is dealt with: a later message is answered, and nothing goes on."""
        await self.ask(999_999, "/help")
        async with asyncio.timeout(60):
            while await self._is_busy() or _turns():
                await asyncio.sleep(0.02)

    async def _is_busy(self) -> bool:
        async with self.town.database.reading() as session:
            unfinished = InboundUpdate.progress.in_((Progress.RECEIVED, Progress.REPLIED))
            return await session.scalar(select(InboundUpdate.id).where(unfinished).limit(1)) is not None


def _turns() -> list[asyncio.Task[object]]:
    """Under way still: what comes after an update is done, such as that a button's circle stops."""
    return [task for task in asyncio.all_tasks() if task.get_name().startswith("turn ")]


@asynccontextmanager
async def telegram_line(town: Town, *, desk: Desk | None = None, limit: ChatLimit | None = None) -> AsyncIterator[Line]:
    """The channel runs as it does in the process: polling, and answering beside it."""
    async with running_bot_api() as api:
        clock = HandClock()
        bot = make_bot(api.token, api.url)
        channel = TelegramChannel(bot, town.database, desk or town.desk, now=clock, limit=limit)
        await channel.connect()
        tasks = [asyncio.create_task(channel.poll()), asyncio.create_task(channel.answer_all())]
        try:
            yield Line(api, town, channel, clock)
            for task in tasks:
                assert not task.done(), f"the channel ended: {task.exception()}"
        finally:
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)
            await bot.shutdown()
        assert not api.broken, api.broken


async def everything_stored(database: Database) -> str:
    """Every value of every table; rows that were changed do not keep their place on PostgreSQL."""
    found = []
    async with database.reading() as session:
        for table in Base.metadata.sorted_tables:
            rows = await session.execute(text(f'SELECT * FROM "{table.name}"'))
            found += sorted(f"{table.name}: {tuple(row)}" for row in rows)
    return "\n".join(found)


def bytes_on_disk(database: Database) -> bytes:
    """A SQLite database's file and its write-ahead log; nothing for PostgreSQL."""
    if not database.is_sqlite:
        return b""
    path = Path(str(make_url(database.url).database))
    with contextlib.closing(sqlite3.connect(path)):
        log = path.with_name(f"{path.name}-wal")
        return path.read_bytes() + (log.read_bytes() if log.exists() else b"")

"""Three workers and two chat processes on one PostgreSQL: they die and come back, the database too, and all is well.

What is promised: every question is answered; an answer comes twice only where a process was killed after Telegram had
taken it and before that was recorded (docs/adr/0003); every recipient of a broadcast ends in one state, and nobody who
is recorded as sent gets it again (docs/adr/0008).
"""

import asyncio
import contextlib
import random
from collections import Counter
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path

import psycopg
import pytest
from sqlalchemy import func, select, text

from bot.channels.telegram.answering import AT_ONCE
from bot.inbound import LEASE as UPDATE_LEASE
from bot.inbound import InboundUpdate, Progress
from broadcasts.delivery.claiming import LEASE
from broadcasts.delivery.records import DeliveryState
from brobygger.migrating import migrate
from content.finding.sentences import NoVectors
from content.importing import import_library
from content.index import rebuild
from content.library_files import read_library
from core.clock import now
from core.database import Database
from tests import postgres
from tests.broadcasts.many import FIRST, Fate, count_open, list_fates, list_releases, make_many
from tests.conftest import LIBRARY
from tests.fakes.bot_api_process import RemoteBotAPI, bot_api_process
from tests.fakes.round_robin import round_robin
from tests.ports import free_port
from tests.postgres import Server
from tests.stories.installation import Installation
from tests.stories.test_broadcast_kill import not_true
from tests.stories.test_kill import QUESTIONS

pytestmark = [pytest.mark.slow, pytest.mark.alone]
SECRET = "s3cret"
WORKERS, CHATS = 3, 2
TO_START = 240  # seconds, for five at a time
FRESH = 2.0  # seconds for which a worker's beat counts


@dataclass(slots=True)
class Machines:
    """An installation of several processes, its database server, and the Telegram that it talks to."""

    server: Server
    database: Database
    api: RemoteBotAPI
    workers: list[Installation]
    chats: list[Installation]
    asked: Counter[int] = field(default_factory=Counter)

    async def start(self) -> None:
        """All processes, and wait until they run."""
        for one in (*self.chats, *self.workers):
            one.start()
        await self.all_run()

    async def all_run(self) -> None:
        """Wait until questions are answered, and every worker works."""
        for one in self.chats:
            await one.is_up(seconds=TO_START)
        await until(self._workers_run, seconds=TO_START)

    async def supervise(self) -> None:
        """Start again what has ended: it was killed, or the database was away when it started."""
        while True:
            for one in (*self.chats, *self.workers):
                if one.process is not None and one.process.poll() is not None:
                    one.start()
            await asyncio.sleep(0.5)

    async def _workers_run(self) -> bool:
        """So many live and beat: by then they can be told to end, too."""
        if any(one.process is None or one.process.poll() is not None for one in self.workers):
            return False
        alive = text(
            "SELECT count(*) FROM procrastinate_workers WHERE last_heartbeat > now() - make_interval(secs => :s)"
        )
        async with self.database.reading() as session:
            return int(await session.scalar(alive, {"s": FRESH}) or 0) == len(self.workers)

    async def ask(self, seconds: float, every: float) -> None:
        """Other people ask again and again, for so long."""
        ends = asyncio.get_running_loop().time() + seconds
        while asyncio.get_running_loop().time() < ends:
            chat = len(self.asked) + 1
            question, language, _title = QUESTIONS[chat % len(QUESTIONS)]
            await self.api.order("say", chat=chat, text=question, language=language)
            self.asked[chat] += 1
            await asyncio.sleep(every)

    async def unanswered(self) -> int:
        """How many questions have no answer, or one that is not recorded."""
        took = await self.api.took()
        async with self.database.reading() as session:
            done = select(func.count()).where(InboundUpdate.progress == Progress.DONE)
            recorded = await session.scalar(done) or 0
        return max(sum(not took[chat] for chat in self.asked), len(self.asked) - recorded)

    def log(self) -> str:
        return "".join(one.log() for one in (*self.workers, *self.chats))


@asynccontextmanager
async def machines(folder: Path, *, recipients: int, rate: int) -> AsyncIterator[Machines]:
    """Nothing of ours runs yet. A message to so many is due now."""
    programs = postgres.find_programs()
    if programs is None:
        pytest.skip("PostgreSQL is not installed (Debian: apt-get install postgresql)")
    async with AsyncExitStack() as stack:
        server = stack.enter_context(postgres.own_server(programs))
        with psycopg.connect(f"{server.address}/postgres", autocommit=True) as connection:
            connection.execute("CREATE DATABASE town")
        database = Database(f"{server.address}/town".replace("postgresql://", "postgresql+psycopg://"))
        stack.push_async_callback(database.close)
        await fill(database, recipients)
        api = await stack.enter_async_context(bot_api_process("--anybody", "--quiet"))
        ports = [free_port() for _ in range(CHATS)]
        front = free_port()
        await stack.enter_async_context(round_robin(front, ports))
        more = {
            "BROBYGGER_LOG_LEVEL": "INFO",
            "BROBYGGER_SEND_RATE": str(rate),
            "BROBYGGER_TELEGRAM_WEBHOOK_URL": f"http://127.0.0.1:{front}/telegram",
            "BROBYGGER_TELEGRAM_WEBHOOK_SECRET": SECRET,
        }

        def process(command: str, port: int) -> Installation:
            home = folder / f"{command}-{port}"
            home.mkdir()
            there = Installation(database.url, home, api.url, port=port, command=command, more=more)
            stack.callback(there.clean_up)
            return there

        workers = [process("worker", free_port()) for _ in range(WORKERS)]
        chats = [process("chat", port) for port in ports]
        yield Machines(server, database, api, workers, chats)


async def fill(database: Database, recipients: int) -> None:
    await migrate(database)
    async with database.changing() as session:
        await import_library(session, read_library(LIBRARY), at=now(), is_shared=True)
    await rebuild(database, NoVectors(), now=now)
    await make_many(database, recipients, at=now())


async def live_through_kills(there: Machines, *, seconds: float, every: float) -> int:
    """One worker or one chat process is killed every few seconds; how many."""
    chance = random.Random(7)
    kills, ends = 0, asyncio.get_running_loop().time() + seconds
    while asyncio.get_running_loop().time() < ends:
        await asyncio.sleep(every)
        victim = chance.choice(there.workers if kills % 2 else there.chats)
        if victim in there.chats:
            await victim.is_up(seconds=TO_START)  # on a slow machine nobody would ever answer
        with contextlib.suppress(AssertionError):  # it has just ended by itself
            victim.kill()
            kills += 1
    return kills


async def restart_database(there: Machines, *, after: float) -> None:
    await asyncio.sleep(after)
    await asyncio.to_thread(there.server.stop)
    await asyncio.sleep(2)
    await asyncio.to_thread(there.server.start)


async def until(is_so: Callable[[], Awaitable[object]], *, seconds: float) -> None:
    async with asyncio.timeout(seconds):
        while not await is_so():
            await asyncio.sleep(0.5)


@dataclass(frozen=True, slots=True)
class Found:
    """What came of it."""

    answers: Counter[int]
    fates: list[Fate]
    took: Counter[int]
    log: str

    @property
    def twice(self) -> int:
        """Answers that came once more."""
        return sum(count - 1 for count in self.answers.values())


async def brought_to_an_end(there: Machines, *, seconds: float) -> Found:
    """Everything is answered and sent in time; the processes are told to end."""

    async def all_is_answered() -> bool:
        return await there.unanswered() == 0

    async def all_is_sent() -> bool:
        is_over = (await list_releases(there.database))[0].ended_at is not None
        return is_over and await count_open(there.database) == 0

    await there.all_run()
    await until(all_is_answered, seconds=UPDATE_LEASE.total_seconds() + TO_START)
    await until(all_is_sent, seconds=3 * seconds + LEASE.total_seconds() + TO_START)
    took, fates = await there.api.took(), await list_fates(there.database)
    for one in (*there.chats, *there.workers):
        assert await one.end() == 0, one.log()
    return Found(Counter({chat: took[chat] for chat in there.asked}), fates, took, there.log())


async def test_nothing_is_lost_and_nothing_said_twice_while_processes_are_killed_and_the_database_is_started_again(
    tmp_path: Path,
) -> None:
    seconds, recipients, rate = 120, 3_000, 50
    async with machines(tmp_path, recipients=recipients, rate=rate) as there:
        await there.start()
        asking = asyncio.create_task(there.ask(seconds, every=0.05))
        restarting = asyncio.create_task(restart_database(there, after=seconds / 2))
        supervising = asyncio.create_task(there.supervise())
        kills = await live_through_kills(there, seconds=seconds, every=4)
        await asyncio.gather(asking, restarting)
        await there.all_run()
        await asyncio.sleep(FRESH + 0.5)  # until whoever was killed last no longer seems to beat
        await there.all_run()
        supervising.cancel()
        found = await brought_to_an_end(there, seconds=recipients / rate)

    states = Counter(one.state for one in found.fates)
    print(f"{kills} kills, {len(found.answers)} questions, {found.twice} answers twice, {dict(states)}")  # pytest -s
    assert min(found.answers.values()) == 1
    assert found.twice <= kills * AT_ONCE  # what was on its way; usually one for every few kills
    assert Counter(one.chat for one in found.fates) == Counter(range(FIRST, FIRST + recipients))
    assert set(states) <= {DeliveryState.SENT, DeliveryState.UNKNOWN}
    assert not_true(found.fates, found.took) == []
    assert "job_failed" not in found.log


async def test_one_after_the_other_is_replaced_and_nobody_notices(tmp_path: Path) -> None:
    recipients, rate = 600, 25
    async with machines(tmp_path, recipients=recipients, rate=rate) as there:
        await there.start()
        asking = asyncio.create_task(there.ask(20, every=0.05))
        for one in (*there.chats, *there.workers):
            assert await one.end() == 0, one.log()
            one.start()
            if one in there.chats:
                await one.is_up(seconds=TO_START)
        await asking
        found = await brought_to_an_end(there, seconds=recipients / rate)

    assert set(found.answers.values()) == {1}
    assert Counter(one.state for one in found.fates) == {DeliveryState.SENT: recipients}
    assert not_true(found.fates, found.took) == []
    assert "Traceback" not in found.log

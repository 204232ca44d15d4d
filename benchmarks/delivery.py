"""How fast a message reaches very many people, and what others notice of it meanwhile.

    python -m benchmarks.delivery [--recipients 100000] [--seconds 60] [--database postgresql://...]     (make bench)

A real process sends to a fake Telegram over HTTP; both run on this machine, and so does who measures. With the usual
rate the fake insists on Telegram's limits. A database that is given must be empty.
"""

import argparse
import asyncio
import os
import platform
import tempfile
import time
from collections.abc import AsyncIterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass
from importlib.metadata import version
from multiprocessing import get_context

import httpx
import numpy as np
import psutil

from benchmarks.questions import Asked, read_questions
from benchmarks.speed import running
from broadcasts.delivery.audience import expand_all
from broadcasts.delivery.pace import USUAL_RATE
from broadcasts.scheduling.releasing import release_due
from brobygger.preparing import open_house
from core.clock import now
from core.database import Database
from core.logs import configure_logs
from core.settings import Settings
from tests.broadcasts.many import count_open, make_many
from tests.fakes.bot_api_process import RemoteBotAPI, bot_api_process

FASTEST = 1000
BETWEEN_QUESTIONS = 0.1  # seconds
WARM_UP = 5.0


@dataclass(frozen=True, slots=True)
class Stretch:
    """What was seen of a process for some seconds."""

    what: str
    per_second: float
    cpu: float  # of one core
    memory: int  # bytes, at the end
    answers: Sequence[float]  # seconds that each question on the web took

    def row(self) -> str:
        """One line of the table."""
        p50, p99 = (np.quantile(self.answers, part) * 1e3 for part in (0.5, 0.99))
        return (
            f"{self.what:<34}{self.per_second:>9.1f}/s{self.cpu:>9.0%}{self.memory / 2**20:>9.0f} MB"
            f"{p50:>9.0f} ms{p99:>9.0f} ms{len(self.answers):>10}"
        )


def main() -> None:
    """The command line."""
    options = argparse.ArgumentParser(description="Measure the delivery of a message to very many people.")
    options.add_argument("--recipients", type=int, default=100_000)
    options.add_argument("--seconds", type=float, default=60)
    options.add_argument("--database", help="an empty database; without, SQLite in a folder that is thrown away")
    chosen = options.parse_args()
    configure_logs("ERROR", as_json=False)
    with tempfile.TemporaryDirectory() as folder:
        url = chosen.database or f"sqlite:///{folder}/bench.sqlite3"
        asyncio.run(_measure(Settings.from_env({"DATABASE_URL": url}), chosen.recipients, chosen.seconds))


async def _measure(settings: Settings, recipients: int, seconds: float) -> None:
    packages = ("sqlalchemy", "python-telegram-bot", "aiohttp", "aiosqlite", "psycopg")
    print(f"{platform.platform()}, {os.cpu_count()} cores, Python {platform.python_version()}")
    print(", ".join(f"{name} {version(name)}" for name in packages))
    print(f"{'SQLite' if settings.is_sqlite else 'PostgreSQL'}, {recipients} recipients")
    async with open_house(settings):
        pass  # migrated, filled and indexed
    with_nothing = await _stretch(settings, "nothing to send", 0, seconds / 2)
    await _write_down(settings, recipients)
    usual = await _stretch(settings, f"{USUAL_RATE} a second (as set)", USUAL_RATE, seconds)
    fastest = await _stretch(settings, f"{FASTEST} a second (all it can)", FASTEST, seconds / 2)
    print(f"\n{'':<34}{'messages':>11}{'one core':>9}{'memory':>12}{'p50':>12}{'p99':>12}{'questions':>10}")
    for one in (with_nothing, usual, fastest):
        print(one.row())
    await _print_left(settings)


async def _write_down(settings: Settings, recipients: int) -> None:
    """Expanding, alone, in a process of its own: making the recipients has made this one large."""
    database = Database(settings.database_url)
    await make_many(database, recipients, at=now(), useful_minutes=24 * 60)
    await database.close()
    with ProcessPoolExecutor(1, mp_context=get_context("spawn")) as fresh:
        passed, grew = await asyncio.get_running_loop().run_in_executor(fresh, _expand, settings.database_url)
    print(f"writing down {recipients} recipients: {passed:.2f} s, memory grew by {grew / 2**20:.1f} MB")


def _expand(url: str) -> tuple[float, int]:
    """Seconds, and by how many bytes memory grew at most."""
    import brobygger.processes  # noqa: F401 (with it come all tables)

    return asyncio.run(_expand_all(Database(url)))


async def _expand_all(database: Database) -> tuple[float, int]:
    async with database.changing() as session:
        await release_due(session, at=now())
    me = psutil.Process()
    before = most = me.memory_info().rss
    started = time.perf_counter()
    task = asyncio.create_task(expand_all(database, at=now()))
    while not task.done():
        most = max(most, me.memory_info().rss)
        await asyncio.wait([task], timeout=0.01)
    task.result()
    passed = time.perf_counter() - started
    await database.close()
    return passed, most - before


async def _stretch(settings: Settings, what: str, rate: int, seconds: float) -> Stretch:
    """A new process, watched for some seconds after it has warmed up."""
    limits = ["--limits"] if rate <= USUAL_RATE else []
    async with (
        bot_api_process("--anybody", "--quiet", *limits) as api,
        running(settings, api.url, BROBYGGER_SEND_RATE=str(max(rate, 1))) as (process, address),
        httpx.AsyncClient(base_url=address, timeout=30) as client,
    ):
        watched = psutil.Process(process.pid)
        async with _asking(client):
            await asyncio.sleep(WARM_UP)
        before, used, started = await api.taken(), _cpu(watched), time.perf_counter()
        async with _asking(client) as answers:
            await asyncio.sleep(seconds)
        passed = time.perf_counter() - started
        rate_seen = (await api.taken() - before) / passed
        cpu, memory = (_cpu(watched) - used) / passed, watched.memory_info().rss
        await _print_manners(api, what)
    return Stretch(what, rate_seen, cpu, memory, answers)


@asynccontextmanager
async def _asking(client: httpx.AsyncClient) -> AsyncIterator[list[float]]:
    """Somebody asks on the web, one question after the other; how long each took."""
    found: list[float] = []
    task = asyncio.create_task(_ask(client, [one for one in read_questions()["en"] if one.answer], found))
    try:
        yield found
    finally:
        task.cancel()
        with suppress(asyncio.CancelledError):
            await task


async def _ask(client: httpx.AsyncClient, questions: Sequence[Asked], found: list[float]) -> None:
    while True:
        for one in questions:
            started = time.perf_counter()
            (await client.post("/messages", json={"text": one.text, "lang": one.language})).raise_for_status()
            found.append(time.perf_counter() - started)
            await asyncio.sleep(BETWEEN_QUESTIONS)


def _cpu(process: psutil.Process) -> float:
    times = process.cpu_times()
    return float(times.user + times.system)


async def _print_manners(api: RemoteBotAPI, what: str) -> None:
    most, manners = (await api.look("pace"))["most_in_a_second"], await api.look("manners")
    if most:
        print(f"{what}: at most {most} in any second; refused as too many: {sum(manners.values())}")


async def _print_left(settings: Settings) -> None:
    database = Database(settings.database_url)
    print(f"still to be sent when the measuring ended: {await count_open(database)}")
    await database.close()


if __name__ == "__main__":
    main()

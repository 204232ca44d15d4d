"""Turns a second over HTTP, side by side in one run.

    python -m benchmarks.load [--quick] [--only sqlite|postgresql] [--processes 1 2 4] [--channels web telegram]

Each row: first the most that can be done (closed: sixteen lines to each process, each asks again when it is answered;
on Telegram all updates at once, until the last is answered), then half of that rate (open: questions come at random
moments, whatever happens), for the time of an answer. Client, server, database and the fake Telegram share this
machine: CPU seconds say what each of them needed for a turn, whatever else the machine did meanwhile.
"""

import argparse
import asyncio
import os
import platform
import tempfile
from collections.abc import AsyncIterator, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, replace
from importlib.metadata import version
from pathlib import Path

import numpy as np
import psutil

from benchmarks.load.client import Plan
from benchmarks.load.town import SECRET, Seen, Town, ask, copy_sqlite, prepare, running_postgres, running_town
from core.logs import configure_logs
from tests.fakes.bot_api_process import RemoteBotAPI, bot_api_process

PACKAGES = ("sqlalchemy", "aiosqlite", "psycopg", "starlette", "uvicorn", "numpy", "scipy")
LINES = 16  # to each process
MOST_QUESTIONS = 3000  # of one stretch: all of them different
WARM_UP = 200


@dataclass(frozen=True, slots=True)
class Row:
    """One line of the table."""

    what: str
    channel: str
    town: Town
    most: Seen
    half: Seen
    memory: tuple[float, float]  # MB of one chat process: its own, and with its share of what it has in common

    def text(self) -> str:
        """As it is printed."""
        turns = max(len(self.most.seconds), 1)
        spent = {name: seconds / turns * 1e3 for name, seconds in self.most.used.items()}
        p50, p99 = (np.quantile(self.half.seconds or [np.nan], part) * 1e3 for part in (0.5, 0.99))
        lost = self.most.missing + self.half.missing
        return (
            f"{self.what:<24}{self.channel:<10}{self.most.rate:>7.0f}/s{1e3 / max(spent['chat'], 1e-9):>8.0f}/s"
            f"{spent['chat']:>8.2f}{spent['database']:>8.2f}{spent['worker']:>8.2f}{spent['client']:>8.2f}"
            f"{spent['telegram']:>9.2f}{self.half.plan.rate:>8.0f}/s{p50:>7.0f}{p99:>7.0f}{lost:>6}"
            f"{self.memory[0]:>7.0f}{self.memory[1]:>7.0f}"
        )


HEAD = (
    f"{'':<24}{'':<10}{'most':>9}{'a chat':>10}{'CPU ms of one turn':^41}{'half':>10}{'ms':>11}{'':>9}{'MB':>14}\n"
    f"{'':<24}{'channel':<10}{'turns':>9}{'CPU s':>10}{'chat':>8}{'datab.':>8}{'worker':>8}{'client':>8}{'telegram':>9}"
    f"{'turns':>10}{'p50':>7}{'p99':>7}{'lost':>6}{'own':>7}{'share':>7}"
)


def main() -> None:
    """The command line."""
    options = argparse.ArgumentParser(description="Turns a second over HTTP.")
    options.add_argument("--quick", action="store_true", help="less of everything: the figures are rougher")
    options.add_argument("--only", choices=("sqlite", "postgresql"))
    options.add_argument("--processes", type=int, nargs="+", default=[1, 2, 4], help="on PostgreSQL")
    options.add_argument("--channels", nargs="+", default=["web", "telegram"], choices=("web", "telegram"))
    options.add_argument("--prepared", type=Path, help="an SQLite file with content and index: saves a minute")
    chosen = options.parse_args()
    configure_logs("ERROR", as_json=False)
    print_machine()
    asyncio.run(_measure(chosen))


def print_machine() -> None:
    """What the figures belong to."""
    print(f"{platform.platform()}, {os.cpu_count()} cores, Python {platform.python_version()}")
    print(", ".join(f"{name} {version(name)}" for name in PACKAGES))
    print(f"load before: {os.getloadavg()[0]:.2f}")


async def _measure(chosen: argparse.Namespace) -> None:
    with tempfile.TemporaryDirectory() as folder, running_postgres() as postgres:
        print(HEAD, flush=True)
        if chosen.only != "postgresql":
            url = f"sqlite:///{folder}/sqlite.sqlite3"
            if chosen.prepared:
                copy_sqlite(f"sqlite:///{chosen.prepared}", Path(folder) / "sqlite.sqlite3")
            await prepare(url)
            for channel in chosen.channels:
                await _print_row(url, "SQLite, 1 process", channel, is_quick=chosen.quick)
        if chosen.only != "sqlite" and postgres is not None:
            url, server = postgres
            await prepare(url)
            for processes in chosen.processes:
                what = f"PostgreSQL, {processes} process{'es' if processes > 1 else ''}"
                for channel in chosen.channels:
                    await _print_row(url, what, channel, processes=processes, is_quick=chosen.quick, database=server)


async def _print_row(
    url: str, what: str, channel: str, *, processes: int = 1, is_quick: bool, database: tuple[psutil.Process, ...] = ()
) -> None:
    count = MOST_QUESTIONS // 3 if is_quick else MOST_QUESTIONS
    async with _open_town(url, processes, channel, database) as (town, telegram):
        first = processes * 1_000_000  # a database hears of the same update twice, and answers once
        secret = SECRET if telegram else ""
        plan = Plan(town.ports, WARM_UP, lines=LINES * processes, telegram_secret=secret, first_chat=first, seed=1)
        await ask(town, plan, telegram=telegram)
        most = await ask(town, replace(plan, count=count, seed=2, first_chat=first + 100_000), telegram=telegram)
        rate = max(most.rate / 2, 1)
        count = min(count, int(rate * (4 if is_quick else 12)))
        half_plan = replace(plan, count=count, rate=rate, seed=3, first_chat=first + 200_000)
        half = await ask(town, half_plan, telegram=telegram)
        print(Row(what, channel, town, most, half, _memory(town.chats)).text(), flush=True)


@asynccontextmanager
async def _open_town(
    url: str, processes: int, channel: str, database: tuple[psutil.Process, ...]
) -> AsyncIterator[tuple[Town, RemoteBotAPI | None]]:
    async with AsyncExitStack() as stack:
        if channel == "web":
            yield await stack.enter_async_context(running_town(url, processes=processes, database=database)), None
            return
        before = {one.pid for one in psutil.Process().children()}
        api = await stack.enter_async_context(bot_api_process("--anybody", "--quiet"))
        fake = next(one for one in psutil.Process().children() if one.pid not in before)
        running = running_town(url, processes=processes, telegram=api, telegram_process=fake, database=database)
        yield await stack.enter_async_context(running), api


def _memory(several: Sequence[psutil.Process]) -> tuple[float, float]:
    seen = [one.memory_full_info() for one in several]
    return max(one.uss for one in seen) / 2**20, max(one.pss for one in seen) / 2**20


if __name__ == "__main__":
    main()

"""Real processes to ask: chat processes on ports of their own, a worker, a database, and what each of them uses."""

import asyncio
import contextlib
import json
import os
import shutil
import socket
import sys
from collections.abc import AsyncIterator, Iterator, Mapping, Sequence
from contextlib import asynccontextmanager, contextmanager
from dataclasses import asdict, dataclass, field
from pathlib import Path

import httpx
import psutil
from sqlalchemy.engine import make_url

from benchmarks.load.client import Plan, Result
from bot.inbound import look_at_inbound
from brobygger.preparing import open_house
from core.clock import now
from core.database import Database
from core.settings import Settings
from tests.fakes.bot_api import TOKEN
from tests.fakes.bot_api_process import PROJECT, RemoteBotAPI
from tests.postgres import find_programs, running_server

SECRET = "secret-of-the-load-generator"
TO_START = 120.0  # seconds


@dataclass(frozen=True, slots=True)
class Town:
    """Processes that answer, and their database's."""

    url: str
    ports: tuple[int, ...]
    chats: tuple[psutil.Process, ...]
    workers: tuple[psutil.Process, ...]
    database: tuple[psutil.Process, ...]  # of PostgreSQL; SQLite is in ours
    telegram: psutil.Process | None = None

    def used(self) -> dict[str, float]:
        """CPU seconds of everything up to now."""
        parts = {"chat": self.chats, "worker": self.workers, "database": self.database}
        found = {name: sum(map(cpu_of, several)) for name, several in parts.items()}
        return found | {"telegram": cpu_of(self.telegram) if self.telegram else 0.0}


@dataclass(frozen=True, slots=True)
class Seen:
    """What a plan came to: the client's result, and CPU seconds meanwhile."""

    plan: Plan
    result: Result
    seconds: Sequence[float]  # that each answered question took
    missing: int
    passed: float  # seconds from the first question to the last answer
    used: Mapping[str, float] = field(default_factory=dict)

    @property
    def rate(self) -> float:
        """Turns a second."""
        return len(self.seconds) / self.passed if self.passed else 0.0


@asynccontextmanager
async def running_town(
    url: str,
    *,
    processes: int = 1,
    telegram: RemoteBotAPI | None = None,
    telegram_process: psutil.Process | None = None,
    database: tuple[psutil.Process, ...] = (),
    **more: str,
) -> AsyncIterator[Town]:
    """One process that does everything, or several chat processes and a worker; ``more`` are settings."""
    ports = tuple(free_port() for _ in range(processes))
    settings = {"DATABASE_URL": url, "BROBYGGER_LOG_LEVEL": "ERROR", "BROBYGGER_CHECK_LINKS": "False", **more}
    if telegram is not None:
        settings |= {
            "TELEGRAM_TOKEN": TOKEN,
            "TELEGRAM_API_URL": telegram.url,
            "BROBYGGER_TELEGRAM_WEBHOOK_URL": f"http://127.0.0.1:{ports[0]}/telegram",
            "BROBYGGER_TELEGRAM_WEBHOOK_SECRET": SECRET,
        }
    is_single = url.startswith("sqlite")
    started = [await _start("run" if is_single else "chat", settings, BROBYGGER_PORT=str(port)) for port in ports]
    beside = [] if is_single else [await _start("worker", settings)]
    try:
        await asyncio.gather(*(until_ready(port) for port in ports))
        yield Town(
            url,
            ports,
            tuple(psutil.Process(one.pid) for one in started),
            tuple(psutil.Process(one.pid) for one in beside),
            database,
            telegram_process,
        )
    finally:
        for one in (*started, *beside):
            with contextlib.suppress(ProcessLookupError):
                one.terminate()
        await asyncio.gather(*(one.wait() for one in (*started, *beside)))


async def _start(command: str, settings: Mapping[str, str], **more: str) -> asyncio.subprocess.Process:
    return await asyncio.create_subprocess_exec(
        sys.executable, "-m", "brobygger", command, env={**os.environ, **settings, **more}, cwd=PROJECT,
        stderr=asyncio.subprocess.DEVNULL,
    )  # fmt: skip


async def until_ready(port: int) -> None:
    """Wait until a process answers questions."""
    async with asyncio.timeout(TO_START), httpx.AsyncClient(base_url=f"http://127.0.0.1:{port}") as client:
        while True:
            with contextlib.suppress(httpx.TransportError):
                if (await client.get("/health")).status_code == 200:
                    return
            await asyncio.sleep(0.1)


def free_port() -> int:
    """A port that nobody listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


async def prepare(url: str, **more: str) -> None:
    """Tables, the starter library and an index."""
    async with open_house(Settings.from_env({"DATABASE_URL": url, **more})):
        pass


@contextmanager
def running_postgres() -> Iterator[tuple[str, tuple[psutil.Process, ...]] | None]:
    """A server that writes to the disk as a real one does, with an empty database; None when there is none here."""
    programs = find_programs()
    if programs is None:
        yield None
        return
    with running_server(programs, is_durable=True) as address:
        port = str(make_url(address).port)
        postmaster = next(one for one in psutil.process_iter() if _is_postmaster(one, port))
        yield f"{address}/postgres", (postmaster,)


def _is_postmaster(process: psutil.Process, port: str) -> bool:
    with contextlib.suppress(psutil.Error):
        return process.name() == "postgres" and port in process.cmdline()
    return False


def cpu_of(process: psutil.Process) -> float:
    """CPU seconds of a process and all that it has started."""
    with contextlib.suppress(psutil.NoSuchProcess):
        times = process.cpu_times()
        used = times.user + times.system + times.children_user + times.children_system
        return float(used + sum(map(_own_cpu, process.children(recursive=True))))
    return 0.0


def _own_cpu(process: psutil.Process) -> float:
    with contextlib.suppress(psutil.NoSuchProcess):
        times = process.cpu_times()
        return float(times.user + times.system)
    return 0.0


async def ask(town: Town, plan: Plan, *, telegram: RemoteBotAPI | None = None) -> Seen:
    """Carry out a plan in a process of its own, and see what it uses. A turn on Telegram ends with its sendMessage."""
    before, taken = town.used(), await telegram.taken() if telegram else 0
    client = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "benchmarks.load.client", cwd=PROJECT,
        stdin=asyncio.subprocess.PIPE, stdout=asyncio.subprocess.PIPE,
    )  # fmt: skip
    out, _ = await client.communicate(json.dumps(asdict(plan)).encode())
    if client.returncode != 0:
        raise RuntimeError("the load generator failed; the lines above say why")
    result = Result(**json.loads(out))
    if telegram is not None:
        await _all_answered(town, telegram, patience=plan.patience)
        result.ended = await _answers(telegram, result, since=taken)
    used = {name: seconds - before[name] for name, seconds in town.used().items()} | {"client": result.cpu}
    seconds = [end - begin for begin, end in zip(result.planned, result.ended, strict=False) if end]
    passed = max(result.ended) - result.planned[0] if seconds else 0.0
    return Seen(plan, result, seconds, plan.count - len(seconds), passed, used)


async def _all_answered(town: Town, telegram: RemoteBotAPI, *, patience: float) -> None:
    """Wait until no stored update waits for its answer; those that still do then are counted as lost."""
    database = Database(Settings.from_env({"DATABASE_URL": town.url}).database_url)
    try:
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(patience), database.reading() as session:
                while (await look_at_inbound(session, at=now())).count or (await telegram.look("progress"))["busy"]:
                    await session.rollback()
                    await asyncio.sleep(0.1)
    finally:
        await database.close()


async def _answers(telegram: RemoteBotAPI, result: Result, *, since: int) -> list[float]:
    """When each update got its first message: a chat's next one after the moment the update was planned for."""
    moments: dict[int, list[float]] = {}
    told = await telegram.look("times")
    for chat, at in zip(told["chats"][since:], told["times"][since:], strict=True):
        moments.setdefault(chat, []).append(at)
    ended = []
    for chat, planned in zip(result.chats, result.planned, strict=False):
        here = moments.get(chat, [])
        ended.append(next((here.pop(n) for n, at in enumerate(here) if at >= planned), 0.0))
    return ended


def copy_sqlite(url: str, to: Path) -> str:
    """The database in a file of its own, so that each part begins alike."""
    shutil.copyfile(str(make_url(url).database), to)
    return f"sqlite:///{to}"

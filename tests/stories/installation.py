"""A real installation for tests: ``brobygger run`` as a process that can be killed and started again."""

import asyncio
import contextlib
import signal
import subprocess
import sys
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path

import httpx
from sqlalchemy import select

from bot.inbound import InboundUpdate, Progress
from core.database import Database
from tests.conftest import FILLED, Engine
from tests.fakes.bot_api import TOKEN
from tests.ports import free_port

PROJECT = Path(__file__).parents[2]
SECONDS_TO_START = 90  # on a machine that does much else


@dataclass(slots=True)
class Installation:
    """A database, a port, and whichever process runs on them just now."""

    database_url: str
    folder: Path
    api_url: str
    port: int = field(default_factory=free_port)
    token: str = TOKEN
    more: Mapping[str, str] = field(default_factory=dict)
    command: str = "run"
    process: subprocess.Popen[bytes] | None = None

    @property
    def environment(self) -> Mapping[str, str]:
        return {
            "PATH": "/usr/bin:/bin",
            "PYTHONPATH": str(PROJECT),
            "DATABASE_URL": self.database_url,
            "BROBYGGER_VECTORS": "none",
            "BROBYGGER_CHECK_LINKS": "False",
            "BROBYGGER_CHAT_LIMIT": "0",
            "BROBYGGER_PORT": str(self.port),
            "BROBYGGER_LOG_LEVEL": "DEBUG",
            "TELEGRAM_TOKEN": self.token,
            "TELEGRAM_API_URL": self.api_url,
            **self.more,
        }

    def start(self) -> None:
        with self.log_file.open("ab") as log:
            self.process = subprocess.Popen(
                (sys.executable, "-m", "brobygger", self.command), env=self.environment, cwd=self.folder, stderr=log
            )

    def kill(self) -> None:
        """kill -9."""
        assert self.process is not None
        assert self.process.poll() is None, self.log()
        self.process.kill()
        self.process.wait()

    def clean_up(self) -> None:
        """End the process if it still runs."""
        if self.process is not None and self.process.poll() is None:
            self.process.kill()
            self.process.wait()

    async def end(self, number: signal.Signals = signal.SIGTERM) -> int:
        """Tell it to end, and wait; the exit status."""
        assert self.process is not None
        self.process.send_signal(number)
        return await self.exit_status()

    async def exit_status(self) -> int:
        """Wait until it has ended."""
        assert self.process is not None
        async with asyncio.timeout(SECONDS_TO_START):
            while (status := self.process.poll()) is None:
                await asyncio.sleep(0.02)
        return status

    async def is_up(self, *, seconds: float = SECONDS_TO_START) -> None:
        """Wait until the web chat answers."""
        async with httpx.AsyncClient() as client, asyncio.timeout(seconds):
            while True:
                with contextlib.suppress(httpx.TransportError):
                    if (await client.get(f"http://127.0.0.1:{self.port}/health")).status_code == 200:
                        return
                await asyncio.sleep(0.05)

    @property
    def log_file(self) -> Path:
        return self.folder / "log"

    def log(self) -> str:
        return self.log_file.read_text()

    async def has_finished(self, count: int) -> None:
        """Wait until so many updates are answered."""
        async with asyncio.timeout(SECONDS_TO_START + count):
            while (await self.recorded())[0] < count:
                await asyncio.sleep(0.1)

    async def recorded(self) -> tuple[int, int]:
        """Updates that are finished, and parts of replies that are recorded as sent."""
        database = Database(self.database_url)
        async with database.reading() as session:
            rows = list(await session.scalars(select(InboundUpdate)))
        await database.close()
        return sum(row.progress == Progress.DONE for row in rows), sum(row.parts_sent for row in rows)


@asynccontextmanager
async def installed(engine: Engine, folder: Path, api_url: str) -> AsyncIterator[Installation]:
    name = engine.copy(FILLED)
    there = Installation(engine.address(name), folder, api_url)
    try:
        yield there
    finally:
        there.clean_up()
        engine.drop(name)

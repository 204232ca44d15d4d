"""A broadcast to many that a real process sends to a Telegram in another one, on the real clock."""

import asyncio
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

from core.clock import now
from core.database import Database
from tests.broadcasts.many import count_open, list_releases, make_many
from tests.conftest import Engine
from tests.fakes.bot_api_process import RemoteBotAPI, bot_api_process
from tests.stories.installation import SECONDS_TO_START, Installation, installed

USUAL = {"BROBYGGER_LOG_LEVEL": "INFO"}
FAST = USUAL | {"BROBYGGER_SEND_RATE": "1000"}


@dataclass(frozen=True, slots=True)
class Broadcasting:
    """An installation with a broadcast to send, and the Telegram that it sends to."""

    api: RemoteBotAPI
    there: Installation
    database: Database

    async def has_begun(self) -> None:
        """Wait until the first recipients are written down."""
        async with asyncio.timeout(SECONDS_TO_START):
            while await count_open(self.database) is None:
                await asyncio.sleep(0.005)

    async def has_ended(self, *, seconds: float) -> None:
        """Wait until everybody has a final state and the release is over."""
        async with asyncio.timeout(seconds):
            while await count_open(self.database) != 0 or (await list_releases(self.database))[0].ended_at is None:
                await asyncio.sleep(0.5)


@asynccontextmanager
async def broadcasting(
    engine: Engine, folder: Path, count: int, *options: str, settings: Mapping[str, str] = FAST
) -> AsyncIterator[Broadcasting]:
    """A message to so many that is due now; nothing runs yet. ``options`` are those of the Bot API server."""
    async with bot_api_process("--anybody", "--quiet", *options) as api, installed(engine, folder, api.url) as there:
        there.more = settings
        database = Database(there.database_url)
        await make_many(database, count, at=now())
        try:
            yield Broadcasting(api, there, database)
        finally:
            await database.close()

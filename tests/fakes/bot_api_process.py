"""The Bot API server of the tests in a process of its own: for much traffic, and while ours is busy."""

import asyncio
import subprocess
import sys
from collections import Counter
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx

PROJECT = Path(__file__).parents[2]


@dataclass(frozen=True, slots=True)
class RemoteBotAPI:
    """Its control interface (bot_api.py)."""

    url: str
    _client: httpx.AsyncClient

    async def order(self, what: str, **given: Any) -> Any:
        """POST /control/..."""
        response = await self._client.post(f"/control/{what}", json=given)
        assert response.is_success, response.text
        return response.json()

    async def look(self, what: str) -> Any:
        """GET /control/..."""
        response = await self._client.get(f"/control/{what}")
        assert response.is_success, response.text
        return response.json()

    async def taken(self) -> int:
        """How many messages it has taken."""
        return int((await self.look("progress"))["taken"])

    async def took(self) -> Counter[int]:
        """How many messages each chat has got."""
        return Counter({int(chat): count for chat, count in (await self.look("ledger"))["chats"].items()})

    async def until(self, is_so: Callable[[int], bool], *, seconds: float = 180) -> None:
        """Wait until it is so of the number of messages."""
        async with asyncio.timeout(seconds):
            while not is_so(await self.taken()):
                await asyncio.sleep(0.02)

    async def quiet(self) -> None:
        """Wait until nothing is under way."""
        async with asyncio.timeout(180):
            while (await self.look("progress"))["busy"]:
                await asyncio.sleep(0.02)


@asynccontextmanager
async def bot_api_process(*options: str) -> AsyncIterator[RemoteBotAPI]:
    """The server with these options of its program, for as long as the block runs."""
    program = (sys.executable, "-m", "tests.fakes.bot_api", "--port", "0", *options)
    with subprocess.Popen(program, cwd=PROJECT, stdout=subprocess.PIPE, text=True) as process:
        try:
            assert process.stdout is not None
            url = process.stdout.readline().split()[0].partition("=")[2]
            async with httpx.AsyncClient(base_url=url, timeout=60) as client:
                yield RemoteBotAPI(url, client)
        finally:
            process.terminate()

"""Servers on loopback: each talks with whoever connects, and leaves no connection behind."""

import asyncio
import contextlib
import ssl
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager

Talk = Callable[[asyncio.StreamReader, asyncio.StreamWriter], Awaitable[None]]


@asynccontextmanager
async def listening(talk: Talk, *, port: int = 0, certificate: ssl.SSLContext | None = None) -> AsyncIterator[int]:
    """Talk with each who connects to 127.0.0.1, for as long as the block runs; gives the port.

    Wrong: only close what is written to: with somebody who does not read on, or has just come, the connection outlives
    the loop, and a test that runs later is told of it.
    Correct: wait until it is closed, and break it off at the end of the block.
    """
    talks: set[asyncio.Task[None]] = set()

    async def connected(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None
        talks.add(task)
        try:
            with contextlib.suppress(ConnectionError, asyncio.CancelledError):
                await talk(reader, writer)
                writer.close()
                await writer.wait_closed()
        finally:
            writer.transport.abort()
            talks.discard(task)

    server = await asyncio.start_server(connected, "127.0.0.1", port, backlog=512, ssl=certificate)
    try:
        yield server.sockets[0].getsockname()[1]
    finally:
        server.close()
        await _some_turns()  # who has just connected comes in
        for task in tuple(talks):
            task.cancel()
        await asyncio.gather(*talks, return_exceptions=True)
        await _some_turns()  # what was broken off is closed
        await server.wait_closed()


async def _some_turns() -> None:
    for _ in range(5):
        await asyncio.sleep(0)

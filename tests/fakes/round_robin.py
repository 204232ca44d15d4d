"""What stands before several processes: hands each connection to the next one that takes it."""

import asyncio
import contextlib
from collections import Counter
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from itertools import count

from tests.fakes.loopback import listening

BLOCK = 65_536


@asynccontextmanager
async def round_robin(port: int, behind: Sequence[int]) -> AsyncIterator[Counter[int]]:
    """On this port of loopback, for as long as the block runs. ``behind`` are the ports of the processes.

    Gives how many connections each of them has taken.
    """
    turn, taken = count(), Counter[int]()

    async def handle(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        first = next(turn)
        for place in range(len(behind)):
            chosen = behind[(first + place) % len(behind)]
            with contextlib.suppress(ConnectionError):
                there = await asyncio.open_connection("127.0.0.1", chosen)
                taken[chosen] += 1
                try:
                    await asyncio.gather(_copy(reader, there[1]), _copy(there[0], writer))
                finally:
                    there[1].transport.abort()
                break

    async with listening(handle, port=port):
        yield taken


async def _copy(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    """Until this side ends or breaks off; the other side hears of it."""
    try:
        while block := await reader.read(BLOCK):
            writer.write(block)
            await writer.drain()
    except OSError:
        pass
    finally:
        writer.close()

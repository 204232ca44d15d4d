"""Being told to end in the middle of something."""

import asyncio
from collections.abc import Coroutine
from typing import TypeVar

T = TypeVar("T")
TO_FINISH = 5.0  # seconds


async def to_the_end(work: Coroutine[object, object, T]) -> T:
    """Let it end even when we are told to end meanwhile: a database call that is cut off spoils its connection."""
    task = asyncio.create_task(work)
    try:
        return await asyncio.shield(task)
    except asyncio.CancelledError:
        await asyncio.wait([task], timeout=TO_FINISH)
        raise

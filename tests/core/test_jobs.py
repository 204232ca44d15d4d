"""The clock wakes work up, again and again, whatever happens in one run."""

import asyncio
from datetime import UTC, datetime

from core.jobs import Clock


async def test_a_job_that_fails_is_run_again() -> None:
    runs: list[datetime] = []
    enough = asyncio.Event()

    async def job(at: datetime) -> None:
        runs.append(at)
        if len(runs) == 3:
            enough.set()
        raise RuntimeError("this run fails")

    clock = Clock()
    clock.every(0.02, "failing", job)
    clock.start()
    await asyncio.wait_for(enough.wait(), timeout=5)
    clock.stop()

    assert all(at.tzinfo is UTC for at in runs)


async def test_a_run_that_goes_on_is_not_started_a_second_time() -> None:
    running, most, done = 0, 0, asyncio.Event()

    async def job(_at: datetime) -> None:
        nonlocal running, most
        running += 1
        most = max(most, running)
        await asyncio.sleep(0.1)
        running -= 1
        done.set()

    clock = Clock()
    clock.every(0.02, "slow", job)
    clock.start()
    await asyncio.wait_for(done.wait(), timeout=5)
    clock.stop()

    assert most == 1

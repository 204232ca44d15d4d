"""The engine of one process: APScheduler, inside."""

import asyncio
import contextlib
from collections.abc import Sequence
from datetime import UTC

from apscheduler.schedulers.asyncio import AsyncIOScheduler

from core.clock import now
from core.jobs.job import Job, run_safely


async def run_by_clock(jobs: Sequence[Job]) -> None:
    """Wake the jobs, beginning now, until cancelled. What is being done then is told to end, and waited for."""
    scheduler = AsyncIOScheduler(timezone=UTC)
    running: set[asyncio.Task[None]] = set()
    for job in jobs:
        _add(scheduler, job, running)
    scheduler.start()
    try:
        await asyncio.Event().wait()
    finally:
        scheduler.shutdown(wait=False)
        for task in running:
            task.cancel()
        await asyncio.gather(*running, return_exceptions=True)


def _add(scheduler: AsyncIOScheduler, job: Job, running: set[asyncio.Task[None]]) -> None:
    async def run() -> None:
        task = asyncio.create_task(run_safely(job))  # of our own: the scheduler would not wait for its end
        running.add(task)
        task.add_done_callback(running.discard)
        with contextlib.suppress(asyncio.CancelledError):  # the scheduler would call it an error
            await asyncio.wait([task])

    scheduler.add_job(
        run, "interval", seconds=job.seconds, id=job.lock, max_instances=1, coalesce=True, next_run_time=now()
    )

"""The clock that wakes work up. A job finds its own work in tables, so running it twice is harmless.

One process: APScheduler, inside. (Procrastinate joins here when work is spread over machines; design.md, "Engines".)
"""

import asyncio
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime

from apscheduler.schedulers.asyncio import AsyncIOScheduler

from core.clock import now
from core.logs import get_log
from core.metrics import counted_job

Job = Callable[[datetime], Awaitable[None]]
log = get_log(__name__)


class Clock:
    """Runs jobs again and again until it is stopped. A run that is still going on is not started a second time."""

    def __init__(self) -> None:
        self._scheduler = AsyncIOScheduler(timezone=UTC)

    def every(self, seconds: float, name: str, job: Job) -> None:
        """Run the job every so many seconds, beginning now. An error is logged and the next run comes all the same."""

        async def run() -> None:
            try:
                with counted_job(name):
                    await job(now())
            except asyncio.CancelledError:
                log.info("job_cut_off", job=name)  # the process ends: the scheduler would call it an error
            except Exception:
                log.exception("job_failed", job=name)

        self._scheduler.add_job(
            run, "interval", seconds=seconds, id=name, max_instances=1, coalesce=True, next_run_time=now()
        )

    def start(self) -> None:
        """Begin; needs a running event loop."""
        self._scheduler.start()

    def stop(self) -> None:
        """End without waiting for runs that go on."""
        if self._scheduler.running:
            self._scheduler.shutdown(wait=False)

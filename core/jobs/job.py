"""What an engine needs to know of a job."""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy.exc import InterfaceError, OperationalError

from core.clock import now
from core.logs import get_log
from core.metrics import counted_job

log = get_log(__name__)


@dataclass(frozen=True, slots=True)
class Job:
    """Work with a name, woken at least every so many seconds. Two runs never overlap, on however many machines."""

    name: str
    seconds: float
    run: Callable[[datetime], Awaitable[None]]
    account: str = ""  # the channel account whose limits hold; only processes that have it can do the work

    @property
    def lock(self) -> str:
        """What only one run at a time may hold."""
        return f"{self.name}:{self.account}" if self.account else self.name


async def run_safely(job: Job) -> None:
    """Run it once. An error is logged, and the next run comes all the same; being cancelled is passed on."""
    try:
        with counted_job(job.name):
            await job.run(now())
    except asyncio.CancelledError:
        log.info("job_cut_off", job=job.name)
        raise
    except (OperationalError, InterfaceError) as problem:  # no fault of the job
        log.warning("job_database_away", job=job.name, problem=type(problem.orig).__name__)
    except Exception:
        log.exception("job_failed", job=job.name)

"""The engine of many processes: Procrastinate, on PostgreSQL. Any number of workers, on any number of machines.

A job holds its lock while it runs, wherever that is. A worker that died is noticed by its heartbeat: its jobs are
taken over, and their locks with them.
"""

import asyncio
import contextlib
from collections.abc import Sequence

import psycopg
from procrastinate import App, JobContext, PsycopgConnector
from procrastinate.exceptions import AlreadyEnqueued, ConnectorException
from procrastinate.jobs import DEFAULT_QUEUE, Status
from procrastinate.jobs import Job as Entry
from procrastinate.worker import Worker

from core.database import server_address
from core.jobs.job import Job, run_safely
from core.logs import get_log

log = get_log(__name__)
HEARTBEAT_SECONDS = 1.0
DEAD_AFTER_SECONDS = 6.0  # without a heartbeat
LOOK_SECONDS = 1.0  # a notification may be lost; a lock that becomes free notifies nobody
CONNECTIONS = 4
AT_ONCE = 16  # jobs side by side; each has a lock of its own, so that more never run
LONGEST_PAUSE = 10.0


async def run_by_workers(database_url: str, jobs: Sequence[Job]) -> None:
    """Do the jobs together with all other workers, until cancelled. Goes on by itself when the database was away."""
    pause = 1.0
    while True:
        began = asyncio.get_running_loop().time()
        try:
            await _Worker(database_url, jobs).run()
        except (ConnectorException, psycopg.Error, OSError) as problem:
            log.warning("worker_database_away", problem=type(problem).__name__)
        is_new_trouble = asyncio.get_running_loop().time() - began > LONGEST_PAUSE
        pause = 1.0 if is_new_trouble else min(pause * 2, LONGEST_PAUSE)
        await asyncio.sleep(pause)


class _Worker:
    """One life of a worker: it ends when it is cancelled, or when the database is away."""

    def __init__(self, database_url: str, jobs: Sequence[Job]) -> None:
        address = server_address(database_url)
        self._app = App(connector=PsycopgConnector(conninfo=address, min_size=1, max_size=CONNECTIONS))
        self._entries = self._app.job_manager
        self._names = [job.name for job in jobs]
        self._running: set[int] = set()
        self._lost: set[int] = set()  # said to run here, and nothing of it does: once may be the moment of its end
        for job in jobs:
            self._register(job)
        self._worker = Worker(
            self._app,
            queues=sorted({_queue(job) for job in jobs}),
            concurrency=AT_ONCE,
            fetch_job_polling_interval=LOOK_SECONDS,
            update_heartbeat_interval=HEARTBEAT_SECONDS,
            stalled_worker_timeout=DEAD_AFTER_SECONDS,
            shutdown_graceful_timeout=0,  # a message on its way is waited for by the job itself, when it is cancelled
            delete_jobs="always",
            install_signal_handlers=False,
        )

    async def run(self) -> None:
        """Every job once now, then whenever it is woken. Raises ConnectorException when the database is away."""
        async with self._app.open_async():
            for name in self._names:
                await self._wake(name)
            taking_over = asyncio.create_task(self._take_over())
            try:
                await self._worker.run()  # type: ignore[no-untyped-call]
            finally:
                taking_over.cancel()
                await asyncio.gather(taking_over, return_exceptions=True)

    def _register(self, job: Job) -> None:
        async def run(context: JobContext, timestamp: int = 0) -> None:
            number = context.job.id or 0
            self._running.add(number)
            try:
                await run_safely(job)
            finally:
                self._running.discard(number)

        task = self._app.task(
            name=job.name, queue=_queue(job), lock=job.lock, queueing_lock=job.lock, pass_context=True
        )(run)
        self._app.periodic(cron=_cron(job.seconds), periodic_id=job.account)(task)

    async def _wake(self, name: str) -> None:
        with contextlib.suppress(AlreadyEnqueued):
            await self._app.tasks[name].defer_async()

    async def _take_over(self) -> None:
        """End what no worker does any more, so that its lock is free, and have it done again."""
        while True:
            await asyncio.sleep(HEARTBEAT_SECONDS)
            try:
                for entry in await self._list_orphans():
                    log.warning("job_taken_over", job=entry.task_name, entry=entry.id)
                    await self._entries.finish_job(entry, status=Status.FAILED, delete_job=True)
                    await self._wake(entry.task_name)
            except (ConnectorException, psycopg.Error) as problem:  # away, or another worker was quicker
                log.info("job_not_taken_over", problem=type(problem).__name__)

    async def _list_orphans(self) -> list[Entry]:
        """Jobs of dead workers; and our own whose end could not be written, because the database was away."""
        dead = await self._entries.get_stalled_jobs(seconds_since_heartbeat=DEAD_AFTER_SECONDS)
        doing = await self._entries.list_jobs_async(status=Status.DOING.value)
        ours = {entry.id: entry for entry in doing if entry.worker_id == self._worker.worker_id and entry.id}
        lost = ours.keys() - self._running
        still_lost, self._lost = lost & self._lost, lost
        return [*(entry for entry in dead if entry.task_name in self._names), *(ours[one] for one in still_lost)]


def _queue(job: Job) -> str:
    """Jobs of an account have a queue of their own: not every worker has its token."""
    return job.lock if job.account else DEFAULT_QUEUE


def _cron(seconds: float) -> str:
    """The clock's rule, with seconds as its last field; a job is woken at whole seconds, minutes or hours."""
    whole = max(1, round(seconds))
    if whole < 60:
        return f"* * * * * */{whole}"
    if whole < 3600:
        return f"*/{whole // 60} * * * *"
    return f"0 */{whole // 3600} * * *"

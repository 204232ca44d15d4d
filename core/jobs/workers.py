"""The engine of many processes: Procrastinate, on PostgreSQL. Any number of workers, on any number of machines.

A job holds its lock while it runs, wherever that is. A worker that died is noticed by its heartbeat: its jobs are
taken over, and their locks with them. One that was only silent, because its machine slept or was very busy, notices
that and ends what it does: no two work at one job for longer than a moment.
"""

import asyncio
import contextlib
from collections.abc import Iterable, Mapping, Sequence

import psycopg
from procrastinate import App, JobContext, PsycopgConnector
from procrastinate.exceptions import AlreadyEnqueued, ConnectorException
from procrastinate.jobs import Job as Entry
from procrastinate.jobs import Status
from procrastinate.manager import JobManager
from procrastinate.worker import Worker

from core.database import server_address
from core.jobs.job import Job, run_safely
from core.logs import get_log

log = get_log(__name__)
HEARTBEAT_SECONDS = 1.0
DEAD_AFTER_SECONDS = 6.0  # without a heartbeat
LOOK_SECONDS = 1.0  # a notification may be lost; a lock that becomes free notifies nobody
CONNECTIONS = 4
CONNECT_SECONDS = 5.0  # with the database away, every job's end waits so long
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


class _Line(JobManager):
    """Puts nothing in line that waits there already: it would be refused, and the database server logs each refusal."""

    async def defer_periodic_job(self, job: Entry, periodic_id: str, defer_timestamp: int) -> int | None:
        """Raises AlreadyEnqueued, as when another is quicker."""
        if await self.list_jobs_async(queueing_lock=job.queueing_lock, status=Status.TODO.value):
            raise AlreadyEnqueued
        return await super().defer_periodic_job(job, periodic_id, defer_timestamp)


class _Worker:
    """One life of a worker: it ends when it is cancelled, or when the database is away."""

    def __init__(self, database_url: str, jobs: Sequence[Job]) -> None:
        address = server_address(database_url)
        self._app = App(
            connector=PsycopgConnector(conninfo=address, min_size=1, max_size=CONNECTIONS, timeout=CONNECT_SECONDS)
        )
        self._entries = self._app.job_manager = _Line(self._app.connector)
        self._names = [job.name for job in jobs]
        self._queues = [job.lock for job in jobs]
        self._running: dict[int, asyncio.Task[object]] = {}
        self._lost: set[int] = set()  # said to run here, and nothing of it does: once may be the moment of its end
        for job in jobs:
            self._register(job)
        self._worker = Worker(
            self._app,
            queues=self._queues,
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
            taking_over = asyncio.create_task(self._look_after_entries())
            try:
                await self._worker.run()  # type: ignore[no-untyped-call]
            finally:
                taking_over.cancel()
                await asyncio.gather(taking_over, return_exceptions=True)

    def _register(self, job: Job) -> None:
        async def run(context: JobContext, timestamp: int = 0) -> None:
            number = context.job.id or 0
            if task := asyncio.current_task():
                task.add_done_callback(_note_end)
                self._running[number] = task
            try:
                await run_safely(job)
            finally:
                self._running.pop(number, None)

        # A queue of its own: workers of another release, or with other settings, leave alone what they do not know.
        task = self._app.task(name=job.name, queue=job.lock, lock=job.lock, queueing_lock=job.lock, pass_context=True)(
            run
        )
        self._app.periodic(cron=_cron(job.seconds), periodic_id=job.account)(task)

    async def _wake(self, name: str) -> None:
        with contextlib.suppress(AlreadyEnqueued):
            await self._app.tasks[name].defer_async()

    async def _look_after_entries(self) -> None:
        while True:
            await asyncio.sleep(HEARTBEAT_SECONDS)
            try:
                await self._take_over()
            except (ConnectorException, psycopg.Error) as problem:  # away, or another worker was quicker
                log.info("job_not_taken_over", problem=type(problem).__name__)
            except Exception:  # nobody else would free the locks
                log.exception("jobs_not_looked_after")

    async def _take_over(self) -> None:
        """End what no worker does any more, so that its lock is free, and have it done again; end what we have lost."""
        running = dict(self._running)  # before we ask: what begins meanwhile is not lost
        dead = await self._entries.get_stalled_jobs(seconds_since_heartbeat=DEAD_AFTER_SECONDS)
        doing = await self._entries.list_jobs_async(status=Status.DOING.value)
        ours = {entry.id: entry for entry in doing if entry.worker_id == self._worker.worker_id and entry.id}
        self._end_what_is_lost(number for number in running if number not in ours)
        for entry in [*(entry for entry in dead if entry.queue in self._queues), *self._list_unended(ours)]:
            log.warning("job_taken_over", job=entry.task_name, entry=entry.id)
            await self._entries.finish_job(entry, status=Status.FAILED, delete_job=True)
            await self._wake(entry.task_name)

    def _end_what_is_lost(self, numbers: Iterable[int]) -> None:
        """Another has taken it over, and may do it already. Told once: what is on its way is waited for."""
        for number in numbers:
            if task := self._running.pop(number, None):
                log.warning("job_lost", entry=number)
                task.cancel()

    def _list_unended(self, ours: Mapping[int, Entry]) -> list[Entry]:
        """Our own whose end could not be written, because the database was away."""
        lost = ours.keys() - self._running
        still_lost, self._lost = lost & self._lost, lost
        return [ours[one] for one in still_lost]


def _note_end(task: asyncio.Task[object]) -> None:
    """The end of an entry could not be written: the database was away, or another worker has taken it over."""
    if not task.cancelled() and (problem := task.exception()) is not None:
        log.info("job_end_not_written", problem=type(problem).__name__)


def _cron(seconds: float) -> str:
    """The clock's rule, with seconds as its last field; a job is woken at whole seconds, minutes or hours."""
    whole = max(1, round(seconds))
    if whole < 60:
        return f"* * * * * */{whole}"
    if whole < 3600:
        return f"*/{whole // 60} * * * *"
    return f"0 */{whole // 3600} * * *"

"""Jobs are woken again and again, whatever happens in one run: in one process by the clock, in many by workers."""

import asyncio
import contextlib
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from datetime import UTC, datetime

import pytest
from sqlalchemy import text
from sqlalchemy.exc import OperationalError

from core.database import Database
from core.jobs import workers
from core.jobs.clock import run_by_clock
from core.jobs.job import Job, run_safely
from core.jobs.waking import wake
from core.jobs.workers import run_by_workers
from core.news import listen, tell
from tests.conftest import Postgres

Seen = list[datetime]


@pytest.fixture
def hourly(monkeypatch: pytest.MonkeyPatch) -> Callable[..., Job]:
    """A job that nothing but its start, and being woken, runs within a test.

    It could be the beginning of an hour, which a worker that starts within ten minutes makes good.
    """
    monkeypatch.setattr(workers, "_cron", lambda _seconds: "0 0 29 2 *")
    return lambda run, name="dig": Job(name, 3600, run)


@asynccontextmanager
async def working(database: Database, *jobs: Job, processes: int = 1) -> AsyncIterator[None]:
    """The jobs are done by the engine of this database."""
    if database.is_sqlite:
        tasks = [asyncio.create_task(run_by_clock(jobs))]
    else:
        tasks = [asyncio.create_task(run_by_workers(database.url, jobs)) for _ in range(processes)]
    try:
        yield
        assert not any(task.done() for task in tasks)
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)


async def until(is_so: Callable[[], object], seconds: float = 60) -> None:
    async with asyncio.timeout(seconds):
        while not is_so():
            await asyncio.sleep(0.01)


async def test_a_job_that_fails_is_run_again(database: Database) -> None:
    runs: Seen = []

    async def fail(at: datetime) -> None:
        runs.append(at)
        raise RuntimeError("this run fails")

    async with working(database, Job("fail", 1, fail)):
        await until(lambda: len(runs) >= 2)

    assert all(at.tzinfo is UTC for at in runs)


async def test_a_job_that_finds_the_database_away_has_not_failed(caplog: pytest.LogCaptureFixture) -> None:
    async def dig(_at: datetime) -> None:
        raise OperationalError("SELECT", {}, ConnectionError("cut off"))

    await run_safely(Job("dig", 1, dig))

    assert "job_database_away" in caplog.text
    assert "Traceback" not in caplog.text


async def test_a_run_that_goes_on_is_not_started_a_second_time_in_any_process(database: Database) -> None:
    running, most, ended = 0, 0, 0

    async def dig(_at: datetime) -> None:
        nonlocal running, most, ended
        running += 1
        most = max(most, running)
        await asyncio.sleep(1.2)
        running, ended = running - 1, ended + 1

    async with working(database, Job("dig", 1, dig), processes=2):
        await until(lambda: ended >= 2)

    assert most == 1


async def test_what_is_being_done_is_told_to_end_and_waited_for(database: Database) -> None:
    said: list[str] = []

    async def send(_at: datetime) -> None:
        said.append("begun")
        try:
            await asyncio.sleep(60)
        finally:
            await asyncio.sleep(0.1)  # a message that is on its way
            said.append("recorded")

    async with working(database, Job("send", 1, send, account="telegram:1")):
        await until(lambda: said)

    assert said == ["begun", "recorded"]


class TestWorkers:
    """On PostgreSQL: woken with the commit, taken over when one dies, and as well after the database was away."""

    @pytest.fixture
    def engine(self, postgres_engine: Postgres) -> Postgres:
        return postgres_engine

    async def test_a_change_wakes_the_job_when_it_is_committed_and_only_then(
        self, database: Database, hourly: Callable[..., Job]
    ) -> None:
        runs: Seen = []

        async def dig(at: datetime) -> None:
            runs.append(at)

        async with working(database, hourly(dig)):
            await until(lambda: len(runs) == 1)  # at its start
            with contextlib.suppress(ZeroDivisionError):
                async with database.changing() as session:
                    wake(session, "dig")
                    raise ZeroDivisionError
            async with database.changing() as session:
                wake(session, "dig")
                wake(session, "dig")
            await until(lambda: len(runs) == 2)
            await asyncio.sleep(1.5)

        assert len(runs) == 2

    async def test_what_a_dead_worker_did_is_taken_over_with_its_lock(
        self, database: Database, hourly: Callable[..., Job], monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(workers, "HEARTBEAT_SECONDS", 0.2)
        monkeypatch.setattr(workers, "DEAD_AFTER_SECONDS", 1.0)
        runs: Seen = []

        async def dig(at: datetime) -> None:
            runs.append(at)

        await self.die_in_the_middle(database, "dig")
        async with working(database, hourly(dig)):
            await until(lambda: runs)

    async def test_a_run_that_another_has_taken_over_is_told_to_end(
        self, database: Database, hourly: Callable[..., Job], monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(workers, "HEARTBEAT_SECONDS", 0.2)
        told_to_end: Seen = []
        runs: Seen = []

        async def poll(at: datetime) -> None:
            runs.append(at)
            try:
                await asyncio.sleep(60)
            finally:
                told_to_end.append(at)

        async with working(database, hourly(poll, "poll")):
            await until(lambda: runs)
            await self.take_over_what_runs(database, "poll")
            await until(lambda: told_to_end)
            await until(lambda: len(runs) == 2)

            assert told_to_end == runs[:1]

    async def take_over_what_runs(self, database: Database, name: str) -> None:
        """What another worker does when this one was silent for too long: its machine slept, or was very busy."""
        async with database.changing() as session:
            await session.execute(text("DELETE FROM procrastinate_jobs WHERE status = 'doing'"))
            wake(session, name)

    async def test_a_worker_leaves_alone_what_it_cannot_do(
        self, database: Database, hourly: Callable[..., Job]
    ) -> None:
        runs: Seen = []

        async def dig(at: datetime) -> None:
            runs.append(at)

        async with database.changing() as session:
            wake(session, "of_the_next_release")
        async with working(database, hourly(dig)):
            await until(lambda: runs)
        async with working(database, hourly(dig, "of_the_next_release")):
            await until(lambda: len(runs) == 3)  # what waited, and once at its start

    async def test_what_waits_is_not_put_in_line_again_and_again_while_a_run_goes_on(self, database: Database) -> None:
        """The database server would log each try as an error: one a second for as long as a process polls."""
        runs: Seen = []

        async def poll(at: datetime) -> None:
            runs.append(at)
            await asyncio.sleep(60)

        async with working(database, Job("poll", 1, poll), processes=2):
            await until(lambda: runs)
            await asyncio.sleep(4)
            async with database.reading() as session:
                tries = await session.scalar(text("SELECT last_value FROM procrastinate_jobs_id_seq"))

        assert tries <= 4

    async def die_in_the_middle(self, database: Database, name: str) -> None:
        """What a worker leaves behind that was killed while it ran the job."""
        async with database.changing() as session:
            wake(session, name)
        async with database.changing() as session:
            dead = "INSERT INTO procrastinate_workers DEFAULT VALUES RETURNING id"
            number = await session.scalar(text(dead))
            await session.execute(
                text("UPDATE procrastinate_jobs SET status = 'doing', worker_id = :number"), {"number": number}
            )

    async def test_workers_go_on_when_the_database_cuts_all_connections(self, database: Database) -> None:
        runs: Seen = []

        async def dig(at: datetime) -> None:
            runs.append(at)
            await asyncio.sleep(0.3)

        async with working(database, Job("dig", 1, dig), processes=2):
            await until(lambda: runs)
            await cut_all(database)
            count = len(runs)
            await until(lambda: len(runs) >= count + 2)


class TestNews:
    """All processes hear of it at once, on PostgreSQL."""

    @pytest.fixture
    def engine(self, postgres_engine: Postgres) -> Postgres:
        return postgres_engine

    async def test_news_is_heard_after_the_commit_and_when_the_line_is_back(self, database: Database) -> None:
        heard: list[str] = []

        async def hear() -> None:
            heard.append("index")

        task = asyncio.create_task(listen(database, {"index": hear}))
        await until(lambda: heard)  # once connected: something may have been missed before
        with contextlib.suppress(ZeroDivisionError):
            async with database.changing() as session:
                tell(session, "index")
                raise ZeroDivisionError
        async with database.changing() as session:
            tell(session, "index")
            await asyncio.sleep(0.2)
            assert len(heard) == 1
        await until(lambda: len(heard) == 2)
        await cut_all(database)
        await until(lambda: len(heard) == 3)
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)


async def cut_all(database: Database) -> None:
    """As when the server is started again."""
    async with database.reading() as session:
        others = "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = current_database()"
        await session.execute(text(f"{others} AND pid <> pg_backend_pid()"))

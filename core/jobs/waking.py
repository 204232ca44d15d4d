"""Waking a job in the very transaction that makes work for it: both are there after the commit, or neither."""

from functools import partial

from sqlalchemy.ext.asyncio import AsyncSession

from core.database import before_commit

BUILD_INDEX = "build_index"  # the job that a publication wakes


def wake(session: AsyncSession, name: str) -> None:
    """Have this job run right after the commit, on PostgreSQL; the clock of SQLite's one process comes by in a moment.

    Once for a transaction. A job that goes on is woken again when it has ended: it may have looked too early.
    """
    if session.get_bind().dialect.name == "postgresql":
        before_commit(session, f"wake {name}", partial(_defer, name=name))


async def _defer(session: AsyncSession, *, name: str) -> None:
    from procrastinate.manager import JobManager  # a third of a second, and on SQLite nobody needs it
    from procrastinate.psycopg_connector import PsycopgConnector
    from procrastinate.tasks import configure_task

    connection = (await (await session.connection()).get_raw_connection()).driver_connection
    unopened = JobManager(PsycopgConnector())  # words the statement; the session's own connection runs it
    job = configure_task(name=name, job_manager=unopened, lock=name, queue=name, connection=connection)
    await job.defer_async()

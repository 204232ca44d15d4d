"""Brings the tables of a database to the newest form: ours, and on PostgreSQL those of the engine of jobs.

Running it again, or in two processes, is harmless.
"""

import asyncio
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

from sqlalchemy import Connection, inspect, text
from sqlalchemy.exc import DBAPIError, OperationalError

from brobygger.moving_marks import check_is_home
from core.database import Database
from core.errors import SetupProblem

if TYPE_CHECKING:
    from alembic.config import Config

FOLDER = Path(__file__).resolve().parent.parent / "migrations"
# Who waits for us waits no longer than this before we let go and try again: after a second, PostgreSQL would end them.
MOST_WAITING, MOST_TRIES, PAUSE = "400ms", 60, 0.6
HELD = frozenset({"55P03", "40P01"})  # PostgreSQL's codes for a lock that was not given, and for a deadlock
LOCK = 7_202_611  # any number that no other program on this database uses for an advisory lock


async def migrate(database: Database, *, to: str = "head") -> None:
    """Run every migration that has not been run, or those up to one. Raises SetupProblem when that cannot be done.

    The previous release may be running meanwhile: its work waits for a moment, and fails in nothing. So each migration
    is a transaction of its own. In one for all, a later one could wait for somebody who waits for an earlier one.
    """
    stands_at = await _reach(database)
    if database.is_sqlite and stands_at == steps()[-1] and to == "head":
        return  # without Alembic, which takes a while to import; on PostgreSQL there are the tables of jobs too
    busy = 0
    while busy < MOST_TRIES:
        try:
            if not await _run_next(database, to):
                return
        except OperationalError as problem:
            if getattr(problem.orig, "sqlstate", None) not in HELD:
                raise _cannot_be_opened(problem) from None
            busy += 1
            await asyncio.sleep(PAUSE)
    raise SetupProblem(
        "Something has held tables of the database for a minute, a backup perhaps: try again when it has ended."
    )


async def has_tables(database: Database) -> bool:
    """Whether any migration has been run on this database. Raises SetupProblem when it cannot be opened."""
    return await _reach(database) is not None


async def _run_next(database: Database, to: str) -> bool:
    """Run the first migration that has not been run, at last those of the engine of jobs; whether there was one."""
    # SQLite has one writer; the second process waits here, and then finds nothing left to do.
    async with database.engine.execution_options(sqlite_begin="BEGIN IMMEDIATE").begin() as connection:
        if not database.is_sqlite:
            await connection.execute(text("SELECT pg_advisory_xact_lock(:lock)"), {"lock": LOCK})
            await connection.execute(text(f"SET LOCAL lock_timeout = '{MOST_WAITING}'"))
        if await connection.run_sync(_upgrade, to):
            return True
        if database.is_sqlite:
            return False
        from core.jobs.tables import upgrade_job_tables

        return await connection.run_sync(upgrade_job_tables)


@cache
def steps() -> tuple[str, ...]:
    """The migrations of this release, by their numbers."""
    return tuple(sorted(file.name[:4] for file in (FOLDER / "versions").glob("[0-9]*.py")))


async def _reach(database: Database) -> str | None:
    """Open it once: an address that is wrong in any way fails here, and one of a database that has moved away.

    Says at which migration it stands; None before the first.
    """
    try:
        async with database.engine.connect() as connection:
            await check_is_home(connection)
            return await connection.run_sync(_stands_at)
    except (DBAPIError, OSError) as problem:
        raise _cannot_be_opened(problem) from None


def _cannot_be_opened(problem: Exception) -> SetupProblem:
    reason = str(getattr(problem, "orig", problem)).strip().splitlines()[0]
    return SetupProblem(
        f"The database cannot be opened ({reason}). Check DATABASE_URL, that the folder can be written to, and that"
        " the database server runs."
    )


def _stands_at(connection: Connection) -> str | None:
    if not inspect(connection).has_table("alembic_version"):
        return None
    at: str | None = connection.scalar(text("SELECT version_num FROM alembic_version"))
    return at


def alembic_config() -> "Config":
    """Alembic's settings; the connection is put into its attributes."""
    from alembic.config import Config

    config = Config()
    config.set_main_option("script_location", str(FOLDER))
    return config


def _upgrade(connection: Connection, to: str) -> bool:
    from alembic import command
    from alembic.runtime.migration import MigrationContext
    from alembic.script import ScriptDirectory
    from alembic.script.revision import ResolutionError
    from alembic.util import CommandError

    config = alembic_config()
    config.attributes["connection"] = connection
    is_at = MigrationContext.configure(connection).get_current_revision()
    try:
        waiting = list(ScriptDirectory.from_config(config).iterate_revisions(to, is_at or "base"))
        if waiting:
            command.upgrade(config, waiting[-1].revision)
    except (CommandError, ResolutionError):
        raise SetupProblem(
            "The database is of a newer release of Brobygger than this one: start that release, or restore a backup."
        ) from None
    return bool(waiting)

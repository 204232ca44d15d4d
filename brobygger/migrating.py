"""Brings the tables of a database to the newest form: ours, and on PostgreSQL those of the engine of jobs.

Running it again, or in two processes, is harmless.
"""

from pathlib import Path

from alembic import command
from alembic.config import Config
from alembic.util import CommandError
from sqlalchemy import Connection, text
from sqlalchemy.exc import DBAPIError, OperationalError

from brobygger.moving_marks import check_is_home
from core.database import Database
from core.errors import SetupProblem
from core.jobs.tables import upgrade_job_tables

FOLDER = Path(__file__).resolve().parent.parent / "migrations"
LOCK = 7_202_611  # any number that no other program on this database uses for an advisory lock


async def migrate(database: Database) -> None:
    """Run every migration that has not been run. Raises SetupProblem when the database cannot be reached."""
    await _reach(database)
    try:
        # SQLite has one writer; the second process waits here, and then finds nothing left to do.
        async with database.engine.execution_options(sqlite_begin="BEGIN IMMEDIATE").begin() as connection:
            if not database.is_sqlite:
                await connection.execute(text("SELECT pg_advisory_xact_lock(:lock)"), {"lock": LOCK})
            await connection.run_sync(_upgrade)
            if not database.is_sqlite:
                await connection.run_sync(upgrade_job_tables)
    except CommandError:
        raise SetupProblem(
            "The database is of a newer release of Brobygger than this one: start that release, or restore a backup."
        ) from None
    except OperationalError as problem:
        raise _cannot_be_opened(problem) from None


async def _reach(database: Database) -> None:
    """Open it once: an address that is wrong in any way fails here, and one of a database that has moved away."""
    try:
        async with database.engine.connect() as connection:
            await check_is_home(connection)
    except (DBAPIError, OSError) as problem:
        raise _cannot_be_opened(problem) from None


def _cannot_be_opened(problem: Exception) -> SetupProblem:
    reason = str(getattr(problem, "orig", problem)).strip().splitlines()[0]
    return SetupProblem(
        f"The database cannot be opened ({reason}). Check DATABASE_URL, that the folder can be written to, and that"
        " the database server runs."
    )


def alembic_config() -> Config:
    """Alembic's settings; the connection is put into its attributes."""
    config = Config()
    config.set_main_option("script_location", str(FOLDER))
    return config


def _upgrade(connection: Connection) -> None:
    config = alembic_config()
    config.attributes["connection"] = connection
    command.upgrade(config, "head")

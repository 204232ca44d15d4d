"""What says that a database is not the one to start on: it has moved away, or a move into it has not ended."""

import sqlite3

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

from core.errors import SetupProblem

NOTES = "database_move"  # a table of the new database, for as long as the move has not ended (moving_notes.py)
MOVED_AWAY = 7_202_613  # SQLite's user_version: it stands in the file itself, so a copy of the file says it, too
HAS_MOVED = (
    "The database has moved to PostgreSQL: set DATABASE_URL to the new one. To go back to this one, restore a backup"
    " of it (docs/operating.md, Moving to PostgreSQL)."
)
NOT_ENDED = (
    "A move into this database has not ended: run brobygger move-database again, with DATABASE_URL set to the old one."
)


async def check_is_home(connection: AsyncConnection) -> None:
    """Whether this is the one database of the installation. Raises SetupProblem."""
    if connection.dialect.name == "sqlite":
        if await connection.scalar(text("PRAGMA user_version")) == MOVED_AWAY:
            raise SetupProblem(HAS_MOVED)
    elif await connection.scalar(text("SELECT to_regclass(:notes)"), {"notes": f"public.{NOTES}"}) is not None:
        raise SetupProblem(NOT_ENDED)


def has_moved(source: sqlite3.Connection) -> bool:
    """Whether everything in it has gone to another database."""
    return bool(source.execute("PRAGMA user_version").fetchone() == (MOVED_AWAY,))


def mark_as_moved(source: sqlite3.Connection) -> None:
    """Brobygger does not start on it any more; not one row is touched. Commits."""
    source.execute(f"PRAGMA user_version = {MOVED_AWAY}")
    source.execute("COMMIT")

"""`brobygger seal`: brings every stored address under the present key, from none, from an earlier key, or back to none.

It may be ended at any time and run again: a value that is under the present key already stays as it is, and no process
starts on a database in which it has not finished.
"""

import contextlib
import sqlite3

from sqlalchemy import String, bindparam, func, select, text, type_coerce, update
from sqlalchemy.engine import make_url
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.sql.schema import Column

from brobygger.migrating import migrate
from brobygger.preparing import one_at_a_time
from brobygger.progress import ProgressLine
from core.database import Database
from core.errors import SetupProblem
from core.seal_record import OTHER_KEY, SealRecord, sealed_columns
from core.sealing import SealBroken
from core.settings import Settings

BATCH = 1000
IN_USE = "The database is in use: stop everything first, brobygger and whatever else has it open."
NO_KEY_FITS = (
    "A value in {column} opens with none of the keys: set BROBYGGER_ADDRESS_KEY_OLD to the key that it was sealed with,"
    " and run this again."
)


async def reseal(settings: Settings, *, progress: ProgressLine) -> int:
    """Close all addresses with the present key, while nothing else runs; how many were changed. Raises SetupProblem."""
    database = Database(settings.database_url, settings.seal)
    try:
        with one_at_a_time(settings):
            if database.is_sqlite:
                _check_file_is_ours(database)
            await migrate(database)  # which also makes every table with sealed columns known
            if not database.is_sqlite:
                await _check_server_is_ours(database)
            await _begin(database)
            changed = 0
            for column in sealed_columns():
                changed += await _reseal_column(database, column, progress)
            await _end(database)
            return changed
    finally:
        await database.close()


async def _begin(database: Database) -> None:
    """From here on nothing starts. Nothing is touched when a key is missing that will be needed."""
    seal = database.seal
    async with database.changing() as session:
        record = await session.get(SealRecord, 1)
        if record is None:
            record = SealRecord(id=1, check_value="", is_complete=True)
            session.add(record)
        if not seal.knows(record.check_value):
            raise SetupProblem(OTHER_KEY)
        record.check_value, record.is_complete = seal.check_value, False


async def _reseal_column(database: Database, column: Column[str], progress: ProgressLine) -> int:
    table = column.table
    (key,) = table.primary_key.columns
    async with database.reading() as session:
        of = await session.scalar(select(func.count()).select_from(table)) or 1
    last, done, changed = 0, 0, 0
    while True:
        async with database.changing() as session:
            stored = select(key, type_coerce(column, String).label("stored")).where(key > last)
            rows = (await session.execute(stored.order_by(key).limit(BATCH))).all()
            if not rows:
                return changed
            changed += await _rewrite(session, database, column, [(row[0], row[1]) for row in rows])
            last, done = rows[-1][0], done + len(rows)
        progress(f"sealing {column}", min(done, of), of)


async def _rewrite(
    session: AsyncSession, database: Database, column: Column[str], rows: list[tuple[int, str | None]]
) -> int:
    purpose, seal = column.type.purpose, database.seal  # type: ignore[attr-defined]
    new = []
    for row, stored in rows:
        try:
            closed = seal.close(seal.open_surely(stored, purpose), purpose) if stored else stored
        except SealBroken:
            raise SetupProblem(NO_KEY_FITS.format(column=column)) from None
        if closed != stored:
            new.append({"row": row, "closed": closed})
    if new:
        (key,) = column.table.primary_key.columns
        as_it_is = type_coerce(bindparam("closed"), String)
        changing = update(column.table).where(key == bindparam("row")).values({column: as_it_is})
        await (await session.connection()).execute(changing, new)
    return len(new)


async def _end(database: Database) -> None:
    """The key holds from now on, and of what stood there before nothing is left in the file."""
    for table in {column.table.name: None for column in sealed_columns()}:
        if not database.is_sqlite:  # there deleting overwrites
            async with database.engine.connect() as connection:
                free = await connection.execution_options(isolation_level="AUTOCOMMIT")
                await free.execute(text(f'VACUUM FULL "{table}"'))
    async with database.changing() as session:
        (await session.get_one(SealRecord, 1)).is_complete = True


def _check_file_is_ours(database: Database) -> None:
    """Leaving the write-ahead log needs the file for oneself alone: every process that has it open is noticed."""
    path = make_url(database.url).database or ":memory:"
    with contextlib.closing(sqlite3.connect(path, timeout=1, isolation_level=None)) as connection:
        try:
            if connection.execute("PRAGMA journal_mode=DELETE").fetchone() != ("delete",):
                raise SetupProblem(IN_USE)
        except sqlite3.OperationalError:
            raise SetupProblem(IN_USE) from None


async def _check_server_is_ours(database: Database) -> None:
    others = text(
        "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()"
        " AND backend_type = 'client backend'"
    )
    await database.engine.dispose()  # our own others
    async with database.reading() as session:
        if await session.scalar(others):
            raise SetupProblem(IN_USE)

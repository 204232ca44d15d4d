"""Moves an installation from SQLite to PostgreSQL: all rows, compared afterwards; what was broken off goes on.

The old database stands still meanwhile, and says ever after that it has moved. The new one can only be started on when
all is there. So there is never more than one that sends.
"""

import asyncio
import contextlib
import sqlite3
import time
from collections.abc import Iterator
from dataclasses import dataclass
from hashlib import blake2b
from itertools import chain
from pathlib import Path

import psycopg
from alembic.script import ScriptDirectory
from psycopg import sql

from brobygger import moving_notes as notes
from brobygger.backing_up import IN_USE, insist_on_alone, opened, path_of
from brobygger.backing_up_postgres import CANNOT_OPEN, has_others, list_table_names, plain, reason
from brobygger.migrating import alembic_config, migrate
from brobygger.moving_marks import HAS_MOVED, NOTES, has_moved, mark_as_moved
from brobygger.moving_tables import SCHEMA, Content, MovedTable, content_of_new, content_of_old, list_tables
from brobygger.preparing import one_at_a_time
from brobygger.progress import ProgressLine, say
from core.database import Database
from core.errors import SetupProblem
from core.sealing import NO_SEAL
from core.settings import Settings

VERSION = "alembic_version"
SECONDS_TO_LET_GO = 10  # the server needs a moment to notice that a killed move is gone
NOT_EMPTY = (
    "The new database is not empty ({table} has rows), and they did not come by this move. Make a new one (createdb)"
    " and name that, so that nothing is mixed or lost."
)


@dataclass(frozen=True, slots=True)
class Compared:
    """One table on both sides, when all rows were moved."""

    table: str
    old: Content
    new: Content


def move(settings: Settings, to: str) -> list[Compared]:
    """Move everything from DATABASE_URL, which is SQLite, to an empty database of PostgreSQL. Raises SetupProblem.

    Told again after it was killed, it goes on where it was. It has ended when no table differs: only then is the old
    database marked as moved, and the new one free to be started on.
    """
    if not settings.is_sqlite:
        raise SetupProblem("DATABASE_URL is PostgreSQL already: only SQLite moves.")
    if not to.startswith("postgresql"):
        raise SetupProblem("--to is no database of PostgreSQL: write postgresql://user@host/name.")
    with one_at_a_time(settings), _standing_still(path_of(settings)) as (source, state), _alone_in(to) as target:
        if not has_moved(source):
            tables = _prepare(source, state, target, to)
            _copy_all(source, target, tables)
        elif notes.find_source(target) is not None:  # killed at the very end
            tables = _list_tables(to)
        else:
            raise SetupProblem(HAS_MOVED)
        compared = _compare(source, target, tables)
        if all(one.old == one.new for one in compared):
            mark_as_moved(source)
            notes.end(target)
        return compared


@contextlib.contextmanager
def _standing_still(path: Path) -> Iterator[tuple[sqlite3.Connection, str]]:
    """The old database, in a transaction that keeps all others from writing, and writes nothing itself; its state."""
    if not path.exists():
        raise SetupProblem(f"There is no database at {path}: check DATABASE_URL.")
    with opened(path) as source:
        insist_on_alone(source)
        state = _state_of(path)
        source.execute("BEGIN IMMEDIATE")
        if source.execute("PRAGMA journal_mode").fetchone() != ("delete",):  # somebody has come in between
            raise SetupProblem(IN_USE)
        if source.execute("SELECT 1 FROM sqlite_master WHERE name = ?", [VERSION]).fetchone() is None:
            raise SetupProblem(f"{path} is no database of Brobygger: check DATABASE_URL.")
        head = ScriptDirectory.from_config(alembic_config()).get_current_head()
        if source.execute(f"SELECT version_num FROM {VERSION}").fetchone() != (head,):  # noqa: S608
            raise SetupProblem("The old database is not of this release: run brobygger migrate first.")
        yield source, state


@contextlib.contextmanager
def _alone_in(to: str) -> Iterator[psycopg.Connection]:
    try:
        address = plain(to).render_as_string(hide_password=False)
        with contextlib.closing(psycopg.connect(address, autocommit=True)) as target:
            target.execute("SET TIME ZONE 'UTC'")  # SQLite's moments say no zone
            until = time.monotonic() + SECONDS_TO_LET_GO
            while has_others(target):
                if time.monotonic() > until:
                    raise SetupProblem("The new database is in use: end whatever else has it open.")
                time.sleep(0.2)
            yield target
    except psycopg.OperationalError as problem:
        raise SetupProblem(
            f"{CANNOT_OPEN.format(reason(str(problem).encode()))} If that happened on the way: run the same command"
            " again, and it goes on."
        ) from None


# Before the first row


def _prepare(source: sqlite3.Connection, state: str, target: psycopg.Connection, to: str) -> list[MovedTable]:
    """See that the new database has our tables, and nothing in them but what this move has brought."""
    known = notes.find_source(target)
    if known is None:
        _check_empty(target)
        asyncio.run(_migrate(to))
    tables = _list_tables(to)
    _check_same_columns(source, tables)
    if known is not None and known != state:
        say("The old database was written to since the move was begun: beginning again.")
        names = sql.SQL(", ").join(sql.Identifier(SCHEMA, one.name) for one in tables)
        target.execute(sql.SQL("TRUNCATE {} RESTART IDENTITY").format(names))
    if known != state:
        notes.begin(target, state)
    return tables


def _state_of(path: Path) -> str:
    """What changes whenever the file is changed: its header counts that, outside of the write-ahead log.

    Wrong: read the file while SQLite holds a lock on it: closing any handle of this process lets all its locks go.
    Correct: read it before.
    """
    with path.open("rb") as file:
        return blake2b(file.read(100), digest_size=16).hexdigest()


def _check_empty(target: psycopg.Connection) -> None:
    names = list_table_names(target)
    if names and VERSION not in names:
        raise SetupProblem("The new database holds tables of another program: make an empty one (createdb).")
    for name in names:
        rows = sql.SQL("SELECT 1 FROM {} LIMIT 1").format(sql.Identifier(SCHEMA, name))
        if not _stays(name) and target.execute(rows).fetchone() is not None:
            raise SetupProblem(NOT_EMPTY.format(table=name))


def _stays(name: str) -> bool:
    """What belongs to the database and not to what is in it: the form of its tables, jobs, the move itself."""
    return name in (VERSION, NOTES) or name.startswith("procrastinate_")


async def _migrate(to: str) -> None:
    database = Database(to, NO_SEAL)  # rows are moved as they are, closed
    try:
        await migrate(database)
    finally:
        await database.close()


def _list_tables(to: str) -> list[MovedTable]:
    return list_tables(plain(to).set(drivername="postgresql+psycopg"), left_out=_stays)


def _check_same_columns(source: sqlite3.Connection, tables: list[MovedTable]) -> None:
    """Nothing is left behind because this release does not know it."""
    old = source.execute("SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite_%'")
    theirs = {
        name: {column for _, column, *_ in source.execute(f'PRAGMA table_info("{name}")')}
        for (name,) in old.fetchall()
        if not _stays(name)
    }
    ours = {table.name: set(table.kinds) for table in tables}
    if theirs != ours:
        different = sorted(name for name in {*theirs, *ours} if theirs.get(name) != ours.get(name))
        raise SetupProblem(
            f"The tables of the two databases differ ({', '.join(different)}): the move may have been begun with"
            " another release. Make an empty database (createdb) and begin again."
        )


# The rows


def _copy_all(source: sqlite3.Connection, target: psycopg.Connection, tables: list[MovedTable]) -> None:
    progress = ProgressLine()
    for place, table in enumerate(tables):
        while _copy_next(source, target, table):
            progress(f"Moving {table.name}", place, len(tables))
        _set_sequence(source, target, table)
    progress.end()
    target.execute("ANALYZE")


def _copy_next(source: sqlite3.Connection, target: psycopg.Connection, table: MovedTable) -> bool:
    """Bring the next rows over, and with them how far we are; whether there were any."""
    after = notes.get_reached(target, table.name)
    rows = table.read_old(source, after=after)
    row = next(rows, None)
    if row is None:
        return False
    try:
        with target.transaction():
            with target.cursor().copy(_copying(table)) as copying:
                for row in chain([row], rows):  # noqa: B020  # the last one is asked for its key
                    copying.write_row(row)
            notes.note_reached(target, table.name, table.key_of(row))
    except psycopg.OperationalError:
        raise
    except psycopg.DatabaseError:
        raise _refused(source, target, table, after=after) from None
    return True


def _copying(table: MovedTable) -> sql.Composed:
    columns = sql.SQL(", ").join(map(sql.Identifier, table.kinds))
    return sql.SQL("COPY {} ({}) FROM STDIN").format(sql.Identifier(SCHEMA, table.name), columns)


def _refused(
    source: sqlite3.Connection, target: psycopg.Connection, table: MovedTable, *, after: object
) -> SetupProblem:
    """Which row the new database does not take, without what stands in it."""
    which, why = "a row", "it did not say why"
    with target.transaction(force_rollback=True):
        for row in table.read_old(source, after=after):
            try:
                with target.transaction(), target.cursor().copy(_copying(table)) as copying:
                    copying.write_row(row)
            except psycopg.DatabaseError as problem:
                which = f"the row whose {table.key} is {table.key_of(row)}"
                why = problem.diag.message_primary or reason(str(problem).encode())
                break
    return SetupProblem(
        f"PostgreSQL does not take {which} of {table.name} ({why}). Nothing is lost: mend that row in the old database,"
        " and run the same command again."
    )


def _set_sequence(source: sqlite3.Connection, target: psycopg.Connection, table: MovedTable) -> None:
    """The next new row gets a number that none has had."""
    name, key = sql.Identifier(SCHEMA, table.name), sql.Identifier(table.key)
    query = sql.SQL("SELECT pg_get_serial_sequence(%s, %s), max({})::text FROM {}").format(key, name)
    sequence, greatest = target.execute(query, [f'{SCHEMA}."{table.name}"', table.key]).fetchone() or (None, None)
    if sequence is None:
        return
    # Where SQLite itself remembers what it gave, numbers of rows that are gone are not given again either.
    given = 0
    if source.execute("SELECT 1 FROM sqlite_master WHERE name = 'sqlite_sequence'").fetchone():
        (given,) = source.execute("SELECT max(seq) FROM sqlite_sequence WHERE name = ?", [table.name]).fetchone()
    last = max(int(greatest or 0), given or 0)
    if last:
        target.execute("SELECT setval(%s, %s)", [sequence, last])


def _compare(source: sqlite3.Connection, target: psycopg.Connection, tables: list[MovedTable]) -> list[Compared]:
    progress = ProgressLine()
    compared = []
    for place, table in enumerate(tables):
        progress(f"Comparing {table.name}", place, len(tables))
        compared.append(Compared(table.name, content_of_old(source, table), content_of_new(target, table)))
    progress.end()
    return compared

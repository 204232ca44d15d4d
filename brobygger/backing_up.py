"""Backups of the whole database, and what must hold after one was restored: nothing is sent until somebody arms."""

import contextlib
import sqlite3
from collections.abc import Callable, Collection, Iterator
from datetime import datetime
from functools import partial
from pathlib import Path

from sqlalchemy.engine import make_url

from broadcasts.delivery.restoring import hold_back_all
from brobygger import backing_up_postgres as postgres
from brobygger.migrating import migrate
from brobygger.preparing import one_at_a_time
from core.database import Database
from core.errors import SetupProblem
from core.sealing import Seal
from core.settings import Settings

SQLITE_FILE = b"SQLite format 3\0"
PEOPLE = ("people", "staff_members")
IN_USE = "The database is in use: stop brobygger run, chat and worker first, and whatever else has it open."
HAS_PEOPLE = (
    "The database has people in it: residents, or staff. Back it up first, then use --replace. All that is in it now"
    " is lost then."
)


def back_up(settings: Settings, file: Path) -> None:
    """Write everything into one file, as it is at one moment, while other processes go on. Raises SetupProblem."""
    if file.exists():
        raise SetupProblem(f"{file} is there already: choose another name, so that no backup is lost.")
    # Others never see half a file; it holds what residents and staff wrote, so only its owner may read it.
    half = file.with_name(f"{file.name}.part")
    try:
        half.unlink(missing_ok=True)
        half.touch(mode=0o600)
        if settings.is_sqlite:
            _back_up_sqlite(path_of(settings), half)
        else:
            postgres.dump(settings.database_url, half)
        half.rename(file)
    except OSError as problem:
        raise SetupProblem(f"{file} cannot be written ({problem.strerror}).") from None
    finally:
        with contextlib.suppress(OSError):
            half.unlink(missing_ok=True)


async def restore(settings: Settings, file: Path, *, replace: bool, at: datetime) -> None:
    """Put a backup in the place of the database: all of it, or nothing if anything is wrong. Raises SetupProblem.

    A database that has people in it is only replaced when told so, and none that another process has open. The restored
    one is not armed, from its first moment on; it has the newest form, and nothing in it waits to go out by itself.
    """
    _check_kind(settings, file)
    with one_at_a_time(settings):
        if not settings.is_sqlite:
            postgres.load(settings.database_url, file, check=partial(check_may_go, replace=replace))
            await _bring_up_to_date(settings.database_url, settings.seal, at=at)
            return
        path = path_of(settings)
        _check_sqlite(path, replace=replace)
        with _beside(path) as new:
            _copy(file, new)
            await _bring_up_to_date(f"sqlite+aiosqlite:///{new}", settings.seal, at=at)
            _copy(new, path)


async def _bring_up_to_date(url: str, seal: Seal, *, at: datetime) -> None:
    database = Database(url, seal)
    try:
        await migrate(database)
        async with database.changing() as session:
            await hold_back_all(session, at=at)
    finally:
        await database.close()


def _check_kind(settings: Settings, file: Path) -> None:
    try:
        with file.open("rb") as opened:
            begin = opened.read(len(SQLITE_FILE))
    except OSError as problem:
        raise SetupProblem(f"{file} cannot be read ({problem.strerror}).") from None
    is_sqlite, is_postgres = begin == SQLITE_FILE, begin.startswith(postgres.DUMP_FILE)
    if not (is_sqlite or is_postgres):
        raise SetupProblem(f"{file} is no backup that brobygger backup has made.")
    if is_sqlite != settings.is_sqlite:
        made_of, wanted = ("SQLite", "PostgreSQL") if is_sqlite else ("PostgreSQL", "SQLite")
        raise SetupProblem(f"{file} is a backup of {made_of}, but DATABASE_URL is {wanted}: set it to what it was.")


def path_of(settings: Settings) -> Path:
    """Where the file of an SQLite database lies. Raises SetupProblem."""
    path = make_url(settings.database_url).database
    if not path or path == ":memory:" or path.startswith("file:"):
        raise SetupProblem("DATABASE_URL is no file: there is nothing to back up or to restore.")
    return Path(path)


def _back_up_sqlite(source: Path, target: Path) -> None:
    if not source.exists():
        raise SetupProblem(f"There is no database at {source}: check DATABASE_URL.")
    _copy(source, target)
    with opened(target) as copied:
        # One file, without -wal and -shm beside it, wherever it is carried to.
        copied.execute("PRAGMA journal_mode=DELETE")
        if copied.execute("PRAGMA quick_check").fetchone() != ("ok",):
            raise SetupProblem(f"{source} is damaged: this backup would be, too. Restore an earlier one.")


def _copy(source: Path, target: Path) -> None:
    """By SQLite's own means: consistent while others write to the source, and the target's owner stays the same."""
    with opened(source) as old, opened(target) as new:
        old.backup(new)


def _check_sqlite(path: Path, *, replace: bool) -> None:
    if not path.exists():
        return
    with opened(path) as connection:
        insist_on_alone(connection)
        tables = {name for (name,) in connection.execute("SELECT name FROM sqlite_master WHERE type = 'table'")}

        def has_rows(table: str) -> bool:
            return connection.execute(f"SELECT 1 FROM {table} LIMIT 1").fetchone() is not None  # noqa: S608

        check_may_go(tables, has_rows, replace=replace)


def insist_on_alone(connection: sqlite3.Connection) -> None:
    """Raises SetupProblem when another process has the database open."""
    # Leaving the write-ahead log needs the file for oneself alone: every process that has it open is noticed.
    if connection.execute("PRAGMA journal_mode=DELETE").fetchone() != ("delete",):
        raise SetupProblem(IN_USE)


def check_may_go(tables: Collection[str], has_rows: Callable[[str], bool], *, replace: bool) -> None:
    """Whether what is in a database now may go. Raises SetupProblem."""
    if not tables:
        return
    if "alembic_version" not in tables:
        raise SetupProblem("The database holds tables of another program: check DATABASE_URL.")
    if not replace and any(has_rows(table) for table in PEOPLE if table in tables):
        raise SetupProblem(HAS_PEOPLE)


@contextlib.contextmanager
def opened(path: Path) -> Iterator[sqlite3.Connection]:
    """An SQLite database; whatever is wrong with it becomes a SetupProblem."""
    try:
        with contextlib.closing(sqlite3.connect(path, timeout=1, isolation_level=None)) as connection:
            yield connection
    except sqlite3.OperationalError as problem:
        if "locked" in str(problem):
            raise SetupProblem(IN_USE) from None
        raise SetupProblem(f"{path} cannot be opened as a database ({problem}).") from None
    except sqlite3.DatabaseError as problem:
        raise SetupProblem(f"{path} is no database, or damaged ({problem}).") from None


@contextlib.contextmanager
def _beside(path: Path) -> Iterator[Path]:
    """A place for a new database, on the same disk; nothing is left of it."""
    new = path.with_name(f"{path.name}.restoring")
    everything = [new.with_name(new.name + end) for end in ("", "-wal", "-shm", "-journal")]
    try:
        for one in everything:
            one.unlink(missing_ok=True)
        new.touch(mode=0o600)
        yield new
    except OSError as problem:
        raise SetupProblem(f"{path.parent} cannot be written to ({problem.strerror}).") from None
    finally:
        for one in everything:
            with contextlib.suppress(OSError):
                one.unlink(missing_ok=True)

"""One database, two engines: SQLite in a file (default) or PostgreSQL. The rest of the project sees sessions only."""

import asyncio
import contextlib
import math
import sqlite3
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from sqlalchemy import DateTime, MetaData, Table, create_engine, event, func, inspect, select
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.engine import Connection, Dialect, Engine, make_url
from sqlalchemy.engine.interfaces import DBAPIConnection
from sqlalchemy.exc import DisconnectionError, OperationalError
from sqlalchemy.ext.asyncio import AsyncEngine, AsyncSession, async_sessionmaker, create_async_engine
from sqlalchemy.orm import DeclarativeBase, Session
from sqlalchemy.pool import ConnectionPoolEntry
from sqlalchemy.types import TypeDecorator

from core.errors import SetupProblem
from core.sealing import NO_SEAL, Seal, set_seal

POOL = 5  # connections to PostgreSQL that a process keeps, and as many more when they are needed
RESTED = 1.0  # seconds
BUSY_SECONDS, BUSY_PAUSE = 10.0, 0.01  # how long another process may change an SQLite file, and how often we ask
CHANGES_TO_GATHER = 100  # then the log beside an SQLite file is brought into it

NAMING = {
    "ix": "ix_%(column_0_label)s",
    "uq": "uq_%(table_name)s_%(column_0_name)s",
    "ck": "ck_%(table_name)s_%(constraint_name)s",
    "fk": "fk_%(table_name)s_%(column_0_name)s_%(referred_table_name)s",
    "pk": "pk_%(table_name)s",
}


class Base(DeclarativeBase):
    """All tables of all rooms."""

    metadata = MetaData(naming_convention=NAMING)


class Instant(TypeDecorator[datetime]):
    """A moment: aware and UTC on both databases. A naive datetime is refused."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        if value is None:
            return None
        if value.tzinfo is None:
            raise ValueError("a moment needs a zone: pass an aware datetime")
        return value.astimezone(UTC)

    def process_result_value(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        if value is None:
            return None
        return value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)


class Database:
    """Sessions for reading and for changing. Close it when the process ends.

    SQLite has one writer at a time: within a process they wait in order, and hold no connection while they wait.
    Columns of the type ``Sealed`` are closed and opened with ``seal``.
    Raises SetupProblem when the folder of an SQLite file cannot be made, or when the file cannot be opened.
    """

    def __init__(self, url: str, seal: Seal = NO_SEAL) -> None:
        self.url = url
        self.seal = seal
        self.is_sqlite = url.startswith("sqlite")
        # hide_parameters: an error in the log must not show what a resident wrote.
        if self.is_sqlite:
            _make_folder(url)
            self.engine = create_async_engine(url, hide_parameters=True)
            event.listen(self.engine.sync_engine, "connect", _configure_sqlite)
            event.listen(self.engine.sync_engine, "begin", _begin_sqlite)
        else:
            self.engine = create_async_engine(url, pool_size=POOL, max_overflow=POOL, hide_parameters=True)
            _ask_after_rest(self.engine.sync_engine)
        set_seal(self.engine.dialect, seal)
        self._reading = async_sessionmaker(self.engine, expire_on_commit=False)
        self._at_once = _open_at_once(url, seal) if self.is_sqlite and not _is_in_memory(url) else None
        alone = self.engine.execution_options(isolation_level="AUTOCOMMIT")
        if self._at_once is not None:
            self._glancing = async_sessionmaker(expire_on_commit=False, sync_session_class=_bound_to(self._at_once))
        else:
            self._glancing = async_sessionmaker(alone, expire_on_commit=False)
        # SQLite takes its write lock at BEGIN: a read that later wants to write could fail at once instead of waiting.
        writing = self.engine.execution_options(sqlite_begin="BEGIN IMMEDIATE")
        self._changing = async_sessionmaker(writing, expire_on_commit=False)
        self._here = _Here(url, seal, self.engine) if self._at_once is not None else None
        self._changing_once = async_sessionmaker(alone, expire_on_commit=False)
        self._one_writer: AbstractAsyncContextManager[None] = (
            asyncio.Lock() if self.is_sqlite else contextlib.nullcontext()
        )

    @asynccontextmanager
    async def reading(self) -> AsyncIterator[AsyncSession]:
        """A session that only looks."""
        async with self._reading() as session:
            yield session

    @asynccontextmanager
    async def glancing(self) -> AsyncIterator[AsyncSession]:
        """A session that looks at one thing, or at several that need not be of one moment: no transaction to begin
        and to end, which takes longer than the look. PostgreSQL promises no more in ``reading`` either.

        An SQLite file is looked at here and now, for to wake its thread takes ten times as long as to look, and a
        reader waits for no writer. So it is for little: other turns wait meanwhile.
        """
        async with self._glancing() as session:
            yield session

    @asynccontextmanager
    async def changing(self) -> AsyncIterator[AsyncSession]:
        """A session whose changes are committed together at the end, or not at all."""
        async with self._one_writer, self._changing.begin() as session:
            yield session
            await _act_at_last(session)

    @asynccontextmanager
    async def changing_little(self) -> AsyncIterator[AsyncSession]:
        """As ``changing``, for a few small rows: an SQLite file is changed here and now, without its thread.

        To wake the thread for each statement takes longer than all of them; other turns wait meanwhile.
        """
        if self._here is None:
            async with self.changing() as session:
                yield session
            return
        async with self._one_writer, self._here.changing() as session:
            yield session
            await _act_at_last(session)

    @asynccontextmanager
    async def changing_once(self) -> AsyncIterator[AsyncSession]:
        """A session for a change that is one statement: PostgreSQL commits it by itself, without BEGIN and COMMIT."""
        if self.is_sqlite:
            async with self.changing_little() as session:
                yield session
            return
        async with self._changing_once() as session:
            yield session

    async def close(self) -> None:
        """Let go of all connections."""
        if self._here is not None:
            await self._here.close()
        if self._at_once is not None:
            self._at_once.dispose()
        await self.engine.dispose()


class _CursorHere(sqlite3.Cursor):
    async def _async_soft_close(self) -> None:
        """An asynchronous session asks this of a statement that gives rows back; there is nothing to wait for."""


class _ConnectionHere(sqlite3.Connection):
    def cursor(self, factory: Any = _CursorHere) -> Any:
        return super().cursor(factory)


class _Here:
    """Changes an SQLite file without a thread of its own. Nobody else of this process changes it meanwhile.

    Neither of the two things that may take long happens here: another process that is changing the file is waited for
    between tries, and what has gathered in the log beside the file is brought into it by the thread of ``engine``.
    """

    def __init__(self, url: str, seal: Seal, engine: AsyncEngine) -> None:
        self._engine = _open_here(url, seal)
        event.listen(self._engine, "connect", _wait_for_nothing)
        event.listen(self._engine, "begin", _begin_sqlite)
        writing = self._engine.execution_options(sqlite_begin="BEGIN IMMEDIATE")
        self._sessions = async_sessionmaker(expire_on_commit=False, sync_session_class=_bound_to(writing))
        self._thread = engine
        self._changes = 0
        self._tidying: asyncio.Task[None] | None = None

    @asynccontextmanager
    async def changing(self) -> AsyncIterator[AsyncSession]:
        async with self._sessions() as session:
            await _begin_when_free(session)
            yield session
            await session.commit()
        self._changes += 1
        if self._changes >= CHANGES_TO_GATHER and (self._tidying is None or self._tidying.done()):
            self._changes, self._tidying = 0, asyncio.create_task(self._tidy())

    async def close(self) -> None:
        if self._tidying is not None and not self._tidying.done():
            await asyncio.wait([self._tidying])
        self._engine.dispose()

    async def _tidy(self) -> None:
        with contextlib.suppress(OperationalError):  # the next one will
            async with self._thread.connect() as connection:
                await connection.exec_driver_sql("PRAGMA wal_checkpoint(PASSIVE)")


async def _begin_when_free(session: AsyncSession) -> None:
    """Begin a change of an SQLite file when no other process changes it."""
    until = time.monotonic() + BUSY_SECONDS
    while True:
        try:
            await session.run_sync(Session.connection)
            return
        except OperationalError as problem:
            await session.rollback()
            code = getattr(problem.orig, "sqlite_errorcode", None)
            if code is None or code & 0xFF != sqlite3.SQLITE_BUSY or time.monotonic() > until:
                raise
            await asyncio.sleep(BUSY_PAUSE)


_LAST_OF_ALL = "before_commit"


async def _act_at_last(session: AsyncSession) -> None:
    for act in session.info.pop(_LAST_OF_ALL, {}).values():
        await act(session)


def before_commit(session: AsyncSession, name: str, act: Callable[[AsyncSession], Awaitable[None]]) -> None:
    """Do this at the end of the transaction, and in it; what has the same name is done once."""
    session.info.setdefault(_LAST_OF_ALL, {})[name] = act


def server_address(url: str) -> str:
    """A PostgreSQL database's address as the server's own programs read it, with the password."""
    return make_url(url).set(drivername="postgresql").render_as_string(hide_password=False)


async def add_unless_there(session: AsyncSession, table: type[Base], **values: object) -> bool:
    """Add a row unless a unique rule says that it is there already; whether it was added.

    Wrong: look, then add: two processes that look at the same moment both add, and one of them fails.
    Correct: one statement, which waits for the other process where it must.
    """
    adding = insert_for(session)(table).values(**values).on_conflict_do_nothing()
    return (await session.execute(adding.returning(*inspect(table).primary_key))).first() is not None


async def wait_for_turn(session: AsyncSession, lock: int) -> None:
    """Others that ask for the same lock wait until this transaction ends. SQLite, with one writer, needs no lock."""
    if session.get_bind().dialect.name == "postgresql":
        await session.execute(select(func.pg_advisory_xact_lock(lock)))


async def let_go(session: AsyncSession) -> None:
    """Close the connection of this session after it has read something very large, instead of keeping it.

    PostgreSQL's client library keeps room for the largest answer that a connection ever got: a quarter of a gigabyte
    for an index of 85 MB.
    """
    if session.get_bind().dialect.name == "postgresql":
        await (await session.connection()).invalidate()


def insert_for(session: AsyncSession) -> Callable[[type[Base] | Table], sqlite.Insert | postgresql.Insert]:
    """The INSERT of this database that can also say what to do when the row is there already."""
    return sqlite.insert if session.get_bind().dialect.name == "sqlite" else postgresql.insert


def _ask_after_rest(engine: Engine) -> None:
    """Ask a connection whether it still lives, if it has rested: one that has just worked does.

    Wrong: ask every time: that is a third of all that a turn asks the database.
    Correct: after a restart of the database no connection has worked for longer than ``RESTED``, so all are asked.
    """

    @event.listens_for(engine, "checkin")
    def note(_connection: object, record: ConnectionPoolEntry) -> None:
        record.info["worked_at"] = time.monotonic()

    @event.listens_for(engine, "checkout")
    def ask(connection: DBAPIConnection, record: ConnectionPoolEntry, _proxy: object) -> None:
        if time.monotonic() - record.info.get("worked_at", math.inf) < RESTED:
            return
        try:
            engine.dialect.do_ping(connection)
        except engine.dialect.loaded_dbapi.Error as problem:
            raise DisconnectionError from problem  # the pool opens another one


def _open_at_once(url: str, seal: Seal) -> Engine:
    """Looks at an SQLite file without a thread of its own, and cannot change it.

    There is a connection for each who looks at this moment: to wait for one here would stop everybody.
    """
    engine = _open_here(url, seal, max_overflow=-1, isolation_level="AUTOCOMMIT")
    event.listen(engine, "connect", _only_look)
    return engine


def _open_here(url: str, seal: Seal, **options: Any) -> Engine:
    address = make_url(url).set(drivername="sqlite+pysqlite")
    factory = {"factory": _ConnectionHere}
    engine = create_engine(address, hide_parameters=True, connect_args=factory, **options)
    event.listen(engine, "connect", _configure_sqlite)
    set_seal(engine.dialect, seal)
    return engine


def _bound_to(engine: Engine) -> type[Session]:
    class AtOnce(Session):
        def get_bind(self, *_given: object, **_options: object) -> Engine:
            return engine

    return AtOnce


def _is_in_memory(url: str) -> bool:
    path = make_url(url).database
    return not path or path == ":memory:" or path.startswith("file:")


def _make_folder(url: str) -> None:
    path = make_url(url).database
    if not path or _is_in_memory(url):
        return
    try:
        Path(path).parent.mkdir(parents=True, exist_ok=True)
    except OSError as problem:
        raise SetupProblem(
            f"The folder {Path(path).parent} cannot be made ({problem.strerror}). Set DATABASE_URL to another place."
        ) from None
    _try_to_open(path)


def _try_to_open(path: str) -> None:
    """Without the engine: its thread would outlive a failure and complain when the event loop is closed."""
    try:
        with contextlib.closing(sqlite3.connect(path, timeout=10)) as probe:
            probe.execute("PRAGMA schema_version")
    except sqlite3.Error as problem:
        raise SetupProblem(f"{path} cannot be opened as a database ({problem}). Check DATABASE_URL.") from None


def _configure_sqlite(connection: object, _record: ConnectionPoolEntry) -> None:
    connection.isolation_level = None  # type: ignore[attr-defined]  # BEGIN is ours, see _begin_sqlite
    cursor = connection.cursor()  # type: ignore[attr-defined]
    cursor.execute(f"PRAGMA busy_timeout={BUSY_SECONDS * 1000:.0f}")
    cursor.execute("PRAGMA journal_mode=WAL")
    cursor.execute("PRAGMA synchronous=NORMAL")
    cursor.execute("PRAGMA foreign_keys=ON")
    # What a resident wrote is overwritten on the disk when we delete it, not only unlinked.
    cursor.execute("PRAGMA secure_delete=ON")
    cursor.close()


def _wait_for_nothing(connection: DBAPIConnection, _record: ConnectionPoolEntry) -> None:
    cursor = connection.cursor()
    cursor.execute("PRAGMA busy_timeout=0")
    cursor.execute("PRAGMA wal_autocheckpoint=0")
    cursor.close()


def _only_look(connection: DBAPIConnection, _record: ConnectionPoolEntry) -> None:
    cursor = connection.cursor()
    cursor.execute("PRAGMA query_only=ON")
    cursor.close()


def _begin_sqlite(connection: Connection) -> None:
    connection.exec_driver_sql(connection.get_execution_options().get("sqlite_begin", "BEGIN"))

"""What tests stand on: both databases, a small library, an index, and the same people everywhere.

``database`` is empty but migrated; ``town`` has tests/library published and indexed (n-grams only: in a blink).
Both exist on SQLite and on PostgreSQL: every test that uses them runs twice. A database is a copy of one that was set
up once, so tests commit for real and never meet. PostgreSQL's copies are put back as they were and used again: making
one takes it a third of a second.
"""

import asyncio
import os
import shutil
from collections import defaultdict
from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import LiteralString
from uuid import uuid4

import psycopg
import pytest

from bot.channels.telegram.reading import CHANNEL as TELEGRAM
from bot.conversation import Conversation
from bot.desk import Desk
from bot.situation import Situation
from bot.turn import Turn
from brobygger.migrating import migrate
from content.finding.sentences import NoVectors
from content.importing import import_library
from content.index import Knowledge, rebuild
from content.library_files import read_library
from core.database import Database
from core.logs import configure_logs
from core.sealing import NO_SEAL, Seal
from tests import postgres
from tests.statements import remember_statements

MONDAY_9AM = datetime(2026, 11, 23, 8, 0, tzinfo=UTC)  # nine o'clock in Oslo
HERE = Path(__file__).parent
LIBRARY = HERE / "library"
DALIA, CHAU = "1001", "1002"  # residents: Dalia writes Arabic, Chau Vietnamese
EMPTY, FILLED = "empty", "filled"
# Their use cases find, change and list rows one after the other, in words that are the same for both databases.
ALIKE = {
    "content": (
        "easy_texts", "editing_answers", "editing_facts", "editing_profile", "exchanging", "expiry", "exporting",
        "exporting_rasa", "importing_drafts", "offices", "reading", "recordings",
    ),
    "broadcasts": ("ambassadors", "checks", "composing", "organisations", "sharing", "voices"),
}  # fmt: skip
remember_statements()
# Deleting little is much faster than TRUNCATE; as a replica, so that no foreign key is looked at meanwhile.
KEEP = """
CREATE SCHEMA kept;
DO $do$
DECLARE one record; back text := 'SET LOCAL session_replication_role = replica;';
BEGIN
    -- Jobs only wake: what a test leaves of them goes. A replica deletes nothing along with what it belongs to.
    back := back || 'DELETE FROM public.procrastinate_events; DELETE FROM public.procrastinate_periodic_defers;'
                 || 'DELETE FROM public.procrastinate_jobs; DELETE FROM public.procrastinate_workers;';
    FOR one IN SELECT tablename AS name FROM pg_tables
               WHERE schemaname = 'public' AND NOT starts_with(tablename, 'procrastinate_') LOOP
        EXECUTE format('CREATE TABLE kept.%1$I AS TABLE public.%1$I', one.name);
        back := back || format('DELETE FROM public.%1$I; INSERT INTO public.%1$I TABLE kept.%1$I;', one.name);
    END LOOP;
    FOR one IN SELECT sequencename AS name, last_value FROM pg_sequences WHERE schemaname = 'public' LOOP
        back := back || format('PERFORM setval(%L, %s, %L);', format('public.%I', one.name),
                               coalesce(one.last_value, 1), one.last_value IS NOT NULL);
    END LOOP;
    EXECUTE format('CREATE FUNCTION kept.put_back() RETURNS void LANGUAGE plpgsql AS %L',
                   'BEGIN ' || back || ' END');
END
$do$
"""
PUT_BACK = """
DO $do$
BEGIN
    PERFORM pg_terminate_backend(pid) FROM pg_stat_activity
    WHERE datname = current_database() AND pid <> pg_backend_pid();
    PERFORM kept.put_back();
END
$do$
"""
# Whoever closes a connection does not wait until the server has noticed.
LEFT_ALONE = "SELECT pg_terminate_backend(pid, 10000) FROM pg_stat_activity WHERE datname = %s"


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """On PostgreSQL whole stories, the pages of the desk and what the bot says are slow proofs.

    Use cases are tried on both databases each time: those that lock rows, order, count or search them, that several do
    at once, or that have words for one database alone. The others (``ALIKE``) are slow proofs on PostgreSQL, too.
    Slow stories take longest, so they come first: what is left is shared among the workers.
    """
    for item in items:
        room = item.path.relative_to(HERE).parts[0]
        is_alike = item.path.stem.removeprefix("test_") in ALIKE.get(room, ())
        if "postgres" in item.name and (room in ("bot", "editor", "stories") or is_alike):
            item.add_marker("slow")
    items.sort(key=lambda item: item.path.parent.name != "stories" or item.get_closest_marker("slow") is None)


@dataclass(frozen=True, slots=True)
class Town:
    """An example municipality with something to ask about."""

    database: Database
    knowledge: Knowledge
    desk: Desk

    async def conversation(self) -> Conversation:
        return await self.desk.conversation()

    async def hear(self, text: str, language: str = "nb", *, at: datetime = MONDAY_9AM) -> Turn:
        """One turn with a stranger."""
        conversation = await self.conversation()
        return conversation.hear(text, Situation.of(None, app_language=language, at=at))


class Sqlite:
    """Databases as files."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def address(self, name: str) -> str:
        return f"sqlite+aiosqlite:///{self.folder / name}.sqlite3"

    def copy(self, source: str, *, is_left_alone: bool = False) -> str:
        name = uuid4().hex
        shutil.copyfile(self.folder / f"{source}.sqlite3", self.folder / f"{name}.sqlite3")
        return name

    def drop(self, name: str) -> None:
        for file in self.folder.glob(f"{name}.sqlite3*"):
            file.unlink()

    def create(self, name: str) -> None:
        """A file comes into being when it is opened."""


class Postgres:
    """Databases of one server."""

    def __init__(self, server: str) -> None:
        self.server = server
        self._source: dict[str, str] = {}
        self._free: defaultdict[str, list[str]] = defaultdict(list)
        self._open: dict[str, psycopg.Connection[tuple[object, ...]]] = {}

    def address(self, name: str) -> str:
        return f"{self.server}/{name}".replace("postgresql://", "postgresql+psycopg://")

    def copy(self, source: str, *, is_left_alone: bool = False) -> str:
        """``is_left_alone``: not even we are connected to it meanwhile."""
        if self._free[source]:
            name = self._free[source].pop()
            if is_left_alone:
                self._open.pop(name).close()
                self._run(LEFT_ALONE, name)
            return name
        name = f"t{uuid4().hex}"
        self._run(f'CREATE DATABASE "{name}" TEMPLATE "{source}"')
        self._source[name] = source
        return name

    def drop(self, name: str) -> None:
        if name not in self._source:
            self._run(f'DROP DATABASE "{name}" WITH (FORCE)')
            return
        # A connection that has put it back before knows how: that is six times as quick.
        try:
            self._open[name].execute(PUT_BACK)
        except (KeyError, psycopg.OperationalError):  # there is none, or a test has cut it
            self._open[name] = psycopg.connect(f"{self.server}/{name}", autocommit=True)
            self._open[name].execute(PUT_BACK)
        self._free[self._source[name]].append(name)

    def create(self, name: str) -> None:
        self._run(f'CREATE DATABASE "{name}"')

    def keep(self, name: str) -> None:
        """Remember what is in the database, inside it: every copy can be put back."""
        self._run(KEEP, database=name)

    def close(self) -> None:
        for connection in self._open.values():
            connection.close()

    def _run(self, statement: LiteralString, *values: str, database: str = "postgres") -> None:
        with psycopg.connect(f"{self.server}/{database}", autocommit=True) as connection:
            connection.execute(statement, values or None)


Engine = Sqlite | Postgres


@pytest.fixture(autouse=True)
def _logs() -> None:
    """Logs as the processes write them; caplog sees them. For each test: a command that ran in one sets up its own."""
    configure_logs("INFO", as_json=True)


@pytest.fixture(scope="session")
def sqlite_engine(tmp_path_factory: pytest.TempPathFactory) -> Sqlite:
    engine = Sqlite(tmp_path_factory.mktemp("sqlite"))
    asyncio.run(_set_up(engine))
    return engine


@pytest.fixture(scope="session")
def postgres_engine() -> Iterator[Postgres]:
    programs = postgres.find_programs()
    if programs is None:
        if os.environ.get("CI"):
            pytest.fail("PostgreSQL is not installed, and CI must test both databases")
        pytest.skip("PostgreSQL is not installed (Debian: apt-get install postgresql): only SQLite is tested")
    with postgres.running_server(programs) as server:
        engine = Postgres(server)
        asyncio.run(_set_up(engine))
        yield engine
        engine.close()


@pytest.fixture(params=["sqlite", "postgres"])
def engine(request: pytest.FixtureRequest) -> Engine:
    """Each database system in turn."""
    found: Engine = request.getfixturevalue(f"{request.param}_engine")
    return found


@pytest.fixture
def seal() -> Seal:
    """None; a module of tests that replaces this has sealed addresses in ``database`` and ``town``."""
    return NO_SEAL


@pytest.fixture
async def database(engine: Engine, seal: Seal) -> AsyncIterator[Database]:
    """Migrated and empty."""
    name = engine.copy(EMPTY)
    opened = Database(engine.address(name), seal)
    yield opened
    await opened.close()
    engine.drop(name)


@pytest.fixture
async def town(engine: Engine, seal: Seal) -> AsyncIterator[Town]:
    """tests/library published and indexed."""
    name = engine.copy(FILLED)
    opened = Database(engine.address(name), seal)
    knowledge = Knowledge(opened, NoVectors())
    await knowledge.follow()
    yield Town(opened, knowledge, Desk(knowledge))
    await opened.close()
    engine.drop(name)


async def _set_up(engine: Engine) -> None:
    for name in (EMPTY, FILLED):
        engine.create(name)
        database = Database(engine.address(name))
        await migrate(database)
        if name == FILLED:
            async with database.changing() as session:
                await import_library(session, read_library(LIBRARY), at=MONDAY_9AM, is_shared=True)
            await rebuild(database, NoVectors(), now=lambda: MONDAY_9AM)
        await database.close()
        if isinstance(engine, Sqlite):
            _settle(engine.folder / f"{name}.sqlite3")
        else:
            engine.keep(name)


def _settle(file: Path) -> None:
    """Bring what stands in the write-ahead log into the file itself, so that it can be copied."""
    import sqlite3

    with sqlite3.connect(file) as connection:
        connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    connection.close()


__all__ = ["CHAU", "DALIA", "MONDAY_9AM", "TELEGRAM", "Town"]

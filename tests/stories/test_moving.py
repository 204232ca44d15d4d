"""From SQLite to PostgreSQL: all is there, only one of the two can be started on, and a killed move goes on."""

import asyncio
import sqlite3
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager
from datetime import UTC, datetime
from pathlib import Path
from uuid import uuid4

import psycopg
import pytest
from sqlalchemy import insert, null, select
from sqlalchemy.engine import make_url
from typer.testing import CliRunner, Result

from bot.inbound import InboundUpdate, Progress
from broadcasts.delivery.arming import get_policy
from brobygger import moving_tables
from brobygger.backing_up import back_up, restore
from brobygger.cli import app
from brobygger.migrating import migrate
from content.models import Snapshot
from content.reading_aloud.records import Recording
from core.database import Base, Database
from core.errors import SetupProblem
from core.people import Address, Person, meet
from core.settings import Settings
from core.timeline import record
from tests.broadcasts.making import arm, make_member, make_organisation
from tests.conftest import CHAU, DALIA, FILLED, MONDAY_9AM, Postgres, Sqlite
from tests.stories.installation import PROJECT

TO_THE_MICROSECOND = datetime(2026, 3, 29, 0, 59, 59, 1, tzinfo=UTC)
AWKWARD = (
    "", " ", "👩‍👩‍👧 Åse", "مرحبا بكم في البلدية", "\u202bשלום\u202c", 'tab\t, "quote", \\n, \\.', "line\nline\r\n",
    "\x7f\x01", "NULL", "\\N", "null",
)  # fmt: skip
EVERY_BYTE = bytes(range(256)) * 300


class Move:
    """An installation on SQLite, and an empty database of PostgreSQL."""

    def __init__(self, old: str, new: str) -> None:
        self.old, self.new = old, new
        self.file = Path(make_url(old).database or "")

    def run(self, *, to: str | None = None) -> Result:
        return CliRunner().invoke(app, ["move-database", "--to", to or self.new], env={"DATABASE_URL": self.old})

    def problem(self, *, to: str | None = None) -> str:
        """Why it does not work."""
        refused = self.run(to=to).exception
        assert isinstance(refused, SetupProblem), refused
        return refused.what

    @contextmanager
    def in_old(self) -> Iterator[sqlite3.Connection]:
        with closing(sqlite3.connect(self.file)) as connection, connection:
            yield connection

    @contextmanager
    def in_new(self) -> Iterator[psycopg.Connection]:
        address = self.new.replace("postgresql+psycopg://", "postgresql://")
        with psycopg.connect(address, autocommit=True) as connection:
            yield connection

    def spoil(self, when: str, what: str) -> None:
        """Something happens to rows of people on their way into the new database."""
        asyncio.run(set_up(self.new))
        with self.in_new() as connection:
            connection.execute(
                f"CREATE FUNCTION spoil() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN {what}; RETURN NEW; END $$"
            )
            connection.execute(
                f"CREATE TRIGGER spoil BEFORE INSERT ON people FOR EACH ROW WHEN ({when}) EXECUTE FUNCTION spoil()"
            )

    def sleepers(self, *, end: bool = False) -> int:
        """How many rows are held up on their way in; seen from outside, or the move would not have it for itself."""
        elsewhere = make_url(self.new).set(drivername="postgresql", database="postgres")
        what = "pg_terminate_backend(pid)" if end else "pid"
        query = f"SELECT {what} FROM pg_stat_activity WHERE wait_event = 'PgSleep'"
        with psycopg.connect(elsewhere.render_as_string(hide_password=False), autocommit=True) as connection:
            return len(connection.execute(query).fetchall())

    def leave_alone(self) -> None:
        """No longer."""
        with self.in_new() as connection:
            connection.execute("DROP TRIGGER spoil ON people")


async def set_up(url: str) -> None:
    database = Database(url)
    try:
        await migrate(database)
    finally:
        await database.close()


def why_not_started(url: str) -> str:
    """What somebody reads who starts on a database."""
    with pytest.raises(SetupProblem) as refused:
        asyncio.run(set_up(url))
    return refused.value.what


async def everything(url: str) -> dict[str, list[tuple[object, ...]]]:
    """All rows of all tables, as the rooms read them."""
    database = Database(url)
    async with database.reading() as session:
        found = {
            table.name: sorted((tuple(row) for row in await session.execute(select(table))), key=repr)
            for table in Base.metadata.sorted_tables
        }
    await database.close()
    return found


@pytest.fixture
def move(sqlite_engine: Sqlite, postgres_engine: Postgres) -> Iterator[Move]:
    """The example town with two members, armed, and with values that are awkward."""
    old, new = sqlite_engine.copy(FILLED), f"t{uuid4().hex}"
    postgres_engine.create(new)
    made = Move(sqlite_engine.address(old), postgres_engine.address(new))
    asyncio.run(fill(made.old))
    yield made
    sqlite_engine.drop(old)
    postgres_engine.drop(new)


async def fill(url: str) -> None:
    database = Database(url)
    async with database.changing() as session:
        await arm(session)
        await make_organisation(session)
        await make_member(session, DALIA)
        await make_member(session, CHAU, "vi", muted=["news"])
        for number, text in enumerate(AWKWARD):
            session.add(Person(channel="web", address=text, first_seen_at=MONDAY_9AM, last_seen_at=TO_THE_MICROSECOND))
            record(session, "odd", about=str(number), at=TO_THE_MICROSECOND, text=text, also=text)
        session.add(
            Snapshot(content_version=9, format="odd", is_thorough=False, built_at=MONDAY_9AM, payload=EVERY_BYTE)
        )
        update = {"account": "bot", "address": "7", "progress": Progress.DONE, "received_at": MONDAY_9AM}
        for number, others in ((2**62, None), (-(2**62), null()), (0, ["b", "a"])):
            await session.execute(insert(InboundUpdate).values(**update, update_id=number, others=others))
    await database.close()


def test_everything_moves_and_the_old_one_sends_no_more(move: Move) -> None:
    before = asyncio.run(everything(move.old))

    done = move.run()

    assert done.exit_code == 0, done.exception
    assert f"people{len(AWKWARD) + 2:>30}" in done.stdout
    assert "DIFFERS" not in done.stdout
    assert asyncio.run(everything(move.new)) == before
    with move.in_new() as new:
        others = new.execute("SELECT others::text FROM inbound_updates ORDER BY update_id").fetchall()
    assert others == [(None,), ('["b", "a"]',), ("null",)]
    assert "has moved to PostgreSQL" in why_not_started(move.old)
    assert "has moved to PostgreSQL" in move.problem()
    assert asyncio.run(everything(move.old)) == before


def test_the_new_one_goes_on_where_the_old_one_was(move: Move) -> None:
    with move.in_old() as old:  # the only recording was deleted: its number is not given again
        old.execute("INSERT INTO sqlite_sequence (name, seq) VALUES ('recordings', 41)")

    move.run()

    async def go_on() -> tuple[bool, int, int]:
        await set_up(move.new)
        database = Database(move.new)
        async with database.changing() as session:
            recording = Recording(
                translation_id=1, is_released=False, read_from="", media_type="audio/ogg", seconds=1, added_by=1,
                added_at=MONDAY_9AM, content=b"x",
            )  # fmt: skip
            session.add(recording)
            person = await meet(session, Address("web", "new"), at=MONDAY_9AM)
            is_armed = (await get_policy(session)).is_armed
        await database.close()
        return is_armed, person.id, recording.id

    assert asyncio.run(go_on()) == (True, len(AWKWARD) + 3, 42)


def test_a_move_that_broke_off_goes_on(move: Move, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(moving_tables, "MANY_ROWS", 3)  # or the few rows of a test arrive at once
    move.spoil("NEW.id = 8", "RAISE EXCEPTION 'disk full'")

    problem = move.problem()

    assert "the row whose id is 8 of people (disk full)" in problem
    assert "has not ended" in why_not_started(move.new)
    move.leave_alone()
    with move.in_new() as new:
        assert new.execute("SELECT max(id) FROM people").fetchone() == (6,)
    done = move.run()
    assert (done.exit_code, "beginning again" in done.stderr) == (0, False)
    assert asyncio.run(everything(move.new)) == asyncio.run(everything(move.old))


@pytest.mark.slow
def test_what_was_changed_since_it_broke_off_is_moved_too(move: Move, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(moving_tables, "MANY_ROWS", 3)
    move.spoil("NEW.id = 8", "RAISE EXCEPTION 'disk full'")
    move.problem()
    move.leave_alone()
    with move.in_old() as old:
        old.execute("UPDATE people SET language = 'so' WHERE id = 1")

    done = move.run()

    assert "beginning again" in done.stderr
    assert asyncio.run(everything(move.new)) == asyncio.run(everything(move.old))


def test_one_letter_that_differs_is_noticed(move: Move) -> None:
    move.spoil("NEW.id = 2", "NEW.address := NEW.address || ' '")

    problem = move.problem()

    assert "Not the same in both databases: people (13 rows, now 13)" in problem
    assert "has not ended" in why_not_started(move.new)
    asyncio.run(set_up(move.old))  # it is still the one to use


@pytest.mark.slow
def test_a_move_killed_before_its_last_word_ends_when_told_again(move: Move, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("brobygger.moving_notes.end", lambda _target: sys.exit(9))  # stands for kill -9
    move.run()
    monkeypatch.undo()
    assert "has moved" in why_not_started(move.old)
    assert "has not ended" in why_not_started(move.new)

    assert move.run().exit_code == 0

    asyncio.run(set_up(move.new))


@pytest.mark.slow
def test_a_backup_is_the_way_back(move: Move, tmp_path: Path) -> None:
    here = Settings.from_env({"DATABASE_URL": move.old})
    back_up(here, tmp_path / "before")
    move.run()
    back_up(here, tmp_path / "after")

    with pytest.raises(SetupProblem, match="has moved"):
        asyncio.run(restore(here, tmp_path / "after", replace=True, at=MONDAY_9AM))
    asyncio.run(restore(here, tmp_path / "before", replace=True, at=MONDAY_9AM))

    asyncio.run(set_up(move.old))
    with move.in_old() as old:
        assert old.execute("SELECT is_armed FROM sending_policy").fetchone() == (0,)


def test_what_postgresql_does_not_take_is_named_but_not_shown(move: Move) -> None:
    with move.in_old() as old:
        old.execute("UPDATE people SET address = ? WHERE id = 5", ["very private\0"])

    problem = move.problem()

    assert "the row whose id is 5 of people" in problem
    assert "NUL" in problem
    assert "private" not in problem


def test_a_database_in_use_does_not_move(move: Move) -> None:
    with move.in_old() as somebody:
        somebody.execute("PRAGMA journal_mode=WAL")
        somebody.execute("SELECT 1 FROM people").fetchone()

        assert "stop brobygger run" in move.problem()


@pytest.mark.slow
def test_nobody_writes_to_the_old_one_meanwhile(move: Move) -> None:
    move.spoil("NEW.id = 2", "PERFORM pg_sleep(120)")
    with moving(move) as process, move.in_old() as somebody:
        somebody.execute("PRAGMA busy_timeout=100")

        with pytest.raises(sqlite3.OperationalError, match="locked"):
            somebody.execute("UPDATE people SET language = 'so'")

        assert process.poll() is None


def test_rows_of_others_are_never_mixed_in(move: Move) -> None:
    asyncio.run(fill_elsewhere(move.new))
    assert "is not empty (organisations has rows)" in move.problem()

    with move.in_new() as new:
        new.execute("DROP TABLE alembic_version")
    assert "tables of another program" in move.problem()


async def fill_elsewhere(url: str) -> None:
    await set_up(url)
    database = Database(url)
    async with database.changing() as session:
        await make_organisation(session)
    await database.close()


def test_wrong_addresses_are_explained(move: Move, tmp_path: Path) -> None:
    nobody = Move(f"sqlite:///{tmp_path / 'none.sqlite3'}", move.new)

    assert "--to is no database of PostgreSQL" in move.problem(to="sqlite:///x")
    assert "--to names 'mysql'" in move.problem(to="mysql://x/y")
    assert "cannot be opened" in move.problem(to="postgresql://somebody@127.0.0.1:1/town")
    assert "There is no database at" in nobody.problem()
    assert "PostgreSQL already" in Move(move.new, move.new).problem()


# Killed


@contextmanager
def moving(move: Move) -> Iterator[subprocess.Popen[bytes]]:
    """A real process that has come to the people, and is held up there; killed at the end."""
    command = (sys.executable, "-m", "brobygger", "move-database", "--to", move.new)
    there = {"PATH": "/usr/bin:/bin", "PYTHONPATH": str(PROJECT), "DATABASE_URL": move.old}
    with subprocess.Popen(command, env=there, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) as process:
        try:
            until = time.monotonic() + 90
            while not move.sleepers():
                assert process.poll() is None
                assert time.monotonic() < until
                time.sleep(0.05)
            yield process
        finally:
            process.kill()
            process.wait()
            move.sleepers(end=True)


@pytest.mark.slow
def test_a_killed_move_goes_on(move: Move, monkeypatch: pytest.MonkeyPatch) -> None:
    before = asyncio.run(everything(move.old))
    move.spoil("NEW.id = 2", "PERFORM pg_sleep(120)")
    with moving(move):
        assert "has not ended" in why_not_started(move.new)
    move.leave_alone()

    done = move.run()

    assert (done.exit_code, "beginning again" in done.stderr) == (0, False)
    assert asyncio.run(everything(move.new)) == before

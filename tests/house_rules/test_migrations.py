"""The history of the tables leads, without a gap, to the tables that the code works with."""

import asyncio
import os
import re
import sys
from asyncio.subprocess import PIPE
from collections.abc import AsyncIterator
from uuid import uuid4

import pytest
from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, inspect, text

from brobygger.migrating import FOLDER, alembic_config, migrate
from core.database import Base, Database
from core.errors import SetupProblem
from tests.conftest import Engine

STEPS = sorted(file.name for file in (FOLDER / "versions").glob("[0-9]*.py"))


@pytest.fixture
async def untouched(engine: Engine) -> AsyncIterator[Database]:
    """A database that was never migrated."""
    name = f"u{uuid4().hex}"
    engine.create(name)
    database = Database(engine.address(name))
    yield database
    await database.close()
    engine.drop(name)


def differences(connection: Connection) -> list[object]:
    """What a migration would still have to do."""
    ours = {"compare_type": True, "include_name": lambda name, *_more: not str(name).startswith("procrastinate_")}
    context = MigrationContext.configure(connection, opts=ours)
    return list(compare_metadata(context, Base.metadata))


def tables(connection: Connection) -> set[str]:
    return set(inspect(connection).get_table_names())


def test_steps_are_numbered_without_a_gap_and_named_by_their_number() -> None:
    numbers = [int(name[:4]) for name in STEPS]

    assert numbers == list(range(1, len(STEPS) + 1))
    assert all(re.fullmatch(r"\d{4}_[a-z0-9_]+\.py", name) for name in STEPS)


def test_there_is_one_way_from_the_first_step_to_the_last() -> None:
    script = ScriptDirectory.from_config(alembic_config())

    way = [one.revision for one in script.walk_revisions()]

    assert script.get_heads() == [STEPS[-1][:4]]
    assert way == [name[:4] for name in reversed(STEPS)]


async def test_migrating_an_empty_database_gives_exactly_the_models(untouched: Database) -> None:
    await migrate(untouched)

    async with untouched.engine.connect() as connection:
        assert await connection.run_sync(differences) == []
        found = {name for name in await connection.run_sync(tables) if not name.startswith("procrastinate_")}
        assert found == {*Base.metadata.tables, "alembic_version"}


async def test_what_people_have_is_still_there_after_every_step_since_the_first_release(untouched: Database) -> None:
    """On SQLite a step that makes a table anew would delete all that belongs to its rows."""

    def upgrade(connection: Connection, to: str) -> None:
        config = alembic_config()
        config.attributes["connection"] = connection
        command.upgrade(config, to)

    rows = (
        "INSERT INTO people (id, channel, address, first_seen_at, last_seen_at)"
        " VALUES (1, 'telegram', '1001', '2026-11-21', '2026-11-21')",
        "INSERT INTO organisations (id, name, is_individual, state, state_since, number, about, languages, districts,"
        " website, contact, join_code, asks_approval, is_listed, created_at) VALUES ('choir', 'Choir', false, 'active',"
        " '2026-11-21', '', '{}', '[]', '[]', '', '', 'ABCD2345', false, true, '2026-11-21')",
        "INSERT INTO memberships (id, person_id, organisation_id, state, since, nickname, muted)"
        " VALUES (1, 1, 'choir', 'member', '2026-11-21', '', '[]')",
    )
    async with untouched.engine.begin() as connection:
        await connection.run_sync(upgrade, "0002")
        for row in rows:
            await connection.execute(text(row))

    await migrate(untouched)

    async with untouched.engine.connect() as connection:
        kept = await connection.execute(text("SELECT person_id, organisation_id, state FROM memberships"))
        assert [tuple(row) for row in kept] == [(1, "choir", "member")]


async def test_migrating_again_changes_nothing(database: Database) -> None:
    await migrate(database)

    async with database.engine.connect() as connection:
        assert await connection.run_sync(differences) == []


@pytest.mark.slow
async def test_several_processes_may_migrate_at_the_same_time(untouched: Database) -> None:
    program = (sys.executable, "-m", "brobygger", "migrate")
    environment = {**os.environ, "DATABASE_URL": untouched.url}
    processes = [
        await asyncio.create_subprocess_exec(*program, env=environment, cwd=FOLDER.parent, stderr=PIPE)
        for _ in range(3)
    ]

    told = [(await process.communicate())[1].decode() for process in processes]

    assert told == ["The database is up to date.\n"] * 3
    async with untouched.engine.connect() as connection:
        assert await connection.run_sync(differences) == []


@pytest.mark.parametrize(
    "url", ["postgresql+psycopg://nobody@127.0.0.1:1/town", "sqlite+aiosqlite:////proc/nowhere/town.sqlite3"]
)
async def test_a_database_that_cannot_be_reached_is_one_line(url: str) -> None:
    async def open_and_migrate() -> None:
        await migrate(Database(url))

    with pytest.raises(SetupProblem, match="DATABASE_URL") as problem:
        await open_and_migrate()

    assert "\n" not in problem.value.what

"""Moments and transactions are the same on both databases."""

import asyncio
import sqlite3
from collections.abc import Callable
from contextlib import AbstractAsyncContextManager, AsyncExitStack
from datetime import UTC, datetime, timedelta, timezone
from pathlib import Path

import pytest
from sqlalchemy import func, select, text
from sqlalchemy.engine import make_url
from sqlalchemy.exc import OperationalError, StatementError
from sqlalchemy.ext.asyncio import AsyncSession

from core.database import CHANGES_TO_GATHER, Database
from core.people import Address, Note, Person, find_person, meet, note_message
from tests.conftest import CHAU, DALIA, MONDAY_9AM, TELEGRAM

HERE, THERE = Address(TELEGRAM, DALIA), Address(TELEGRAM, CHAU)
Change = Callable[[], AbstractAsyncContextManager[AsyncSession]]


async def test_a_moment_comes_back_aware_and_utc_whatever_zone_it_was_given_in(database: Database) -> None:
    oslo = datetime(2026, 11, 23, 9, 0, 0, 123456, tzinfo=timezone(timedelta(hours=1)))
    async with database.changing() as session:
        await meet(session, HERE, at=oslo)

    async with database.reading() as session:
        person = await find_person(session, HERE)

    assert person is not None
    assert person.first_seen_at == oslo
    assert person.first_seen_at.tzinfo is UTC
    assert person.stopped_at is None


async def test_a_moment_without_a_zone_is_refused(database: Database) -> None:
    async def write() -> None:
        async with database.changing() as session:
            await meet(session, HERE, at=datetime(2026, 11, 23, 9, 0))  # noqa: DTZ001 (the point of it)

    with pytest.raises(StatementError, match="needs a zone"):
        await write()

    async with database.reading() as session:
        assert await find_person(session, HERE) is None


async def test_moments_are_compared_as_moments(database: Database) -> None:
    async with database.changing() as session:
        await meet(session, HERE, at=MONDAY_9AM)
    elsewhere = MONDAY_9AM.astimezone(timezone(timedelta(hours=-5)))

    async with database.reading() as session:
        same = await session.scalar(select(Person.id).where(Person.last_seen_at == elsewhere))
        later = await session.scalar(select(Person.id).where(Person.last_seen_at > elsewhere))

    assert same is not None
    assert later is None


async def test_changes_are_made_together_or_not_at_all(database: Database) -> None:
    async def fail_halfway() -> None:
        async with database.changing() as session:
            await meet(session, HERE, at=MONDAY_9AM)
            raise RuntimeError

    with pytest.raises(RuntimeError):
        await fail_halfway()

    async with database.reading() as session:
        assert await session.scalar(select(func.count()).select_from(Person)) == 0


async def test_what_was_read_stays_usable_after_the_session_ends(database: Database) -> None:
    async with database.changing() as session:
        person = await meet(session, HERE, at=MONDAY_9AM)

    assert person.address == DALIA


async def test_a_glance_sees_what_is_committed_and_only_that(database: Database) -> None:
    async with database.changing() as session, database.glancing() as glance:
        await meet(session, HERE, at=MONDAY_9AM)
        before = await find_person(glance, HERE)
        await session.commit()
        after = await find_person(glance, HERE)

    assert before is None
    assert after is not None


async def test_a_single_change_is_made(database: Database) -> None:
    async with database.changing_once() as session:
        await note_message(session, Note(HERE, MONDAY_9AM))

    async with database.reading() as session:
        assert await find_person(session, HERE) is not None


async def test_a_little_change_is_made_as_a_whole_or_not_at_all(database: Database) -> None:
    async def fail_halfway() -> None:
        async with database.changing_little() as session:
            await meet(session, HERE, at=MONDAY_9AM)
            raise RuntimeError

    with pytest.raises(RuntimeError):
        await fail_halfway()
    async with database.changing_little() as session:
        await meet(session, THERE, at=MONDAY_9AM)

    async with database.reading() as session:
        assert await find_person(session, HERE) is None
        assert await find_person(session, THERE) is not None


async def test_changes_large_and_little_wait_for_each_other(database: Database) -> None:
    async def note(address: str, how: Change) -> None:
        async with how() as session:
            number = await note_message(session, Note(Address(TELEGRAM, address), MONDAY_9AM))
            await asyncio.sleep(0)
            person = await session.get_one(Person, number)
            person.language = "ar"

    ways = (database.changing, database.changing_little)
    await asyncio.gather(*(note(str(number), ways[number % 2]) for number in range(20)))

    async with database.reading() as session:
        languages = (await session.scalars(select(Person.language))).all()
    assert languages == ["ar"] * 20


async def test_what_another_process_does_to_a_file_holds_up_changes_and_nobody_else(database: Database) -> None:
    if not database.is_sqlite:
        pytest.skip("PostgreSQL has more than one writer")
    other = sqlite3.connect(str(make_url(database.url).database), isolation_level=None)
    other.execute("BEGIN IMMEDIATE")

    async def change() -> None:
        async with database.changing_little() as session:
            await meet(session, HERE, at=MONDAY_9AM)

    changing = asyncio.create_task(change())
    for _ in range(3):
        await asyncio.sleep(0.02)
        async with database.glancing() as glance:  # what others do goes on
            assert await find_person(glance, HERE) is None
    assert not changing.done()
    other.execute("COMMIT")
    other.close()
    await changing

    async with database.reading() as session:
        assert await find_person(session, HERE) is not None


async def test_many_little_changes_are_brought_into_the_file(database: Database) -> None:
    if not database.is_sqlite:
        pytest.skip("PostgreSQL does it by itself")
    path = Path(str(make_url(database.url).database))
    before = path.stat().st_mtime_ns

    for number in range(CHANGES_TO_GATHER):
        async with database.changing_once() as session:
            await note_message(session, Note(Address(TELEGRAM, str(number)), MONDAY_9AM))

    async with asyncio.timeout(60):
        while path.stat().st_mtime_ns == before:
            await asyncio.sleep(0.01)


async def test_a_glance_at_a_file_cannot_change_it(database: Database) -> None:
    if not database.is_sqlite:
        pytest.skip("a file is looked at by connections of their own")

    async with database.glancing() as session:
        with pytest.raises(OperationalError, match="readonly"):
            await meet(session, HERE, at=MONDAY_9AM)


async def test_nobody_who_glances_at_a_file_waits_for_another(database: Database) -> None:
    if not database.is_sqlite:
        pytest.skip("PostgreSQL has so many connections, and no more")

    async with AsyncExitStack() as several:
        glances = [await several.enter_async_context(database.glancing()) for _ in range(20)]
        found = [await session.scalar(select(func.count()).select_from(Person)) for session in glances]

    assert found == [0] * 20


async def test_deleted_words_are_overwritten_in_the_file(database: Database) -> None:
    if not database.is_sqlite:
        pytest.skip("PostgreSQL keeps its own pages")

    async with database.reading() as session:
        overwrites = await session.scalar(text("PRAGMA secure_delete"))

    assert overwrites == 1

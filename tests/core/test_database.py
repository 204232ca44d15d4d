"""Moments and transactions are the same on both databases."""

from contextlib import AsyncExitStack
from datetime import UTC, datetime, timedelta, timezone

import pytest
from sqlalchemy import func, select, text
from sqlalchemy.exc import OperationalError, StatementError

from core.database import Database
from core.people import Address, Note, Person, find_person, meet, note_message
from tests.conftest import DALIA, MONDAY_9AM, TELEGRAM

HERE = Address(TELEGRAM, DALIA)


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


async def test_a_single_change_is_there_as_soon_as_it_is_made(database: Database) -> None:
    async with database.changing_once() as session, database.glancing() as glance:
        await note_message(session, Note(HERE, MONDAY_9AM))
        seen = await find_person(glance, HERE)

    assert seen is not None
    async with database.reading() as session:
        assert await find_person(session, HERE) is not None


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

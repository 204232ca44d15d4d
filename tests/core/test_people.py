"""One row per person and channel, made at the first message and gone when they ask."""

import asyncio
from datetime import timedelta

from sqlalchemy import select

from core.database import Database
from core.people import Address, Note, Person, end_channel, find_person, forget, forget_idle, meet, note_messages
from tests.conftest import CHAU, DALIA, MONDAY_9AM, TELEGRAM

DALIA_THERE, CHAU_THERE = Address(TELEGRAM, DALIA), Address(TELEGRAM, CHAU)
DALIA_ON_THE_WEB = Address("web", DALIA)
DAY = timedelta(days=1)


async def people(database: Database) -> list[Person]:
    async with database.reading() as session:
        return list(await session.scalars(select(Person).order_by(Person.id)))


async def test_somebody_who_writes_again_is_the_same_person(database: Database) -> None:
    for day in range(3):
        async with database.changing() as session:
            await meet(session, DALIA_THERE, at=MONDAY_9AM + day * DAY)

    (dalia,) = await people(database)

    assert (dalia.first_seen_at, dalia.last_seen_at) == (MONDAY_9AM, MONDAY_9AM + 2 * DAY)


async def test_one_address_on_two_channels_is_two_people(database: Database) -> None:
    async with database.changing() as session:
        await meet(session, DALIA_THERE, at=MONDAY_9AM)
        await meet(session, DALIA_ON_THE_WEB, at=MONDAY_9AM)

    assert [one.channel for one in await people(database)] == [TELEGRAM, "web"]


async def test_two_first_messages_at_the_same_time_make_one_person(database: Database) -> None:
    async def write() -> None:
        async with database.changing() as session:
            await meet(session, DALIA_THERE, at=MONDAY_9AM)

    await asyncio.gather(*(write() for _ in range(5)))

    assert len(await people(database)) == 1


async def test_several_who_write_at_one_moment_are_noted_together_each_with_what_is_theirs(database: Database) -> None:
    async with database.changing() as session:
        dalia = await meet(session, DALIA_THERE, at=MONDAY_9AM)
        dalia.language = "ar"
    later = MONDAY_9AM + DAY
    notes = [
        Note(DALIA_THERE, MONDAY_9AM, "nb", {"last_answer": "first"}),
        Note(CHAU_THERE, MONDAY_9AM, "en", {"last_answer": "hers", "reads_easy": True}),
        Note(DALIA_ON_THE_WEB, MONDAY_9AM, "nb", {"last_answer": "another"}),
        Note(DALIA_THERE, later, "nb", {"last_answer": "second"}),
    ]

    async with database.changing_once() as session:
        await note_messages(session, notes)

    by_place = {(one.channel, one.address): one for one in await people(database)}
    dalia, chau = by_place[TELEGRAM, DALIA], by_place[TELEGRAM, CHAU]
    assert (dalia.language, dalia.last_answer, dalia.last_seen_at) == ("ar", "second", later)
    assert (chau.language, chau.last_answer, chau.reads_easy) == ("en", "hers", True)
    assert (by_place["web", DALIA].last_answer, by_place["web", DALIA].reads_easy) == ("another", False)


async def test_writing_never_un_stops_anybody(database: Database) -> None:
    async with database.changing() as session:
        dalia = await meet(session, DALIA_THERE, at=MONDAY_9AM)
        dalia.stopped_at = MONDAY_9AM

    async with database.changing() as session:
        dalia = await meet(session, DALIA_THERE, at=MONDAY_9AM + DAY)

    assert dalia.stopped_at == MONDAY_9AM


async def test_a_blocked_channel_is_remembered_until_they_write_again(database: Database) -> None:
    async with database.changing() as session:
        await meet(session, DALIA_THERE, at=MONDAY_9AM)
        await end_channel(session, DALIA_THERE, reason="blocked")
        await end_channel(session, CHAU_THERE, reason="blocked")
    (before,) = await people(database)

    async with database.changing() as session:
        await meet(session, DALIA_THERE, at=MONDAY_9AM + DAY)

    (after,) = await people(database)
    assert (before.unreachable_reason, after.unreachable_reason) == ("blocked", None)


async def test_forgetting_somebody_leaves_the_others(database: Database) -> None:
    async with database.changing() as session:
        await meet(session, DALIA_THERE, at=MONDAY_9AM)
        await meet(session, CHAU_THERE, at=MONDAY_9AM)

    async with database.changing() as session:
        was_known = await forget(session, DALIA_THERE)
        is_known = await forget(session, DALIA_THERE)

    assert (was_known, is_known) == (True, False)
    assert [one.address for one in await people(database)] == [CHAU]


async def test_those_who_no_longer_write_are_forgotten_on_that_channel_only(database: Database) -> None:
    async with database.changing() as session:
        await meet(session, DALIA_ON_THE_WEB, at=MONDAY_9AM - 31 * DAY)
        await meet(session, Address("web", CHAU), at=MONDAY_9AM - 29 * DAY)
        await meet(session, DALIA_THERE, at=MONDAY_9AM - 90 * DAY)

    async with database.changing() as session:
        count = await forget_idle(session, channel="web", at=MONDAY_9AM, idle=30 * DAY)

    async with database.reading() as session:
        gone = await find_person(session, DALIA_ON_THE_WEB)
    assert count == 1
    assert gone is None
    assert len(await people(database)) == 2

"""Answers to a request, as they are kept."""

import pytest
from sqlalchemy import func, select

from broadcasts.announcements.records import Audience, Kind, ReplyKey
from broadcasts.delivery.records import Delivery, DeliveryState, Release, ReleaseState, Response
from broadcasts.delivery.responses import (
    MAY_ANSWER_FOR,
    AnswerNotOffered,
    NotARecipient,
    TooLateToAnswer,
    has_received,
    respond,
)
from core.database import Database
from core.people import Address, forget
from tests.broadcasts.making import WOMEN, make_broadcast, make_member, make_organisation, make_person
from tests.conftest import CHAU, DALIA, MONDAY_9AM, TELEGRAM


async def prepare(database: Database, **more: object) -> tuple[int, int, int]:
    """A question that Dalia got; the numbers of the release, of Dalia and of Chau, who got nothing."""
    async with database.changing() as session:
        await make_organisation(session)
        given = {"kind": Kind.REQUEST, "replies": [ReplyKey.YES, ReplyKey.NO]} | more
        made = await make_broadcast(session, **given)  # type: ignore[arg-type]
        release = Release(broadcast_id=made.id, organisation_id=WOMEN, due_at=MONDAY_9AM, send_until=MONDAY_9AM,
                          state=ReleaseState.SENT, began_at=MONDAY_9AM)  # fmt: skip
        session.add(release)
        await session.flush()
        dalia, chau = await make_member(session, DALIA), await make_person(session, CHAU, "en")
        session.add(Delivery(release_id=release.id, person_id=dalia.id, channel=TELEGRAM, state=DeliveryState.UNKNOWN))
        return release.id, dalia.id, chau.id


async def test_one_answer_is_kept_and_the_last_one_counts(database: Database) -> None:
    release, dalia, _chau = await prepare(database)

    for key in ("yes", "no", "no"):
        async with database.changing() as session:
            await respond(session, release, dalia, key, at=MONDAY_9AM)

    async with database.reading() as session:
        assert [one.key for one in await session.scalars(select(Response))] == ["no"]


async def test_others_what_is_not_offered_and_what_comes_late_are_refused(database: Database) -> None:
    release, dalia, chau = await prepare(database)

    async with database.changing() as session:
        with pytest.raises(NotARecipient):
            await respond(session, release, chau, "yes", at=MONDAY_9AM)
        with pytest.raises(NotARecipient):
            await respond(session, release + 1, dalia, "yes", at=MONDAY_9AM)
        with pytest.raises(AnswerNotOffered):
            await respond(session, release, dalia, "maybe", at=MONDAY_9AM)
        with pytest.raises(TooLateToAnswer):
            await respond(session, release, dalia, "yes", at=MONDAY_9AM + MAY_ANSWER_FOR)
        assert await session.scalar(select(func.count()).select_from(Response)) == 0


async def test_a_drill_is_answered_with_seen(database: Database) -> None:
    release, dalia, _chau = await prepare(database, kind=Kind.URGENT, replies=[], audience=Audience.AMBASSADORS)

    async with database.changing() as session:
        await respond(session, release, dalia, "yes", at=MONDAY_9AM)
        with pytest.raises(AnswerNotOffered):
            await respond(session, release, dalia, "no", at=MONDAY_9AM)


async def test_an_answer_stays_counted_when_its_person_is_forgotten(database: Database) -> None:
    release, dalia, chau = await prepare(database)
    async with database.changing() as session:
        await respond(session, release, dalia, "yes", at=MONDAY_9AM)
        broadcast = (await session.get_one(Release, release)).broadcast_id
        assert await has_received(session, broadcast, dalia)
        assert not await has_received(session, broadcast, chau)

    async with database.changing() as session:
        await forget(session, Address(TELEGRAM, DALIA))

    async with database.reading() as session:
        assert [(one.key, one.person_id) for one in await session.scalars(select(Response))] == [("yes", None)]

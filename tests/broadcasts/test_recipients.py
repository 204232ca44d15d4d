"""Who is counted before a message goes out is who gets it: the same rule in numbers, in rows and at the last moment."""

import pytest
from sqlalchemy import select, update

from broadcasts.announcements.records import Audience, BroadcastState
from broadcasts.delivery.audience import expand_all
from broadcasts.delivery.records import Release, ReleaseState
from broadcasts.members.counting import count_by_language
from broadcasts.organisations.records import Ambassador
from core.database import Database
from core.people import Person
from tests.broadcasts.making import WOMEN, arm, make_ambassador, make_broadcast, make_member, make_organisation
from tests.broadcasts.messengers import FakeMessenger, later, post_rounds, states
from tests.conftest import MONDAY_9AM

SENT = ("sent", "")
AMBASSADORS = ("1", "2", "3", "4", "5")


@pytest.fixture
async def women(database: Database) -> Database:
    """Five members who are ambassadors too, of whom the second has stopped and the third blocked the bot."""
    async with database.changing() as session:
        await arm(session)
        await make_organisation(session)
        for address in AMBASSADORS:
            await make_member(session, address, "nb")
            await make_ambassador(session, address)
        await session.execute(update(Person).where(Person.address == "2").values(stopped_at=MONDAY_9AM))
        await session.execute(update(Person).where(Person.address == "3").values(unreachable_reason="blocked"))
    return database


@pytest.mark.parametrize("audience", list(Audience))
async def test_as_many_get_it_as_were_counted(women: Database, audience: Audience) -> None:
    broadcast_id = await expand(women, audience)
    messenger = FakeMessenger()

    await post_rounds(women, messenger, at=MONDAY_9AM)

    async with women.reading() as session:
        counted = await count_by_language(session, broadcast_id)
    assert sum(one.count for one in counted.values()) == 3
    assert sorted(messenger.addresses()) == ["1", "4", "5"]


async def test_a_drill_does_not_reach_who_stopped_speaking_after_it_began(women: Database) -> None:
    await expand(women, Audience.AMBASSADORS)
    async with women.changing() as session:
        saba = select(Person.id).where(Person.address == "1").scalar_subquery()
        await session.execute(update(Ambassador).where(Ambassador.person_id == saba).values(ended_at=MONDAY_9AM))
    messenger = FakeMessenger()

    await post_rounds(women, messenger, at=MONDAY_9AM)

    found = await states(women)
    assert found["1"] == ("skipped", "left")
    assert sorted(messenger.addresses()) == ["4", "5"]
    assert found["4"] == SENT


async def expand(database: Database, audience: Audience) -> int:
    """A message to this audience that goes out now."""
    async with database.changing() as session:
        state = BroadcastState.SENDING
        broadcast = await make_broadcast(session, audience=audience, state=state, approved_version=1)
        run = Release(
            broadcast_id=broadcast.id,
            organisation_id=WOMEN,
            due_at=MONDAY_9AM,
            send_until=later(MONDAY_9AM, hours=12),
            state=ReleaseState.EXPANDING,
            began_at=MONDAY_9AM,
        )
        session.add(run)
    await expand_all(database, at=MONDAY_9AM)
    return broadcast.id

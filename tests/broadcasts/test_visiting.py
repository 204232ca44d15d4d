"""Members of the web chat find their messages at the next visit."""

from broadcasts.announcements.announcement import Announcement
from broadcasts.delivery.arming import disarm
from broadcasts.delivery.audience import expand_all
from broadcasts.delivery.direct import write_to
from broadcasts.delivery.settling import settle
from broadcasts.delivery.visiting import find_awaited, hand_over
from broadcasts.organisations.records import Organisation, OrganisationState
from core.database import Database
from core.people import Address, Person
from tests.broadcasts.making import WOMEN, arm, make_member, make_organisation
from tests.broadcasts.messengers import later, states
from tests.broadcasts.test_delivery import release
from tests.conftest import MONDAY_9AM

BROWSER = "b" * 22
HERE = Address("web", BROWSER)


async def member(database: Database) -> Person:
    async with database.changing() as session:
        await arm(session)
        await make_organisation(session)
        return await make_member(session, BROWSER, "ar", channel="web")


async def test_what_waits_is_shown_once_in_the_visitors_language(database: Database) -> None:
    person = await member(database)
    await release(database)

    async with database.changing() as session:
        before = await find_awaited(session, HERE, at=MONDAY_9AM)
        first = await hand_over(session, person.id, at=MONDAY_9AM)
    async with database.changing() as session:
        second = await hand_over(session, person.id, at=MONDAY_9AM)
        after = await find_awaited(session, HERE, at=MONDAY_9AM)

    assert (before, after) == (person.id, None)
    assert [one.content.language for one in first if isinstance(one.content, Announcement)] == ["ar"]
    assert second == []
    assert await states(database) == {BROWSER: ("sent", "")}


async def test_what_is_no_longer_useful_is_not_shown(database: Database) -> None:
    person = await member(database)
    await release(database)
    late = later(MONDAY_9AM, hours=12)

    async with database.changing() as session:
        shown = await hand_over(session, person.id, at=late)
    await settle(database, at=late)

    assert shown == []
    assert await states(database) == {BROWSER: ("expired", "")}


async def test_a_dormant_organisation_shows_nothing_either(database: Database) -> None:
    person = await member(database)
    await release(database)
    async with database.changing() as session:
        (await session.get_one(Organisation, WOMEN)).state = OrganisationState.DORMANT

    async with database.changing() as session:
        shown = await hand_over(session, person.id, at=MONDAY_9AM)

    assert shown == []
    assert await states(database) == {BROWSER: ("queued", "")}


async def test_messages_for_one_person_come_even_when_the_installation_sends_no_broadcasts(database: Database) -> None:
    person = await member(database)
    await release(database)
    async with database.changing() as session:
        await disarm(session, by=None, at=MONDAY_9AM)
        await write_to(session, person.id, "voice_answer", {"text": "Ja"}, key="1", at=MONDAY_9AM)

    async with database.changing() as session:
        shown = await hand_over(session, person.id, at=MONDAY_9AM)

    assert len(shown) == 1
    await expand_all(database, at=MONDAY_9AM)
    assert await states(database) == {BROWSER: ("queued", "")}

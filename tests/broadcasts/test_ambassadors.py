"""Ambassadors: how they come in, agree, hand over and end; their groups, and what they have done."""

import hashlib
from datetime import date, timedelta

import pytest
from sqlalchemy import delete, select
from sqlalchemy.ext.asyncio import AsyncSession

from bot.channels.telegram.reading import CHANNEL
from bot.desk import CATALOGUES
from broadcasts.delivery.records import DirectMessage, Release, ReleaseState
from broadcasts.organisations.ambassadors import (
    STEPPED_DOWN,
    AmbassadorEnded,
    AmbassadorNameMissing,
    LinkNotOpen,
    OrganisationHasEnded,
    SpeaksAlready,
    add_ambassador,
    agree,
    connect,
    end_ambassador,
    ensure_ambassador,
    find_ambassador,
    find_link,
    hand_over,
    hands_over_to,
    list_for_person,
    make_link,
)
from broadcasts.organisations.by import By
from broadcasts.organisations.confirming import ask_to_confirm
from broadcasts.organisations.effort import EffortWrong, drop_effort, list_effort, load_certificate, log_effort
from broadcasts.organisations.groups import (
    Added,
    GroupNotYours,
    connect_group,
    end_group,
    list_groups,
    list_groups_of_nobody,
    note_added,
    note_removed,
)
from broadcasts.organisations.keeping import get_organisation
from broadcasts.organisations.records import Ambassador, AmbassadorLink, Group, OrganisationState
from broadcasts.organisations.speaking import NotTheirOrganisation
from broadcasts.organisations.words import VERSION, agreement
from core.database import Database
from core.people import Address, Person
from core.timeline import list_entries
from tests.broadcasts.making import (
    POLES,
    WOMEN,
    make_ambassador,
    make_broadcast,
    make_organisation,
    make_person,
)
from tests.conftest import DALIA, MONDAY_9AM

STAFF = By(staff_id=1)
TODAY = MONDAY_9AM.date()


async def new_ambassador(session: AsyncSession, name: str = "Saba") -> tuple[Ambassador, str]:
    """Somebody who was added and has a link, but has not opened it."""
    added = await add_ambassador(session, WOMEN, name, by=STAFF, at=MONDAY_9AM)
    return added, await make_link(session, added.id, by=STAFF, at=MONDAY_9AM)


async def state(session: AsyncSession) -> str:
    return (await get_organisation(session, WOMEN)).state


def test_somebody_did_it_and_only_one() -> None:
    for ambassador_id, staff_id in ((None, None), (1, 1)):
        with pytest.raises(ValueError, match="ambassador"):
            By(ambassador_id, staff_id)


async def test_the_first_ambassador_who_agrees_wakes_the_organisation(database: Database) -> None:
    async with database.changing() as session:
        await make_organisation(session, state=OrganisationState.DORMANT)
        saba = await make_person(session)
        added, token = await new_ambassador(session)

        await connect(session, token, saba.id, at=MONDAY_9AM)
        assert await find_ambassador(session, WOMEN, person_id=saba.id) is None
        await agree(session, added.id, VERSION, at=MONDAY_9AM)

        assert (await find_ambassador(session, WOMEN, person_id=saba.id)) is added
        assert [one.id for one in await list_for_person(session, saba.id)] == [added.id]
        assert await state(session) == OrganisationState.ACTIVE
        assert {one.event for one in await list_entries(session)} >= {"ambassador_agreed", "organisation_woken"}


async def test_a_link_works_once_for_seven_days_and_is_kept_as_a_hash(database: Database) -> None:
    async with database.changing() as session:
        await make_organisation(session)
        saba = await make_person(session)
        added, token = await new_ambassador(session)

        assert await find_link(session, token, at=MONDAY_9AM + timedelta(days=7)) is None
        assert await find_link(session, token, at=MONDAY_9AM + timedelta(days=6)) is added
        await connect(session, token, saba.id, at=MONDAY_9AM)
        with pytest.raises(LinkNotOpen):
            await connect(session, token, saba.id, at=MONDAY_9AM)

        assert await find_link(session, token, at=MONDAY_9AM) is None
        assert token not in str((await session.scalars(select(AmbassadorLink.token_hash))).all())


async def test_a_newer_link_ends_the_one_before(database: Database) -> None:
    async with database.changing() as session:
        await make_organisation(session)
        added, token = await new_ambassador(session)

        newer = await make_link(session, added.id, by=STAFF, at=MONDAY_9AM)

        assert await find_link(session, token, at=MONDAY_9AM) is None
        assert await find_link(session, newer, at=MONDAY_9AM) is added


async def test_nobody_is_an_ambassador_of_one_organisation_twice(database: Database) -> None:
    async with database.changing() as session:
        await make_organisation(session)
        saba = await make_ambassador(session, DALIA)
        _added, token = await new_ambassador(session, "Saba again")
        await ensure_ambassador(session, WOMEN, 7, "Saba", at=MONDAY_9AM)

        with pytest.raises(SpeaksAlready):
            await connect(session, token, saba.person_id or 0, at=MONDAY_9AM)
        with pytest.raises(SpeaksAlready):
            await add_ambassador(session, WOMEN, "Saba", staff_id=7, by=STAFF, at=MONDAY_9AM)


@pytest.mark.parametrize("name", ["", " \n ", "x" * 121, "a\u202eb"])
async def test_an_ambassador_has_a_name(database: Database, name: str) -> None:
    async with database.changing() as session:
        await make_organisation(session)

        with pytest.raises(AmbassadorNameMissing):
            await add_ambassador(session, WOMEN, name, by=STAFF, at=MONDAY_9AM)


async def test_nobody_speaks_for_an_organisation_that_has_ended(database: Database) -> None:
    async with database.changing() as session:
        await make_organisation(session, state=OrganisationState.ENDED)

        with pytest.raises(OrganisationHasEnded):
            await add_ambassador(session, WOMEN, "Saba", by=STAFF, at=MONDAY_9AM)
        assert await ensure_ambassador(session, WOMEN, 7, "Saba", at=MONDAY_9AM) is None


async def test_an_organisation_sleeps_when_its_last_ambassador_steps_down(database: Database) -> None:
    async with database.changing() as session:
        await make_organisation(session)
        saba, senait = await make_ambassador(session), await make_ambassador(session, "2002")

        await end_ambassador(session, saba.id, STEPPED_DOWN, by=By(saba.id), at=MONDAY_9AM)
        assert await state(session) == OrganisationState.ACTIVE
        await end_ambassador(session, senait.id, STEPPED_DOWN, by=By(senait.id), at=MONDAY_9AM)

        assert await state(session) == OrganisationState.DORMANT
        assert (await list_entries(session))[0].event == "organisation_without_ambassador"
        with pytest.raises(AmbassadorEnded):
            await agree(session, saba.id, VERSION, at=MONDAY_9AM)


async def test_an_ambassador_ends_nobody_but_themselves(database: Database) -> None:
    async with database.changing() as session:
        await make_organisation(session)
        saba, senait = await make_ambassador(session), await make_ambassador(session, "2002")

        with pytest.raises(NotTheirOrganisation):
            await end_ambassador(session, senait.id, STEPPED_DOWN, by=By(saba.id), at=MONDAY_9AM)
        with pytest.raises(NotTheirOrganisation):
            await hand_over(session, senait.id, "X", by=By(saba.id), at=MONDAY_9AM)


async def test_who_hands_over_stays_until_the_other_has_agreed(database: Database) -> None:
    async with database.changing() as session:
        await make_organisation(session)
        saba, other = await make_ambassador(session), await make_person(session, "2002")

        senait = await hand_over(session, saba.id, "Senait", by=STAFF, at=MONDAY_9AM)
        token = await make_link(session, senait.id, by=STAFF, at=MONDAY_9AM)
        await connect(session, token, other.id, at=MONDAY_9AM)
        assert (saba.ended_at, hands_over_to(saba)) == (None, senait.id)
        await agree(session, senait.id, VERSION, at=MONDAY_9AM)

        assert (saba.ended_at, saba.ended_reason) == (MONDAY_9AM, "handed_over")
        assert [(one.person_id, one.kind) for one in await session.scalars(select(DirectMessage))] == [
            (saba.person_id, "ambassador_ended")
        ]
        assert await find_ambassador(session, WOMEN, person_id=other.id) is senait
        assert await state(session) == OrganisationState.ACTIVE


async def test_when_the_other_does_not_come_the_first_goes_on(database: Database) -> None:
    async with database.changing() as session:
        await make_organisation(session)
        saba = await make_ambassador(session)
        senait = await hand_over(session, saba.id, "Senait", by=STAFF, at=MONDAY_9AM)

        await end_ambassador(session, senait.id, "taken_away", by=STAFF, at=MONDAY_9AM)
        await session.refresh(saba)

        assert (saba.ended_at, saba.ended_reason) == (None, "")


async def test_an_account_at_the_desk_agrees_first_and_does_not_come_back_by_itself(database: Database) -> None:
    async with database.changing() as session:
        await make_organisation(session, state=OrganisationState.DORMANT)

        first = await ensure_ambassador(session, WOMEN, 7, "Saba", at=MONDAY_9AM)
        again = await ensure_ambassador(session, WOMEN, 7, "Saba", at=MONDAY_9AM)
        assert first is not None
        assert again is first
        assert await find_ambassador(session, WOMEN, staff_id=7) is None
        await agree(session, first.id, VERSION, at=MONDAY_9AM)
        assert await find_ambassador(session, WOMEN, staff_id=7) is first
        await end_ambassador(session, first.id, "taken_away", by=STAFF, at=MONDAY_9AM)

        assert await ensure_ambassador(session, WOMEN, 7, "Saba", at=MONDAY_9AM) is None


async def test_who_asks_to_be_forgotten_speaks_no_more(database: Database) -> None:
    async with database.changing() as session:
        await make_organisation(session)
        saba = await make_ambassador(session)
        await session.execute(delete(Person).where(Person.id == saba.person_id))
        session.expire_all()

        await ask_to_confirm(session, at=MONDAY_9AM)
        await session.refresh(saba)

        assert (saba.name, saba.ended_reason) == ("–", "forgotten")
        assert await state(session) == OrganisationState.DORMANT


def test_a_change_of_the_agreement_is_a_new_version() -> None:
    """Who agreed to other words must be asked again: after a change, raise VERSION and write both here."""
    words = repr(agreement(CATALOGUES.translator("en")))

    assert (VERSION, hashlib.sha256(words.encode()).hexdigest()[:12]) == ("1", "cd3ddc002407")


# Groups


def added_by(address: str, title: str = "Kvinnegruppa") -> Added:
    return Added(Address(CHANNEL, "-100123"), title, Address(CHANNEL, address))


async def told(session: AsyncSession) -> list[str]:
    return list(await session.scalars(select(DirectMessage.kind).order_by(DirectMessage.id)))


async def test_an_ambassador_who_adds_the_bot_to_a_group_is_asked_and_connects_it(database: Database) -> None:
    async with database.changing() as session:
        await make_organisation(session)
        saba = await make_ambassador(session, "2001")

        group = await note_added(session, added_by("2001"), at=MONDAY_9AM)
        assert (await told(session), await list_groups(session, WOMEN)) == (["group_added"], [])
        await connect_group(session, group.id, WOMEN, "ti", by=By(saba.id), at=MONDAY_9AM)

        assert [(one.title, one.language) for one in await list_groups(session, WOMEN)] == [("Kvinnegruppa", "ti")]


@pytest.mark.parametrize("who", [DALIA, "nobody-we-know"])
async def test_a_group_that_somebody_else_added_is_kept_for_staff_without_their_name(
    database: Database, who: str
) -> None:
    async with database.changing() as session:
        await make_organisation(session)
        await make_person(session, DALIA)

        await note_added(session, added_by(who), at=MONDAY_9AM)

        assert await told(session) == []
        assert [(one.added_by, one.organisation_id) for one in await list_groups_of_nobody(session)] == [(None, None)]


async def test_an_ambassador_connects_neither_another_ones_group_nor_to_another_organisation(
    database: Database,
) -> None:
    async with database.changing() as session:
        await make_organisation(session)
        await make_organisation(session, POLES)
        saba = await make_ambassador(session, "2001")
        ola = await make_ambassador(session, "2002", organisation_id=POLES)
        group = await note_added(session, added_by("2001"), at=MONDAY_9AM)

        with pytest.raises(NotTheirOrganisation):
            await connect_group(session, group.id, POLES, "pl", by=By(saba.id), at=MONDAY_9AM)
        with pytest.raises(GroupNotYours):
            await connect_group(session, group.id, POLES, "pl", by=By(ola.id), at=MONDAY_9AM)


async def test_a_group_that_lost_the_bot_ends_and_begins_anew_when_it_comes_back(database: Database) -> None:
    async with database.changing() as session:
        await make_organisation(session)
        saba = await make_ambassador(session, "2001")
        group = await note_added(session, added_by("2001"), at=MONDAY_9AM)
        await connect_group(session, group.id, WOMEN, "ti", by=By(saba.id), at=MONDAY_9AM)

        await note_removed(session, group_address(group), at=MONDAY_9AM)
        assert await list_groups(session, WOMEN) == []
        again = await note_added(session, added_by("2001"), at=MONDAY_9AM + timedelta(days=1))

        assert (again.id, again.organisation_id, again.ended_at) == (group.id, None, None)
        assert await told(session) == ["group_added", "group_added"]


async def test_a_change_of_its_rights_disconnects_no_group_and_staff_can_take_it_away(database: Database) -> None:
    async with database.changing() as session:
        await make_organisation(session)
        saba = await make_ambassador(session, "2001")
        group = await note_added(session, added_by("2001"), at=MONDAY_9AM)
        await connect_group(session, group.id, WOMEN, "ti", by=By(saba.id), at=MONDAY_9AM)

        await note_added(session, added_by("2001", "New title"), at=MONDAY_9AM)
        assert [one.title for one in await list_groups(session, WOMEN)] == ["New title"]
        await end_group(session, group.id, "taken_away", by=STAFF, at=MONDAY_9AM)

        assert await list_groups(session, WOMEN) == []


def group_address(group: Group) -> Address:
    return Address(group.channel, group.address)


# What they did


async def test_time_and_messages_are_counted_for_a_certificate(database: Database) -> None:
    async with database.changing() as session:
        await make_organisation(session)
        saba = await make_ambassador(session)
        for day in (date(2026, 11, 20), date(2026, 11, 20), date(2025, 11, 20)):
            await log_effort(session, saba.id, day, 45, "Ringte medlemmer", at=MONDAY_9AM, today=TODAY)
        broadcast = await make_broadcast(session, author_ambassador_id=saba.id)
        for number, how in enumerate((ReleaseState.SENT, ReleaseState.CANCELLED)):
            when = MONDAY_9AM + timedelta(minutes=number)
            session.add(Release(broadcast_id=broadcast.id, organisation_id=WOMEN, due_at=when, began_at=when,
                                send_until=when, state=how))  # fmt: skip
        await session.flush()

        found = await load_certificate(session, saba.id, since=date(2026, 1, 1), until=TODAY, zone="Europe/Oslo")

    assert (found.minutes, found.days, found.messages, found.comments) == (90, 1, 1, 0)
    assert (found.name, found.organisation) == ("Saba", "Eritrean Women")


@pytest.mark.parametrize(
    ("day", "minutes", "what"),
    [(TODAY + timedelta(days=1), 5, "x"), (TODAY, 0, "x"), (TODAY, 1441, "x"), (TODAY, 5, ""), (TODAY, 5, "x" * 301)],
)
async def test_time_that_cannot_be_is_not_written_down(database: Database, day: date, minutes: int, what: str) -> None:
    async with database.changing() as session:
        await make_organisation(session)
        saba = await make_ambassador(session)

        with pytest.raises(EffortWrong):
            await log_effort(session, saba.id, day, minutes, what, at=MONDAY_9AM, today=TODAY)


async def test_only_the_own_line_is_taken_back(database: Database) -> None:
    async with database.changing() as session:
        await make_organisation(session)
        saba, senait = await make_ambassador(session), await make_ambassador(session, "2002")
        await log_effort(session, saba.id, TODAY, 5, "x", at=MONDAY_9AM, today=TODAY)
        (line,) = await list_effort(session, WOMEN, since=TODAY, until=TODAY)

        await drop_effort(session, line.id, ambassador_id=senait.id)
        assert len(await list_effort(session, WOMEN, since=TODAY, until=TODAY)) == 1
        await drop_effort(session, line.id, ambassador_id=saba.id)

        assert await list_effort(session, WOMEN, since=TODAY, until=TODAY) == []

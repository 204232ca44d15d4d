"""Joining and leaving organisations: what a person agreed to, and what the organisation sees."""

from collections.abc import Awaitable, Callable
from datetime import timedelta

import pytest
from sqlalchemy import select

from broadcasts.announcements.records import Kind
from broadcasts.delivery.records import DirectMessage
from broadcasts.members.admitting import NobodyWaits, approve_member, decline_member, is_nickname, list_waiting
from broadcasts.members.joining import (
    AskedTooSoon,
    MembershipCard,
    NicknameMissing,
    OrganisationTakesNobody,
    UrgentIsNotMuted,
    join,
    leave,
    leave_all,
    list_memberships,
    mute,
    unmute,
)
from broadcasts.members.ledger import Consent
from broadcasts.members.records import ConsentEntry, ConsentEvent, Membership, MembershipState
from broadcasts.organisations.by import By
from broadcasts.organisations.records import OrganisationState
from broadcasts.organisations.speaking import NotTheirOrganisation
from core.database import Database
from core.people import Address, forget, meet
from core.timeline import list_entries
from tests.broadcasts.making import POLES, WOMEN, make_ambassador, make_member, make_organisation, make_person
from tests.conftest import CHAU, DALIA, MONDAY_9AM, TELEGRAM
from tests.fakes.telegram_line import everything_stored

CONSENT = Consent("5f2d", "ar")
LATER = MONDAY_9AM + timedelta(hours=2)


async def ledger(database: Database) -> list[tuple[str, str, str]]:
    """Event, organisation, and what more there is to it."""
    async with database.reading() as session:
        rows = await session.scalars(select(ConsentEntry).order_by(ConsentEntry.id))
        return [(row.event, row.organisation_id, row.text_version or row.detail) for row in rows]


async def cards(database: Database, person_id: int) -> list[MembershipCard]:
    async with database.reading() as session:
        return await list_memberships(session, person_id)


async def test_who_joins_is_a_member_and_the_words_they_agreed_to_are_kept(database: Database) -> None:
    async with database.changing() as session:
        await make_organisation(session)
        dalia = await make_person(session)
        state = await join(session, dalia.id, WOMEN, CONSENT, at=MONDAY_9AM)

    assert state is MembershipState.MEMBER
    assert [(card.organisation, card.since) for card in await cards(database, dalia.id)] == [
        ("Eritrean Women", MONDAY_9AM)
    ]
    async with database.reading() as session:
        kept = (await session.scalars(select(ConsentEntry))).one()
    assert (kept.event, kept.text_version, kept.language) == (ConsentEvent.JOINED, "5f2d", "ar")


async def test_joining_twice_is_joining_once(database: Database) -> None:
    async with database.changing() as session:
        await make_organisation(session)
        dalia = await make_person(session)
        await join(session, dalia.id, WOMEN, CONSENT, at=MONDAY_9AM)
        await join(session, dalia.id, WOMEN, CONSENT, at=LATER)

    assert [card.since for card in await cards(database, dalia.id)] == [MONDAY_9AM]
    assert len(await ledger(database)) == 1


@pytest.mark.parametrize("state", [OrganisationState.DORMANT, OrganisationState.ENDED])
async def test_nobody_joins_an_organisation_that_sends_nothing(database: Database, state: OrganisationState) -> None:
    async with database.changing() as session:
        await make_organisation(session, state=state)
        dalia = await make_person(session)
        with pytest.raises(OrganisationTakesNobody):
            await join(session, dalia.id, WOMEN, CONSENT, at=MONDAY_9AM)


async def test_leaving_one_organisation_keeps_the_others(database: Database) -> None:
    async with database.changing() as session:
        for organisation in (WOMEN, POLES):
            await make_organisation(session, organisation)
            dalia = await make_member(session, organisation_id=organisation)
        await leave(session, dalia.id, WOMEN, at=LATER)
        await leave(session, dalia.id, WOMEN, at=LATER)

    assert [card.organisation_id for card in await cards(database, dalia.id)] == [POLES]
    assert await ledger(database) == [("left", WOMEN, "")]


async def test_stop_leaves_all_and_only_what_is_joined_afterwards_sends_again(database: Database) -> None:
    async with database.changing() as session:
        for organisation in (WOMEN, POLES):
            await make_organisation(session, organisation)
            dalia = await make_member(session, organisation_id=organisation)
        dalia.stopped_at = MONDAY_9AM
        left = await leave_all(session, dalia.id, at=MONDAY_9AM)
        await join(session, dalia.id, POLES, CONSENT, at=LATER)

    assert left == (WOMEN, POLES)
    assert dalia.stopped_at is None
    assert [card.organisation_id for card in await cards(database, dalia.id)] == [POLES]
    assert await ledger(database) == [("stopped", WOMEN, ""), ("stopped", POLES, ""), ("joined", POLES, "5f2d")]


async def test_writing_again_after_a_stop_joins_nothing(database: Database) -> None:
    async with database.changing() as session:
        await make_organisation(session)
        dalia = await make_member(session)
        dalia.stopped_at = MONDAY_9AM
        await leave_all(session, dalia.id, at=MONDAY_9AM)

    async with database.changing() as session:
        again = await meet(session, Address(TELEGRAM, DALIA), at=LATER)

    assert again.stopped_at == MONDAY_9AM
    assert await cards(database, dalia.id) == []


async def test_topics_are_muted_and_taken_again_but_urgent_ones_always_come(database: Database) -> None:
    async with database.changing() as session:
        await make_organisation(session)
        dalia = await make_member(session)
        await mute(session, dalia.id, WOMEN, Kind.NEWS, at=MONDAY_9AM)
        await mute(session, dalia.id, WOMEN, Kind.COURSE, at=MONDAY_9AM)
        await unmute(session, dalia.id, WOMEN, Kind.NEWS, at=LATER)
        with pytest.raises(UrgentIsNotMuted):
            await mute(session, dalia.id, WOMEN, Kind.URGENT, at=LATER)

    assert [card.muted for card in await cards(database, dalia.id)] == [{Kind.COURSE}]
    assert await ledger(database) == [("muted", WOMEN, "news"), ("muted", WOMEN, "course"), ("unmuted", WOMEN, "news")]


async def test_who_joins_again_gets_all_topics(database: Database) -> None:
    async with database.changing() as session:
        await make_organisation(session)
        dalia = await make_member(session, muted=["news"])
        await leave(session, dalia.id, WOMEN, at=MONDAY_9AM)
        await join(session, dalia.id, WOMEN, CONSENT, at=LATER)

    assert [card.muted for card in await cards(database, dalia.id)] == [frozenset()]


async def test_who_is_no_member_mutes_nothing(database: Database) -> None:
    async with database.changing() as session:
        await make_organisation(session)
        dalia = await make_person(session)
        await mute(session, dalia.id, WOMEN, Kind.NEWS, at=MONDAY_9AM)

    assert await ledger(database) == []


async def test_everything_goes_when_somebody_is_forgotten(database: Database) -> None:
    async with database.changing() as session:
        await make_organisation(session, asks_approval=True)
        dalia = await make_person(session)
        await join(session, dalia.id, WOMEN, CONSENT, nickname="Dalia from the kitchen", at=MONDAY_9AM)
    assert "from the kitchen" in await everything_stored(database)

    async with database.changing() as session:
        assert await forget(session, Address(TELEGRAM, DALIA))

    async with database.reading() as session:
        assert (await session.scalars(select(Membership))).all() == []
        assert (await session.scalars(select(ConsentEntry))).all() == []
    stored = await everything_stored(database)
    assert "from the kitchen" not in stored
    assert DALIA not in stored


# Organisations that say yes to each


async def test_who_asks_waits_and_the_ambassador_sees_a_nickname_and_nothing_else(database: Database) -> None:
    async with database.changing() as session:
        await make_organisation(session, asks_approval=True)
        saba = await make_ambassador(session)
        dalia = await make_person(session)
        with pytest.raises(NicknameMissing):
            await join(session, dalia.id, WOMEN, CONSENT, nickname="", at=MONDAY_9AM)
        state = await join(session, dalia.id, WOMEN, CONSENT, nickname=" Umm Noor ", at=MONDAY_9AM)

    assert state is MembershipState.WAITING
    async with database.reading() as session:
        assert [one.nickname for one in await list_waiting(session, WOMEN)] == ["Umm Noor"]
        told = (await session.scalars(select(DirectMessage))).one()
    assert (told.person_id, told.kind) == (saba.person_id, "membership_asked")
    assert DALIA not in str(told.about)
    assert set(told.about) == {"membership", "organisation", "nickname"}


@pytest.mark.parametrize(
    ("decide", "state", "told"),
    [
        (approve_member, MembershipState.MEMBER, "membership_approved"),
        (decline_member, MembershipState.DECLINED, "membership_declined"),
    ],
)
async def test_the_ambassador_decides_once_and_the_person_is_told(
    database: Database, decide: Callable[..., Awaitable[None]], state: MembershipState, told: str
) -> None:
    async with database.changing() as session:
        await make_organisation(session, asks_approval=True)
        saba = await make_ambassador(session)
        dalia = await make_person(session)
        await join(session, dalia.id, WOMEN, CONSENT, nickname="Umm Noor", at=MONDAY_9AM)
        (waiting,) = await list_waiting(session, WOMEN)
        await decide(session, waiting.membership_id, by=By(ambassador_id=saba.id), at=LATER)
        with pytest.raises(NobodyWaits):
            await decide(session, waiting.membership_id, by=By(ambassador_id=saba.id), at=LATER)

    async with database.reading() as session:
        now = (await session.scalars(select(Membership))).one()
        kinds = list(await session.scalars(select(DirectMessage.kind).where(DirectMessage.person_id == dalia.id)))
        entries = await list_entries(session, about=f"organisation:{WOMEN}")
    assert (now.state, now.nickname) == (state, "")
    assert kinds == [told]
    assert [set(entry.details) for entry in entries] == [{"ambassador"}]


async def test_the_ambassador_of_another_organisation_decides_nothing(database: Database) -> None:
    async with database.changing() as session:
        await make_organisation(session, asks_approval=True)
        await make_organisation(session, POLES)
        pole = await make_ambassador(session, "2002", organisation_id=POLES)
        dalia = await make_person(session)
        await join(session, dalia.id, WOMEN, CONSENT, nickname="Umm Noor", at=MONDAY_9AM)
        (waiting,) = await list_waiting(session, WOMEN)
        with pytest.raises(NotTheirOrganisation):
            await approve_member(session, waiting.membership_id, by=By(ambassador_id=pole.id), at=LATER)


async def test_after_a_no_one_asks_again_a_week_later(database: Database) -> None:
    async with database.changing() as session:
        await make_organisation(session, asks_approval=True)
        dalia = await make_person(session)
        await join(session, dalia.id, WOMEN, CONSENT, nickname="Umm Noor", at=MONDAY_9AM)
        (waiting,) = await list_waiting(session, WOMEN)
        await decline_member(session, waiting.membership_id, by=By(staff_id=1), at=MONDAY_9AM)
        with pytest.raises(AskedTooSoon):
            await join(session, dalia.id, WOMEN, CONSENT, nickname="Umm Noor", at=LATER)
        in_a_week = MONDAY_9AM + timedelta(days=7)
        assert await join(session, dalia.id, WOMEN, CONSENT, nickname="Umm Noor", at=in_a_week) == "waiting"


@pytest.mark.parametrize("name", ["Al", "Umm Noor", "نور", "می‌نا", "ሰባ", "Ола", "Marek 12", "x" * 40])
def test_a_nickname_is_what_people_call_themselves(name: str) -> None:
    assert is_nickname(name)


@pytest.mark.parametrize(
    "name",
    [
        "",
        "A",
        "x" * 41,
        "912 34 567",
        "Noor 91234567",
        "noor@mail.no",
        "t.me/noor",
        "▇▇▇",
        "No\nor",
        "??",
        "\u202eNoor",
    ],
)
def test_a_nickname_leads_to_nobody(name: str) -> None:
    assert not is_nickname(name)


async def test_two_members_of_one_organisation_know_nothing_of_each_other(database: Database) -> None:
    async with database.changing() as session:
        await make_organisation(session)
        dalia, chau = await make_member(session), await make_member(session, CHAU, "vi")
        await leave(session, dalia.id, WOMEN, at=LATER)

    assert [card.organisation_id for card in await cards(database, chau.id)] == [WOMEN]

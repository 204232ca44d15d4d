"""Organisations: their entries, their codes, their sleep and their end, and the map of who is reached."""

from datetime import date, timedelta

import pytest
from sqlalchemy import select

from broadcasts.announcements.records import Broadcast, BroadcastState
from broadcasts.delivery.records import DirectMessage, Release, ReleaseState
from broadcasts.members.records import ConsentEntry, ConsentEvent, Membership, MembershipState
from broadcasts.organisations.by import By
from broadcasts.organisations.checks import OrganisationDetails, OrganisationDetailsWrong, check_organisation
from broadcasts.organisations.confirming import AGAIN, ask_to_confirm
from broadcasts.organisations.coverage import Concern, load_coverage, load_standings
from broadcasts.organisations.keeping import (
    CODE_LENGTH,
    DIGITS,
    LONGEST_ID,
    NobodySpeaksForIt,
    OrganisationChangedMeanwhile,
    add_organisation,
    confirm_entry,
    describe,
    details_of,
    edit_organisation,
    find_by_code,
    fingerprint,
    get_organisation,
    is_stale,
    list_organisations,
    make_code,
    renew_code,
    set_state,
)
from broadcasts.organisations.records import Ambassador, Group, OrganisationState
from broadcasts.organisations.speaking import NotTheirOrganisation
from core.database import Database
from core.timeline import list_entries
from tests.broadcasts.making import (
    CODE,
    POLES,
    WOMEN,
    make_ambassador,
    make_broadcast,
    make_member,
    make_organisation,
)
from tests.conftest import CHAU, DALIA, MONDAY_9AM

AMINA = 1
TODAY = MONDAY_9AM.date()
CLUB = OrganisationDetails("Polski Klub w Brobygda", languages=("pl",), about={"nb": "Vi danser."})


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("Polski Klub w Brobygda", "polski-klub-w-brobygda"),
        ("Ærlig Øl & Åte", "aerlig-ol-ate"),
        ("Łódź", "lodz"),
        ("جمعية النساء", "organisation"),
        ("New", "new-organisation"),
        ("x" * 100, "x" * LONGEST_ID),
    ],
)
async def test_an_organisation_gets_a_short_name_for_addresses(database: Database, name: str, expected: str) -> None:
    async with database.changing() as session:
        first = await add_organisation(session, OrganisationDetails(name), by=AMINA, at=MONDAY_9AM)
        second = await add_organisation(session, OrganisationDetails(name), by=AMINA, at=MONDAY_9AM)

    assert first.id == expected
    assert second.id != first.id
    assert len(second.id) <= LONGEST_ID
    assert second.id.endswith("-2")


def test_a_join_code_cannot_be_mistaken_and_is_no_word() -> None:
    codes = {make_code() for _ in range(300)}

    assert len(codes) == 300
    assert all(len(code) == CODE_LENGTH and not set(code) & set("0O1IL") for code in codes)
    assert all(sum(one in DIGITS for one in code) >= 2 for code in codes)


@pytest.mark.parametrize("typed", [CODE, "wmna 2345", "WMNA-2345", "wmna۲۳۴۵", "wmna٢٣٤٥", " W M N A 2 3 4 5 "])
async def test_a_code_is_found_however_it_is_typed(database: Database, typed: str) -> None:
    async with database.changing() as session:
        await make_organisation(session)

        found = await find_by_code(session, typed)

    assert found is not None
    assert found.id == WOMEN


@pytest.mark.parametrize("typed", ["", "WMNA2346", "Barnehag", "\0" * 8, "🙂" * 8])
async def test_other_words_are_no_code(database: Database, typed: str) -> None:
    async with database.changing() as session:
        await make_organisation(session)

        assert await find_by_code(session, typed) is None


async def test_a_new_code_shuts_the_old_one_out(database: Database) -> None:
    async with database.changing() as session:
        await make_organisation(session)

        new = await renew_code(session, WOMEN, by=AMINA, at=MONDAY_9AM)

        assert await find_by_code(session, CODE) is None
        assert await find_by_code(session, new) is not None


@pytest.mark.parametrize(
    ("details", "expected"),
    [
        (OrganisationDetails(""), {("name", "organisation_name_missing")}),
        (OrganisationDetails("x", number="123456789"), {("number", "organisation_number_wrong")}),
        (OrganisationDetails("x", number="٩٧٤٧٦٠٦٧٣"), {("number", "organisation_number_wrong")}),
        (OrganisationDetails("x", number="974760673"), set()),
        (OrganisationDetails("x", website="klubben.no"), {("website", "organisation_website_wrong")}),
        (OrganisationDetails("x", website="javascript:alert(1)"), {("website", "organisation_website_wrong")}),
        (OrganisationDetails("x", website="http://klubben.no/om"), set()),
        (OrganisationDetails("x", about={"ar": "أ" * 601}), {("about.ar", "text_long")}),
        (OrganisationDetails("x", about={"ar": "\u202eab"}), {("about.ar", "control_character")}),
        (OrganisationDetails("x<b>"), {("name", "html_in_text")}),
        (OrganisationDetails("x", languages=("xx",)), {("languages", "organisation_language_unknown")}),
    ],
)
def test_what_is_wrong_with_an_entry_is_said_beside_its_field(
    details: OrganisationDetails, expected: set[tuple[str, str]]
) -> None:
    assert {(issue.field, issue.code) for issue in check_organisation(details)} == expected


async def test_nothing_is_kept_while_something_is_wrong(database: Database) -> None:
    async with database.changing() as session:
        with pytest.raises(OrganisationDetailsWrong):
            await add_organisation(session, OrganisationDetails(""), by=AMINA, at=MONDAY_9AM)

        assert await list_organisations(session) == []


async def test_two_who_edit_at_once_are_told(database: Database) -> None:
    async with database.changing() as session:
        added = await add_organisation(session, CLUB, by=AMINA, at=MONDAY_9AM)
        seen = fingerprint(details_of(added))
        theirs = OrganisationDetails("Klubben")
        await edit_organisation(session, added.id, theirs, seen=seen, by=AMINA, at=MONDAY_9AM)

        with pytest.raises(OrganisationChangedMeanwhile):
            await edit_organisation(session, added.id, CLUB, seen=seen, by=2, at=MONDAY_9AM)

        assert (await get_organisation(session, added.id)).name == "Klubben"


async def test_an_organisation_without_an_ambassador_sleeps_and_cannot_be_woken(database: Database) -> None:
    async with database.changing() as session:
        added = await add_organisation(session, CLUB, by=AMINA, at=MONDAY_9AM)
        assert added.state == OrganisationState.DORMANT

        with pytest.raises(NobodySpeaksForIt):
            await set_state(session, added.id, OrganisationState.ACTIVE, by=AMINA, at=MONDAY_9AM)


async def test_a_sleeping_organisation_keeps_its_members(database: Database) -> None:
    async with database.changing() as session:
        await make_organisation(session)
        await make_member(session)
        await make_ambassador(session)

        await set_state(session, WOMEN, OrganisationState.DORMANT, by=AMINA, at=MONDAY_9AM)
        await set_state(session, WOMEN, OrganisationState.ACTIVE, by=AMINA, at=MONDAY_9AM)

        assert await session.scalar(select(Membership.state)) == MembershipState.MEMBER
        assert (await session.scalars(select(ConsentEntry))).all() == []


async def test_when_an_organisation_ends_all_that_is_open_ends_with_it(database: Database) -> None:
    async with database.changing() as session:
        await make_organisation(session)
        await make_organisation(session, POLES)
        await make_member(session, DALIA)
        await make_member(session, CHAU, "en", state=MembershipState.WAITING)
        await make_member(session, "1003", "pl", organisation_id=POLES)
        await make_ambassador(session)
        await make_broadcast(session, state=BroadcastState.SCHEDULED)
        session.add(Group(channel="telegram", address="-1", title="Kvinner", organisation_id=WOMEN, language="nb",
                          added_at=MONDAY_9AM))  # fmt: skip

        await set_state(session, WOMEN, OrganisationState.ENDED, by=AMINA, at=MONDAY_9AM)

    async with database.reading() as session:
        states = (await session.scalars(select(Membership.state).order_by(Membership.id))).all()
        ledger = (await session.scalars(select(ConsentEntry))).all()
        assert states == [MembershipState.LEFT, MembershipState.LEFT, MembershipState.MEMBER]
        assert [(one.event, one.detail, one.at) for one in ledger] == [
            (ConsentEvent.LEFT, "organisation_ended", MONDAY_9AM)
        ] * 2
        assert (await session.scalars(select(Ambassador.ended_reason))).all() == ["organisation_ended"]
        assert (await session.scalars(select(Group.ended_at))).all() == [MONDAY_9AM]
        assert (await session.scalars(select(Broadcast.state))).all() == [BroadcastState.CANCELLED]


async def test_an_ambassador_confirms_and_describes_the_own_organisation_only(database: Database) -> None:
    async with database.changing() as session:
        await make_organisation(session)
        await make_organisation(session, POLES)
        saba = By(ambassador_id=(await make_ambassador(session)).id)

        await describe(session, WOMEN, "ar", " نلتقي كل سبت ", by=saba, at=MONDAY_9AM, today=TODAY)
        with pytest.raises(NotTheirOrganisation):
            await describe(session, POLES, "ar", "x", by=saba, at=MONDAY_9AM, today=TODAY)
        with pytest.raises(NotTheirOrganisation):
            await confirm_entry(session, POLES, by=saba, at=MONDAY_9AM, today=TODAY)

        women = await get_organisation(session, WOMEN)
        assert (women.about["ar"], women.about["nb"]) == ("نلتقي كل سبت", "Vi møtes.")
        assert women.confirmed_on == TODAY
        assert (await list_entries(session))[0].details["ambassador"] == str(saba.ambassador_id)


async def test_an_entry_is_asked_about_after_a_month_then_yearly_and_one_ambassador_at_a_time(
    database: Database,
) -> None:
    async with database.changing() as session:
        await make_organisation(session)
        saba = await make_ambassador(session)
        await make_ambassador(session, "2002", "ar", name="Senait")
        month = MONDAY_9AM + timedelta(days=30)

        asked = [await ask_to_confirm(session, at=at) for at in (MONDAY_9AM, month, month + timedelta(hours=1))]
        asked.append(await ask_to_confirm(session, at=month + AGAIN))
        by = By(ambassador_id=saba.id)
        await confirm_entry(session, WOMEN, by=by, at=month + AGAIN, today=(month + AGAIN).date())
        asked += [await ask_to_confirm(session, at=month + AGAIN + timedelta(days=days)) for days in (364, 365)]

        told = (await session.scalars(select(DirectMessage.person_id).order_by(DirectMessage.id))).all()
        assert asked == [0, 1, 0, 1, 0, 1]
        assert told[0] != told[1]


async def test_nobody_is_asked_about_an_organisation_that_sleeps(database: Database) -> None:
    async with database.changing() as session:
        await make_organisation(session, state=OrganisationState.DORMANT)
        await make_ambassador(session)

        assert await ask_to_confirm(session, at=MONDAY_9AM + timedelta(days=60)) == 0


async def test_an_entry_is_stale_after_a_year(database: Database) -> None:
    async with database.changing() as session:
        women = await make_organisation(session, confirmed_on=date(2026, 1, 1))

    assert not is_stale(women, today=date(2026, 12, 31))
    assert is_stale(women, today=date(2027, 1, 1))


async def test_the_map_counts_languages_districts_and_what_needs_a_word(database: Database) -> None:
    long_ago = MONDAY_9AM - timedelta(days=400)
    async with database.changing() as session:
        await make_organisation(session, districts=["Nord"], at=long_ago)
        await make_organisation(session, POLES, languages=["pl"], districts=["Øst"], at=long_ago)
        await make_organisation(session, "choir", state=OrganisationState.DORMANT)
        await make_ambassador(session)
        await make_member(session, DALIA)
        await make_member(session, CHAU, "vi")
        broadcast = await make_broadcast(session)
        session.add(Release(broadcast_id=broadcast.id, organisation_id=WOMEN, due_at=MONDAY_9AM, began_at=MONDAY_9AM,
                            send_until=MONDAY_9AM, state=ReleaseState.SENT))  # fmt: skip
        await session.flush()

        coverage = await load_coverage(session, districts=["Nord", "Sør"], at=MONDAY_9AM, today=TODAY)

    reached = {one.language: (one.members, one.organisations, one.ambassadors) for one in coverage.languages}
    assert (reached["ar"], reached["vi"], reached["pl"], reached["nb"]) == ((1, 1, 0), (1, 0, 0), (0, 1, 0), (0, 0, 1))
    assert coverage.districts == {"Nord": ["Eritrean Women"], "Sør": [], "Øst": [POLES]}
    assert {one.organisation.id: one.concerns for one in coverage.concerns} == {
        WOMEN: (Concern.NEVER_CONFIRMED,),
        POLES: (Concern.NO_AMBASSADOR,),
        "choir": (Concern.NO_AMBASSADOR,),
    }


async def test_who_has_not_confirmed_the_entry_within_a_year_is_on_the_map(database: Database) -> None:
    async with database.changing() as session:
        await make_organisation(session, confirmed_on=TODAY - timedelta(days=366), at=MONDAY_9AM - timedelta(days=100))
        await make_ambassador(session)

        (women,) = await load_standings(session, at=MONDAY_9AM, today=TODAY)

    assert women.concerns == (Concern.NOT_CONFIRMED,)


async def test_who_has_sent_nothing_for_half_a_year_is_on_the_map(database: Database) -> None:
    async with database.changing() as session:
        await make_organisation(session, confirmed_on=TODAY, at=MONDAY_9AM - timedelta(days=200))
        await make_ambassador(session)

        (women,) = await load_standings(session, at=MONDAY_9AM, today=TODAY)

    assert women.concerns == (Concern.NOTHING_SENT,)

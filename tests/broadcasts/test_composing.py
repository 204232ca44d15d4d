"""Writing a broadcast: who may, what changes when, and what is thrown away."""

from dataclasses import replace
from datetime import timedelta

import pytest
from sqlalchemy.exc import NoResultFound
from sqlalchemy.ext.asyncio import AsyncSession

from broadcasts.announcements.composing import (
    BroadcastNotSavable,
    Details,
    begin,
    details_of,
    discard,
    get_broadcast,
    list_broadcasts,
    list_texts,
    list_titles,
    remove_text,
    set_details,
    set_text,
)
from broadcasts.announcements.copying import send_again
from broadcasts.announcements.records import Broadcast, BroadcastState, Fallback, Kind
from broadcasts.announcements.rights import (
    BeingRead,
    NotTheirAmbassador,
    OnItsWay,
    OrganisationNotActive,
    UrgentIsForStaff,
)
from broadcasts.delivery.records import Release, ReleaseState
from broadcasts.organisations.by import By
from broadcasts.organisations.records import OrganisationState
from core.database import Database
from core.timeline import list_entries
from tests.broadcasts.making import POLES, WOMEN, make_ambassador, make_broadcast, make_organisation
from tests.conftest import MONDAY_9AM

STAFF = By(staff_id=1)
APPROVED = {"state": BroadcastState.APPROVED, "approved_version": 1, "approved_by": 2, "approved_at": MONDAY_9AM}


async def make_saba(session: AsyncSession) -> By:
    """The ambassador of the women's organisation."""
    await make_organisation(session)
    return By(ambassador_id=(await make_ambassador(session)).id)


async def start(
    session: AsyncSession, by: By, kind: Kind = Kind.NEWS, organisation_id: str | None = WOMEN
) -> Broadcast:
    return await begin(
        session,
        organisation_id=organisation_id,
        kind=kind,
        source_language="no",
        by=by,
        zone="Europe/Oslo",
        at=MONDAY_9AM,
    )


async def make_release(session: AsyncSession, broadcast: Broadcast) -> None:
    session.add(
        Release(
            broadcast_id=broadcast.id,
            organisation_id=WOMEN,
            due_at=MONDAY_9AM,
            send_until=MONDAY_9AM + timedelta(days=1),
            state=ReleaseState.SENT,
            began_at=MONDAY_9AM,
        )
    )
    await session.flush()


async def test_an_ambassador_writes_a_message_in_two_languages(database: Database) -> None:
    async with database.changing() as session:
        saba = await make_saba(session)

        new = await start(session, saba)
        await set_text(
            session, new.id, "nb", title=" Kafé  på\nlørdag ", body="Kom!\r\n\r\n\r\n\r\nAlle. ", by=saba, at=MONDAY_9AM
        )
        await set_text(session, new.id, "ar", title="مقهى", body="تعالوا!", by=saba, at=MONDAY_9AM)

    async with database.reading() as session:
        texts = await list_texts(session, new.id)
        assert (texts["nb"].title, texts["nb"].body) == ("Kafé på lørdag", "Kom!\n\nAlle.")
        assert list(texts) == ["nb", "ar"]
        assert (await get_broadcast(session, new.id)).source_language == "nb"
        assert (await list_titles(session, [new.id]))[new.id]["ar"] == "مقهى"
        assert [one.id for one in await list_broadcasts(session, WOMEN)] == [new.id]


async def test_what_is_saved_unchanged_changes_nothing(database: Database) -> None:
    async with database.changing() as session:
        saba = await make_saba(session)
        new = await make_broadcast(session)

        await set_text(
            session, new.id, "nb", title="Kafé på lørdag", body="Vi møtes klokka 12.", by=saba, at=MONDAY_9AM
        )
        await remove_text(session, new.id, "uk", by=saba, at=MONDAY_9AM)

        assert new.text_version == 1


@pytest.mark.parametrize("state", ["approved", "scheduled", "paused"])
async def test_a_changed_text_takes_the_approval_and_the_time_away(database: Database, state: str) -> None:
    async with database.changing() as session:
        saba = await make_saba(session)
        new = await make_broadcast(session, **{**APPROVED, "state": state}, next_run_at=MONDAY_9AM)

        await set_text(session, new.id, "nb", title="Ny", body="Ny tekst.", by=saba, at=MONDAY_9AM)

        assert (new.state, new.next_run_at, new.approved_by) == (BroadcastState.DRAFT, None, None)
        assert (new.text_version, new.approved_version) == (2, None)
        events = [entry.event for entry in await list_entries(session, about=f"broadcast:{new.id}")]
        assert events[:2] == ["broadcast_approval_fell", "broadcast_text_written"]


async def test_whom_it_falls_back_on_may_change_after_the_approval_and_a_place_may_not(database: Database) -> None:
    async with database.changing() as session:
        saba = await make_saba(session)
        new = await make_broadcast(session, **APPROVED)

        own_only = replace(details_of(new), fallback=Fallback.OWN_LANGUAGE_ONLY)
        await set_details(session, new.id, own_only, by=saba, at=MONDAY_9AM)
        kept = (new.state, new.fallback, new.text_version)
        await set_details(session, new.id, replace(own_only, place="Biblioteket"), by=saba, at=MONDAY_9AM)

        assert kept == (BroadcastState.APPROVED, Fallback.OWN_LANGUAGE_ONLY, 1)
        assert (new.state, new.place) == (BroadcastState.DRAFT, "Biblioteket")


@pytest.mark.parametrize("state", ["sending", "sent", "cancelled", "expired"])
async def test_what_is_on_its_way_is_not_changed_and_can_be_copied(database: Database, state: str) -> None:
    async with database.changing() as session:
        saba = await make_saba(session)
        old = await make_broadcast(session, **{**APPROVED, "state": state}, comment={"nb": "Kom!"}, place="Torget")

        with pytest.raises(OnItsWay):
            await set_text(session, old.id, "nb", title="Ny", body="Ny.", by=saba, at=MONDAY_9AM)
        again = await send_again(session, old.id, by=saba, at=MONDAY_9AM)

        assert (again.state, again.approved_version, again.next_run_at) == (BroadcastState.DRAFT, None, None)
        assert (again.comment, again.place) == ({"nb": "Kom!"}, "Torget")
        assert [text.title for text in (await list_texts(session, again.id)).values()] == [
            "Kafé på lørdag",
            "مقهى يوم السبت",
        ]


async def test_a_repeated_message_that_went_out_once_is_not_changed(database: Database) -> None:
    async with database.changing() as session:
        saba = await make_saba(session)
        weekly = await make_broadcast(session, **{**APPROVED, "state": BroadcastState.SCHEDULED})
        await make_release(session, weekly)

        with pytest.raises(OnItsWay):
            await set_text(session, weekly.id, "nb", title="Ny", body="Ny.", by=saba, at=MONDAY_9AM)
        with pytest.raises(OnItsWay):
            await set_details(session, weekly.id, Details(Fallback.OWN_LANGUAGE_ONLY), by=saba, at=MONDAY_9AM)


async def test_what_a_second_person_reads_is_taken_back_first(database: Database) -> None:
    async with database.changing() as session:
        saba = await make_saba(session)
        new = await make_broadcast(session, state=BroadcastState.IN_BRIEFING)

        with pytest.raises(BeingRead):
            await set_details(session, new.id, Details(place="Torget"), by=saba, at=MONDAY_9AM)


async def test_only_an_ambassador_who_has_agreed_writes_while_the_organisation_is_active(database: Database) -> None:
    async with database.changing() as session:
        organisation = await make_organisation(session)
        new = By(ambassador_id=(await make_ambassador(session, "2002", agreed_at=None)).id)
        gone = By(ambassador_id=(await make_ambassador(session, "2003", ended_at=MONDAY_9AM)).id)
        active = By(ambassador_id=(await make_ambassador(session, "2004")).id)

        for one in (new, gone, STAFF):
            with pytest.raises(NotTheirAmbassador):
                await start(session, one)
        organisation.state = OrganisationState.DORMANT
        with pytest.raises(OrganisationNotActive):
            await start(session, active)


async def test_another_organisations_message_is_as_if_it_were_not_there(database: Database) -> None:
    async with database.changing() as session:
        await make_saba(session)
        await make_organisation(session, POLES)
        piotr = By(ambassador_id=(await make_ambassador(session, "3001", organisation_id=POLES)).id)
        secret = await make_broadcast(session)
        proposal = await make_broadcast(session, organisation_id=None)

        for hidden in (secret.id, proposal.id, 4711):
            with pytest.raises(NoResultFound):
                await set_text(session, hidden, "nb", title="Mitt", body="Mitt.", by=piotr, at=MONDAY_9AM)
            with pytest.raises(NoResultFound):
                await send_again(session, hidden, by=piotr, at=MONDAY_9AM)


async def test_urgent_messages_are_written_by_staff_only(database: Database) -> None:
    async with database.changing() as session:
        saba = await make_saba(session)
        sent = await make_broadcast(session, state=BroadcastState.SENT, kind=Kind.URGENT)

        with pytest.raises(UrgentIsForStaff):
            await start(session, saba, Kind.URGENT)
        with pytest.raises(UrgentIsForStaff):
            await send_again(session, sent.id, by=saba, at=MONDAY_9AM)
        proposal = await start(session, STAFF, Kind.URGENT, None)

        assert [one.id for one in await list_broadcasts(session, None)] == [proposal.id]


async def test_a_text_that_cannot_be_saved_says_everything_that_is_wrong(database: Database) -> None:
    async with database.changing() as session:
        saba = await make_saba(session)
        new = await start(session, saba)

        with pytest.raises(BroadcastNotSavable) as refused:
            await set_text(session, new.id, "nb", title="<b>Kafé</b>", body="a" * 1501, by=saba, at=MONDAY_9AM)

        assert {(issue.field, issue.code) for issue in refused.value.issues} == {
            ("nb.title", "html_in_text"),
            ("nb.body", "broadcast_body_long"),
        }
        assert await list_texts(session, new.id) == {}


async def test_a_draft_is_thrown_away_and_nothing_else(database: Database) -> None:
    async with database.changing() as session:
        saba = await make_saba(session)
        draft, approved = await make_broadcast(session), await make_broadcast(session, **APPROVED)

        await discard(session, draft.id, by=saba, at=MONDAY_9AM)
        with pytest.raises(OnItsWay):
            await discard(session, approved.id, by=saba, at=MONDAY_9AM)

    async with database.reading() as session:
        assert [one.id for one in await list_broadcasts(session, WOMEN)] == [approved.id]
        assert await list_texts(session, draft.id) == {}

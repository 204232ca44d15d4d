"""A second person reads a message where policy says so, and never their own."""

import asyncio

import pytest
from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from broadcasts.announcements.approving import (
    BroadcastChangedMeanwhile,
    BroadcastNotReady,
    NotADraft,
    NoteNeeded,
    NothingToRead,
    NothingToTakeBack,
    OwnBroadcast,
    approve,
    list_to_approve,
    may_approve,
    send_back,
    submit,
    take_back,
)
from broadcasts.announcements.composing import begin, remove_text, set_text
from broadcasts.announcements.records import Broadcast, BroadcastState, Kind
from broadcasts.announcements.rights import NotTheirAmbassador
from broadcasts.delivery.arming import edit_policy
from broadcasts.delivery.records import DirectMessage
from broadcasts.organisations.by import By
from core.database import Database
from tests.broadcasts.making import WOMEN, make_ambassador, make_broadcast, make_organisation
from tests.conftest import MONDAY_9AM

AMINA, BERT, CHAU = 11, 12, 13  # staff


async def make_saba(session: AsyncSession, **more: object) -> By:
    await make_organisation(session)
    return By(ambassador_id=(await make_ambassador(session, **more)).id)


async def make_waiting(session: AsyncSession, by: By) -> Broadcast:
    """A message that was submitted and waits for a second person."""
    new = await make_broadcast(session, author_ambassador_id=by.ambassador_id)
    return await submit(session, new.id, by=by, at=MONDAY_9AM)


async def make_urgent(session: AsyncSession) -> Broadcast:
    """Amina's urgent proposal, a draft."""
    amina = By(staff_id=AMINA)
    new = await begin(
        session,
        organisation_id=None,
        kind=Kind.URGENT,
        source_language="nb",
        by=amina,
        zone="Europe/Oslo",
        at=MONDAY_9AM,
    )
    await set_text(session, new.id, "nb", title="Kok vannet", body="Kok vannet til fredag.", by=amina, at=MONDAY_9AM)
    return new


async def list_told(session: AsyncSession) -> list[tuple[str, dict[str, str]]]:
    rows = await session.scalars(select(DirectMessage).order_by(DirectMessage.id))
    return [(row.kind, row.about) for row in rows]


async def test_staff_read_the_first_messages_of_an_organisation_and_no_more(database: Database) -> None:
    async with database.changing() as session:
        saba = await make_saba(session)
        await edit_policy(
            session, quiet_from="21:00", quiet_until="08:00", first_read_by_staff=2, by=AMINA, at=MONDAY_9AM
        )

        states = []
        for _message in range(4):
            message = await make_waiting(session, saba)
            states.append(message.state)
            if message.state == BroadcastState.IN_BRIEFING:
                await approve(session, message.id, by=BERT, at=MONDAY_9AM)

        assert states == ["in_briefing", "in_briefing", "approved", "approved"]
        assert (message.approved_version, message.approved_by) == (message.text_version, None)


async def test_the_ambassador_is_told_in_the_chat_that_it_is_approved(database: Database) -> None:
    async with database.changing() as session:
        saba = await make_saba(session, language="ar")
        message = await make_waiting(session, saba)

        approved = await approve(session, message.id, by=BERT, at=MONDAY_9AM)

        assert (approved.state, approved.approved_by) == (BroadcastState.APPROVED, BERT)
        ((kind, about),) = await list_told(session)
        assert (kind, about["title"], about["organisation"]) == ("approved", "مقهى يوم السبت", "Eritrean Women")
        assert await list_to_approve(session) == []


async def test_nobody_approves_words_that_came_after_they_had_read(database: Database) -> None:
    async with database.changing() as session:
        saba = await make_saba(session)
        message = await make_waiting(session, saba)
        read = message.text_version
        await take_back(session, message.id, by=saba, at=MONDAY_9AM)
        await set_text(session, message.id, "nb", title="Kafé", body="Noe annet.", by=saba, at=MONDAY_9AM)
        await submit(session, message.id, by=saba, at=MONDAY_9AM)

        with pytest.raises(BroadcastChangedMeanwhile):
            await approve(session, message.id, by=BERT, at=MONDAY_9AM, seen=read)

        approved = await approve(session, message.id, by=BERT, at=MONDAY_9AM, seen=read + 1)
        assert approved.state == BroadcastState.APPROVED


async def test_who_sends_it_back_says_why_and_the_ambassador_is_told(database: Database) -> None:
    async with database.changing() as session:
        saba = await make_saba(session)
        message = await make_waiting(session, saba)

        with pytest.raises(NoteNeeded):
            await send_back(session, message.id, " ", by=BERT, at=MONDAY_9AM)
        await send_back(session, message.id, "Når begynner det?", by=BERT, at=MONDAY_9AM)

        assert (message.state, message.note) == (BroadcastState.DRAFT, "Når begynner det?")
        assert [(kind, about["note"]) for kind, about in await list_told(session)] == [
            ("sent_back", "Når begynner det?")
        ]


async def test_staff_who_speak_for_an_organisation_do_not_approve_for_it(database: Database) -> None:
    async with database.changing() as session:
        saba = await make_saba(session, staff_id=AMINA)
        await make_ambassador(session, "2002", staff_id=BERT)
        message = await make_waiting(session, saba)

        for own in (AMINA, BERT):
            assert not await may_approve(session, message.id, by=own)
            with pytest.raises(OwnBroadcast):
                await approve(session, message.id, by=own, at=MONDAY_9AM)
        await approve(session, message.id, by=CHAU, at=MONDAY_9AM)

        assert message.state == BroadcastState.APPROVED


async def test_an_urgent_proposal_is_read_by_somebody_who_wrote_none_of_it(database: Database) -> None:
    async with database.changing() as session:
        urgent = await make_urgent(session)
        bert = By(staff_id=BERT)
        await set_text(session, urgent.id, "ar", title="اغلوا الماء", body="حتى الجمعة.", by=bert, at=MONDAY_9AM)
        await submit(session, urgent.id, by=bert, at=MONDAY_9AM)

        for own in (AMINA, BERT):
            with pytest.raises(OwnBroadcast):
                await approve(session, urgent.id, by=own, at=MONDAY_9AM)
        assert [one.id for one in await list_to_approve(session)] == [urgent.id]
        await approve(session, urgent.id, by=CHAU, at=MONDAY_9AM)

        assert (urgent.state, urgent.approved_by) == (BroadcastState.APPROVED, CHAU)
        assert await list_to_approve(session) == []


async def test_a_proposal_that_is_not_urgent_needs_no_second_person(database: Database) -> None:
    async with database.changing() as session:
        proposal = await make_broadcast(session, organisation_id=None, author_staff_id=AMINA)

        await submit(session, proposal.id, by=By(staff_id=AMINA), at=MONDAY_9AM)

        assert proposal.state == BroadcastState.APPROVED


async def test_who_wrote_it_takes_it_back_and_an_approval_no_longer_holds(database: Database) -> None:
    async with database.changing() as session:
        saba = await make_saba(session)
        message = await make_waiting(session, saba)
        await approve(session, message.id, by=BERT, at=MONDAY_9AM)

        with pytest.raises(NotTheirAmbassador):
            await take_back(session, message.id, by=By(staff_id=BERT), at=MONDAY_9AM)
        await take_back(session, message.id, by=saba, at=MONDAY_9AM)

        assert (message.state, message.approved_by, message.approved_version) == (BroadcastState.DRAFT, None, None)
        with pytest.raises(NothingToTakeBack):
            await take_back(session, message.id, by=saba, at=MONDAY_9AM)


async def test_an_unfinished_message_is_not_submitted_and_a_submitted_one_not_again(database: Database) -> None:
    async with database.changing() as session:
        saba = await make_saba(session)
        message = await make_broadcast(session)
        await remove_text(session, message.id, "nb", by=saba, at=MONDAY_9AM)

        with pytest.raises(BroadcastNotReady) as refused:
            await submit(session, message.id, by=saba, at=MONDAY_9AM)
        await set_text(session, message.id, "nb", title="Kafé", body="Kom!", by=saba, at=MONDAY_9AM)
        await submit(session, message.id, by=saba, at=MONDAY_9AM)

        assert [issue.code for issue in refused.value.issues] == ["source_text_missing"]
        with pytest.raises(NotADraft):
            await submit(session, message.id, by=saba, at=MONDAY_9AM)


async def test_what_does_not_wait_is_neither_approved_nor_sent_back(database: Database) -> None:
    async with database.changing() as session:
        await make_saba(session)
        draft = await make_broadcast(session)

        with pytest.raises(NothingToRead):
            await approve(session, draft.id, by=BERT, at=MONDAY_9AM)
        with pytest.raises(NothingToRead):
            await send_back(session, draft.id, "Nei.", by=BERT, at=MONDAY_9AM)


async def test_of_two_who_approve_at_once_one_does(database: Database) -> None:
    async with database.changing() as session:
        message = await make_waiting(session, await make_saba(session))

    async def try_to_approve(staff_id: int) -> bool:
        async with database.changing() as session:
            await approve(session, message.id, by=staff_id, at=MONDAY_9AM)
        return True

    done = await asyncio.gather(try_to_approve(BERT), try_to_approve(CHAU), return_exceptions=True)

    assert sorted(type(one).__name__ for one in done) == ["NothingToRead", "bool"]
    async with database.reading() as session:
        assert [kind for kind, _about in await list_told(session)] == ["approved"]
        assert (await session.get_one(Broadcast, message.id)).organisation_id == WOMEN

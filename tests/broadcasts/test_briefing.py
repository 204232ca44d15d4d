"""Staff propose, ambassadors ask, and each organisation does with it what it wants."""

import asyncio
from collections import Counter
from dataclasses import replace
from datetime import timedelta

import pytest
from sqlalchemy import select
from sqlalchemy.exc import NoResultFound
from sqlalchemy.ext.asyncio import AsyncSession

from broadcasts.announcements.approving import approve, submit
from broadcasts.announcements.composing import (
    begin,
    details_of,
    list_broadcasts,
    list_texts,
    set_details,
    set_text,
)
from broadcasts.announcements.records import Broadcast, BroadcastState, Fallback, Kind
from broadcasts.announcements.rights import AcceptedUnchanged, NotTheirAmbassador, OrganisationNotActive
from broadcasts.briefing.answering import (
    CommentNeeded,
    CopyOnItsWay,
    accept,
    adapt,
    comment,
    decline,
    list_briefings,
    pause_briefing,
)
from broadcasts.briefing.proposing import NobodyAsked, NoProposal, SecondPersonFirst, propose, withdraw
from broadcasts.briefing.reading import count_questions, find_briefing, list_asked, list_comments
from broadcasts.briefing.records import Briefing, Decision
from broadcasts.delivery.records import DirectMessage
from broadcasts.organisations.by import By
from broadcasts.organisations.records import OrganisationState
from core.database import Database
from tests.broadcasts.making import POLES, WOMEN, make_ambassador, make_broadcast, make_organisation
from tests.conftest import MONDAY_9AM

AMINA, BERT = 11, 12
STAFF = By(staff_id=AMINA)
TOMORROW = MONDAY_9AM + timedelta(days=1)


async def make_two(session: AsyncSession) -> tuple[By, By]:
    """Saba of the women, who reads Arabic, and Piotr of the Poles."""
    await make_organisation(session)
    await make_organisation(session, POLES)
    saba = await make_ambassador(session, language="ar")
    piotr = await make_ambassador(session, "3001", "pl", organisation_id=POLES)
    return By(ambassador_id=saba.id), By(ambassador_id=piotr.id)


async def make_proposal(session: AsyncSession, *organisations: str, kind: Kind = Kind.NEWS) -> Broadcast:
    """What Amina proposes to these organisations."""
    new = await begin(
        session, organisation_id=None, kind=kind, source_language="nb", by=STAFF, zone="Europe/Oslo", at=MONDAY_9AM
    )
    await set_text(session, new.id, "nb", title="Vaksine", body="Gratis på torsdag.", by=STAFF, at=MONDAY_9AM)
    await set_text(session, new.id, "ar", title="لقاح", body="مجانا يوم الخميس.", by=STAFF, at=MONDAY_9AM)
    if organisations:
        await propose(session, new.id, organisations, by=AMINA, at=MONDAY_9AM)
    return new


async def get_briefing(session: AsyncSession, proposal: Broadcast, organisation_id: str = WOMEN) -> Briefing:
    card = await find_briefing(session, proposal.id, organisation_id)
    assert card is not None
    return card.briefing


async def list_told(session: AsyncSession, kind: str) -> list[str]:
    """The titles and texts that were written to ambassadors."""
    rows = await session.scalars(select(DirectMessage).where(DirectMessage.kind == kind).order_by(DirectMessage.id))
    return [row.about.get("text") or row.about["title"] for row in rows]


async def test_every_ambassador_of_those_who_are_asked_is_told_in_their_language(database: Database) -> None:
    async with database.changing() as session:
        await make_two(session)
        await make_ambassador(session, "2002", "nb")
        await make_ambassador(session, "2003", "nb", ended_at=MONDAY_9AM)

        proposal = await make_proposal(session, WOMEN)
        again = await propose(session, proposal.id, [WOMEN, POLES], by=AMINA, at=TOMORROW)

        assert again == 1
        assert await list_told(session, "proposal") == ["لقاح", "Vaksine", "Vaksine"]
        assert [card.titles["ar"] for card in await list_briefings(session, WOMEN)] == ["لقاح"]
        assert proposal.state == BroadcastState.IN_BRIEFING


async def test_only_active_organisations_are_asked_and_at_least_one(database: Database) -> None:
    async with database.changing() as session:
        await make_organisation(session, state=OrganisationState.DORMANT)
        proposal, own = await make_proposal(session), await make_broadcast(session)

        with pytest.raises(OrganisationNotActive):
            await propose(session, proposal.id, [WOMEN], by=AMINA, at=MONDAY_9AM)
        with pytest.raises(NobodyAsked):
            await propose(session, proposal.id, [], by=AMINA, at=MONDAY_9AM)
        with pytest.raises(NoProposal):
            await propose(session, own.id, [WOMEN], by=AMINA, at=MONDAY_9AM)


async def test_what_an_organisation_asks_is_seen_by_itself_and_staff(database: Database) -> None:
    async with database.changing() as session:
        saba, piotr = await make_two(session)
        proposal = await make_proposal(session, WOMEN, POLES)

        await comment(session, proposal.id, WOMEN, "Er det tolk der? 010190 12345", by=saba, at=MONDAY_9AM)
        waiting = await count_questions(session)
        await comment(session, proposal.id, WOMEN, "Ja, på arabisk.", by=STAFF, at=TOMORROW)

        assert (waiting, await count_questions(session)) == (1, 0)
        assert [one.text for one in await list_comments(session, proposal.id, WOMEN)] == [
            "Er det tolk der? ▇▇▇",
            "Ja, på arabisk.",
        ]
        assert await list_comments(session, proposal.id, POLES) == []
        assert await list_told(session, "briefing_answer") == ["Ja, på arabisk."]
        with pytest.raises(NoResultFound):
            await comment(session, proposal.id, WOMEN, "Hva sier de?", by=piotr, at=TOMORROW)
        with pytest.raises(CommentNeeded):
            await comment(session, proposal.id, POLES, " ", by=piotr, at=TOMORROW)


async def test_accepted_as_it_stands_needs_nobody_more_and_its_words_are_locked(database: Database) -> None:
    async with database.changing() as session:
        saba, _piotr = await make_two(session)
        proposal = await make_proposal(session, WOMEN)
        briefing = await get_briefing(session, proposal)

        copy = await accept(session, briefing.id, by=saba, at=MONDAY_9AM)

        assert (copy.organisation_id, copy.state, copy.approved_version) == (WOMEN, "approved", copy.text_version)
        assert [text.title for text in (await list_texts(session, copy.id)).values()] == ["Vaksine", "لقاح"]
        with pytest.raises(AcceptedUnchanged):
            await set_text(session, copy.id, "ar", title="لقاح", body="لا.", by=saba, at=MONDAY_9AM)
        with pytest.raises(AcceptedUnchanged):
            await set_details(
                session, copy.id, replace(details_of(copy), comment={"ar": "مهم"}), by=saba, at=MONDAY_9AM
            )
        own_only = replace(details_of(copy), fallback=Fallback.OWN_LANGUAGE_ONLY)
        await set_details(session, copy.id, own_only, by=saba, at=MONDAY_9AM)
        assert (copy.state, copy.fallback) == ("approved", "own_language_only")


async def test_adapted_it_is_the_organisations_own_and_is_read_like_its_own(database: Database) -> None:
    async with database.changing() as session:
        saba, _piotr = await make_two(session)
        proposal = await make_proposal(session, WOMEN)
        briefing = await get_briefing(session, proposal)
        accepted = await accept(session, briefing.id, by=saba, at=MONDAY_9AM)

        copy = await adapt(session, briefing.id, by=saba, at=MONDAY_9AM)
        await set_details(
            session, copy.id, replace(details_of(copy), comment={"ar": "أنصح به"}), by=saba, at=MONDAY_9AM
        )
        await submit(session, copy.id, by=saba, at=MONDAY_9AM)

        assert copy.id == accepted.id
        assert (copy.state, copy.comment) == (BroadcastState.IN_BRIEFING, {"ar": "أنصح به"})
        assert (await list_asked(session, proposal.id))[0].briefing.decision == Decision.ADAPTED


async def test_no_needs_no_reason_and_may_become_a_yes(database: Database) -> None:
    async with database.changing() as session:
        saba, piotr = await make_two(session)
        proposal = await make_proposal(session, WOMEN, POLES)
        women, poles = await get_briefing(session, proposal), await get_briefing(session, proposal, POLES)
        adapted = await adapt(session, women.id, by=saba, at=MONDAY_9AM)

        await decline(session, women.id, by=saba, at=MONDAY_9AM)
        await decline(session, poles.id, reason="Passer ikke oss.", by=piotr, at=MONDAY_9AM)
        reasons = (women.reason, poles.reason)
        copy = await accept(session, women.id, by=saba, at=TOMORROW)

        assert reasons == ("", "Passer ikke oss.")
        assert (adapted.state, copy.state) == (BroadcastState.CANCELLED, BroadcastState.APPROVED)
        assert (women.decision, poles.copy_id) == (Decision.ACCEPTED, None)


async def test_not_now_is_taken_up_later(database: Database) -> None:
    async with database.changing() as session:
        saba, _piotr = await make_two(session)
        briefing = await get_briefing(session, await make_proposal(session, WOMEN))

        await pause_briefing(session, briefing.id, by=saba, at=MONDAY_9AM)
        paused = [card.briefing.decision for card in await list_briefings(session, WOMEN)]
        copy = await adapt(session, briefing.id, by=saba, at=TOMORROW)

        assert paused == ["paused"]
        assert copy.state == BroadcastState.DRAFT


@pytest.mark.parametrize("state", ["scheduled", "sending", "sent"])
async def test_a_decision_stands_when_the_copy_is_on_its_way(database: Database, state: str) -> None:
    async with database.changing() as session:
        saba, _piotr = await make_two(session)
        briefing = await get_briefing(session, await make_proposal(session, WOMEN))
        copy = await accept(session, briefing.id, by=saba, at=MONDAY_9AM)
        copy.state = BroadcastState(state)
        await session.flush()

        for change in (adapt, decline, pause_briefing):
            with pytest.raises(CopyOnItsWay):
                await change(session, briefing.id, by=saba, at=TOMORROW)
        assert (await accept(session, briefing.id, by=saba, at=TOMORROW)).id == copy.id


async def test_who_said_yes_to_other_words_keeps_them_and_is_told_once_a_day(database: Database) -> None:
    async with database.changing() as session:
        saba, piotr = await make_two(session)
        proposal = await make_proposal(session, WOMEN, POLES)
        women, poles = await get_briefing(session, proposal), await get_briefing(session, proposal, POLES)
        copy = await accept(session, women.id, by=saba, at=MONDAY_9AM)
        await decline(session, poles.id, by=piotr, at=MONDAY_9AM)

        for body in ("Gratis på fredag.", "Gratis på fredag klokka 12."):
            await set_text(session, proposal.id, "nb", title="Vaksine", body=body, by=STAFF, at=MONDAY_9AM)
        kept = (await list_texts(session, copy.id))["nb"].body
        (card,) = await list_briefings(session, WOMEN)
        renewed = await accept(session, women.id, by=saba, at=TOMORROW)

        assert kept == "Gratis på torsdag."
        assert card.has_changed
        assert await list_told(session, "proposal_changed") == ["لقاح"]
        assert renewed.id == copy.id
        assert (await list_texts(session, copy.id))["nb"].body == "Gratis på fredag klokka 12."
        assert (renewed.state, renewed.approved_version) == (BroadcastState.APPROVED, renewed.text_version)


async def test_withdrawn_it_is_cancelled_where_it_has_not_gone_out(database: Database) -> None:
    async with database.changing() as session:
        saba, piotr = await make_two(session)
        proposal = await make_proposal(session, WOMEN, POLES)
        women, poles = await get_briefing(session, proposal), await get_briefing(session, proposal, POLES)
        waiting = await accept(session, women.id, by=saba, at=MONDAY_9AM)
        sent = await accept(session, poles.id, by=piotr, at=MONDAY_9AM)
        sent.state = BroadcastState.SENT
        await session.flush()

        cancelled = await withdraw(session, proposal.id, "Datoen er feil.", by=AMINA, at=TOMORROW)
        await session.flush()

        assert (cancelled, waiting.state, sent.state) == (1, BroadcastState.CANCELLED, BroadcastState.SENT)
        assert await list_told(session, "proposal_withdrawn") == ["لقاح", "Vaksine"]
        assert await list_briefings(session, WOMEN) == []
        with pytest.raises(NoProposal):
            await accept(session, women.id, by=saba, at=TOMORROW)


async def test_an_urgent_proposal_is_read_before_organisations_see_it_and_after_each_change(database: Database) -> None:
    async with database.changing() as session:
        saba, _piotr = await make_two(session)
        urgent = await make_proposal(session, kind=Kind.URGENT)

        with pytest.raises(SecondPersonFirst):
            await propose(session, urgent.id, [WOMEN], by=AMINA, at=MONDAY_9AM)
        await submit(session, urgent.id, by=STAFF, at=MONDAY_9AM)
        await approve(session, urgent.id, by=BERT, at=MONDAY_9AM)
        await propose(session, urgent.id, [WOMEN], by=AMINA, at=MONDAY_9AM)
        briefing = await get_briefing(session, urgent)
        await accept(session, briefing.id, by=saba, at=MONDAY_9AM)
        await set_text(session, urgent.id, "nb", title="Vaksine", body="I dag!", by=STAFF, at=MONDAY_9AM)
        told_before = await list_told(session, "proposal_changed")
        with pytest.raises(SecondPersonFirst):
            await accept(session, briefing.id, by=saba, at=MONDAY_9AM)
        await approve(session, urgent.id, by=BERT, at=MONDAY_9AM)
        copy = await accept(session, briefing.id, by=saba, at=MONDAY_9AM)

        assert (told_before, await list_told(session, "proposal_changed")) == ([], ["لقاح"])
        assert (copy.kind, copy.state, urgent.state) == (Kind.URGENT, "approved", "in_briefing")
        adapted = await submit(
            session, (await adapt(session, briefing.id, by=saba, at=TOMORROW)).id, by=saba, at=TOMORROW
        )
        assert adapted.state == BroadcastState.IN_BRIEFING


async def test_an_ambassador_decides_for_their_own_organisation_only_and_staff_for_none(database: Database) -> None:
    async with database.changing() as session:
        _saba, piotr = await make_two(session)
        briefing = await get_briefing(session, await make_proposal(session, WOMEN))

        for way in (accept, adapt, decline, pause_briefing):
            with pytest.raises(NoResultFound):
                await way(session, briefing.id, by=piotr, at=MONDAY_9AM)
            with pytest.raises(NotTheirAmbassador):
                await way(session, briefing.id, by=STAFF, at=MONDAY_9AM)
        assert await list_briefings(session, POLES) == []


async def test_accepted_twice_at_once_there_is_one_copy(database: Database) -> None:
    async with database.changing() as session:
        saba, _piotr = await make_two(session)
        other = By(ambassador_id=(await make_ambassador(session, "2002")).id)
        briefing = await get_briefing(session, await make_proposal(session, WOMEN))

    async def say_yes(by: By) -> int:
        async with database.changing() as session:
            return (await accept(session, briefing.id, by=by, at=MONDAY_9AM)).id

    copies = await asyncio.gather(*(say_yes(by) for by in (saba, other, saba)))

    assert len(set(copies)) == 1
    async with database.reading() as session:
        assert [one.id for one in await list_broadcasts(session, WOMEN)] == [copies[0]]


async def test_accepted_and_withdrawn_at_once_nothing_is_left_to_send(database: Database) -> None:
    async with database.changing() as session:
        saba, _piotr = await make_two(session)
        proposal = await make_proposal(session, WOMEN)
        briefing = await get_briefing(session, proposal)

    async def say_yes() -> None:
        async with database.changing() as session:
            await accept(session, briefing.id, by=saba, at=MONDAY_9AM)

    async def take_away() -> None:
        async with database.changing() as session:
            await withdraw(session, proposal.id, "Feil dato.", by=AMINA, at=MONDAY_9AM)

    done = await asyncio.gather(take_away(), say_yes(), return_exceptions=True)

    assert {type(one) for one in done} <= {type(None), NoProposal}
    async with database.reading() as session:
        assert set(Counter(one.state for one in await list_broadcasts(session, WOMEN))) <= {"cancelled"}

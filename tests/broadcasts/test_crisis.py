"""One vetted message through all organisations that agreed: by two people, once, day and night; and drills."""

import asyncio
import gettext
from datetime import timedelta

import pytest
from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncSession

from bot.channels.telegram.reading import CHANNEL
from broadcasts.announcements.announcement import load_composed
from broadcasts.announcements.records import Audience, Broadcast, BroadcastState, Kind
from broadcasts.crisis.agreeing import OnlyItsAmbassadorAgrees, agree_to_crisis, list_agreed, list_not_agreed
from broadcasts.crisis.ending import end
from broadcasts.crisis.log import load_log
from broadcasts.crisis.preparing import CrisisAnswerGone, CrisisNameMissing, count_prepared, prepare
from broadcasts.crisis.records import Crisis, CrisisState
from broadcasts.crisis.releasing import (
    CrisisDecided,
    CrisisNeedsSecondPerson,
    CrisisSendingOff,
    CrisisTextChanged,
    NobodyAgreed,
    release,
)
from broadcasts.crisis.texts import CrisisText, mark_of
from broadcasts.delivery.audience import expand, expand_all
from broadcasts.delivery.claiming import claim
from broadcasts.delivery.recording import Outcome, record_outcomes
from broadcasts.delivery.records import Delivery, DeliveryState, DirectMessage, Release
from broadcasts.delivery.responses import respond
from broadcasts.delivery.settling import settle
from broadcasts.organisations.by import By
from broadcasts.organisations.records import OrganisationState
from broadcasts.scheduling.releasing import release_due
from core.database import Database
from core.errors import RuleBroken
from core.i18n import Translator
from core.timeline import list_entries
from tests.broadcasts.making import POLES, WOMEN, arm, make_ambassador, make_member, make_organisation
from tests.conftest import CHAU, MONDAY_9AM

ZONE = "Europe/Oslo"
AMINA, BERT = 1, 2
TEXTS = {
    "nb": CrisisText("Kok vannet", "Kok alt drikkevann.\n\nKilde: Prøvevik."),
    "ar": CrisisText("اغلوا الماء", "اغلوا ماء الشرب.\n\nPrøvevik"),
}
AT_NIGHT = MONDAY_9AM + timedelta(hours=17)  # two o'clock in Oslo
later = MONDAY_9AM + timedelta(minutes=10)


def english(_language: str) -> Translator:
    """Words are tested where the catalogues are."""
    return Translator("en", gettext.NullTranslations())


async def make_crisis(session: AsyncSession, *, is_drill: bool = False) -> Crisis:
    """Amina has prepared it; the women's organisation with one member has agreed, and sending is on."""
    await make_organisation(session, agrees_to_crisis_at=MONDAY_9AM)
    await make_ambassador(session)
    await make_member(session)
    await arm(session)
    return await prepare(
        session, name="Vann", answer_id="water", texts=TEXTS, is_drill=is_drill, by=AMINA, at=MONDAY_9AM
    )


async def send(session: AsyncSession, crisis_id: int, **more: object) -> list[Broadcast]:
    """Bert releases what he has read."""
    given = {"source_language": "nb", "mark": mark_of(TEXTS), "zone": ZONE, "by": BERT, "at": later}
    return await release(session, crisis_id, TEXTS, english, **given | more)  # type: ignore[arg-type]


@pytest.mark.parametrize("is_drill", [True, False])
async def test_a_second_person_sends_it_to_members_and_a_drill_to_ambassadors(
    database: Database, is_drill: bool
) -> None:
    async with database.changing() as session:
        crisis = await make_crisis(session, is_drill=is_drill)

        (made,) = await send(session, crisis.id)
        assert await release_due(session, at=later) == 1
        run = (await session.scalars(select(Release))).one()
        while await expand(session, run.id, at=later):
            pass

        composed = await load_composed(session, made.id)
        read = composed.for_reader("ar") if composed else None
        (delivery,) = await session.scalars(select(Delivery))
        assert made.kind == Kind.URGENT
        assert made.ignores_quiet_hours
        assert made.audience == (Audience.AMBASSADORS if is_drill else Audience.MEMBERS)
        assert delivery.wanted == ("nb" if is_drill else "ar")
        assert read is not None
        assert read.title == ("DRILL: اغلوا الماء" if is_drill else "اغلوا الماء")
        assert read.body.startswith("This is only a drill") is is_drill
        assert read.body.endswith("اغلوا ماء الشرب.\n\nPrøvevik")


async def test_ambassadors_are_told_what_goes_to_their_members(database: Database) -> None:
    async with database.changing() as session:
        crisis = await make_crisis(session)
        await make_ambassador(session, CHAU, "ar", name="Chau")
        await make_ambassador(session, "2003", ended_at=MONDAY_9AM)

        await send(session, crisis.id)

        told = {one.about["language"]: one.about for one in await session.scalars(select(DirectMessage))}
        assert sorted(told) == ["ar", "nb"]
        assert told["nb"]["title"] == "Kok vannet"
        assert told["nb"]["organisation"] == "Eritrean Women"


@pytest.mark.parametrize("is_drill", [True, False])
async def test_of_a_drill_ambassadors_get_no_report_and_of_a_crisis_not_as_if_it_were_theirs(
    database: Database, is_drill: bool
) -> None:
    async with database.changing() as session:
        crisis = await make_crisis(session, is_drill=is_drill)
        await send(session, crisis.id)
        await release_due(session, at=later)
    await expand_all(database, at=later)

    await settle(database, at=later + timedelta(days=1))

    async with database.reading() as session:
        reports = select(DirectMessage).where(DirectMessage.kind == "sent_report")
        told = [one.about.get("in_crisis") for one in await session.scalars(reports)]
    assert told == ([] if is_drill else ["yes"])


async def test_it_goes_out_at_night_too_and_not_a_day_late(database: Database) -> None:
    async with database.changing() as session:
        crisis = await make_crisis(session)
        (made,) = await send(session, crisis.id, at=AT_NIGHT)

        assert made.ignores_quiet_hours
        assert made.next_run_at == AT_NIGHT
        assert await release_due(session, at=AT_NIGHT + timedelta(days=1)) == 0
        assert (await session.scalars(select(Release.state))).all() == ["expired"]


async def test_nobody_releases_what_they_prepared(database: Database) -> None:
    async with database.changing() as session:
        crisis = await make_crisis(session)

        with pytest.raises(CrisisNeedsSecondPerson):
            await send(session, crisis.id, by=AMINA)

        assert await count_prepared(session) == 1
        assert await session.scalar(select(func.count()).select_from(Broadcast)) == 0


async def test_only_what_the_second_person_has_read_goes_out(database: Database) -> None:
    async with database.changing() as session:
        crisis = await make_crisis(session)
        before = mark_of({**TEXTS, "nb": CrisisText("Kok vannet", "Ikke drikk vannet.")})

        with pytest.raises(CrisisTextChanged):
            await send(session, crisis.id, mark=before)
        with pytest.raises(CrisisTextChanged):
            await send(session, crisis.id, source_language="en")


async def test_nothing_is_released_while_sending_is_off(database: Database) -> None:
    async with database.changing() as session:
        await make_organisation(session, agrees_to_crisis_at=MONDAY_9AM)
        crisis = await prepare(
            session, name="Vann", answer_id="water", texts=TEXTS, is_drill=False, by=AMINA, at=MONDAY_9AM
        )

        with pytest.raises(CrisisSendingOff):
            await send(session, crisis.id)


async def test_it_goes_only_through_active_organisations_that_agreed_beforehand(database: Database) -> None:
    async with database.changing() as session:
        crisis = await make_crisis(session)
        await make_organisation(session, POLES)
        await make_organisation(session, "asleep", state=OrganisationState.DORMANT, agrees_to_crisis_at=MONDAY_9AM)

        made = await send(session, crisis.id)

        assert [one.organisation_id for one in made] == [WOMEN]
        assert [one.id for one in await list_agreed(session)] == [WOMEN]
        assert [one.id for one in await list_not_agreed(session)] == [POLES]


async def test_without_an_organisation_that_agreed_nothing_is_released(database: Database) -> None:
    async with database.changing() as session:
        crisis = await make_crisis(session)
        await agree_to_crisis(session, WOMEN, by=By(ambassador_id=1), agrees=False, at=later)

        with pytest.raises(NobodyAgreed):
            await send(session, crisis.id)


async def test_an_organisation_agrees_by_its_own_ambassador_only(database: Database) -> None:
    async with database.changing() as session:
        await make_organisation(session)
        await make_organisation(session, POLES)
        saba = await make_ambassador(session)
        pole = await make_ambassador(session, "2002", organisation_id=POLES)
        ended = await make_ambassador(session, "2003", ended_at=MONDAY_9AM)

        for by in (By(ambassador_id=pole.id), By(ambassador_id=ended.id), By(staff_id=AMINA)):
            with pytest.raises(OnlyItsAmbassadorAgrees):
                await agree_to_crisis(session, WOMEN, by=by, agrees=True, at=later)
        assert await list_agreed(session) == []
        for _twice in range(2):
            await agree_to_crisis(session, WOMEN, by=By(ambassador_id=saba.id), agrees=True, at=later)

        (entry,) = await list_entries(session, about=f"organisation:{WOMEN}")
        assert (entry.event, entry.details) == ("crisis_agreed", {"ambassador": str(saba.id)})


async def test_released_twice_at_once_it_goes_out_once(database: Database) -> None:
    async with database.changing() as session:
        crisis_id = (await make_crisis(session)).id

    async def release_it(by: int) -> str:
        try:
            async with database.changing() as session:
                await send(session, crisis_id, by=by)
        except RuleBroken as broken:
            return broken.code
        return "released"

    ends = await asyncio.gather(*(release_it(by) for by in (2, 3, 4)))

    assert sorted(ends) == ["crisis_decided", "crisis_decided", "released"]
    async with database.reading() as session:
        assert await session.scalar(select(func.count()).select_from(Broadcast)) == 1


async def test_what_has_not_gone_out_does_not_go_out_once_it_is_ended(database: Database) -> None:
    async with database.changing() as session:
        crisis = await make_crisis(session)
        (made,) = await send(session, crisis.id)

        await end(session, crisis.id, by=AMINA, at=later)

        assert (crisis.state, made.state) == (CrisisState.ENDED, BroadcastState.CANCELLED)
        assert await release_due(session, at=later) == 0
        with pytest.raises(CrisisDecided):
            await end(session, crisis.id, by=AMINA, at=later)
        with pytest.raises(CrisisDecided):
            await send(session, crisis.id)


async def test_what_was_only_prepared_can_be_given_up(database: Database) -> None:
    async with database.changing() as session:
        crisis = await make_crisis(session)

        await end(session, crisis.id, by=AMINA, at=later)

        log = await load_log(session, crisis.id, at=later)
        assert [entry.event for entry in log.events] == ["crisis_prepared", "crisis_given_up"]
        assert log.through == ()


async def test_the_log_says_who_did_what_and_what_became_of_it(database: Database) -> None:
    async with database.changing() as session:
        crisis = await make_crisis(session, is_drill=True)
        saba = await make_ambassador(session, CHAU, "vi", name="Chau")
        await send(session, crisis.id)
        await release_due(session, at=later)
        run = (await session.scalars(select(Release))).one()
        while await expand(session, run.id, at=later):
            pass
        first, second = await session.scalars(select(Delivery).order_by(Delivery.person_id))
        first.state, second.state = DeliveryState.UNKNOWN, DeliveryState.SENT
        await session.flush()
        await respond(session, run.id, saba.person_id or 0, "yes", at=later)

        log = await load_log(session, crisis.id, at=later)

        told = [(entry.event, entry.by, entry.at) for entry in log.events]
        assert told == [
            ("drill_prepared", AMINA, MONDAY_9AM), ("drill_released", BERT, later), ("crisis_sent_through", BERT, later)
        ]  # fmt: skip
        (through,) = log.through
        assert (through.organisation, through.recipients, through.seen) == ("Eritrean Women", 2, 1)
        assert log.totals()[DeliveryState.UNKNOWN] == 1


async def test_ambassadors_of_whom_nobody_knows_whether_they_were_told_are_named(database: Database) -> None:
    async with database.changing() as session:
        crisis = await make_crisis(session)
        await make_ambassador(session, CHAU, "vi", name="Chau")
        await make_ambassador(session, "2003", name="Alem", ended_at=MONDAY_9AM)
        await send(session, crisis.id)
        first, second = await claim(session, CHANNEL, "bot", 2, mine="a process that is killed", at=later)
    async with database.changing() as session:
        taken = Outcome(second, message_id="7")
        await record_outcomes(session, [taken], account="bot", mine="a process that is killed", at=later)

    await settle(database, at=later + timedelta(minutes=5))

    async with database.reading() as session:
        soon = await load_log(session, crisis.id, at=later + timedelta(minutes=5))
        long_after = await load_log(session, crisis.id, at=later + timedelta(days=31))
    assert first.is_direct
    assert [(one.name, one.state, one.reason) for one in soon.to_call()] == [("Saba", "unknown", "lease_ended")]
    assert soon.told is not None
    assert {one.name for one in soon.told} == {"Saba", "Chau"}
    assert long_after.told is None  # the rows are gone by then: nobody must seem not to have been told


async def test_of_a_drill_too_it_is_known_who_did_not_get_it(database: Database) -> None:
    async with database.changing() as session:
        crisis = await make_crisis(session, is_drill=True)
        await make_ambassador(session, CHAU, "vi", name="Chau")
        at_the_desk = await make_ambassador(session, "2003", name="Alem")
        at_the_desk.person_id = None
        await send(session, crisis.id)
        await release_due(session, at=later)
    await expand_all(database, at=later)
    async with database.changing() as session:
        first, second = await session.scalars(select(Delivery).order_by(Delivery.person_id))
        first.state, second.state = DeliveryState.UNKNOWN, DeliveryState.SENT

        log = await load_log(session, crisis.id, at=later)

        assert [(one.name, one.has_chat, one.state) for one in log.to_call()] == [
            ("Alem", False, None),
            ("Saba", True, "unknown"),
        ]


async def test_a_crisis_has_a_name_and_a_published_answer(database: Database) -> None:
    async with database.changing() as session:
        with pytest.raises(CrisisNameMissing):
            await prepare(session, name=" ", answer_id="a", texts=TEXTS, is_drill=True, by=AMINA, at=MONDAY_9AM)
        with pytest.raises(CrisisAnswerGone):
            await prepare(session, name="Vann", answer_id="a", texts={}, is_drill=True, by=AMINA, at=MONDAY_9AM)

"""What members say upwards: who may, who reads it, and that nobody can tell who said it."""

from datetime import timedelta

import pytest
from sqlalchemy import select
from sqlalchemy.exc import NoResultFound
from sqlalchemy.ext.asyncio import AsyncSession

from broadcasts.delivery.records import Delivery, DeliveryState, DirectMessage, Release, ReleaseState
from broadcasts.delivery.responses import NotARecipient
from broadcasts.members.joining import leave
from broadcasts.organisations.by import By
from broadcasts.organisations.records import OrganisationState
from broadcasts.voices.answering import VoiceAnswered, VoiceAnswerWrong, answer_voice, forget_answered
from broadcasts.voices.changes import ChangeWrong, list_changes, publish_change, take_away
from broadcasts.voices.reading import count_flags, count_waiting, list_for_municipality, list_for_organisation
from broadcasts.voices.records import Voice, VoiceKind, VoiceState, VoiceTo
from broadcasts.voices.speaking import (
    OrganisationIsSilent,
    Spoken,
    TooManyVoices,
    VoiceWrong,
    find_hearing,
    speak,
    take_back,
)
from core.database import Database
from core.people import Person, forget_idle
from core.timeline import list_entries
from tests.broadcasts.making import (
    POLES,
    WOMEN,
    make_ambassador,
    make_broadcast,
    make_member,
    make_organisation,
    make_person,
)
from tests.conftest import CHAU, MONDAY_9AM, TELEGRAM

ZONE = "Europe/Oslo"
AMINA = By(staff_id=7)


async def make_release(session: AsyncSession, organisation_id: str = WOMEN, *recipients: Person) -> Release:
    """A message that went out to these people."""
    broadcast = await make_broadcast(session, organisation_id=organisation_id)
    made = Release(
        broadcast_id=broadcast.id,
        organisation_id=organisation_id,
        due_at=MONDAY_9AM,
        send_until=MONDAY_9AM + timedelta(hours=1),
        state=ReleaseState.SENT,
        began_at=MONDAY_9AM,
    )
    session.add(made)
    await session.flush()
    for person in recipients:
        delivery = Delivery(
            release_id=made.id, person_id=person.id, channel=person.channel, state=DeliveryState.SENT, wanted="ar"
        )
        session.add(delivery)
    await session.flush()
    return made


def said(
    text: str = "متى الدرس القادم؟",
    *,
    to: VoiceTo = VoiceTo.ORGANISATION,
    kind: VoiceKind = VoiceKind.REPLY,
    language: str = "ar",
    name: str = "",
) -> Spoken:
    return Spoken(to, kind, text, language, name)


async def make_voice(session: AsyncSession, spoken: Spoken | None = None) -> tuple[Person, int]:
    """Dalia, a member of the women's organisation whose ambassador is Saba, has said something."""
    await make_organisation(session)
    await make_ambassador(session)
    dalia = await make_member(session)
    release = await make_release(session, WOMEN, dalia)
    await speak(session, dalia.id, release.id, spoken or said(), at=MONDAY_9AM)
    return dalia, await session.scalar(select(Voice.id)) or 0


async def test_an_ambassador_reads_what_was_said_by_the_day_and_not_by_whom(database: Database) -> None:
    async with database.changing() as session:
        await make_voice(session)

        (card,) = await list_for_organisation(session, WOMEN, zone=ZONE)

        assert (card.text, card.language, card.name) == ("متى الدرس القادم؟", "ar", "")
        assert card.day == MONDAY_9AM.date()
        assert card.about == "Kafé på lørdag"
        assert not {"person_id", "at"} & set(card.__slots__)
        assert await list_for_municipality(session, zone=ZONE) == []


async def test_the_number_of_what_was_said_tells_nothing_of_when(database: Database) -> None:
    async with database.changing() as session:
        await make_organisation(session)
        await make_ambassador(session)
        dalia = await make_member(session)
        release = await make_release(session, WOMEN, dalia)
        for minute in range(5):
            at = MONDAY_9AM + timedelta(minutes=minute)
            await speak(session, dalia.id, release.id, said(f"number {minute}"), at=at)

        ids = list(await session.scalars(select(Voice.id).order_by(Voice.at)))
        cards = await list_for_organisation(session, WOMEN, zone=ZONE)

        assert max(ids) - min(ids) > 1_000  # drawn by lot: five neighbours are as good as impossible
        assert [card.id for card in cards] == sorted(ids)


async def test_who_got_the_message_may_answer_it_after_leaving_and_a_stranger_may_not(database: Database) -> None:
    async with database.changing() as session:
        await make_organisation(session)
        dalia, chau = await make_member(session), await make_person(session, CHAU, "vi")
        release = await make_release(session, WOMEN, dalia)
        await leave(session, dalia.id, WOMEN, at=MONDAY_9AM)

        await speak(session, dalia.id, release.id, said(to=VoiceTo.MUNICIPALITY), at=MONDAY_9AM)
        with pytest.raises(NotARecipient):
            await speak(session, chau.id, release.id, said(to=VoiceTo.MUNICIPALITY), at=MONDAY_9AM)

        assert await find_hearing(session, chau.id, release.id) is None
        assert await find_hearing(session, chau.id, 404) is None
        assert await count_waiting(session) == 1


async def test_a_member_who_joined_later_may_answer_too(database: Database) -> None:
    async with database.changing() as session:
        await make_organisation(session)
        release = await make_release(session)
        chau = await make_member(session, CHAU, "vi")

        await speak(session, chau.id, release.id, said(to=VoiceTo.MUNICIPALITY), at=MONDAY_9AM)

        assert await count_waiting(session) == 1


@pytest.mark.parametrize("members", [4, 5])
async def test_members_of_a_small_organisation_are_told_that_they_may_be_guessed(
    database: Database, members: int
) -> None:
    async with database.changing() as session:
        await make_organisation(session)
        several = [await make_member(session, str(3000 + number)) for number in range(members)]
        release = await make_release(session, WOMEN, *several)

        hearing = await find_hearing(session, several[0].id, release.id)

        assert hearing is not None
        assert hearing.has_few_members is (members < 5)


@pytest.mark.parametrize("is_dormant", [True, False])
async def test_where_nobody_speaks_for_the_organisation_only_the_municipality_hears(
    database: Database, is_dormant: bool
) -> None:
    async with database.changing() as session:
        organisation = await make_organisation(session)
        if is_dormant:
            await make_ambassador(session)
            organisation.state = OrganisationState.DORMANT
        dalia = await make_member(session)
        release = await make_release(session, WOMEN, dalia)

        hearing = await find_hearing(session, dalia.id, release.id)
        with pytest.raises(OrganisationIsSilent):
            await speak(session, dalia.id, release.id, said(), at=MONDAY_9AM)

        assert hearing is not None
        assert not hearing.is_organisation_there


async def test_an_ambassador_who_is_forgotten_reads_nothing_any_more(database: Database) -> None:
    async with database.changing() as session:
        await make_organisation(session)
        (await make_ambassador(session)).person_id = None
        dalia = await make_member(session)
        release = await make_release(session, WOMEN, dalia)

        hearing = await find_hearing(session, dalia.id, release.id)

        assert hearing is not None
        assert not hearing.is_organisation_there


@pytest.mark.parametrize("spoken", [said("  "), said("a" * 1001), said("a", name="b" * 61)])
async def test_what_is_empty_or_long_is_not_kept(database: Database, spoken: Spoken) -> None:
    async with database.changing() as session:
        with pytest.raises(VoiceWrong):
            await make_voice(session, spoken)


async def test_one_person_says_five_things_a_day_and_more_the_next(database: Database) -> None:
    async with database.changing() as session:
        dalia, _voice = await make_voice(session)
        release_id = await session.scalar(select(Release.id)) or 0
        for _ in range(4):
            await speak(session, dalia.id, release_id, said(), at=MONDAY_9AM)

        with pytest.raises(TooManyVoices):
            await speak(session, dalia.id, release_id, said(), at=MONDAY_9AM + timedelta(hours=23))
        await speak(session, dalia.id, release_id, said(), at=MONDAY_9AM + timedelta(days=1))


async def test_an_answer_is_brought_as_it_was_written_and_then_nobody_knows_who_asked(database: Database) -> None:
    async with database.changing() as session:
        dalia, voice_id = await make_voice(session, said(name="دالية"))
        saba = By(ambassador_id=1)

        await answer_voice(session, voice_id, " På tirsdag. ", language="nb", zone=ZONE, by=saba, at=MONDAY_9AM)

        voice = await session.get_one(Voice, voice_id)
        message = (await session.scalars(select(DirectMessage))).one()
        assert (voice.state, voice.answer, voice.is_answer_brought) == (VoiceState.ANSWERED, "På tirsdag.", True)
        assert (voice.person_id, voice.name) == (None, "")
        assert (message.person_id, message.kind) == (dalia.id, "voice_answer")
        assert (message.about["answer"], message.about["answer_in"]) == ("På tirsdag.", "nb")
        assert (message.about["said"], message.about["said_in"]) == ("متى الدرس القادم؟", "ar")
        assert str(voice_id) not in message.key
        assert await count_waiting(session, organisation_id=WOMEN) == 0


async def test_nothing_leads_from_the_person_to_their_words_once_the_answer_was_sent(database: Database) -> None:
    async with database.changing() as session:
        _dalia, voice_id = await make_voice(session)
        await answer_voice(session, voice_id, "Ja", language="nb", zone=ZONE, by=By(ambassador_id=1), at=MONDAY_9AM)
        message = (await session.scalars(select(DirectMessage))).one()

        await forget_answered(session, at=MONDAY_9AM)
        waits = await session.scalar(select(DirectMessage.id))
        message.state = DeliveryState.SENT
        await session.flush()
        await forget_answered(session, at=MONDAY_9AM)

        assert waits is not None
        assert await session.scalar(select(DirectMessage.id)) is None
        assert await session.get(Voice, voice_id) is not None


async def test_an_answer_is_kept_for_a_year(database: Database) -> None:
    async with database.changing() as session:
        _dalia, voice_id = await make_voice(session)
        await answer_voice(session, voice_id, "Ja", language="nb", zone=ZONE, by=By(ambassador_id=1), at=MONDAY_9AM)

        await forget_answered(session, at=MONDAY_9AM + timedelta(days=364))
        assert await session.scalar(select(Voice.id)) is not None
        await forget_answered(session, at=MONDAY_9AM + timedelta(days=366))
        assert await session.scalar(select(Voice.id)) is None


async def test_nobody_answers_what_was_said_to_others(database: Database) -> None:
    async with database.changing() as session:
        _dalia, to_women = await make_voice(session)
        await make_organisation(session, POLES)
        pole = await make_ambassador(session, "2002", organisation_id=POLES, name="Ola")
        ended = await make_ambassador(session, "2003", ended_at=MONDAY_9AM)

        for by in (By(ambassador_id=pole.id), By(ambassador_id=ended.id), AMINA):
            with pytest.raises(NoResultFound):
                await answer_voice(session, to_women, "Nei", language="nb", zone=ZONE, by=by, at=MONDAY_9AM)

        assert await list_for_organisation(session, POLES, zone=ZONE) == []


async def test_staff_answer_what_was_said_to_the_municipality_and_ambassadors_do_not(database: Database) -> None:
    async with database.changing() as session:
        _dalia, voice_id = await make_voice(session, said(to=VoiceTo.MUNICIPALITY))

        with pytest.raises(NoResultFound):
            await answer_voice(session, voice_id, "Ja", language="nb", zone=ZONE, by=By(ambassador_id=1), at=MONDAY_9AM)
        await answer_voice(session, voice_id, "Ja", language="nb", zone=ZONE, by=AMINA, at=MONDAY_9AM)
        with pytest.raises(VoiceAnswered):
            await answer_voice(session, voice_id, "Nei", language="nb", zone=ZONE, by=AMINA, at=MONDAY_9AM)

        entry = (await list_entries(session))[0]
        assert (entry.event, entry.about, entry.by) == ("voice_answered", f"organisation:{WOMEN}", 7)
        assert entry.details == {}


@pytest.mark.parametrize("text", [" ", "a" * 1501])
async def test_an_answer_has_words_and_is_not_a_letter(database: Database, text: str) -> None:
    async with database.changing() as session:
        _dalia, voice_id = await make_voice(session)

        with pytest.raises(VoiceAnswerWrong):
            await answer_voice(session, voice_id, text, language="nb", zone=ZONE, by=By(ambassador_id=1), at=MONDAY_9AM)


async def test_who_is_not_there_any_more_is_answered_without_being_reached(database: Database) -> None:
    async with database.changing() as session:
        _dalia, voice_id = await make_voice(session)
        later = MONDAY_9AM + timedelta(days=31)
        await forget_idle(session, channel=TELEGRAM, at=later, idle=timedelta(days=30))
        session.expire_all()
        await make_ambassador(session, "2005")

        ambassador = By(ambassador_id=2)
        await answer_voice(session, voice_id, "Ja", language="nb", zone=ZONE, by=ambassador, at=later)

        assert (await session.get_one(Voice, voice_id)).is_answer_brought is False
        assert await session.scalar(select(DirectMessage.id)) is None


async def test_who_asks_to_be_forgotten_takes_their_words_along(database: Database) -> None:
    async with database.changing() as session:
        dalia, _voice = await make_voice(session)

        await take_back(session, dalia.id)

        assert await session.scalar(select(Voice.id)) is None


async def test_staff_see_how_often_something_did_not_fit_whoever_was_told(database: Database) -> None:
    async with database.changing() as session:
        dalia, _voice = await make_voice(session, said(kind=VoiceKind.DOES_NOT_FIT))
        release_id = await session.scalar(select(Release.id)) or 0
        elsewhere = said(kind=VoiceKind.DOES_NOT_FIT, to=VoiceTo.MUNICIPALITY)
        await speak(session, dalia.id, release_id, elsewhere, at=MONDAY_9AM)
        await speak(session, dalia.id, release_id, said(), at=MONDAY_9AM)

        (flags,) = await count_flags(session)

        assert (flags.organisation_id, flags.count) == (WOMEN, 2)


async def test_you_said_we_changed_stands_in_the_readers_language_or_the_next(database: Database) -> None:
    async with database.changing() as session:
        await make_organisation(session)
        said_in = {"nb": "Kurset er for tidlig.", "ar": "الدورة مبكرة جدًا.", "en": " "}
        changed_in = {"nb": "Det begynner klokka 18.", "ar": "تبدأ الساعة 18."}

        await publish_change(session, WOMEN, said_in, changed_in, by=7, at=MONDAY_9AM)

        (arabic,) = await list_changes(session, WOMEN, "ar", zone=ZONE)
        (polish,) = await list_changes(session, WOMEN, "pl", zone=ZONE)
        assert (arabic.said, arabic.changed, arabic.language) == ("الدورة مبكرة جدًا.", "تبدأ الساعة 18.", "ar")
        assert (polish.said, polish.language) == ("Kurset er for tidlig.", "nb")
        await take_away(session, POLES, arabic.id, by=7, at=MONDAY_9AM)
        assert await list_changes(session, WOMEN, "nb", zone=ZONE)
        await take_away(session, WOMEN, arabic.id, by=7, at=MONDAY_9AM)
        assert await list_changes(session, WOMEN, "nb", zone=ZONE) == []


@pytest.mark.parametrize(
    ("said_in", "changed_in"),
    [({}, {}), ({"nb": "a"}, {}), ({"en": "a"}, {"en": "b"}), ({"nb": "a" * 501}, {"nb": "b"}),
     ({"nb": "a", "ar": "ب"}, {"nb": "b"})],
)  # fmt: skip
async def test_a_line_without_both_parts_in_bokmal_is_not_published(
    database: Database, said_in: dict[str, str], changed_in: dict[str, str]
) -> None:
    async with database.changing() as session:
        await make_organisation(session)

        with pytest.raises(ChangeWrong):
            await publish_change(session, WOMEN, said_in, changed_in, by=7, at=MONDAY_9AM)

"""Joining and leaving organisations in the chat."""

from datetime import timedelta

import pytest
from sqlalchemy import select

from bot.desk import CATALOGUES
from bot.dialogues.members.joining import read_code
from bot.direct import word_direct
from bot.phrases import Intent
from bot.situation import Situation
from broadcasts.announcements.records import Kind
from broadcasts.members.records import ConsentEntry, ConsentEvent, Membership, MembershipState
from broadcasts.members.words import consent_text
from broadcasts.organisations.records import OrganisationState
from content.gaps import note_gap
from content.models import Gap
from core.people import Address, find_person
from core.private_numbers import take_out
from tests.bot.talking import Talker, action, actions
from tests.broadcasts.making import CODE, POLES, WOMEN, make_ambassador, make_member, make_organisation, make_person
from tests.conftest import CHAU, DALIA, MONDAY_9AM, TELEGRAM, Town

one_database = pytest.mark.parametrize("engine", ["sqlite"], indirect=True)
POLISH_CODE = "PQZ23456"


async def prepared(town: Town, **more: object) -> None:
    async with town.database.changing() as session:
        await make_organisation(session, **more)  # type: ignore[arg-type]


async def memberships(town: Town) -> list[tuple[str, str]]:
    async with town.database.reading() as session:
        rows = await session.scalars(select(Membership).order_by(Membership.id))
        return [(row.organisation_id, row.state) for row in rows]


async def ledger(town: Town) -> list[ConsentEntry]:
    async with town.database.reading() as session:
        return list(await session.scalars(select(ConsentEntry).order_by(ConsentEntry.id)))


# The consent


@pytest.mark.parametrize("language", ["nb", "ar"])
async def test_a_link_shows_the_consent_and_yes_joins_with_just_these_words(town: Town, language: str) -> None:
    await prepared(town)
    dalia = Talker(town, language=language)

    shown = await dalia.press(f"join:{CODE}")
    assert await memberships(town) == []
    await dalia.press(action(shown, "consent"))

    t = CATALOGUES.translator(language)
    municipality = (await town.conversation()).catalogue.municipality
    words = consent_text(t, organisation="Eritrean Women", place=municipality, asks_approval=False)
    assert [piece.text for piece in shown.message.pieces][1:] == list(words.lines)
    assert await memberships(town) == [(WOMEN, "member")]
    (entry,) = await ledger(town)
    assert (entry.event, entry.text_version, entry.language) == ("joined", words.consent.version, language)


@one_database
async def test_a_no_joins_nothing_and_says_so(town: Town) -> None:
    await prepared(town)
    dalia = Talker(town)

    shown = await dalia.press(f"join:{CODE}")
    said = await dalia.press(action(shown, "join_no"))

    assert said.message.as_text().startswith("You will get no messages from Eritrean Women.")
    assert await memberships(town) == []


@one_database
async def test_a_yes_to_other_words_than_those_of_today_shows_them_again(town: Town) -> None:
    await prepared(town)
    dalia = Talker(town)
    shown = await dalia.press(f"join:{CODE}")
    async with town.database.changing() as session:
        organisation = await session.get_one(type(await make_organisation(session, POLES)), WOMEN)
        organisation.name = "Eritrean Women and Girls"

    again = await dalia.press(action(shown, "consent"))

    assert again.message.pieces[0].text == "The words have changed. Please read them again."
    assert await memberships(town) == []
    await dalia.press(action(again, "consent"))
    assert await memberships(town) == [(WOMEN, "member")]


@one_database
async def test_the_consent_counts_in_the_language_in_which_it_was_read(town: Town) -> None:
    await prepared(town)
    dalia = Talker(town, language="ar")
    shown = await dalia.press(f"join:{CODE}")
    await dalia.press("language:nb")

    await dalia.press(action(shown, "consent"))

    assert [entry.language for entry in await ledger(town)] == ["ar"]


@one_database
@pytest.mark.parametrize("state", [OrganisationState.DORMANT, OrganisationState.ENDED])
async def test_an_organisation_that_sends_nothing_cannot_be_joined(town: Town, state: OrganisationState) -> None:
    await prepared(town, state=state)
    dalia = Talker(town)

    said = await dalia.press(f"join:{CODE}")

    assert "sends no messages at the moment" in said.message.as_text()
    assert not any(one.startswith("consent") for one in actions(said))


@one_database
async def test_who_is_a_member_already_reads_that(town: Town) -> None:
    await prepared(town)
    dalia = Talker(town)
    shown = await dalia.press(f"join:{CODE}")
    await dalia.press(action(shown, "consent"))

    for pressed in (f"join:{CODE}", action(shown, "consent")):
        said = await dalia.press(pressed)
        assert said.message.as_text().startswith("You get messages from Eritrean Women already.")

    assert len(await ledger(town)) == 1


@pytest.mark.parametrize("pressed", [
    "join:", "join:NOSUCH22", "join:\0", "join:%00", "join:" + "9" * 59, "consent:", "consent:NOSUCH22:nb:abc",
    f"consent:{CODE}", f"consent:{CODE}:xx:00", f"consent:{CODE}:nb:", f"consent:{CODE}:nb:ffffffffffff",
    "join_no:", "membership:1", "membership:", "topic:1:news:on", "topic:x", "leave:", "leave:nobody", "leave:\0",
    "admit:1:yes", "admit:", "admit:x:y", "admit:999999999999:yes", "waiting:", f"waiting:{WOMEN}", "messages:x",
])  # fmt: skip
async def test_whatever_comes_back_from_a_button_gets_an_answer_and_joins_nothing(town: Town, pressed: str) -> None:
    await prepared(town)

    said = await Talker(town).press(pressed)

    assert said.message.pieces
    assert said.message.buttons
    assert await memberships(town) == []


# A typed code


@pytest.mark.parametrize("written", [
    "WMNA2345", "wmna2345", "WMNA 2345", "wmna-2345", " W M N A 2 3 4 5 ", "“WMNA2345”", "WMNA2345.", "WMNA٢٣٤٥",
    "wmna۲۳۴۵", "\u200fWMNA2345\u200f",
])  # fmt: skip
def test_a_code_is_read_however_it_is_written(written: str) -> None:
    assert read_code(written) == "WMNA2345"


@pytest.mark.parametrize("written", [
    "", "hei", "barnehage", "hva koster barnehagen?", "WMNA234", "WMNA23456", "WMNAO345", "WMNA1345", "12345678",
    "W" * 5000, "kode WMNA2345 takk", "حليب",
])  # fmt: skip
def test_what_is_no_code_is_not_read_as_one(written: str) -> None:
    assert read_code(written) is None


@one_database
async def test_a_code_in_the_chat_shows_the_consent(town: Town) -> None:
    await prepared(town)

    shown = await Talker(town, language="ar").say("wmna ٢٣٤٥")

    assert "Eritrean Women" in shown.message.as_text()
    assert action(shown, "consent").startswith(f"consent:{CODE}:ar:")


@one_database
@pytest.mark.parametrize(
    "text",
    ["kode {first} {last}", "bli med: {first} {last}, takk", "{first}-{last} her", "الرمز: {first} {last}"],
)
async def test_a_code_is_found_among_a_few_words(town: Town, text: str) -> None:
    await prepared(town)

    shown = await Talker(town).say(text.format(first=CODE[:4].lower(), last=CODE[4:]))

    assert action(shown, "consent").startswith(f"consent:{CODE}")


@one_database
@pytest.mark.parametrize(
    "text", ["kode: {code}", "koden er {code}", "الرمز: {code}", "код: {code}", "ኮድ: {code}", "الرمز: WMNA٢٣٤٥"]
)
async def test_a_code_in_one_piece_after_the_word_for_it_is_no_secret(town: Town, text: str) -> None:
    await prepared(town)

    shown = await Talker(town).say(take_out(text.format(code=CODE))[0])

    assert action(shown, "consent").startswith(f"consent:{CODE}")


@one_database
@pytest.mark.parametrize("text", ["kode: {code}", "الرمز: {code}"])
async def test_what_is_called_a_code_and_is_nobodys_gets_a_clear_answer_and_is_not_kept(town: Town, text: str) -> None:
    said = await Talker(town).say(text.format(code="K7M2P9RX"))

    assert "K7M2P9RX" in said.message.as_text()
    async with town.database.changing() as session:
        await note_gap(session, "hva er dette for noe, kode K7M2P9RX?", "nb", on=MONDAY_9AM.date())
        assert (await session.scalars(select(Gap))).all() == []


@one_database
async def test_what_only_looks_like_a_code_among_words_is_a_question(town: Town) -> None:
    await prepared(town)

    turn = await Talker(town, language="nb").say("hva koster barnehagen med kode K7M2 P9RZ?")

    assert turn.answer_id == "services-kindergarten"


@one_database
async def test_a_word_of_eight_letters_is_a_question(town: Town) -> None:
    await prepared(town)

    said = await Talker(town, language="nb").say("Barnehag")

    assert said.answer_id == "services-kindergarten" or "kode" not in said.message.as_text()
    assert not any(one.startswith("consent") for one in actions(said))


@one_database
async def test_a_code_that_nobody_has_gets_a_clear_answer(town: Town) -> None:
    said = await Talker(town).say("WMNA-2346")

    assert said.message.as_text().startswith("I know no organisation with the code WMNA2346.")
    assert "Did you want to ask something?" in said.message.as_text()


@one_database
async def test_a_telephone_number_is_no_code(town: Town) -> None:
    said = await Talker(town).say("45 67 89 23")

    assert "I know no organisation" not in said.message.as_text()


# Organisations that say yes to each


async def test_an_organisation_that_asks_for_approval_sees_a_nickname_and_says_yes(town: Town) -> None:
    await prepared(town, asks_approval=True)
    async with town.database.changing() as session:
        await make_ambassador(session, "2001", "en")
    dalia, ambassador = Talker(town), Talker(town, address="2001")

    shown = await dalia.press(f"join:{CODE}")
    assert "It sees a nickname that you choose." in shown.message.as_text()
    await dalia.press(action(shown, "consent"))
    refused = await dalia.say("Dalia 912 34 567")
    asked = await dalia.say("Umm Noor")
    waiting = await ambassador.press(f"waiting:{WOMEN}")
    await ambassador.press(action(waiting, "admit"))

    assert "Please write a name of 2 to 40 letters" in refused.message.as_text()
    assert "Umm Noor" in asked.message.as_text()
    assert "Umm Noor" in waiting.message.as_text()
    assert DALIA not in waiting.message.as_text()
    assert await memberships(town) == [(WOMEN, "member")]
    assert [entry.event for entry in await ledger(town)] == [ConsentEvent.ASKED, ConsentEvent.APPROVED]


@one_database
async def test_only_the_ambassador_of_just_this_organisation_decides(town: Town) -> None:
    await prepared(town, asks_approval=True)
    async with town.database.changing() as session:
        await make_organisation(session, POLES, join_code=POLISH_CODE)
        await make_ambassador(session, "2002", organisation_id=POLES)
        waiting = await make_member(session, state=MembershipState.WAITING, nickname="Umm Noor")
        number = await session.scalar(select(Membership.id).where(Membership.person_id == waiting.id))
    stranger = Talker(town, address="2002")

    said = [await stranger.press(one) for one in (f"admit:{number}:yes", "admit:999:yes", f"waiting:{WOMEN}")]

    assert len({one.message.as_text() for one in said}) == 1
    assert await memberships(town) == [(WOMEN, "waiting")]


@one_database
@pytest.mark.parametrize("before", ["mannen min slår meg", "stopp", "slett alt om meg"])
async def test_danger_and_stop_words_beat_the_question_for_a_nickname(town: Town, before: str) -> None:
    await prepared(town, asks_approval=True)
    dalia = Talker(town, language="nb")
    shown = await dalia.press(f"join:{CODE}")
    await dalia.press(action(shown, "consent"))

    first = await dalia.say(before)
    after = await dalia.say("han er her")

    assert first.message.is_urgent or first.intent is not None
    assert "han er her" not in after.message.as_text()
    assert await memberships(town) == []


@one_database
@pytest.mark.parametrize("language", ["nb", "ar"])
async def test_who_asks_and_who_decides_are_told_in_their_own_language(town: Town, language: str) -> None:
    conversation = await town.conversation()
    replies = conversation.replies(Situation(language, MONDAY_9AM))
    about = {"organisation": "Eritrean Women", "nickname": "Umm Noor", "membership": "7"}

    asked = word_direct("membership_asked", about, replies)
    told = [word_direct(kind, about, replies) for kind in ("membership_approved", "membership_declined")]

    assert "Umm Noor" in asked.as_text()
    assert [button.action for button in asked.buttons] == ["admit:7:yes", "admit:7:no"]
    assert all("Eritrean Women" in message.as_text() and message.buttons for message in told)
    assert {message.language for message in (asked, *told)} == {language}


# My organisations


async def two_organisations(town: Town) -> None:
    async with town.database.changing() as session:
        await make_organisation(session)
        await make_organisation(session, POLES, name="Polish Club", join_code=POLISH_CODE)
        await make_member(session)
        await make_member(session, organisation_id=POLES)


@pytest.mark.parametrize("language", ["en", "ar"])
async def test_leaving_takes_one_tap_and_keeps_the_others(town: Town, language: str) -> None:
    await two_organisations(town)
    dalia = Talker(town, language=language)
    await dalia.press(f"language:{language}")

    said = await dalia.press(f"leave:{WOMEN}")

    assert "Eritrean Women" in said.message.pieces[0].text
    assert "Polish Club" in said.message.pieces[1].text
    assert actions(said)[0] == f"join:{CODE}"
    assert await memberships(town) == [(WOMEN, "left"), (POLES, "member")]


@one_database
async def test_a_topic_is_turned_off_and_on_by_the_same_button(town: Town) -> None:
    await two_organisations(town)
    dalia = Talker(town)
    await dalia.press("language:en")
    shown = await dalia.press(action(await dalia.press("messages"), "membership"))

    off = await dalia.press(action(shown, "topic"))
    async with town.database.reading() as session:
        muted = list(await session.scalars(select(Membership.muted)))
    on = await dalia.press(action(off, "topic"))

    assert muted == [[Kind.NEWS], []]
    first = [next(one for one in turn.message.buttons if one.action.startswith("topic")) for turn in (shown, off, on)]
    assert [button.label for button in first] == ["News: on", "News: off", "News: on"]
    assert [entry.event for entry in await ledger(town)] == ["muted", "unmuted"]


@one_database
async def test_nobody_changes_the_membership_of_somebody_else(town: Town) -> None:
    await two_organisations(town)
    async with town.database.changing() as session:
        await make_person(session, CHAU, "vi")
    numbers = [1, 2]

    for number in numbers:
        said = await Talker(town, address=CHAU).press(f"topic:{number}:news:off")
        assert said.message.as_text() == "You get no messages from there any more."

    assert await ledger(town) == []


@pytest.mark.parametrize(("word", "language"), [("stopp", "nb"), ("توقف", "ar"), ("stop", "en")])
async def test_stop_leaves_all_and_offers_the_consent_of_each_again(town: Town, word: str, language: str) -> None:
    await two_organisations(town)
    dalia = Talker(town, language=language)
    await dalia.press(f"language:{language}")

    said = await dalia.say(word)
    again = await dalia.say("hva koster barnehagen?")

    assert actions(said)[:2] == [f"join:{CODE}", f"join:{POLISH_CODE}"]
    assert await memberships(town) == [(WOMEN, "left"), (POLES, "left")]
    assert [entry.event for entry in await ledger(town)] == ["stopped", "stopped"]
    async with town.database.reading() as session:
        person = await find_person(session, Address(TELEGRAM, DALIA))
    assert person is not None
    assert person.stopped_at == MONDAY_9AM
    assert again.answer_id is not None


@one_database
async def test_joining_again_after_stop_takes_the_consent_and_only_that_organisation(town: Town) -> None:
    await two_organisations(town)
    dalia = Talker(town)
    stopped = await dalia.say("stop")
    dalia.at += timedelta(hours=1)

    shown = await dalia.press(actions(stopped)[0])
    await dalia.press(action(shown, "consent"))

    assert await memberships(town) == [(WOMEN, "member"), (POLES, "left")]
    async with town.database.reading() as session:
        person = await find_person(session, Address(TELEGRAM, DALIA))
    assert person is not None
    assert person.stopped_at is None


@pytest.mark.parametrize("language", ["en", "fa"])
async def test_my_data_lists_memberships_and_what_is_counted(town: Town, language: str) -> None:
    await two_organisations(town)
    async with town.database.changing() as session:
        await make_ambassador(session, DALIA, language, name="Saba", began_at=MONDAY_9AM)
    dalia = Talker(town, language=language)
    await dalia.press("topic:1:news:off")

    said = await dalia.press("my_data")

    text = said.message.as_text()
    assert text.count("Eritrean Women") == 2
    assert text.count("Polish Club") == 1
    assert "Saba" in text


@one_database
async def test_a_stranger_reads_how_to_join(town: Town) -> None:
    said = await Talker(town).press("messages")

    assert said.message.as_text().startswith("You get messages from no organisation.")
    assert "code" in said.message.as_text()


@pytest.mark.parametrize(
    ("language", "typed"),
    [("nb", "Meldinger fra organisasjoner"), ("en", "“messages from organisations”"), ("ar", "رسائل من المنظمات")],
)
async def test_what_the_button_says_can_be_typed_too(town: Town, language: str, typed: str) -> None:
    shown = await Talker(town, language=language).say(typed)

    assert "organisations:" in "".join(f"{one}:" for one in actions(shown))
    assert shown.intent == Intent.MESSAGES

"""The directory of organisations, and what ambassadors do in the chat beside messages."""

import re
from datetime import timedelta

import pytest
from sqlalchemy import select

from bot.desk import CATALOGUES
from bot.direct import word_direct
from bot.forms import Form
from bot.replies import Replies
from broadcasts.delivery.records import DeliveryState, DirectMessage
from broadcasts.organisations.ambassadors import add_ambassador, find_ambassador, make_link
from broadcasts.organisations.by import By
from broadcasts.organisations.keeping import get_organisation, set_state
from broadcasts.organisations.records import Ambassador, OrganisationState
from core.people import Address, find_person
from tests.bot.talking import Talker, action, actions
from tests.broadcasts.making import CODE, POLES, WOMEN, make_ambassador, make_organisation
from tests.conftest import CHAU, DALIA, MONDAY_9AM, TELEGRAM, Town

one_database = pytest.mark.parametrize("engine", ["sqlite"], indirect=True)
TODAY = MONDAY_9AM.date()


async def prepared(town: Town, **more: object) -> None:
    async with town.database.changing() as session:
        await make_organisation(session, **more)  # type: ignore[arg-type]


async def link(town: Town, name: str = "Dalia") -> str:
    """A link for a new ambassador, as staff hand it out."""
    async with town.database.changing() as session:
        added = await add_ambassador(session, WOMEN, name, by=By(staff_id=1), at=MONDAY_9AM)
        return await make_link(session, added.id, by=By(staff_id=1), at=MONDAY_9AM)


async def ambassador(town: Town, address: str = DALIA) -> Ambassador | None:
    async with town.database.reading() as session:
        person = await find_person(session, Address(TELEGRAM, address))
        return await find_ambassador(session, WOMEN, person_id=person.id) if person else None


# The directory


@pytest.mark.parametrize(("language", "first"), [("ti", WOMEN), ("ar", WOMEN), ("pl", POLES)])
async def test_who_speaks_the_readers_language_stands_first(town: Town, language: str, first: str) -> None:
    async with town.database.changing() as session:
        await make_organisation(session)
        await make_organisation(session, POLES, name="A Polish club", languages=["pl"])

    shown = await Talker(town, language=language).press("organisations")

    assert actions(shown)[0] == f"organisation:{first}"
    assert len([one for one in actions(shown) if one.startswith("organisation:")]) == 2


@one_database
async def test_eight_organisations_at_a_time(town: Town) -> None:
    async with town.database.changing() as session:
        for number in range(19):
            await make_organisation(session, f"club-{number:02}", join_code=f"CODE23{number:02}")
    dalia = Talker(town)

    pages = [await dalia.press("organisations")]
    while any(one.startswith("organisations:") for one in actions(pages[-1])):
        pages.append(await dalia.press(action(pages[-1], "organisations")))

    names = [one for page in pages for one in actions(page) if one.startswith("organisation:")]
    assert [len([one for one in actions(page) if one.startswith("organisation:")]) for page in pages] == [8, 8, 3]
    assert names == [f"organisation:club-{number:02}" for number in range(19)]


@pytest.mark.parametrize("language", ["nb", "ar"])
async def test_a_card_says_what_the_organisation_is_and_leads_to_its_messages(town: Town, language: str) -> None:
    about = {"nb": "Vi møtes hver lørdag.", "ar": "نلتقي كل سبت."}
    await prepared(town, about=about, confirmed_on=TODAY, website="https://women.example", districts=["Nord"])

    shown = await Talker(town, language=language).press(f"organisation:{WOMEN}")

    text = shown.message.as_text()
    assert about[language] in text
    assert "https://women.example" in text
    assert "2026" in text or "٢٠٢٦" in text
    assert f"join:{CODE}" in actions(shown)


@one_database
async def test_a_text_in_another_language_says_so_and_keeps_its_direction(town: Town) -> None:
    await prepared(town, about={"ar": "نلتقي كل سبت."})

    shown = await Talker(town, language="pl").press(f"organisation:{WOMEN}")

    assert next(piece.language for piece in shown.message.pieces if "سبت" in piece.text) == "ar"
    assert "العربية" in shown.message.as_text()


@one_database
@pytest.mark.parametrize(
    ("days", "words"),
    [(None, "Nobody of the organisation has confirmed this yet"), (366, "Nobody has confirmed this lately")],
)
async def test_what_nobody_confirmed_yet_or_lately_says_so(town: Town, days: int | None, words: str) -> None:
    await prepared(town, confirmed_on=TODAY - timedelta(days=days) if days else None)

    shown = await Talker(town).press(f"organisation:{WOMEN}")

    assert words in shown.message.as_text()


@one_database
@pytest.mark.parametrize(
    "more", [{"is_listed": False}, {"state": OrganisationState.DORMANT}, {"state": OrganisationState.ENDED}]
)
async def test_who_does_not_take_part_is_not_in_the_directory(town: Town, more: dict[str, object]) -> None:
    await prepared(town, **more)
    dalia = Talker(town)

    everybody, one = await dalia.press("organisations"), await dalia.press(f"organisation:{WOMEN}")

    assert everybody.message.as_text() == "There are no organisations here yet."
    assert "not in the list any more" in one.message.as_text()


@one_database
@pytest.mark.parametrize(
    "value", ["organisations:-1", "organisations:٣", "organisations:99999", "organisation:", "own:x"]
)
async def test_a_button_that_nobody_made_gets_a_helpful_reply(town: Town, value: str) -> None:
    await prepared(town)

    shown = await Talker(town).press(value)

    assert actions(shown)


# Becoming an ambassador


@pytest.mark.parametrize("language", ["nb", "ar"])
async def test_a_link_shows_the_agreement_and_yes_makes_an_ambassador(town: Town, language: str) -> None:
    await prepared(town, state=OrganisationState.DORMANT)
    dalia, token = Talker(town, language=language), await link(town)

    shown = await dalia.press(f"ambassador:{token}")
    assert await ambassador(town) is None
    done = await dalia.press(action(shown, "ambassador_yes"))

    found = await ambassador(town)
    assert found is not None
    assert (found.name, found.agreement_version) == ("Dalia", "1")
    assert {f"compose:{WOMEN}", f"sent:{WOMEN}", f"briefings:{WOMEN}", f"entry:{WOMEN}"} <= set(actions(done))
    async with town.database.reading() as session:
        assert (await get_organisation(session, WOMEN)).state == OrganisationState.ACTIVE


@one_database
async def test_no_keeps_nothing_and_leaves_the_link_open(town: Town) -> None:
    await prepared(town)
    dalia, token = Talker(town), await link(town)

    shown = await dalia.press(f"ambassador:{token}")
    await dalia.press(action(shown, "ambassador_no"))

    assert await ambassador(town) is None
    await dalia.press(f"ambassador_yes:{token}")
    assert await ambassador(town) is not None


@one_database
async def test_a_link_that_is_over_says_what_to_do(town: Town) -> None:
    await prepared(town)
    dalia, chau, token = Talker(town), Talker(town, address=CHAU), await link(town)
    await dalia.press(f"ambassador_yes:{token}")

    for name in ("ambassador", "ambassador_yes"):
        said = await chau.press(f"{name}:{token}")
        assert said.message.as_text().startswith("This link was used already, or is too old.")

    assert await ambassador(town, CHAU) is None


@one_database
async def test_who_speaks_already_does_not_use_up_the_link_of_somebody_else(town: Town) -> None:
    await prepared(town)
    dalia, chau = Talker(town), Talker(town, address=CHAU)
    await dalia.press(f"ambassador_yes:{await link(town)}")
    other = await link(town, "Chau")

    said = await dalia.press(f"ambassador:{other}")
    await chau.press(f"ambassador_yes:{other}")

    assert "already" in said.message.as_text()
    assert await ambassador(town, CHAU) is not None


@one_database
async def test_an_agreement_that_has_changed_is_read_again_first(town: Town) -> None:
    async with town.database.changing() as session:
        await make_organisation(session)
        await make_ambassador(session, DALIA, "en", agreement_version="0")
    dalia = Talker(town)

    asked = await dalia.press("mine")
    assert f"compose:{WOMEN}" not in actions(asked)
    done = await dalia.press(action(asked, "agree"))

    assert f"compose:{WOMEN}" in actions(done)
    assert f"compose:{WOMEN}" in actions(await dalia.press("mine"))


@one_database
async def test_who_speaks_for_several_chooses_first(town: Town) -> None:
    async with town.database.changing() as session:
        await make_organisation(session)
        await make_organisation(session, POLES)
        for one in (WOMEN, POLES):
            await make_ambassador(session, DALIA, "en", organisation_id=one)

    shown = await Talker(town).press("mine")

    assert {f"own:{WOMEN}", f"own:{POLES}"} <= set(actions(shown))


@pytest.mark.parametrize("language", ["nb", "ar"])
async def test_stepping_down_asks_once(town: Town, language: str) -> None:
    await prepared(town)
    dalia = Talker(town, language=language)
    await dalia.press(f"ambassador_yes:{await link(town)}")

    asked = await dalia.press(f"step_down:{WOMEN}")
    assert await ambassador(town) is not None
    await dalia.press(action(asked, "step_down"))

    assert await ambassador(town) is None
    assert f"own:{WOMEN}" not in actions(await dalia.press("mine"))


@one_database
@pytest.mark.parametrize(
    "name", ["own", "entry", "entry_yes", "entry_change", "step_down", "compose", "sent", "briefings"]
)
async def test_others_read_the_same_whether_there_is_such_an_organisation_or_not(town: Town, name: str) -> None:
    await prepared(town)
    chau = Talker(town, address=CHAU)

    said = [(await chau.press(f"{name}:{one}")).message for one in (WOMEN, "no-such-organisation")]

    assert said[0] == said[1]


# The entry


@pytest.mark.parametrize(("language", "text"), [("nb", "Vi har kafé."), ("ar", "لدينا مقهى")])
async def test_an_ambassador_writes_the_entry_anew_in_the_own_language(town: Town, language: str, text: str) -> None:
    await prepared(town)
    dalia = Talker(town, language=language)
    await dalia.press(f"ambassador_yes:{await link(town)}")

    shown = await dalia.press(f"entry:{WOMEN}")
    await dalia.press(action(shown, "entry_change"))
    said = await dalia.say(text)

    assert text in said.message.as_text()
    async with town.database.reading() as session:
        women = await get_organisation(session, WOMEN)
        assert (women.about[language], women.confirmed_on) == (text, TODAY)
        assert (await session.scalars(select(Form))).all() == []


@one_database
@pytest.mark.parametrize("text", ["x" * 601, "🙂", "Kari 01017012345", "<b>Vi</b>"])
async def test_a_text_that_cannot_be_kept_is_asked_for_again(town: Town, text: str) -> None:
    await prepared(town)
    dalia = Talker(town)
    await dalia.press(f"ambassador_yes:{await link(town)}")
    await dalia.press(f"entry_change:{WOMEN}")

    said = await dalia.say(text)
    await dalia.say("We meet on Saturdays.")

    assert "Please write it" in said.message.as_text()
    async with town.database.reading() as session:
        assert (await get_organisation(session, WOMEN)).about["en"] == "We meet on Saturdays."


@one_database
async def test_confirming_takes_one_tap(town: Town) -> None:
    await prepared(town)
    dalia = Talker(town)
    await dalia.press(f"ambassador_yes:{await link(town)}")
    t, catalogue = CATALOGUES.translator("ar"), (await town.conversation()).catalogue
    replies = Replies(t, catalogue, today=TODAY)

    asked = word_direct("confirm_entry", {"organisation": WOMEN, "name": "Eritrean Women"}, replies)
    await dalia.press(next(one.action for one in asked.buttons if one.action.startswith("entry_yes")))

    assert re.search("\u2068Eritrean Women\u2069", asked.as_text())
    async with town.database.reading() as session:
        assert (await get_organisation(session, WOMEN)).confirmed_on == TODAY


@one_database
async def test_an_ambassador_is_asked_before_the_bot_writes_into_a_group(town: Town) -> None:
    catalogue = (await town.conversation()).catalogue
    asked = [
        word_direct("group_added", {"group": "7", "title": "Kvinnegruppa"},
                    Replies(CATALOGUES.translator(language), catalogue, today=TODAY))
        for language in ("nb", "ar")
    ]  # fmt: skip

    assert all([one.action for one in message.buttons] == ["group:7", "group_no:7"] for message in asked)


@one_database
@pytest.mark.parametrize("language", ["nb", "ar"])
async def test_an_ambassador_reads_at_once_how_people_join(town: Town, language: str) -> None:
    await prepared(town, state=OrganisationState.DORMANT)
    dalia = Talker(town, language=language)

    agreed = await dalia.press(f"ambassador_yes:{await link(town)}")
    later = await dalia.press("mine")

    for turn in (agreed, later):
        assert f"{CODE[:4]} {CODE[4:]}" in turn.message.as_text()


@pytest.mark.parametrize(("language", "name"), [("nb", "Eritrean Women"), ("ar", "\u2068Eritrean Women\u2069")])
async def test_ambassadors_are_told_when_staff_let_their_organisation_rest(
    town: Town, language: str, name: str
) -> None:
    async with town.database.changing() as session:
        await make_organisation(session)
        await make_ambassador(session, language=language)
        await make_ambassador(session, CHAU, agreed_at=None)
        for number, state in enumerate((OrganisationState.DORMANT, OrganisationState.ENDED)):
            await set_state(session, WOMEN, state, by=1, at=MONDAY_9AM + timedelta(hours=number))
            if state == OrganisationState.DORMANT:
                (row,) = await session.scalars(select(DirectMessage))
                row.state = DeliveryState.SENT
                await session.flush()
        rows = list(await session.scalars(select(DirectMessage).order_by(DirectMessage.id)))
    replies = Replies(town.desk.words.translator(language), (await town.conversation()).catalogue, today=TODAY)

    rested, ended = (word_direct(row.kind, row.about, replies) for row in rows)

    assert name in rested.as_text()
    assert name in ended.as_text()
    assert [button.action for button in rested.buttons] == ["mine", "person", "menu"]
    assert [button.action for button in ended.buttons] == ["person", "menu"]
    assert rested.as_text() != ended.as_text()


@one_database
async def test_who_was_not_told_yet_that_it_rests_hears_only_that_it_takes_part(town: Town) -> None:
    async with town.database.changing() as session:
        await make_organisation(session)
        await make_ambassador(session)
        for number, state in enumerate((OrganisationState.DORMANT, OrganisationState.ACTIVE)):
            await set_state(session, WOMEN, state, by=1, at=MONDAY_9AM + timedelta(hours=number))

        rows = list(await session.scalars(select(DirectMessage)))

    assert [row.about["state"] for row in rows] == ["active"]

"""Dalia joins, chooses and leaves: on Telegram as Telegram sees it, and on the web page without JavaScript."""

from collections.abc import AsyncIterator

import pytest
from sqlalchemy import select

from broadcasts.members.records import ConsentEntry, Membership
from core import languages
from core.people import Person
from tests.broadcasts.making import CODE, POLES, WOMEN, make_organisation
from tests.conftest import DALIA, Town
from tests.fakes.telegram_line import Line, everything_stored, telegram_line
from tests.fakes.web_page import Page, Visitor
from tests.stories.web_visits import visiting

dalia = int(DALIA)
one_database = pytest.mark.parametrize("engine", ["sqlite"], indirect=True)


@pytest.fixture
async def line(town: Town) -> AsyncIterator[Line]:
    async with town.database.changing() as session:
        await make_organisation(session)
        await make_organisation(session, POLES, join_code="PQZ23456", name="Polish Club")
    async with telegram_line(town) as connected:
        yield connected


@pytest.fixture
async def visitor(town: Town) -> AsyncIterator[Visitor]:
    async with town.database.changing() as session:
        await make_organisation(session)
    async with visiting(town.database, town.knowledge) as chau:
        yield chau


async def memberships(town: Town) -> dict[str, str]:
    async with town.database.reading() as session:
        rows = await session.scalars(select(Membership))
        return {row.organisation_id: row.state for row in rows}


async def events(town: Town) -> list[str]:
    async with town.database.reading() as session:
        return list(await session.scalars(select(ConsentEntry.event).order_by(ConsentEntry.id)))


def starting(buttons: list[str], name: str) -> str:
    return next(one for one in buttons if one.startswith(f"{name}:"))


# Telegram


@pytest.mark.parametrize(
    ("engine", "language", "stop"),
    [("sqlite", "nb", "stopp"), ("postgres", "ar", "توقف")],
    indirect=["engine"],
)
async def test_from_the_poster_to_stop_and_back_on_telegram(line: Line, language: str, stop: str) -> None:
    shown = await line.ask(dalia, f"/start join_{CODE}", language)
    assert "Eritrean Women" in shown.text
    await line.press(dalia, starting(list(shown.data()), "consent"), language)
    typed = await line.ask(dalia, "pqz 23456", language)
    await line.press(dalia, starting(list(typed.data()), "consent"), language)
    assert await memberships(line.town) == {WOMEN: "member", POLES: "member"}

    stopped = await line.ask(dalia, stop, language)
    assert await memberships(line.town) == {WOMEN: "left", POLES: "left"}
    await line.ask(dalia, "hva koster barnehagen?", language)
    assert await memberships(line.town) == {WOMEN: "left", POLES: "left"}

    again = await line.press(dalia, starting(list(stopped.data()), "join"), language)
    await line.press(dalia, starting(list(again.data()), "consent"), language)
    assert await memberships(line.town) == {WOMEN: "member", POLES: "left"}
    assert await events(line.town) == ["joined", "joined", "stopped", "stopped", "joined"]


@one_database
async def test_leaving_from_the_list_on_telegram(line: Line) -> None:
    shown = await line.ask(dalia, f"/start join_{CODE}", "en")
    await line.press(dalia, starting(list(shown.data()), "consent"), "en")

    listed = await line.ask(dalia, "/messages", "en")
    card = await line.press(dalia, starting(list(listed.data()), "membership"), "en")
    left = await line.press(dalia, starting(list(card.data()), "leave"), "en")

    assert left.text.startswith("You get no more messages from Eritrean Women.")
    assert await memberships(line.town) == {WOMEN: "left"}


async def test_forget_me_leaves_no_trace_of_a_membership(line: Line) -> None:
    shown = await line.ask(dalia, f"/start join_{CODE}", "en")
    await line.press(dalia, starting(list(shown.data()), "consent"), "en")

    await line.press(dalia, "forget_me:yes", "en")

    assert await memberships(line.town) == {}
    assert await events(line.town) == []
    async with line.town.database.reading() as session:
        assert (await session.scalars(select(Person))).all() == []
    assert "consent_ledger" not in await everything_stored(line.town.database)


@pytest.mark.parametrize(
    ("engine", "language", "danger"),
    [("sqlite", "nb", "mannen min slår meg"), ("postgres", "ar", "زوجي يضربني")],
    indirect=["engine"],
)
async def test_what_is_written_after_words_of_danger_is_no_nickname_on_telegram(
    line: Line, language: str, danger: str
) -> None:
    async with line.town.database.changing() as session:
        await make_organisation(session, "choir", join_code="KQR23456", asks_approval=True)
    shown = await line.ask(dalia, "/start join_KQR23456", language)
    await line.press(dalia, starting(list(shown.data()), "consent"), language)

    helped = await line.ask(dalia, danger, language)
    await line.ask(dalia, "han er her", language)

    assert "113" in helped.text
    assert await memberships(line.town) == {}


# The web page


@pytest.mark.parametrize(("engine", "language"), [("sqlite", "nb"), ("postgres", "ar")], indirect=["engine"])
async def test_from_the_poster_to_leaving_on_the_web_page(visitor: Visitor, town: Town, language: str) -> None:
    shown = await visitor.open(f"/?join={CODE}&lang={language}")
    assert (shown.language, shown.direction) == (language, languages.direction(language))
    assert await memberships(town) == {}

    joined = await visitor.press(starting(list(shown.buttons), "consent"))
    assert "Eritrean Women" in joined.reply
    assert await memberships(town) == {WOMEN: "member"}

    card = await visitor.press(starting(list((await visitor.press("messages")).buttons), "membership"))
    await visitor.press(starting(list(card.buttons), "leave"))
    assert await memberships(town) == {WOMEN: "left"}


@one_database
async def test_opening_the_link_keeps_nothing_and_choosing_a_language_keeps_the_code(
    visitor: Visitor, town: Town
) -> None:
    page = await visitor.open(f"/?join={CODE}")

    to_arabic = next(link for link in page.links if link.startswith("/?lang=ar"))
    arabic = await visitor.open(to_arabic)

    assert starting(list(arabic.buttons), "consent").startswith(f"consent:{CODE}:ar:")
    async with town.database.reading() as session:
        assert (await session.scalars(select(Person))).all() == []


@pytest.mark.parametrize("code", ["NOSUCH22", "x" * 500, "%00", "%F0%9F%98%80", "<b>", "\u202e", "wmna%202345"])
async def test_any_code_in_the_address_gets_a_page_with_a_clear_answer(visitor: Visitor, code: str) -> None:
    page: Page = await visitor.open(f"/?join={code}&lang=en")

    assert page.status == 200
    assert "<b>" not in page.html
    assert page.reply.startswith(("I know no organisation", "Do you want messages", "Hello!"))


@one_database
async def test_a_name_keeps_its_direction_inside_a_right_to_left_consent(visitor: Visitor) -> None:
    page = await visitor.open(f"/?join={CODE}&lang=ar")

    assert "<bdi>Eritrean Women</bdi>" in page.html

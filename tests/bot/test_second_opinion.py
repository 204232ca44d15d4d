"""A Rasa server beside our own finding: what it may decide, and what it never hears."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace

import pytest
from httpx import ASGITransport, AsyncClient

from bot.channels.web.app import WebChat
from bot.desk import Desk
from bot.turn import Outcome, Turn
from core.messages import IncomingMessage, Said
from core.private_numbers import take_out
from tests.conftest import DALIA, MONDAY_9AM, TELEGRAM, Town
from tests.fakes.rasa_server import RasaServer, asking, rasa_server
from tests.fakes.telegram_line import telegram_line
from tests.fakes.web_page import Visitor

ROOM = "premises-borrow-room"
KINDERGARTEN = "services-kindergarten"
QUESTION = {"nb": "hva koster barnehagen?", "ar": "كم تكلف الروضة؟"}


@asynccontextmanager
async def with_rasa(
    town: Town, *languages: str, milliseconds: int = 30_000, **meant: float
) -> AsyncIterator[tuple[Town, RasaServer]]:
    async with (
        rasa_server(**meant) as server,
        asking(server, languages=languages or ("nb", "ar"), milliseconds=milliseconds) as rasa,
    ):
        yield replace(town, desk=Desk(town.knowledge, rasa=rasa)), server


async def ask(town: Town, text: str, language: str = "nb") -> Turn:
    """As a channel asks: the opinion first, then the turn."""
    cleaned, secrets = take_out(text)
    message = IncomingMessage(
        TELEGRAM, DALIA, Said.TEXT, MONDAY_9AM, text=cleaned, app_language=language, secrets=secrets
    )
    opinion = await town.desk.second_opinion(town.database, message)
    async with town.database.changing() as session:
        return await town.desk.answer(session, message, opinion=opinion)


@pytest.mark.parametrize("language", QUESTION)
async def test_the_answer_that_rasa_is_sure_of_is_shown_as_published(town: Town, language: str) -> None:
    async with with_rasa(town, premises__borrow__room=0.97) as (asked, server):
        turn = await ask(asked, QUESTION[language], language)

    title = (await town.conversation()).catalogue.answers[ROOM].text_for(language).title
    assert (turn.outcome, turn.answer_id) == (Outcome.ANSWER, ROOM)
    assert turn.message.pieces[0].text == title
    assert server.asked == [QUESTION[language]]


async def test_choices_come_as_from_our_own_finding(town: Town) -> None:
    async with with_rasa(town, premises__borrow__room=0.4, services__kindergarten=0.35) as (asked, _server):
        turn = await ask(asked, QUESTION["nb"])

    assert (turn.outcome, turn.choices) == (Outcome.CHOICES, (ROOM, KINDERGARTEN))


async def test_what_rasa_is_sure_is_out_of_scope_is_not_found_and_counted(town: Town) -> None:
    async with with_rasa(town, out_of_scope=0.99) as (asked, _server):
        turn = await ask(asked, QUESTION["nb"])

    assert turn.outcome is Outcome.NOT_FOUND
    assert [type(effect).__name__ for effect in turn.effects] == ["NoteGap"]


@pytest.mark.parametrize(
    "fault",
    [
        {"meant": {ROOM: 0.02}},
        {"meant": {"greet": 0.99}},
        {"status": 500},
        {"body": b"oops"},
        {"is_cut": True},
        {"seconds": 30},
    ],
)
async def test_our_own_finding_answers_when_rasa_does_not(town: Town, fault: dict[str, object]) -> None:
    milliseconds = 500 if "seconds" in fault else 30_000
    async with with_rasa(town, milliseconds=milliseconds, premises__borrow__room=0.97) as (asked, server):
        for name, value in fault.items():
            setattr(server, name, value)
        turn = await ask(asked, QUESTION["nb"])

    assert len(server.asked) == 1
    assert (turn.outcome, turn.answer_id) == (Outcome.ANSWER, KINDERGARTEN)


@pytest.mark.parametrize(
    ("text", "language"),
    [
        ("mannen min slår meg", "nb"),
        ("زوجي يضربني", "ar"),
        ("stopp", "nb"),
        ("slett alt om meg", "nb"),
        ("meny", "nb"),
        ("hva er vedtak?", "nb"),
        ("takk", "nb"),
        ("polski", "nb"),
        ("01010112345", "nb"),
        ("???", "nb"),
    ],
)
async def test_what_comes_before_finding_is_never_heard_by_rasa(town: Town, text: str, language: str) -> None:
    async with with_rasa(town, premises__borrow__room=0.97) as (asked, server):
        turn = await ask(asked, text, language)

    assert server.asked == []
    assert turn.answer_id != ROOM


@pytest.mark.parametrize("text", ["vold", "han er sint hjemme", "noen er skadet"])
async def test_what_may_be_danger_is_never_heard_by_rasa(town: Town, text: str) -> None:
    """Only finding has a hint of it: no phrase of danger stands in these."""
    assert (await town.conversation()).phrases.dangers(text) is None
    async with with_rasa(town, premises__borrow__room=0.97) as (asked, server):
        turn = await ask(asked, text)

    assert server.asked == []
    assert turn.answer_id != ROOM


async def test_secrets_are_taken_out_before_rasa_hears_a_question(town: Town) -> None:
    async with with_rasa(town, premises__borrow__room=0.97) as (asked, server):
        await ask(asked, "jeg heter 13097248022 og vil vite hva barnehagen koster")

    assert len(server.asked) == 1
    assert "13097248022" not in server.asked[0]


@pytest.mark.parametrize(("text", "language"), [("كم تكلف الروضة لطفلي الصغير؟", "nb"), (QUESTION["ar"], "ar")])
async def test_rasa_is_asked_in_its_languages_only(town: Town, text: str, language: str) -> None:
    async with with_rasa(town, "nb", premises__borrow__room=0.97) as (asked, server):
        await ask(asked, text, language)

    assert server.asked == []


async def test_a_safety_answer_that_rasa_finds_is_help_like_any_other(town: Town) -> None:
    async with with_rasa(town, services__emergency__numbers=0.97) as (asked, _server):
        turn = await ask(asked, "hva koster en plass i barnehagen her?")

    assert turn.outcome is Outcome.SAFETY


async def test_an_answer_withdrawn_in_between_is_not_shown(town: Town) -> None:
    async with with_rasa(town, no__such__answer=0.97) as (asked, _server):
        turn = await ask(asked, QUESTION["nb"])

    assert turn.answer_id == KINDERGARTEN


async def test_the_web_chat_asks_rasa(town: Town) -> None:
    async with with_rasa(town, premises__borrow__room=0.97) as (asked, server):
        chat = WebChat(asked.database, asked.desk, asked.knowledge, now=lambda: MONDAY_9AM, is_https=False)
        way = ASGITransport(chat.application(), raise_app_exceptions=False)
        async with AsyncClient(transport=way, base_url="http://chat.example") as http:
            chau = Visitor(http)
            await chau.open("/?lang=nb")
            page = await chau.ask(QUESTION["nb"])

    title = (await town.conversation()).catalogue.answers[ROOM].text_for("nb").title
    assert page.reply.startswith(title)
    assert server.asked == [QUESTION["nb"]]


async def test_telegram_asks_rasa_before_the_turn_begins(town: Town) -> None:
    async with (
        with_rasa(town, premises__borrow__room=0.97) as (asked, server),
        telegram_line(asked, desk=asked.desk) as line,
    ):
        answered = await line.ask(7, QUESTION["nb"])
        helped = await line.ask(7, "mannen min slår meg")

    title = (await town.conversation()).catalogue.answers[ROOM].text_for("nb").title
    assert title in answered.text
    assert "113" in helped.text
    assert server.asked == [QUESTION["nb"]]

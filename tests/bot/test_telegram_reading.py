"""Whatever JSON arrives as an update: it is read or passed over, never a failure, and what is read can be stored."""

import string
from typing import Any

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from bot.channels.telegram.channel import TelegramChannel, make_bot
from bot.channels.telegram.reading import Blocked, Heard, read, update_number
from core.messages import Said
from core.private_numbers import Secret
from tests.conftest import MONDAY_9AM, Town
from tests.fakes import bot_api_updates as updates
from tests.fakes.bot_api import TOKEN
from tests.fakes.telegram_line import HandClock

ANY_TEXT = st.text(st.characters(codec=None, categories=None), max_size=40)  # halves of characters too
SCALARS = st.none() | st.booleans() | st.integers(-(2**80), 2**80) | st.floats() | ANY_TEXT
KEYS = st.sampled_from(
    "update_id message callback_query my_chat_member edited_message chat from id type text caption data is_bot"
    " language_code new_chat_member status".split()
) | st.text(string.ascii_lowercase, max_size=5)
VALUES = SCALARS | st.sampled_from(["private", "group", "kicked", "/start", "/", "01017012345", "passord: hemmelig"])
ANY_JSON = st.recursive(VALUES, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(KEYS, inner, max_size=5))


@st.composite
def damaged_updates(draw: st.DrawFn) -> dict[str, Any]:
    """A proper update in which one thing is wrong."""
    proper = draw(
        st.sampled_from(
            [updates.said(7, "hei"), updates.pressed(7, "menu"), updates.membership(7, "kicked"), updates.sent(7)]
        )
    )
    return {"update_id": draw(st.integers() | ANY_JSON), **_damaged(draw, proper)}


def _damaged(draw: st.DrawFn, value: dict[str, Any]) -> dict[str, Any]:
    key = draw(st.sampled_from(sorted(value)))
    if isinstance(value[key], dict) and draw(st.booleans()):
        return {**value, key: _damaged(draw, value[key])}
    return {**value, key: draw(ANY_JSON)}


@settings(deadline=None)
@given(st.dictionaries(KEYS, ANY_JSON, max_size=4) | damaged_updates())
@example({"update_id": 1, **updates.said(7, "/ ")})
@example({"update_id": 1, **updates.said(7, "\ud800\x00")})
def test_any_json_is_read_or_passed_over(update: dict[str, Any]) -> None:
    number = update_number(update)

    heard = read(update, at=MONDAY_9AM)

    assert number is None or abs(number) < 2**63
    match heard:
        case Heard(message, callback_id):
            for text in (message.text, message.app_language or "", callback_id or ""):
                assert "\x00" not in text
                assert text.encode().decode() == text
            assert abs(int(message.address)) < 2**63
            assert len(message.app_language or "") <= 20
            assert len(callback_id or "") <= 64
        case Blocked(address):
            assert abs(int(address)) < 2**63


@settings(deadline=None, max_examples=30, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(st.dictionaries(KEYS, ANY_JSON, max_size=4) | damaged_updates(), max_size=6))
async def test_taking_in_any_json_never_fails(
    town: Town, caplog: pytest.LogCaptureFixture, batch: list[dict[str, Any]]
) -> None:
    channel = TelegramChannel(make_bot(TOKEN, "http://127.0.0.1:9"), town.database, town.desk, now=HandClock())

    await channel.take_in(batch)

    assert "telegram_update_unreadable" not in caplog.text


CASES = [
    ("hei", Said.TEXT, "hei"),
    ("  ", Said.TEXT, "  "),
    ("/start", Said.BUTTON, "start"),
    ("/start poster", Said.BUTTON, "start"),
    ("/MyData@some_bot", Said.BUTTON, "my_data"),
    ("/forgetme", Said.BUTTON, "forget_me"),
    ("/nosuch", Said.BUTTON, "menu"),
    ("/", Said.BUTTON, "menu"),
    ("/ ", Said.BUTTON, "menu"),
    ("/@", Said.BUTTON, "menu"),
    ("/help mannen min slår meg", Said.TEXT, "help mannen min slår meg"),
    ("min adresse er a/b", Said.TEXT, "min adresse er a/b"),
    ("لا أفهم\u200f", Said.TEXT, "لا أفهم\u200f"),
    ("a\x00b\x1bc\td\ne\u0085", Said.TEXT, "abc\td\ne\u0085"),
    ("half \ud83d", Said.TEXT, "half "),
]


@pytest.mark.parametrize(("text", "said", "understood"), CASES)
def test_what_a_text_is_read_as(text: str, said: Said, understood: str) -> None:
    heard = read({"update_id": 1, **updates.said(7, text, "ar")}, at=MONDAY_9AM)

    assert isinstance(heard, Heard)
    assert (heard.message.said, heard.message.text) == (said, understood)
    assert (heard.message.address, heard.message.app_language) == ("7", "ar")


def test_an_identity_number_is_taken_out_before_anything_else_sees_it() -> None:
    heard = read({"update_id": 1, **updates.said(7, "رقمي هو 01017012345", "ar")}, at=MONDAY_9AM)

    assert isinstance(heard, Heard)
    assert "01017012345" not in heard.message.text
    assert heard.message.secrets == {Secret.IDENTITY_NUMBER}

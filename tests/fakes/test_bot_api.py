"""The Bot API server of the tests is as strict as Telegram, or the tests prove nothing."""

import asyncio
import subprocess
import sys
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import httpx
import pytest

from tests.fakes.bot_api import BotAPI, running_bot_api
from tests.fakes.bot_api_spec import MISSING, Specification

PROJECT = Path(__file__).parents[2]
BUTTON = {"text": "Meny", "callback_data": "menu"}


@pytest.fixture
async def api() -> AsyncIterator[BotAPI]:
    async with running_bot_api() as running:
        running.say(1, "hei")
        yield running


async def call(api: BotAPI, method: str, *, token: str | None = None, **parameters: Any) -> dict[str, Any]:
    async with httpx.AsyncClient(timeout=60) as client:
        response = await client.post(f"{api.url}/bot{token or api.token}/{method}", json=parameters)
    answer: dict[str, Any] = response.json()
    assert answer.get("error_code", 200) == response.status_code
    return answer


@pytest.mark.parametrize(
    ("parameters", "words"),
    [
        ({"chat_id": 1, "text": ""}, "text is empty"),
        ({"chat_id": 1, "text": "<b> </b>", "parse_mode": "HTML"}, "text is empty"),
        ({"chat_id": 1, "text": "x" * 4097}, "too long"),
        ({"chat_id": 1, "text": "<b>x", "parse_mode": "HTML"}, "can't parse entities"),
        ({"chat_id": 1, "text": "<p>x</p>", "parse_mode": "HTML"}, "can't parse entities"),
        ({"chat_id": 2, "text": "x"}, "chat not found"),
        ({"text": "x"}, "chat_id is missing"),
        ({"chat_id": 1, "text": "x", "reply_markup": {"inline_keyboard": [[BUTTON | {"callback_data": ""}]]}}, ""),
        (
            {"chat_id": 1, "text": "x", "reply_markup": {"inline_keyboard": [[BUTTON | {"callback_data": "ي" * 33}]]}},
            "",
        ),
    ],
)
async def test_a_message_that_telegram_would_refuse_is_refused(
    api: BotAPI, parameters: dict[str, Any], words: str
) -> None:
    answer = await call(api, "sendMessage", **parameters)

    assert answer["error_code"] == 400
    assert words in answer["description"]
    assert api.sent == []


@pytest.mark.skipif(Specification.load() is None, reason=MISSING)
@pytest.mark.parametrize(
    ("method", "parameters"),
    [
        ("sendMessage", {"chat_id": 1, "text": "x", "chat": 1}),
        ("sendMessage", {"chat_id": 1, "text": 5}),
        ("sendMessage", {"chat_id": 1, "text": "x", "reply_markup": {"inline_keyboard": [BUTTON]}}),
        ("setMyCommands", {"commands": [{"command": "menu"}]}),
        ("setMyCommands", {"commands": [{"command": "menu", "description": "x" * 257}]}),
        ("getUpdates", {"offset": "1"}),
    ],
)
async def test_a_call_that_breaks_the_specification_is_refused(
    api: BotAPI, method: str, parameters: dict[str, Any]
) -> None:
    assert (await call(api, method, **parameters))["error_code"] == 400
    assert api.broken


async def test_an_update_comes_again_until_a_higher_offset_confirms_it(api: BotAPI) -> None:
    number = api.say(1, "مرحبا", "ar")

    seen = [
        [one["update_id"] for one in (await call(api, "getUpdates", offset=offset))["result"]]
        for offset in (0, 0, number, number + 1)
    ]

    assert seen == [[number - 1, number], [number - 1, number], [number], []]


async def test_a_second_fetch_ends_the_first(api: BotAPI) -> None:
    (update,) = (await call(api, "getUpdates"))["result"]
    after = update["update_id"] + 1
    first = asyncio.create_task(call(api, "getUpdates", offset=after, timeout=20))
    await api.until(lambda: api.count("getUpdates") == 2)

    await call(api, "getUpdates", offset=after)

    assert (await first)["error_code"] == 409


async def test_a_wrong_token_is_refused(api: BotAPI) -> None:
    assert (await call(api, "getMe", token="123456:wrong"))["error_code"] == 401


async def test_as_a_program_it_is_ordered_about_over_http() -> None:
    program = (sys.executable, "-m", "tests.fakes.bot_api", "--port", "0")
    with subprocess.Popen(program, cwd=PROJECT, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        url, token = [word.split("=", 1)[1] for word in process.stdout.readline().split()]
        async with httpx.AsyncClient(base_url=url, timeout=60) as client:
            await client.post("/control/say", json={"chat": 1, "text": "مرحبا", "language": "ar"})
            await client.post("/control/fault", json={"status": 429, "parameters": {"retry_after": 3}})
            first = await client.post(f"/bot{token}/sendMessage", json={"chat_id": 1, "text": "أهلا"})
            second = await client.post(f"/bot{token}/sendMessage", json={"chat_id": 1, "text": "أهلا"})
            sent = (await client.get("/control/sent")).json()
            wrong = await client.post("/control/fault", json={"no": "such field"})
        process.terminate()

    assert [first.status_code, second.status_code, wrong.status_code] == [429, 200, 400]
    assert first.json()["parameters"] == {"retry_after": 3}
    assert [one["text"] for one in sent] == ["أهلا"]

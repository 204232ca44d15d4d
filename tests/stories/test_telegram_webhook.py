"""Telegram brings updates to our address: only who knows the secret may, and what is stored is answered once."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace

import httpx
import pytest
from sqlalchemy import select, text
from sqlalchemy.exc import OperationalError

from bot.channels.telegram.channel import TelegramChannel
from bot.channels.telegram.webhook import SECRET_HEADER, take_webhook
from bot.inbound import InboundUpdate
from tests.conftest import Town
from tests.fakes import bot_api_faults as faults
from tests.fakes import bot_api_updates as updates
from tests.fakes.bot_api import running_bot_api
from tests.fakes.loopback_http import Request, Response, serving
from tests.stories.telegram_chats import (
    QUESTION,
    QUESTION_AR,
    TITLE,
    TITLE_AR,
    Forgetful,
    chau,
    connected,
    dalia,
    list_progress,
    one_database,
)


@one_database
async def test_only_who_knows_the_secret_may_bring_an_update(town: Town) -> None:
    async with running_bot_api() as api, connected(api, town, polls=False) as channel:
        body = updates_as_body(updates.said(chau, QUESTION))

        stranger = await take_webhook(channel, secret="s3cret", given="guess", body=body)
        nobody = await take_webhook(channel, secret="s3cret", given=None, body=body)
        odd = await take_webhook(channel, secret="s3cret", given="\xe6øå", body=body)

        assert [stranger, nobody, odd] == [403, 403, 403]
        assert await list_progress(town.database) == []


@pytest.mark.parametrize("language", ["nb", "ar"])
async def test_an_update_that_telegram_brings_is_stored_and_answered_once(town: Town, language: str) -> None:
    question, title = {"nb": (QUESTION, TITLE), "ar": (QUESTION_AR, TITLE_AR)}[language]
    async with running_bot_api() as api, connected(api, town, polls=False) as channel, _webhook(channel) as address:
        await channel.listen(address, "s3cret")
        number = api.say(dalia, question, language)
        api.push(updates.said(dalia, question, language), number=number)
        await api.until(lambda: len([one for one in api.webhook_statuses if one == 200]) == 2)

        assert [one.text.splitlines()[0] for one in await api.replies(dalia)] == [title]
        assert "allowed_updates" in (api.webhook or {})


async def test_of_updates_that_come_side_by_side_each_is_stored_once(town: Town) -> None:
    several = [updates_as_body(updates.said(10 + number % 7, QUESTION), number=number) for number in range(21)]
    async with running_bot_api(anybody=True) as api, connected(api, town, polls=False) as channel:
        bringing = [take_webhook(channel, secret="s", given="s", body=one) for one in several + several[::3]]

        assert set(await asyncio.gather(*bringing)) == {200}
        assert len(await list_progress(town.database)) == 21
        await api.until(lambda: sum(len(api.to(10 + number)) for number in range(7)) == 21)


async def test_whoever_is_told_that_an_update_is_stored_can_rely_on_it(town: Town) -> None:
    database = Forgetful(town.database.url)
    several = [updates_as_body(updates.said(10 + number, QUESTION), number=number) for number in range(40)]
    async with (
        running_bot_api(anybody=True) as api,
        connected(api, replace(town, database=database), polls=False) as channel,
    ):

        async def bring(number: int) -> int:
            database.is_full = 10 <= number < 30
            return await take_webhook(channel, secret="s", given="s", body=several[number])

        told = await asyncio.gather(*map(bring, range(20)), return_exceptions=True)
        told += await asyncio.gather(*map(bring, range(20, 40)), return_exceptions=True)
        database.is_full = False
        async with database.reading() as session:
            stored = set(await session.scalars(select(InboundUpdate.update_id)))

        assert stored == {number for number, status in enumerate(told) if status == 200}
        assert {type(one) for one in told if one != 200} == {OperationalError}
    await database.close()


@one_database
async def test_an_update_that_the_database_refuses_holds_up_no_others(town: Town) -> None:
    refuse = "CREATE TRIGGER refuse BEFORE INSERT ON inbound_updates WHEN NEW.update_id = 3"
    async with town.database.changing() as session:
        await session.execute(text(f"{refuse} BEGIN SELECT RAISE(ABORT, 'no'); END"))
    several = [updates_as_body(updates.said(10 + number, QUESTION), number=number) for number in range(8)]
    async with running_bot_api(anybody=True) as api, connected(api, town, polls=False) as channel:
        await asyncio.gather(*(take_webhook(channel, secret="s", given="s", body=one) for one in several))

        assert len(await list_progress(town.database)) == 7
        await api.until(lambda: sum(len(api.to(10 + number)) for number in range(8)) == 7)


@one_database
@pytest.mark.parametrize(
    ("body", "status"),
    [(b"", 400), (b"\xff", 400), (b"{", 400), (b"[1]", 200), (b"null", 200), (b'"x"', 200), (b"[" * 100_000, 400)],
)
async def test_a_body_that_is_no_update_does_no_harm(town: Town, body: bytes, status: int) -> None:
    async with running_bot_api() as api, connected(api, town, polls=False) as channel:
        assert await take_webhook(channel, secret="s", given="s", body=body) == status


@pytest.mark.slow
@one_database
async def test_a_webhook_that_telegram_cannot_be_told_of_is_tried_again(town: Town) -> None:
    async with running_bot_api() as api, connected(api, town, polls=False) as channel:
        api.order(faults.server_error(method="setWebhook"))

        await channel.listen("https://chat.example/telegram", "s3cret")

        assert api.webhook is not None
        assert api.webhook["url"] == "https://chat.example/telegram"


def updates_as_body(update: updates.Update, *, number: int = 1) -> bytes:
    return httpx.Request("POST", "http://x", json={"update_id": number, **update}).content


@asynccontextmanager
async def _webhook(channel: TelegramChannel) -> AsyncIterator[str]:
    """Our address, as Telegram sees it."""

    async def take(request: Request) -> Response:
        given = request.headers.get(SECRET_HEADER.lower())
        return Response(await take_webhook(channel, secret="s3cret", given=given, body=request.body))

    async with serving(take) as port:
        yield f"http://127.0.0.1:{port}/telegram"

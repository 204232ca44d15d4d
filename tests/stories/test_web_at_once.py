"""Many residents ask at one moment: what is looked up and recorded together stays each one's own."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack

import httpx
import pytest
from sqlalchemy import select

from bot.channels.web.app import WebChat
from core.people import Person
from tests.conftest import MONDAY_9AM, Town
from tests.fakes.web_page import Visitor

ASKED = {
    "nb": ("hva koster barnehagen?", "Plass i barnehage", "hvor finner jeg skjemaet?"),
    "en": ("what does kindergarten cost", "A place in kindergarten", "where do I find the form?"),
    "ar": ("كم تكلف الروضة؟", "مكان في الروضة", "كم يكلف؟"),
}
LANGUAGES = [*ASKED] * 4


@pytest.fixture
async def visitors(town: Town) -> AsyncIterator[list[Visitor]]:
    chat = WebChat(town.database, town.desk, town.knowledge, now=lambda: MONDAY_9AM, is_https=False)
    way = httpx.ASGITransport(chat.application())
    async with AsyncExitStack() as open_ones:
        clients = [httpx.AsyncClient(transport=way, base_url="http://chat.example") for _ in LANGUAGES]
        yield [Visitor(await open_ones.enter_async_context(one)) for one in clients]


async def test_many_ask_at_one_moment_and_each_gets_and_keeps_their_own(town: Town, visitors: list[Visitor]) -> None:
    several = list(zip(visitors, LANGUAGES, strict=True))
    await asyncio.gather(*(one.open(f"/?lang={language}") for one, language in several))
    first = await asyncio.gather(*(one.ask(ASKED[language][0]) for one, language in several))
    then = await asyncio.gather(*(one.ask(ASKED[language][2]) for one, language in several))

    for answer, more, language in zip(first, then, LANGUAGES, strict=True):
        assert answer.reply.startswith(ASKED[language][1])
        assert ASKED[language][1] in more.reply
    async with town.database.reading() as session:
        people = list(await session.scalars(select(Person)))
    assert sorted(one.language or "" for one in people) == sorted(LANGUAGES)
    assert len({one.address for one in people}) == len(LANGUAGES)


async def test_who_is_in_danger_among_many_is_helped_and_leaves_no_trace(town: Town, visitors: list[Visitor]) -> None:
    afraid, *others = visitors

    help_page, *answers = await asyncio.gather(
        afraid.send(text="mannen min slår meg", lang="nb"),
        *(one.send(text=ASKED["nb"][0], lang="nb") for one in others),
    )

    assert help_page.is_urgent
    assert all(one.reply.startswith(ASKED["nb"][1]) for one in answers)
    async with town.database.reading() as session:
        assert len(list(await session.scalars(select(Person)))) == len(others)

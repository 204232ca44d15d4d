"""A flood from one browser or network is told to wait, in its language; who is in danger is answered all the same."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import httpx
import pytest
from starlette.types import ASGIApp
from uvicorn.middleware.proxy_headers import ProxyHeadersMiddleware

from bot.channels.web.app import WebChat
from bot.channels.web.limits import BROWSER_A_MINUTE, Limits
from core.people import Person
from tests.conftest import MONDAY_9AM, Town
from tests.fakes.web_page import Page, Visitor

SCHOOL, OTHER = "203.0.113.7", "203.0.113.8"
KEY = "AbCdEfGhIjKlMnOpQrStUv"
BEGINS = {"nb": "Det kommer", "ar": "تصل الآن رسائل كثيرة"}
NO_PHRASE = "finnes et trygt sted å sove langt fra mannen min"
DANGER = {"nb": "mannen min slår meg", "ar": "زوجي يضربني"}


class Clock:
    at = 1000.0

    def __call__(self) -> float:
        return self.at


@asynccontextmanager
async def visiting(town: Town, limits: Limits, *, client: str = SCHOOL) -> AsyncIterator[Visitor]:
    chat = WebChat(
        town.database, town.desk, town.knowledge, now=lambda: MONDAY_9AM, is_https=False, limits=limits
    ).application()
    # As uvicorn puts it around the application.
    app: ASGIApp = ProxyHeadersMiddleware(chat, trusted_hosts="127.0.0.1")  # type: ignore[arg-type, assignment]
    way = httpx.ASGITransport(app, client=(client, 5000))
    async with httpx.AsyncClient(transport=way, base_url="http://chat.example") as http:
        yield Visitor(http)


@pytest.mark.parametrize("language", BEGINS)
async def test_a_network_that_asks_too_much_is_told_to_wait_in_its_language(town: Town, language: str) -> None:
    async with visiting(town, Limits(2, seconds=Clock())) as chau:
        for _ in range(2):
            assert (await chau.open(f"/?lang={language}")).status == 200

        answered = await chau.http.post("/", data={"lang": language, "text": "barnehage"})

    page = Page(answered.text, answered.status_code)
    assert (page.status, answered.headers["retry-after"]) == (429, "30")
    assert (page.language, page.asked) == (language, "barnehage")
    assert page.reply.startswith(BEGINS[language])
    assert "113" in page.reply
    assert "safety" in page.buttons


async def test_javascript_gets_the_same_words_as_an_entry(town: Town) -> None:
    async with visiting(town, Limits(1, seconds=Clock())) as chau:
        await chau.open("/?lang=nb")

        entry = await chau.send(text="barnehage")

    assert entry.status == 429
    assert "113" in entry.reply


@pytest.mark.parametrize("language", DANGER)
async def test_words_of_danger_are_always_answered(town: Town, language: str) -> None:
    async with visiting(town, Limits(1, seconds=Clock())) as chau:
        await chau.open(f"/?lang={language}")
        assert (await chau.open(f"/?lang={language}")).status == 429

        for _ in range(3):
            page = await chau.ask(DANGER[language])
            assert page.status == 200
            assert page.is_urgent
        assert (await chau.press("safety")).status == 200
        assert (await chau.press("answer:services-partner-violence")).status == 200
        assert (await chau.press("answer:services-kindergarten")).status == 429


async def test_danger_that_no_phrase_knows_is_answered_until_a_whole_network_floods(
    town: Town, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("bot.channels.web.limits.LOOKS_A_MINUTE", 3)
    async with visiting(town, Limits(1, seconds=Clock())) as chau:
        await chau.open("/?lang=nb")

        pages = [await chau.ask(text) for text in (NO_PHRASE, "barnehage", NO_PHRASE, NO_PHRASE)]

    assert [page.status for page in pages] == [200, 429, 200, 429]
    assert pages[0].is_urgent


async def test_who_must_wait_leaves_no_trace(town: Town) -> None:
    async with visiting(town, Limits(1, seconds=Clock())) as chau:
        await chau.open("/?lang=nb")
        page = await chau.ask("barnehage")

    async with town.database.reading() as session:
        assert page.status == 429
        assert await session.get(Person, 1) is None


async def test_a_header_of_a_stranger_is_not_believed_and_the_proxys_is(town: Town) -> None:
    async with visiting(town, Limits(1, seconds=Clock())) as stranger:
        statuses = [(await stranger.open("/", **{"X-Forwarded-For": f"10.0.0.{number}"})).status for number in (1, 2)]
    limits = Limits(1, seconds=Clock())
    async with visiting(town, limits, client="127.0.0.1") as proxy:
        forwarded = [
            (await proxy.open("/", **{"X-Forwarded-For": said})).status
            for said in (SCHOOL, OTHER, SCHOOL, f"127.0.0.1, {OTHER}")
        ]

    assert statuses == [200, 429]
    assert forwarded == [200, 200, 429, 429]


async def test_pages_that_are_not_there_and_sounds_count_too(town: Town) -> None:
    for path in ("/nowhere", "/listen/services-kindergarten/nb"):
        async with visiting(town, Limits(1, seconds=Clock())) as chau:
            await chau.http.get(path)

            assert (await chau.http.get(path)).status_code == 429


def test_a_browser_has_a_limit_of_its_own_and_gets_it_back_evenly() -> None:
    clock = Clock()
    limits = Limits(1000, seconds=clock)

    asked = [limits.must_wait(SCHOOL, KEY) for _ in range(BROWSER_A_MINUTE + 1)]

    assert asked == [0] * BROWSER_A_MINUTE + [2]
    assert limits.must_wait(SCHOOL, KEY[::-1]) == 0
    clock.at += 2
    assert [limits.must_wait(SCHOOL, KEY) for _ in range(2)] == [0, 2]


def test_an_ipv6_network_is_one_sender_and_this_machine_is_none() -> None:
    limits = Limits(1, seconds=Clock())

    assert limits.must_wait("2001:db8::1", None) == 0
    assert limits.must_wait("2001:db8::2", None) == 60
    assert limits.must_wait("2001:db8:0:1::2", None) == 0
    assert not any(limits.must_wait("127.0.0.1", KEY) for _ in range(100))
    assert not any(Limits(0).must_wait(SCHOOL, KEY) for _ in range(100))


def test_senders_of_long_ago_are_forgotten(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("bot.allowance.MOST_KEPT", 10)
    clock = Clock()
    limits = Limits(60, seconds=clock)

    for number in range(100):
        clock.at += 1
        limits.must_wait(f"198.51.100.{number}", None)

    assert len(limits._allowance._used) <= 12

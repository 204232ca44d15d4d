"""What broadcasts need of the tests' Bot API server: files, groups, limits, planned faults, and a short memory."""

import asyncio
from collections import Counter
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import httpx
import pytest

from tests.fakes import bot_api_faults as faults
from tests.fakes import bot_api_limits as limits
from tests.fakes import bot_api_updates as updates
from tests.fakes.bot_api import BotAPI, running_bot_api
from tests.fakes.bot_api_ledger import Ledger
from tests.fakes.bot_api_limits import Manners
from tests.fakes.bot_api_plan import Plan
from tests.fakes.bot_api_spec import MISSING, Specification

GROUP = updates.group(-100_5)
CALENDAR = b"BEGIN:VCALENDAR\r\nSUMMARY:\xd9\x85\xd9\x82\xd9\x87\xd9\x89\r\nEND:VCALENDAR\r\n"
EACH = 0.05
SHARES = dict.fromkeys(
    ("429", "blocked", "deactivated", "not_found", "parse", "5xx", "cut_before", "cut_after", "slow", "duplicate"), EACH
)


@asynccontextmanager
async def calling(**options: Any) -> AsyncIterator[tuple[BotAPI, httpx.AsyncClient]]:
    async with (
        running_bot_api(anybody=True, **options) as api,
        httpx.AsyncClient(base_url=f"{api.url}/bot{api.token}", timeout=60) as client,
    ):
        yield api, client


async def send(client: httpx.AsyncClient, chat: int, text: str = "مرحبا") -> int:
    """The status; 0 when the connection was cut."""
    parameters = {"chat_id": chat, "text": text}
    try:  # on a connection of its own: httpx would take an answer that came twice for that to the next call
        return (await client.post("/sendMessage", json=parameters, headers={"Connection": "close"})).status_code
    except httpx.TransportError:
        return 0


# Files and groups


async def test_a_file_is_taken_with_its_caption() -> None:
    async with calling() as (api, client):
        answer = await client.post(
            "/sendDocument", data={"chat_id": 1, "caption": "<b>مقهى</b>", "parse_mode": "HTML"},
            files={"document": ("5.ics", CALENDAR, "text/calendar")},
        )  # fmt: skip
        long = await client.post("/sendDocument", json={"chat_id": 1, "document": "f1", "caption": "x" * 1025})

    assert answer.json()["result"]["document"]["file_name"] == "5.ics"
    (taken,) = api.sent
    assert (taken.text, taken.raw) == ("مقهى", "<b>مقهى</b>")
    assert taken.file is not None
    assert (taken.file.media_type, taken.file.content) == ("text/calendar", CALENDAR)
    assert long.json()["description"] == "Bad Request: message caption is too long"


@pytest.mark.parametrize(("kind", "status"), [("supergroup", "left"), ("group", "kicked"), ("channel", "kicked")])
async def test_a_group_takes_messages_for_as_long_as_the_bot_is_in_it(kind: str, status: str) -> None:
    chat = updates.group(-100_7, kind)
    async with running_bot_api() as api, httpx.AsyncClient(base_url=f"{api.url}/bot{api.token}", timeout=60) as client:
        before = await send(client, chat["id"])
        api.push(updates.in_group(chat, 5, "administrator"))
        inside = await send(client, chat["id"])
        api.push(updates.in_group(chat, 5, status, before="administrator"))
        answer = await client.post("/sendMessage", json={"chat_id": chat["id"], "text": "x"})

    assert [before, inside, answer.status_code] == [400, 200, 403]
    assert kind in answer.json()["description"]


@pytest.mark.skipif(Specification.load() is None, reason=MISSING)
async def test_calls_of_a_known_shape_are_still_looked_at() -> None:
    specification = Specification.load()
    assert specification is not None
    good = {"commands": [{"command": "menu", "description": "x" * 256}]}

    problems = [
        specification.problems_of_call("setMyCommands", {"commands": [{"command": "menu", "description": words}]})
        for words in ("x" * 256, "x" * 256, "x" * 257, "", "ي" * 256)
    ]

    assert specification.problems_of_call("setMyCommands", good) == []
    assert [bool(one) for one in problems] == [False, False, True, True, False]


# Limits


@pytest.mark.parametrize(
    ("messages", "problem"),
    [
        ([(place / 25, place) for place in range(1, 100)], ""),
        ([(place / 40, place) for place in range(1, 100)], limits.TOO_MANY),
        ([(0, 7), (1, 7), (2, 7)], ""),
        ([(0, 7), (0.9, 7)], limits.TOO_MANY_TO_CHAT),
        ([(place * 3, -7) for place in range(40)], ""),
        ([(place * 2, -7) for place in range(40)], limits.TOO_MANY_TO_GROUP),
    ],
)
def test_what_is_too_much_for_telegram_is_refused_and_counted(messages: list[tuple[float, int]], problem: str) -> None:
    manners = Manners(is_strict=True)

    taken = [manners.takes(chat, at=at) for at, chat in messages]

    assert all(taken) == (problem == "")
    assert set(manners.broken) == ({problem} if problem else set())


def test_who_does_not_wait_when_told_to_is_counted_but_what_was_on_its_way_is_not() -> None:
    manners = Manners()
    manners.silence(30, at=100)

    waits = [manners.silent_for(at=at) for at in (100.5, 129.5, 130)]

    assert waits == [30, 1, 0]
    assert manners.broken == Counter({limits.DID_NOT_WAIT: 1})


async def test_a_bot_that_is_told_to_wait_is_refused_in_all_chats() -> None:
    async with calling() as (api, client):
        api.order(faults.too_many_requests(1, chat=1, is_for_whole_bot=True))

        statuses = [await send(client, chat) for chat in (1, 2, -100_5)]

    assert statuses == [429, 429, 429]
    assert len(api.ledger) == 0


# Planned faults


async def test_a_plan_strikes_the_same_chats_in_every_run_and_passing_faults_once() -> None:
    plan = Plan(seed=3, share=SHARES, retry_after=0, slow_seconds=0)
    chats = range(1, 41)
    drawn = {chat: plan.drawn(chat) for chat in chats}
    async with calling() as (api, client):
        api.plan(plan)
        first = {chat: await send(client, chat) for chat in chats}
        second = {chat: await send(client, chat) for chat in chats}

    statuses = {"blocked": 403, "deactivated": 403, "not_found": 400}
    passing = {"429": 429, "parse": 400, "5xx": 502, "cut_before": 0, "cut_after": 0}
    assert set(drawn.values()) == {"", *SHARES}
    assert first == {chat: (statuses | passing).get(drawn[chat], 200) for chat in chats}
    assert second == {chat: statuses.get(drawn[chat], 200) for chat in chats}
    assert api.ledger.counts() == Counter(
        {chat: 1 + (drawn[chat] not in passing or drawn[chat] == "cut_after")
         for chat in chats if drawn[chat] not in statuses}
    )  # fmt: skip


def test_about_the_planned_share_of_chats_is_struck() -> None:
    plan = Plan(share=SHARES)

    drawn = Counter(plan.drawn(chat) for chat in range(5_000))

    assert set(drawn) == {"", *SHARES}
    assert all(abs(drawn[name] / 5_000 - EACH) < 0.01 for name in SHARES)


@pytest.mark.parametrize("share", [{"nonsense": 0.1}, {"429": 0.6, "5xx": 0.6}, {"429": -0.1}])
def test_a_plan_that_makes_no_sense_is_refused(share: dict[str, float]) -> None:
    with pytest.raises(ValueError, match=r"share|fault"):
        Plan(share=share)


async def test_an_update_may_come_twice() -> None:
    async with calling() as (api, client):
        api.plan(Plan(share={"duplicate": 1}))
        number = api.say(1, "سلام", "ar")

        answer = await client.post("/getUpdates", json={})

    assert [one["update_id"] for one in answer.json()["result"]] == [number, number]


# A short memory


async def test_quiet_it_keeps_counts_and_who_took_what_when() -> None:
    async with calling(quiet=True) as (api, client):
        statuses = await asyncio.gather(*(send(client, chat % 30 + 1) for chat in range(60)))
        ledger = (await client.get(f"{api.url}/control/ledger")).json()
        one = (await client.get(f"{api.url}/control/ledger", params={"chat": 7})).json()
        pace = (await client.get(f"{api.url}/control/pace")).json()

    assert statuses == [200] * 60
    assert (api.calls, api.sent, api.called) == ([], [], Counter(sendMessage=60))
    assert ledger["total"] == sum(pace["per_second"]) == 60
    assert ledger["chats"] == {str(chat): 2 for chat in range(1, 31)}
    assert len(one) == 2
    assert one[0][1] == one[1][1]


def test_a_ledger_keeps_twenty_bytes_of_each_message() -> None:
    ledger = Ledger()
    for chat in range(10_000):
        ledger.note(chat, "مرحبا", at=float(chat))

    columns = (ledger._chats, ledger._times, ledger._hashes)
    assert sum(len(column) * column.itemsize for column in columns) == 20 * 10_000
    assert ledger.shortest_gap() is None

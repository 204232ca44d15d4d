"""Telegram on a bad day, and we on a bad day: nobody is forgotten, nobody is answered twice."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from datetime import timedelta
from typing import Any

import httpx
import pytest
from sqlalchemy import select, text
from sqlalchemy.exc import OperationalError
from sqlalchemy.ext.asyncio import AsyncSession

from bot.channels.telegram import answering
from bot.channels.telegram.channel import TelegramChannel, make_bot
from bot.channels.telegram.webhook import SECRET_HEADER, take_webhook
from bot.desk import Desk
from bot.inbound import LEASE, MOST_TRIES, Arrived, InboundUpdate, Progress, store
from bot.turn import Turn
from core.database import Database
from core.messages import IncomingMessage, Kind, OutgoingMessage, Piece, Said
from core.people import Address, find_person
from tests.conftest import CHAU, DALIA, TELEGRAM, Town
from tests.fakes import bot_api_faults as faults
from tests.fakes import bot_api_updates as updates
from tests.fakes.bot_api import BotAPI, running_bot_api
from tests.fakes.loopback_http import Request, Response, serving
from tests.fakes.telegram_line import HandClock, Line, telegram_line

chau, dalia = int(CHAU), int(DALIA)
QUESTION, TITLE = "hva koster barnehagen", "Plass i barnehage"
QUESTION_AR, TITLE_AR = "كم تكلف الروضة", "مكان في الروضة"
# What Telegram does is the same for every database.
one_database = pytest.mark.parametrize("engine", ["sqlite"], indirect=True)


@pytest.fixture
async def line(town: Town) -> AsyncIterator[Line]:
    async with telegram_line(town) as connected:
        yield connected


async def list_progress(database: Database) -> list[Progress]:
    async with database.reading() as session:
        return list(await session.scalars(select(InboundUpdate.progress).order_by(InboundUpdate.id)))


# Telegram refuses


@one_database
async def test_being_told_to_wait_silences_the_whole_account_until_the_time_is_over(
    line: Line, caplog: pytest.LogCaptureFixture
) -> None:
    line.api.order(faults.too_many_requests(30, chat=chau))
    line.api.say(chau, QUESTION)
    await line.api.until(lambda: "telegram_not_sent" in caplog.text)

    line.api.say(dalia, QUESTION_AR, "ar")
    await asyncio.sleep(1)
    sent_while_waiting = list(line.api.sent)
    line.clock.forward(31)

    assert sent_while_waiting == []
    assert (await line.api.replies(dalia))[0].text.startswith(TITLE_AR)
    assert [one.text.splitlines()[0] for one in await line.api.replies(chau)] == [TITLE]


@pytest.mark.parametrize(
    ("engine", "kind"), [("sqlite", "500"), ("sqlite", "504"), ("postgres", "cut")], indirect=["engine"]
)
async def test_what_telegram_did_not_take_is_sent_again(line: Line, kind: str) -> None:
    line.api.order(faults.cut_before() if kind == "cut" else faults.server_error(int(kind)))
    line.api.say(chau, QUESTION)
    await line.api.until(lambda: line.api.count("sendMessage") == 1)

    await line.time_passes_until(lambda: line.api.to(chau))

    assert [one.text.splitlines()[0] for one in await line.api.replies(chau)] == [TITLE]


@one_database
async def test_what_may_have_been_taken_is_sent_again_rather_than_lost(line: Line) -> None:
    line.api.order(faults.cut_after())
    line.api.say(chau, QUESTION)
    await line.api.replies(chau)

    await line.time_passes_until(lambda: len(line.api.to(chau)) == 2)

    first, second = line.api.to(chau)
    assert first == second


@one_database
async def test_a_chat_that_fails_does_not_hold_up_the_others(line: Line) -> None:
    line.api.order(faults.server_error(chat=chau, times=faults.FOREVER))
    line.api.say(chau, QUESTION)

    answer = await line.ask(dalia, QUESTION_AR, "ar")

    assert answer.text.startswith(TITLE_AR)
    assert line.api.to(chau) == []


@one_database
@pytest.mark.parametrize("language", ["nb", "ar"])
async def test_formatting_that_telegram_refuses_is_sent_once_as_plain_text(line: Line, language: str) -> None:
    question = {"nb": QUESTION, "ar": QUESTION_AR}[language]
    line.api.order(faults.bad_request("can't parse entities: Unsupported start tag"))

    message = await line.ask(dalia, question, language)

    assert message.parse_mode is None
    assert message.text.startswith({"nb": TITLE, "ar": TITLE_AR}[language])
    assert "<b>" not in message.raw
    assert "menu" in message.data()


@pytest.mark.slow
@one_database
async def test_being_told_to_wait_with_the_plain_text_is_obeyed_too(
    line: Line, caplog: pytest.LogCaptureFixture
) -> None:
    line.api.order(faults.bad_request("can't parse entities"), faults.too_many_requests(30))
    line.api.say(chau, QUESTION)
    await line.api.until(lambda: "telegram_not_sent" in caplog.text)
    await asyncio.sleep(1)
    sent_while_waiting = list(line.api.sent)

    line.clock.forward(31)

    assert sent_while_waiting == []
    assert len(await line.api.replies(chau)) == 1


@one_database
async def test_another_refusal_ends_this_turn_and_the_next_message_is_answered(line: Line) -> None:
    line.api.order(faults.bad_request("chat not found"))
    line.api.say(chau, "hva er dugnad")
    await line.api.until(lambda: line.api.count("sendMessage") == 1)

    answer = await line.ask(chau, QUESTION)

    assert answer.text.startswith(TITLE)
    assert len(line.api.to(chau)) == 1


@pytest.mark.parametrize(
    ("engine", "reason"), [("sqlite", "blocked"), ("postgres", "deactivated")], indirect=["engine"]
)
async def test_somebody_who_cannot_be_reached_is_noted_with_the_reason(line: Line, reason: str) -> None:
    line.api.order({"blocked": faults.blocked, "deactivated": faults.deactivated}[reason]())
    line.api.say(chau, QUESTION)
    await line.api.until(lambda: line.api.count("sendMessage") == 1)
    await line.everything_is_heard()

    async with line.town.database.reading() as session:
        known = await find_person(session, Address(TELEGRAM, CHAU))

    assert known is not None
    assert known.unreachable_reason == reason
    assert line.api.to(chau) == []


@one_database
async def test_a_button_that_is_too_old_to_acknowledge_is_answered_all_the_same(line: Line) -> None:
    line.api.order(faults.bad_request("query is too old", method="answerCallbackQuery"))

    menu = await line.press(chau, "menu")

    assert "area:services" in menu.data()


@one_database
async def test_no_answer_waits_for_a_button_that_is_acknowledged_slowly(
    line: Line, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(answering, "LONGEST_ACKNOWLEDGING", 0.2)
    line.api.order(faults.slow(before=30, method="answerCallbackQuery"))

    menu = await line.press(chau, "menu")

    assert "area:services" in menu.data()


def test_whatever_is_slow_a_part_is_sent_within_the_lease_with_some_seconds_to_spare() -> None:
    clocks_differ_by = 5
    assert answering.LONGEST_ACKNOWLEDGING + answering.LONGEST_SEND + clocks_differ_by <= LEASE.total_seconds()


# Telegram is away


@one_database
@pytest.mark.parametrize(
    "fault",
    [
        pytest.param(faults.server_error(method="getUpdates"), id="502", marks=pytest.mark.slow),
        pytest.param(faults.cut_after(method="getUpdates"), id="cut after"),
        pytest.param(faults.Fault(method="getUpdates", body="{broken"), id="broken JSON"),
        pytest.param(faults.cut_before(method="getUpdates"), id="cut before", marks=pytest.mark.slow),
        pytest.param(faults.too_many_requests(1, method="getUpdates"), id="429", marks=pytest.mark.slow),
        pytest.param(faults.Fault(method="getUpdates", body='{"ok": true}'), id="no list", marks=pytest.mark.slow),
        pytest.param(faults.Fault(method="getUpdates", body='{"ok": true, "result": 7}'), id="no list but a number"),
    ],
)
async def test_fetching_goes_on_after_a_failure_and_nothing_is_answered_twice(line: Line, fault: faults.Fault) -> None:
    await line.everything_is_heard()
    line.api.order(replace(fault))

    answer = await line.ask(chau, QUESTION)
    await line.everything_is_heard()

    assert answer.text.startswith(TITLE)
    assert len(line.api.to(chau)) == 1


@one_database
async def test_commands_that_cannot_be_set_stop_nothing(town: Town) -> None:
    async with running_bot_api() as api:
        api.order(faults.server_error(500, method="setMyCommands", times=faults.FOREVER))
        async with _channel(api, town):
            api.say(chau, QUESTION)

            assert (await api.replies(chau))[0].text.startswith(TITLE)


@pytest.mark.slow
@one_database
async def test_two_processes_that_fetch_for_one_bot_are_told_apart(line: Line) -> None:
    await line.everything_is_heard()
    async with httpx.AsyncClient(timeout=60) as other:
        await other.post(f"{line.api.url}/bot{line.api.token}/getUpdates", json={"timeout": 0})

    answer = await line.ask(chau, QUESTION)

    assert answer.text.startswith(TITLE)


# We fail


class Stumbling(Desk):
    """A desk that fails on one word, so many times."""

    times = 0

    async def answer(self, session: AsyncSession, message: IncomingMessage, **more: Any) -> Turn:
        if "snubletråd" in message.text and self.times:
            self.times -= 1
            raise RuntimeError("we stumbled")
        return await super().answer(session, message, **more)


def stumbling(town: Town, times: int) -> Stumbling:
    desk = Stumbling(town.knowledge)
    desk.times = times
    return desk


@one_database
async def test_a_failure_of_ours_is_tried_again(town: Town) -> None:
    async with telegram_line(town, desk=stumbling(town, 1)) as line:
        line.api.say(chau, f"snubletråd, {QUESTION}")

        await line.time_passes_until(lambda: line.api.to(chau))

        assert TITLE in line.api.to(chau)[0].text


@pytest.mark.slow
@one_database
async def test_we_say_sorry_in_the_chosen_language_when_trying_does_not_help(town: Town) -> None:
    async with telegram_line(town, desk=stumbling(town, MOST_TRIES)) as line:
        await line.press(dalia, "language:ar", "nb")
        line.api.say(dalia, f"snubletråd, {QUESTION}", "nb")

        await line.time_passes_until(lambda: len(line.api.to(dalia)) == 2)

        sorry = line.api.to(dalia)[1]

        words = town.desk.words.translator("ar")
        assert sorry.text == words("Something went wrong here, not with you. Please write again in a little while.")
        assert (await line.ask(dalia, QUESTION_AR, "nb")).text.startswith(TITLE_AR)


class Forgetful(Database):
    """A database that can be read, but takes no changes while ``is_full``."""

    is_full = False
    tries = 0

    @asynccontextmanager
    async def changing_little(self) -> AsyncIterator[AsyncSession]:
        async with super().changing_little() as session:
            yield session
            if self.is_full:
                self.tries += 1
                raise OperationalError("INSERT", {}, Exception("database or disk is full"))


async def test_what_could_not_be_stored_is_not_confirmed_and_comes_again(town: Town) -> None:
    database = Forgetful(town.database.url)
    async with telegram_line(Town(database, town.knowledge, town.desk)) as line:
        await line.everything_is_heard()
        database.is_full = True
        line.api.say(chau, QUESTION)
        await asyncio.sleep(0.5)

        waiting, database.is_full = line.api.waiting(), False

        assert len(waiting) == 1
        assert (await line.api.replies(chau))[0].text.startswith(TITLE)
    await database.close()


@one_database
async def test_a_reply_that_could_not_be_recorded_is_not_sent_over_and_over(town: Town) -> None:
    database = Forgetful(town.database.url)
    async with telegram_line(Town(database, town.knowledge, town.desk)) as line:
        line.api.order(faults.slow(after=0.5))
        line.api.say(chau, QUESTION)
        await line.api.replies(chau)
        database.is_full = True
        await asyncio.sleep(1.5)

        assert len(line.api.to(chau)) == 1
    await database.close()


@one_database
async def test_a_reply_is_not_sent_again_because_the_database_was_away_for_longer_than_a_lease(
    town: Town, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(answering, "LEASE", timedelta(seconds=0.5))
    database = Forgetful(town.database.url)
    async with telegram_line(Town(database, town.knowledge, town.desk)) as line:
        line.api.order(faults.slow(after=0.5))
        line.api.say(chau, QUESTION)
        await line.api.replies(chau)
        database.is_full = True
        await asyncio.sleep(2)
        database.is_full = False
        await line.everything_is_heard()

        assert len(line.api.to(chau)) == 1
    await database.close()


@one_database
async def test_a_database_that_takes_no_changes_is_not_asked_without_a_pause(town: Town) -> None:
    database = Forgetful(town.database.url)
    async with telegram_line(Town(database, town.knowledge, town.desk)) as line:
        await line.everything_is_heard()
        async with database.changing() as session:
            message = IncomingMessage("telegram", CHAU, Said.TEXT, line.clock(), QUESTION)
            await store(session, line.channel.account, [Arrived(1, message)], by="another")
        line.clock.forward(5)
        database.is_full = True
        await line.api.until(lambda: database.tries, what="a try")
        await asyncio.sleep(1.2)
        database.is_full = False

        assert database.tries <= 5
    await database.close()


# Many at once, and long answers


async def test_many_people_at_once_are_all_answered(line: Line) -> None:
    for chat in range(8000, 8060):
        line.api.say(chat, QUESTION)

    for chat in range(8000, 8060):
        assert (await line.api.replies(chat))[0].text.startswith(TITLE)
    assert len(line.api.sent) == 60


class Talkative(Desk):
    """A desk whose every answer is long."""

    def reply(self, *args: object, **more: object) -> Turn:
        turn = super().reply(*args, **more)  # type: ignore[arg-type]
        paragraphs = tuple(Piece(Kind.TEXT, f"{number}: {'<&> ord ' * 60}".strip()) for number in range(40))
        message = turn.message
        return Turn(turn.outcome, OutgoingMessage(message.language, paragraphs, message.buttons))


@one_database
async def test_a_long_answer_comes_in_several_messages_with_the_buttons_under_the_last(town: Town) -> None:
    async with telegram_line(town, desk=Talkative(town.knowledge)) as line:
        line.api.order(faults.server_error(let_pass=2))
        line.api.say(chau, QUESTION)

        await line.time_passes_until(lambda: line.api.to(chau) and line.api.to(chau)[-1].buttons)

        got = line.api.to(chau)

    numbers = [int(text.split(":")[0]) for one in got for text in one.text.split("\n\n")]
    assert numbers == list(range(40))
    assert all(len(one.raw) <= 4096 for one in got)
    assert [bool(one.buttons) for one in got] == [False] * (len(got) - 1) + [True]


async def test_ending_lets_a_reply_that_is_on_its_way_arrive_and_be_recorded(town: Town) -> None:
    async with running_bot_api() as api:
        api.order(faults.slow(after=0.5))
        async with _channel(api, town):
            api.say(chau, QUESTION)
            await api.replies(chau)

        assert await list_progress(town.database) == [Progress.DONE]


# Webhook


@one_database
async def test_only_who_knows_the_secret_may_bring_an_update(town: Town) -> None:
    async with running_bot_api() as api, _channel(api, town, polls=False) as channel:
        body = updates_as_body(updates.said(chau, QUESTION))

        stranger = await take_webhook(channel, secret="s3cret", given="guess", body=body)
        nobody = await take_webhook(channel, secret="s3cret", given=None, body=body)
        odd = await take_webhook(channel, secret="s3cret", given="\xe6øå", body=body)

        assert [stranger, nobody, odd] == [403, 403, 403]
        assert await list_progress(town.database) == []


@pytest.mark.parametrize("language", ["nb", "ar"])
async def test_an_update_that_telegram_brings_is_stored_and_answered_once(town: Town, language: str) -> None:
    question, title = {"nb": (QUESTION, TITLE), "ar": (QUESTION_AR, TITLE_AR)}[language]
    async with running_bot_api() as api, _channel(api, town, polls=False) as channel, _webhook(channel) as address:
        await channel.listen(address, "s3cret")
        number = api.say(dalia, question, language)
        api.push(updates.said(dalia, question, language), number=number)
        await api.until(lambda: len([one for one in api.webhook_statuses if one == 200]) == 2)

        assert [one.text.splitlines()[0] for one in await api.replies(dalia)] == [title]
        assert "allowed_updates" in (api.webhook or {})


async def test_of_updates_that_come_side_by_side_each_is_stored_once(town: Town) -> None:
    several = [updates_as_body(updates.said(10 + number % 7, QUESTION), number=number) for number in range(21)]
    async with running_bot_api(anybody=True) as api, _channel(api, town, polls=False) as channel:
        bringing = [take_webhook(channel, secret="s", given="s", body=one) for one in several + several[::3]]

        assert set(await asyncio.gather(*bringing)) == {200}
        assert len(await list_progress(town.database)) == 21
        await api.until(lambda: sum(len(api.to(10 + number)) for number in range(7)) == 21)


async def test_whoever_is_told_that_an_update_is_stored_can_rely_on_it(town: Town) -> None:
    database = Forgetful(town.database.url)
    several = [updates_as_body(updates.said(10 + number, QUESTION), number=number) for number in range(40)]
    async with (
        running_bot_api(anybody=True) as api,
        _channel(api, replace(town, database=database), polls=False) as channel,
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
    async with running_bot_api(anybody=True) as api, _channel(api, town, polls=False) as channel:
        await asyncio.gather(*(take_webhook(channel, secret="s", given="s", body=one) for one in several))

        assert len(await list_progress(town.database)) == 7
        await api.until(lambda: sum(len(api.to(10 + number)) for number in range(8)) == 7)


@one_database
@pytest.mark.parametrize(
    ("body", "status"),
    [(b"", 400), (b"\xff", 400), (b"{", 400), (b"[1]", 200), (b"null", 200), (b'"x"', 200), (b"[" * 100_000, 400)],
)
async def test_a_body_that_is_no_update_does_no_harm(town: Town, body: bytes, status: int) -> None:
    async with running_bot_api() as api, _channel(api, town, polls=False) as channel:
        assert await take_webhook(channel, secret="s", given="s", body=body) == status


@pytest.mark.slow
@one_database
async def test_a_webhook_that_telegram_cannot_be_told_of_is_tried_again(town: Town) -> None:
    async with running_bot_api() as api, _channel(api, town, polls=False) as channel:
        api.order(faults.server_error(method="setWebhook"))

        await channel.listen("https://chat.example/telegram", "s3cret")

        assert api.webhook is not None
        assert api.webhook["url"] == "https://chat.example/telegram"


def updates_as_body(update: updates.Update, *, number: int = 1) -> bytes:
    return httpx.Request("POST", "http://x", json={"update_id": number, **update}).content


@asynccontextmanager
async def _channel(api: BotAPI, town: Town, *, polls: bool = True) -> AsyncIterator[TelegramChannel]:
    bot = make_bot(api.token, api.url)
    channel = TelegramChannel(bot, town.database, town.desk, now=HandClock())
    await channel.connect()
    tasks = [asyncio.create_task(channel.answer_all())]
    tasks += [asyncio.create_task(channel.poll())] if polls else []
    try:
        yield channel
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        await bot.shutdown()


@asynccontextmanager
async def _webhook(channel: TelegramChannel) -> AsyncIterator[str]:
    """Our address, as Telegram sees it."""

    async def take(request: Request) -> Response:
        given = request.headers.get(SECRET_HEADER.lower())
        return Response(await take_webhook(channel, secret="s3cret", given=given, body=request.body))

    async with serving(take) as port:
        yield f"http://127.0.0.1:{port}/telegram"

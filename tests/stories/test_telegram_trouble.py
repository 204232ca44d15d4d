"""Telegram on a bad day, and we on a bad day: nobody is forgotten, nobody is answered twice."""

import asyncio
from dataclasses import replace
from datetime import timedelta
from typing import Any

import httpx
import pytest
from sqlalchemy.ext.asyncio import AsyncSession

from bot.channels.telegram import answering
from bot.desk import Desk
from bot.inbound import LEASE, MOST_TRIES, Arrived, Progress, store
from bot.turn import Turn
from core.messages import IncomingMessage, Kind, OutgoingMessage, Piece, Said
from core.people import Address, find_person
from tests.conftest import CHAU, TELEGRAM, Town
from tests.fakes import bot_api_faults as faults
from tests.fakes.bot_api import running_bot_api
from tests.fakes.telegram_line import Line, telegram_line
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
        async with connected(api, town):
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
        async with connected(api, town):
            api.say(chau, QUESTION)
            await api.replies(chau)

        assert await list_progress(town.database) == [Progress.DONE]

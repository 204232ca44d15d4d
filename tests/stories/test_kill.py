"""The real process: killed, told to end, or set up wrongly.

What is promised (bot/inbound.py): every update is answered; what is recorded as sent is never sent again; only a reply
whose sending was cut off in the very middle comes twice. So these tests count, at each kill, what Telegram has taken
but we have not recorded: exactly so many messages may come twice, and no more.
"""

import asyncio
import random
import signal
import socket
import subprocess
import sys
import time
from collections import Counter
from pathlib import Path

import httpx
import pytest

from bot.channels.telegram.channel import AT_ONCE, TelegramChannel, make_bot
from bot.channels.telegram.webhook import SECRET_HEADER
from brobygger.preparing import open_house
from brobygger.processes import listen_on
from core.errors import SetupProblem
from core.settings import Settings
from tests.conftest import MONDAY_9AM, Engine, Town
from tests.fakes import bot_api_faults as faults
from tests.fakes.bot_api import TOKEN, BotAPI, running_bot_api
from tests.ports import free_port
from tests.stories.installation import PROJECT, SECONDS_TO_START, Installation, installed

QUESTIONS = (
    ("hva koster barnehagen", "nb", "Plass i barnehage"),
    ("كم تكلف الروضة", "ar", "مكان في الروضة"),
    ("hva er dugnad", "nb", "Hva er dugnad?"),
    ("استعارة غرفة", "ar", "استعارة غرفة"),
)
TALKER = 7  # somebody with many messages, who has chosen Arabic


# Killed


async def live_through_kills(api: BotAPI, there: Installation, *, chats: int, kills: int) -> int:
    """Many people write, the process is killed at random moments and ends its work; how many messages came twice."""
    api.order(faults.slow(before=0.03, after=0.03, times=faults.FOREVER))
    api.press(TALKER, "language:ar")
    for number in range(chats):
        api.say(10_000 + number, *QUESTIONS[number % len(QUESTIONS)][:2])
        if number % 10 == 0:
            api.say(TALKER, "hva koster barnehagen")
            api.say(TALKER, "låne rom")
    may_come_twice = 0
    for kill in range(kills):
        already = len(api.sent)
        number = chats + kill  # there is something to answer at each start, however much the one before has done
        api.say(10_000 + number, *QUESTIONS[number % len(QUESTIONS)][:2])
        there.start()
        await api.until(lambda before=already: len(api.sent) > before, seconds=SECONDS_TO_START)
        await asyncio.sleep(random.uniform(0, 0.15))
        there.kill()
        await api.quiet()
        may_come_twice = len(api.sent) - (await there.recorded())[1]
    there.start()
    await there.has_finished(chats + kills + 1 + 2 * (chats // 10))
    await asyncio.sleep(0.5)  # whatever would come once more
    await there.end()
    return may_come_twice


@pytest.mark.slow
async def test_every_update_is_answered_once_and_each_chat_in_order_through_many_kills(
    engine: Engine, tmp_path: Path
) -> None:
    chats, kills = 200, 10
    async with running_bot_api() as api, installed(engine, tmp_path, api.url) as there:
        came_twice = await live_through_kills(api, there, chats=chats, kills=kills)

    answers = Counter(one.chat for one in api.sent)
    assert set(answers) == {TALKER, *range(10_000, 10_000 + chats + kills)}
    assert answers.total() == chats + kills + 1 + 2 * (chats // 10) + came_twice
    assert came_twice <= kills * AT_ONCE
    for one in api.sent:
        assert one.chat == TALKER or one.text.startswith(QUESTIONS[one.chat % len(QUESTIONS)][2])
    titles = [one.text.splitlines()[0] for one in api.to(TALKER)]
    once = [title for place, title in enumerate(titles) if place == 0 or titles[place - 1] != title]
    assert once[1:] == ["مكان في الروضة", "استعارة غرفة"] * (chats // 10)


# By webhook


@pytest.mark.slow
async def test_updates_come_by_webhook_where_one_is_set(engine: Engine, tmp_path: Path) -> None:
    async with running_bot_api() as api, installed(engine, tmp_path, api.url) as there:
        address = f"http://127.0.0.1:{there.port}/telegram"
        there.more = {"BROBYGGER_TELEGRAM_WEBHOOK_URL": address, "BROBYGGER_TELEGRAM_WEBHOOK_SECRET": "s3cret"}
        api.say(TALKER, *QUESTIONS[1][:2])
        there.start()
        (answer,) = await api.replies(TALKER, seconds=SECONDS_TO_START)

        async with httpx.AsyncClient(timeout=60) as stranger:
            statuses = [
                (await stranger.post(address, json={}, headers=headers)).status_code
                for headers in ({}, {SECRET_HEADER: "guess"}, {SECRET_HEADER: "s3cret"})
            ]
            large = await stranger.post(address, content=b"x" * 2_000_000, headers={SECRET_HEADER: "s3cret"})
        await there.end()

    assert answer.text.startswith(QUESTIONS[1][2])
    assert api.count("getUpdates") == 0
    assert statuses == [403, 403, 200]
    assert large.status_code == 413


# Told to end


@pytest.mark.slow
@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
async def test_told_to_end_it_finishes_what_it_is_saying_and_repeats_nothing(
    sqlite_engine: Engine, tmp_path: Path, number: signal.Signals
) -> None:
    async with running_bot_api() as api, installed(sqlite_engine, tmp_path, api.url) as there:
        api.order(faults.slow(after=1))
        api.say(7, *QUESTIONS[1][:2])
        there.start()
        await api.replies(7, seconds=SECONDS_TO_START)

        status = await there.end(number)

        assert status == 0, there.log()
        assert await there.recorded() == (1, 1)
        assert "Traceback" not in there.log()


@pytest.mark.slow
async def test_nothing_that_a_resident_wrote_and_no_token_stands_in_the_log(
    sqlite_engine: Engine, tmp_path: Path
) -> None:
    async with running_bot_api() as api, installed(sqlite_engine, tmp_path, api.url) as there:
        api.say(7, "fødselsnummeret mitt er 01017012345, hva koster barnehagen")
        api.say(7, "زوجي يضربني", "ar")
        api.order(faults.bad_request("can't parse entities", let_pass=1))
        there.start()
        await api.replies(7, 2, seconds=SECONDS_TO_START)
        await there.end()

    for private in ("01017012345", "barnehagen", "زوجي", "\\u0632\\u0648\\u062c\\u064a", TOKEN):
        assert private not in there.log()


# Set up wrongly


def complaint(there: Installation) -> str:
    """The one line that says what to do; everything else in the log is no complaint."""
    lines = [line for line in there.log().splitlines() if line.startswith("brobygger: ")]
    assert "Traceback" not in there.log()
    assert len(lines) == 1, there.log()
    return lines[0]


@pytest.fixture
def no_telegram() -> str:
    """An address where nobody listens."""
    return f"http://127.0.0.1:{free_port()}"


@pytest.mark.parametrize("engine", ["sqlite"], indirect=True)
async def test_a_wrong_token_is_explained(town: Town) -> None:
    async with running_bot_api() as api:
        bot = make_bot("123456:WRONG-token-for-tests-only-012345678", api.url)
        channel = TelegramChannel(bot, town.database, town.desk, now=lambda: MONDAY_9AM)

        with pytest.raises(SetupProblem, match="TELEGRAM_TOKEN"):
            await channel.connect_patiently()
        await bot.shutdown()


def test_a_port_in_use_is_explained() -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken, pytest.raises(SetupProblem, match="BROBYGGER_PORT"):
        listen_on("127.0.0.1", taken.getsockname()[1])


@pytest.mark.slow
async def test_a_wrong_token_is_one_clear_line(sqlite_engine: Engine, tmp_path: Path) -> None:
    async with running_bot_api() as api, installed(sqlite_engine, tmp_path, api.url) as there:
        there.token = "123456:WRONG-token-for-tests-only-012345678"
        there.start()

        assert await there.exit_status() == 2
        assert "TELEGRAM_TOKEN" in complaint(there)
        assert there.token not in there.log()


@pytest.mark.slow
async def test_a_port_in_use_is_one_clear_line(sqlite_engine: Engine, tmp_path: Path, no_telegram: str) -> None:
    async with installed(sqlite_engine, tmp_path, no_telegram) as there:
        with socket.create_server(("127.0.0.1", there.port)):
            there.start()
            assert await there.exit_status() == 2

        assert "BROBYGGER_PORT" in complaint(there)


WRONG_ADDRESSES = [
    "mysql://somebody@localhost/town",
    "no address",
    "postgresql://somebody@127.0.0.1:1/town",
    "postgresql://somebody@127.0.0.1:port/town",
    "postgresql://somebody@127.0.0.1:1/town?no_such_option=1",
    "sqlite:////dev/null/town.sqlite3",
    "sqlite:////",
    f"sqlite:///{Path(__file__)}",
]


@pytest.mark.parametrize("address", WRONG_ADDRESSES)
async def test_a_wrong_database_address_is_explained(address: str) -> None:
    with pytest.raises(SetupProblem, match="DATABASE_URL"):
        async with open_house(Settings.from_env({"DATABASE_URL": address, "BROBYGGER_VECTORS": "none"})):
            pass


@pytest.mark.slow
@pytest.mark.parametrize("address", WRONG_ADDRESSES)
async def test_a_wrong_database_address_is_one_clear_line(tmp_path: Path, no_telegram: str, address: str) -> None:
    there = Installation(address, tmp_path, no_telegram)
    there.start()

    assert await there.exit_status() == 2
    assert "DATABASE_URL" in complaint(there)


@pytest.mark.slow
async def test_without_telegram_the_web_chat_works_and_telegram_comes_when_it_is_back(
    sqlite_engine: Engine, tmp_path: Path, no_telegram: str
) -> None:
    async with installed(sqlite_engine, tmp_path, no_telegram) as there:
        there.start()
        await there.is_up()

        async with running_bot_api(port=int(no_telegram.rsplit(":", 1)[1])) as api:
            api.say(7, *QUESTIONS[1][:2])

            (answer,) = await api.replies(7, seconds=SECONDS_TO_START)
            await there.end()

    assert answer.text.startswith(QUESTIONS[1][2])


STUBBORN = """
import asyncio
from brobygger.processes import _run_together

async def work():
    print("begun", flush=True)
    try:
        await asyncio.sleep(600)
    finally:
        print("ending", flush=True)
        await asyncio.sleep(600)

asyncio.run(_run_together([work()]))
"""


@pytest.mark.slow
def test_who_tells_a_process_to_end_once_more_need_not_wait() -> None:
    with subprocess.Popen((sys.executable, "-c", STUBBORN), cwd=PROJECT, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == "begun\n"
        process.send_signal(signal.SIGINT)
        process.send_signal(signal.SIGTERM)  # the same order twice
        assert process.stdout.readline() == "ending\n"
        time.sleep(1.2)
        assert process.poll() is None
        process.send_signal(signal.SIGINT)

        assert process.wait(timeout=60) == 130

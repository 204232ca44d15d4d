"""An answer that can be heard: a person's recording or, where the town wants it, a robot that says that it is one."""

import asyncio
import io
import os
import wave
from dataclasses import replace
from pathlib import Path

import httpx
import pytest
from sqlalchemy import select

from bot.channels.web.app import WebChat
from bot.desk import Desk
from bot.inbound import InboundUpdate, Progress
from bot.sounds import fetch_sound
from brobygger.robot import make_robot
from content.reading_aloud import recordings
from content.reading_aloud.robot import Robot, RobotVoice, find_robot
from content.reading_aloud.sound_files import OGG, StoredSound, read_sound
from core.errors import SetupProblem
from core.people import Address, find_person
from core.settings import Settings
from tests.bot.talking import Talker, action, actions
from tests.conftest import DALIA, MONDAY_9AM, Town
from tests.fakes.bot_api_faults import FOREVER, Fault
from tests.fakes.telegram_line import telegram_line
from tests.sounds import m4a, mp3, ogg

KINDERGARTEN, VIOLENCE = "services-kindergarten", "services-partner-violence"
QUESTIONS = {"nb": "hva koster barnehagen?", "ar": "كم تكلف الروضة؟"}
ROBOT_SAYS = "This is a robot voice, not a person. It may say words wrongly."
NO_SOUND = "Dette kan ikke leses opp akkurat nå."
one_database = pytest.mark.parametrize("engine", ["sqlite"], indirect=True)
both_ways = pytest.mark.parametrize("language", ["nb", "ar"])
dalia = int(DALIA)


class FakeRobot(Robot):
    """Keeps what it was asked to read; slow while it is told to wait."""

    def __init__(self, *, is_able: bool = True) -> None:
        super().__init__(Path("/no/espeak-ng"), None)
        self.voice = RobotVoice(frozenset({"nb", "ar"}), is_sendable=True)
        self.read_lines: list[tuple[str, ...]] = []
        self.may_go = asyncio.Event()
        self.may_go.set()
        self._sound = StoredSound(OGG, ogg()) if is_able else None

    async def read(self, lines: object, language: str) -> StoredSound | None:
        self.read_lines.append((language, *lines))  # type: ignore[misc]
        await self.may_go.wait()
        return self._sound


def with_robot(town: Town, robot: Robot) -> Town:
    return replace(town, desk=Desk(town.knowledge, robot=robot))


async def release(town: Town, language: str, data: bytes, answer_id: str = KINDERGARTEN) -> None:
    async with town.database.changing() as session:
        read_from = await recordings.text_to_read(session, answer_id, language)
        given = await recordings.attach(session, answer_id, language, data, read_from=read_from, by=1, at=MONDAY_9AM)
        await session.flush()  # its number is given by the database
        await recordings.release(session, answer_id, language, given.id, by=2, at=MONDAY_9AM)


def browser(town: Town) -> httpx.AsyncClient:
    chat = WebChat(town.database, town.desk, town.knowledge, now=lambda: MONDAY_9AM, is_https=False)
    return httpx.AsyncClient(transport=httpx.ASGITransport(chat.application()), base_url="http://chat.example")


# Telegram


@one_database
@both_ways
@pytest.mark.parametrize(("data", "sent_as"), [(ogg(), "voice"), (mp3(), "audio"), (m4a(), "audio")])
async def test_a_recording_is_sent_when_listen_is_pressed(town: Town, language: str, data: bytes, sent_as: str) -> None:
    await release(town, language, data)
    async with telegram_line(town) as line:
        answer = await line.ask(dalia, QUESTIONS[language], language)
        label, action_ = answer.buttons[0]
        assert (label, action_) == (town.desk.words.translator(language)("Listen"), f"listen:{KINDERGARTEN}")

        line.api.press(dalia, action_, language)
        _answer, words, sound = await line.api.replies(dalia, 3)

    assert words.text.startswith(answer.text.splitlines()[0])
    assert ROBOT_SAYS not in words.text
    assert sound.file is not None
    assert (sound.sent_as, sound.file.content) == (sent_as, data)


@one_database
async def test_without_a_recording_and_without_a_robot_there_is_no_button(town: Town) -> None:
    turn = await Talker(town, language="nb").say(QUESTIONS["nb"])

    assert turn.message.reading is None
    pressed = await Talker(town, language="nb").press(f"listen:{KINDERGARTEN}")
    assert pressed.message.sound is None
    assert town.desk.words.translator("nb")(NO_SOUND).split(".")[0] in pressed.message.as_text()
    gone = await Talker(town, language="nb").press("listen:no-such-answer")
    assert action(gone, "menu") == "menu"


@one_database
async def test_who_takes_no_voice_messages_gets_a_file(town: Town) -> None:
    await release(town, "nb", ogg())
    async with telegram_line(town) as line:
        line.api.faults.append(
            Fault(method="sendVoice", status=400, description="Bad Request: VOICE_MESSAGES_FORBIDDEN")
        )
        line.api.press(dalia, f"listen:{KINDERGARTEN}", "nb")
        _words, sound = await line.api.replies(dalia, 2)

    assert sound.sent_as == "document"


@one_database
@both_ways
async def test_help_in_danger_never_waits_for_a_robot(town: Town, language: str) -> None:
    robot = FakeRobot()
    robot.may_go.clear()
    danger = {"nb": "mannen min slår meg", "ar": "زوجي يضربني"}[language]
    async with telegram_line(town, desk=with_robot(town, robot).desk) as line:
        line.api.press(dalia, f"listen:{KINDERGARTEN}", language)
        (words,) = await line.api.replies(dalia, 1)
        helped = await line.ask(dalia, danger, language)
        assert "116 006" in helped.text
        robot.may_go.set()
        sound = (await line.api.replies(dalia, 3))[-1]

    assert town.desk.words.translator(language)(ROBOT_SAYS) in words.text
    assert sound.sent_as == "voice"


@one_database
async def test_a_sound_that_cannot_be_had_is_told_in_words(town: Town) -> None:
    async with telegram_line(town, desk=with_robot(town, FakeRobot(is_able=False)).desk) as line:
        line.api.press(dalia, f"listen:{KINDERGARTEN}", "nb")
        _words, sorry = await line.api.replies(dalia, 2)

    assert sorry.sent_as == ""
    assert sorry.data() == (f"answer:{KINDERGARTEN}", "menu")


@one_database
@both_ways
@pytest.mark.parametrize(("status", "times"), [(400, 1), (413, FOREVER)])
async def test_a_sound_that_telegram_refuses_is_told_in_words(
    town: Town, language: str, status: int, times: int
) -> None:
    await release(town, language, ogg())
    async with telegram_line(town) as line:
        line.api.faults.append(Fault(method="sendVoice", status=status, description="Bad Request: no", times=times))
        line.api.press(dalia, f"listen:{KINDERGARTEN}", language)
        await line.api.replies(dalia, 1)
        await line.time_passes_until(lambda: len(line.api.to(dalia)) == 2)

    sorry = line.api.to(dalia)[-1]
    assert sorry.data() == (f"answer:{KINDERGARTEN}", "menu")


@one_database
async def test_a_sound_that_did_not_get_through_is_sent_again(town: Town) -> None:
    await release(town, "nb", ogg())
    async with telegram_line(town) as line:
        line.api.faults.append(Fault(method="sendVoice", status=502, description="Bad Gateway"))
        line.api.press(dalia, f"listen:{KINDERGARTEN}", "nb")
        await line.api.replies(dalia, 1)
        await line.time_passes_until(lambda: len(line.api.to(dalia)) == 2)

    assert [one.sent_as for one in line.api.to(dalia)] == ["", "voice"]


@both_ways
async def test_who_is_forgotten_gets_no_sound_any_more(town: Town, language: str) -> None:
    robot = FakeRobot()
    robot.may_go.clear()
    async with telegram_line(town, desk=with_robot(town, robot).desk) as line:
        line.api.press(dalia, f"listen:{KINDERGARTEN}", language)
        await line.api.replies(dalia, 1)
        while not robot.read_lines:
            await asyncio.sleep(0.01)
        await line.press(dalia, "forget_me:yes", language)
        async with town.database.reading() as session:
            listened = await session.scalar(select(InboundUpdate).order_by(InboundUpdate.id).limit(1))
        robot.may_go.set()
        await line.ask(dalia, "/help", language)

    assert listened is not None
    assert (listened.progress, listened.address) == (Progress.FAILED, "")
    assert [one.sent_as for one in line.api.to(dalia)] == [""] * 3


@one_database
async def test_listening_to_help_in_danger_leaves_no_trace(town: Town) -> None:
    await release(town, "nb", ogg(), VIOLENCE)
    talker = Talker(town, language="nb")
    asked = await talker.say("mannen min slår meg")
    assert asked.message.reading is not None

    turn = await talker.press(asked.message.reading.button.action)

    assert (turn.outcome, turn.message.is_urgent) == (asked.outcome, True)
    assert turn.message.sound is not None
    async with town.database.reading() as session:
        assert await find_person(session, Address(talker.channel, talker.address)) is None


# The web page


@one_database
@both_ways
async def test_the_page_plays_a_recording_without_javascript(town: Town, language: str) -> None:
    await release(town, language, mp3())
    address = f"/listen/{KINDERGARTEN}/{language}"
    async with browser(town) as chau:
        page = await chau.post("/", data={"text": QUESTIONS[language], "lang": language})
        sound = await chau.get(address)
        part = await chau.get(address, headers={"range": "bytes=0-99"})
        beyond = await chau.get(address, headers={"range": "bytes=9999999-"})

    assert f'<audio controls preload="none" src="{address}"' in page.text
    assert 'class="aloud"' not in page.text
    assert "listen:" not in page.text
    assert "media-src 'self'" in page.headers["content-security-policy"]
    assert (sound.status_code, sound.headers["content-type"], sound.content) == (200, "audio/mpeg", mp3())
    assert sound.headers["content-disposition"] == f'inline; filename="{KINDERGARTEN}-{language}.mp3"'
    assert (sound.headers["x-content-type-options"], sound.headers["cache-control"]) == ("nosniff", "no-store")
    assert (part.status_code, part.content) == (206, mp3()[:100])
    assert beyond.status_code == 416


@one_database
async def test_there_is_no_sound_of_what_is_not_there(town: Town) -> None:
    async with browser(town) as chau:
        for address in (
            f"/listen/{KINDERGARTEN}/nb",
            "/listen/no-such/nb",
            f"/listen/{KINDERGARTEN}/xx",
            "/listen/a/b/c",
        ):
            assert (await chau.get(address)).status_code == 404
        page = await chau.post("/", data={"text": QUESTIONS["nb"], "lang": "nb"})

    assert "<audio" not in page.text
    assert '<p class="aloud" hidden>' in page.text


# The robot


@one_database
@both_ways
async def test_a_robot_says_that_it_is_one_and_reads_a_text_once(town: Town, language: str) -> None:
    robot = FakeRobot()
    haunted = with_robot(town, robot)
    says = town.desk.words.translator(language)(ROBOT_SAYS)
    async with browser(haunted) as chau:
        page = await chau.post("/", data={"text": QUESTIONS[language], "lang": language})
        for _twice in range(2):
            assert (await chau.get(f"/listen/{KINDERGARTEN}/{language}")).content == ogg()

    assert says in page.text
    ((spoken, first, *lines),) = robot.read_lines
    assert (spoken, first) == (language, says)
    assert not any("https://" in line or "\u2066" in line for line in lines)
    assert any("00 00 00 10" in line for line in lines)


@one_database
async def test_a_robot_reads_a_text_once_for_all_who_ask_while_it_reads(town: Town) -> None:
    robot = FakeRobot()
    robot.may_go.clear()
    haunted = with_robot(town, robot).desk
    asking = [
        asyncio.create_task(fetch_sound(town.database, haunted, KINDERGARTEN, "nb", at=MONDAY_9AM)) for _ in range(5)
    ]
    while not robot.read_lines:
        await asyncio.sleep(0.01)
    await asyncio.sleep(0.05)

    asking.pop(0).cancel()  # who asked first closes the page
    robot.may_go.set()
    sounds = await asyncio.gather(*asking)

    assert len(robot.read_lines) == 1
    assert all(sound is not None and sound.content == ogg() for sound in sounds)


@one_database
async def test_a_person_is_heard_before_a_robot_and_nobody_in_a_language_that_it_has_not(town: Town) -> None:
    haunted = with_robot(town, FakeRobot())
    await release(town, "nb", ogg(9))

    readings = [(await Talker(haunted, "1", one).say(QUESTIONS["nb"])).message.reading for one in ("nb", "ar", "en")]

    assert [one and one.is_robot for one in readings] == [False, True, None]
    sound = await fetch_sound(town.database, haunted.desk, KINDERGARTEN, "nb", at=MONDAY_9AM)
    assert sound is not None
    assert sound.content == ogg(9)


@one_database
async def test_what_telegram_cannot_play_is_not_offered_there(town: Town) -> None:
    robot = FakeRobot()
    robot.voice = RobotVoice(frozenset({"nb"}), is_sendable=False)
    async with telegram_line(town, desk=with_robot(town, robot).desk) as line:
        answer = await line.ask(dalia, QUESTIONS["nb"], "nb")

    assert not any(one.startswith("listen:") for one in answer.data())
    assert actions(await Talker(town, language="nb").say(QUESTIONS["nb"])) == list(answer.data())


def real_robot() -> Robot:
    robot = find_robot(seconds=120)
    if robot is None or not robot.voice.is_sendable:
        if os.environ.get("CI"):
            pytest.fail("espeak-ng or opus-tools is not installed, and CI must hear the robot")
        pytest.skip("espeak-ng or opus-tools is not installed (Debian: apt-get install espeak-ng opus-tools)")
    return robot


@pytest.mark.parametrize("language", ["nb", "ar", "fa", "uk"])
async def test_the_real_robot_speaks(language: str) -> None:
    sound = await real_robot().read(["Hei. <b>116 117</b>", "مكان في الروضة", "Привіт"], language)

    assert sound is not None
    assert 2 < read_sound(sound.content).seconds < 60


async def test_without_opus_tools_the_real_robot_makes_a_wav_that_knows_its_length() -> None:
    robot = real_robot()

    sound = await Robot(robot._espeak, None, seconds=120).read(["Hei på deg."], "nb")

    assert sound is not None
    with wave.open(io.BytesIO(sound.content)) as file:
        assert 0.5 < file.getnframes() / file.getframerate() < 5


@pytest.mark.parametrize("body", ["exit 1", "sleep 30", "echo"])
async def test_a_robot_that_fails_or_is_slow_says_nothing(tmp_path: Path, body: str) -> None:
    program = tmp_path / "espeak-ng"
    program.write_text(f"#!/bin/sh\n{body}\n")
    program.chmod(0o755)

    packer = tmp_path / "opusenc"  # is not there
    assert await Robot(program, packer, seconds=0.2).read(["Hei"], "nb") is None


def test_a_robot_that_is_wanted_and_not_installed_stops_the_start(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", "/nowhere")

    assert make_robot(Settings.from_env({})) is None
    with pytest.raises(SetupProblem, match="apt-get install espeak-ng opus-tools"):
        make_robot(Settings.from_env({"BROBYGGER_ROBOT_VOICE": "True"}))

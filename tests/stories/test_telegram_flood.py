"""One chat sends more than anybody reads: it is told so, the others notice nothing, and danger is always answered."""

from collections.abc import AsyncIterator

import pytest

from bot.channels.telegram import answering
from bot.channels.telegram.limits import ChatLimit
from core.people import Address, find_person
from tests.conftest import CHAU, DALIA, TELEGRAM, Town
from tests.fakes.telegram_line import Line, telegram_line

chau, dalia = int(CHAU), int(DALIA)
QUESTION, TITLE = "hva koster barnehagen", "Plass i barnehage"
TITLE_AR = "مكان في الروضة"
WAIT = {"nb": "Det kommer", "ar": "تصل الآن رسائل كثيرة"}
DANGER = {"nb": "mannen min slår meg", "ar": "زوجي يضربني"}
ANSWERED = 3


class Clock:
    at = 1000.0

    def __call__(self) -> float:
        return self.at


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
async def line(town: Town, clock: Clock) -> AsyncIterator[Line]:
    async with telegram_line(town, limit=ChatLimit(ANSWERED, seconds=clock)) as connected:
        yield connected


@pytest.mark.parametrize("language", WAIT)
async def test_a_chat_that_floods_is_told_once_and_answered_again_a_little_later(
    line: Line, clock: Clock, language: str
) -> None:
    for _ in range(20):
        line.api.say(chau, QUESTION, language)
    await line.everything_is_heard()
    answers = [one.text for one in line.api.to(chau)]

    clock.at += 60
    later = await line.ask(chau, QUESTION, language)

    assert len(answers) == ANSWERED + 1
    assert answers[-1].startswith(WAIT[language])
    assert "113" in answers[-1]
    assert later.text.startswith(TITLE_AR if language == "ar" else TITLE)


@pytest.mark.parametrize("language", DANGER)
async def test_danger_is_answered_in_the_middle_of_a_flood(line: Line, language: str) -> None:
    for _ in range(10):
        line.api.say(chau, QUESTION, language)
    line.api.say(chau, DANGER[language], language)
    line.api.press(chau, "safety", language)

    urgent = (await line.api.replies(chau, ANSWERED + 3))[ANSWERED + 1 :]

    assert all("02800" in one.text or "116 006" in one.text or "112" in one.text for one in urgent)


async def test_who_floods_can_still_stop_and_be_forgotten(line: Line) -> None:
    for _ in range(10):
        line.api.say(chau, QUESTION)
    line.api.say(chau, "stopp")
    line.api.say(chau, "glem meg")
    line.api.press(chau, "forget_me:yes")
    await line.api.replies(chau, ANSWERED + 4)

    async with line.town.database.reading() as session:
        assert await find_person(session, Address(TELEGRAM, CHAU)) is None


async def test_a_button_that_is_passed_over_does_not_spin(line: Line, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(answering, "LONGEST_ACKNOWLEDGING", 60.0)  # on a busy machine it gives up before it has called
    for _ in range(ANSWERED + 5):
        line.api.press(chau, "menu")
    await line.everything_is_heard()

    assert len(line.api.to(chau)) == ANSWERED + 1
    assert line.api.count("answerCallbackQuery") == ANSWERED + 5


async def test_the_others_notice_nothing(line: Line) -> None:
    for _ in range(20):
        line.api.say(chau, QUESTION)

    assert (await line.ask(dalia, "كم تكلف الروضة", "ar")).text.startswith(TITLE_AR)

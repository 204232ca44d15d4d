"""What has run out is hidden where its owner wants that: residents do not find it, by any way."""

import shutil
from datetime import UTC, datetime
from pathlib import Path

import pytest

from bot.situation import About, Situation
from bot.turn import Outcome, Turn
from content.importing import import_library
from content.library_files import read_library
from tests.conftest import DALIA, LIBRARY, MONDAY_9AM, TELEGRAM, Town
from tests.content.editing import change

# grants-closed in tests/library is valid until 31 January 2026.
LAST_MINUTE = datetime(2026, 1, 31, 22, 59, tzinfo=UTC)  # one minute to midnight in Oslo
MINUTE_AFTER = datetime(2026, 1, 31, 23, 0, tzinfo=UTC)
QUESTION = "tilskudd til julefest"


@pytest.fixture
async def hiding(town: Town, tmp_path: Path) -> Town:
    """The town, with the grant hidden now that it has run out."""
    await take_in(town, tmp_path, "grants/grants-closed", "when_expired: hide")
    return town


async def take_in(town: Town, tmp_path: Path, answer: str, line: str) -> None:
    """Import the library again with one line more in an answer."""
    library = Path(shutil.copytree(LIBRARY, tmp_path / "changed", dirs_exist_ok=True))
    change(library / answer / "answer.yaml", "review_by:", f"{line}\nreview_by:")
    async with town.database.changing() as session:
        await import_library(session, read_library(library), at=MONDAY_9AM)


async def press(town: Town, action: str, *, at: datetime = MONDAY_9AM) -> Turn:
    conversation = await town.conversation()
    return conversation.press(action, Situation.of(None, app_language="nb", at=at))


def buttons(turn: Turn) -> set[str]:
    return {button.action for button in turn.message.buttons}


async def test_a_hidden_answer_is_not_found_however_exactly_one_asks(hiding: Town) -> None:
    turn = await hiding.hear(QUESTION)

    assert turn.outcome is Outcome.NOT_FOUND
    assert "julefest" not in turn.message.as_text()


async def test_it_is_there_to_the_end_of_its_last_day_in_the_town(hiding: Town) -> None:
    last = await hiding.hear(QUESTION, at=LAST_MINUTE)
    after = await hiding.hear(QUESTION, at=MINUTE_AFTER)

    assert last.answer_id == "grants-closed"
    assert after.answer_id is None


@pytest.mark.parametrize("action", ["answer:grants-closed", "share:grants-closed", "person:grants-closed"])
async def test_nor_does_an_old_button_lead_to_it(hiding: Town, action: str) -> None:
    turn = await press(hiding, action)

    assert turn.answer_id is None
    assert "julefest" not in turn.message.as_text()


async def test_a_follow_up_does_not_go_on_from_it(hiding: Town) -> None:
    about = About(1, TELEGRAM, DALIA, "nb", "grants-closed", MONDAY_9AM, None, MONDAY_9AM, MONDAY_9AM)
    conversation = await hiding.conversation()

    turn = conversation.hear("hva koster det?", Situation.of(about, app_language="nb", at=MONDAY_9AM))

    assert turn.answer_id != "grants-closed"
    assert "julefest" not in turn.message.as_text().lower()


async def test_menus_leave_it_out_and_its_area_when_nothing_else_is_there(hiding: Town) -> None:
    menu, before = await press(hiding, "menu"), await press(hiding, "menu", at=LAST_MINUTE)

    assert "area:grants" in buttons(before)
    assert "area:grants" not in buttons(menu)
    assert "answer:grants-closed" in buttons(await press(hiding, "area:grants", at=LAST_MINUTE))
    assert "answer:grants-closed" not in buttons(await press(hiding, "area:grants"))


async def test_an_answer_that_has_run_out_is_shown_as_such_when_nobody_hides_it(town: Town) -> None:
    turn = await town.hear(QUESTION)

    assert turn.answer_id == "grants-closed"
    assert "answer:grants-closed" in buttons(await press(town, "area:grants"))


async def test_an_answer_for_people_in_danger_is_never_hidden(town: Town, tmp_path: Path) -> None:
    await take_in(town, tmp_path, "services/services-partner-violence", "valid_until: 2026-01-01\nwhen_expired: hide")

    turn, menu = await town.hear("mannen min slår meg"), await press(town, "safety")

    assert turn.outcome is Outcome.SAFETY
    assert turn.message.is_urgent
    assert "116 006" in turn.message.as_text()
    assert "answer:services-partner-violence" in buttons(menu)


async def test_in_danger_nothing_hidden_stands_among_what_else_may_be_meant(hiding: Town) -> None:
    text = "mannen min slår meg, tilskudd til julefest"
    conversation = await hiding.conversation()
    danger = conversation.danger(text)
    assert danger is not None

    kept = conversation.hear(text, Situation.of(None, app_language="nb", at=MONDAY_9AM))
    forgotten = conversation.help_in_danger(
        danger, Situation.of(None, app_language="nb", at=MONDAY_9AM), secrets=frozenset()
    )

    assert "answer:grants-closed" not in buttons(kept) | buttons(forgotten)
    assert "grants-closed" not in (*kept.choices, *forgotten.choices)

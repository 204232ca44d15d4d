"""What has run out is not shown as if it still held."""

from datetime import UTC, date, datetime
from pathlib import Path

import pytest

from content.importing import import_library
from content.library_files import read_library
from tests.conftest import MONDAY_9AM, Town
from tests.content.asking import published
from tests.content.editing import change

# grants-closed in tests/library is valid until 31 January 2026, practice-dugnad is to be reviewed by 1 January 2026.
LAST_MINUTE = datetime(2026, 1, 31, 22, 59, tzinfo=UTC)  # one minute to midnight in Oslo
MINUTE_AFTER = datetime(2026, 1, 31, 23, 0, tzinfo=UTC)


async def test_an_answer_past_its_validity_is_not_shown_but_a_person_is(town: Town) -> None:
    turn = await town.hear("tilskudd til julefest")

    text = turn.message.as_text()
    assert turn.answer_id == "grants-closed"
    assert "Tilskuddet kunne søkes" not in text
    assert "00 00 00 10" in text


async def test_an_answer_holds_to_the_end_of_its_last_day_in_the_town(town: Town) -> None:
    last = await town.hear("tilskudd til julefest", at=LAST_MINUTE)
    after = await town.hear("tilskudd til julefest", at=MINUTE_AFTER)

    assert "Tilskuddet kunne søkes" in last.message.as_text()
    assert "Tilskuddet kunne søkes" not in after.message.as_text()


@pytest.mark.parametrize("action", ["answer:grants-closed", "share:grants-closed"])
async def test_nor_is_it_shown_or_shared_by_a_button(town: Town, action: str) -> None:
    from bot.situation import Situation

    conversation = await town.conversation()

    turn = conversation.press(action, Situation.of(None, app_language="ar", at=MONDAY_9AM))

    assert "Tilskuddet kunne søkes" not in turn.message.as_text()
    assert "00 00 00 10" in turn.message.as_text()


async def test_an_answer_is_not_shown_before_it_holds(town: Town, library: Path) -> None:
    answer = library / "services/services-kindergarten/answer.yaml"
    change(answer, "review_by:", "valid_from: 2027-01-01\nreview_by:")
    async with town.database.changing() as session:
        await import_library(session, read_library(library), at=MONDAY_9AM)

    before = await town.hear("كم تكلف الروضة", "ar")
    after = await town.hear("كم تكلف الروضة", "ar", at=datetime(2027, 1, 1, tzinfo=UTC))

    assert "1,200" not in before.message.as_text()
    assert "1,200" in after.message.as_text()


async def test_somebody_in_danger_gets_the_emergency_numbers_whatever_has_run_out(town: Town, library: Path) -> None:
    for answer in library.glob("services/*/answer.yaml"):
        change(answer, "review_by:", "valid_until: 2026-01-01\nreview_by:")
    async with town.database.changing() as session:
        await import_library(session, read_library(library), at=MONDAY_9AM)

    turns = [await town.hear("mannen min slår meg", "nb"), await town.hear("زوجي يضربني", "ar")]

    for turn in turns:
        assert all(number in turn.message.as_text() for number in ("112", "113", "116 006"))
        assert turn.message.is_urgent


async def test_an_answer_past_its_review_says_so_and_is_shown(town: Town) -> None:
    catalogue = await published(town.database)
    dugnad = catalogue.answers["practice-dugnad"]
    t = town.desk.words.translator("nb")

    turn = await town.hear("hva er dugnad")

    text = turn.message.as_text()
    assert dugnad.is_past_review(date(2026, 1, 2))
    assert not dugnad.is_past_review(date(2026, 1, 1))
    assert "Dugnad er frivillig arbeid" in text
    assert t("This text should have been checked again by now. Ask before you rely on it.") in text


async def test_the_reader_of_another_language_is_told_in_theirs(town: Town) -> None:
    t = town.desk.words.translator("ar")

    turn = await town.hear("dugnad", "ar")

    text = turn.message.as_text()
    assert turn.answer_id == "practice-dugnad"
    assert t("This text should have been checked again by now. Ask before you rely on it.") in text
    assert turn.shown_in == "en"

"""The starter library can be published as it is, and the questions that measure the bot were not written from it."""

import json
from collections import defaultdict
from functools import cache
from itertools import chain
from pathlib import Path

import pytest

from bot.phrases import URGENCY
from content.checks import check_library
from content.finding.features import words
from content.library_files import LibraryFiles, SampleEntry, read_library
from core import languages
from tests.house_rules.project import QUESTIONS, STARTER


@cache
def library() -> LibraryFiles:
    return read_library(STARTER)


@cache
def wordings() -> frozenset[str]:
    """Every wording in the form in which it is compared."""
    of_texts = (
        wording
        for answer in library().answers
        for translation in answer.translations
        for wording in translation.asked_as
    )
    elsewhere = (one.text for one in library().samples if one.answer_id)
    return frozenset(" ".join(words(wording)) for wording in (*of_texts, *elsewhere))


def test_nothing_keeps_the_starter_library_from_being_published() -> None:
    problems = check_library(STARTER)

    assert [str(problem) for problem in problems] == []


def outside() -> list[SampleEntry]:
    return [one for one in library().samples if not one.answer_id]


def test_what_people_in_danger_are_shown_is_there_and_is_marked_as_safety() -> None:
    answers = {answer.id: answer for answer in library().answers}

    assert set(URGENCY) <= set(answers)
    assert all(answers[answer_id].is_safety for answer_id in URGENCY)


def test_there_are_texts_outside_all_answers_in_every_promised_language() -> None:
    counted: dict[str, int] = defaultdict(int)
    for one in outside():
        counted[one.language] += 1

    assert set(counted) == set(languages.PROMISED)
    assert min(counted.values()) >= 20


def test_no_text_outside_is_a_wording_of_an_answer() -> None:
    both = [one.text for one in outside() if " ".join(words(one.text)) in wordings()]

    assert both == []


def texts_of(file: Path) -> list[str]:
    return [json.loads(line)["text"] for line in file.read_text(encoding="utf-8").split("\n") if line.strip()]


ASKED = [
    file
    for part in ("", "development", "second", "third", "fourth")
    for file in sorted((QUESTIONS / part).glob("*.jsonl"))
]


@cache
def learned_from() -> frozenset[str]:
    """Wordings and texts outside in the form in which they are compared; some are of signs only and have none."""
    return wordings() | {" ".join(words(one.text)) for one in outside()} - {""}


@pytest.mark.parametrize("file", ASKED)
def test_no_question_stands_word_for_word_in_what_finding_learns_from(file: Path) -> None:
    learned = [text for text in texts_of(file) if " ".join(words(text)) in learned_from()]

    assert learned == []


@pytest.mark.parametrize("file", [file for file in ASKED if file.parent.name in ("second", "third", "fourth")])
def test_no_question_of_a_later_test_stands_in_another_set(file: Path) -> None:
    others = [one for one in ASKED if one.parent != file.parent and one.name == file.name]
    known = {" ".join(words(text)) for text in chain(*map(texts_of, others))}

    assert [text for text in texts_of(file) if " ".join(words(text)) in known] == []

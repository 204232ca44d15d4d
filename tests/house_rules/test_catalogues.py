"""Every message has words in every promised language, with the same places to fill."""

import re
from functools import cache
from string import Formatter

import pytest
from babel.messages.catalog import Catalog, Message
from babel.messages.extract import extract_from_dir
from babel.messages.plurals import get_plural
from babel.messages.pofile import read_po

from core import languages
from tests.house_rules.project import ROOT

# As `make words` collects them.
KEYWORDS = {"t": None, "plural": (1, 2), "theirs": None}
METHODS = {
    "bot": [
        ("bot/**.py", "python"),
        ("broadcasts/**/words.py", "python"),
        ("broadcasts/members/counting.py", "python"),
        ("content/facts.py", "python"),
        ("bot/channels/web/templates/**.html", "jinja2"),
    ],
    "editor": [
        ("editor/**.py", "python"),
        ("broadcasts/members/counting.py", "python"),
        ("editor/templates/**.html", "jinja2"),
    ],
}
LANGUAGES = {"bot": languages.PROMISED, "editor": ("nb", "nn", "en")}
EVERY = [(room, language) for room in METHODS for language in LANGUAGES[room]]
EVERY_BUT_ENGLISH = [(room, language) for room, language in EVERY if language != "en"]


@cache
def catalogue(room: str, language: str) -> Catalog:
    """The words of one language."""
    with (ROOT / room / "locales" / language / "LC_MESSAGES" / "brobygger.po").open("rb") as file:
        return read_po(file, locale=language)


@cache
def wanted(room: str) -> frozenset[str]:
    """The messages that the code and the pages use; of one with a plural the singular."""
    found = extract_from_dir(ROOT, METHODS[room], keywords=KEYWORDS)
    return frozenset(message[0] if isinstance(message, tuple) else message for _file, _line, message, *_rest in found)


def messages(room: str, language: str) -> dict[str, Message]:
    """By their English words."""
    return {_first(message.id): message for message in catalogue(room, language) if message.id}


def places(text: str) -> set[str | None]:
    return {name for _text, name, _spec, _conversion in Formatter().parse(text) if name is not None}


def _first(several: str | tuple[str, ...] | list[str]) -> str:
    return several if isinstance(several, str) else several[0]


def _all(several: str | tuple[str, ...] | list[str]) -> list[str]:
    return [several] if isinstance(several, str) else list(several)


@pytest.mark.parametrize("room", METHODS)
def test_there_is_a_catalogue_for_every_promised_language_and_no_other(room: str) -> None:
    there = {folder.name for folder in (ROOT / room / "locales").iterdir() if folder.is_dir()}

    assert there == set(LANGUAGES[room])


@pytest.mark.parametrize("room", METHODS)
def test_the_messages_of_the_code_are_collected(room: str) -> None:
    assert len(wanted(room)) > 50


@pytest.mark.parametrize(("room", "language"), EVERY)
def test_a_catalogue_has_exactly_the_messages_that_are_used(room: str, language: str) -> None:
    assert set(messages(room, language)) == wanted(room)


@pytest.mark.parametrize(("room", "language"), EVERY)
def test_every_message_has_words(room: str, language: str) -> None:
    # English messages are their own words.
    missing = [text for text, one in messages(room, language).items() if language != "en" and not all(_all(one.string))]
    unsure = [text for text, message in messages(room, language).items() if message.fuzzy]

    assert missing == []
    assert unsure == []
    assert not catalogue(room, language).fuzzy


@pytest.mark.parametrize(("room", "language"), EVERY)
def test_words_have_the_same_places_to_fill_as_the_message(room: str, language: str) -> None:
    wrong = []
    for text, message in messages(room, language).items():
        for words in filter(None, _all(message.string)):
            # A plural form may say its number in a word: "two answers".
            extra, left_out = places(words) - places(text), places(text) - places(words)
            if extra or (left_out and not (message.pluralizable and left_out == {"count"})):
                wrong.append((text, words))

    assert wrong == []


@pytest.mark.parametrize(("room", "language"), EVERY)
def test_a_plural_has_as_many_forms_as_its_language(room: str, language: str) -> None:
    header = dict(catalogue(room, language).mime_headers)["Plural-Forms"]
    count = re.search(r"nplurals=(\d)", header)
    plurals = [message for message in messages(room, language).values() if message.pluralizable]

    assert count is not None
    assert int(count[1]) == get_plural(language).num_plurals
    assert plurals
    assert {len(message.string) for message in plurals} == {get_plural(language).num_plurals}


@pytest.mark.parametrize(("room", "language"), EVERY_BUT_ENGLISH)
def test_nearly_every_message_differs_from_the_english_one(room: str, language: str) -> None:
    same = [text for text, message in messages(room, language).items() if text == _first(message.string)]

    assert len(same) <= 8  # "Status", "XLIFF", names


@pytest.mark.parametrize("language", ["ar", "fa", "ur"])
def test_words_carry_no_marks_of_direction_that_would_be_lost(language: str) -> None:
    marks = re.compile("[\u200e\u200f\u202a-\u202e]")

    assert [text for text, one in messages("bot", language).items() if marks.search(str(one.string))] == []

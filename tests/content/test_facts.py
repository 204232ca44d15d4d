"""A fact stands once and is shown as each language writes it."""

from pathlib import Path

import pytest

from content.facts import LRI, PDI, FactType, Value, fill, is_valid, names_in, show
from core import languages
from core.i18n import Catalogues, Translator

LOCALES = Path(__file__).resolve().parents[2] / "bot" / "locales"
CATALOGUES = Catalogues(LOCALES)
MONEY, NUMBER, PERCENT, DATE, DAY = FactType.MONEY, FactType.NUMBER, FactType.PERCENT, FactType.DATE, FactType.DAY
PHONE, EMAIL, LINK, HOURS = FactType.PHONE, FactType.EMAIL, FactType.LINK, FactType.HOURS


def words(language: str) -> Translator:
    return CATALOGUES.translator(language)


def plain(text: str) -> str:
    """With ordinary spaces."""
    return text.replace("\u00a0", " ").replace("\u202f", " ")


@pytest.mark.parametrize(
    ("kind", "value", "language", "shown"),
    [
        (MONEY, "1200 NOK", "nb", "1 200 NOK"),
        (MONEY, "1200 NOK", "en", "1,200 NOK"),
        (MONEY, "1200 NOK", "ar", "1,200 NOK"),
        (MONEY, "1200 NOK", "fr", "1 200 NOK"),
        (MONEY, "1234567.50 NOK", "uk", "1 234 567,50 NOK"),
        (MONEY, "0 NOK", "so", "0 NOK"),
        (NUMBER, "12345.6", "pl", "12 345,6"),
        (NUMBER, "12345.6", "fa", "12,345.6"),
        (PERCENT, "25", "nb", "25 %"),
        (PERCENT, "12.5", "uk", "12,5 %"),
        (DATE, "2026-11-21", "nb", "21. november 2026"),
        (DATE, "2026-11-21", "uk", "21 листопада 2026 р."),
        (DATE, "2026-11-21", "ar", "21 نوفمبر 2026"),
        (DATE, "2026-11-21", "lt", "2026 m. lapkričio 21 d."),
        (DAY, "01-15", "nb", "15. januar"),
        (DAY, "01-15", "ar", "15 يناير"),
        (DAY, "02-29", "en", "February 29"),
        (PHONE, "116 117", "ar", "116 117"),
        (HOURS, "mon-fri 09:00-15:00", "nb", "man.–fre. 09:00–15:00"),
        (HOURS, "mon-fri 09:00-15:00; sat 10:00-14:00", "uk", "пн–пт 09:00–15:00, сб 10:00–14:00"),
        (HOURS, "mon 09:00-15:00", "ar", f"الاثنين {LRI}09:00–15:00{PDI}"),
    ],
)
def test_a_value_is_written_as_its_reader_writes_it(kind: FactType, value: str, language: str, shown: str) -> None:
    assert plain(show(Value(kind, value), words(language))) == shown


@pytest.mark.parametrize("language", languages.PROMISED)
def test_every_language_shows_every_kind_of_value(language: str) -> None:
    t = words(language)

    shown = {
        kind: show(Value(kind, value), t)
        for kind, value in ((MONEY, "1200 NOK"), (DATE, "2026-11-21"), (DAY, "01-15"), (HOURS, "mon-fri 09:00-15:00"))
    }

    assert all(digits in shown[MONEY] for digits in ("1", "200", "NOK"))
    assert "21" in shown[DATE]
    assert "2026" in shown[DATE]
    assert "15" in shown[DAY]
    assert "09:00–15:00" in shown[HOURS]


@pytest.mark.parametrize("language", languages.PROMISED)
def test_open_day_and_night_is_said_in_words(language: str) -> None:
    shown = show(Value(HOURS, "always"), words(language))

    assert shown == words(language)("Open day and night, every day")
    assert language == "en" or shown != "Open day and night, every day"


@pytest.mark.parametrize(("language", "comma"), [("nb", ", "), ("ar", "، "), ("fa", "، "), ("ur", "، ")])
def test_opening_hours_stand_between_the_commas_of_the_language(language: str, comma: str) -> None:
    shown = show(Value(HOURS, "mon-fri 09:00-15:00; sat 10:00-14:00"), words(language))

    assert len(shown.split(comma)) == 2
    assert comma == ", " or "," not in shown


@pytest.mark.parametrize("language", ["ar", "fa", "ur"])
def test_numbers_in_a_right_to_left_line_stand_in_their_own_order(language: str) -> None:
    values = {
        "price": Value(MONEY, "1200 NOK"),
        "line": Value(PHONE, "116 117"),
        "mail": Value(EMAIL, "torget@provevik.example"),
        "page": Value(LINK, "https://www.provevik.example/a"),
        "name": Value(FactType.TEXT, "مركز"),
    }

    text = fill("{fact:price}، {fact:line}، {fact:mail}، {fact:page}، {fact:name}", values, words(language))

    price, *others = text.split("، ")
    assert price.startswith(LRI)
    assert price.endswith(f"NOK{PDI}")
    assert others == [f"{LRI}{values[name].value}{PDI}" for name in ("line", "mail", "page")] + ["مركز"]


def test_in_a_left_to_right_line_nothing_is_added() -> None:
    text = fill("Ring {fact:line}.", {"line": Value(PHONE, "116 117")}, words("uk"))

    assert text == "Ring 116 117."


def test_a_fact_that_nobody_knows_is_an_error_not_an_empty_place() -> None:
    with pytest.raises(KeyError):
        fill("Ring {fact:line}.", {}, words("nb"))


def test_the_facts_of_a_text_are_named_in_order() -> None:
    assert list(names_in("{fact:b.phone} og {fact:a-1}, {fact:b.phone}, {Fact:x}")) == ["b.phone", "a-1", "b.phone"]


@pytest.mark.parametrize(
    ("kind", "value"),
    [
        (MONEY, "1200"), (MONEY, "NOK 1200"), (MONEY, "about 100 NOK"), (MONEY, "NaN NOK"), (MONEY, "Infinity NOK"),
        (NUMBER, "ten"), (NUMBER, "NaN"), (PERCENT, "25 %"), (DATE, "21.11.2026"), (DATE, "2026-02-30"),
        (DAY, "15-01"), (DAY, "02-30"), (DAY, "2026-01-15"), (PHONE, "ring oss"), (PHONE, "12"), (EMAIL, "torget"),
        (LINK, "http://www.provevik.example"), (LINK, "www.provevik.example"), (HOURS, "man-fre 09:00-15:00"),
        (HOURS, "mon-fri 9-15"), (HOURS, "mon-fri 25:00-26:00"), (HOURS, ""),
    ],
)  # fmt: skip
def test_a_value_that_is_not_of_its_type_is_known_before_anybody_sees_it(kind: FactType, value: str) -> None:
    assert not is_valid(Value(kind, value), words("en"))

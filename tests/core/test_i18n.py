"""Words in the reader's language, with the plural forms that the language has."""

from pathlib import Path

import pytest

from core import languages
from core.i18n import Catalogues, Translator, locale_for

LOCALES = Path(__file__).resolve().parents[2] / "bot" / "locales"
ONE, MANY = "{count} answer", "{count} answers"


@pytest.fixture(scope="module")
def catalogues() -> Catalogues:
    return Catalogues(LOCALES)


def forms(t: Translator, counts: range | list[int]) -> list[str]:
    """The message for each count, without the count."""
    return [t.plural(ONE, MANY, count).replace(str(count), "N") for count in counts]


@pytest.mark.parametrize(
    ("language", "alike"),
    [
        # Counts in one row take one form; CLDR, plural rules.
        ("uk", ([1, 21, 101], [2, 3, 4, 22, 34], [0, 5, 11, 12, 14, 20, 111])),
        ("ru", ([1, 21, 101], [2, 3, 4, 22, 34], [0, 5, 11, 12, 14, 20, 111])),
        ("pl", ([1], [2, 3, 4, 22, 34], [0, 5, 11, 12, 14, 21, 101])),
        ("lt", ([1, 21, 31], [2, 9, 22], [0, 10, 11, 19, 30])),
        ("ar", ([1], [2], [3, 6, 10, 103], [11, 26, 99], [100, 200])),
        ("en", ([1], [0, 2, 11, 21])),
        ("fr", ([0, 1], [2, 11, 21])),
    ],
)
def test_a_count_takes_the_form_that_its_language_has_for_it(
    catalogues: Catalogues, language: str, alike: tuple[list[int], ...]
) -> None:
    t = catalogues.translator(language)

    several = [set(forms(t, counts)) for counts in alike]

    assert all(len(one) == 1 for one in several)
    # Polish writes "answers" alike after 2 and after 5, Arabic after 11 and after 100.
    assert len(set().union(*several)) == len(alike) - (language in ("pl", "ar"))


def test_ukrainian_polish_and_arabic_count_answers_as_people_do(catalogues: Catalogues) -> None:
    counted = {code: forms(catalogues.translator(code), [1, 2, 5]) for code in ("uk", "pl", "ar")}

    assert counted["uk"] == ["N відповідь", "N відповіді", "N відповідей"]
    assert counted["pl"] == ["N odpowiedź", "N odpowiedzi", "N odpowiedzi"]
    assert len(set(counted["ar"])) == 3


def test_a_reader_of_a_related_language_gets_its_words_and_direction(catalogues: Catalogues) -> None:
    dari = catalogues.translator("fa-AF")

    assert (dari.language, dari.direction) == ("fa", "rtl")
    assert dari("All topics") == catalogues.translator("fa")("All topics") != "All topics"


def test_a_text_in_another_language_can_be_worded_by_its_own_translator(catalogues: Catalogues) -> None:
    arabic = catalogues.translator("ar")

    norwegian = arabic.sibling("nb-NO")

    assert norwegian.language == "nb"
    assert norwegian("All topics") == "Alle emner"


def test_without_a_catalogue_the_english_words_are_shown(tmp_path: Path) -> None:
    t = Catalogues(tmp_path).translator("so")

    assert t("Hello {name}", name="Dalia") == "Hello Dalia"
    assert t.plural(ONE, MANY, 2) == "2 answers"


@pytest.mark.parametrize("language", [*languages.PROMISED, "tlh", "x", ""])
def test_every_language_has_formats_for_dates_and_numbers(language: str) -> None:
    assert locale_for(language).date_formats["long"]

"""What people write to steer the bot is there in every promised language."""

import re
from functools import cache

import pytest
import yaml

from bot.phrases import IN_PHRASES, INSIDE, URGENCY, Intent, load_phrases
from content.finding.features import words
from core import languages
from tests.house_rules.project import PHRASES

STOP_WORDS = {
    "nb": "stopp", "nn": "stopp", "en": "STOP", "pl": "stop", "uk": "стоп", "ru": "стоп", "lt": "stop", "ar": "توقف",
    "so": "jooji", "fa": "توقف", "tr": "dur", "es": "parar", "fr": "arrêter", "ti": "ደው", "ur": "بند کرو",
}  # fmt: skip


@cache
def phrases(language: str) -> dict[str, object]:
    """One file as it stands."""
    text = (PHRASES / f"{language}.yaml").read_text(encoding="utf-8")
    return dict(yaml.load(text, Loader=yaml.BaseLoader))


def intents(language: str) -> dict[str, list[str]]:
    return {**phrases(language)["intents"], "thanks": phrases(language)["thanks"]}  # type: ignore[dict-item]


def test_there_is_a_file_for_every_promised_language_and_no_other() -> None:
    assert {file.stem for file in PHRASES.glob("*.yaml")} == set(languages.PROMISED)


@pytest.mark.parametrize("language", languages.PROMISED)
def test_every_intent_has_phrases(language: str) -> None:
    found = intents(language)

    assert phrases(language)["language"] == language
    assert set(found) == {intent.value for intent in IN_PHRASES}
    assert all(len(several) >= 5 for several in found.values())
    assert len(phrases(language)["follow_up"]) >= 10  # type: ignore[arg-type]


@pytest.mark.parametrize("language", languages.PROMISED)
def test_every_phrase_means_what_its_file_says_whatever_other_languages_say(language: str) -> None:
    known = load_phrases()

    # A lone emoji has no words to compare.
    wrong = [
        (phrase, intent, known.intent(phrase))
        for intent, several in intents(language).items()
        for phrase in several
        if words(phrase) and known.intent(phrase) is not Intent(intent)
    ]

    assert wrong == []


@pytest.mark.parametrize("language", languages.PROMISED)
def test_what_is_meant_inside_a_short_message_is_understood_in_every_language(language: str) -> None:
    known = load_phrases()
    inside: dict[str, list[str]] = phrases(language)["inside"]  # type: ignore[assignment]

    understood = {
        phrase: known.intent(phrase) or known.wish(phrase)
        for several in inside.values()
        for phrase in (one.replace("*", "") for one in several)
    }

    assert set(inside) == set(INSIDE)
    assert all(len(several) >= 4 for several in inside.values())
    assert [
        (phrase, intent, understood[phrase.replace("*", "")])
        for intent, several in inside.items()
        for phrase in several
        if understood[phrase.replace("*", "")] is not Intent(intent)
    ] == []


@pytest.mark.parametrize("language", languages.PROMISED)
def test_politeness_and_the_words_beside_a_languages_name_mean_nothing_alone(language: str) -> None:
    known = load_phrases()
    harmless = (Intent.START, Intent.THANKS, None)

    assert len(phrases(language)["and"]) >= 3  # type: ignore[arg-type]
    assert [one for one in phrases(language)["polite"] if known.dangers(one)] == []  # type: ignore[attr-defined]
    assert [one for one in phrases(language)["polite"] if known.intent(one) not in harmless] == []  # type: ignore[attr-defined]
    assert [one for one in phrases(language)["switch"] if len(words(one)) != 1] == []  # type: ignore[attr-defined]


@pytest.mark.parametrize(("language", "word"), STOP_WORDS.items())
def test_a_stop_word_stops_however_it_is_written(language: str, word: str) -> None:
    known = load_phrases()

    assert intents(language)["stop"]
    assert all(known.intent(said) is Intent.STOP for said in (word, word.upper(), f"{word}!", f" {word}. "))


@pytest.mark.parametrize("language", languages.PROMISED)
def test_every_danger_has_phrases_and_each_is_heard(language: str) -> None:
    known = load_phrases()
    danger: dict[str, list[str]] = phrases(language)["danger"]  # type: ignore[assignment]

    unheard = [
        (answer_id, phrase)
        for answer_id, several in danger.items()
        for phrase in several
        if known.dangers(phrase.replace("*", "")) is None
    ]

    assert set(danger) == set(URGENCY)
    assert all(len(several) >= 5 for several in danger.values())
    assert unheard == []


@pytest.mark.parametrize("language", languages.PROMISED)
def test_harmless_phrases_and_steering_words_sound_no_alarm(language: str) -> None:
    known = load_phrases()
    harmless: list[str] = phrases(language)["harmless"]  # type: ignore[assignment]

    alarms = [phrase for phrase in harmless if known.dangers(phrase.replace("*", ""))]
    alarms += [phrase for several in intents(language).values() for phrase in several if known.dangers(phrase)]

    assert alarms == []


@pytest.mark.parametrize("language", languages.PROMISED)
def test_a_star_stands_at_the_end_of_a_word_only(language: str) -> None:
    danger: dict[str, list[str]] = phrases(language)["danger"]  # type: ignore[assignment]
    several = [*(phrase for one in danger.values() for phrase in one), *phrases(language)["harmless"]]  # type: ignore[misc]

    assert [phrase for phrase in several if re.search(r"\*\S|(?:^|\s)\*", phrase)] == []


@pytest.mark.parametrize("language", languages.PROMISED)
def test_one_can_ask_what_a_word_means_in_every_language(language: str) -> None:
    known = load_phrases()
    what_is: list[str] = phrases(language)["what_is"]  # type: ignore[assignment]
    asked = [phrase.replace("{word}", "vedtak") for phrase in what_is]

    assert len(what_is) >= 10
    assert [one for one in asked if all(word != ("vedtak",) for _in, word in known.asked_word(one))] == []
    assert [one for one in asked if known.intent(one) or known.dangers(one) or known.language(one)] == []

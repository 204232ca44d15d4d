"""A published answer as the texts of a message in a crisis: what can be said of it in each language. Pure.

Only texts that say what the source text says now: who finds their language left out gets the next one down the chain,
and is told so. Of a text that a machine translated and nobody checked, readers are told that.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import date
from enum import StrEnum

from babel.dates import format_date

from broadcasts.crisis.texts import MOST_BODY, MOST_TITLE, CrisisText
from broadcasts.crisis.words import source_line
from content.catalogue import Catalogue, PublishedAnswer, PublishedText
from content.facts import fill
from content.freshness import Freshness
from content.models import Origin
from core.i18n import Translator


class LeftOut(StrEnum):
    """Why a text is not good enough for a crisis."""

    OUTDATED = "outdated"
    LONG = "long"


@dataclass(frozen=True, slots=True)
class VettedTexts:
    """The texts that would go out, and why others would not; both by language."""

    source_language: str
    texts: dict[str, CrisisText]
    left_out: dict[str, LeftOut]


def vetted_texts(catalogue: Catalogue, answer: PublishedAnswer, words: Callable[[str], Translator]) -> VettedTexts:
    """All languages of an answer, the source first; ``words`` are the residents', by language."""
    found = VettedTexts(answer.source_language, {}, {})
    for language in sorted(answer.texts, key=lambda code: (code != answer.source_language, code)):
        text = answer.texts[language]
        made = _message(catalogue, answer, text, words(language))
        if why := _why_not(text, made):
            found.left_out[language] = why
        elif made is not None:
            found.texts[language] = made
    return found


def _why_not(text: PublishedText, made: CrisisText | None) -> LeftOut | None:
    if text.freshness is Freshness.OUTDATED:
        return LeftOut.OUTDATED
    return None if made else LeftOut.LONG


def _message(catalogue: Catalogue, answer: PublishedAnswer, text: PublishedText, t: Translator) -> CrisisText | None:
    """The longest of its forms that fits: with the full text and the steps, without the steps, the short text alone."""
    facts = catalogue.facts_for(text.language)
    source = source_line(catalogue.municipality or t("your municipality"), _day(answer.checked_on, t), t)
    title = fill(text.title, facts, t)
    for parts in _forms(text):
        body = "\n\n".join([*(fill(part, facts, t) for part in parts if part), source])
        if len(body) <= MOST_BODY and len(title) <= MOST_TITLE:
            return CrisisText(title, body, is_machine=text.origin is Origin.MACHINE)
    return None


def _forms(text: PublishedText) -> Iterator[tuple[str, ...]]:
    steps = "\n".join(f"• {step}" for step in text.next_steps)
    yield text.short, text.full, steps
    yield text.short, steps
    yield text.short, text.full
    yield (text.short,)


def _day(day: date | None, t: Translator) -> str:
    return format_date(day, "long", locale=t.locale) if day else ""

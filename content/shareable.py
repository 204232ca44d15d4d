"""A published answer as something that an organisation can pass on: short, with its source and the day of the check."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date

from babel.dates import format_date

from content.catalogue import Catalogue, PublishedAnswer, PublishedText
from content.facts import fill
from content.freshness import Freshness, Text
from content.models import Origin
from core.i18n import Translator


@dataclass(frozen=True, slots=True)
class Shareable:
    """An answer in one language. ``text_hash`` is that of the published text: another one later means a change."""

    title: str
    body: str
    text_hash: str
    is_machine: bool


def is_shareable(answer: PublishedAnswer, today: date) -> bool:
    """Whether it holds today. What one must hear in danger is asked for, or comes in a crisis: it is not passed on."""
    return answer.is_valid(today) and not answer.is_safety


def shareable_texts(
    catalogue: Catalogue, answer_id: str, words: Callable[[str], Translator]
) -> Mapping[str, Shareable]:
    """Its texts by language, the facts filled in, ended by source and date in the words of each language.

    Outdated translations are left out: their readers get the next language, which is right.
    """
    answer = catalogue.answers[answer_id]
    fresh = {code: text for code, text in answer.texts.items() if text.freshness is Freshness.FRESH}
    return {code: _shareable(catalogue, answer, text, words(code)) for code, text in fresh.items()}


def _shareable(catalogue: Catalogue, answer: PublishedAnswer, text: PublishedText, t: Translator) -> Shareable:
    facts = catalogue.facts_for(text.language)
    return Shareable(
        title=fill(text.title, facts, t),
        body="\n\n".join([fill(text.short, facts, t), *_grounds(answer, t)]),
        text_hash=_text(text).hash(),
        is_machine=text.origin is Origin.MACHINE,
    )


def _grounds(answer: PublishedAnswer, t: Translator) -> Iterator[str]:
    """What it stands on, as below the answer itself."""
    for source in answer.sources[:1]:
        yield t("Source: {name}", name=source.name or source.url)
    if answer.checked_on is not None:
        yield t("Last checked: {day}.", day=format_date(answer.checked_on, "long", locale=t.locale))


def _text(text: PublishedText) -> Text:
    return Text(text.title, text.short, text.full, text.applies_to, text.next_steps, dict(text.referral))

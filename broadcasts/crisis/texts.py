"""The texts of a crisis message, and a mark by which two people know that they read the same. Pure."""

import hashlib
import json
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass, replace

from broadcasts.crisis.words import drill_note, drill_title
from core.i18n import Translator

MOST_TITLE, MOST_BODY = 120, 1_500  # characters: with what is added it fits into one message on every channel


@dataclass(frozen=True, slots=True)
class CrisisText:
    """The message in one language. The body ends with its source and date."""

    title: str
    body: str
    is_machine: bool = False  # translated by a machine, checked by nobody: readers are told


Texts = Mapping[str, CrisisText]  # by language


def as_sent(texts: Texts, words: Callable[[str], Translator], *, is_drill: bool) -> Texts:
    """The texts as they go out: those of a drill say so first. ``words`` are the residents', by language."""
    if not is_drill:
        return texts
    return {language: _as_drill(text, words(language)) for language, text in texts.items()}


def mark_of(texts: Texts) -> str:
    """The same for the same texts, and for no others."""
    kept = {language: asdict(text) for language, text in texts.items()}
    return hashlib.sha256(json.dumps(kept, sort_keys=True, ensure_ascii=False).encode()).hexdigest()


def _as_drill(text: CrisisText, t: Translator) -> CrisisText:
    return replace(text, title=drill_title(text.title, t), body=f"{drill_note(t)}\n\n{text.body}")

"""A draft of a whole text by a machine translator, line by line."""

import re
from collections.abc import Sequence
from dataclasses import dataclass

from content.freshness import Text
from content.machine.placeholders import kept_in
from content.machine.port import Away, MachineTranslator, TranslatorAway

_LINE = re.compile(r"(?P<before>\s*(?:(?:[-*•]|\d{1,2}[.)])\s+)?)(?P<words>.*?)(?P<after>\s*)", re.DOTALL)
_LETTER = re.compile(r"[^\W\d_]")


@dataclass(frozen=True, slots=True)
class _Line:
    before: str  # spaces and the sign of a list
    words: str
    after: str

    @property
    def needs_translation(self) -> bool:
        """Not a line of placeholders, numbers and signs only."""
        bare = self.words
        for kept in kept_in(bare):
            bare = bare.replace(kept, "")
        return bool(_LETTER.search(bare))


async def draft(translator: MachineTranslator, source: Text, *, source_language: str, target_language: str) -> Text:
    """The text as the machine translates it: same paragraphs, lists and facts.

    A line whose facts or key words the machine lost is empty: a person must write it. Raises TranslatorAway. Leaves
    this machine when the translator is a service: never call it inside a transaction.
    """
    if not translator.can(source_language, target_language):
        raise TranslatorAway(translator.name, Away.LANGUAGES)
    plain = source.title, source.short, source.full, source.easy, source.applies_to
    fields = [*plain, *source.next_steps, *source.referral.values()]
    lines = [[_line(line) for line in field.split("\n")] for field in fields]
    wanted = list(dict.fromkeys(line.words for field in lines for line in field if line.needs_translation))
    done = await _translate(translator, wanted, source_language, target_language) if wanted else {}
    title, short, full, easy, applies_to, *rest = [
        "\n".join(f"{line.before}{done.get(line.words, line.words)}{line.after}" for line in field) for field in lines
    ]
    steps = len(source.next_steps)
    referral = dict(zip(source.referral, rest[steps:], strict=True))
    return Text(title, short, full, applies_to, tuple(rest[:steps]), referral, easy)


async def _translate(
    translator: MachineTranslator, wanted: Sequence[str], source_language: str, target_language: str
) -> dict[str, str]:
    translated = await translator.translate(wanted, source=source_language, target=target_language)
    if len(translated) != len(wanted):
        raise TranslatorAway(translator.name, Away.UNINTELLIGIBLE)
    return {text: _checked(text, one) for text, one in zip(wanted, translated, strict=True)}


def _checked(text: str, translated: str) -> str:
    """On one line; empty when it does not keep what must be kept."""
    line = " ".join(translated.split())
    return line if kept_in(line) == kept_in(text) else ""


def _line(line: str) -> _Line:
    match = _LINE.fullmatch(line)
    return _Line(match["before"], match["words"], match["after"]) if match else _Line("", line, "")

"""What people write, as data: bot/phrases/<language>.yaml, one file a language, edited without Python.

``intents`` and ``thanks`` are whole messages. ``danger`` phrases match inside a message: their words in order, with at
most two others between neighbours, ``*`` for any ending. ``harmless`` phrases take words out before danger is looked
for ("slå plenen"); their words stand side by side, or they would take out what a person in danger wrote between them.
All languages are looked through, whatever language a person has chosen: people in fear switch.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from functools import cache
from pathlib import Path

import yaml

from bot.phrase_set import PhraseSet
from content.finding.features import words

FOLDER = Path(__file__).parent / "phrases"


class Intent(StrEnum):
    """What a resident wants to do."""

    START = "start"
    LANGUAGE = "language"
    MENU = "menu"
    SAFETY = "safety"
    PERSON = "person"
    STOP = "stop"
    MY_DATA = "my_data"
    FORGET_ME = "forget_me"
    HELP = "help"
    SHARE = "share"
    ABOUT = "about"
    THANKS = "thanks"
    SECRET = "secret"  # noqa: S105


# Stop words and asking to be forgotten beat everything but danger; in which order the others come does not matter.
IN_PHRASES = tuple(intent for intent in Intent if intent is not Intent.SECRET)


@dataclass(frozen=True, slots=True)
class Phrases:
    """The phrases of all languages, ready to compare."""

    intents: Mapping[str, Intent]  # a message in its compared form
    danger: tuple[tuple[str, PhraseSet], ...]  # answer id and what to look for, the most urgent first
    harmless: PhraseSet
    follow_up: frozenset[str]

    def intent(self, text: str) -> Intent | None:
        """What the whole message asks the bot to do, or None."""
        return self.intents.get(" ".join(words(text)))

    def dangers(self, text: str) -> str | None:
        """The safety answer that this message needs, or None. The first in the order of urgency wins."""
        message = self.harmless.without(words(text))
        return next((answer_id for answer_id, phrases in self.danger if phrases.are_in(message)), None)

    def is_follow_up(self, text: str) -> bool:
        """Whether the message only makes sense after another answer ("and what does it cost?")."""
        return " ".join(words(text)) in self.follow_up


# Who needs an ambulance now, needs it before anything else; then a life, a child, violence, control.
URGENCY = (
    "services-suicidal-thoughts",
    "services-child-in-danger",
    "services-partner-violence",
    "services-social-control",
    "services-emergency-numbers",
)


@cache
def load_phrases(folder: Path = FOLDER) -> Phrases:
    """Read all languages."""
    intents: dict[str, Intent] = {}
    danger: dict[str, list[str]] = {answer_id: [] for answer_id in URGENCY}
    harmless: list[str] = []
    follow_up: set[str] = set()
    for file in sorted(folder.glob("*.yaml")):
        content = yaml.load(file.read_text(encoding="utf-8"), Loader=yaml.CBaseLoader)  # noqa: S506
        for intent in IN_PHRASES:
            phrases = content["thanks"] if intent is Intent.THANKS else content["intents"][intent.value]
            for phrase in filter(None, map(_compared, phrases)):
                intents.setdefault(phrase, intent)
        for answer_id, phrases in content["danger"].items():
            danger[answer_id].extend(phrases)
        harmless.extend(content["harmless"])
        follow_up.update(filter(None, map(_compared, content["follow_up"])))
    return Phrases(
        intents=intents,
        danger=tuple((answer_id, PhraseSet(phrases, between=2)) for answer_id, phrases in danger.items()),
        harmless=PhraseSet(harmless, between=0),
        follow_up=frozenset(follow_up),
    )


def _compared(phrase: str) -> str:
    return " ".join(words(phrase))

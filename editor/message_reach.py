"""Who would get a message, by language, so that numbers give nobody away. Pure."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass

from broadcasts.announcements.announcement import choose_language
from broadcasts.announcements.records import Broadcast, Fallback
from broadcasts.members.counting import Reach, shown, split
from broadcasts.organisations.records import Organisation
from core.i18n import Translator


@dataclass(frozen=True, slots=True)
class LanguageReach:
    """Members with one language, in words, and the language of what they get (empty: nothing).

    Without a language: all that are too few to be named, whatever they get.
    """

    language: str
    members: str
    shown_in: str


@dataclass(frozen=True, slots=True)
class Reached:
    """All of them."""

    all: str
    rows: tuple[LanguageReach, ...] = ()

    def of(self, language: str) -> str:
        """How many members have this language; empty where that is not said."""
        return next((row.members for row in self.rows if row.language == language), "")


def word_reach(
    counted: Mapping[str, Reach],
    broadcast: Broadcast,
    organisation: Organisation | None,
    texts: Collection[str],
    t: Translator,
) -> Reached:
    """The languages that may be named, then all others together."""
    parts = split(counted, (broadcast.source_language, *texts, *(organisation.languages if organisation else ())))
    rows = [
        LanguageReach(code, shown(count, t), _gets(texts, code, broadcast) or "") for code, count in parts.named.items()
    ]
    nearest = broadcast.source_language if broadcast.fallback == Fallback.NEXT_LANGUAGE and texts else ""
    rows.append(LanguageReach("", shown(parts.others, t), nearest))
    return Reached(shown(parts.total, t), tuple(rows))


def _gets(texts: Collection[str], code: str, broadcast: Broadcast) -> str | None:
    return choose_language(texts, code, Fallback(broadcast.fallback)) if texts else None

"""The port to machine translators, and the one for an installation that has none."""

from collections.abc import Sequence
from enum import StrEnum
from typing import Protocol

from core.errors import RuleBroken


class Away(StrEnum):
    """Why there is no draft."""

    LANGUAGES = "languages"  # it does not translate between these two
    UNREACHABLE = "unreachable"
    SLOW = "slow"
    BUSY = "busy"  # asked too often: try later
    USED_UP = "used_up"  # what is paid for is used up
    REFUSED = "refused"  # the key is wrong or missing
    FAILED = "failed"
    UNINTELLIGIBLE = "unintelligible"  # an answer that is not one


class TranslatorAway(RuleBroken):
    """The machine translator gives no draft now; ``reason`` says why. A person can always write the text."""

    code = "translator_away"

    def __init__(self, translator: str, reason: Away) -> None:
        super().__init__(translator=translator, reason=reason)
        self.translator = translator
        self.reason = reason


class MachineTranslator(Protocol):
    """Something that translates texts: a program on this machine or a service elsewhere."""

    name: str

    def can(self, source: str, target: str) -> bool:
        """Whether it translates from one language to the other, as far as is known without asking it."""

    async def translate(self, texts: Sequence[str], *, source: str, target: str) -> list[str]:
        """One translation for each text, in order; each text is one line.

        Placeholders and key words in square brackets (content.machine.placeholders) stand in the translation as they
        stood in the text, each as often as before; where one was lost, the translation is empty. Raises TranslatorAway.
        """


class NoTranslator:
    """There is none: every draft is refused."""

    name = "none"

    def can(self, source: str, target: str) -> bool:
        return False

    async def translate(self, texts: Sequence[str], *, source: str, target: str) -> list[str]:
        raise TranslatorAway(self.name, Away.LANGUAGES)


NO_TRANSLATOR: MachineTranslator = NoTranslator()

"""What one turn of a conversation came to."""

from dataclasses import dataclass
from enum import StrEnum

from bot.phrases import Intent
from bot.situation import Effect
from content.finding.finder import Ranking
from core.messages import OutgoingMessage


class Outcome(StrEnum):
    """What kind of reply a turn came to; the words of `brobygger ask`."""

    ANSWER = "answer"
    CHOICES = "choices"
    NOT_FOUND = "not_found"
    SAFETY = "safety"
    INTENT = "intent"


@dataclass(frozen=True, slots=True)
class Turn:
    """What to say, what to change, and what it was."""

    outcome: Outcome
    message: OutgoingMessage
    effects: tuple[Effect, ...] = ()
    answer_id: str | None = None
    choices: tuple[str, ...] = ()
    intent: Intent | None = None
    certainty: float = 0.0
    shown_in: str | None = None
    ranking: Ranking | None = None
    is_found: bool = False  # by finding alone, and nothing in it speaks of danger: another finder may be asked

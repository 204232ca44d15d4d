"""Counts turns as operators see them (core/metrics.py): never who, what or which answer."""

from bot.phrases import Intent
from bot.turn import Outcome, Turn
from core.logs import get_log
from core.metrics import count_turn

log = get_log(__name__)


def note_turn(channel: str, turn: Turn, *, seconds: float) -> None:
    """A resident got this turn, so many seconds after we had their message."""
    is_about_safety = turn.outcome is Outcome.SAFETY or turn.intent is Intent.SAFETY
    language, outcome = turn.message.language, turn.outcome.value
    log.debug("turn", channel=channel, outcome=outcome, seconds=round(seconds, 3))
    count_turn(channel, language=language, outcome=outcome, is_about_safety=is_about_safety, seconds=seconds)

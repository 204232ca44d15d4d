"""What comes again and again: which plans an ambassador may choose in the chat, and when it comes next."""

from datetime import datetime

from bot.dialogues.messages.drafts import Own, day_and_clock
from broadcasts.announcements.records import Broadcast, Repeat
from broadcasts.scheduling.recurrence import Plan, next_runs
from core.i18n import Translator
from core.messages import Button, Piece
from core.messages import Kind as Look


def may_repeat(row: Broadcast) -> bool:
    """A meeting and a deadline have their own day: the same words again would be wrong."""
    return not row.begins_at and row.deadline_on is None


def as_before(row: Broadcast) -> str:
    """What the button of another time keeps of a plan that was made: that it comes again."""
    return f"/{row.repeat}" if row.first_at and row.repeat != Repeat.ONCE and may_repeat(row) else ""


def can_be_chosen_here(row: Broadcast) -> bool:
    """Whether the chat can say all of this plan; several weekdays and a last day are a matter of the desk."""
    return row.until is None and len(row.weekdays) <= 1


def repeat_buttons(own: Own, detail: str, t: Translator, *, now: str) -> list[Button]:
    """How else it could come: again and again, or once."""
    when, _, how = detail.partition("/")
    if when == now or not may_repeat(own.row):
        return []
    several = {
        "": t("Only once"),
        Repeat.WEEKLY: t("Every week"),
        Repeat.MONTHLY_BY_WEEKDAY: t("Every month, on the same weekday"),
        Repeat.MONTHLY_BY_DATE: t("Every month, on the same date"),
        Repeat.DAILY: t("Every day"),
    }
    return [
        Button(label, own.step(f"time:{when}/{one}" if one else f"time:{when}"))
        for one, label in several.items()
        if one != how
    ]


def times(plan: Plan, t: Translator, *, at: datetime) -> list[Piece]:
    """The next five times of what comes again."""
    if plan.repeat is Repeat.ONCE:
        return []
    runs = next_runs(plan, after=at)
    until = Piece(Look.NOTE, t("It comes again and again, until you cancel it."))
    return [*(Piece(Look.ITEM, day_and_clock(run.local, t)) for run in runs), until]

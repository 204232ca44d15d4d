"""What became of a message, as its ambassador may know it: small numbers are not told. Pure."""

from collections.abc import Mapping

from bot.dialogues.members.receiving import answer_labels
from bot.replies import Replies
from broadcasts.announcements.records import Broadcast, ReplyKey
from broadcasts.delivery.records import QUIET_HOURS, DeliveryState, ReleaseState
from broadcasts.delivery.reporting import Report, RunReport
from broadcasts.members.counting import FEW, shown
from core import languages
from core.i18n import Translator
from core.messages import Button, OutgoingMessage, Piece
from core.messages import Kind as Look

# In this order. A number below five never says whether it is none.
TOLD = (
    DeliveryState.SENT,
    DeliveryState.FAILED,
    DeliveryState.SKIPPED,
    DeliveryState.UNKNOWN,
    DeliveryState.EXPIRED,
)


def report_pieces(report: Report, row: Broadcast, t: Translator) -> list[Piece]:
    """The newest run; pass a report ``for_ambassador``."""
    if not report.runs:
        return []
    run = report.runs[0]
    pieces = [Piece(Look.LABEL, t("What became of it"))]
    pieces += [Piece(Look.ITEM, line) for line in _lines({state: run.total(state) for state in TOLD}, t)]
    if named := _by_language(run):
        pieces.append(Piece(Look.LABEL, t("Sent, by language of the members")))
        pieces += [
            Piece(Look.ITEM, f"{languages.name(code)}: {shown(count, t)}") for code, count in sorted(named.items())
        ]
    if row.replies:
        labels = answer_labels(t)
        pieces.append(Piece(Look.LABEL, t("Their answers")))
        answered = [(labels[ReplyKey(key)], run.responses.get(key, 0)) for key in row.replies]
        pieces += [Piece(Look.ITEM, f"{label}: {shown(count, t)}") for label, count in answered]
    if len(report.runs) > 1:
        pieces.append(
            Piece(Look.NOTE, t("It has been sent {count} times. This is the latest.", count=len(report.runs)))
        )
    return pieces


def word_report(replies: Replies, about: Mapping[str, str]) -> OutgoingMessage:
    """The report that comes by itself when a run has ended."""
    t, reached_nobody = replies.t, about.get("state") == ReleaseState.EXPIRED
    if reached_nobody and about.get("why") == QUIET_HOURS:
        words = t("Nobody got your message: it was quiet for as long as it was useful. Choose another time.")
    elif reached_nobody:
        words = t("Your message came too late and was not sent.")
    elif about.get("state") == ReleaseState.CANCELLED:
        words = t("Your message was cancelled.")
    elif about.get("in_crisis"):
        words = t("The message has been sent.")
    else:
        words = t("Your message has been sent.")
    counts = {state: _count(about.get(state, "")) for state in TOLD}
    title = [Piece(Look.TITLE, about["title"])] if about.get("title") else []
    lines = [] if reached_nobody else _lines(counts, t)
    pieces = [*title, Piece(Look.TEXT, words), *(Piece(Look.ITEM, line) for line in lines)]
    return replies.message(pieces, [Button(t("How it stands"), f"announcement:{about['broadcast']}")])


def _lines(counts: Mapping[DeliveryState, int], t: Translator) -> list[str]:
    """What was sent, and what is not few; that all others are below five is said once."""
    words = {
        DeliveryState.SENT: t("Sent: {count}", count=shown(counts[DeliveryState.SENT], t)),
        DeliveryState.FAILED: t("Could not be reached: {count}", count=shown(counts[DeliveryState.FAILED], t)),
        DeliveryState.SKIPPED: t(
            "Left out, because they left or have no text: {count}", count=shown(counts[DeliveryState.SKIPPED], t)
        ),
        DeliveryState.UNKNOWN: t(
            "Not known whether it arrived: {count}", count=shown(counts[DeliveryState.UNKNOWN], t)
        ),
        DeliveryState.EXPIRED: t("Too late: {count}", count=shown(counts[DeliveryState.EXPIRED], t)),
    }
    few = [state for state in TOLD if state is not DeliveryState.SENT and counts[state] < FEW]
    lines = [words[state] for state in TOLD if state not in few]
    return [*lines, t("All other numbers: {count}", count=shown(0, t))] if few else lines


def _by_language(run: RunReport) -> dict[str, int]:
    found: dict[str, int] = {}
    for line in run.lines:
        if line.state is DeliveryState.SENT and line.language:
            found[line.language] = found.get(line.language, 0) + line.count
    return found


def _count(value: str) -> int:
    return int(value) if value.isascii() and value.isdecimal() else 0

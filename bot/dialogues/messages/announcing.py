"""An ambassador looks after messages: the list, how each stands, its report; pausing, going on, cancelling, again.

sent:ORGANISATION[:FIRST]        announcement:BROADCAST[:WISH]
"""

from collections.abc import Awaitable, Callable, Mapping
from datetime import datetime
from zoneinfo import ZoneInfo

from sqlalchemy.ext.asyncio import AsyncSession

from bot.dialogues.buttons import mine_button, number
from bot.dialogues.members import receiving
from bot.dialogues.messages.composing import show_card
from bot.dialogues.messages.drafts import (
    HERE,
    Own,
    after_quiet_hours,
    day_and_clock,
    find_own,
    local_now,
    lost,
    may_change,
)
from bot.dialogues.messages.repeating import can_be_chosen_here, times
from bot.dialogues.messages.reports import report_pieces, word_report
from bot.dialogues.scene import Handler, Scene
from bot.dialogues.speakers import find_speaker, not_an_ambassador
from bot.forms import open_form
from bot.replies import Replies
from bot.situation import Act
from bot.turn import Turn
from broadcasts.announcements.approving import take_back
from broadcasts.announcements.composing import list_broadcasts, list_titles
from broadcasts.announcements.copying import may_be_sent_again, send_again
from broadcasts.announcements.records import Broadcast, BroadcastState, Repeat
from broadcasts.delivery.arming import get_policy
from broadcasts.delivery.reporting import Report, load_report
from broadcasts.organisations.by import By
from broadcasts.organisations.keeping import get_organisation
from broadcasts.scheduling.planning import plan_of
from broadcasts.scheduling.scheduling import cancel, pause, resume
from broadcasts.scheduling.swallowed import will_be_swallowed
from core import languages
from core.i18n import Translator
from core.messages import Button, OutgoingMessage, Piece
from core.messages import Kind as Look
from core.people import Person

AT_ONCE = 8  # messages in a list
MOST = 50
OVER = (BroadcastState.SENT, BroadcastState.CANCELLED, BroadcastState.EXPIRED)
Change = Callable[[AsyncSession, int, By, datetime], Awaitable[None]]


async def list_own(scene: Scene, value: str) -> Turn | None:
    """The organisation's messages, what changed last first."""
    organisation_id, _, begin = value.partition(":")
    if await find_speaker(scene, organisation_id) is None:
        return not_an_ambassador(scene)
    t = scene.t
    first = number(begin) or 0
    organisation = await get_organisation(scene.session, organisation_id)
    found = await list_broadcasts(scene.session, organisation_id, limit=MOST)
    shown = found[first : first + AT_ONCE]
    titles = await list_titles(scene.session, [one.id for one in shown])
    pieces = [Piece(Look.TITLE, t("Messages of {organisation}", organisation=organisation.name))]
    if not shown:
        pieces.append(Piece(Look.TEXT, t("There is no message yet.")))
    buttons = []
    for one in shown:
        named = titles.get(one.id, {})
        title = named.get(languages.first_available(t.language, named) or "", "…")
        buttons.append(Button(f"{_state(one, t)}: {title}", f"announcement:{one.id}"))
    if len(found) > first + AT_ONCE:
        buttons.append(Button(t("More"), f"sent:{organisation_id}:{first + AT_ONCE}"))
    buttons += [Button(t("Write a message"), f"compose:{organisation_id}"), mine_button(t)]
    return scene.say(scene.replies.message(pieces, buttons))


async def look_after(scene: Scene, value: str) -> Turn | None:
    """One message: how it stands, and what can be done."""
    reference, _, wish = value.partition(":")
    own = await find_own(scene, reference)
    if own is None:
        return lost(scene)
    if wish in CHANGES and own.row.state in CHANGES[wish][0]:
        return _change(scene, own, wish)
    if wish == "cancel" and own.row.state not in OVER:
        return _ask_to_cancel(scene, own)
    if wish == "again" and may_be_sent_again(own.row):
        return _again(scene, own)
    if own.row.state == BroadcastState.DRAFT:
        return await show_card(scene, own, "")
    return await _show(scene, own)


async def _show(scene: Scene, own: Own) -> Turn:
    t, row = scene.t, own.row
    report = (await load_report(scene.session, row.id)).for_ambassador()
    pieces = [Piece(Look.TITLE, own.title(t.language)), Piece(Look.LABEL, await _standing(scene, row, report))]
    plan = plan_of(row) if row.state == BroadcastState.SCHEDULED else None
    if plan is not None:
        pieces += times(plan, t, at=scene.situation.at)
    policy = await get_policy(scene.session)
    if will_be_swallowed(row, policy):
        pieces.append(Piece(Look.TEXT, _quiet_for_too_long(policy.quiet_from, policy.quiet_until, t)))
    if row.note:
        pieces.append(Piece(Look.NOTE, t("Note: {note}", note=row.note)))
    pieces += report_pieces(report, row, t)
    may_write = await may_change(scene, own)
    buttons = [Button(label, action) for label, action in _wishes(own, t, may_write=may_write)]
    buttons += [
        Button(t("See it as members will"), own.step("preview")),
        Button(t("Messages of the organisation"), f"sent:{own.organisation_id}"),
    ]
    return scene.say(scene.replies.message(pieces, buttons))


def _wishes(own: Own, t: Translator, *, may_write: bool) -> list[tuple[str, str]]:
    """What can be done in this state. What comes again and has gone out once keeps its words: a new one is made."""
    row, this = own.row, f"announcement:{own.row.id}"
    cancelling = (t("Cancel it for good"), f"{this}:cancel")
    changing = [(t("Change it"), own.step(""))] if may_write else []
    if not may_write and row.repeat != Repeat.ONCE and may_be_sent_again(row):
        changing = [(t("Write a new one from it"), f"{this}:again")]
    match row.state:
        case BroadcastState.IN_BRIEFING:
            return [(t("Take it back and change it"), f"{this}:back")]
        case BroadcastState.APPROVED:
            return [(t("Send it: choose when"), own.step("when")), *changing, cancelling]
        case BroadcastState.SCHEDULED:
            another = [(t("Another time"), own.step("when"))] if can_be_chosen_here(row) else []
            return [*another, (t("Pause it"), f"{this}:pause"), *changing, cancelling]
        case BroadcastState.SENDING:
            return [(t("Pause it"), f"{this}:pause"), cancelling]
        case BroadcastState.PAUSED:
            return [(t("Go on sending"), f"{this}:resume"), cancelling]
        case _:
            return [(t("Send it again"), f"{this}:again")] if may_be_sent_again(row) else []


def _change(scene: Scene, own: Own, wish: str) -> Turn:
    """Done at once; the words say what it means."""
    _states, change = CHANGES[wish]
    t = scene.t
    words = {
        "pause": t("It is paused. Who has not got it yet does not get it until you go on."),
        "resume": t("It goes on. What is too late by now is not sent."),
        "cancel_yes": t("It is cancelled. Nobody gets it any more."),
        "back": t("You can change it now. Afterwards, send it again to those who read it first."),
    }[wish]

    async def run(session: AsyncSession, _person: Person, at: datetime) -> None:
        await change(session, own.row.id, own.by, at)

    buttons = [
        Button(t("How it stands"), f"announcement:{own.row.id}"),
        Button(t("Messages of the organisation"), f"sent:{own.organisation_id}"),
    ]
    return scene.say(scene.replies.message([Piece(Look.TEXT, words)], buttons), Act(run))


def _ask_to_cancel(scene: Scene, own: Own) -> Turn:
    t, this = scene.t, f"announcement:{own.row.id}"
    ask = Piece(Look.TEXT, t("Cancel “{title}” for good?", title=own.title(t.language)))
    buttons = [Button(t("Yes, cancel it"), f"{this}:cancel_yes"), Button(t("Back"), this)]
    return scene.say(scene.replies.message([ask], buttons))


def _again(scene: Scene, own: Own) -> Turn:
    """A new draft with the same words."""
    t = scene.t

    async def run(session: AsyncSession, person: Person, at: datetime) -> None:
        copy = await send_again(session, own.row.id, by=own.by, at=at)
        await open_form(session, person.id, "message", {"broadcast": str(copy.id)}, at=at)

    words = t("I have made a copy of it. You can change it before it goes out.")
    pieces = [Piece(Look.TEXT, words)]
    if own.row.state not in OVER:
        pieces.append(Piece(Look.NOTE, t("The old one goes on as it is until you cancel it.")))
    buttons = [Button(t("Go on"), f"draft:{HERE}:"), Button(t("Throw it away"), f"draft:{HERE}:drop")]
    return scene.say(scene.replies.message(pieces, buttons), Act(run))


async def _pause(session: AsyncSession, broadcast_id: int, by: By, at: datetime) -> None:
    await pause(session, broadcast_id, by=by, at=at)


async def _resume(session: AsyncSession, broadcast_id: int, by: By, at: datetime) -> None:
    await resume(session, broadcast_id, by=by, at=at)


async def _cancel(session: AsyncSession, broadcast_id: int, by: By, at: datetime) -> None:
    await cancel(session, broadcast_id, by=by, at=at)


async def _take_back(session: AsyncSession, broadcast_id: int, by: By, at: datetime) -> None:
    await take_back(session, broadcast_id, by=by, at=at)


def _state(row: Broadcast, t: Translator) -> str:
    """How far it has come, in a word or two."""
    names = {
        BroadcastState.DRAFT: t("Draft"),
        BroadcastState.IN_BRIEFING: t("Staff are reading it"),
        BroadcastState.APPROVED: t("Ready, no time yet"),
        BroadcastState.SCHEDULED: t("Planned"),
        BroadcastState.SENDING: t("Is being sent"),
        BroadcastState.PAUSED: t("Paused"),
        BroadcastState.SENT: t("Sent"),
        BroadcastState.CANCELLED: t("Cancelled"),
        BroadcastState.EXPIRED: t("Too late, not sent"),
    }
    return names[BroadcastState(row.state)]


async def _standing(scene: Scene, row: Broadcast, report: Report) -> str:
    """How far it has come; of what waits, for its time or for the end of quiet hours, when it goes out."""
    t, is_planned = scene.t, row.state == BroadcastState.SCHEDULED
    is_going = row.state == BroadcastState.SENDING and report.runs
    due_at = row.next_run_at if is_planned else report.runs[0].due_at if is_going else None
    if due_at is None:
        return _state(row, t)
    if is_planned and will_be_swallowed(row, await get_policy(scene.session)):
        return _state(row, t)
    local = None if row.ignores_quiet_hours else await after_quiet_hours(scene, row.zone, at=due_at)
    if is_going and local is not None and local <= local_now(scene, row.zone):
        return _state(row, t)  # it waited, and goes out now
    if local is None and is_planned:
        local = due_at.astimezone(ZoneInfo(row.zone)).replace(tzinfo=None)
    return t("It goes out: {moment}", moment=day_and_clock(local, t)) if local else _state(row, t)


# Before cancelling there is a question: "cancel" asks it, "cancel_yes" does it.
CHANGES: Mapping[str, tuple[tuple[BroadcastState, ...], Change]] = {
    "pause": ((BroadcastState.SCHEDULED, BroadcastState.SENDING), _pause),
    "resume": ((BroadcastState.PAUSED,), _resume),
    "cancel_yes": (tuple(state for state in BroadcastState if state not in OVER), _cancel),
    "back": ((BroadcastState.IN_BRIEFING, BroadcastState.APPROVED), _take_back),
}


def swallowed(replies: Replies, about: Mapping[str, str]) -> OutgoingMessage:
    """Quiet hours were changed, and what was planned would reach nobody."""
    words = _quiet_for_too_long(about["quiet_from"], about["quiet_until"], replies.t)
    pieces = [Piece(Look.TITLE, about["title"]), Piece(Look.TEXT, words)]
    return replies.message(pieces, [Button(replies.t("How it stands"), f"announcement:{about['broadcast']}")])


def _quiet_for_too_long(quiet_from: str, quiet_until: str, t: Translator) -> str:
    return t(
        "From {quiet_from} to {quiet_until} nothing is sent, and then it is too late for this message: nobody would get"
        " it. Choose another time.",
        quiet_from=quiet_from, quiet_until=quiet_until,
    )  # fmt: skip


def approved(replies: Replies, about: Mapping[str, str]) -> OutgoingMessage:
    """Staff have read a message and it is right."""
    t, this = replies.t, f"draft:{about['broadcast']}"
    pieces = [Piece(Look.TITLE, about["title"]), Piece(Look.TEXT, t("It is approved. When shall it go out?"))]
    return replies.message(
        pieces, [Button(t("Now"), f"{this}:time:now"), Button(t("Send it: choose when"), f"{this}:when")]
    )


def sent_back(replies: Replies, about: Mapping[str, str]) -> OutgoingMessage:
    """Staff ask for a change before it may be sent."""
    t = replies.t
    pieces = [
        Piece(Look.TITLE, about["title"]),
        Piece(Look.TEXT, t("Staff of the municipality ask you to change something first:")),
        Piece(Look.TEXT, about.get("note", "")),
    ]
    return replies.message(pieces, [Button(t("Change it"), f"draft:{about['broadcast']}:")])


def answer_changed(replies: Replies, about: Mapping[str, str]) -> OutgoingMessage:
    """An answer that was shared with members reads differently now."""
    t = replies.t
    words = t("You sent this answer to members of {organisation}. It has changed since then.",
              organisation=about["organisation"])  # fmt: skip
    pieces = [Piece(Look.TITLE, about["title"]), Piece(Look.TEXT, words)]
    buttons = [Button(t("What you sent"), f"announcement:{about['broadcast']}")]
    answer = about.get("answer")
    if answer and not about.get("is_gone"):
        buttons = [
            Button(t("Read it as it is now"), f"answer:{answer}"),
            Button(t("Send this to members"), f"tell:{answer}"),
            *buttons,
        ]
    return replies.message(pieces, buttons)


def test_ready(replies: Replies, about: Mapping[str, str]) -> OutgoingMessage:
    """A test from the desk, where the message itself cannot be put in its place."""
    t = replies.t
    words = t("A test of your message is ready.")
    action = f"draft:{about['broadcast']}:test:{about.get('language', '')}"
    return replies.message([Piece(Look.TEXT, words)], [Button(t("See it as members will"), action)])


ACTIONS: Mapping[str, Handler] = {"sent": list_own, "announcement": look_after, **receiving.ACTIONS}
FORMS: Mapping[str, Handler] = {}
DIRECT: Mapping[str, Callable[[Replies, Mapping[str, str]], OutgoingMessage]] = {
    "approved": approved,
    "sent_back": sent_back,
    "answer_changed": answer_changed,
    "sent_report": word_report,
    "swallowed": swallowed,
    "test": test_ready,
}

"""An ambassador reads what staff propose, asks and comments, and decides. Every answer is free, and none is urged.

briefings:ORGANISATION      brief:PROPOSAL:ORGANISATION[:yes|own|say|later|no]
"""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import replace
from datetime import datetime

from sqlalchemy.ext.asyncio import AsyncSession

from bot.announcing import word
from bot.dialogues.ambassadors.proposals import (
    DIRECT,
    Asked,
    action,
    decision_name,
    filled_with,
    find_asked,
    list_button,
)
from bot.dialogues.buttons import mine_button
from bot.dialogues.messages.drafts import HERE, goes_on, lost
from bot.dialogues.messages.issues import forbidding
from bot.dialogues.scene import Handler, Scene
from bot.dialogues.speakers import find_speaker, not_an_ambassador
from bot.forms import close_form, open_form
from bot.situation import Act
from bot.turn import Turn
from broadcasts.announcements.announcement import Announcement, load_composed
from broadcasts.announcements.checks import inspect_broadcast
from broadcasts.announcements.records import BroadcastState
from broadcasts.briefing.answering import (
    LONGEST_COMMENT,
    LONGEST_REASON,
    accept,
    adapt,
    comment,
    decline,
    list_briefings,
    pause_briefing,
)
from broadcasts.briefing.reading import list_comments
from broadcasts.briefing.records import Decision
from core import languages
from core.messages import Button, Piece
from core.messages import Kind as Look
from core.people import Person

COMMENT, REASON = "briefing_comment", "briefing_reason"
MOST_LISTED, MOST_COMMENTS = 8, 6
# Once the organisation's copy has a time, the decision stands.
UNDECIDED_COPIES = (None, BroadcastState.DRAFT, BroadcastState.IN_BRIEFING, BroadcastState.APPROVED,
                    BroadcastState.CANCELLED)  # fmt: skip


async def list_asked(scene: Scene, organisation_id: str) -> Turn | None:
    """What staff propose to this organisation just now."""
    if await find_speaker(scene, organisation_id) is None:
        return not_an_ambassador(scene)
    t = scene.t
    cards = (await list_briefings(scene.session, organisation_id))[:MOST_LISTED]
    words = t("What the municipality proposes to you. You decide freely.") if cards else t("Nothing is proposed now.")
    buttons = []
    for card in cards:
        title = card.titles.get(languages.first_available(t.language, card.titles) or "", "…")
        label = f"{decision_name(Decision(card.briefing.decision), t)}: {title}"
        buttons.append(Button(label, action(str(card.proposal.id), organisation_id, "")))
    return scene.say(scene.replies.message([Piece(Look.TEXT, words)], [*buttons, mine_button(t)]))


async def look_at(scene: Scene, value: str) -> Turn | None:
    """One proposal, or what to do with it."""
    proposal, _, rest = value.partition(":")
    organisation_id, _, wish = rest.partition(":")
    asked = await find_asked(scene, proposal, organisation_id)
    if asked is None:
        return lost(scene)
    is_open = asked.card.proposal.state == BroadcastState.IN_BRIEFING
    if not is_open:
        words = scene.t("The municipality has withdrawn this.")
        return scene.say(scene.replies.message([Piece(Look.TEXT, words)], [list_button(asked, scene.t)]))
    if wish in WISHES and (wish == "say" or asked.card.copy_state in UNDECIDED_COPIES):
        return await WISHES[wish](scene, asked)
    return await _show(scene, asked)


async def _show(scene: Scene, asked: Asked) -> Turn:
    """The message as members will read it, what was said about it, and the choices."""
    t = scene.t
    announcement = await _announcement(scene, asked)
    if announcement is None:
        return lost(scene)
    decision = Decision(asked.card.briefing.decision)
    as_read = word(announcement, t)
    pieces = [
        Piece(Look.NOTE, t("The municipality proposes this to the members of {organisation}.",
                           organisation=asked.organisation)),
        *as_read.pieces,
        *await _said(scene, asked),
        Piece(Look.LABEL, t("Your decision: {decision}", decision=decision_name(decision, t))),
    ]  # fmt: skip
    if asked.card.has_changed:
        pieces.append(Piece(Look.NOTE, t("The municipality has changed it since you decided.")))
    buttons = []
    copy = asked.card.briefing.copy_id
    if copy is not None and asked.card.copy_state is not None:
        buttons.append(Button(t("How it stands"), f"announcement:{copy}"))
    if asked.card.copy_state in UNDECIDED_COPIES:
        buttons += [
            Button(t("Yes, send it as it is"), asked.step("yes")),
            Button(t("Yes, but change it first"), asked.step("own")),
            Button(t("Not now"), asked.step("later")),
            Button(t("No"), asked.step("no")),
        ]
    buttons += [Button(t("Ask or say something about it"), asked.step("say")), list_button(asked, t)]
    return scene.say(scene.replies.message(pieces, buttons))


async def _accept(scene: Scene, asked: Asked) -> Turn:
    """A copy of the organisation's own; nothing goes out before it has a time."""
    if wrong := await _not_ready(scene, asked):
        return wrong
    t = scene.t

    async def run(session: AsyncSession, person: Person, at: datetime) -> None:
        copy = await accept(session, asked.id, by=asked.by, at=at)
        await open_form(session, person.id, "message", {"broadcast": str(copy.id)}, at=at)

    words = t("Thank you. Nothing is sent yet: you choose when.")
    buttons = [Button(t("Send it: choose when"), f"draft:{HERE}:when"), list_button(asked, t)]
    return scene.say(scene.replies.message([Piece(Look.TEXT, words)], buttons), Act(run))


async def _adapt(scene: Scene, asked: Asked) -> Turn:
    """A draft of the organisation's own, to change and to comment."""
    t, language = scene.t, scene.situation.language

    async def run(session: AsyncSession, person: Person, at: datetime) -> None:
        copy = await adapt(session, asked.id, by=asked.by, at=at)
        await open_form(session, person.id, "message", {"broadcast": str(copy.id)}, at=at)

    words = t("This is your own copy now. Change its text, or add own words below it.")
    buttons = [
        Button(t("Write it again"), f"draft:{HERE}:write:{language}"),
        Button(t("Add own words"), f"draft:{HERE}:comment"),
        Button(t("Go on"), f"draft:{HERE}:"),
    ]
    return scene.say(scene.replies.message([Piece(Look.TEXT, words)], buttons), Act(run))


async def _leave_for_later(scene: Scene, asked: Asked) -> Turn:
    t = scene.t

    async def run(session: AsyncSession, _person: Person, at: datetime) -> None:
        await pause_briefing(session, asked.id, by=asked.by, at=at)

    words = t("All right, not now. It stays in your list.")
    return scene.say(scene.replies.message([Piece(Look.TEXT, words)], [list_button(asked, t)]), Act(run))


async def _decline(scene: Scene, asked: Asked) -> Turn:
    """The no counts at once; a reason may follow and need not."""
    t = scene.t

    async def run(session: AsyncSession, person: Person, at: datetime) -> None:
        await decline(session, asked.id, by=asked.by, at=at)
        await open_form(session, person.id, REASON, filled_with(asked), at=at)

    words = t("All right, it is not sent to your members. If you like, write why. It helps, and you need not.")
    return scene.say(scene.replies.message([Piece(Look.TEXT, words)], [list_button(asked, t)]), Act(run))


async def _ask_to_comment(scene: Scene, asked: Asked) -> Turn:
    t = scene.t
    words = t("Write your question or what you think. Staff of the municipality answer you here.")
    back = Button(t("Back"), asked.step(""))
    return scene.say(scene.replies.message([Piece(Look.TEXT, words)], [back]), goes_on(COMMENT, **filled_with(asked)))


async def hear_comment(scene: Scene, typed: str) -> Turn | None:
    """A question or remark; the other organisations do not see it."""
    asked = await _find_in_form(scene)
    if asked is None:
        return lost(scene)
    if wrong := _unfit(scene, asked, typed, LONGEST_COMMENT):
        return wrong
    proposal_id, organisation_id = asked.card.proposal.id, asked.organisation_id

    async def run(session: AsyncSession, person: Person, at: datetime) -> None:
        await comment(session, proposal_id, organisation_id, typed, by=asked.by, at=at)
        await close_form(session, person.id)

    return _thanks(scene, asked, scene.t("Thank you. Staff of the municipality see it and answer you here."), run)


async def hear_reason(scene: Scene, typed: str) -> Turn | None:
    """Why not."""
    asked = await _find_in_form(scene)
    if asked is None or asked.card.proposal.state != BroadcastState.IN_BRIEFING:
        return lost(scene)
    if wrong := _unfit(scene, asked, typed, LONGEST_REASON):
        return wrong

    async def run(session: AsyncSession, person: Person, at: datetime) -> None:
        await decline(session, asked.id, reason=typed, by=asked.by, at=at)
        await close_form(session, person.id)

    return _thanks(scene, asked, scene.t("Thank you for saying so."), run)


def _thanks(
    scene: Scene, asked: Asked, words: str, run: Callable[[AsyncSession, Person, datetime], Awaitable[None]]
) -> Turn:
    buttons = [Button(scene.t("Back"), asked.step("")), list_button(asked, scene.t)]
    return scene.say(scene.replies.message([Piece(Look.TEXT, words)], buttons), Act(run))


def _unfit(scene: Scene, asked: Asked, typed: str, most: int) -> Turn | None:
    """Why this is not kept; the form stays open."""
    t, notes = scene.t, scene.replies.secrets(scene.message.secrets)
    if notes:
        notes.append(Piece(Look.TEXT, t("Nothing is saved. Write it again without it.")))
    elif len(typed.strip()) > most:
        long = t("It is too long: {length} characters. At most {most} fit.", length=len(typed.strip()), most=most)
        notes = [Piece(Look.TEXT, long)]
    elif not any(letter.isalnum() for letter in typed):
        notes = [Piece(Look.TEXT, t("I see no words. Write the message again."))]
    return scene.say(scene.replies.message(notes, [Button(t("Back"), asked.step(""))])) if notes else None


async def _not_ready(scene: Scene, asked: Asked) -> Turn | None:
    """A meeting may be over by now."""
    t = scene.t
    wrong = forbidding(await inspect_broadcast(scene.session, asked.card.proposal.id, at=scene.situation.at), t)
    if not wrong:
        return None
    pieces = [Piece(Look.TEXT, t("Before it can be sent:")), *(Piece(Look.ITEM, one) for one in wrong)]
    buttons = [Button(t("Ask or say something about it"), asked.step("say")), list_button(asked, t)]
    return scene.say(scene.replies.message(pieces, buttons))


async def _announcement(scene: Scene, asked: Asked) -> Announcement | None:
    """The proposal as if it came from this organisation already."""
    composed = await load_composed(scene.session, asked.card.proposal.id)
    if composed is None:
        return None
    found = composed.for_reader(scene.t.language) or composed.for_reader(composed.broadcast.source_language)
    return replace(found, organisation=asked.organisation) if found else None


async def _said(scene: Scene, asked: Asked) -> list[Piece]:
    t = scene.t
    comments = (await list_comments(scene.session, asked.card.proposal.id, asked.organisation_id))[-MOST_COMMENTS:]
    lines = [
        t("You: {text}", text=one.text) if one.staff_id is None else t("The municipality: {text}", text=one.text)
        for one in comments
    ]
    return [Piece(Look.LABEL, t("Questions and answers")), *(Piece(Look.ITEM, line) for line in lines)] if lines else []


async def _find_in_form(scene: Scene) -> Asked | None:
    filled = scene.form.filled if scene.form else {}
    return await find_asked(scene, filled.get("proposal", ""), filled.get("organisation", ""))


WISHES: Mapping[str, Callable[[Scene, Asked], Awaitable[Turn]]] = {
    "yes": _accept,
    "own": _adapt,
    "say": _ask_to_comment,
    "later": _leave_for_later,
    "no": _decline,
}


ACTIONS: Mapping[str, Handler] = {"briefings": list_asked, "brief": look_at}
FORMS: Mapping[str, Handler] = {COMMENT: hear_comment, REASON: hear_reason}

__all__ = ["ACTIONS", "DIRECT", "FORMS"]

"""An ambassador writes a message on a phone: kind, text, details, then a card with all that can be done with it.

The message is kept from its first text on (broadcasts), so a chat that breaks off loses nothing; the open form only
says which question was asked last. What a step needs stands in its button's action: "draft:<message>:<step>:<detail>".
"""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import replace
from datetime import datetime

from sqlalchemy.ext.asyncio import AsyncSession

from bot.announcing import word
from bot.dialogues.buttons import mine_button
from bot.dialogues.messages import details, sending, sharing, texts
from bot.dialogues.messages.drafts import (
    Own,
    audience_pieces,
    find_own,
    fixed,
    goes_on,
    kind_name,
    load_audience,
    lost,
    may_change,
)
from bot.dialogues.messages.issues import forbidding
from bot.dialogues.scene import Handler, Scene
from bot.dialogues.speakers import find_speaker, not_an_ambassador
from bot.forms import close_form
from bot.situation import Act
from bot.turn import Turn
from broadcasts.announcements.announcement import Announcement
from broadcasts.announcements.checks import inspect_broadcast
from broadcasts.announcements.composing import discard
from broadcasts.announcements.records import BroadcastState, Fallback, Kind, Repeat
from broadcasts.organisations.keeping import get_organisation
from broadcasts.organisations.records import OrganisationState
from core import languages
from core.messages import Button, Piece
from core.messages import Kind as Look
from core.people import Person

KINDS = (Kind.NEWS, Kind.EVENT, Kind.DEADLINE, Kind.COURSE, Kind.REQUEST)
SENDABLE = (BroadcastState.DRAFT, BroadcastState.APPROVED, BroadcastState.SCHEDULED)
MOST_OFFERED = 5  # languages that lack a text, each a button


async def compose(scene: Scene, organisation_id: str) -> Turn | None:
    """The first step: what kind of message?"""
    if await find_speaker(scene, organisation_id) is None:
        return not_an_ambassador(scene)
    t = scene.t
    organisation = await get_organisation(scene.session, organisation_id)
    if organisation.state != OrganisationState.ACTIVE:
        words = t("It rests just now: nothing is sent. Ask the municipality.")
        return scene.say(scene.replies.message([Piece(Look.TEXT, words)], [mine_button(t)]))
    buttons = [Button(kind_name(kind, t), f"begin:{kind}:{organisation_id}") for kind in KINDS]
    buttons.append(Button(t("Cancel"), f"sent:{organisation_id}"))
    return scene.say(scene.replies.message([Piece(Look.TEXT, t("What kind of message is it?"))], buttons))


async def begin(scene: Scene, value: str) -> Turn | None:
    """A kind was chosen: ask for the text."""
    kind, _, organisation_id = value.partition(":")
    if kind not in KINDS or await find_speaker(scene, organisation_id) is None:
        return not_an_ambassador(scene)
    return texts.ask_for_text(scene, Kind(kind), organisation_id)


async def change(scene: Scene, value: str) -> Turn | None:
    """A button below a message."""
    reference, _, wish = value.partition(":")
    step, _, detail = wish.partition(":")
    own = await find_own(scene, reference)
    if own is None and step in EARLY:  # before anything is saved there is a form only
        return await EARLY[step](scene, detail)
    if own is None:
        return lost(scene)
    if step in CHANGES and not await may_change(scene, own):
        return fixed(scene, own)
    found = CHANGES.get(step) or STEPS.get(step)
    return await found(scene, own, detail) if found else await show_card(scene, own, "")


async def show_card(scene: Scene, own: Own, _detail: str) -> Turn:
    """How the message stands, what is missing, who gets it, and what can be done."""
    t = scene.t
    audience = await load_audience(scene, own)
    wrong = forbidding(await inspect_broadcast(scene.session, own.row.id, at=scene.situation.at), t)
    pieces = [
        Piece(Look.TITLE, own.title(t.language)),
        Piece(Look.NOTE, kind_name(Kind(own.row.kind), t)),
        *([Piece(Look.LABEL, t("Before it can be sent:")), *(Piece(Look.ITEM, one) for one in wrong)] if wrong else []),
        *audience_pieces(audience, own, t),
    ]
    may_write = await may_change(scene, own)
    if may_write and own.row.state in (BroadcastState.APPROVED, BroadcastState.SCHEDULED):
        pieces.append(Piece(Look.NOTE, t("If you change it, it must be sent anew.")))
    buttons = []
    if not wrong and own.row.state in SENDABLE and own.row.repeat == Repeat.ONCE:
        buttons.append(Button(t("Send it: choose when"), own.step("when")))
    buttons.append(Button(t("See it as members will"), own.step("preview")))
    if may_write:
        buttons += _change_buttons(scene, own, audience.missing)
    buttons.append(Button(t("Messages of the organisation"), f"sent:{own.organisation_id}"))
    return scene.say(scene.replies.message(pieces, buttons), goes_on("message", broadcast=str(own.row.id)))


def _change_buttons(scene: Scene, own: Own, missing: tuple[str, ...]) -> list[Button]:
    t, buttons = scene.t, []
    if own.row.answer_id is None:
        buttons += [
            Button(t("Add a text: {language}", language=languages.name(code)), own.step(f"write:{code}"))
            for code in missing[:MOST_OFFERED]
            if code in languages.NAMES
        ]
        buttons.append(Button(t("Change a text, or add a language"), own.step("languages")))
    if own.row.fallback == Fallback.NEXT_LANGUAGE:
        buttons.append(Button(t("Only those who have a text in their language"), own.step("fallback:own")))
    else:
        buttons.append(Button(t("Everybody, in the next best language"), own.step("fallback:next")))
    buttons += details.buttons_for_kind(own, t)
    buttons.append(Button(t("Throw it away"), own.step("drop")))
    return buttons


async def preview(scene: Scene, own: Own, language: str) -> Turn:
    """The message exactly as its readers with this language get it."""
    t = scene.t
    language = language or (t.language if t.language in own.texts else own.row.source_language)
    announcement = own.composed.for_reader(language)
    if announcement is None:
        return await show_card(scene, own, "")
    shown = word(announcement, t.sibling(languages.resolve(language)))
    others = [code for code in own.texts if code != language]
    buttons = [Button(languages.name(code), own.step(f"preview:{code}")) for code in others]
    buttons += [Button(t("Send it to me as a test"), own.step(f"test:{language}")), _back(scene, own)]
    return scene.say(replace(shown, buttons=tuple(buttons)))


async def test(scene: Scene, own: Own, language: str) -> Turn:
    """The message as it comes to a member, buttons and all, to this person only. The buttons lead nowhere yet."""
    announcement: Announcement | None = own.composed.for_reader(language or own.row.source_language)
    if announcement is None:
        return await show_card(scene, own, "")
    shown = word(announcement, scene.t.sibling(languages.resolve(announcement.wanted)), is_test=True)
    return scene.say(replace(shown, buttons=(_back(scene, own),)))


async def set_fallback(scene: Scene, own: Own, detail: str) -> Turn:
    """Who gets it without a text in their language."""
    t = scene.t
    fallback = Fallback.OWN_LANGUAGE_ONLY if detail == "own" else Fallback.NEXT_LANGUAGE
    shown = scene.replies.message([Piece(Look.TEXT, t("Saved."))], [Button(t("Go on"), own.step(""))])
    return scene.say(shown, details.change_fallback(own, fallback))


async def drop(scene: Scene, own: Own, detail: str) -> Turn:
    """Throw a draft away, after a question."""
    t = scene.t
    if detail != "yes":
        ask = Piece(Look.TEXT, t("Throw “{title}” away?", title=own.title(t.language)))
        return scene.say(
            scene.replies.message([ask], [Button(t("Yes, throw it away"), own.step("drop:yes")), _back(scene, own)])
        )

    async def run(session: AsyncSession, person: Person, at: datetime) -> None:
        await discard(session, own.row.id, by=own.by, at=at)
        await close_form(session, person.id)

    button = Button(t("Messages of the organisation"), f"sent:{own.organisation_id}")
    return scene.say(scene.replies.message([Piece(Look.TEXT, t("It is gone. Nothing was sent."))], [button]), Act(run))


async def _write(scene: Scene, own: Own, detail: str) -> Turn:
    return fixed(scene, own) if own.row.answer_id else await texts.write_in(scene, own, detail)


async def _languages(scene: Scene, own: Own, _detail: str) -> Turn:
    return await texts.choose_language(scene, own)


async def _write_early(scene: Scene, detail: str) -> Turn:
    return await texts.write_in(scene, None, detail)


async def _languages_early(scene: Scene, _detail: str) -> Turn:
    return await texts.choose_language(scene, None)


def _back(scene: Scene, own: Own) -> Button:
    return Button(scene.t("Back"), own.step(""))


Step = Callable[[Scene, Own, str], Awaitable[Turn]]
EARLY: Mapping[str, Handler] = {"write": _write_early, "languages": _languages_early}
# What changes the message: only while it may be changed.
CHANGES: Mapping[str, Step] = {
    "write": _write,
    "languages": _languages,
    "fallback": set_fallback,
    "moment": details.ask_for_moment,
    "begins": details.keep_moment,
    "deadline": details.ask_for_deadline,
    "until": details.keep_deadline,
    "place": details.ask_for_place,
    "comment": details.ask_for_comment,
    "answers": details.choose_answers,
    "drop": drop,
}
STEPS: Mapping[str, Step] = {"": show_card, "preview": preview, "test": test, **sending.STEPS}

ACTIONS: Mapping[str, Handler] = {"compose": compose, "begin": begin, "draft": change, **sharing.ACTIONS}
FORMS: Mapping[str, Handler] = {
    texts.FORM: texts.hear_text,
    details.MOMENT: details.hear_moment,
    details.DEADLINE: details.hear_deadline,
    details.PLACE: details.hear_place,
    details.COMMENT: details.hear_comment,
    **sending.FORMS,
    **sharing.FORMS,
}

"""An ambassador says when, where and until when, which answers there are, who gets it, and adds own words."""

from dataclasses import replace
from datetime import datetime

from babel.dates import format_date
from sqlalchemy.ext.asyncio import AsyncSession

from bot.announcing import moments
from bot.dialogues.members.receiving import answer_labels
from bot.dialogues.messages.drafts import HERE, Own, find_own, fixed, goes_on, local_now, lost, may_change
from bot.dialogues.messages.issues import word_issue
from bot.dialogues.messages.moments import read_moment
from bot.dialogues.scene import Scene
from bot.forms import open_form
from bot.situation import Act
from bot.turn import Turn
from broadcasts.announcements.checks import inspect_details
from broadcasts.announcements.composing import Details, details_of, set_details
from broadcasts.announcements.records import Fallback, Kind, ReplyKey
from core.i18n import Translator
from core.messages import Button, Piece
from core.messages import Kind as Look
from core.people import Person

MOMENT, DEADLINE, PLACE, COMMENT = "message_moment", "message_deadline", "message_place", "message_comment"
ANSWERS = {"yn": (ReplyKey.YES, ReplyKey.NO), "ynm": (ReplyKey.YES, ReplyKey.NO, ReplyKey.MAYBE)}


async def ask_for_moment(scene: Scene, own: Own, _detail: str) -> Turn:
    """When is it?"""
    return _ask(scene, own, MOMENT, scene.t("When is it? Write day and time, for example: 12.12. 18:00-20:00"))


async def ask_for_deadline(scene: Scene, own: Own, _detail: str) -> Turn:
    """Until when?"""
    return _ask(scene, own, DEADLINE, scene.t("Which day is the deadline? Write it, for example: 1.12."))


async def ask_for_place(scene: Scene, own: Own, _detail: str) -> Turn:
    """Where is it?"""
    return _ask(scene, own, PLACE, scene.t("Where is it? Write the place and its address."))


async def ask_for_comment(scene: Scene, own: Own, _detail: str) -> Turn:
    """The organisation's own words, shown as its own."""
    words = scene.t("Write your own words. They stand below the message, with the name of your organisation.")
    return _ask(scene, own, COMMENT, words)


async def hear_moment(scene: Scene, typed: str) -> Turn | None:
    """Say back what was understood, with the weekday; a yes keeps it."""
    own = await find_own(scene, HERE)
    if own is None or scene.form is None:
        return lost(scene)
    t, before = scene.t, scene.form.filled.get("understood")
    if before and scene.conversation.phrases.agrees(typed):
        return await keep_moment(scene, own, before)
    moment = read_moment(typed, now=local_now(scene, own.row.zone))
    begins, ends = moment.begins_at, moment.ends_at
    if begins is None:
        missing = t("I did not understand the day.") if moment.day is None else t("I did not understand the time.")
        again = t("When is it? Write day and time, for example: 12.12. 18:00-20:00")
        return _say(scene, own, [missing, again])
    understood = "/".join(one.isoformat(timespec="minutes") for one in (begins, ends) if one is not None)
    return _ask_if_right(scene, own, moments(begins, ends, t), MOMENT, understood, is_odd=moment.has_other_weekday)


async def hear_deadline(scene: Scene, typed: str) -> Turn | None:
    """A day; a time beside it is passed over."""
    own = await find_own(scene, HERE)
    if own is None or scene.form is None:
        return lost(scene)
    t, before = scene.t, scene.form.filled.get("understood")
    if before and scene.conversation.phrases.agrees(typed):
        return await keep_deadline(scene, own, before)
    moment = read_moment(typed, now=local_now(scene, own.row.zone))
    if moment.day is None:
        again = t("Which day is the deadline? Write it, for example: 1.12.")
        return _say(scene, own, [t("I did not understand the day."), again])
    words, understood = format_date(moment.day, "full", locale=t.locale), moment.day.isoformat()
    return _ask_if_right(scene, own, words, DEADLINE, understood, is_odd=moment.has_other_weekday)


async def keep_moment(scene: Scene, own: Own, detail: str) -> Turn:
    """The moment was right; on to the place."""
    begins, _, ends = detail.partition("/")
    try:
        several = [datetime.fromisoformat(one) for one in (begins, ends) if one]
    except ValueError:
        return lost(scene)
    if any(one.tzinfo is not None for one in several):
        return lost(scene)
    details = replace(details_of(own.row), begins_at=begins, ends_at=ends)
    following = "message" if own.row.place else PLACE
    if wrong := await _wrong(scene, own, details):
        return wrong
    t, saved = scene.t, _save(own, details, following)
    if following == "message":
        return scene.say(scene.replies.message([Piece(Look.TEXT, t("Saved."))], [_go_on(scene, own)]), saved)
    words = Piece(Look.TEXT, t("Where is it? Write the place and its address."))
    return scene.say(scene.replies.message([words], [_leave(scene, own)]), saved)


async def keep_deadline(scene: Scene, own: Own, detail: str) -> Turn:
    """The day was right."""
    try:
        day = datetime.fromisoformat(detail).date()
    except ValueError:
        return lost(scene)
    return await _saved(scene, own, replace(details_of(own.row), deadline_on=day), [])


async def hear_place(scene: Scene, typed: str) -> Turn | None:
    """Where it is."""
    own = await find_own(scene, HERE)
    if own is None:
        return lost(scene)
    if secret := _secrets(scene, own):
        return secret
    place = " ".join(typed.split())
    return await _saved(scene, own, replace(details_of(own.row), place=place), [place])


async def hear_comment(scene: Scene, typed: str) -> Turn | None:
    """Own words, in the language in which this person reads."""
    own = await find_own(scene, HERE)
    if own is None:
        return lost(scene)
    if secret := _secrets(scene, own):
        return secret
    before = details_of(own.row)
    comment = {**before.comment, scene.situation.language: typed.strip()}
    return await _saved(scene, own, replace(before, comment=comment), [typed.strip()])


async def choose_answers(scene: Scene, own: Own, detail: str) -> Turn:
    """Which buttons stand below a question."""
    t = scene.t
    if detail in ANSWERS:
        return await _saved(scene, own, replace(details_of(own.row), replies=ANSWERS[detail]), [])
    labels = answer_labels(t)
    buttons = [
        Button(" / ".join(labels[key] for key in keys), own.step(f"answers:{name}")) for name, keys in ANSWERS.items()
    ]
    words = Piece(Look.TEXT, t("Which buttons do members get for their answer?"))
    return scene.say(scene.replies.message([words], buttons))


def change_fallback(own: Own, fallback: Fallback) -> Act:
    """Who gets it without a text in their language."""
    return _save(own, replace(details_of(own.row), fallback=fallback), "message")


def buttons_for_kind(own: Own, t: Translator) -> list[Button]:
    """What belongs to this kind of message: what is still missing, and what may be changed."""
    buttons = []
    if own.row.kind in (Kind.EVENT, Kind.COURSE):
        buttons += [
            Button(t("Day and time"), own.step("moment")),
            Button(t("Place"), own.step("place")),
        ]
    if own.row.kind == Kind.DEADLINE:
        buttons.append(Button(t("Day of the deadline"), own.step("deadline")))
    if own.row.kind == Kind.REQUEST:
        buttons.append(Button(t("Answer buttons"), own.step("answers")))
    if own.row.answer_id is not None or own.row.proposal_id is not None:
        buttons.append(Button(t("Add own words"), own.step("comment")))
    return buttons


def _save(own: Own, details: Details, following: str) -> Act:
    async def run(session: AsyncSession, person: Person, at: datetime) -> None:
        await set_details(session, own.row.id, details, by=own.by, at=at)
        await open_form(session, person.id, following, {"broadcast": str(own.row.id)}, at=at)

    return Act(run)


async def _saved(scene: Scene, own: Own, details: Details, said: list[str]) -> Turn:
    if wrong := await _wrong(scene, own, details):
        return wrong
    pieces = [Piece(Look.TEXT, words) for words in (*said, scene.t("Saved."))]
    return scene.say(scene.replies.message(pieces, [_go_on(scene, own)]), _save(own, details, "message"))


async def _wrong(scene: Scene, own: Own, details: Details) -> Turn | None:
    """Why this cannot be saved; the form stays open."""
    if not await may_change(scene, own):
        return fixed(scene, own)
    issues = inspect_details(details)
    return _say(scene, own, [word_issue(issue, scene.t) for issue in issues]) if issues else None


def _secrets(scene: Scene, own: Own) -> Turn | None:
    notes = scene.replies.secrets(scene.message.secrets)
    again = scene.t("Nothing is saved. Write it again without it.")
    return _say(scene, own, [*(note.text for note in notes), again]) if notes else None


def _ask(scene: Scene, own: Own, form: str, words: str) -> Turn:
    asked = goes_on(form, broadcast=str(own.row.id))
    return scene.say(scene.replies.message([Piece(Look.TEXT, words)], [_leave(scene, own)]), asked)


def _ask_if_right(scene: Scene, own: Own, words: str, form: str, understood: str, *, is_odd: bool) -> Turn:
    t = scene.t
    step, keep = ("moment", "begins") if form == MOMENT else ("deadline", "until")
    pieces = [Piece(Look.TITLE, words)]
    if is_odd:
        pieces.append(Piece(Look.NOTE, t("You wrote another weekday. Look at the date.")))
    pieces.append(Piece(Look.TEXT, t("Is this right?")))
    buttons = [
        Button(t("Yes, this is right"), own.step(f"{keep}:{understood}")),
        Button(t("Write it again"), own.step(step)),
        _leave(scene, own),
    ]
    kept = goes_on(form, broadcast=str(own.row.id), understood=understood)
    return scene.say(scene.replies.message(pieces, buttons), kept)


def _say(scene: Scene, own: Own, lines: list[str]) -> Turn:
    """Once more, with the form open as it is."""
    return scene.say(scene.replies.message([Piece(Look.TEXT, line) for line in lines], [_leave(scene, own)]))


def _go_on(scene: Scene, own: Own) -> Button:
    return Button(scene.t("Go on"), own.step(""))


def _leave(scene: Scene, own: Own) -> Button:
    return Button(scene.t("Back"), own.step(""))

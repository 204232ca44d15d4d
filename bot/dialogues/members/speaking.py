"""A member speaks upwards: to whom, what, and a name if they want; then it is sent.

voice:RELEASE             answer a message
nofit:RELEASE             say that it does not fit
voice_to:KIND:RELEASE:TO  to the organisation or the municipality
form "voice_whom"         who writes before choosing to whom: the words are kept until then
form "voice"              the words, then perhaps a name; both are shown before they are sent
voice_send:[nameless]     send it
voice_stop:               give it up
"""

from collections.abc import Mapping
from datetime import datetime

from sqlalchemy.ext.asyncio import AsyncSession

from bot.dialogues.buttons import menu_button, number
from bot.dialogues.scene import Handler, Scene
from bot.forms import close_form, open_form
from bot.situation import Act
from bot.turn import Turn
from broadcasts.members.words import isolated
from broadcasts.voices.records import VoiceKind, VoiceTo
from broadcasts.voices.speaking import (
    LONGEST,
    LONGEST_NAME,
    MOST_A_DAY,
    Hearing,
    Spoken,
    count_today,
    find_hearing,
    speak,
)
from core.messages import Button, Kind, Piece
from core.people import Person
from core.private_numbers import HIDDEN

FORM, WHOM = "voice", "voice_whom"
NAMELESS = "nameless"


async def answer_message(scene: Scene, value: str) -> Turn:
    """The button "Answer this message"."""
    return await _ask_whom(scene, value, VoiceKind.REPLY)


async def does_not_fit(scene: Scene, value: str) -> Turn:
    """The button "This does not fit us"."""
    return await _ask_whom(scene, value, VoiceKind.DOES_NOT_FIT)


async def choose_whom(scene: Scene, value: str) -> Turn:
    """They chose to whom; now they write."""
    kind, _, rest = value.partition(":")
    release, _, to = rest.partition(":")
    if kind not in set(VoiceKind) or to not in set(VoiceTo):
        return _not_theirs(scene)
    hearing = await _hearing(scene, release)
    if refusal := await _refusal(scene, hearing):
        return refusal
    if hearing is None or (to == VoiceTo.ORGANISATION and not hearing.is_organisation_there):
        return await _ask_whom(scene, release, VoiceKind(kind))
    t, filled = scene.t, {"kind": kind, "release": release, "to": to}
    early = scene.form.filled if scene.form and scene.form.name == WHOM else {}
    if "text" in early and (early["kind"], early["release"]) == (kind, release):
        return _take_words(scene, hearing, filled, early["text"])
    pieces = [
        Piece(Kind.TEXT, t("Write now, in one message, what you want to say. There is room for {most} characters.",
                           most=LONGEST)),
        Piece(Kind.NOTE, t("Read by: {name}", name=_reader(scene, hearing, to))),
        *_few(scene, hearing),
    ]  # fmt: skip
    return scene.say(scene.replies.message(pieces, [_stop_button(scene)]), _open(filled))


async def hear_early(scene: Scene, text: str) -> Turn:
    """They write before they have chosen to whom."""
    filled = scene.form.filled if scene.form else {}
    return await _ask_whom(scene, filled.get("release", ""), VoiceKind(filled["kind"]), text=text.strip())


async def hear(scene: Scene, text: str) -> Turn:
    """The words; once they are there, a name."""
    filled = scene.form.filled if scene.form else {}
    hearing = await _hearing(scene, filled.get("release", ""))
    if refusal := await _refusal(scene, hearing):
        return refusal
    if hearing is None:
        return _not_theirs(scene)
    return _take_name(scene, hearing, filled, text) if "text" in filled else _take_words(scene, hearing, filled, text)


async def send(scene: Scene, value: str) -> Turn:
    """Send what the form holds."""
    filled = scene.form.filled if scene.form and scene.form.name == FORM else {}
    hearing = await _hearing(scene, filled.get("release", ""))
    if "text" not in filled or hearing is None:
        words = scene.t("There is nothing to send any more. Press the button below the message again.")
        return scene.end(scene.replies.message([Piece(Kind.TEXT, words)], [menu_button(scene.t)]))
    if refusal := await _refusal(scene, hearing):
        return refusal
    if filled["to"] == VoiceTo.ORGANISATION and not hearing.is_organisation_there:
        return await _ask_whom(scene, filled["release"], VoiceKind(filled["kind"]))
    spoken = Spoken(
        to=VoiceTo(filled["to"]),
        kind=VoiceKind(filled["kind"]),
        text=filled["text"],
        language=scene.t.language,
        name="" if value == NAMELESS else filled.get("name", ""),
    )
    t = scene.t
    thanks = t("Thank you. It is sent. When there is an answer, you get it here.")
    seen = Piece(Kind.NOTE, t("Read by: {name}", name=_reader(scene, hearing, spoken.to)))
    message = scene.replies.message([Piece(Kind.TEXT, thanks), seen], [menu_button(t)])
    return scene.end(message, _speak(hearing.release_id, spoken))


async def stop(scene: Scene, _value: str) -> Turn:
    """Give it up: nothing is kept."""
    words = scene.t("Nothing was sent, and nothing of it is kept.")
    return scene.end(scene.replies.message([Piece(Kind.TEXT, words)], [menu_button(scene.t)]))


async def _ask_whom(scene: Scene, release: str, kind: VoiceKind, *, text: str = "") -> Turn:
    hearing = await _hearing(scene, release)
    if refusal := await _refusal(scene, hearing):
        return refusal
    if hearing is None:
        return _not_theirs(scene)
    t = scene.t
    asked = {
        VoiceKind.REPLY: t("Who shall read your answer?"),
        VoiceKind.DOES_NOT_FIT: t("Thank you for saying so. Who shall read what does not fit?"),
    }
    to = [VoiceTo.ORGANISATION, VoiceTo.MUNICIPALITY] if hearing.is_organisation_there else [VoiceTo.MUNICIPALITY]
    buttons = [Button(_plain_reader(scene, hearing, one), f"voice_to:{kind}:{hearing.release_id}:{one}") for one in to]
    name = isolated(hearing.organisation, t)
    silent = t("Nobody at {organisation} reads answers just now.", organisation=name)
    written = [Piece(Kind.LABEL, t("This is what you wrote:")), Piece(Kind.TEXT, text)] if text else []
    pieces = [
        *scene.replies.secrets(scene.message.secrets if text else ()),
        *written,
        Piece(Kind.TEXT, asked[kind]),
        Piece(Kind.NOTE, t("Nobody sees who wrote it, unless you give a name.")),
        *_few(scene, hearing),
        *([] if hearing.is_organisation_there else [Piece(Kind.NOTE, silent)]),
    ]
    filled = {"kind": str(kind), "release": str(hearing.release_id)} | ({"text": text} if text else {})
    return scene.say(scene.replies.message(pieces, [*buttons, _stop_button(scene)]), _open(filled, WHOM))


def _take_words(scene: Scene, hearing: Hearing, filled: Mapping[str, str], text: str) -> Turn:
    t, text = scene.t, text.strip()
    if not any(letter.isalnum() for letter in text.replace(HIDDEN, "")):
        return _again(scene, t("Please write it in words."))
    if len(text) > LONGEST:
        words = t("That is {count} characters. There is room for {most}: please write it shorter.",
                  count=len(text), most=LONGEST)  # fmt: skip
        return _again(scene, words)
    pieces = [
        *scene.replies.secrets(scene.message.secrets),
        Piece(Kind.LABEL, t("This is what you wrote:")),
        Piece(Kind.TEXT, text),
        Piece(Kind.NOTE, t("Read by: {name}", name=_reader(scene, hearing, filled["to"]))),
        Piece(Kind.TEXT, t("Do you want to give a name? Then write it now. You need not.")),
    ]
    again = Button(t("Write it again"), f"voice_to:{filled['kind']}:{filled['release']}:{filled['to']}")
    buttons = [Button(t("Send without a name"), f"voice_send:{NAMELESS}"), again, _stop_button(scene)]
    return scene.say(scene.replies.message(pieces, buttons), _open({**filled, "text": text}))


def _take_name(scene: Scene, hearing: Hearing, filled: Mapping[str, str], text: str) -> Turn:
    t, name = scene.t, " ".join(text.split())
    if len(name) > LONGEST_NAME or HIDDEN in name or not any(letter.isalpha() for letter in name):
        words = t("A name has at most {most} letters. You can also send it without a name.", most=LONGEST_NAME)
        nameless = Button(t("Send without a name"), f"voice_send:{NAMELESS}")
        return _again(scene, words, nameless)
    pieces = [
        Piece(Kind.LABEL, t("This is what you wrote:")),
        Piece(Kind.TEXT, filled["text"]),
        Piece(Kind.NOTE, t("Your name below it: {name}", name=isolated(name, t))),
        Piece(Kind.NOTE, t("Read by: {name}", name=_reader(scene, hearing, filled["to"]))),
    ]
    nameless = Button(t("Send without a name"), f"voice_send:{NAMELESS}")
    buttons = [Button(t("Send with this name"), "voice_send:"), nameless, _stop_button(scene)]
    return scene.say(scene.replies.message(pieces, buttons), _open({**filled, "name": name}))


def _again(scene: Scene, words: str, *buttons: Button) -> Turn:
    """Something was not right: the form stays as it is."""
    pieces = [*scene.replies.secrets(scene.message.secrets), Piece(Kind.TEXT, words)]
    return scene.say(scene.replies.message(pieces, [*buttons, _stop_button(scene)]))


async def _hearing(scene: Scene, release: str) -> Hearing | None:
    release_id = number(release)
    if scene.person_id is None or release_id is None:
        return None
    return await find_hearing(scene.session, scene.person_id, release_id)


async def _refusal(scene: Scene, hearing: Hearing | None) -> Turn | None:
    """Why they can say nothing here now; None when they can."""
    if hearing is None or scene.person_id is None:
        return _not_theirs(scene)
    if await count_today(scene.session, scene.person_id, at=scene.situation.at) < MOST_A_DAY:
        return None
    words = scene.t("You have said much today, and it waits for an answer. Please write again tomorrow.")
    return scene.end(scene.replies.message([Piece(Kind.TEXT, words)], [menu_button(scene.t)]))


def _not_theirs(scene: Scene) -> Turn:
    """The same words whether the message exists or not."""
    t = scene.t
    pieces = [
        Piece(Kind.TEXT, t("You cannot answer this message here: it did not come to you, or it is no longer kept.")),
        Piece(Kind.TEXT, t("You can still ask me questions.")),
    ]
    return scene.end(scene.replies.message(pieces, [menu_button(t)]))


def _few(scene: Scene, hearing: Hearing) -> list[Piece]:
    if not hearing.has_few_members:
        return []
    name = isolated(hearing.organisation, scene.t)
    words = scene.t(
        "Few people get messages from {organisation}. Who reads it may guess who wrote it.", organisation=name
    )
    return [Piece(Kind.NOTE, words)]


def _plain_reader(scene: Scene, hearing: Hearing, to: str) -> str:
    place = scene.replies.catalogue.municipality or scene.t("your municipality")
    return hearing.organisation if to == VoiceTo.ORGANISATION else place


def _reader(scene: Scene, hearing: Hearing, to: str) -> str:
    return isolated(_plain_reader(scene, hearing, to), scene.t)


def _stop_button(scene: Scene) -> Button:
    return Button(scene.t("Cancel"), "voice_stop:")


def _open(filled: Mapping[str, str], form: str = FORM) -> Act:
    async def run(session: AsyncSession, person: Person, at: datetime) -> None:
        await open_form(session, person.id, form, dict(filled), at=at)

    return Act(run)


def _speak(release_id: int, spoken: Spoken) -> Act:
    async def run(session: AsyncSession, person: Person, at: datetime) -> None:
        await close_form(session, person.id)
        await speak(session, person.id, release_id, spoken, at=at)

    return Act(run)


ACTIONS: Mapping[str, Handler] = {
    "voice": answer_message,
    "nofit": does_not_fit,
    "voice_to": choose_whom,
    "voice_send": send,
    "voice_stop": stop,
}
FORMS: Mapping[str, Handler] = {FORM: hear, WHOM: hear_early}

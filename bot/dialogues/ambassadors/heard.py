"""What comes of it: ambassadors read and answer in the chat, the answer is brought, and "you said, we changed".

voices:ORGANISATION[:from]  what was said to the organisation, for its ambassadors
voice_answer:NUMBER         answer one of them
form "voice_answer"         the words of the answer; shown before they are sent
voice_reply:                send the answer
changed:ORGANISATION        you said, we changed: for everybody
"""

from collections.abc import Mapping
from datetime import date, datetime

from babel.dates import format_date
from sqlalchemy.ext.asyncio import AsyncSession

from bot.dialogues.buttons import menu_button, mine_button, number
from bot.dialogues.scene import Handler, Scene
from bot.dialogues.speakers import find_speaker, not_an_ambassador
from bot.forms import close_form, open_form
from bot.replies import Replies
from bot.situation import Act
from bot.turn import Turn
from broadcasts.members.joining import find_membership
from broadcasts.members.records import MembershipState
from broadcasts.members.words import isolated
from broadcasts.organisations.by import By
from broadcasts.organisations.records import Organisation
from broadcasts.voices.answering import DIRECT_KIND, LONGEST, answer_voice
from broadcasts.voices.changes import list_changes
from broadcasts.voices.reading import VoiceCard, find_for_ambassador, list_for_organisation
from broadcasts.voices.records import VoiceKind, VoiceTo
from core import language_guess, languages
from core.i18n import Translator
from core.messages import Button, Kind, OutgoingMessage, Piece
from core.people import Person
from core.private_numbers import HIDDEN

FORM = "voice_answer"
AT_ONCE = 3  # voices in one message: each may be long
MOST_CHANGES = 5


async def show_voices(scene: Scene, value: str) -> Turn:
    """What waits for this organisation's answer, a few at a time."""
    organisation_id, _, begin = value.partition(":")
    ambassador = await find_speaker(scene, organisation_id)
    if ambassador is None:
        return not_an_ambassador(scene)
    t, zone = scene.t, scene.replies.catalogue.zone
    cards = await list_for_organisation(scene.session, organisation_id, zone=zone)
    first = number(begin) or 0
    some = cards[first : first + AT_ONCE]
    if not some:
        words = t("Nothing waits for your answer.")
        return scene.end(scene.replies.message([Piece(Kind.TEXT, words)], [mine_button(t)]))
    pieces = [Piece(Kind.TITLE, t("What members say"))]
    buttons = []
    for place, card in enumerate(some, first + 1):
        pieces += _voice(card, t, number=place)
        buttons.append(Button(t("Answer number {number}", number=place), f"voice_answer:{card.id}"))
    if len(cards) > first + AT_ONCE:
        buttons.append(Button(t("More"), f"voices:{organisation_id}:{first + AT_ONCE}"))
    return scene.end(scene.replies.message(pieces, [*buttons, mine_button(t)]))


async def begin_answer(scene: Scene, value: str) -> Turn:
    """One voice, and the form for its answer."""
    card = await _card(scene, value)
    if card is None:
        return _gone(scene)
    t = scene.t
    pieces = [
        *_voice(card, t),
        Piece(Kind.TEXT, t("Write your answer in one message. You do not see who gets it.")),
        Piece(Kind.NOTE, t("It is brought as you write it: nothing is translated.")),
    ]
    message = scene.replies.message(pieces, [_back_button(t, card)])
    return scene.say(message, _open({"voice": str(card.id)}))


async def hear_answer(scene: Scene, text: str) -> Turn:
    """The words of the answer, shown before they go."""
    filled = scene.form.filled if scene.form else {}
    card = await _card(scene, filled.get("voice", ""))
    if card is None:
        return _gone(scene)
    t, text = scene.t, text.strip()
    secrets = scene.replies.secrets(scene.message.secrets)
    if not text.replace(HIDDEN, "").strip() or len(text) > LONGEST:
        words = t("That is {count} characters. There is room for {most}: please write it shorter.",
                  count=len(text), most=LONGEST)  # fmt: skip
        return scene.say(scene.replies.message([*secrets, Piece(Kind.TEXT, words)], [_back_button(t, card)]))
    pieces = [
        *secrets,
        Piece(Kind.LABEL, t("This is your answer:")),
        Piece(Kind.TEXT, text),
        Piece(Kind.NOTE, t("Write again if you want to change it.")),
    ]
    buttons = [Button(t("Send the answer"), "voice_reply:"), _back_button(t, card)]
    return scene.say(scene.replies.message(pieces, buttons), _open({"voice": str(card.id), "text": text}))


async def send_answer(scene: Scene, _value: str) -> Turn:
    """Bring it to who asked."""
    filled = scene.form.filled if scene.form and scene.form.name == FORM else {}
    card = await _card(scene, filled.get("voice", ""))
    ambassador = await find_speaker(scene, card.organisation_id) if card else None
    if card is None or ambassador is None or "text" not in filled:
        return _gone(scene)
    t, text, zone = scene.t, filled["text"], scene.replies.catalogue.zone
    language = language_guess.written_in(text) or t.language
    by = By(ambassador_id=ambassador.id)

    async def run(session: AsyncSession, person: Person, at: datetime) -> None:
        await close_form(session, person.id)
        await answer_voice(session, card.id, text, language=language, zone=zone, by=by, at=at)

    thanks = Piece(Kind.TEXT, t("Thank you. The answer is on its way."))
    more = Button(t("What members say"), f"voices:{card.organisation_id}")
    return scene.say(scene.replies.message([thanks], [more, mine_button(t)]), Act(run))


async def show_changes(scene: Scene, organisation_id: str) -> Turn:
    """You said, we changed: the newest lines of one organisation."""
    t = scene.t
    organisation = await scene.session.get(Organisation, organisation_id)
    if organisation is None or not await _may_read(scene, organisation):
        words = t("I do not know this organisation.")
        return scene.end(scene.replies.message([Piece(Kind.TEXT, words)], [menu_button(t)]))
    zone = scene.replies.catalogue.zone
    cards = await list_changes(scene.session, organisation_id, t.language, zone=zone)
    pieces = [Piece(Kind.TITLE, t("You said, we changed: {organisation}", organisation=isolated(organisation.name, t)))]
    if not cards:
        pieces.append(Piece(Kind.TEXT, t("Nothing stands here yet. Say what does not fit: it is read.")))
    for card in cards[:MOST_CHANGES]:
        pieces += [
            Piece(Kind.LABEL, t("You said:")),
            Piece(Kind.TEXT, card.said, language=card.language),
            Piece(Kind.LABEL, t("We changed:")),
            Piece(Kind.TEXT, card.changed, language=card.language),
            Piece(Kind.NOTE, _day(card.day, t)),
        ]
    return scene.end(scene.replies.message(pieces, [menu_button(t)]))


def bring(replies: Replies, about: Mapping[str, str]) -> OutgoingMessage:
    """The answer to what somebody said, with what it was."""
    t = replies.t
    place = replies.catalogue.municipality or t("your municipality")
    name = isolated(about["organisation"] if about["to"] == VoiceTo.ORGANISATION else place, t)
    day = _day(date.fromisoformat(about["day"]), t)
    pieces = [
        Piece(Kind.TITLE, t("An answer from {name}", name=name)),
        Piece(Kind.TEXT, about["answer"], language=about["answer_in"]),
        Piece(Kind.LABEL, t("You wrote, {day}:", day=day)),
        Piece(Kind.TEXT, about["said"], language=about["said_in"]),
    ]
    if about["answer_in"] != t.language:
        words = t("The answer is in {language}, as it was written.", language=languages.name(about["answer_in"]))
        pieces.append(Piece(Kind.NOTE, words))
    return replies.message(pieces, [menu_button(t)])


async def _card(scene: Scene, value: str) -> VoiceCard | None:
    voice_id = number(value)
    if scene.person_id is None or voice_id is None:
        return None
    zone = scene.replies.catalogue.zone
    return await find_for_ambassador(scene.session, scene.person_id, voice_id, zone=zone)


async def _may_read(scene: Scene, organisation: Organisation) -> bool:
    """The list is public; that of an organisation outside the directory is for those who know it already."""
    if organisation.is_listed:
        return True
    if scene.person_id is None:
        return False
    card = await find_membership(scene.session, scene.person_id, organisation.id)
    is_member = card is not None and card.state == MembershipState.MEMBER
    return is_member or await find_speaker(scene, organisation.id) is not None


def _voice(card: VoiceCard, t: Translator, *, number: int | None = None) -> list[Piece]:
    kinds = {VoiceKind.REPLY: t("Answer to a message"), VoiceKind.DOES_NOT_FIT: t("This does not fit us")}
    label = kinds[card.kind] if number is None else t("Number {number}", number=number)
    pieces = [Piece(Kind.LABEL, label), Piece(Kind.TEXT, card.text, language=card.language)]
    if number is not None:
        pieces.append(Piece(Kind.NOTE, kinds[card.kind]))
    if card.name:
        pieces.append(Piece(Kind.NOTE, t("Name: {name}", name=isolated(card.name, t))))
    if card.about:
        pieces.append(Piece(Kind.NOTE, t("About the message: {title}", title=isolated(card.about, t))))
    return [*pieces, Piece(Kind.NOTE, _day(card.day, t))]


def _gone(scene: Scene) -> Turn:
    words = scene.t("This does not wait for an answer any more.")
    return scene.end(scene.replies.message([Piece(Kind.TEXT, words)], [mine_button(scene.t)]))


def _back_button(t: Translator, card: VoiceCard) -> Button:
    return Button(t("Back"), f"voices:{card.organisation_id}")


def _day(day: date, t: Translator) -> str:
    return format_date(day, "long", locale=t.locale)


def _open(filled: Mapping[str, str]) -> Act:
    async def run(session: AsyncSession, person: Person, at: datetime) -> None:
        await open_form(session, person.id, FORM, dict(filled), at=at)

    return Act(run)


ACTIONS: Mapping[str, Handler] = {
    "voices": show_voices,
    "voice_answer": begin_answer,
    "voice_reply": send_answer,
    "changed": show_changes,
}
FORMS: Mapping[str, Handler] = {FORM: hear_answer}
DIRECT = {DIRECT_KIND: bring}

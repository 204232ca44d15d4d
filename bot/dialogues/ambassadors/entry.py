"""An ambassador keeps the organisation's directory entry right, in the chat.

entry:ORGANISATION                     what the directory says
entry_yes|entry_later:ORGANISATION     it is right; ask again in some months
entry_change:ORGANISATION              write the text anew, in the own language
form "entry"                           the new text
"""

from collections.abc import Mapping
from datetime import datetime

from sqlalchemy.ext.asyncio import AsyncSession

from bot.dialogues.buttons import mine_button
from bot.dialogues.members.directory import entry_pieces
from bot.dialogues.scene import Handler, Scene
from bot.dialogues.speakers import find_speaker, not_an_ambassador
from bot.forms import close_form, open_form
from bot.replies import Replies
from bot.situation import Act
from bot.turn import Turn
from broadcasts.members.words import isolated
from broadcasts.organisations.by import By
from broadcasts.organisations.checks import LONGEST_ABOUT, check_text
from broadcasts.organisations.keeping import confirm_entry, describe, get_organisation
from core import languages
from core.i18n import Translator
from core.messages import Button, Kind, OutgoingMessage, Piece
from core.people import Person
from core.private_numbers import HIDDEN

FORM = "entry"


async def show_entry(scene: Scene, organisation_id: str) -> Turn:
    """What everybody reads about the organisation."""
    if await find_speaker(scene, organisation_id) is None:
        return not_an_ambassador(scene)
    organisation, t = await get_organisation(scene.session, organisation_id), scene.t
    pieces = [*entry_pieces(scene.replies, organisation), Piece(Kind.TEXT, t("Is this still right?"))]
    return scene.end(scene.replies.message(pieces, [*_entry_buttons(organisation_id, t), mine_button(t)]))


async def confirm(scene: Scene, organisation_id: str) -> Turn:
    """The entry is right today."""
    ambassador = await find_speaker(scene, organisation_id)
    if ambassador is None:
        return not_an_ambassador(scene)
    by, today = By(ambassador_id=ambassador.id), scene.replies.today

    async def run(session: AsyncSession, _person: Person, at: datetime) -> None:
        await confirm_entry(session, organisation_id, by=by, at=at, today=today)

    words = scene.t("Thank you. The entry says that it was confirmed today.")
    return scene.end(scene.replies.message([Piece(Kind.TEXT, words)], [mine_button(scene.t)]), Act(run))


async def postpone(scene: Scene, _organisation_id: str) -> Turn:
    """Later: the question comes again by itself."""
    words = scene.t("That is fine. The question comes again in some months.")
    return scene.end(scene.replies.message([Piece(Kind.TEXT, words)], [mine_button(scene.t)]))


async def begin_change(scene: Scene, organisation_id: str) -> Turn:
    """Ask for the new text."""
    if await find_speaker(scene, organisation_id) is None:
        return not_an_ambassador(scene)
    t = scene.t
    pieces = [
        Piece(Kind.TEXT, t("Write in one message who you are and what you do. Everybody can read it.")),
        Piece(Kind.NOTE, t("It is shown in {language} as your own words.", language=languages.name(t.language))),
        Piece(Kind.NOTE, t("For links, districts and other languages, write to the municipality.")),
    ]

    async def run(session: AsyncSession, person: Person, at: datetime) -> None:
        await open_form(session, person.id, FORM, {"organisation": organisation_id}, at=at)

    message = scene.replies.message(pieces, [Button(t("Cancel"), f"own:{organisation_id}")])
    return scene.say(message, Act(run))


async def hear_entry(scene: Scene, text: str) -> Turn:
    """The new text. What cannot be kept is said, and the form waits on."""
    organisation_id = scene.form.filled["organisation"] if scene.form else ""
    ambassador = await find_speaker(scene, organisation_id)
    if ambassador is None:
        return not_an_ambassador(scene)
    t, text = scene.t, text.strip()
    cancel = Button(t("Cancel"), f"own:{organisation_id}")
    remarks = scene.replies.secrets(scene.message.secrets)
    if remarks or HIDDEN in text or not any(letter.isalpha() for letter in text):
        words = Piece(Kind.TEXT, t("Please write it in words."))
        return scene.say(scene.replies.message([*remarks, words], [cancel]))
    if check_text("about", text, most=LONGEST_ABOUT):
        words = Piece(
            Kind.TEXT, t("Please write it shorter, as plain text: at most {most} letters.", most=LONGEST_ABOUT)
        )
        return scene.say(scene.replies.message([words], [cancel]))
    by, today, language = By(ambassador_id=ambassador.id), scene.replies.today, t.language

    async def run(session: AsyncSession, person: Person, at: datetime) -> None:
        await describe(session, organisation_id, language, text, by=by, at=at, today=today)
        await close_form(session, person.id)

    pieces = [Piece(Kind.LABEL, t("This is what everybody reads now:")), Piece(Kind.TEXT, text)]
    again = Button(t("Write it again"), f"entry_change:{organisation_id}")
    return scene.say(scene.replies.message(pieces, [again, mine_button(t)]), Act(run))


def ask_to_confirm(replies: Replies, about: Mapping[str, str]) -> OutgoingMessage:
    """The question of once a year."""
    t, name = replies.t, isolated(about["name"], replies.t)
    words = t("Is what we say about {organisation} still right?", organisation=name)
    see = Button(t("See what it says"), f"entry:{about['organisation']}")
    return replies.message([Piece(Kind.TEXT, words)], [see, *_entry_buttons(about["organisation"], t)])


def _entry_buttons(organisation_id: str, t: Translator) -> list[Button]:
    return [
        Button(t("Yes, it is right"), f"entry_yes:{organisation_id}"),
        Button(t("Change it"), f"entry_change:{organisation_id}"),
        Button(t("Later"), f"entry_later:{organisation_id}"),
    ]


ACTIONS: Mapping[str, Handler] = {
    "entry": show_entry,
    "entry_yes": confirm,
    "entry_later": postpone,
    "entry_change": begin_change,
}
FORMS: Mapping[str, Handler] = {FORM: hear_entry}
DIRECT = {"confirm_entry": ask_to_confirm}

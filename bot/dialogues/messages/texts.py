"""An ambassador writes the text of a message: first in one language, then in others, or once more."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy.ext.asyncio import AsyncSession

from bot.dialogues.messages.drafts import HERE, Own, find_own, fixed, goes_on, lost, may_change
from bot.dialogues.messages.issues import word_issue
from bot.dialogues.scene import Scene
from bot.dialogues.speakers import find_speaker, not_an_ambassador
from bot.forms import open_form
from bot.situation import Act
from bot.turn import Turn
from broadcasts.announcements.checks import Text, inspect_text
from broadcasts.announcements.composing import begin, set_text
from broadcasts.announcements.records import Kind
from broadcasts.organisations.by import By
from core import languages
from core.i18n import Translator
from core.messages import Button, Piece
from core.messages import Kind as Look
from core.people import Person

FORM = "message_text"
LONGEST_FIRST_LINE = 60  # characters of a message in one line that become its title
# What a kind needs beside its text; the question follows the text at once, in this form.
ASKED_NEXT = {
    Kind.EVENT: "message_moment",
    Kind.COURSE: "message_moment",
    Kind.DEADLINE: "message_deadline",
}


@dataclass(frozen=True, slots=True)
class Written:
    """A text as it was typed: the first line is the title."""

    title: str
    body: str


def read_text(typed: str) -> Written:
    """The title and the rest. Of one long line the beginning is the title, and all of it the body."""
    first, _, rest = typed.strip().partition("\n")
    if rest.strip():
        return Written(first.strip(), rest.strip())
    if len(first) <= LONGEST_FIRST_LINE:
        return Written(first.strip(), first.strip())
    cut = first.rfind(" ", 0, LONGEST_FIRST_LINE)
    return Written(first[: cut if cut > 0 else LONGEST_FIRST_LINE].rstrip(" .,;:") + " …", first.strip())


def ask_for_text(scene: Scene, kind: Kind, organisation_id: str) -> Turn:
    """The first step after the kind: write, in the language that this person reads."""
    language = scene.situation.language
    asked = goes_on(FORM, organisation=organisation_id, kind=kind, language=language)
    other = Button(scene.t("Write in another language"), f"draft:{HERE}:languages")
    buttons = [other, Button(scene.t("Cancel"), f"sent:{organisation_id}")]
    return scene.say(scene.replies.message(_ask(language, scene.t), buttons), asked)


async def write_in(scene: Scene, own: Own | None, language: str) -> Turn:
    """Write a text in this language: a new one, or another one in place of what stands."""
    if language not in languages.NAMES:
        return lost(scene)
    form, t = scene.form, scene.t
    if own is None:  # nothing is saved yet
        if form is None or form.name != FORM:
            return lost(scene)
        asked = goes_on(FORM, **{**form.filled, "language": language})
        back = Button(t("Cancel"), f"sent:{form.filled.get('organisation', '')}")
    else:
        asked = goes_on(FORM, broadcast=str(own.row.id), language=language)
        back = Button(t("Back"), own.step(""))
    return scene.say(scene.replies.message(_ask(language, t), [back]), asked)


async def choose_language(scene: Scene, own: Own | None) -> Turn:
    """All languages, those without a text first."""
    there = own.texts if own else {}
    reference = str(own.row.id) if own else HERE
    codes = sorted(languages.NAMES, key=lambda code: code in there)
    buttons = [Button(languages.name(code), f"draft:{reference}:write:{code}") for code in codes]
    asked = scene.replies.message([Piece(Look.TEXT, scene.t("In which language do you want to write?"))], buttons)
    return scene.say(asked)


async def hear_text(scene: Scene, typed: str) -> Turn | None:
    """What was typed is the text; it is said back, so that a question asked here by mistake is seen."""
    form, t = scene.form, scene.t
    if form is None:
        return None
    own = await find_own(scene, HERE) if "broadcast" in form.filled else None
    organisation_id = own.organisation_id if own else form.filled.get("organisation", "")
    speaker = own.ambassador if own else await find_speaker(scene, organisation_id)
    if speaker is None:
        return lost(scene) if "broadcast" in form.filled else not_an_ambassador(scene)
    if own is not None and not await may_change(scene, own):
        return fixed(scene, own)
    written, language = read_text(typed), form.filled["language"]
    if wrong := _problems(scene, written, language):
        cancel = Button(t("Cancel"), own.step("") if own else f"sent:{organisation_id}")
        return scene.say(scene.replies.message(wrong, [cancel]))
    kind = Kind(own.row.kind if own else form.filled["kind"])
    by = By(ambassador_id=speaker.id)
    if own is None:
        first = Beginning(organisation_id, kind, language, scene.replies.catalogue.zone)
        saved = _begin(first, written, by)
    else:
        saved = _keep(own.row.id, language, written, by)
    pieces = [Piece(Look.NOTE, t("This is what I understood:")), *_said_back(written, language)]
    buttons = [
        Button(t("Go on"), f"draft:{HERE}:"),
        Button(t("Write it again"), f"draft:{HERE}:write:{language}"),
        Button(t("Throw it away"), f"draft:{HERE}:drop"),
    ]
    if own is None and kind in ASKED_NEXT:
        pieces.append(Piece(Look.LABEL, _question_after(kind, t)))
    return scene.say(scene.replies.message(pieces, buttons), saved)


@dataclass(frozen=True, slots=True)
class Beginning:
    """What a message begins with."""

    organisation_id: str
    kind: Kind
    language: str
    zone: str


def _begin(first: Beginning, written: Written, by: By) -> Act:
    async def run(session: AsyncSession, person: Person, at: datetime) -> None:
        begun = await begin(
            session,
            organisation_id=first.organisation_id,
            kind=first.kind,
            source_language=first.language,
            by=by,
            zone=first.zone,
            at=at,
        )
        await set_text(session, begun.id, first.language, title=written.title, body=written.body, by=by, at=at)
        following = ASKED_NEXT.get(first.kind, "message")
        await open_form(session, person.id, following, {"broadcast": str(begun.id)}, at=at)

    return Act(run)


def _keep(broadcast_id: int, language: str, written: Written, by: By) -> Act:
    async def run(session: AsyncSession, person: Person, at: datetime) -> None:
        await set_text(session, broadcast_id, language, title=written.title, body=written.body, by=by, at=at)
        await open_form(session, person.id, "message", {"broadcast": str(broadcast_id)}, at=at)

    return Act(run)


def _ask(language: str, t: Translator) -> list[Piece]:
    return [
        Piece(Look.TEXT, t("Write your message now, in this language: {language}.", language=languages.name(language))),
        Piece(Look.NOTE, t("The first line becomes the title. Nothing is sent before you say so.")),
    ]


def _question_after(kind: Kind, t: Translator) -> str:
    if kind is Kind.DEADLINE:
        return t("Which day is the deadline? Write it, for example: 1.12.")
    return t("When is it? Write day and time, for example: 12.12. 18:00-20:00")


def _said_back(written: Written, language: str) -> list[Piece]:
    body = [] if written.body == written.title else written.body.split("\n\n")
    return [
        Piece(Look.TITLE, written.title, language=language),
        *(Piece(Look.TEXT, part, language=language) for part in body if part.strip()),
    ]


def _problems(scene: Scene, written: Written, language: str) -> list[Piece]:
    """Why this text cannot be kept, in words; nothing if it can."""
    t = scene.t
    if notes := scene.replies.secrets(scene.message.secrets):
        return [*notes, Piece(Look.TEXT, t("Nothing is saved. Write it again without it."))]
    if not any(letter.isalnum() for letter in written.title):
        return [Piece(Look.TEXT, t("I see no words. Write the message again."))]
    found = [word_issue(issue, t) for issue in inspect_text(language, Text(written.title, written.body))]
    if not found:
        return []
    return [*(Piece(Look.ITEM, words) for words in dict.fromkeys(found)), Piece(Look.TEXT, t("Write it again"))]

"""An ambassador passes a vetted answer on to members, with its source and date, and own words if they like.

tell:ANSWER            the button below an answer, for ambassadors only
tell_to:ORGANISATION   for which organisation; the answer stands in the open form
"""

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime

from sqlalchemy.ext.asyncio import AsyncSession

from bot.dialogues.buttons import menu_button
from bot.dialogues.messages.drafts import HERE, goes_on, lost
from bot.dialogues.scene import Handler, Scene
from bot.dialogues.speakers import find_speaker, not_an_ambassador
from bot.forms import open_form
from bot.situation import Act
from bot.turn import Outcome, Turn
from broadcasts.announcements.checks import Text, forbids_saving, inspect_text
from broadcasts.announcements.sharing import SharedAnswer, SharedText, share_answer
from broadcasts.organisations.ambassadors import list_for_person
from broadcasts.organisations.by import By
from broadcasts.organisations.keeping import get_organisation
from broadcasts.organisations.records import Ambassador
from content.shareable import is_shareable, shareable_texts
from core.messages import Button, Piece
from core.messages import Kind as Look
from core.people import Person

FORM = "tell"


def offer_sharing(scene: Scene, turn: Turn) -> Turn:
    """Below an answer that may be passed on: a button, for those who speak for an organisation."""
    answer = scene.replies.catalogue.answers.get(turn.answer_id or "")
    if turn.outcome is not Outcome.ANSWER or answer is None or not is_shareable(answer, scene.replies.today):
        return turn
    button = Button(scene.t("Send this to members"), f"tell:{answer.id}")
    return replace(turn, message=replace(turn.message, buttons=(*turn.message.buttons, button)))


async def tell(scene: Scene, answer_id: str) -> Turn | None:
    """For which organisation? Asked only of those who speak for several."""
    speaking = await list_for_person(scene.session, scene.person_id) if scene.person_id is not None else []
    if not speaking:
        return not_an_ambassador(scene)
    if len(speaking) == 1:
        return await _share(scene, speaking[0], answer_id)
    named = [await get_organisation(scene.session, one.organisation_id) for one in speaking]
    buttons = [Button(organisation.name, f"tell_to:{organisation.id}") for organisation in named]
    ask = Piece(Look.TEXT, scene.t("To the members of which organisation?"))
    return scene.say(scene.replies.message([ask], buttons), goes_on(FORM, answer=answer_id))


async def tell_to(scene: Scene, organisation_id: str) -> Turn | None:
    """The organisation was chosen."""
    speaker = await find_speaker(scene, organisation_id)
    if speaker is None:
        return not_an_ambassador(scene)
    if scene.form is None or scene.form.name != FORM:
        return lost(scene)
    return await _share(scene, speaker, scene.form.filled["answer"])


async def _share(scene: Scene, speaker: Ambassador, answer_id: str) -> Turn:
    """The draft with the texts of the answer in all its languages."""
    t, catalogue, language = scene.t, scene.replies.catalogue, scene.situation.language
    answer = catalogue.answers.get(answer_id)
    if answer is None or not is_shareable(answer, scene.replies.today):
        return scene.say(scene.replies.gone())
    shared = _texts(scene, answer_id)
    if not shared.texts:
        words = t("This answer is too long to send. Send a link to it instead.")
        return scene.say(scene.replies.message([Piece(Look.TEXT, words)], [menu_button(t)]))
    by, zone, organisation_id = By(ambassador_id=speaker.id), catalogue.zone, speaker.organisation_id

    async def run(session: AsyncSession, person: Person, at: datetime) -> None:
        made = await share_answer(
            session, organisation_id, shared, source_language=language, by=by, zone=zone, at=at
        )  # fmt: skip
        await open_form(session, person.id, "message", {"broadcast": str(made.id)}, at=at)

    best = language if language in shared.texts else next(iter(shared.texts))
    text = shared.texts[best]
    pieces = [
        Piece(Look.NOTE, t("Members get this text, with its source and date:")),
        Piece(Look.TITLE, text.title, language=best),
        *(Piece(Look.TEXT, part, language=best) for part in text.body.split("\n\n")),
    ]
    buttons = [
        Button(t("Go on"), f"draft:{HERE}:"),
        Button(t("Add own words"), f"draft:{HERE}:comment"),
        Button(t("Throw it away"), f"draft:{HERE}:drop"),
    ]
    return scene.say(scene.replies.message(pieces, buttons), Act(run))


def _texts(scene: Scene, answer_id: str) -> SharedAnswer:
    """In every language in which it is short enough; the others get the next best language, or nothing."""
    found = shareable_texts(scene.replies.catalogue, answer_id, scene.t.sibling)
    texts = {
        code: SharedText(one.title, one.body, one.text_hash, one.is_machine)
        for code, one in found.items()
        if not forbids_saving(inspect_text(code, Text(one.title, one.body)))
    }
    return SharedAnswer(answer_id, texts)


ACTIONS: Mapping[str, Handler] = {"tell": tell, "tell_to": tell_to}
FORMS: Mapping[str, Handler] = {}

"""Which dialogue a message belongs to.

A button: its action's name decides. A text: what comes first in every conversation (danger, stop, forget me) goes on to
it; then the form that is open; then those who listen to any text (somebody types the code of an organisation).
"""

from collections.abc import Mapping
from dataclasses import replace

from sqlalchemy.ext.asyncio import AsyncSession

from bot.conversation import Conversation
from bot.dialogues import ambassadors, announcing, briefing, composing, directory, groups, joining, memberships, voices
from bot.dialogues.scene import Addition, Handler, Scene
from bot.forms import close_form, find_form
from bot.phrases import Intent
from bot.situation import Act, Situation
from bot.turn import Turn
from core.messages import IncomingMessage, Said
from core.people import Person

DIALOGUES = (ambassadors, announcing, briefing, composing, directory, groups, joining, memberships, voices)
ACTIONS: Mapping[str, Handler] = {name: do for one in DIALOGUES for name, do in one.ACTIONS.items()}
FORMS: Mapping[str, Handler] = {name: do for one in DIALOGUES for name, do in one.FORMS.items()}
LISTENERS: tuple[Handler, ...] = ()
ADDITIONS: Mapping[Intent, tuple[Addition, ...]] = {}


async def listen(
    session: AsyncSession, message: IncomingMessage, situation: Situation, conversation: Conversation
) -> Turn | None:
    """The turn of the dialogue that this message belongs to; None when it belongs to none."""
    scene = await _scene(session, message, situation, conversation)
    match message.said:
        case Said.BUTTON:
            name, _, value = message.text.partition(":")
            turn = await ACTIONS[name](scene, value) if name in ACTIONS else None
        case Said.TEXT:
            turn = await _hear(scene)
        case Said.OTHER:
            turn = None
    return turn


async def add(
    session: AsyncSession, message: IncomingMessage, situation: Situation, conversation: Conversation, turn: Turn
) -> Turn:
    """The conversation's own turn with what dialogues add to it. A button that is no form's closes the open form."""
    additions = ADDITIONS.get(turn.intent, ()) if turn.intent else ()
    if message.said is not Said.BUTTON and not additions:
        return turn
    scene = await _scene(session, message, situation, conversation)
    for addition in additions:
        turn = await addition(scene, turn)
    return replace(turn, effects=(*turn.effects, Act(_close))) if scene.form else turn


async def _hear(scene: Scene) -> Turn | None:
    if scene.conversation.comes_first(scene.message.text):
        return None
    if scene.form is not None and scene.form.name in FORMS:
        return await FORMS[scene.form.name](scene, scene.message.text)
    for listener in LISTENERS:
        if turn := await listener(scene, scene.message.text):
            return turn
    return None


async def _scene(
    session: AsyncSession, message: IncomingMessage, situation: Situation, conversation: Conversation
) -> Scene:
    about = situation.about
    form = await find_form(session, about.id, at=situation.at) if about else None
    return Scene(session, message, situation, conversation, conversation.replies(situation), form)


async def _close(session: AsyncSession, person: Person, _at: object) -> None:
    await close_form(session, person.id)

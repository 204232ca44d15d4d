"""Which dialogue a message belongs to.

A button: its action's name decides. A text: what comes first in every conversation (danger, stop, forget me) goes on to
it; then the form that is open; then those who listen to any text (somebody types the code of an organisation).
"""

from collections.abc import Mapping
from dataclasses import replace

from sqlalchemy.ext.asyncio import AsyncSession

from bot.conversation import BEATS_DIALOGUES, Conversation
from bot.dialogues import voices
from bot.dialogues.ambassadors import admitting, becoming, briefing, crisis, groups, resting
from bot.dialogues.members import directory, joining, memberships, opening
from bot.dialogues.messages import announcing, composing
from bot.dialogues.messages.sharing import offer_sharing
from bot.dialogues.scene import Addition, Handler, Scene, close
from bot.dialogues.stored import tell_what_is_stored
from bot.forms import Form
from bot.phrases import Intent
from bot.situation import Act, Situation
from bot.turn import Outcome, Turn
from core.messages import IncomingMessage, Said

DIALOGUES = (
    joining, memberships, directory, opening,
    becoming, admitting, briefing, groups, crisis, resting,
    composing, announcing,
    voices,
)  # fmt: skip
ACTIONS: Mapping[str, Handler] = {name: do for one in DIALOGUES for name, do in one.ACTIONS.items()}
FORMS: Mapping[str, Handler] = {name: do for one in DIALOGUES for name, do in one.FORMS.items()}
FORM_HOMES = {name: one for one in DIALOGUES for name in one.FORMS}
LISTENERS: tuple[Handler, ...] = (joining.hear_code, memberships.hear_name)
ADDITIONS: Mapping[Intent, tuple[Addition, ...]] = {
    Intent.STOP: (memberships.after_stop,),
    Intent.MY_DATA: (tell_what_is_stored,),
}


async def listen(
    session: AsyncSession,
    message: IncomingMessage,
    situation: Situation,
    conversation: Conversation,
    *,
    form: Form | None,
) -> Turn | None:
    """The turn of the dialogue that this message belongs to; None when it belongs to none. ``form``: the open one."""
    scene = Scene(session, message, situation, conversation, conversation.replies(situation), form)
    match message.said:
        case Said.BUTTON:
            name, _, value = message.text.partition(":")
            turn = await ACTIONS[name](scene, value) if name in ACTIONS else None
            if turn is not None and _is_of_another(name, scene):
                turn = replace(turn, effects=(Act(close), *turn.effects))
        case Said.TEXT:
            turn = await _hear(scene)
        case Said.OTHER:
            turn = None
    return turn


async def add(
    session: AsyncSession,
    message: IncomingMessage,
    situation: Situation,
    conversation: Conversation,
    turn: Turn,
    *,
    form: Form | None,
    is_speaker: bool,
) -> Turn:
    """The conversation's own turn with what dialogues add to it.

    A button that is no form's closes the open form, and so does what beats it: after words of danger the next are no
    nickname, and after "forget me" a "yes" is one to that.
    """
    if turn.outcome is Outcome.ANSWER and is_speaker:
        bare = Scene(session, message, situation, conversation, conversation.replies(situation), None)
        turn = offer_sharing(bare, turn)
    additions = ADDITIONS.get(turn.intent, ()) if turn.intent else ()
    beats_forms = turn.outcome is Outcome.SAFETY or turn.intent in BEATS_DIALOGUES
    if message.said is not Said.BUTTON and not additions and not beats_forms:
        return turn
    scene = Scene(session, message, situation, conversation, conversation.replies(situation), form)
    for addition in additions:
        turn = await addition(scene, turn)
    return replace(turn, effects=(*turn.effects, Act(close))) if scene.form else turn


async def _hear(scene: Scene) -> Turn | None:
    """Danger is looked for here only when a dialogue would take the text: the conversation looks for itself."""
    text, form = scene.message.text, scene.form
    if form is not None and form.name in FORMS:
        return None if scene.conversation.comes_first(text) else await FORMS[form.name](scene, text)
    for listener in LISTENERS:
        if turn := await listener(scene, text):
            return None if scene.conversation.comes_first(text) else turn
    return None


def _is_of_another(action: str, scene: Scene) -> bool:
    """Whether the open form waits for a text of another dialogue: somebody went on to something else."""
    waiting = FORM_HOMES.get(scene.form.name) if scene.form else None
    return waiting is not None and action not in waiting.ACTIONS

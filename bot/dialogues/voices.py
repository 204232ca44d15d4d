"""What members say upwards: replies, "this does not fit us", and their answers."""

from collections.abc import Mapping

from bot.dialogues.ambassadors import heard
from bot.dialogues.members import speaking
from bot.dialogues.scene import Handler

ACTIONS: Mapping[str, Handler] = {**speaking.ACTIONS, **heard.ACTIONS}
FORMS: Mapping[str, Handler] = {**speaking.FORMS, **heard.FORMS}
DIRECT = heard.DIRECT

"""An ambassador reads what staff propose, comments, and decides."""

from collections.abc import Mapping

from bot.dialogues.scene import Handler

ACTIONS: Mapping[str, Handler] = {}
FORMS: Mapping[str, Handler] = {}

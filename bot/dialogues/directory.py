"""The directory of organisations, for everybody."""

from collections.abc import Mapping

from bot.dialogues.scene import Handler

ACTIONS: Mapping[str, Handler] = {}
FORMS: Mapping[str, Handler] = {}

"""My organisations: what I get, topics to mute, leaving one or all."""

from collections.abc import Mapping

from bot.dialogues.scene import Handler

ACTIONS: Mapping[str, Handler] = {}
FORMS: Mapping[str, Handler] = {}

"""Connecting a Telegram group or channel with an organisation."""

from collections.abc import Mapping

from bot.dialogues.scene import Handler

ACTIONS: Mapping[str, Handler] = {}
FORMS: Mapping[str, Handler] = {}

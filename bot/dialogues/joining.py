"""Joining an organisation, from a link, a poster or a typed code."""

from collections.abc import Mapping

from bot.dialogues.scene import Handler

ACTIONS: Mapping[str, Handler] = {}
FORMS: Mapping[str, Handler] = {}

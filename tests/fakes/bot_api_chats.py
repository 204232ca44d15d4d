"""Which chats a bot may write to, as Telegram knows them from what happened there."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

NOT_FOUND = "Bad Request: chat not found"


@dataclass(slots=True)
class Chats:
    """A bot may only write to people who wrote to it, and to groups that it was added to."""

    knows_anybody: bool = False
    _known: dict[int, Mapping[str, Any]] = field(default_factory=dict)
    _closed: dict[int, str] = field(default_factory=dict)  # and Telegram's words for it

    def learn(self, update: object) -> None:
        """What an update says about its chats."""
        for chat in chats_of(update):
            self._known[chat["id"]] = chat
        if isinstance(update, dict) and isinstance(member := update.get("my_chat_member"), dict):
            for chat in chats_of({"my_chat_member": member}):
                self._note_membership(chat, (member.get("new_chat_member") or {}).get("status"))

    def leave(self, chat: int) -> None:
        """The bot itself leaves a group."""
        self._closed[chat] = f"bot is not a member of the {self.shown(chat)['type']} chat"

    def problem(self, chat: int) -> tuple[int, str] | None:
        """Why nothing can be sent there: a status and Telegram's words."""
        if words := self._closed.get(chat):
            return 403, f"Forbidden: {words}"
        return None if self.knows_anybody or chat in self._known else (400, NOT_FOUND)

    def shown(self, chat: int) -> Mapping[str, Any]:
        """The chat as it came in its updates."""
        return self._known.get(chat, {"id": chat, "type": "private" if chat > 0 else "supergroup"})

    def _note_membership(self, chat: Mapping[str, Any], status: object) -> None:
        kind = chat.get("type")
        if kind == "private" and status == "kicked":
            self._closed[chat["id"]] = "bot was blocked by the user"
        elif kind != "private" and status == "kicked":
            self._closed[chat["id"]] = f"bot was kicked from the {kind} chat"
        elif kind != "private" and status == "left":
            self._closed[chat["id"]] = f"bot is not a member of the {kind} chat"
        else:
            self._closed.pop(chat["id"], None)


def chats_of(update: object) -> list[Mapping[str, Any]]:
    """The chats that an update is about, as it describes them."""
    if not isinstance(update, dict):
        return []
    found = []
    for happening in update.values():
        if isinstance(happening, dict):
            for holder in (happening, happening.get("message")):
                chat = holder.get("chat") if isinstance(holder, dict) else None
                if isinstance(chat, dict) and isinstance(chat.get("id"), int):
                    found.append(chat)
    return found

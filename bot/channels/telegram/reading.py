"""Turns Telegram's updates, as raw JSON, into messages that belong to no channel. Pure.

Telegram sends many kinds of updates and adds new ones; what is not a private message, a pressed button, or news of
where the bot may write is passed over in silence: messages in groups, edits, channel posts, polls, and whatever will
be invented.
https://core.telegram.org/bots/api#update
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from bot.channels.telegram.commands import ACTIONS
from core.messages import IncomingMessage, Said
from core.private_numbers import take_out

CHANNEL = "telegram"
LARGEST_NUMBER = 2**63 - 1  # what a database takes; Telegram's own numbers have at most 52 bits
LONGEST_CALLBACK_ID = 26  # Telegram's have up to 20 digits; sealed it must fit into its column
LONGEST_TITLE = 200
GROUPS = ("group", "supergroup", "channel")
LINKS = ("join", "ambassador", "open")  # what a link to the bot may begin
Json = Mapping[str, object]


@dataclass(frozen=True, slots=True)
class Heard:
    """A message, and the button press to acknowledge."""

    message: IncomingMessage
    callback_id: str | None = None


@dataclass(frozen=True, slots=True)
class Blocked:
    """The person blocked the bot or came back (my_chat_member)."""

    address: str
    is_blocked: bool


@dataclass(frozen=True, slots=True)
class InGroup:
    """The bot was added to a group or channel, or taken out of it; or what it may do there was changed."""

    address: str
    title: str
    may_write: bool
    by: str  # the address of who did it


Received = Heard | Blocked | InGroup


def read(update: Json, *, at: datetime) -> Received | None:
    """What this update says to us; None for everything that is passed over in silence."""
    if message := _mapping(update, "message"):
        return _message(message, at)
    if callback := _mapping(update, "callback_query"):
        return _button(callback, at)
    if member := _mapping(update, "my_chat_member"):
        return _member(member)
    return None


def _message(message: Json, at: datetime) -> Heard | None:
    chat, sender = _mapping(message, "chat"), _mapping(message, "from")
    if not _is_private(chat) or sender.get("is_bot"):
        return None
    text = message.get("text") or message.get("caption")
    address, language = str(chat["id"]), _text(sender, "language_code")
    if not isinstance(text, str):
        return Heard(IncomingMessage(CHANNEL, address, Said.OTHER, at, app_language=language))
    if action := _command(text):
        return Heard(IncomingMessage(CHANNEL, address, Said.BUTTON, at, text=action, app_language=language))
    cleaned, secrets = take_out(_without_controls(text.removeprefix("/")))
    return Heard(IncomingMessage(CHANNEL, address, Said.TEXT, at, text=cleaned, app_language=language, secrets=secrets))


def _button(callback: Json, at: datetime) -> Heard | None:
    sender = _mapping(callback, "from")
    # An old or inline message may be missing; a private chat has the person's own number.
    chat = _mapping(_mapping(callback, "message"), "chat") or {"id": sender.get("id"), "type": "private"}
    callback_id, data = callback.get("id"), callback.get("data")
    if not _is_private(chat) or not isinstance(callback_id, str) or not isinstance(data, str):
        return None
    message = IncomingMessage(
        CHANNEL,
        str(chat["id"]),
        Said.BUTTON,
        at,
        text=_without_controls(data[:64]),
        app_language=_text(sender, "language_code"),
    )
    return Heard(message, _without_controls(callback_id) if len(callback_id) <= LONGEST_CALLBACK_ID else None)


def _member(member: Json) -> Blocked | InGroup | None:
    chat, ours = _mapping(member, "chat"), _mapping(member, "new_chat_member")
    if chat.get("type") in GROUPS and _is_number(chat.get("id")):
        title, by = chat.get("title"), _mapping(member, "from").get("id")
        shown = _without_controls(title[:LONGEST_TITLE]) if isinstance(title, str) else ""
        who = str(by) if _is_number(by) else ""
        return InGroup(str(chat["id"]), shown, may_write=_may_write(ours, is_channel=chat["type"] == "channel"), by=who)
    if not _is_private(chat):
        return None
    return Blocked(str(chat["id"]), is_blocked=ours.get("status") in ("kicked", "left"))


def _may_write(ours: Json, *, is_channel: bool) -> bool:
    """Whether the bot may write there (https://core.telegram.org/bots/api#chatmember)."""
    match ours.get("status"):
        case "administrator":
            return not is_channel or ours.get("can_post_messages") is True
        case "member":
            return not is_channel
        case "restricted":
            return ours.get("can_send_messages") is True
        case _:
            return False


def update_number(update: Json) -> int | None:
    """The update's own number; without a proper one it cannot be told from the others."""
    number = update.get("update_id")
    return number if _is_number(number) and isinstance(number, int) else None


def _command(text: str) -> str | None:
    """The action of a command such as /menu or /menu@our_bot; an unknown command is the menu.

    One word may follow: Telegram's links come as /start join_ABCD2345, which is the action join:ABCD2345
    (https://core.telegram.org/bots/features#deep-linking). With more it is a question, or a cry for help.
    """
    words = text[1:].split()
    if not text.startswith("/") or len(words) > 2:
        return None
    name = words[0].split("@", 1)[0].lower() if words else ""
    topic, _, value = words[1].partition("_") if len(words) == 2 else ("", "", "")
    if name == "start" and topic in LINKS and value:
        return f"{topic}:{value}"
    return ACTIONS.get(name, "menu")


def _is_private(chat: Json) -> bool:
    return chat.get("type") == "private" and _is_number(chat.get("id"))


def _is_number(value: object) -> bool:
    return isinstance(value, int) and not isinstance(value, bool) and abs(value) <= LARGEST_NUMBER


def _mapping(values: Json, key: str) -> Json:
    value = values.get(key)
    return value if isinstance(value, dict) else {}


def _text(values: Json, key: str) -> str | None:
    value = values.get(key)
    return _without_controls(value[:20]) if isinstance(value, str) else None


def _without_controls(text: str) -> str:
    """Without characters that a database or a screen cannot take: controls, and halves of a character."""
    return "".join(c for c in text if c in "\n\t" or c.isprintable() or c.isspace() or _is_whole(c))


def _is_whole(character: str) -> bool:
    return ord(character) > 0x7F and not "\ud800" <= character <= "\udfff"

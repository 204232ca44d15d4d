"""Updates as Telegram sends them. In private chats a person's number is their chat's number."""

from typing import Any

MONDAY_9AM = 1_795_420_800  # 23 November 2026, nine o'clock in Oslo
Update = dict[str, Any]


def person(number: int, language: str | None = "nb") -> Update:
    """A user, with the language of their app."""
    found: Update = {"id": number, "is_bot": False, "first_name": "Chau"}
    return found | {"language_code": language} if language else found


def message(number: int, language: str | None = "nb", **content: Any) -> Update:
    """A message in a private chat; ``content`` is what it holds: text=..., sticker=..."""
    return {
        "message_id": 1,
        "date": MONDAY_9AM,
        "from": person(number, language),
        "chat": {"id": number, "type": "private", "first_name": "Chau"},
        **content,
    }


def said(number: int, text: str, language: str | None = "nb") -> Update:
    """A written message."""
    return {"message": message(number, language, text=text)}


def sent(number: int, language: str | None = "nb", **content: Any) -> Update:
    """A message with something else in it: sticker=..., voice=..., photo=..."""
    return {"message": message(number, language, **content)}


def pressed(number: int, data: str, language: str | None = "nb", *, callback_id: str = "4711") -> Update:
    """A pressed button."""
    return {
        "callback_query": {
            "id": callback_id,
            "from": person(number, language),
            "message": message(number, None, text="…"),
            "chat_instance": "1",
            "data": data,
        }
    }


def membership(number: int, status: str) -> Update:
    """The person blocked the bot ('kicked') or took it back ('member')."""
    chat = {"id": number, "type": "private", "first_name": "Chau"}
    return in_group(chat, number, status, before="member" if status == "kicked" else "kicked")


def group(number: int, kind: str = "supergroup", title: str = "Kvinnegruppa") -> Update:
    """A group or channel; their numbers are below zero."""
    return {"id": number, "type": kind, "title": title}


def in_group(chat: Update, by: int, status: str, *, before: str = "left") -> Update:
    """What the bot is in a group from now on: 'member', 'administrator', 'left', 'kicked'; somebody did that."""
    return {
        "my_chat_member": {
            "chat": chat,
            "from": person(by),
            "date": MONDAY_9AM,
            "old_chat_member": _standing(before),
            "new_chat_member": _standing(status),
        }
    }


def said_in_group(chat: Update, by: int, text: str) -> Update:
    """Somebody writes in a group; in a channel it is the channel itself that writes."""
    written: Update = {"message_id": 1, "date": MONDAY_9AM, "chat": chat, "text": text}
    if chat["type"] == "channel":
        return {"channel_post": written}
    return {"message": {"from": person(by), **written}}


def _standing(status: str) -> Update:
    found: Update = {"status": status, "user": {"id": 123456, "is_bot": True, "first_name": "Brobygger"}}
    if status == "kicked":
        found["until_date"] = 0
    if status == "administrator":
        rights = "be_edited manage_chat delete_messages manage_video_chats restrict_members promote_members change_info"
        rights += " invite_users post_stories edit_stories delete_stories post_messages"
        found |= {"is_anonymous": False} | {f"can_{right}": True for right in rights.split()}
    return found


STICKER = {
    "file_id": "s1", "file_unique_id": "s1", "type": "regular", "width": 512, "height": 512, "is_animated": False,
    "is_video": False,
}  # fmt: skip
PHOTO = [{"file_id": "p1", "file_unique_id": "p1", "width": 90, "height": 90}]
VOICE = {"file_id": "v1", "file_unique_id": "v1", "duration": 3}

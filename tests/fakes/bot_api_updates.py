"""Updates as Telegram sends them, for private chats; a person's number is their chat's number."""

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
    bot = {"id": 123456, "is_bot": True, "first_name": "Brobygger"}
    old = {"status": "member" if status == "kicked" else "kicked", "user": bot}
    new = {"status": status, "user": bot}
    for one in (old, new):
        if one["status"] == "kicked":
            one["until_date"] = 0
    return {
        "my_chat_member": {
            "chat": {"id": number, "type": "private", "first_name": "Chau"},
            "from": person(number),
            "date": MONDAY_9AM,
            "old_chat_member": old,
            "new_chat_member": new,
        }
    }


STICKER = {
    "file_id": "s1", "file_unique_id": "s1", "type": "regular", "width": 512, "height": 512, "is_animated": False,
    "is_video": False,
}  # fmt: skip
PHOTO = [{"file_id": "p1", "file_unique_id": "p1", "width": 90, "height": 90}]
VOICE = {"file_id": "v1", "file_unique_id": "v1", "duration": 3}

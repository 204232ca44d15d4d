"""What can go wrong between a bot and Telegram, on order."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

FOREVER = -1
ANY = "*"  # method


@dataclass(slots=True)
class Fault:
    """Happens to the next ``times`` calls of a method, or of ANY (to one chat, when it is given), then is over."""

    method: str = "sendMessage"
    chat: int | None = None
    times: int = 1
    let_pass: int = 0  # so many calls go well first
    status: int = 0  # 0: the call itself goes well
    description: str = ""
    parameters: Mapping[str, Any] = field(default_factory=dict)
    cut: str = ""  # reset the connection "before" the call is taken, or "after" it
    seconds_before: float = 0  # to wait before the call is taken
    seconds_after: float = 0  # to wait between taking it and answering
    body: str = ""  # instead of a proper answer
    is_for_whole_bot: bool = False  # of a 429: messages to all chats are refused until the time is over
    is_doubled: bool = False  # the answer is written twice

    def concerns(self, method: str, chat: object) -> bool:
        """Whether it may happen to this call."""
        return self.times != 0 and self.method in (method, ANY) and self.chat in (None, chat)

    def strikes(self) -> bool:
        """Count one call that it concerns; whether it happens to this one."""
        if self.let_pass > 0:
            self.let_pass -= 1
            return False
        self.times -= 1 if self.times > 0 else 0
        return True


def too_many_requests(retry_after: int, **more: Any) -> Fault:
    """429: wait so many seconds."""
    description = f"Too Many Requests: retry after {retry_after}"
    return Fault(status=429, description=description, parameters={"retry_after": retry_after}, **more)


def blocked(**more: Any) -> Fault:
    """403: the person has blocked the bot."""
    return Fault(status=403, description="Forbidden: bot was blocked by the user", **more)


def deactivated(**more: Any) -> Fault:
    """403: the account is gone."""
    return Fault(status=403, description="Forbidden: user is deactivated", **more)


def bad_request(what: str, **more: Any) -> Fault:
    """400."""
    return Fault(status=400, description=f"Bad Request: {what}", **more)


def server_error(status: int = 502, **more: Any) -> Fault:
    """5xx, with a page of HTML as proxies send it."""
    return Fault(status=status, body="<html><title>Bad Gateway</title></html>", **more)


def cut_before(**more: Any) -> Fault:
    """The connection is reset; nothing was taken."""
    return Fault(cut="before", **more)


def cut_after(**more: Any) -> Fault:
    """The connection is reset after the call was taken: the caller cannot know."""
    return Fault(cut="after", **more)


def slow(*, before: float = 0, after: float = 0, **more: Any) -> Fault:
    """The answer is long in coming."""
    return Fault(seconds_before=before, seconds_after=after, **more)


def doubled(**more: Any) -> Fault:
    """The answer comes twice on one connection."""
    return Fault(is_doubled=True, **more)


def moved(to: int, **more: Any) -> Fault:
    """400: the group has become a supergroup, with another number."""
    description = "Bad Request: group chat was upgraded to a supergroup chat"
    return Fault(status=400, description=description, parameters={"migrate_to_chat_id": to}, **more)

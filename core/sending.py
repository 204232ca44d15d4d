"""What can come of handing a message to a channel, in words that belong to no channel."""

from dataclasses import dataclass
from datetime import timedelta


@dataclass(frozen=True, slots=True)
class SendFailed(Exception):
    """The channel did not take the message: for good (``permanent``), or try again after a while.

    ``may_have_left``: the request had left when the connection broke or the time was over; nobody knows whether the
    message was taken. Telegram has no key by which a second try would be recognised as the same.
    """

    permanent: bool
    reason: str
    retry_after: timedelta = timedelta(seconds=2)
    is_whole_account: bool = False  # all chats must wait, not this one only
    may_have_left: bool = False
    moved_to: str = ""  # a group's new address


# Why somebody cannot be reached any more: it ends their channel.
BLOCKED, DEACTIVATED, GONE = "blocked", "deactivated", "chat_not_found"
UNREACHABLE = (BLOCKED, DEACTIVATED, GONE)

"""Words the messages for one person alone: which dialogue knows the words for which kind."""

from collections.abc import Callable, Mapping

from bot.dialogues.listening import DIALOGUES
from bot.replies import Replies
from core.messages import OutgoingMessage

Wording = Callable[[Replies, Mapping[str, str]], OutgoingMessage]
WORDINGS: Mapping[str, Wording] = {
    kind: wording for one in DIALOGUES for kind, wording in getattr(one, "DIRECT", {}).items()
}


def word_direct(kind: str, about: Mapping[str, str], replies: Replies) -> OutgoingMessage:
    """The message of this kind; raises KeyError for a kind that no dialogue knows."""
    return WORDINGS[kind](replies, about)

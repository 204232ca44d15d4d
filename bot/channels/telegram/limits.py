"""How many messages of one chat are answered in a minute: who sends hundreds is told so, and then waits like anybody.

Each message of a flood would be answered one after the other, long after who wrote it has gone, and what they ask then
would stand behind it. What is for safety, and what stops or forgets, is never counted out (answering.py).
"""

import time
from collections.abc import Callable
from enum import Enum, auto

from bot.allowance import MINUTE, Allowance, Together


class Room(Enum):
    """What a message of a chat gets."""

    ANSWER = auto()
    SAY_SO = auto()  # that it is too much just now
    NONE = auto()  # they were told less than a minute ago


class ChatLimit:
    """``chat_a_minute`` 0: no limit at all."""

    def __init__(
        self,
        chat_a_minute: int = 0,
        *,
        together: Together | None = None,
        seconds: Callable[[], float] = time.monotonic,
    ) -> None:
        self._share = MINUTE / chat_a_minute if chat_a_minute else 0.0
        self._allowance = Allowance(together, seconds=seconds)

    def room(self, address: str) -> Room:
        """For one more message of this chat; an answer counts."""
        if not self._share or not self._allowance.take({f"chat {address}": self._share}):
            return Room.ANSWER
        return Room.NONE if self._allowance.take({f"told {address}": MINUTE}) else Room.SAY_SO

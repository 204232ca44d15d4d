"""How fast one process may send through one account.

Telegram: about 30 messages a second for a bot, one a second to one chat, 20 a minute to one group
(https://core.telegram.org/bots/faq#my-bot-is-hitting-limits-how-do-i-avoid-this). Broadcasts take at most ``rate`` a
second, and leave room for replies: what replies took in the last second is not there for broadcasts.
"""

import asyncio
from collections import deque
from collections.abc import Awaitable, Callable

USUAL_RATE = 25  # a second, of the 30 that Telegram allows
FOR_ALL = 30
BETWEEN_IN_CHAT, BETWEEN_IN_GROUP = 1.0, 3.0  # seconds
SHORTEST_SLEEP = 0.005


class Pace:
    """Hands out places. One for each channel account of a process; replies tell it of themselves."""

    def __init__(self, rate: int = USUAL_RATE, *, seconds: Callable[[], float] | None = None) -> None:
        self._rate = rate
        self._seconds = seconds or (lambda: asyncio.get_running_loop().time())
        self._places = 0.0
        self._counted_at: float | None = None
        self._replies: deque[float] = deque()
        self._between = 1 / (rate * 1.08)  # a little less than the rate asks for, to make good a late beat
        self._next_place = 0.0
        self._row = asyncio.Lock()
        self._next_in_chat: dict[str, float] = {}
        self.sleep: Callable[[float], Awaitable[object]] = asyncio.sleep

    @property
    def beat(self) -> float:
        """Seconds between two looks: five messages' worth, from a two-hundredth to a fifth of a second."""
        return max(0.005, min(5 / self._rate, 0.2))

    def allowed(self) -> int:
        """How many may go now. Never more than two beats' worth at once."""
        now = self._seconds()
        while self._replies and self._replies[0] <= now - 1:
            self._replies.popleft()
        room = self._rate + FOR_ALL - USUAL_RATE - len(self._replies)
        rate = max(1, min(self._rate, room))
        passed = now - self._counted_at if self._counted_at is not None else 1.0
        self._counted_at = now
        self._places = min(self._places + passed * rate, max(2.0, rate / 2.5))
        return int(self._places)

    def take(self, count: int) -> None:
        """So many go now."""
        self._places -= count

    async def wait_for_place(self) -> None:
        """Until this message may go: one after the other, evenly, so that what was held up does not all go at once.

        Only the first in the row sleeps. Places that lie closer together than a clock can tell are not kept apart.
        """
        if self._between < SHORTEST_SLEEP:
            return
        async with self._row:
            if (early := self._next_place - self._seconds()) > 0:
                await self.sleep(early)
            self._give_place(self._seconds())

    def _give_place(self, now: float) -> None:
        self._next_place = max(self._next_place, now - self._between) + self._between

    def note_reply(self, address: str) -> None:
        """A reply went out: it goes first, and its place is gone."""
        now = self._seconds()
        self._replies.append(now)
        self._give_place(now)
        self._next_in_chat[address] = now + BETWEEN_IN_CHAT

    async def wait_for_chat(self, address: str, *, is_group: bool) -> None:
        """Until this chat may get its next message."""
        now = self._seconds()
        free_at = max(now, self._next_in_chat.get(address, now))
        self._next_in_chat[address] = free_at + (BETWEEN_IN_GROUP if is_group else BETWEEN_IN_CHAT)
        if len(self._next_in_chat) > 10_000:
            self._next_in_chat = {chat: until for chat, until in self._next_in_chat.items() if until > now}
        if free_at > now:
            await self.sleep(free_at - now)

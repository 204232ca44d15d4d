"""How much each sender may still ask. In memory: a turn pays nothing for it, and waits for nobody.

A minute's worth may come at once; then it comes back evenly. With several processes each counts at once for itself, and
while a sender has used a tenth of a minute's worth, tells the others once a second (bot/used_together.py): a flood that
comes to all of them at the same time is stopped by all within a second or two.
"""

import asyncio
import math
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Protocol

from sqlalchemy.exc import SQLAlchemyError

from core.logs import get_log

log = get_log(__name__)
MINUTE = 60.0
NEAR = MINUTE / 10  # who has used so much of it, of them the processes tell each other
TELL_SECONDS = 1.0
MOST_KEPT = 10_000  # senders; those who may ask as much as ever are forgotten then


class Together(Protocol):
    """What all processes of an installation have counted."""

    async def tell(self, used: Mapping[str, float]) -> Mapping[str, float]:
        """Add these seconds by sender; how many each of them has used now, by all processes. Raises SQLAlchemyError."""


@dataclass(slots=True)
class _Use:
    free_at: float  # when all of it would be paid off
    untold: float = 0.0  # seconds that the other processes do not know of


class Allowance:
    """Counts senders by any name. ``together``: None where there is one process."""

    def __init__(self, together: Together | None = None, *, seconds: Callable[[], float] = time.monotonic) -> None:
        self._together = together
        self._seconds = seconds
        self._used: dict[str, _Use] = {}
        self._telling: asyncio.Task[None] | None = None

    def take(self, shares: Mapping[str, float]) -> int:
        """Whole seconds until this may be asked; 0: now, and it counts. A refusal does not count.

        ``shares``: of a minute, how many seconds one message takes from each of its senders.
        """
        now = self._seconds()
        due = {sender: max(self._free_at(sender), now) + seconds for sender, seconds in shares.items()}
        over = max(due.values()) - now - MINUTE
        if over > 1e-6:
            return math.ceil(over)
        if len(self._used) > MOST_KEPT:
            self._used = {sender: use for sender, use in self._used.items() if use.free_at > now}
        for sender, free_at in due.items():
            untold = self._untold(sender, now) + shares[sender]
            self._used[sender] = _Use(free_at, untold)
        if self._together is not None and max(due.values()) - now >= NEAR:
            self._begin_telling(self._together)
        return 0

    async def tell(self, together: Together) -> bool:
        """Tell the others what they do not know, and learn what they counted; whether there was anything to tell."""
        now = self._seconds()
        news = {}
        for sender, use in self._used.items():
            if use.untold and use.free_at - now >= NEAR:
                news[sender] = use.untold = self._untold(sender, now)
        if not news:
            return False
        all_used = await together.tell(news)
        now = self._seconds()
        for sender, seconds in all_used.items():
            use = self._used.setdefault(sender, _Use(now))
            since = max(use.untold - news[sender], 0.0)  # what came while we told
            use.free_at, use.untold = max(use.free_at, now + seconds + since), since
        return True

    def _free_at(self, sender: str) -> float:
        use = self._used.get(sender)
        return use.free_at if use else -math.inf

    def _untold(self, sender: str, now: float) -> float:
        """Never more than is left to pay off: what was used long ago is nobody's news."""
        use = self._used.get(sender)
        return min(use.untold, max(use.free_at - now, 0.0)) if use else 0.0

    def _begin_telling(self, together: Together) -> None:
        if self._telling is None or self._telling.done():
            self._telling = asyncio.create_task(self._tell_all(together))

    async def _tell_all(self, together: Together) -> None:
        """Once a second, until the others know everything that is worth telling."""
        is_more = True
        while is_more:
            await asyncio.sleep(TELL_SECONDS)
            try:
                is_more = await self.tell(together)
            except SQLAlchemyError as problem:
                log.warning("allowance_not_told", problem=type(problem).__name__)

"""Telegram's limits (https://core.telegram.org/bots/faq#broadcasting-to-users), and who does not keep to them.

Telegram allows about 30 messages a second, one a second to one chat, 20 a minute to one group. It bends these; the fake
does not.
"""

from collections import Counter, defaultdict, deque
from dataclasses import dataclass, field
from math import ceil

A_SECOND, CHAT_A_SECOND, GROUP_A_MINUTE = 30, 1, 20
GRACE = 1.0  # seconds: what was on its way when Telegram said "wait" is no bad manners
DID_NOT_WAIT, TOO_MANY, TOO_MANY_TO_CHAT, TOO_MANY_TO_GROUP = (
    "did not wait", "too many a second", "too many a second to one chat", "too many a minute to one group"
)  # fmt: skip


@dataclass(slots=True)
class Manners:
    """Says which message comes too early. ``broken`` counts them by what was broken: a good bot leaves it empty."""

    is_strict: bool = False  # without, only "wait" is insisted on
    broken: Counter[str] = field(default_factory=Counter)
    _silent_since: float = 0
    _silent_until: float = 0
    _recent: deque[tuple[float, int]] = field(default_factory=deque)  # of the last second
    _to_groups: defaultdict[int, deque[float]] = field(default_factory=lambda: defaultdict(deque))

    def silence(self, seconds: float, *, at: float) -> None:
        """The whole bot must wait."""
        self._silent_since, self._silent_until = at, at + seconds

    def silent_for(self, *, at: float) -> int:
        """For how many seconds the bot was told to wait; 0 when it may write."""
        if at >= self._silent_until:
            return 0
        if at > self._silent_since + GRACE:
            self.broken[DID_NOT_WAIT] += 1
        return ceil(self._silent_until - at)

    def takes(self, chat: int, *, at: float) -> bool:
        """Whether a message to this chat keeps to the limits; if so, it counts."""
        if not self.is_strict:
            return True
        if problem := self._problem(chat, at):
            self.broken[problem] += 1
            return False
        self._recent.append((at, chat))
        if chat < 0:
            self._to_groups[chat].append(at)
        return True

    def _problem(self, chat: int, at: float) -> str:
        while self._recent and self._recent[0][0] <= at - 1:
            self._recent.popleft()
        if len(self._recent) >= A_SECOND:
            return TOO_MANY
        if sum(one == chat for _at, one in self._recent) >= CHAT_A_SECOND:
            return TOO_MANY_TO_CHAT
        if chat > 0:
            return ""
        times = self._to_groups[chat]
        while times and times[0] <= at - 60:
            times.popleft()
        return TOO_MANY_TO_GROUP if len(times) >= GROUP_A_MINUTE else ""

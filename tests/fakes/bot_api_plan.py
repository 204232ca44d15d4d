"""Faults for a share of the chats, drawn from a seed: the same seed, the same chats, in every run.

What is for good (the bot is blocked) happens to each message to such a chat; what passes happens to its first one only.
"""

from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from random import Random

from tests.fakes import bot_api_faults as faults
from tests.fakes.bot_api_faults import Fault

FOR_GOOD = frozenset({"blocked", "deactivated", "not_found"})


@dataclass(frozen=True, slots=True)
class Plan:
    """Which share (0 to 1) of the chats meets which fault; together at most 1. Raises ValueError."""

    seed: int = 1
    share: Mapping[str, float] = field(default_factory=dict)
    retry_after: int = 1  # seconds, of a 429
    slow_seconds: float = 1.0

    def __post_init__(self) -> None:
        if unknown := self.share.keys() - self._faults().keys():
            raise ValueError(f"no such fault: {', '.join(sorted(unknown))}")
        if sum(self.share.values()) > 1 or min(self.share.values(), default=0) < 0:
            raise ValueError("shares are from 0 to 1, together too")

    def drawn(self, chat: int) -> str:
        """The name of the fault that this chat meets; "" for those who meet none."""
        left = Random(f"{self.seed}:{chat}").random()
        for name, share in self.share.items():
            left -= share
            if left < 0:
                return name
        return ""

    def fault(self, name: str) -> Fault:
        """The fault of this name."""
        return self._faults()[name]()

    def _faults(self) -> Mapping[str, Callable[[], Fault]]:
        return {
            "429": lambda: faults.too_many_requests(self.retry_after, is_for_whole_bot=True),
            "blocked": faults.blocked,
            "deactivated": faults.deactivated,
            "not_found": lambda: faults.bad_request("chat not found"),
            "parse": lambda: faults.bad_request("can't parse entities: Unsupported start tag"),
            "5xx": faults.server_error,
            "cut_before": faults.cut_before,
            "cut_after": faults.cut_after,
            "slow": lambda: faults.slow(after=self.slow_seconds),
            "duplicate": faults.doubled,
        }


@dataclass(slots=True)
class Planned:
    """A plan while it is carried out. ``struck`` counts what has happened."""

    plan: Plan = field(default_factory=Plan)
    struck: Counter[str] = field(default_factory=Counter)
    _over: set[int] = field(default_factory=set)

    def doubles(self, chat: int) -> bool:
        """Whether what happens in this chat is told to the bot twice."""
        return bool(self.plan.share) and self.plan.drawn(chat) == "duplicate"

    def strike(self, chat: int) -> Fault | None:
        """What happens to this message to the chat."""
        name = self.plan.drawn(chat) if self.plan.share else ""
        if not name or chat in self._over:
            return None
        if name not in FOR_GOOD:
            self._over.add(chat)
        self.struck[name] += 1
        return self.plan.fault(name)

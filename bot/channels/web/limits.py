"""How much one browser, and one network, may ask in a while. In memory: a turn pays nothing for it.

Each process counts for itself, so that with several the limit is at most as many times as high: it is there against
floods, not for accounting. It is generous, for behind one address there may be a school, a reception centre or half a
mobile network; a browser alone has a smaller one. This machine itself has none: a proxy here that does not say for whom
it calls must not make one person of everybody.
"""

import math
import time
from collections.abc import Callable

from core.loopback import LOOPBACK
from core.networks import network_of

BROWSER_A_MINUTE = 30
MOST_KEPT = 10_000  # senders; those who may ask as much as ever are forgotten then


class Limits:
    """A minute's worth at once, and then evenly. ``network_a_minute`` 0: no limit at all."""

    def __init__(self, network_a_minute: int = 0, *, seconds: Callable[[], float] = time.monotonic) -> None:
        self._network_a_minute = network_a_minute
        self._seconds = seconds
        self._free_at: dict[str, float] = {}  # by sender: when all of it would be paid off

    def must_wait(self, address: str, key: str | None) -> int:
        """Whole seconds until this sender may ask again; 0: now, and it counts. A refusal does not count."""
        if not self._network_a_minute or not address or address in LOOPBACK:
            return 0
        shares = {f"network {network_of(address)}": 60 / self._network_a_minute}
        if key is not None:
            shares[f"browser {key}"] = 60 / BROWSER_A_MINUTE
        now = self._seconds()
        due = {sender: max(self._free_at.get(sender, now), now) + seconds for sender, seconds in shares.items()}
        over = max(due.values()) - now - 60
        if over > 1e-6:
            return math.ceil(over)
        if len(self._free_at) > MOST_KEPT:
            self._free_at = {sender: at for sender, at in self._free_at.items() if at > now}
        self._free_at.update(due)
        return 0

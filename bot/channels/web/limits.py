"""How much one browser, and one network, may ask in a while (bot/allowance.py).

It is generous, for behind one address there may be a school, a reception centre or half a mobile network; a browser
alone has a smaller limit. This machine itself has none: a proxy here that does not say for whom it calls must not make
one person of everybody.
"""

import time
from collections.abc import Callable

from bot.allowance import MINUTE, Allowance, Together
from core.loopback import LOOPBACK
from core.networks import network_of

BROWSER_A_MINUTE = 30
LOOKS_A_MINUTE = 30  # of a network that is over its limit: so many of its messages are looked through for danger


class Limits:
    """``network_a_minute`` 0: no limit at all."""

    def __init__(
        self,
        network_a_minute: int = 0,
        *,
        together: Together | None = None,
        seconds: Callable[[], float] = time.monotonic,
    ) -> None:
        self._network_a_minute = network_a_minute
        self._allowance = Allowance(together, seconds=seconds)

    def must_wait(self, address: str, key: str | None) -> int:
        """Whole seconds until this sender may ask again; 0: now, and it counts. A refusal does not count."""
        if not self._network_a_minute or not address or address in LOOPBACK:
            return 0
        shares = {f"network {network_of(address)}": MINUTE / self._network_a_minute}
        if key is not None:
            shares[f"browser {key}"] = MINUTE / BROWSER_A_MINUTE
        return self._allowance.take(shares)

    def may_look_closer(self, address: str) -> bool:
        """Whether a message over the limit is still looked through with all we have, and not for phrases alone."""
        return self._allowance.take({f"looks {network_of(address)}": MINUTE / LOOKS_A_MINUTE}) == 0

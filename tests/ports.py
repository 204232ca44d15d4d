"""Ports for servers that take one by number: below those that the system itself gives to whoever asks for any."""

import itertools
import os
import random
import socket

# The system gives out 32,768 and up: also to a connection that somebody makes while ours is being started again.
FIRST, LAST = 20_000, 32_000
_TURN = itertools.count(random.Random(os.getpid()).randrange(LAST - FIRST))


def free_port() -> int:
    """One that nobody listens on, and that this process has not been given before."""
    while True:
        port = FIRST + next(_TURN) % (LAST - FIRST)
        with socket.socket() as probe:
            try:
                probe.bind(("127.0.0.1", port))
            except OSError:
                continue
            return port

"""What names this machine itself: nobody else hears what is said there, and nobody else is believed to be it."""

LOOPBACK = frozenset({"127.0.0.1", "::1", "localhost"})

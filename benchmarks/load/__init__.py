"""Load over HTTP, as browsers and Telegram make it: our own generator, real processes, loopback only."""

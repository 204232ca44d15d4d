"""Telegram, through python-telegram-bot: the only package that knows it."""

import os

# The library's newer form of durations; it reads this each time and warns without it.
os.environ.setdefault("PTB_TIMEDELTA", "true")  # noqa: TID251 (the library's switch, not a setting of ours)

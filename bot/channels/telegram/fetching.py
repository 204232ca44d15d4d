"""Fetches updates as raw JSON: the library would refuse a whole batch for one update that it cannot read."""

from telegram import Bot
from telegram.error import TelegramError

from bot.channels.telegram.reading import Json

WANTED = ["message", "callback_query", "my_chat_member"]
POLL_SECONDS = 25
NO_LIST = "what came instead of updates is no list"


class RawBot(Bot):
    """The library's bot, and updates as they came."""

    async def fetch(self, offset: int) -> list[Json]:
        """Updates from this number on; waits up to POLL_SECONDS for one. Raises TelegramError."""
        try:
            found = await self._post(
                "getUpdates",
                {"offset": offset, "timeout": POLL_SECONDS, "allowed_updates": WANTED},
                read_timeout=POLL_SECONDS + 10,
            )
        except KeyError as problem:  # the library takes "result" for granted
            raise TelegramError(NO_LIST) from problem
        if not isinstance(found, list):
            raise TelegramError(NO_LIST)
        return [one for one in found if isinstance(one, dict)]

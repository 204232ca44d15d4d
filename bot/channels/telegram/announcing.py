"""Brings broadcasts, and messages for one person, to Telegram: the messenger of broadcasts/delivery/port.py."""

from collections.abc import Callable
from datetime import datetime
from functools import lru_cache

from bot.channels.telegram.fetching import RawBot
from bot.channels.telegram.reading import CHANNEL
from bot.channels.telegram.sending import send_part
from bot.channels.telegram.writing import Part, parts
from bot.desk import Desk
from bot.parcels import Wording
from broadcasts.delivery.port import Direct, Parcel
from core.messages import OutgoingMessage


class TelegramMessenger:
    """One bot, with connections of its own: replies never wait for one of these."""

    def __init__(self, bot: RawBot, desk: Desk, *, now: Callable[[], datetime], name: str | None = None) -> None:
        """``name``: the bot's own, for links in groups; without it there are none."""
        self._bot = bot
        self._wording = Wording(desk, bot_name=name)
        self._now = now

    @property
    def channel(self) -> str:
        """People's addresses on Telegram."""
        return CHANNEL

    @property
    def account(self) -> str:
        """A token begins with the bot's number."""
        return account_of(self._bot.token)

    async def close(self) -> None:
        """Let go of the connections."""
        await self._bot.request.shutdown()

    async def send(self, parcel: Parcel) -> str:
        """One call of Telegram's; its number of the message. Raises SendFailed."""
        message = await self._wording.message(parcel, at=self._now())
        is_for_many = not isinstance(parcel.content, Direct)
        part = _part_for_many(message) if is_for_many else _part(message)
        return await send_part(self._bot, parcel.address, part, message.buttons, is_for_many=is_for_many)


def _part(message: OutgoingMessage) -> Part:
    """What is composed is short enough for one part (announcements/checks.py)."""
    return parts(message)[0]


_part_for_many = lru_cache(maxsize=64)(_part)


def account_of(token: str) -> str:
    """The channel account of a bot's token."""
    return f"{CHANNEL}:{token.split(':', 1)[0]}"

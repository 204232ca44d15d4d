"""With a webhook nobody asks Telegram by itself: once a minute we ask whether it answers, and whether it reaches us."""

import asyncio
from collections.abc import Callable
from datetime import datetime, timedelta

from telegram import WebhookInfo
from telegram.error import TelegramError

from bot.channels.telegram.fetching import RawBot
from broadcasts.delivery.pulse import Pulse
from core.logs import get_log

log = get_log(__name__)
EVERY_SECONDS = 60.0
BETWEEN_TRIES = timedelta(minutes=15)  # Telegram tries again and again, more and more rarely


async def watch_webhook(bot: RawBot, url: str, pulse: Pulse, *, now: Callable[[], datetime]) -> None:
    """For ever. What the call itself came to, the bot's requests tell the pulse."""
    try:
        while True:
            await look_at_webhook(bot, url, pulse, at=now())
            await asyncio.sleep(EVERY_SECONDS)
    finally:
        await bot.request.shutdown()


async def look_at_webhook(bot: RawBot, url: str, pulse: Pulse, *, at: datetime) -> None:
    """One look at what Telegram says of our webhook (https://core.telegram.org/bots/api#webhookinfo)."""
    try:
        found = await bot.get_webhook_info()
    except TelegramError as problem:
        log.warning("telegram_not_reached", problem=type(problem).__name__)
        return
    does = reaches_us(found, url, at=at)
    if not does:
        log.warning("telegram_cannot_hand_over", waiting=found.pending_update_count)
    pulse.reaches_us(does=does)


def reaches_us(info: WebhookInfo, url: str, *, at: datetime) -> bool:
    """Not when the webhook is another's, or messages wait and the last try to hand one over failed."""
    if info.url != url:
        return False
    has_failed = info.last_error_date is not None and at - info.last_error_date < BETWEEN_TRIES
    return not (has_failed and info.pending_update_count)

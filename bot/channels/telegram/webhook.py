"""Takes updates that Telegram sends to us, when polling is not used. Only with the secret that we gave Telegram."""

import hmac
import json

from bot.channels.telegram.channel import TelegramChannel

SECRET_HEADER = "X-Telegram-Bot-Api-Secret-Token"  # noqa: S105 (a header's name)


async def take_webhook(channel: TelegramChannel, *, secret: str, given: str | None, body: bytes) -> int:
    """Store the update of one request; the HTTP status to answer with. Stored before Telegram hears that it is."""
    if given is None or not hmac.compare_digest(given.encode(), secret.encode()):
        return 403
    try:
        update = json.loads(body)
    except (ValueError, RecursionError):
        return 400
    if isinstance(update, dict):
        await channel.take_in([update])
    return 200

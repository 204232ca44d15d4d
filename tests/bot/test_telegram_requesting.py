"""What is known of a call to Telegram that went wrong: whether it can have left this machine."""

import asyncio
from datetime import timedelta

import pytest
from telegram.error import RetryAfter

from bot.channels.telegram.channel import make_bot
from bot.channels.telegram.sending import _failure, send_part
from bot.channels.telegram.writing import Part
from core.sending import SendFailed
from tests.fakes.loopback import listening


async def test_a_proxy_that_refuses_the_way_to_telegram_has_passed_nothing_on(monkeypatch: pytest.MonkeyPatch) -> None:
    async def refuse(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        writer.write(b"HTTP/1.1 503 Service Unavailable\r\nContent-Length: 0\r\n\r\n")

    for name in ("NO_PROXY", "no_proxy"):
        monkeypatch.delenv(name, raising=False)
    async with listening(refuse) as proxy:
        for name in ("HTTPS_PROXY", "https_proxy"):
            monkeypatch.setenv(name, f"http://127.0.0.1:{proxy}")
        bot = make_bot("1:token", "https://telegram.invalid")
        with pytest.raises(SendFailed) as failed:
            await send_part(bot, "1001", Part("Hei", "Hei"), ())
        await bot.request.shutdown()

    assert not failed.value.may_have_left
    assert not failed.value.permanent


@pytest.mark.parametrize(("asked", "waits"), [(30, 30), (10**12, 24 * 3600)])
def test_an_order_to_wait_is_kept_for_a_day_at_most(asked: int, waits: int) -> None:
    assert _failure(RetryAfter(asked)).retry_after == timedelta(seconds=waits)

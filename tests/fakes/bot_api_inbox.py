"""Updates on their way to the bot: by long polling or by webhook, until it confirms or takes them."""

import asyncio
import contextlib
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import httpx

SECRET_HEADER = "X-Telegram-Bot-Api-Secret-Token"


class Conflict(Exception):
    """The words with which Telegram ends a fetch."""


@dataclass(slots=True)
class _Waiting:
    """An update that is not confirmed."""

    update: Any
    was_delivered: bool = False

    @property
    def number(self) -> int | None:
        number = self.update.get("update_id") if isinstance(self.update, dict) else None
        return number if isinstance(number, int) else None


class Changes:
    """Tells who waits that something happened."""

    def __init__(self) -> None:
        self._changed = asyncio.Event()

    def note(self) -> None:
        """Something happened."""
        self._changed.set()

    async def next(self, seconds: float) -> None:
        """Wait for it, at most so long."""
        self._changed.clear()
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(seconds):
                await self._changed.wait()


@dataclass(slots=True)
class Inbox:
    """What happened and is not confirmed yet. ``statuses`` are the webhook's answers."""

    changes: Changes
    webhook: Mapping[str, Any] | None = None
    statuses: list[int] = field(default_factory=list)
    failed_at: int = 0  # seconds since 1970; 0: no call of the webhook has failed
    _waiting: list[_Waiting] = field(default_factory=list)
    _fetching: asyncio.Event | None = None
    _posts: set[asyncio.Task[None]] = field(default_factory=set)

    def add(self, update: object) -> None:
        """Something happens."""
        if self.webhook is None:
            self._waiting.append(_Waiting(update))
        else:
            task = asyncio.create_task(self._post(update))
            self._posts.add(task)
            task.add_done_callback(self._posts.discard)
        self.changes.note()

    def waiting(self) -> list[Any]:
        """Updates that are not confirmed."""
        return [one.update for one in self._waiting]

    def turn_to(self, webhook: Mapping[str, Any]) -> None:
        """From now on by webhook, and what waits too."""
        self.webhook = webhook
        waiting, self._waiting = self._waiting, []
        for one in waiting:
            self.add(one.update)

    def webhook_info(self) -> Mapping[str, Any]:
        """What getWebhookInfo says (https://core.telegram.org/bots/api#webhookinfo)."""
        info = {"url": (self.webhook or {}).get("url", ""), "has_custom_certificate": False}
        failed = {"last_error_date": self.failed_at, "last_error_message": "Connection refused"}
        return info | {"pending_update_count": 1 if self.failed_at else 0} | (failed if self.failed_at else {})

    async def fetch(self, offset: int, *, seconds: float, limit: int) -> list[Any]:
        """Long polling: at most one at a time, unconfirmed updates come again. Raises Conflict."""
        if self.webhook is not None:
            raise Conflict("Conflict: can't use getUpdates method while webhook is active")
        if self._fetching is not None:
            self._fetching.set()
        mine = self._fetching = asyncio.Event()
        self._confirm(offset)
        ends = asyncio.get_running_loop().time() + seconds
        try:
            while not self._waiting and asyncio.get_running_loop().time() < ends and not mine.is_set():
                await self.changes.next(0.05)
        finally:
            if self._fetching is mine:
                self._fetching = None
        if mine.is_set():
            raise Conflict("Conflict: terminated by other getUpdates request")
        chosen = self._waiting[:limit]
        for one in chosen:
            one.was_delivered = True
        return [one.update for one in chosen]

    async def close(self) -> None:
        """Give up handing over."""
        for task in tuple(self._posts):
            task.cancel()
        await asyncio.gather(*self._posts, return_exceptions=True)

    def _confirm(self, offset: int) -> None:
        """Forget what was delivered before the offset; what has no number could never be confirmed by one."""
        if offset < 0:
            self._waiting = self._waiting[offset:]
        self._waiting = [
            one for one in self._waiting if not one.was_delivered or (one.number is not None and one.number >= offset)
        ]

    async def _post(self, update: object) -> None:
        """Hand an update to the webhook until it is taken, or the webhook is gone."""
        pause = 0.1
        async with httpx.AsyncClient(timeout=30) as client:
            while self.webhook is not None:
                headers = {SECRET_HEADER: self.webhook.get("secret_token", "")}
                with contextlib.suppress(httpx.HTTPError):
                    response = await client.post(self.webhook["url"], json=update, headers=headers)
                    self.statuses.append(response.status_code)
                    self.changes.note()
                    if response.is_success:
                        return
                await asyncio.sleep(pause := min(pause * 2, 5))

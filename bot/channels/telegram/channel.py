"""The Telegram channel of one bot: takes updates in, answers them in order, keeps to Telegram's limits."""

import asyncio
from collections.abc import Awaitable, Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TypeVar

from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.ext.asyncio import AsyncSession
from telegram.error import Conflict, InvalidToken, RetryAfter, TelegramError

from bot.channels.telegram.announcing import account_of
from bot.channels.telegram.answering import AT_ONCE, DATABASE_AWAY, Answering
from bot.channels.telegram.commands import set_commands
from bot.channels.telegram.fetching import POLL_SECONDS, WANTED, RawBot
from bot.channels.telegram.limits import ChatLimit
from bot.channels.telegram.reading import CHANNEL, Blocked, Heard, InGroup, Json, Received, read, update_number
from bot.channels.telegram.requesting import Request
from bot.conversation import Conversation
from bot.desk import Desk
from bot.inbound import Arrived, store
from broadcasts.delivery.pace import Pace
from broadcasts.delivery.pulse import Pulse
from broadcasts.organisations.groups import Added, note_added, note_removed
from core.database import Database
from core.ending import to_the_end
from core.errors import SetupProblem
from core.logs import get_log
from core.messages import Said
from core.people import Address, end_channel, reopen_channel
from core.sending import BLOCKED
from core.together import Together

log = get_log(__name__)
T = TypeVar("T")
CONNECTIONS = 32
MOST_TOGETHER = 32  # requests whose updates one transaction stores
LONGEST_PAUSE = 60.0  # seconds between tries when Telegram or the database is away


def make_bot(token: str, api_url: str, pulse: Pulse | None = None) -> RawBot:
    """A bot on any Bot API server. ``pulse`` is told whether it answers."""
    return RawBot(
        token,
        base_url=f"{api_url}/bot",
        base_file_url=f"{api_url}/file/bot",
        request=Request(connections=CONNECTIONS, pulse=pulse),
        get_updates_request=Request(connections=2, read_seconds=POLL_SECONDS + 15, pulse=pulse),
    )


@dataclass(frozen=True, slots=True)
class Came:
    """What was handed over; ``received`` is None for what cannot be read or is passed over."""

    number: int | None
    received: Received | None
    at: datetime


class TelegramChannel:
    """Runs until it is cancelled. Everything it must not forget stands in inbound_updates."""

    def __init__(
        self,
        bot: RawBot,
        database: Database,
        desk: Desk,
        *,
        now: Callable[[], datetime],
        pace: Pace | None = None,
        instance: str = "",
        limit: ChatLimit | None = None,
    ) -> None:
        """``pace``: what broadcasts of this process keep to; replies tell it of themselves.

        ``instance`` names the place that only one process at a time can have, such as a port of a machine.
        """
        self._bot = bot
        self._database = database
        self._desk = desk
        self._now = now
        self._answering = Answering(bot, database, desk, now=now, pace=pace, instance=instance, limit=limit)
        self._stores = Together(self._store_all, most=MOST_TOGETHER)

    async def connect(self) -> str:
        """Say hello to Telegram; the bot's name. Raises SetupProblem for a wrong token."""
        try:
            await self._bot.initialize()
        except InvalidToken:
            raise SetupProblem(
                "TELEGRAM_TOKEN is refused by Telegram. Copy it again from @BotFather, or unset it to start without"
                " Telegram."
            ) from None
        return str(self._bot.username)

    async def aclose(self) -> None:
        """Let go of the connections."""
        await self._bot.shutdown()

    async def connect_patiently(self) -> str:
        """Say hello until Telegram answers: the web chat runs meanwhile."""
        return await _until_it_works(self.connect)

    @property
    def account(self) -> str:
        """The channel account that updates belong to."""
        return account_of(self._bot.token)

    async def answer_all(self) -> None:
        """Answer stored updates until cancelled; see answering.py."""
        await self._answering.run()

    async def poll(self, _at: datetime | None = None) -> None:
        """A job: fetch updates until cancelled. An update is confirmed to Telegram only after it is stored here."""
        await self._prepare_polling()
        offset, pause = 0, 1.0
        while True:
            try:
                updates = await self._bot.fetch(offset)
                await to_the_end(self.take_in(updates))
                before, offset = offset, max([offset, *((update_number(one) or 0) + 1 for one in updates)])
                pause = 1.0
                if updates and offset == before:
                    await asyncio.sleep(pause)  # nothing that could be confirmed: it comes again at once
            except RetryAfter as wait:
                await asyncio.sleep(_in_seconds(wait.retry_after))
            except Conflict:
                log.warning("telegram_conflict", what="another process fetches this bot's updates, or a webhook is set")
                await asyncio.sleep(pause := min(pause * 2, LONGEST_PAUSE))
            except (TelegramError, SQLAlchemyError) as problem:
                log.warning("telegram_poll_failed", problem=type(problem).__name__, again_in_seconds=pause)
                await asyncio.sleep(pause)
                pause = min(pause * 2, LONGEST_PAUSE)

    async def _prepare_polling(self) -> None:
        try:
            await self._bot.delete_webhook()
        except TelegramError as problem:
            log.warning("telegram_webhook_not_deleted", problem=type(problem).__name__)
        await set_commands(self._bot, self._desk.words)

    async def listen(self, url: str, secret: str) -> None:
        """Ask Telegram to send updates to our address (see bot.channels.telegram.webhook)."""

        async def set_webhook() -> None:
            await self._bot.set_webhook(url, secret_token=secret, allowed_updates=WANTED, max_connections=AT_ONCE)

        await _until_it_works(set_webhook)
        await set_commands(self._bot, self._desk.words)

    async def take_in(self, updates: Iterable[Json]) -> None:
        """Store updates, together with what others take in at this moment. Ends when they are stored.

        One that we cannot read or store does not hold up the others. Raises the database's own troubles
        (OperationalError): then nothing is stored, and Telegram hands all of it over again.
        """
        at = self._now()
        several = [Came(update_number(update), self._read(update, at), at) for update in updates]
        heard = [one.received.message for one in several if isinstance(one.received, Heard)]
        await asyncio.gather(*map(self._desk.foresee, heard))
        await self._stores.ask(several)

    async def _store_all(self, requests: Sequence[Sequence[Came]]) -> list[None]:
        several = [one for request in requests for one in request]
        try:
            await self._store(several)
        except DATABASE_AWAY:
            raise
        except Exception:
            await self._store_one_by_one(several)
        self._answering.look()
        return [None] * len(requests)

    async def _store(self, several: Sequence[Came]) -> None:
        async with self._database.changing_little() as session:
            conversation = await self._desk.conversation(session)
            arrived = [found for one in several if (found := _arrived(one, conversation)) is not None]
            await store(session, self.account, arrived, by=self._answering.name)
            for one in several:
                await self._note(session, one)

    async def _store_one_by_one(self, several: Sequence[Came]) -> None:
        async with self._database.changing_little() as session:
            conversation = await self._desk.conversation(session)
            for one in several:
                try:
                    async with session.begin_nested():
                        if (arrived := _arrived(one, conversation)) is not None:
                            await store(session, self.account, [arrived], by=self._answering.name)
                        await self._note(session, one)
                except DATABASE_AWAY:
                    raise
                except Exception:
                    log.exception("telegram_update_unreadable", update_id=one.number)

    def _read(self, update: Json, at: datetime) -> Received | None:
        try:
            return read(update, at=at)
        except Exception:
            log.exception("telegram_update_unreadable", update_id=update_number(update))
            return None

    async def _note(self, session: AsyncSession, came: Came) -> None:
        """What is no message to answer."""
        match came.received:
            case Heard() if came.number is not None:
                pass
            case Blocked(address, is_blocked=True):
                await end_channel(session, Address(CHANNEL, address), reason=BLOCKED)
            case Blocked(address, is_blocked=False):
                await reopen_channel(session, Address(CHANNEL, address))
            case InGroup(address, title, may_write=True, by=by):
                added = Added(Address(CHANNEL, address), title, Address(CHANNEL, by))
                await note_added(session, added, at=came.at)
            case InGroup(address):
                await note_removed(session, Address(CHANNEL, address), at=came.at)
            case _:
                log.info("telegram_update_passed_over", update_id=came.number)


def _arrived(came: Came, conversation: Conversation) -> Arrived | None:
    """How a message to answer is stored."""
    if not isinstance(came.received, Heard) or came.number is None:
        return None
    message = came.received.message
    danger = conversation.danger(message.text) if message.said is Said.TEXT else None
    return Arrived(came.number, message, danger, came.received.callback_id)


async def _until_it_works(call: Callable[[], Awaitable[T]]) -> T:
    """Call Telegram until it answers. Raises what is no passing trouble."""
    pause = 1.0
    while True:
        try:
            return await call()
        except TelegramError as problem:
            log.warning("telegram_not_reached", problem=str(problem), again_in_seconds=pause)
            await asyncio.sleep(pause)
            pause = min(pause * 2, LONGEST_PAUSE)


def _in_seconds(wait: int | timedelta) -> float:
    return wait.total_seconds() if isinstance(wait, timedelta) else float(wait)

"""The Telegram channel of one bot: takes updates in, answers them in order, keeps to Telegram's limits."""

import asyncio
import contextlib
from collections.abc import Awaitable, Callable, Iterable, Sequence
from datetime import datetime, timedelta
from functools import partial
from typing import Protocol, TypeVar

from sqlalchemy.exc import InterfaceError, OperationalError, SQLAlchemyError
from sqlalchemy.ext.asyncio import AsyncSession
from telegram.error import Conflict, InvalidToken, RetryAfter, TelegramError

from bot.channels.telegram.announcing import account_of
from bot.channels.telegram.commands import set_commands
from bot.channels.telegram.fetching import POLL_SECONDS, WANTED, RawBot
from bot.channels.telegram.reading import CHANNEL, Blocked, Heard, InGroup, Json, read, update_number
from bot.channels.telegram.requesting import Request
from bot.channels.telegram.sending import acknowledge, send_file, send_part
from bot.channels.telegram.writing import Part, parts
from bot.conversation import Conversation
from bot.desk import Desk
from bot.forms import close_form
from bot.inbound import (
    MOST_TRIES,
    InboundUpdate,
    Progress,
    finish,
    fix_reply,
    fixed_reply,
    list_next,
    list_next_sounds,
    store,
)
from bot.situation import About, Situation
from bot.sounds import fetch_sound
from broadcasts.delivery.pace import Pace
from broadcasts.delivery.silence import be_silent, is_silent
from broadcasts.organisations.groups import Added, note_added, note_removed
from content.finding.rasa import Opinion
from core.database import Database
from core.ending import to_the_end
from core.errors import SetupProblem
from core.logs import get_log
from core.messages import Attachment, Button, OutgoingMessage, Reading, Said
from core.people import Address, end_channel, find_person, reopen_channel
from core.sending import BLOCKED, UNREACHABLE, SendFailed

log = get_log(__name__)
T = TypeVar("T")
CONNECTIONS = 32
AT_ONCE = 16  # chats that are answered side by side
SOUNDS_AT_ONCE = 4  # they are large, and a robot may still have to read
LONGEST_PAUSE = 60.0  # seconds between tries when Telegram or the database is away
UNFINISHED = (Progress.RECEIVED, Progress.REPLIED, Progress.SPEAKING)
TO_FINISH = 5.0  # seconds for turns that are under way when we are told to end


class ListDue(Protocol):
    """What is to be done next, of one account."""

    async def __call__(self, session: AsyncSession, account: str, *, at: datetime, limit: int) -> list[InboundUpdate]:
        """The oldest first."""


def make_bot(token: str, api_url: str) -> RawBot:
    """A bot on any Bot API server."""
    return RawBot(
        token,
        base_url=f"{api_url}/bot",
        base_file_url=f"{api_url}/file/bot",
        request=Request(connections=CONNECTIONS),
        get_updates_request=Request(connections=2, read_seconds=POLL_SECONDS + 15),
    )


class TelegramChannel:
    """Runs until it is cancelled. Everything it must not forget stands in inbound_updates."""

    def __init__(
        self, bot: RawBot, database: Database, desk: Desk, *, now: Callable[[], datetime], pace: Pace | None = None
    ) -> None:
        """``pace``: what broadcasts of this process keep to; replies tell it of themselves."""
        self._bot = bot
        self._pace = pace
        self._database = database
        self._desk = desk
        self._now = now
        self._new, self._new_sound = asyncio.Event(), asyncio.Event()

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

    async def poll(self) -> None:
        """Fetch updates for ever. An update is confirmed to Telegram only after it is stored here."""
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
        """Store updates. One that we cannot read or store does not hold up the others.

        Raises the database's own troubles (OperationalError): then nothing is stored, and Telegram hands all of it
        over again.
        """
        at = self._now()
        async with self._database.changing() as session:
            conversation = await self._desk.conversation(session)
            for update in updates:
                try:
                    async with session.begin_nested():
                        await self._take_in(session, conversation, update, at)
                except (OperationalError, InterfaceError):
                    raise
                except Exception:
                    log.exception("telegram_update_unreadable", update_id=update_number(update))
        self._new.set()

    async def _take_in(self, session: AsyncSession, conversation: Conversation, update: Json, at: datetime) -> None:
        number = update_number(update)
        match read(update, at=at):
            case Heard(message, callback_id) if number is not None:
                danger = conversation.danger(message.text) if message.said is Said.TEXT else None
                await store(
                    session,
                    self.account,
                    number,
                    message,
                    danger=danger,
                    callback_id=callback_id,
                )
            case Blocked(address, is_blocked=True):
                await end_channel(session, Address(CHANNEL, address), reason=BLOCKED)
            case Blocked(address, is_blocked=False):
                await reopen_channel(session, Address(CHANNEL, address))
            case InGroup(address, title, may_write=True, by=by):
                added = Added(Address(CHANNEL, address), title, Address(CHANNEL, by))
                await note_added(session, added, at=at)
            case InGroup(address):
                await note_removed(session, Address(CHANNEL, address), at=at)
            case _:
                log.info("telegram_update_passed_over", update_id=number)

    async def answer_all(self) -> None:
        """Answer stored updates for ever, chats side by side, one chat's messages in order.

        Sounds are sent beside it: no answer waits for one. When it is cancelled, turns under way may end: what was sent
        is also recorded.
        """
        async with asyncio.TaskGroup() as group:
            group.create_task(self._work(list_next, self._new, at_once=AT_ONCE))
            group.create_task(self._work(list_next_sounds, self._new_sound, at_once=SOUNDS_AT_ONCE))

    async def _work(self, list_due: ListDue, news: asyncio.Event, *, at_once: int) -> None:
        running: dict[str, asyncio.Task[None]] = {}
        try:
            while True:
                news.clear()
                for update in await to_the_end(self._due(list_due, limit=at_once * 2)):
                    if update.address not in running and len(running) < at_once:
                        task = asyncio.create_task(self._answer_safely(update.id))
                        running[update.address] = task
                        task.add_done_callback(partial(self._ended, running, update.address, news))
                # Not wait_for: before Python 3.12 it may swallow being cancelled.
                with contextlib.suppress(TimeoutError):
                    async with asyncio.timeout(0.5):
                        await news.wait()
        finally:
            if running:
                await asyncio.wait(running.values(), timeout=TO_FINISH)

    async def _due(self, list_due: ListDue, *, limit: int) -> list[InboundUpdate]:
        try:
            async with self._database.reading() as session:
                if await is_silent(session, self.account, at=self._now()):
                    return []
                return await list_due(session, self.account, at=self._now(), limit=limit)
        except SQLAlchemyError as problem:
            log.warning("telegram_database_away", problem=type(problem).__name__)
            return []

    def _ended(
        self, running: dict[str, asyncio.Task[None]], address: str, news: asyncio.Event, task: asyncio.Task[None]
    ) -> None:
        """Make room for the chat's next turn; later, when this one could not be recorded: it would be sent again."""
        if task.cancelled() or task.exception() is None:
            running.pop(address, None)
            news.set()
            return
        log.error("telegram_turn_not_recorded", exc_info=task.exception())
        asyncio.get_running_loop().call_later(LONGEST_PAUSE, running.pop, address, None)

    async def _answer_safely(self, row: int) -> None:
        """The channel's error handler: whatever goes wrong with one update is logged and tried again, or given up."""
        try:
            await self._answer(row)
        except SendFailed as failure:
            await self._postpone(row, failure)
        except Exception:
            log.exception("telegram_turn_failed", row=row)
            await self._give_up_or_apologise(row)

    async def _answer(self, row: int) -> None:
        opinion = await self._second_opinion(row)
        async with self._database.changing() as session:
            update = await session.get(InboundUpdate, row)
            if update is None or update.progress not in UNFINISHED:
                return
            if update.progress == Progress.RECEIVED:
                reply = await self._reply(session, update, opinion)
                fix_reply(update, reply)
            reply, sent, callback_id, address = (
                fixed_reply(update),
                update.parts_sent,
                update.callback_id,
                update.address,
            )
        if callback_id and not sent:
            await acknowledge(self._bot, callback_id)
        several = _in_order(reply)
        last_words = max(number for number, one in enumerate(several) if isinstance(one, Part))
        buttons = _buttons(reply)
        for number in range(sent, len(several)):
            if self._pace is not None:
                self._pace.note_reply(address)
            match several[number]:
                case Part() as part:
                    await send_part(self._bot, address, part, buttons if number == last_words else ())
                case Attachment() as attachment:
                    await send_file(self._bot, address, attachment)
                case Reading() as reading:
                    await self._send_sound(address, reading, reply.language)
            match several[number + 1 :]:
                case []:
                    await self._note_sent(row, number + 1, Progress.DONE)
                case [Reading()]:
                    await self._note_sent(row, number + 1, Progress.SPEAKING)
                    return
                case _:
                    await self._note_sent(row, number + 1, Progress.REPLIED)

    async def _send_sound(self, address: str, reading: Reading, language: str) -> None:
        """The sound, or that there is none just now."""
        at = self._now()
        sound = await fetch_sound(self._database, self._desk, reading.answer_id, reading.language, at=at)
        if sound is not None:
            await send_file(self._bot, address, sound)
            return
        replies = (await self._desk.conversation()).replies(Situation(language, at))
        sorry = replies.no_sound(replies.catalogue.answers.get(reading.answer_id))
        for part in parts(sorry):
            await send_part(self._bot, address, part, sorry.buttons)

    async def _second_opinion(self, row: int) -> Opinion | None:
        """Before the transaction of the turn: it must not wait for another server."""
        if not self._desk.has_second_finder:
            return None
        async with self._database.reading() as session:
            update = await session.get(InboundUpdate, row)
            if update is None or update.progress != Progress.RECEIVED or update.kept_danger is not None:
                return None
            message = update.message(CHANNEL)
        return await self._desk.second_opinion(self._database, message)

    async def _reply(self, session: AsyncSession, update: InboundUpdate, opinion: Opinion | None) -> OutgoingMessage:
        message = update.message(CHANNEL)
        danger = update.kept_danger
        if danger is None:
            return (await self._desk.answer(session, message, opinion=opinion)).message
        person = await find_person(session, Address(CHANNEL, update.address))
        if person is not None:
            person.last_answer = person.last_answer_at = person.forgetting_asked_at = None
            await close_form(session, person.id)  # what comes next is not the nickname that was asked for
        situation = await self._situation(session, update)
        conversation = await self._desk.conversation(session)
        return conversation.help_in_danger(danger, situation, secrets=message.secrets).message

    async def _situation(self, session: AsyncSession, update: InboundUpdate) -> Situation:
        person = await find_person(session, Address(CHANNEL, update.address))
        about = About.of(person) if person else None
        return Situation.of(about, app_language=update.app_language, at=self._now())

    async def _note_sent(self, row: int, count: int, progress: Progress) -> None:
        async with self._database.changing() as session:
            update = await session.get_one(InboundUpdate, row)
            update.parts_sent, update.progress = count, progress
            if progress is Progress.DONE:
                finish(update, progress)
        if progress is Progress.SPEAKING:
            self._new_sound.set()

    async def _postpone(self, row: int, failure: SendFailed) -> None:
        async with self._database.changing() as session:
            if failure.is_whole_account:
                await be_silent(session, self.account, until=self._now() + failure.retry_after)
            update = await session.get_one(InboundUpdate, row)
            if failure.permanent:
                if failure.reason in UNREACHABLE:
                    await end_channel(session, Address(CHANNEL, update.address), reason=failure.reason)
                finish(update, Progress.FAILED)
            elif not failure.is_whole_account:  # being told to wait is no strike
                update.tries += 1
                update.not_before = self._now() + failure.retry_after * min(2**update.tries, 60)
                if update.progress == Progress.SPEAKING and update.tries >= MOST_TRIES:
                    finish(update, Progress.FAILED)  # the words are there, and the button is too
        log.warning("telegram_not_sent", row=row, reason=failure.reason, permanent=failure.permanent)

    async def _give_up_or_apologise(self, row: int) -> None:
        """After a failure of our own: try again, and at last say sorry instead of saying nothing."""
        async with self._database.changing() as session:
            update = await session.get(InboundUpdate, row)
            if update is None:
                return
            update.tries += 1
            update.not_before = self._now() + timedelta(seconds=update.tries)
            if update.tries < MOST_TRIES:
                return
            if update.progress in (Progress.REPLIED, Progress.SPEAKING):
                finish(update, Progress.FAILED)
                return
            conversation = await self._desk.conversation(session)
            fix_reply(update, conversation.trouble(await self._situation(session, update)))
            update.not_before = None


def _in_order(reply: OutgoingMessage) -> Sequence[Part | Attachment | Reading]:
    return [*parts(reply), *(one for one in (reply.attachment, reply.sound) if one is not None)]


def _buttons(reply: OutgoingMessage) -> tuple[Button, ...]:
    """Listening comes first: it is for those who do not read on."""
    reading = reply.reading
    return (reading.button, *reply.buttons) if reading and reading.is_sendable else reply.buttons


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

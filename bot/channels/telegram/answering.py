"""Answers stored updates of one bot, beside other processes that do the same: nothing is lost, nothing said twice."""

import asyncio
import contextlib
from collections import deque
from collections.abc import Awaitable, Callable, Sequence
from datetime import datetime, timedelta
from functools import partial
from typing import Protocol
from uuid import uuid4

from sqlalchemy.exc import InterfaceError, OperationalError, SQLAlchemyError
from sqlalchemy.ext.asyncio import AsyncSession

from bot.channels.telegram.announcing import account_of
from bot.channels.telegram.fetching import RawBot
from bot.channels.telegram.limits import ChatLimit, Room
from bot.channels.telegram.reading import CHANNEL
from bot.channels.telegram.sending import acknowledge, send_file, send_part
from bot.channels.telegram.writing import Part, parts
from bot.conversation import Conversation
from bot.counting import note_turn
from bot.desk import Desk
from bot.forms import close_form
from bot.inbound import (
    LEASE,
    MOST_TRIES,
    Due,
    InboundUpdate,
    Progress,
    finish,
    fix_reply,
    fixed_reply,
    let_go,
    list_next,
    list_next_sounds,
    note_done,
    take,
    take_to_answer,
    write_reply,
)
from bot.situation import About, Situation
from bot.sounds import fetch_sound
from bot.turn import Outcome, Turn
from broadcasts.delivery.pace import Pace
from broadcasts.delivery.silence import be_silent, is_silent
from content.finding.rasa import Opinion
from core.database import Database
from core.ending import to_the_end
from core.logs import follow, get_log
from core.messages import Attachment, Button, OutgoingMessage, Reading
from core.metrics import count_failed_turn
from core.people import Address, end_channel, find_person
from core.sending import UNREACHABLE, SendFailed

log = get_log(__name__)
AT_ONCE = 16  # chats that are answered side by side
SOUNDS_AT_ONCE = 4  # they are large, and a robot may still have to read
# Seconds for one part, and for the button that is answered before the first: so much less than a lease that another
# process whose clock is some seconds ahead of ours does not take over what we still send.
LONGEST_SEND, LONGEST_ACKNOWLEDGING = 22.0, 2.0
LOOK_SECONDS = 0.5
TO_FINISH = 5.0  # seconds for turns that are under way when we are told to end
DATABASE_AWAY = (OperationalError, InterfaceError)


class TakenByAnother(Exception):
    """Our lease was over, and another process has taken the update: it goes on with it, and we stop."""


class ListDue(Protocol):
    """What is to be done next, of one account."""

    async def __call__(self, session: AsyncSession, account: str, *, by: str, at: datetime, limit: int) -> list[Due]:
        """The oldest first."""


class Answering:
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
        """``instance`` names the place that only one process at a time can have, such as a port of a machine."""
        self._bot = bot
        self._account = account_of(bot.token)
        self._instance = instance
        self._pace = pace
        self._limit = limit or ChatLimit()
        self._database = database
        self._desk = desk
        self._now = now
        self.name = f"{instance}/{uuid4().hex[:12]}"  # what it takes bears this name
        self._new, self._new_sound = asyncio.Event(), asyncio.Event()
        self._found: deque[Due] = deque()  # and not yet begun
        self._found_sounds: deque[Due] = deque()

    def look(self) -> None:
        """Something was stored: look at once."""
        self._new.set()

    async def run(self) -> None:
        """Answer stored updates for ever, chats side by side, one chat's messages in order.

        Sounds are sent beside it: no answer waits for one. When it is cancelled, turns under way may end: what was sent
        is also recorded.
        """
        if self._instance:
            await self._let_go()
        async with asyncio.TaskGroup() as group:
            group.create_task(self._work(list_next, self._new, self._found, at_once=AT_ONCE))
            group.create_task(self._work(list_next_sounds, self._new_sound, self._found_sounds, at_once=SOUNDS_AT_ONCE))

    async def _let_go(self) -> None:
        """Of what the process before us in this place had taken: it has ended, or we could not be here."""
        try:
            async with self._database.changing_little() as session:
                await let_go(session, self._account, instance=self._instance)
        except DATABASE_AWAY as problem:
            log.warning("telegram_database_away", problem=type(problem).__name__)  # then others wait for the leases

    async def _work(self, list_due: ListDue, news: asyncio.Event, found: deque[Due], *, at_once: int) -> None:
        """A look finds more than can be answered at once: the next look comes when that is begun, not at each end."""
        running: dict[str, asyncio.Task[None]] = {}
        try:
            while True:
                news.clear()
                if not found and len(running) < at_once:
                    found.extend(await to_the_end(self._due(list_due, limit=at_once * 2)))
                while found and len(running) < at_once:
                    due = found.popleft()
                    if due.address not in running:
                        task = asyncio.create_task(self._answer_safely(due.row), name=f"turn {due.row}")
                        running[due.address] = task
                        task.add_done_callback(partial(self._ended, running, due.address, news))
                # Not wait_for: before Python 3.12 it may swallow being cancelled.
                with contextlib.suppress(TimeoutError):
                    async with asyncio.timeout(LOOK_SECONDS):
                        await news.wait()
        finally:
            if running:
                await asyncio.wait(running.values(), timeout=TO_FINISH)

    async def _due(self, list_due: ListDue, *, limit: int) -> list[Due]:
        try:
            async with self._database.glancing() as session:
                if await is_silent(session, self._account, at=self._now()):
                    return []
                return await list_due(session, self._account, by=self.name, at=self._now(), limit=limit)
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
        asyncio.get_running_loop().call_later(LEASE.total_seconds(), running.pop, address, None)

    async def _answer_safely(self, row: int) -> None:
        """The channel's error handler: whatever goes wrong with one update is logged and tried again, or given up."""
        follow(update=row)
        try:
            await self._answer_or_postpone(row)
        except TakenByAnother:
            log.warning("telegram_turn_taken_over", row=row)
        except DATABASE_AWAY as problem:
            log.warning("telegram_database_away", problem=type(problem).__name__)
            await asyncio.sleep(LOOK_SECONDS)  # it may still be read, and then shows us the same update at once
        except Exception:
            log.exception("telegram_turn_failed", row=row)
            count_failed_turn(CHANNEL)
            with contextlib.suppress(TakenByAnother):
                await self._give_up_or_apologise(row)

    async def _answer_or_postpone(self, row: int) -> None:
        try:
            await self._answer(row)
        except SendFailed as failure:
            await self._postpone(row, failure)

    async def _answer(self, row: int) -> None:
        opinion = await self._second_opinion(row)
        async with self._database.changing_little() as session:
            update = await take_to_answer(session, row, by=self.name, at=self._now())
            if update is None:
                return
            callback_id, address, sent = update.callback_id, update.address, update.parts_sent
            if update.progress != Progress.RECEIVED:
                reply = fixed_reply(update)
            elif (turn := await self._reply(session, update, opinion)) is not None:
                reply = turn.message
                fix_reply(update, reply)
                await write_reply(session, update)
                note_turn(CHANNEL, turn, seconds=(self._now() - update.received_at).total_seconds())
            else:
                reply = None
                await note_done(session, row, by=self.name, at=self._now(), parts_sent=sent)
        if callback_id and not sent:
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(LONGEST_ACKNOWLEDGING):
                    await acknowledge(self._bot, callback_id)
        if reply is None:
            return
        several = _in_order(reply)
        last_words = max(number for number, one in enumerate(several) if isinstance(one, Part))
        buttons = _buttons(reply)
        for number in range(sent, len(several)):
            if self._pace is not None:
                self._pace.note_reply(address)
            match several[number]:
                case Part() as part:
                    await _in_time(send_part(self._bot, address, part, buttons if number == last_words else ()))
                case Attachment() as attachment:
                    await _in_time(send_file(self._bot, address, attachment))
                case Reading() as reading:
                    await self._send_sound(row, address, reading, reply.language)
            match several[number + 1 :]:
                case []:
                    await self._note_sent(row, number + 1, Progress.DONE)
                case [Reading()]:
                    await self._note_sent(row, number + 1, Progress.SPEAKING)
                    return
                case _:
                    await self._note_sent(row, number + 1, Progress.REPLIED)

    async def _send_sound(self, row: int, address: str, reading: Reading, language: str) -> None:
        """The sound, or that there is none just now; nothing to who has asked to be forgotten while a robot read."""
        at = self._now()
        sound = await fetch_sound(self._database, self._desk, reading.answer_id, reading.language, at=at)
        await self._record(row, _nothing_new)
        if sound is not None:
            await send_file(self._bot, address, sound)
            return
        sorry = _no_sound(await self._desk.conversation(), reading, language, at=at)
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

    async def _reply(self, session: AsyncSession, update: InboundUpdate, opinion: Opinion | None) -> Turn | None:
        """None for more than we answer, when that was said already."""
        message = update.message(CHANNEL)
        danger = update.kept_danger
        if danger is None:
            room = self._limit.room(update.address)
            if room is Room.ANSWER or (await self._desk.conversation(session)).goes_first(message):
                return await self._desk.answer(session, message, opinion=opinion)
            log.info("telegram_chat_over_limit", row=update.id)
            return await self._pause(session, update) if room is Room.SAY_SO else None
        person = await find_person(session, Address(CHANNEL, update.address))
        if person is not None:
            person.last_answer = person.last_answer_at = person.forgetting_asked_at = None
            await close_form(session, person.id)  # what comes next is not the nickname that was asked for
        situation = await self._situation(session, update)
        conversation = await self._desk.conversation(session)
        return conversation.help_in_danger(danger, situation, secrets=message.secrets)

    async def _pause(self, session: AsyncSession, update: InboundUpdate) -> Turn:
        conversation = await self._desk.conversation(session)
        return Turn(Outcome.INTENT, conversation.pause(await self._situation(session, update)))

    async def _situation(self, session: AsyncSession, update: InboundUpdate) -> Situation:
        person = await find_person(session, Address(CHANNEL, update.address))
        about = About.of(person) if person else None
        return Situation.of(about, app_language=update.app_language, at=self._now())

    async def _note_sent(self, row: int, count: int, progress: Progress) -> None:
        async def note(_session: AsyncSession, update: InboundUpdate) -> None:
            update.parts_sent, update.progress = count, progress
            if progress is Progress.SPEAKING:
                update.taken_by = update.taken_until = None
            else:
                update.taken_until = self._now() + LEASE

        if progress is Progress.DONE:
            await self._until_there(partial(self._note_done, row, count))
            return
        await self._record(row, note)
        if progress is Progress.SPEAKING:
            self._new_sound.set()

    async def _postpone(self, row: int, failure: SendFailed) -> None:
        async def postpone(session: AsyncSession, update: InboundUpdate) -> None:
            if failure.is_whole_account:
                await be_silent(session, self._account, until=self._now() + failure.retry_after)
                self._found.clear()
                self._found_sounds.clear()
            update.taken_by = update.taken_until = None
            if failure.permanent:
                if failure.reason in UNREACHABLE:
                    await end_channel(session, Address(CHANNEL, update.address), reason=failure.reason)
                elif update.progress == Progress.SPEAKING:
                    await self._say_instead(session, update)
                    return
                finish(update, Progress.FAILED)
            elif not failure.is_whole_account:  # being told to wait is no strike
                update.tries += 1
                update.not_before = self._now() + failure.retry_after * min(2**update.tries, 60)
                if update.progress == Progress.SPEAKING and update.tries >= MOST_TRIES:
                    await self._say_instead(session, update)

        await self._record(row, postpone)
        log.warning("telegram_not_sent", row=row, reason=failure.reason, permanent=failure.permanent)

    async def _give_up_or_apologise(self, row: int) -> None:
        """After a failure of our own: try again, and at last say sorry instead of saying nothing."""

        async def give_up_or_apologise(session: AsyncSession, update: InboundUpdate) -> None:
            update.taken_by = update.taken_until = None
            update.tries += 1
            update.not_before = self._now() + timedelta(seconds=update.tries)
            if update.tries < MOST_TRIES:
                return
            if update.progress == Progress.REPLIED:
                finish(update, Progress.FAILED)
                return
            if update.progress == Progress.SPEAKING:
                await self._say_instead(session, update)
                return
            conversation = await self._desk.conversation(session)
            fix_reply(update, conversation.trouble(await self._situation(session, update)))
            update.not_before = None

        await self._record(row, give_up_or_apologise)

    async def _say_instead(self, session: AsyncSession, update: InboundUpdate) -> None:
        """Words in the place of a sound that does not get through."""
        reply = fixed_reply(update)
        if reply.sound is None:
            finish(update, Progress.FAILED)
            return
        conversation = await self._desk.conversation(session)
        fix_reply(update, _no_sound(conversation, reply.sound, reply.language, at=self._now()))
        update.tries, update.not_before, update.callback_id = 0, None, None

    async def _record(self, row: int, change: Callable[[AsyncSession, InboundUpdate], Awaitable[None]]) -> None:
        """Change what we have taken. Raises TakenByAnother when the lease was over, and somebody else was quicker."""

        async def record() -> None:
            async with self._database.changing_little() as session:
                update = await take(session, row, by=self.name, at=self._now())
                if update is None:
                    raise TakenByAnother
                await change(session, update)

        await self._until_there(record)

    async def _note_done(self, row: int, count: int) -> None:
        async with self._database.changing_once() as session:
            if not await note_done(session, row, by=self.name, at=self._now(), parts_sent=count):
                raise TakenByAnother

    async def _until_there(self, record: Callable[[], Awaitable[None]]) -> None:
        """While the database is away again and again: what is sent and not recorded would be sent twice."""
        while True:
            try:
                await record()
                return
            except DATABASE_AWAY:
                await asyncio.sleep(LOOK_SECONDS)


async def _nothing_new(_session: AsyncSession, _update: InboundUpdate) -> None:
    """Only hold what we have taken."""


def _no_sound(conversation: Conversation, reading: Reading, language: str, *, at: datetime) -> OutgoingMessage:
    replies = conversation.replies(Situation(language, at))
    return replies.no_sound(replies.catalogue.answers.get(reading.answer_id))


async def _in_time(sending: Awaitable[object]) -> None:
    """Within our lease. Raises SendFailed."""
    try:
        async with asyncio.timeout(LONGEST_SEND):
            await sending
    except TimeoutError:
        raise SendFailed(permanent=False, reason="time_out", may_have_left=True) from None


def _in_order(reply: OutgoingMessage) -> Sequence[Part | Attachment | Reading]:
    return [*parts(reply), *(one for one in (reply.attachment, reply.sound) if one is not None)]


def _buttons(reply: OutgoingMessage) -> tuple[Button, ...]:
    """Listening comes first: it is for those who do not read on."""
    reading = reply.reading
    return (reading.button, *reply.buttons) if reading and reading.is_sendable else reply.buttons

"""Where a turn meets the database: who is writing, what is published now, and what the turn changes."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields
from datetime import datetime
from functools import cache
from pathlib import Path
from typing import Any

from sqlalchemy import BindParameter, Select, and_, bindparam, select
from sqlalchemy.ext.asyncio import AsyncSession

from bot.conversation import Conversation
from bot.dialogues.listening import add, listen
from bot.forms import OPEN_FOR, Form, is_open
from bot.inbound import drop_sounds
from bot.phrases import Intent, Phrases, load_phrases
from bot.situation import (
    About,
    Act,
    AskToForget,
    ChooseLanguage,
    Effect,
    ForgetPerson,
    NoteGap,
    ReadEasily,
    Remember,
    Situation,
    StopMessages,
)
from bot.turn import Outcome, Turn
from broadcasts.delivery.visiting import is_awaited
from broadcasts.members.joining import leave_all
from broadcasts.organisations.speaking import is_speaker
from broadcasts.voices.speaking import take_back
from content.catalogue import Catalogue
from content.finding.rasa import Opinion, Rasa
from content.gaps import note_gap
from content.index import Knowledge
from content.publishing import VERSION
from content.reading_aloud.robot import Robot
from core.database import Database, Instant
from core.i18n import Catalogues
from core.messages import IncomingMessage, Said
from core.people import Address, Note, Person, find_person, forget, note_message

LOCALES = Path(__file__).parent / "locales"
CATALOGUES = Catalogues(LOCALES)
IN_THE_ROW = (AskToForget, ChooseLanguage, ReadEasily, Remember)


@dataclass(frozen=True, slots=True)
class Taken:
    """A turn, from which texts, whether the person was known before, and whether messages may wait for them."""

    turn: Turn
    catalogue: Catalogue
    is_known: bool
    note: Note | None = None  # that somebody wrote; None for who is to be forgotten, or must leave no trace
    may_be_awaited: bool = False

    @property
    def is_recorded_at_once(self) -> bool:
        """Whether to record the turn is one statement: what changes stands in the person's own row."""
        return all(isinstance(effect, IN_THE_ROW) for effect in self.turn.effects)


@dataclass(frozen=True, slots=True)
class Seen:
    """What a turn begins with. ``about`` is None for who was not known."""

    version: int  # of the content
    about: About | None
    form: Form | None  # the open one
    is_speaker: bool
    is_awaited: bool


class Desk:
    """Answers messages of any channel."""

    def __init__(
        self,
        knowledge: Knowledge,
        phrases: Phrases | None = None,
        words: Catalogues = CATALOGUES,
        robot: Robot | None = None,
        rasa: Rasa | None = None,
    ) -> None:
        self._knowledge = knowledge
        self.phrases = phrases or load_phrases()
        self.words = words
        self.robot = robot
        self._rasa = rasa
        self._conversation: Conversation | None = None  # as long as nothing in it changes

    @property
    def has_second_finder(self) -> bool:
        """Whether ``second_opinion`` asks anybody."""
        return self._rasa is not None

    async def conversation(self, session: AsyncSession | None = None, *, version: int | None = None) -> Conversation:
        """A conversation on what is published at this moment. Pass the session where there is one.

        ``version`` is the version of the content, for who has just looked at it.
        """
        catalogue = await self._knowledge.catalogue(session, version=version)
        voice, finder = self.robot.voice if self.robot else None, self._knowledge.finder
        last = self._conversation
        if last is None or last.catalogue is not catalogue or (last.finder, last.robot) != (finder, voice):
            last = self._conversation = Conversation(self.phrases, self.words, catalogue, finder, voice)
        return last

    async def second_opinion(
        self, database: Database, message: IncomingMessage, *, language: str | None = None
    ) -> Opinion | None:
        """What a Rasa server makes of a question that only finding can answer; None where there is none.

        Asked before the turn, with no transaction open. It never hears what comes first: danger, intents, dialogues.
        """
        if self._rasa is None or message.said is not Said.TEXT:
            return None
        async with database.reading() as session:
            seen, situation, conversation = await self._prepare(session, message, language)
            if not self._rasa.serves(situation.language):
                return None
            if await listen(session, message, situation, conversation, form=seen.form) is not None:
                return None
            question = conversation.open_question(message.text, situation)
        return await self._rasa.ask(question, at=message.at) if question else None

    async def foresee(self, message: IncomingMessage) -> None:
        """Look at a message before its turn, in one go with others that come at this moment. Opens no session."""
        if self._conversation is not None and message.said is Said.TEXT:
            await self._conversation.foresee(message.text)

    async def answer(
        self,
        session: AsyncSession,
        message: IncomingMessage,
        *,
        language: str | None = None,
        opinion: Opinion | None = None,
    ) -> Turn:
        """One turn, with its changes made in this session: ``take_turn`` and ``record``."""
        taken = await self.take_turn(session, message, language=language, opinion=opinion)
        await self.record(session, message, taken)
        return taken.turn

    async def look(self, session: AsyncSession, messages: Sequence[IncomingMessage]) -> list[Seen]:
        """What turns begin with, for several messages of one channel in one look at the database."""
        where = {"channel": messages[0].channel, "addresses": [one.address for one in _padded(messages)]}
        at = max(one.at for one in messages)
        given = {**where, "at": at, "since": at - OPEN_FOR}
        rows = (await session.execute(_wanted(), given, execution_options={"populate_existing": True})).all()
        known = {row.address: row for row in rows}
        return [_seen(known.get(one.address), version=rows[0].version) for one in messages]

    async def take_turn(
        self,
        session: AsyncSession,
        message: IncomingMessage,
        *,
        language: str | None = None,
        opinion: Opinion | None = None,
        seen: Seen | None = None,
    ) -> Taken:
        """One turn; changes nothing. ``message.text`` is a button's action for Said.BUTTON.

        ``language`` is the language of the page a person looks at, where there is a page: it wins for this turn, and
        is kept when they have chosen none. ``seen``: for who has had a ``look`` already.
        """
        seen, situation, conversation = await self._prepare(session, message, language, seen)
        turn = await listen(session, message, situation, conversation, form=seen.form)
        if turn is None:
            turn = self.reply(conversation, message, situation, opinion)
            speaks = seen.is_speaker
            turn = await add(session, message, situation, conversation, turn, form=seen.form, is_speaker=speaks)
        # What an act writes to the person themselves is shown with the reply.
        may_be_awaited = seen.is_awaited or any(isinstance(effect, Act) for effect in turn.effects)
        is_known = seen.about is not None
        note = _note(turn, message, language, is_known=is_known)
        return Taken(turn, conversation.catalogue, is_known, note, may_be_awaited)

    async def _prepare(
        self, session: AsyncSession, message: IncomingMessage, language: str | None, seen: Seen | None = None
    ) -> tuple[Seen, Situation, Conversation]:
        (seen,) = [seen] if seen else await self.look(session, [message])
        situation = Situation.of(seen.about, app_language=message.app_language, at=message.at, now_wanted=language)
        return seen, situation, await self.conversation(session, version=seen.version)

    def reply(
        self,
        conversation: Conversation,
        message: IncomingMessage,
        situation: Situation,
        opinion: Opinion | None = None,
    ) -> Turn:
        """The turn for any kind of message; changes nothing."""
        match message.said:
            case Said.TEXT:
                return conversation.hear(message.text, situation, secrets=message.secrets, opinion=opinion)
            case Said.BUTTON:
                return conversation.press(message.text, situation)
            case Said.OTHER:
                return conversation.unreadable(situation)

    async def record(self, session: AsyncSession, message: IncomingMessage, taken: Taken) -> None:
        """Make the changes of a turn."""
        turn, where, at = taken.turn, _where(message), message.at
        if any(isinstance(effect, ForgetPerson) for effect in turn.effects):
            if (known := await find_person(session, where)) is not None:
                await take_back(session, known.id)
                await leave_all(session, known.id, at=at)  # a nickname that waits for an ambassador goes too
            await forget(session, where)
            await drop_sounds(session, where)
        if taken.note is None:
            return
        number = await note_message(session, taken.note)
        for effect in turn.effects:
            match effect:
                case StopMessages():
                    await leave_all(session, number, at=at)
                case Act(run):
                    person = await session.get_one(Person, number, populate_existing=True)
                    await run(session, person, at)
                case NoteGap(text, language):
                    await note_gap(session, text, language, on=at.date())


def _seen(row: Any, *, version: int) -> Seen:
    if row is None:
        return Seen(version, None, None, is_speaker=False, is_awaited=False)
    about = About(*row[: len(_ABOUT)])
    return Seen(version, about, row.Form, is_speaker=bool(row.is_speaker), is_awaited=bool(row.is_awaited))


def _padded(messages: Sequence[IncomingMessage]) -> Sequence[IncomingMessage]:
    """1, 2, 4, 8, ...: the database makes a plan for each number of addresses that it has not seen."""
    missing = (1 << (len(messages) - 1).bit_length()) - len(messages)
    return [*messages, *[messages[0]] * missing]


_ABOUT = tuple(getattr(Person, one.name) for one in fields(About))


@cache
def _wanted() -> Select[Any]:
    """Made once: to make it takes longer than the database needs for it."""
    here = and_(Person.channel == bindparam("channel"), Person.address.in_(bindparam("addresses", expanding=True)))
    version = select(VERSION.label("version")).subquery()
    at: BindParameter[datetime] = bindparam("at", type_=Instant)
    since: BindParameter[datetime] = bindparam("since", type_=Instant)
    more = (
        Person.address,
        version.c.version,
        Form,
        is_speaker().label("is_speaker"),
        is_awaited(at=at).label("is_awaited"),
    )
    return (
        select(*_ABOUT, *more)
        .select_from(version)
        .outerjoin(Person, here)
        .outerjoin(Form, and_(Form.person_id == Person.id, is_open(since=since)))
    )


def _note(turn: Turn, message: IncomingMessage, language: str | None, *, is_known: bool) -> Note | None:
    needs_help = turn.outcome is Outcome.SAFETY or turn.intent is Intent.SAFETY
    if needs_help and not is_known:
        return None  # somebody in danger leaves no trace: they are not even made known
    if any(isinstance(effect, ForgetPerson) for effect in turn.effects):
        return None
    return Note(_where(message), message.at, language, _changes(turn.effects, at=message.at))


def _changes(effects: Sequence[Effect], *, at: datetime) -> Mapping[str, object]:
    """What a turn changes of what is stored about a person themselves."""
    found: dict[str, object] = {"forgetting_asked_at": None}
    for effect in effects:
        match effect:
            case ChooseLanguage(language):
                found["language"] = language
            case ReadEasily(is_wanted):
                found["reads_easy"] = is_wanted
            case Remember(answer_id):
                found |= {"last_answer": answer_id, "last_answer_at": at if answer_id else None}
            case AskToForget():
                found["forgetting_asked_at"] = at
            case StopMessages():
                found["stopped_at"] = at
    return found


def _where(message: IncomingMessage) -> Address:
    return Address(message.channel, message.address)

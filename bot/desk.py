"""Where a turn meets the database: who is writing, what is published now, and what the turn changes."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from sqlalchemy import and_, select
from sqlalchemy.ext.asyncio import AsyncSession

from bot.conversation import Conversation
from bot.dialogues.listening import add, listen
from bot.forms import Form, is_open
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
from broadcasts.members.joining import leave_all
from broadcasts.voices.speaking import take_back
from content.catalogue import Catalogue
from content.finding.rasa import Opinion, Rasa
from content.gaps import note_gap
from content.index import Knowledge
from content.publishing import VERSION
from content.reading_aloud.robot import Robot
from core.database import Database
from core.i18n import Catalogues
from core.messages import IncomingMessage, Said
from core.people import Address, Person, find_person, forget, note_message

LOCALES = Path(__file__).parent / "locales"
CATALOGUES = Catalogues(LOCALES)


@dataclass(frozen=True, slots=True)
class Taken:
    """A turn, from which texts, and whether the person was known before."""

    turn: Turn
    catalogue: Catalogue
    is_known: bool


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

    @property
    def has_second_finder(self) -> bool:
        """Whether ``second_opinion`` asks anybody."""
        return self._rasa is not None

    async def conversation(self, session: AsyncSession | None = None, *, version: int | None = None) -> Conversation:
        """A conversation on what is published at this moment. Pass the session where there is one.

        ``version`` is the version of the content, for who has just looked at it.
        """
        catalogue = await self._knowledge.catalogue(session, version=version)
        voice = self.robot.voice if self.robot else None
        return Conversation(self.phrases, self.words, catalogue, self._knowledge.finder, voice)

    async def second_opinion(
        self, database: Database, message: IncomingMessage, *, language: str | None = None
    ) -> Opinion | None:
        """What a Rasa server makes of a question that only finding can answer; None where there is none.

        Asked before the turn, with no transaction open. It never hears what comes first: danger, intents, dialogues.
        """
        if self._rasa is None or message.said is not Said.TEXT:
            return None
        async with database.reading() as session:
            situation, conversation, form = await self._prepare(session, message, language)
            if not self._rasa.serves(situation.language):
                return None
            if await listen(session, message, situation, conversation, form=form) is not None:
                return None
            question = conversation.open_question(message.text, situation)
        return await self._rasa.ask(question, at=message.at) if question else None

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
        await self.record(session, message, taken, language=language)
        return taken.turn

    async def take_turn(
        self,
        session: AsyncSession,
        message: IncomingMessage,
        *,
        language: str | None = None,
        opinion: Opinion | None = None,
    ) -> Taken:
        """One turn; changes nothing. ``message.text`` is a button's action for Said.BUTTON.

        ``language`` is the language of the page a person looks at, where there is a page: it wins for this turn, and
        is kept when they have chosen none.
        """
        situation, conversation, form = await self._prepare(session, message, language)
        turn = await listen(session, message, situation, conversation, form=form)
        if turn is None:
            turn = self.reply(conversation, message, situation, opinion)
            turn = await add(session, message, situation, conversation, turn, form=form)
        return Taken(turn, conversation.catalogue, situation.about is not None)

    async def _prepare(
        self, session: AsyncSession, message: IncomingMessage, language: str | None
    ) -> tuple[Situation, Conversation, Form | None]:
        version, person, form = await _look(session, _where(message), at=message.at)
        about = About.of(person) if person else None
        situation = Situation.of(about, app_language=message.app_language, at=message.at, now_wanted=language)
        return situation, await self.conversation(session, version=version), form

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

    async def record(
        self, session: AsyncSession, message: IncomingMessage, taken: Taken, *, language: str | None = None
    ) -> None:
        """Make the changes of a turn."""
        turn = taken.turn
        where, at = _where(message), message.at
        if any(isinstance(effect, ForgetPerson) for effect in turn.effects):
            if (known := await find_person(session, where)) is not None:
                await take_back(session, known.id)
                await leave_all(session, known.id, at=at)  # a nickname that waits for an ambassador goes too
            await forget(session, where)
            await drop_sounds(session, where)
            return
        needs_help = turn.outcome is Outcome.SAFETY or turn.intent is Intent.SAFETY
        if needs_help and not taken.is_known:
            return  # somebody in danger leaves no trace: they are not even made known
        changes = _changes(turn.effects, at=at)
        number = await note_message(session, where, at=at, language=language, changes=changes)
        for effect in turn.effects:
            match effect:
                case StopMessages():
                    await leave_all(session, number, at=at)
                case Act(run):
                    person = await session.get_one(Person, number, populate_existing=True)
                    await run(session, person, at)
                case NoteGap(text, language):
                    await note_gap(session, text, language, on=at.date())


async def _look(session: AsyncSession, where: Address, *, at: datetime) -> tuple[int, Person | None, Form | None]:
    """The version of the content, who is here, and the form they have open: what a turn begins with, in one look."""
    here = and_(Person.channel == where.channel, Person.address == where.address)
    version = select(VERSION.label("version")).subquery()
    wanted = (
        select(version.c.version, Person, Form)
        .select_from(version)
        .outerjoin(Person, here)
        .outerjoin(Form, and_(Form.person_id == Person.id, is_open(at=at)))
    )
    row = (await session.execute(wanted.execution_options(populate_existing=True))).one()
    return row.version, row.Person, row.Form


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

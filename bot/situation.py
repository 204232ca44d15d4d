"""What a conversation knows of the person it is with, and what a turn changes. Values only: no database here."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy.ext.asyncio import AsyncSession

from core import languages
from core.people import Person

# An answer read longer ago is not what "and what does it cost?" is about.
REMEMBERED_FOR = timedelta(minutes=30)
# A "yes" that comes later is not the answer to "Shall I delete everything?".
MAY_BE_FORGOTTEN_FOR = timedelta(minutes=10)


@dataclass(frozen=True, slots=True)
class About:
    """Everything that is stored about a person in their own row."""

    id: int
    channel: str
    address: str
    language: str | None
    last_answer: str | None
    last_answer_at: datetime | None
    stopped_at: datetime | None
    first_seen_at: datetime
    last_seen_at: datetime
    forgetting_asked_at: datetime | None = None
    reads_easy: bool = False

    @classmethod
    def of(cls, person: Person) -> "About":
        """The value of a row."""
        return cls(
            person.id,
            person.channel,
            person.address,
            person.language,
            person.last_answer,
            person.last_answer_at,
            person.stopped_at,
            person.first_seen_at,
            person.last_seen_at,
            person.forgetting_asked_at,
            person.reads_easy,
        )


@dataclass(frozen=True, slots=True)
class Situation:
    """Who writes, in which language they are answered, and when."""

    language: str
    at: datetime
    about: About | None = None
    reads_easy: bool = False

    @classmethod
    def of(
        cls, about: About | None, *, app_language: str | None, at: datetime, now_wanted: str | None = None
    ) -> "Situation":
        """The language wanted just now wins over the chosen one, and that over the app's; there is always one."""
        chosen = about.language if about else None
        language = languages.resolve(now_wanted or chosen or app_language or "nb")
        return cls(language, at, about, reads_easy=about is not None and about.reads_easy)

    @property
    def last_answer(self) -> str | None:
        """The answer they read a short while ago."""
        if self.about is None or self.about.last_answer_at is None:
            return None
        return self.about.last_answer if self.at - self.about.last_answer_at <= REMEMBERED_FOR else None

    @property
    def is_asked_to_be_forgotten(self) -> bool:
        """Whether we asked a short while ago if everything shall be deleted, and they have said nothing since."""
        asked_at = self.about.forgetting_asked_at if self.about else None
        return asked_at is not None and self.at - asked_at <= MAY_BE_FORGOTTEN_FOR


@dataclass(frozen=True, slots=True)
class Danger:
    """What is kept of words of danger until they are answered; the words themselves are not."""

    answer_id: str
    others: tuple[str, ...] = ()  # what else may have been meant
    written_in: str | None = None


@dataclass(frozen=True, slots=True)
class ChooseLanguage:
    """Answer in this language from now on."""

    language: str


@dataclass(frozen=True, slots=True)
class ReadEasily:
    """Show the easy texts from now on, or the plain ones again."""

    is_wanted: bool


@dataclass(frozen=True, slots=True)
class Remember:
    """This answer was read last; None after a safety answer, which leaves no trace."""

    answer_id: str | None


@dataclass(frozen=True, slots=True)
class AskToForget:
    """We have asked whether everything shall be deleted. Any other turn lets the question lapse."""


@dataclass(frozen=True, slots=True)
class ForgetPerson:
    """Delete what is stored."""


@dataclass(frozen=True, slots=True)
class StopMessages:
    """No messages from organisations: leave them all."""


@dataclass(frozen=True, slots=True)
class NoteGap:
    """Count a question that found nothing."""

    text: str
    language: str


@dataclass(frozen=True, slots=True)
class Act:
    """A use case of another room that a dialogue decided on; it checks its rules again when it runs."""

    run: Callable[[AsyncSession, Person, datetime], Awaitable[None]]


Effect = Act | ChooseLanguage | ReadEasily | Remember | AskToForget | ForgetPerson | StopMessages | NoteGap

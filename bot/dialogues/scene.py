"""What a dialogue is given, and what it gives back. It only reads; what it changes stands in the turn's effects."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy.ext.asyncio import AsyncSession

from bot.conversation import Conversation
from bot.forms import Form, close_form
from bot.phrases import Intent
from bot.replies import Replies
from bot.situation import Act, Situation
from bot.turn import Outcome, Turn
from core.i18n import Translator
from core.messages import IncomingMessage, OutgoingMessage
from core.people import Person


@dataclass(frozen=True, slots=True)
class Scene:
    """One message that may belong to a dialogue."""

    session: AsyncSession
    message: IncomingMessage
    situation: Situation
    conversation: Conversation
    replies: Replies
    form: Form | None

    @property
    def t(self) -> Translator:
        """The reader's words."""
        return self.replies.t

    @property
    def person_id(self) -> int | None:
        """The row of who writes; None for somebody who is not known yet."""
        return self.situation.about.id if self.situation.about else None

    def say(self, message: OutgoingMessage, *acts: Act) -> Turn:
        """The turn of a dialogue: what to say, and what to change."""
        return Turn(Outcome.INTENT, message, acts, intent=Intent.MESSAGES, certainty=1.0, shown_in=message.language)

    def end(self, message: OutgoingMessage, *acts: Act) -> Turn:
        """The same, and an open form is closed by it."""
        return self.say(message, *((Act(close),) if self.form else ()), *acts)


async def close(session: AsyncSession, person: Person, _at: datetime) -> None:
    """What a turn does that closes the open form."""
    await close_form(session, person.id)


# ``value`` is what stands after the colon of a button's action, or the text that was written. None: not for us.
Handler = Callable[[Scene, str], Awaitable[Turn | None]]
# Adds to a turn of the conversation what stands in the database: buttons below "stop", lines of "my data".
Addition = Callable[[Scene, Turn], Awaitable[Turn]]

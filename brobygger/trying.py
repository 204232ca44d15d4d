"""Lets staff try what the bot says: one turn with a stranger, with its reasons, as data. Nothing is written."""

from dataclasses import replace
from datetime import datetime

from bot.channels.web.rendering import Entry, Pages
from bot.conversation import Conversation
from bot.desk import Desk
from bot.turn import Turn
from brobygger.asking import Question, ask
from content.catalogue import Catalogue
from content.finding.certainty import calibration
from content.index import Knowledge
from content.trying import Learner
from core.database import Database
from editor.visits import Candidate, Heard, Thresholds

MOST_CANDIDATES = 5


class Asking:
    """The editor's port for it."""

    def __init__(self, database: Database, desk: Desk, knowledge: Knowledge) -> None:
        self._desk = desk
        self._learner = Learner(database, knowledge)
        self._pages = Pages()

    async def __call__(
        self, question: str, language: str | None, *, at: datetime, draft: Catalogue | None = None
    ) -> Heard:
        conversation = await self._desk.conversation()
        if draft is not None:
            finder = await self._learner.learn(draft)
            conversation = replace(conversation, catalogue=draft, finder=finder)
        turn, asked_in = ask(conversation, Question(None, language, question), at=at)
        return self._heard(conversation, turn, asked_in)

    def _heard(self, conversation: Conversation, turn: Turn, asked_in: str) -> Heard:
        catalogue = conversation.catalogue
        ranked = turn.ranking.candidates if turn.ranking is not None else ()
        shares = {one.answer_id: one.share for one in ranked}

        def candidate(answer_id: str) -> Candidate:
            text = catalogue.answers[answer_id].text_for(asked_in)
            return Candidate(answer_id, text.title, text.language, shares.get(answer_id, 0.0))

        thresholds = calibration(asked_in).thresholds
        return Heard(
            asked_in=asked_in,
            kind=turn.outcome.value,
            intent=turn.intent.value if turn.intent else "",
            answer=candidate(turn.answer_id) if turn.answer_id else None,
            choices=tuple(candidate(one) for one in turn.choices),
            certainty=turn.certainty,
            thresholds=Thresholds(thresholds.answer, thresholds.choices) if turn.ranking is not None else None,
            candidates=tuple(candidate(one.answer_id) for one in ranked[:MOST_CANDIDATES]),
            nearest=turn.ranking.nearest if turn.ranking is not None else (),
            reply=self._html(turn, catalogue),
        )

    def _html(self, turn: Turn, catalogue: Catalogue) -> str:
        """As the web chat shows it, without its buttons: nothing here can be pressed."""
        t = self._desk.words.translator(turn.message.language)
        message = replace(turn.message, buttons=())
        return self._pages.entry(t, Entry(None, message), catalogue, embedded=True)

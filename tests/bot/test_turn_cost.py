"""What an ordinary question costs: a handful of statements and one search, however many dialogues might listen."""

from collections.abc import Iterator
from contextlib import contextmanager

from httpx import ASGITransport, AsyncClient
from sqlalchemy import Engine, event

from bot.channels.web.app import WebChat
from bot.desk import Desk
from bot.turn import Outcome
from content.finding.finder import Finder, Ranking
from content.index import Knowledge
from tests.bot.talking import Talker
from tests.conftest import MONDAY_9AM, Town

QUESTION = "Hva koster en barnehageplass?"
# One look: do they speak for an organisation, does something wait, what is published, who is it and is a form open.
# Then: they were here, and read this.
OF_A_TURN = ["ambassadors", "people"]


async def test_a_question_on_telegram_costs_two_statements(town: Town) -> None:
    talker = Talker(town, language="nb")
    await talker.say("hei")

    with statements() as asked:
        turn = await talker.say(QUESTION)

    assert turn.outcome is Outcome.ANSWER
    assert [table(one) for one in asked] == OF_A_TURN


async def test_a_question_on_the_web_costs_no_more(town: Town) -> None:
    web = WebChat(town.database, town.desk, town.knowledge, now=lambda: MONDAY_9AM, is_https=False)
    async with AsyncClient(transport=ASGITransport(web.application()), base_url="http://brobygda") as browser:
        await browser.post("/messages", json={"text": "hei", "lang": "nb"})
        with statements() as asked:
            answer = await browser.post("/messages", json={"text": QUESTION, "lang": "nb"})

    assert answer.status_code == 200
    assert [table(one) for one in asked] == OF_A_TURN


async def test_a_question_is_searched_for_once(town: Town) -> None:
    finder = CountingFinder(town.knowledge)
    desk = Desk(finder)  # type: ignore[arg-type]

    await Talker(Town(town.database, town.knowledge, desk), language="nb").say(QUESTION)

    assert finder.ranked == [QUESTION]


class CountingFinder:
    """Knowledge whose finder is watched."""

    def __init__(self, knowledge: Knowledge) -> None:
        assert knowledge.finder is not None
        self.catalogue = knowledge.catalogue
        self.finder = self
        self.ranked: list[str] = []
        self._finder: Finder = knowledge.finder

    def __getattr__(self, name: str) -> object:
        return getattr(self._finder, name)

    def rank(self, question: str, *, without: frozenset[str] = frozenset()) -> Ranking:
        self.ranked.append(question)
        return self._finder.rank(question, without=without)


@contextmanager
def statements() -> Iterator[list[str]]:
    """What the database is asked meanwhile."""
    asked: list[str] = []

    def note(_connection: object, _cursor: object, statement: str, *_more: object) -> None:
        if statement.split()[0] in ("SELECT", "INSERT", "UPDATE", "DELETE"):
            asked.append(statement)

    event.listen(Engine, "before_cursor_execute", note)  # of any engine: looks may have one of their own
    yield asked
    event.remove(Engine, "before_cursor_execute", note)


def table(statement: str) -> str:
    """Which table a statement is about first."""
    words = statement.replace(",", " ").replace(")", " ").split()
    named = (words[at + 1] for at, word in enumerate(words) if word in ("FROM", "INTO", "UPDATE"))
    return next(name for name in named if not name.startswith("("))

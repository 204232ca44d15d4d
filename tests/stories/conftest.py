"""Who visits the web chat, who writes on Telegram, and our words in their language."""

from collections.abc import AsyncIterator, Callable

import pytest

from tests.conftest import Town
from tests.fakes.telegram_line import Line, telegram_line
from tests.fakes.web_page import Visitor
from tests.stories.web_visits import visiting


@pytest.fixture
async def visitor(town: Town) -> AsyncIterator[Visitor]:
    async with visiting(town.database, town.knowledge) as one:
        yield one


@pytest.fixture
async def line(town: Town) -> AsyncIterator[Line]:
    async with telegram_line(town) as connected:
        yield connected


@pytest.fixture
def words(town: Town) -> Callable[..., str]:
    """Our words in a language."""

    def say(language: str, message: str, **values: object) -> str:
        return town.desk.words.translator(language)(message, **values)

    return say

"""What an ambassador reads in the chat about members stays the same while nobody can be told from it."""

import pytest

from tests.bot.chatting import Phone
from tests.broadcasts.making import make_ambassador, make_broadcast, make_member, make_organisation
from tests.conftest import Town


@pytest.mark.parametrize("language", ["nb", "ar"])
async def test_the_order_of_languages_does_not_say_which_one_grew(town: Town, language: str) -> None:
    async with town.database.changing() as session:
        await make_organisation(session, languages=[])
        await make_ambassador(session, language=language)
        for number in range(5):
            await make_member(session, f"30{number}", "tr")
            await make_member(session, f"40{number}", "so")
        broadcast = await make_broadcast(session)
    phone = Phone(town, language=language)
    before = (await phone.press(f"draft:{broadcast.id}:")).as_text()

    async with town.database.changing() as session:
        await make_member(session, "305", "tr")
    after_one = (await phone.press(f"draft:{broadcast.id}:")).as_text()
    async with town.database.changing() as session:
        await make_member(session, "405", "so")
        await make_member(session, "406", "so")
    after_two = (await phone.press(f"draft:{broadcast.id}:")).as_text()

    assert before == after_one == after_two

"""An organisation's own Telegram group: who adds the bot is asked in private, and the group itself hears nothing."""

from collections.abc import AsyncIterator

import pytest
from sqlalchemy import select

from broadcasts.delivery.records import DirectMessage
from broadcasts.organisations.groups import list_groups
from broadcasts.organisations.records import Group
from tests.broadcasts.making import WOMEN, make_ambassador, make_organisation
from tests.conftest import CHAU, DALIA, Town
from tests.fakes import bot_api_updates as updates
from tests.fakes.telegram_line import Line, telegram_line

chau, dalia = int(CHAU), int(DALIA)
GROUP = updates.group(-1001234)
one_database = pytest.mark.parametrize("engine", ["sqlite"], indirect=True)


@pytest.fixture
async def line(town: Town) -> AsyncIterator[Line]:
    async with town.database.changing() as session:
        await make_organisation(session)
        await make_ambassador(session, DALIA, "ar")
    async with telegram_line(town) as connected:
        yield connected


async def groups(line: Line) -> list[tuple[str | None, str, bool]]:
    """Every group: whose it is, its language, and whether it has ended."""
    async with line.town.database.reading() as session:
        several = await session.scalars(select(Group).order_by(Group.id))
        return [(one.organisation_id, one.language, one.ended_at is not None) for one in several]


async def asked(line: Line) -> list[dict[str, str]]:
    """What waits to be said in private about groups."""
    async with line.town.database.reading() as session:
        return list(await session.scalars(select(DirectMessage.about).where(DirectMessage.kind == "group_added")))


@pytest.mark.parametrize("kind", ["group", "supergroup"])
async def test_an_ambassador_connects_a_group(line: Line, kind: str) -> None:
    group = updates.group(-1001234, kind)
    line.api.push(updates.in_group(group, dalia, "member"))
    await line.everything_is_heard()
    (question,) = await asked(line)

    languages = await line.press(dalia, f"group:{question['group']}", "ar")
    done = await line.press(dalia, next(one for one in languages.data() if one.endswith(":ti")), "ar")

    assert "Kvinnegruppa" in done.text
    assert await groups(line) == [(WOMEN, "ti", False)]
    async with line.town.database.reading() as session:
        assert [one.address for one in await list_groups(session, WOMEN)] == ["-1001234"]


@one_database
async def test_the_bot_may_write_in_a_channel_as_its_administrator_only(line: Line) -> None:
    channel = updates.group(-1005678, "channel", "Kvinnekanalen")

    line.api.push(updates.in_group(channel, dalia, "member"))
    await line.everything_is_heard()
    assert await asked(line) == []
    line.api.push(updates.in_group(channel, dalia, "administrator", before="member"))
    await line.everything_is_heard()

    assert [one["title"] for one in await asked(line)] == ["Kvinnekanalen"]


@one_database
async def test_somebody_else_who_adds_the_bot_hears_nothing_and_is_not_kept(line: Line) -> None:
    line.api.push(updates.in_group(GROUP, chau, "member"))
    await line.everything_is_heard()

    assert await groups(line) == [(None, "nb", False)]
    assert await asked(line) == []
    assert list(line.api.to(chau)) == []
    assert list(line.api.to(GROUP["id"])) == []


@one_database
async def test_what_is_written_in_a_group_is_never_read_nor_answered(line: Line) -> None:
    line.api.push(updates.in_group(GROUP, dalia, "member"))
    for text in ("hva koster barnehagen?", "/stop", "mannen min slår meg", "/start@brobygger_test_bot"):
        line.api.push(updates.said_in_group(GROUP, dalia, text))
    await line.everything_is_heard()

    assert list(line.api.to(GROUP["id"])) == []
    assert await groups(line) == [(None, "ar", False)]


@one_database
@pytest.mark.parametrize("status", ["left", "kicked"])
async def test_a_group_ends_when_the_bot_is_taken_out(line: Line, status: str) -> None:
    line.api.push(updates.in_group(GROUP, dalia, "member"))
    await line.everything_is_heard()
    number = (await asked(line))[0]["group"]
    await line.press(dalia, f"group:{number}:{WOMEN}:ar", "ar")

    line.api.push(updates.in_group(GROUP, chau, status, before="member"))
    await line.everything_is_heard()

    assert await groups(line) == [(WOMEN, "ar", True)]
    late = await line.press(dalia, f"group:{number}:{WOMEN}:ti", "nb")
    assert late.data()
    assert await groups(line) == [(WOMEN, "ar", True)]


@one_database
async def test_nobody_else_connects_the_group(line: Line) -> None:
    line.api.push(updates.in_group(GROUP, dalia, "member"))
    await line.everything_is_heard()
    number = (await asked(line))[0]["group"]

    for data in (f"group:{number}", f"group:{number}:{WOMEN}:nb", f"group_no:{number}", "group:x", "group:99:x:nb"):
        await line.press(chau, data)

    assert await groups(line) == [(None, "ar", False)]


@one_database
async def test_no_thank_you_ends_it_without_a_word_in_the_group(line: Line) -> None:
    line.api.push(updates.in_group(GROUP, dalia, "member"))
    await line.everything_is_heard()

    await line.press(dalia, f"group_no:{(await asked(line))[0]['group']}", "ar")

    assert await groups(line) == [(None, "ar", True)]
    assert list(line.api.to(GROUP["id"])) == []

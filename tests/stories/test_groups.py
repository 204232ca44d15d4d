"""An organisation's own Telegram group: who adds the bot is asked in private, and the group itself hears nothing."""

import re
from collections.abc import AsyncIterator

import pytest
from sqlalchemy import select

from broadcasts.announcements.approving import submit
from broadcasts.announcements.records import Kind, ReplyKey
from broadcasts.delivery.records import DirectMessage, Response, SendingPolicy
from broadcasts.organisations.by import By
from broadcasts.organisations.groups import list_groups
from broadcasts.organisations.records import Group
from broadcasts.scheduling.planning import right_now
from broadcasts.scheduling.scheduling import schedule
from tests.broadcasts.making import (
    CODE,
    POLES,
    WOMEN,
    arm,
    make_ambassador,
    make_broadcast,
    make_member,
    make_organisation,
)
from tests.conftest import CHAU, DALIA, Town
from tests.fakes import bot_api_updates as updates
from tests.fakes.bot_api import Message
from tests.fakes.telegram_line import Line, telegram_line
from tests.stories.test_ambassador_phone import ending, sending

chau, dalia, olena, tomasz = int(CHAU), int(DALIA), 1003, 1005
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


async def ask_the_group(line: Line, kind: str, language: str) -> Message:
    """Dalia connects a group; a request goes to it and to Chau, a member. What the group gets."""
    await line.ask(chau, "/help", language)
    group = updates.group(-1001234, kind)
    line.api.push(updates.in_group(group, dalia, "administrator"))
    await line.everything_is_heard()
    (question,) = await asked(line)
    await line.press(dalia, f"group:{question['group']}:{WOMEN}:{language}", "ar")
    async with line.town.database.changing() as session:
        await make_member(session, CHAU, language)
        await arm(session)
        (await session.get_one(SendingPolicy, 1)).first_read_by_staff = 0
        made = await make_broadcast(session, kind=Kind.REQUEST, replies=[ReplyKey.YES, ReplyKey.NO])
        speaker = By(ambassador_id=1)
        await submit(session, made.id, by=speaker, at=line.clock())
        plan = right_now("Europe/Oslo", at=line.clock())
        useful = {"useful_minutes": 60, "ignores_quiet_hours": False}
        await schedule(session, made.id, plan, by=speaker, at=line.clock(), **useful)
    async with sending(line):
        (message,) = await line.api.replies(group["id"], 1)
        await line.api.replies(chau, 2)
    return message


def start_of(message: Message) -> str:
    """What Telegram writes when somebody follows the link."""
    (link,) = re.findall(r"https://t\.me/brobygda_bot\?start=(\w+)", message.raw)
    return f"/start {link}"


async def answers(line: Line) -> list[str]:
    async with line.town.database.reading() as session:
        return sorted(one.key for one in await session.scalars(select(Response)))


@pytest.mark.parametrize(
    ("engine", "kind", "language"),
    [("sqlite", "supergroup", "nb"), ("postgres", "channel", "ar")],
    indirect=["engine"],
)
async def test_who_reads_a_request_in_a_group_answers_it_alone_with_the_bot(
    line: Line, kind: str, language: str
) -> None:
    message = await ask_the_group(line, kind, language)
    link = start_of(message)

    shown = await line.ask(chau, link, language)
    await line.press(chau, ending(shown, ":yes"), language)
    consent = await line.ask(olena, link, language)
    before = await answers(line)
    joined = await line.press(olena, next(one for one in consent.data() if one.startswith("consent:")), language)
    opened = await line.press(olena, next(one for one in joined.data() if one.startswith("open:")), language)
    await line.press(olena, ending(opened, ":no"), language)

    assert message.data() == ()  # in a group everybody would see who presses
    assert "Eritrean Women" in consent.text
    assert before == ["yes"]
    assert await answers(line) == ["no", "yes"]


@one_database
async def test_the_link_in_a_group_shows_messages_to_members_alone(line: Line) -> None:
    link = start_of(await ask_the_group(line, "group", "nb"))
    async with line.town.database.changing() as session:
        await make_organisation(session, POLES)
        await make_ambassador(session, str(tomasz), organisation_id=POLES, name="Tomasz")

    # Its own ambassador, who is no member, that of another organisation, and numbers that were guessed.
    own = await line.ask(dalia, link, "nb")
    other = await line.ask(tomasz, link, "nb")
    guessed = await line.ask(tomasz, f"/start open_77_{CODE}", "nb")
    codeless = [await line.ask(tomasz, f"/start open_{value}", "nb") for value in ("1", "1_", "x_y", "1_AAAABBBB")]

    for read in (own, other, guessed, *codeless):
        assert "Kafé" not in read.text
        assert not [one for one in read.data() if one.startswith("reply:")]
    assert other.text == guessed.text
    assert (await line.press(tomasz, "reply:1:yes", "nb")).text == (await line.press(tomasz, "reply:77:yes", "nb")).text
    assert await answers(line) == []

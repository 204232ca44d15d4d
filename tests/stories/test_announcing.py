"""The whole story, over Telegram and at the desk: poster, join, briefing, adapt, approve, schedule, receive in three
languages, reply, leave, report. Saba, who speaks for the organisation, reads Norwegian once and Arabic once.
"""

import asyncio
import re
from collections.abc import AsyncIterator
from datetime import timedelta

import pytest
from sqlalchemy import select

from broadcasts.delivery.records import Delivery, DeliveryState
from broadcasts.delivery.settling import settle
from broadcasts.members.records import Membership
from broadcasts.scheduling.releasing import release_due
from core.people import Person
from core.sealing import Seal
from editor.access.roles import Role
from tests.broadcasts.making import CODE, WOMEN, arm, make_ambassador, make_organisation
from tests.conftest import DALIA, Town
from tests.editor.desk import Client, Clock, fields_of, signed_in
from tests.fakes.bot_api import Message
from tests.fakes.telegram_line import Line, telegram_line
from tests.stories.test_ambassador_phone import sending

saba, dalia, olena, kari = 2001, int(DALIA), 1003, 1004
MEMBERS = {dalia: "ar", olena: "uk", kari: "nb"}
TEXTS = {
    "nb": ("Vaksine", "Gratis på helsestasjonen."),
    "ar": ("التطعيم", "مجانا في المركز الصحي."),
    "uk": ("Щеплення", "Безкоштовно в поліклініці."),
}
OWN_WORDS = {"nb": "Vi følger deg dit.", "ar": "سنذهب معك."}
both_ways = pytest.mark.parametrize(("engine", "language"), [("sqlite", "nb"), ("postgres", "ar")], indirect=["engine"])


@pytest.fixture
def seal() -> Seal:
    """Everything goes to the right people when their addresses are sealed."""
    return Seal(bytes(range(64)))


@pytest.fixture
async def line(town: Town, language: str) -> AsyncIterator[Line]:
    async with town.database.changing() as session:
        await make_organisation(session)
        await make_ambassador(session, str(saba), language)
        await arm(session)
    async with telegram_line(town) as connected:
        yield connected


def button(message: Message, words: str) -> str:
    """What the first button sends in whose action these words stand."""
    found = [data for data in message.data() if words in data]
    assert found, f"no button {words}: {message.text} {message.data()}"
    return found[0]


async def at_the_desk(line: Line, role: Role, name: str) -> Client:
    clock = Clock(line.clock())
    return await signed_in(line.town, role, name=name, clock=clock)


async def everybody_joins(line: Line) -> None:
    """Dalia and Olena by the link of the poster, Kari types its code."""
    amina = await at_the_desk(line, Role.ADMINISTRATOR, "Amina")
    poster = await amina.get(f"/organisations/{WOMEN}/poster")
    assert re.sub(r"\W", "", CODE) in re.sub(r"[^\w<>]", "", poster.text)
    for person, language in MEMBERS.items():
        said = CODE.lower() if person == kari else f"/start join_{CODE}"
        consent = await line.ask(person, said, language)
        assert "Eritrean Women" in consent.text
        await line.press(person, button(consent, "consent:"), language)


async def staff_propose(line: Line) -> Client:
    bert = await at_the_desk(line, Role.AUTHOR, "Bert")
    begun = await bert.post("/messages/new", kind="news", language="nb")
    writing = begun.headers["location"].removeprefix("/desk").split("?")[0]
    form = fields_of(await bert.get(writing))
    written = {f"{code}.title": title for code, (title, _body) in TEXTS.items()}
    written |= {f"{code}.body": body for code, (_title, body) in TEXTS.items()}
    await bert.post(writing, {**form, **written, "fallback": "next_language"})
    await bert.post(f"{writing.removesuffix('/write')}/propose", {f"organisation.{WOMEN}": "1"})
    return bert


async def saba_asks_and_adapts(line: Line, bert: Client, language: str) -> None:
    """She is told of the proposal, asks, gets an answer, adds her own words, and hands it in."""
    async with sending(line):
        told = await line.next_to(saba)
    shown = await line.press(saba, button(told, "brief:"), language)
    assert TEXTS[language][0] in shown.text
    await line.press(saba, button(shown, ":say"), language)
    await line.ask(saba, "Gjelder det barn?", language)
    await bert.post("/messages/1/briefing", organisation=WOMEN, text="Ja, fra fem år.")
    async with sending(line):
        assert "Ja, fra fem år." in (await line.next_to(saba)).text
    card = await line.press(saba, f"brief:1:{WOMEN}:own", language)
    await line.press(saba, button(card, ":comment"), language)
    kept = await line.ask(saba, OWN_WORDS[language], language)
    card = await line.press(saba, button(kept, "draft:"), language)
    card = await line.press(saba, button(card, ":when"), language)
    handed_in = await line.press(saba, button(card, ":send"), language)
    assert handed_in.text


@both_ways
async def test_from_the_poster_to_the_report(line: Line, language: str) -> None:
    await line.ask(saba, "/help", language)
    await everybody_joins(line)
    bert = await staff_propose(line)
    await saba_asks_and_adapts(line, bert, language)

    rita = await at_the_desk(line, Role.REVIEWER, "Rita")
    assert TEXTS["nb"][0] in (await rita.get("/messages/to-read")).text
    await rita.post("/messages/2/approve", fields_of(await rita.get("/messages/2")))
    async with sending(line):
        approved = await line.next_to(saba)
    sure = await line.press(saba, button(approved, ":time:now"), language)
    await line.press(saba, button(sure, ":send:now"), language)
    line.clock.forward(5)
    async with line.town.database.changing() as session:
        await release_due(session, at=line.clock())

    before = {person: len(line.api.to(person)) for person in (*MEMBERS, saba)}
    async with sending(line):
        got = {person: (await line.api.replies(person, before[person] + 1))[-1] for person in MEMBERS}
        await settled(line)
        report = (await line.api.replies(saba, before[saba] + 1))[-1]

    for person, code in MEMBERS.items():
        assert TEXTS[code][0] in got[person].text
        assert OWN_WORDS[language] in got[person].text
    assert "Eritrean Women" in got[dalia].text
    await dalia_answers(line, got[dalia])
    await olena_leaves(line, got[olena])
    assert (await line.press(saba, button(report, "announcement:"), language)).text
    page = await rita.get("/messages/2/report")
    assert page.status_code == 200
    assert await states(line) == dict.fromkeys(MEMBERS, DeliveryState.SENT)


async def dalia_answers(line: Line, message: Message) -> None:
    asked = await line.press(dalia, button(message, "voice:"), "ar")
    await line.press(dalia, button(asked, ":municipality"), "ar")
    shown = await line.ask(dalia, "متى يبدأ الدرس؟", "ar")
    await line.press(dalia, button(shown, "nameless"), "ar")
    bert = await at_the_desk(line, Role.AUTHOR, "Bert")
    assert "متى يبدأ الدرس؟" in (await bert.get("/voices")).text


async def olena_leaves(line: Line, message: Message) -> None:
    await line.press(olena, button(message, "leave:"), "uk")
    async with line.town.database.reading() as session:
        rows = await session.execute(
            select(Person.address, Membership.state).join(Membership, Membership.person_id == Person.id)
        )
        assert dict(rows.all()) == {str(dalia): "member", str(olena): "left", str(kari): "member"}


async def settled(line: Line) -> None:
    """Time passes until every delivery has its end."""
    async with asyncio.timeout(60):
        while set((await states(line)).values()) != {DeliveryState.SENT}:
            await asyncio.sleep(0.05)
    line.clock.at += timedelta(seconds=1)
    await settle(line.town.database, at=line.clock())


async def states(line: Line) -> dict[int, DeliveryState]:
    async with line.town.database.reading() as session:
        rows = await session.execute(
            select(Person.address, Delivery.state).join(Person, Person.id == Delivery.person_id)
        )
        return {int(address): DeliveryState(state) for address, state in rows}

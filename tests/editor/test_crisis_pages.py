"""A crisis at the desk: prepared by one, read and released by another, followed, ended, and all of it in a log."""

import csv
import io

import httpx
import pytest
from sqlalchemy import select

from broadcasts.announcements.records import Broadcast, BroadcastText
from broadcasts.crisis.records import Crisis
from broadcasts.delivery.audience import expand
from broadcasts.delivery.records import DeliveryState, DirectMessage, Release
from broadcasts.organisations.records import Organisation
from broadcasts.scheduling.releasing import release_due
from content.models import Revision
from editor.access.roles import HeldRole, Role
from tests.broadcasts.making import WOMEN, arm, make_ambassador, make_member, make_organisation
from tests.conftest import MONDAY_9AM, Town
from tests.editor.desk import Client, fields_of, signed_in

NUMBERS = "services-emergency-numbers"


@pytest.fixture
async def amina(town: Town) -> Client:
    """Leads a crisis; the women's organisation has agreed, and sending is on."""
    async with town.database.changing() as session:
        await make_organisation(session, agrees_to_crisis_at=MONDAY_9AM)
        await make_ambassador(session)
        await make_member(session)
        await arm(session)
    return await signed_in(town, Role.PUBLISHER)


async def prepare(client: Client, what: str = "real", answer: str = NUMBERS) -> str:
    """The path of what was prepared."""
    made = await client.post("/crisis", name="Vann", answer=answer, what=what)
    assert made.status_code == 303, made.text
    return made.headers["location"].removeprefix("/desk").partition("?")[0]


async def release(client: Client, path: str) -> httpx.Response:
    """Read the page, then press the button."""
    page = await client.get(path)
    return await client.post(f"{path}/release", fields_of(page))


async def texts(town: Town) -> dict[str, str]:
    """What goes out, by language."""
    async with town.database.reading() as session:
        rows = list(await session.scalars(select(BroadcastText)))
    return {row.language: f"{row.title}\n{row.body}" for row in rows}


async def test_one_prepares_and_another_releases(town: Town, amina: Client) -> None:
    bert = await signed_in(town, Role.ADMINISTRATOR, name="Bert", clock=amina.clock)
    path = await prepare(amina)

    own = await amina.post(f"{path}/release", fields_of(await amina.get(path)))
    page = await bert.get(path)
    done = await bert.post(f"{path}/release", fields_of(page))

    assert own.status_code == 409
    assert "Send to the members now" in page.text
    assert 'dir="rtl"' in page.text
    assert page.text.count('<details class="update" open>') == 1  # fifteen whole texts would hide the button on a phone
    assert f">{NUMBERS}</a>" not in page.text  # its title stands there
    assert done.headers["location"].endswith("?done=crisis_released")
    sent = await texts(town)
    assert set(sent) == {"nb", "en", "ar"}
    assert sent["nb"].startswith("Nødnumre\nRing 113 når det står om liv.")
    assert "Prøvevik" in sent["nb"]
    assert "{fact:" not in "".join(sent.values())
    assert "translated by a machine, checked by nobody" in page.text


async def test_a_drill_goes_to_ambassadors_and_says_so_in_every_text(town: Town, amina: Client) -> None:
    bert = await signed_in(town, Role.ADMINISTRATOR, name="Bert", clock=amina.clock)
    path = await prepare(amina, "drill")
    page = await bert.get(path)

    await bert.post(f"{path}/release", fields_of(page))

    assert "Release the drill to the ambassadors now" in page.text
    async with town.database.reading() as session:
        broadcast = (await session.scalars(select(Broadcast))).one()
    assert broadcast.audience == "ambassadors"
    drill = town.desk.words.translator("nb")("DRILL: {title}", title="Nødnumre")
    assert (await texts(town))["nb"].startswith(drill)


async def test_what_changed_after_it_was_read_does_not_go_out(town: Town, amina: Client) -> None:
    bert = await signed_in(town, Role.ADMINISTRATOR, name="Bert", clock=amina.clock)
    path = await prepare(amina)
    form = fields_of(await bert.get(path))
    fact = fields_of(await bert.get("/facts/emergency-ambulance"))
    seen = await bert.post("/facts/emergency-ambulance", {**fact, "value": "114"}, step="preview")
    changed = await bert.post("/facts/emergency-ambulance", fields_of(seen), step="save")
    assert changed.status_code == 303, changed.text

    refused = await bert.post(f"{path}/release", form)

    assert refused.status_code == 409
    assert "read them again" in refused.text
    assert await texts(town) == {}


async def test_the_page_says_when_nothing_can_go_out(town: Town) -> None:
    amina = await signed_in(town, Role.PUBLISHER)
    bert = await signed_in(town, Role.PUBLISHER, name="Bert", clock=amina.clock)
    path = await prepare(amina)

    page = await bert.get(path)
    refused = await bert.post(f"{path}/release", fields_of(page))

    assert "Sending is turned off" in page.text
    assert "No organisation has agreed" in page.text
    assert "Send to the members now" not in page.text
    assert refused.status_code == 409


async def test_only_a_published_answer_can_be_prepared(amina: Client) -> None:
    refused = await amina.post("/crisis", name="Vann", answer="no-such-answer")
    nameless = await amina.post("/crisis", name=" ", answer=NUMBERS)

    assert refused.status_code == nameless.status_code == 409
    assert "not published" in refused.text


async def test_what_became_of_it_and_who_did_what_can_be_read_and_taken_along(town: Town, amina: Client) -> None:
    bert = await signed_in(town, Role.ADMINISTRATOR, name="=Bert", clock=amina.clock)
    path = await prepare(amina)
    await release(bert, path)
    async with town.database.changing() as session:
        await release_due(session, at=amina.clock())
        run = (await session.scalars(select(Release))).one()
        while await expand(session, run.id, at=amina.clock()):
            pass

    page = await amina.get(path)
    file = await amina.get(f"{path}/log.csv")

    assert "fewer than 5</strong> waiting" in page.text
    assert "crisis message released" in page.text
    rows = list(csv.reader(io.StringIO(file.content.decode("utf-8-sig"))))
    assert rows[0] == ["When", "What", "Who", "Organisation", "How many"]
    assert rows[1][1:] == ["crisis message prepared", "Amina", "", ""]
    assert rows[2][1:] == ["crisis message released", "'=Bert", "", ""]
    assert rows[3][1:] == ["sent through an organisation", "'=Bert", "Eritrean Women", ""]
    assert rows[4] == ["", "waiting", "", "Eritrean Women", "fewer than 5"]
    assert rows[1][0] == "2026-11-23 09:00:00+01:00"


async def test_who_may_not_know_stands_on_the_page_and_in_the_table_to_be_called(town: Town, amina: Client) -> None:
    bert = await signed_in(town, Role.ADMINISTRATOR, name="Bert", clock=amina.clock)
    async with town.database.changing() as session:
        (await session.get_one(Organisation, WOMEN)).contact = "Leder, 22 33 44 55"
        (await make_ambassador(session, "2002", name="Alem")).person_id = None
        await make_ambassador(session, "2003", name="سلمى")
    path = await prepare(amina)
    await release(bert, path)
    async with town.database.changing() as session:
        for one in await session.scalars(select(DirectMessage).order_by(DirectMessage.id).limit(1)):
            one.state, one.reason = DeliveryState.UNKNOWN, "lease_ended"

    page = (await amina.get(path)).text
    file = (await amina.get(f"{path}/log.csv")).content.decode("utf-8-sig")

    assert "Ambassadors who may not know: call them" in page
    assert "Leder, 22 33 44 55" in page
    assert "<bdi>Alem</bdi>: not told: has no chat with the bot" in page
    unknown = "not known whether the message arrived: the program stopped while it was being sent"
    assert f"<bdi>Saba</bdi>: {unknown}" in page
    assert "<bdi>سلمى</bdi>: not told yet: the message is waiting" in page
    rows = list(csv.reader(io.StringIO(file)))
    assert ["", unknown, "Saba", "Eritrean Women", ""] in rows
    assert ["", "not told: has no chat with the bot", "Alem", "Eritrean Women", ""] in rows


async def test_when_every_ambassador_was_told_the_page_says_so(town: Town, amina: Client) -> None:
    bert = await signed_in(town, Role.ADMINISTRATOR, name="Bert", clock=amina.clock)
    path = await prepare(amina)
    await release(bert, path)
    async with town.database.changing() as session:
        for one in await session.scalars(select(DirectMessage)):
            one.state = DeliveryState.SENT

    page = (await amina.get(path)).text

    assert "The message went out to every ambassador." in page


async def test_it_can_be_ended_by_either(town: Town, amina: Client) -> None:
    path = await prepare(amina)

    await amina.post(f"{path}/end")
    again = await amina.post(f"{path}/end")

    assert again.status_code == 409
    async with town.database.reading() as session:
        assert (await session.scalars(select(Crisis.state))).one() == "ended"
    assert "given up before it was released" in (await amina.get(path)).text


async def test_an_ambassador_agrees_at_the_desk_and_staff_cannot(town: Town) -> None:
    saba = await signed_in(town, HeldRole(Role.AMBASSADOR, WOMEN), name="Saba")
    amina = await signed_in(town, Role.PUBLISHER)
    async with town.database.changing() as session:
        await make_organisation(session)
        await make_ambassador(session, staff_id=saba.id)
    path = f"/organisations/{WOMEN}/crisis"

    before = await saba.get(path)
    await saba.post(path, agrees="yes")
    staff = await amina.post(path, agrees="no")

    assert "Your organisation has not agreed." in before.text
    assert "We do not agree any more" in (await saba.get(path)).text
    assert staff.status_code == 403
    assert "1 organisation agreed" in (await amina.get("/crisis")).text


async def test_a_text_that_no_longer_says_what_the_source_says_is_left_out(town: Town, amina: Client) -> None:
    async with town.database.changing() as session:
        for revision in await session.scalars(select(Revision).where(Revision.title == "Emergency numbers")):
            revision.made_from_hash = "of an earlier text"

    page = await amina.get(await prepare(amina))

    assert "outdated: the source text has changed since" in page.text
    assert "Emergency numbers" not in page.text
    assert "أرقام الطوارئ" in page.text

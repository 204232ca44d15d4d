"""The poster on the wall, and who waits for an ambassador's yes."""

import re
from html import unescape
from urllib.parse import unquote

import pytest
import segno
from sqlalchemy import select

from broadcasts.members.records import Membership, MembershipState
from broadcasts.organisations.records import OrganisationState
from editor.access.roles import HeldRole, Role
from tests.broadcasts.making import CODE, POLES, WOMEN, make_ambassador, make_member, make_organisation
from tests.conftest import DALIA, Town
from tests.editor.desk import Client, signed_in

one_database = pytest.mark.parametrize("engine", ["sqlite"], indirect=True)
POSTER, WAITING = f"/organisations/{WOMEN}/poster", f"/organisations/{WOMEN}/waiting"


async def ambassador(town: Town, organisation_id: str = WOMEN, **more: object) -> Client:
    """Saba at the desk; her organisation exists."""
    saba = await signed_in(town, HeldRole(Role.AMBASSADOR, organisation_id), name="Saba", **more)
    async with town.database.changing() as session:
        await make_ambassador(session, "2001", organisation_id=organisation_id, staff_id=saba.id)
    return saba


async def prepared(town: Town, **more: object) -> None:
    async with town.database.changing() as session:
        await make_organisation(session, **more)  # type: ignore[arg-type]
        await make_organisation(session, POLES)


async def waiting_person(town: Town, nickname: str = "Umm Noor") -> int:
    async with town.database.changing() as session:
        person = await make_member(session, state=MembershipState.WAITING, nickname=nickname)
        number = await session.scalar(select(Membership.id).where(Membership.person_id == person.id))
    assert number is not None
    return number


async def states(town: Town) -> list[str]:
    async with town.database.reading() as session:
        return list(await session.scalars(select(Membership.state).order_by(Membership.id)))


def squares(html: str) -> list[str]:
    """The pictures on the page, unpacked."""
    return [unquote(unescape(one)) for one in re.findall(r'<img src="(data:image/svg\+xml[^"]+)"', html)]


# The poster


@one_database
async def test_the_poster_leads_to_telegram_and_to_the_web_chat_and_shows_the_code(town: Town) -> None:
    await prepared(town)
    saba = await ambassador(town, telegram_name="brobygda_bot")

    page = await saba.get(POSTER)

    assert page.status_code == 200
    links = (f"https://t.me/brobygda_bot?start=join_{CODE}", f"http://desk.test/?join={CODE}")
    drawn = [unquote(segno.make(link, error="q", micro=False).svg_data_uri(border=4, light="#fff")) for link in links]
    assert [re.findall(r' d="([^"]+)"', one) or re.findall(r" d='([^']+)'", one) for one in squares(page.text)] == [
        re.findall(r' d="([^"]+)"', one) or re.findall(r" d='([^']+)'", one) for one in drawn
    ]
    assert "WMNA 2345" in page.text
    assert "img-src 'self' data:" in page.headers["content-security-policy"]


@one_database
async def test_the_poster_is_in_the_languages_that_were_chosen_each_in_its_direction(town: Town) -> None:
    await prepared(town)
    saba = await ambassador(town)

    page = await saba.get(f"{POSTER}?language=ar&language=ti&language=xx&language=nb")

    assert re.findall(r'<div class="text" lang="(\w+)" dir="(\w+)">', page.text) == [
        ("ar", "rtl"),
        ("ti", "ltr"),
        ("nb", "ltr"),
    ]
    assert 'id="language-ar" name="language" value="ar" checked' in page.text
    assert 'value="pl" checked' not in page.text


@one_database
async def test_without_a_choice_the_poster_is_in_the_languages_of_the_members_and_norwegian(town: Town) -> None:
    await prepared(town)
    saba = await ambassador(town)

    page = await saba.get(POSTER)

    assert re.findall(r'<div class="text" lang="(\w+)"', page.text) == ["ti", "ar", "nb"]


@one_database
async def test_a_poster_without_telegram_has_one_square_and_without_an_address_none(town: Town) -> None:
    await prepared(town)
    saba = await ambassador(town)
    bert = await signed_in(town, Role.ADMINISTRATOR, name="Bert", public_url=None)

    with_web, with_nothing = await saba.get(POSTER), await bert.get(POSTER)

    assert len(squares(with_web.text)) == 1
    assert squares(with_nothing.text) == []
    assert "There is no square on the poster" in with_nothing.text
    assert "WMNA 2345" in with_nothing.text


@one_database
async def test_the_poster_of_a_dormant_organisation_says_that_nobody_can_join(town: Town) -> None:
    await prepared(town, state=OrganisationState.DORMANT)
    bert = await signed_in(town, Role.ADMINISTRATOR, name="Bert")

    page = await bert.get(POSTER)

    assert "nobody can join it now" in page.text


@one_database
@pytest.mark.parametrize("path", [POSTER, WAITING])
async def test_the_ambassador_of_another_organisation_finds_nothing(town: Town, path: str) -> None:
    await prepared(town)
    pole = await ambassador(town, POLES)

    theirs, nobodys = await pole.get(path), await pole.get(path.replace(WOMEN, "no-such-people"))

    assert (theirs.status_code, nobodys.status_code) == (404, 404)
    assert "Eritrean" not in theirs.text
    without_path = [re.sub(r'value="[^"]*"', "", one.text) for one in (theirs, nobodys)]
    assert without_path[0] == without_path[1]


@one_database
async def test_who_has_not_agreed_yet_sees_neither_poster_nor_names(town: Town) -> None:
    await prepared(town)
    saba = await signed_in(town, HeldRole(Role.AMBASSADOR, WOMEN), name="Saba")
    await waiting_person(town)

    pages = [await saba.get(path) for path in (POSTER, WAITING)]

    assert [page.status_code for page in pages] == [303, 303]
    assert all(page.headers["location"].startswith(f"/desk/organisations/{WOMEN}") for page in pages)
    assert all("Umm Noor" not in page.text for page in pages)


# Who waits


async def test_the_ambassador_sees_a_name_and_a_day_and_lets_somebody_in(town: Town) -> None:
    await prepared(town, asks_approval=True)
    saba = await ambassador(town)
    number = await waiting_person(town)

    page = await saba.get(WAITING)
    assert "Umm Noor" in page.text
    assert DALIA not in page.text
    done = await saba.post(f"{WAITING}/{number}", decision="yes")
    after = await saba.get(done.headers["location"].removeprefix("/desk"))

    assert await states(town) == ["member"]
    assert "They get your messages from now on" in after.text
    assert "Umm Noor" not in after.text
    (entry,) = [one for one in await saba.events() if one.event == "member_approved"]
    assert (entry.about, set(entry.details)) == (f"organisation:{WOMEN}", {"ambassador"})


@one_database
async def test_a_no_is_told_and_deciding_twice_says_so(town: Town) -> None:
    await prepared(town, asks_approval=True)
    saba = await ambassador(town)
    number = await waiting_person(town)

    await saba.post(f"{WAITING}/{number}", decision="no")
    again = await saba.post(f"{WAITING}/{number}", decision="yes")

    assert await states(town) == ["declined"]
    assert again.status_code == 409
    assert "Nobody waits there." in again.text


@one_database
async def test_the_number_of_another_organisation_reads_like_a_number_of_nobody(town: Town) -> None:
    await prepared(town, asks_approval=True)
    pole = await ambassador(town, POLES)
    number = await waiting_person(town)

    said = [await pole.post(f"/organisations/{POLES}/waiting/{one}", decision="yes") for one in (number, 999)]

    assert [one.status_code for one in said] == [409, 409]
    texts = {re.sub(r'value="[^"]*"', "", one.text) for one in said}
    assert len(texts) == 1
    assert await states(town) == ["waiting"]


@one_database
@pytest.mark.parametrize("decision", ["", "maybe"])
async def test_a_form_without_a_decision_changes_nothing(town: Town, decision: str) -> None:
    await prepared(town, asks_approval=True)
    saba = await ambassador(town)
    number = await waiting_person(town)

    await saba.post(f"{WAITING}/{number}", decision=decision)

    assert await states(town) == ["waiting"]


@one_database
async def test_a_name_is_shown_as_it_was_written_and_never_as_a_tag(town: Town) -> None:
    await prepared(town, asks_approval=True)
    saba = await ambassador(town)
    await waiting_person(town, "<b>Umm</b>")

    page = await saba.get(WAITING)

    assert "&lt;b&gt;Umm&lt;/b&gt;" in page.text

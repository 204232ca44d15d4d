"""Staff see which links are wrong and where they stand, and what must be looked at again."""

import re
from collections.abc import AsyncIterator
from datetime import date, timedelta
from html import unescape

import httpx
import pytest
from sqlalchemy import select, update

from content.links.checking import LinkState, Visitor
from content.links.records import check_due, list_links
from content.models import Answer, LinkCheck, Source
from content.reminding import remind
from core.database import Database
from editor.access.models import StaffMember
from editor.access.roles import HeldRole, Role
from tests.conftest import MONDAY_9AM, Town
from tests.editor.desk import Client, signed_in, translator
from tests.fakes.loopback_http import Request, Response, serving

ANSWER = "services-kindergarten"
STRANGE = 'javascript:alert("x")'


@pytest.fixture
async def site() -> AsyncIterator[str]:
    """A website on this machine that has lost a page and moved another."""
    pages = {"/dead": Response(404), "/moved": Response(308, headers={"Location": "/new"})}

    async def handle(request: Request) -> Response:
        return pages.get(request.path, Response(200))

    async with serving(handle) as port:
        yield f"http://localhost:{port}"


def visitor() -> Visitor:
    return Visitor("Prøvevik", pause_seconds=0, allow_loopback=True)


async def set_sources(database: Database, *urls: str) -> None:
    """These are the links of the town now, all of one answer."""
    async with database.changing() as session:
        for source in await session.scalars(select(Source)):
            await session.delete(source)
        session.add_all(
            Source(answer_id=ANSWER, position=place, url=url, name="", is_verified=True)
            for place, url in enumerate(urls)
        )


async def at_the_desk(
    town: Town, *roles: Role | HeldRole, name: str = "Amina", link_visitor: Visitor | None = None
) -> Client:
    """Somebody who reads English."""
    client = await signed_in(town, *roles, name=name, link_visitor=link_visitor)
    async with town.database.changing() as session:
        await session.execute(update(StaffMember).values(language="en"))
    return client


def headings(page: httpx.Response) -> list[str]:
    return [unescape(one) for one in re.findall(r"<h2>([^<]*)</h2>", page.text)]


def refers(page: httpx.Response) -> list[str]:
    """Where the links of the page itself lead, without those around it."""
    main = page.text.split("<main", 1)[1]
    return [unescape(one) for one in re.findall(r'<a [^>]*?href="([^"]*)"', main)]


async def test_what_is_wrong_stands_on_the_page_the_dead_first_with_the_answers(town: Town, site: str) -> None:
    await set_sources(town.database, f"{site}/ok", f"{site}/moved", f"{site}/dead", STRANGE)
    await check_due(town.database, visitor(), at=MONDAY_9AM)
    amina = await at_the_desk(town, Role.AUTHOR, link_visitor=visitor())

    page = await amina.get("/links")

    assert page.status_code == 200
    assert headings(page) == ["dead links", "pages that have moved", "links that we do not visit"]
    assert f"{site}/dead" in refers(page)
    assert f"{site}/new" in refers(page)
    assert f"{site}/ok" not in page.text
    assert f"/desk/answers/{ANSWER}" in refers(page)
    assert "Plass i barnehage" in page.text


async def test_an_address_that_is_no_web_address_is_shown_but_leads_nowhere(town: Town, site: str) -> None:
    await set_sources(town.database, STRANGE, 'https://town.example/"><script>')
    amina = await at_the_desk(town, Role.AUTHOR, link_visitor=visitor())

    page = await amina.get("/links?state=not_yet")

    assert STRANGE in unescape(page.text)
    assert not [one for one in refers(page) if one.startswith("javascript:")]
    assert "<script>" not in page.text


@pytest.mark.parametrize(("state", "shown"), [("ok", "/ok"), ("not_yet", "/new"), ("dead", "/dead")])
async def test_the_links_of_one_state_can_be_seen(town: Town, site: str, state: str, shown: str) -> None:
    await set_sources(town.database, f"{site}/ok", f"{site}/dead")
    await check_due(town.database, visitor(), at=MONDAY_9AM)
    await set_sources(town.database, f"{site}/ok", f"{site}/dead", f"{site}/new")
    amina = await at_the_desk(town, Role.AUTHOR, link_visitor=visitor())

    page = await amina.get(f"/links?state={state}")

    assert [one for one in refers(page) if one.startswith("http")] == [site + shown]


async def test_a_link_is_visited_now_and_the_page_says_what_was_found(town: Town, site: str) -> None:
    await set_sources(town.database, f"{site}/dead")
    amina = await at_the_desk(town, Role.AUTHOR, link_visitor=visitor())

    sent = await amina.post("/links", url=f"{site}/dead")
    page = await amina.get(sent.headers["location"].removeprefix("/desk"))

    async with town.database.reading() as session:
        assert [link.state for link in await list_links(session)] == [LinkState.DEAD]
    assert (await amina.last_event()).by == amina.id
    assert "The link is dead" in page.text
    assert "no such page (answer 404)" in page.text


async def test_the_desk_sends_nobody_to_an_address_that_stands_in_no_answer(town: Town, site: str) -> None:
    amina = await at_the_desk(town, Role.AUTHOR, link_visitor=visitor())

    page = await amina.post("/links", url=f"{site}/elsewhere")

    async with town.database.reading() as session:
        assert not list(await session.scalars(select(LinkCheck)))
    assert page.status_code == 409
    assert "in no published answer" in page.text


async def test_where_the_check_is_switched_off_the_page_says_so_and_visits_nothing(town: Town, site: str) -> None:
    await set_sources(town.database, f"{site}/dead")
    amina = await at_the_desk(town, Role.AUTHOR)

    page, sent = await amina.get("/links?state=not_yet"), await amina.post("/links", url=f"{site}/dead")

    assert "switched off" in page.text
    assert "Check now" not in page.text
    assert sent.status_code == 404


async def test_a_translator_does_not_see_links(town: Town) -> None:
    client = await signed_in(town, translator("ar"))

    page, front = await client.get("/links"), await client.get("/")

    assert page.status_code == 403
    assert "/desk/links" not in front.text


async def set_review(database: Database, day: date) -> None:
    async with database.changing() as session:
        await session.execute(update(Answer).values(review_by=None, valid_until=None))
        await session.execute(update(Answer).where(Answer.id == ANSWER).values(review_by=day))
        await remind(session, at=MONDAY_9AM)


async def test_the_front_page_tells_those_who_can_confirm_and_no_longer_when_they_have(town: Town) -> None:
    await set_review(town.database, MONDAY_9AM.date())
    bert = await at_the_desk(town, Role.REVIEWER, name="Bert")

    before = await bert.get("/")
    await bert.post(f"/answers/{ANSWER}/still-correct")
    after = await bert.get("/")

    assert "Answers that need you" in headings(before)
    assert f"/desk/answers/{ANSWER}" in refers(before)
    assert "It had to be checked by" in before.text
    assert "Answers that need you" not in headings(after)


async def test_administrators_are_told_what_nobody_has_acted_on_and_translators_nothing(town: Town) -> None:
    admin = await at_the_desk(town, Role.ADMINISTRATOR, name="Bert")
    other = await at_the_desk(town, translator("ar"), name="Dalia")
    await set_review(town.database, MONDAY_9AM.date())
    on_the_day = await admin.get("/")

    await set_review(town.database, MONDAY_9AM.date() - timedelta(days=14))

    assert "Answers that need you" not in headings(on_the_day)
    assert "nobody has acted" in (await admin.get("/")).text
    assert "Answers that need you" not in headings(await other.get("/"))

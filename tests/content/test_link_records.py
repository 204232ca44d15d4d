"""The links of published answers are visited in turn; what became of them is known with the answers they stand in."""

import asyncio
import socket
from collections.abc import AsyncIterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta

import pytest
from sqlalchemy import select, update

from content.links import records
from content.links.checking import LinkState, Visitor
from content.links.records import KnownLink, LinkUnknown, check_due, check_now, list_links, visitor_of_town
from content.links.standing import links_in
from content.models import Fact, LinkCheck, Municipality, Revision, Source, Translation
from content.publishing import withdraw
from core.database import Database
from core.timeline import list_entries
from tests.conftest import MONDAY_9AM, Town
from tests.fakes.loopback_http import Request, Response, serving

AMINA = 1
ANSWER, OTHER = "services-kindergarten", "practice-dugnad"


@dataclass
class Site:
    """Websites on this machine: every name leads here, and what a page answers is chosen by its path."""

    port: int = 0
    pages: dict[str, Response] = field(default_factory=dict)
    asked: list[Request] = field(default_factory=list)
    unknown_hosts: set[str] = field(default_factory=set)

    def url(self, path: str, host: str = "www.town.example") -> str:
        return f"http://{host}:{self.port}{path}"

    def visitor(self, who: str = "") -> Visitor:
        return Visitor(who, pause_seconds=0, allow_loopback=True, look_up=self.look_up)

    @property
    def paths(self) -> list[str]:
        return [request.path for request in self.asked]

    async def look_up(self, host: str, _port: int) -> Sequence[str]:
        if host in self.unknown_hosts:
            raise socket.gaierror(socket.EAI_NONAME, "no such host")
        return ("127.0.0.1",)

    async def handle(self, request: Request) -> Response:
        self.asked.append(request)
        return self.pages.get(request.path, Response(200))


@pytest.fixture
async def site() -> AsyncIterator[Site]:
    found = Site()
    async with serving(found.handle) as port:
        found.port = port
        yield found


async def set_sources(town: Town, sources: Mapping[str, Sequence[str]]) -> None:
    """These are the links of the town now, by answer; there are no others."""
    async with town.database.changing() as session:
        for source in await session.scalars(select(Source)):
            await session.delete(source)
        for answer_id, urls in sources.items():
            session.add_all(
                Source(answer_id=answer_id, position=place, url=url, name="", is_verified=True)
                for place, url in enumerate(urls)
            )


async def set_text(town: Town, answer_id: str, language: str, full: str) -> None:
    wanted = select(Translation.id).where(Translation.answer_id == answer_id, Translation.language == language)
    async with town.database.changing() as session:
        await session.execute(
            update(Revision).where(Revision.translation_id == wanted.scalar_subquery()).values(full=full)
        )


async def known(town: Town) -> dict[str, KnownLink]:
    async with town.database.reading() as session:
        return {link.url: link for link in await list_links(session)}


async def state(town: Town, url: str) -> LinkState | None:
    return (await known(town))[url].state


def days(number: float) -> datetime:
    return MONDAY_9AM + timedelta(days=number)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Se https://www.nav.no/barn.", ["https://www.nav.no/barn"]),
        ("(https://www.nav.no/a_(b), og http://old.example/)", ["https://www.nav.no/a_(b", "http://old.example/"]),
        ("انظر https://www.udi.no/ar؟q=1 الآن", ["https://www.udi.no/ar؟q=1"]),
        ("<https://www.nav.no> «https://nav.no/x»", ["https://www.nav.no", "https://nav.no/x"]),
        ("ingen lenke: nav.no, https://", []),
    ],
)
def test_addresses_are_found_in_texts_without_what_stands_around_them(text: str, expected: list[str]) -> None:
    assert links_in(text) == expected


async def test_a_link_is_listed_once_with_every_answer_it_stands_in_as_source_or_in_texts(town: Town) -> None:
    await set_sources(town, {ANSWER: ["https://town.example/a"], OTHER: ["https://town.example/a"]})
    await set_text(town, ANSWER, "ar", "اقرأ https://town.example/a هنا.")
    await set_text(town, ANSWER, "nb", "Les https://town.example/b.")

    links = await known(town)

    a, b = links["https://town.example/a"], links["https://town.example/b"]
    assert [(use.answer_id, use.is_source, use.languages) for use in a.uses] == [
        (OTHER, True, ()),
        (ANSWER, True, ("ar",)),
    ]
    assert [(use.answer_id, use.title, use.is_source, use.languages) for use in b.uses] == [
        (ANSWER, "Plass i barnehage", False, ("nb",))
    ]
    assert (a.state, a.checked_at) == (None, None)


async def test_a_link_that_comes_into_a_text_through_a_fact_is_listed_with_the_fact(town: Town) -> None:
    async with town.database.changing() as session:
        session.add(Fact(name="form", type="link", value="https://town.example/form"))
    await set_text(town, ANSWER, "nb", "Søk her: {fact:form}.")

    link = (await known(town))["https://town.example/form"]

    assert (link.facts, [use.answer_id for use in link.uses]) == (("form",), [ANSWER])


async def test_links_that_residents_do_not_see_are_not_listed(town: Town) -> None:
    await set_sources(town, {ANSWER: ["https://town.example/a"], OTHER: ["https://town.example/b"]})

    async with town.database.changing() as session:
        await withdraw(session, ANSWER, at=MONDAY_9AM)

    assert "https://town.example/a" not in await known(town)
    assert "https://town.example/b" in await known(town)


async def test_a_visit_is_remembered_and_what_is_wrong_stands_first(town: Town, site: Site) -> None:
    paths = ("/ok", "/moved", "/dead", "/trouble")
    ok, moved, dead, trouble = (site.url(path) for path in paths)
    site.pages |= {
        "/moved": Response(301, headers={"Location": "/new"}),
        "/dead": Response(404),
        "/trouble": Response(503),
    }
    await set_sources(town, {ANSWER: [ok, moved, dead, trouble, "ftp://town.example/a"]})

    await check_due(town.database, site.visitor(), at=MONDAY_9AM)

    async with town.database.reading() as session:
        links = await list_links(session)
    assert [(link.url, link.state) for link in links] == [
        (dead, LinkState.DEAD),
        (moved, LinkState.MOVED),
        (trouble, LinkState.TROUBLE),
        ("ftp://town.example/a", LinkState.REFUSED),
        (ok, LinkState.OK),
    ]
    assert (links[0].status, links[0].reason, links[0].checked_at) == (404, "gone", MONDAY_9AM)
    assert links[1].moved_to == site.url("/new")


async def test_a_link_that_works_is_visited_again_after_a_week_one_that_does_not_after_a_day(
    town: Town, site: Site
) -> None:
    site.pages["/dead"] = Response(404)
    await set_sources(town, {ANSWER: [site.url("/ok"), site.url("/dead")]})
    await check_due(town.database, site.visitor(), at=MONDAY_9AM)

    visited = [
        {one.url for one in await check_due(town.database, site.visitor(), at=days(number))}
        for number in (0.99, 1, 1.5, 2, 6.9, 7)
    ]

    ok, dead = site.url("/ok"), site.url("/dead")
    assert visited == [set(), {dead}, set(), {dead}, {dead}, {ok}]


async def test_a_round_visits_a_few_those_that_wait_longest_first(town: Town, site: Site) -> None:
    urls = [site.url(f"/{number}") for number in range(5)]
    await set_sources(town, {ANSWER: urls})

    rounds = [
        {one.url for one in await check_due(town.database, site.visitor(), at=days(number), limit=2)}
        for number in (0, 0.1, 0.2, 0.3, 7.1)
    ]

    assert [len(one) for one in rounds] == [2, 2, 1, 0, 2]
    assert set.union(*rounds[:3]) == set(urls)
    assert rounds[4] <= rounds[0] | rounds[1]


async def test_it_is_known_since_when_a_link_is_dead(town: Town, site: Site) -> None:
    site.pages["/page"] = Response(404)
    url = site.url("/page")
    await set_sources(town, {ANSWER: [url]})
    for number in (0, 1, 2):
        await check_due(town.database, site.visitor(), at=days(number))
    dead = (await known(town))[url]

    site.pages["/page"] = Response(200)
    await check_due(town.database, site.visitor(), at=days(3))

    alive = (await known(town))[url]
    assert (dead.since, dead.checked_at) == (days(0), days(2))
    assert (alive.state, alive.reason, alive.since) == (LinkState.OK, "", days(3))


async def test_what_happened_to_an_answer_tells_when_its_link_died_and_came_back(town: Town, site: Site) -> None:
    url = site.url("/page")
    await set_sources(town, {ANSWER: [url]})
    for number, status in enumerate((200, 404, 404, 200)):
        site.pages["/page"] = Response(status)
        await check_due(town.database, site.visitor(), at=days(number * 7))

    async with town.database.reading() as session:
        entries = await list_entries(session, about=f"answer:{ANSWER}")
    assert [(one.event, one.at, one.details["url"]) for one in entries] == [
        ("link_alive", days(21), url),
        ("link_dead", days(7), url),
    ]


async def test_a_machine_without_a_network_calls_no_link_dead(town: Town, site: Site) -> None:
    urls = [site.url("/a", host="a.example"), site.url("/b", host="b.example")]
    site.unknown_hosts = {"a.example", "b.example"}
    await set_sources(town, {ANSWER: urls})

    await check_due(town.database, site.visitor(), at=MONDAY_9AM)
    cut_off = [await state(town, url) for url in urls]
    site.unknown_hosts = {"a.example"}
    await check_due(town.database, site.visitor(), at=days(1))
    one_dead = [await state(town, url) for url in urls]
    site.unknown_hosts = {"a.example", "b.example"}
    await check_due(town.database, site.visitor(), at=days(8))

    assert cut_off == [LinkState.TROUBLE, LinkState.TROUBLE]
    assert one_dead == [LinkState.DEAD, LinkState.OK]
    assert [await state(town, url) for url in urls] == [LinkState.DEAD, LinkState.TROUBLE]


async def test_a_link_that_no_answer_has_any_more_is_forgotten(town: Town, site: Site) -> None:
    await set_sources(town, {ANSWER: [site.url("/a"), site.url("/b")]})
    await check_due(town.database, site.visitor(), at=MONDAY_9AM)

    await set_sources(town, {ANSWER: [site.url("/b")]})
    await check_due(town.database, site.visitor(), at=MONDAY_9AM)

    async with town.database.reading() as session:
        assert list(await session.scalars(select(LinkCheck.url))) == [site.url("/b")]


async def test_a_link_too_long_to_be_kept_is_listed_as_such_and_never_visited(town: Town, site: Site) -> None:
    url = site.url("/" + "å" * records.LONGEST)
    await set_sources(town, {ANSWER: [url]})

    await check_due(town.database, site.visitor(), at=MONDAY_9AM)

    link = (await known(town))[url]
    assert (link.state, link.reason, site.asked) == (LinkState.REFUSED, records.TOO_LONG, [])
    with pytest.raises(LinkUnknown):
        await check_now(town.database, site.visitor(), url, by=AMINA, at=MONDAY_9AM)


async def test_websites_are_told_which_municipality_asks_and_where_to_find_it(town: Town, site: Site) -> None:
    await set_sources(town, {ANSWER: [site.url("/a")]})
    async with town.database.changing() as session:
        await session.execute(update(Municipality).values(name="Sør-Prøvevik", website="https://www.provevik.example"))

    async with town.database.reading() as session:
        visitor = await visitor_of_town(session, site.visitor("http://127.0.0.1:8080"))
    await check_due(town.database, visitor, at=MONDAY_9AM)

    told = site.asked[0].headers["user-agent"]
    assert told == "Brobygger-link-check/1 (Sor-Provevik, https://www.provevik.example)"


async def test_a_town_without_a_name_is_told_by_its_address(database: Database) -> None:
    async with database.reading() as session:
        visitor = await visitor_of_town(session, Visitor("https://chat.example.no"))

    assert visitor.who == "https://chat.example.no"


async def test_somebody_can_have_one_link_visited_now_and_no_other_is(town: Town, site: Site) -> None:
    url = site.url("/a")
    await set_sources(town, {ANSWER: [url, site.url("/b")]})

    found = await check_now(town.database, site.visitor(), url, by=AMINA, at=MONDAY_9AM)

    async with town.database.reading() as session:
        entry = (await list_entries(session))[0]
    assert (found.state, site.paths) == (LinkState.OK, ["/a"])
    assert (await known(town))[url].checked_at == MONDAY_9AM
    assert (entry.event, entry.by, entry.details["url"]) == ("link_checked", AMINA, url)


async def test_only_links_of_published_answers_are_visited(town: Town, site: Site) -> None:
    with pytest.raises(LinkUnknown):
        await check_now(town.database, site.visitor(), site.url("/elsewhere"), by=AMINA, at=MONDAY_9AM)

    assert site.asked == []


async def test_nobody_waits_for_a_slow_website_longer_than_promised(
    town: Town, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(records, "NOW_SECONDS", 0.2)

    async def never(_request: Request) -> Response:
        await asyncio.sleep(60)
        return Response(200)

    async with serving(never) as port:
        slow = Site(port)
        await set_sources(town, {ANSWER: [slow.url("/a")]})
        found = await check_now(town.database, slow.visitor(), slow.url("/a"), by=AMINA, at=MONDAY_9AM)

    assert (found.state, found.reason) == (LinkState.TROUBLE, "time_out")


async def test_others_can_write_while_a_website_is_waited_for(town: Town) -> None:
    asked, go_on = asyncio.Event(), asyncio.Event()

    async def waits(_request: Request) -> Response:
        asked.set()
        await go_on.wait()
        return Response(200)

    async with serving(waits) as port:
        slow = Site(port)
        await set_sources(town, {ANSWER: [slow.url("/a")]})
        round_ = asyncio.create_task(check_due(town.database, slow.visitor(), at=MONDAY_9AM))
        await asked.wait()
        async with asyncio.timeout(60), town.database.changing() as session:
            await withdraw(session, OTHER, at=MONDAY_9AM)
        go_on.set()
        await round_

    assert await state(town, slow.url("/a")) is LinkState.OK


async def test_two_processes_that_visit_at_the_same_moment_keep_one_record(town: Town, site: Site) -> None:
    await set_sources(town, {ANSWER: [site.url("/a")]})

    await asyncio.gather(*(check_due(town.database, site.visitor(), at=MONDAY_9AM) for _ in range(4)))

    async with town.database.reading() as session:
        assert len(list(await session.scalars(select(LinkCheck)))) == 1

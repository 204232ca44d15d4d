"""The link check is polite, and finds out what became of a page."""

import asyncio
import socket
from collections.abc import Sequence
from dataclasses import replace

import pytest

from content.links.checking import Checked, LinkState, Trouble, check_links
from tests.content.visiting import GUEST, answering, check, finding, streaming, to
from tests.fakes.loopback_http import Cut, Request, Response, serving

# What became of a page.


@pytest.mark.parametrize(
    ("status", "state"),
    [
        (200, LinkState.OK),
        (204, LinkState.OK),
        (404, LinkState.DEAD),
        (410, LinkState.DEAD),
        (403, LinkState.TROUBLE),
        (429, LinkState.TROUBLE),
        (500, LinkState.TROUBLE),
        (503, LinkState.TROUBLE),
        (304, LinkState.TROUBLE),
    ],
)
async def test_the_servers_answer_decides(status: int, state: LinkState) -> None:
    async with serving(answering(("/page", Response(status)))) as port:
        found = await check(f"http://town.example:{port}/page")

    assert (found.state, found.status, found.moved_to) == (state, status, None)
    assert bool(found.reason) is (state is not LinkState.OK)


@pytest.mark.parametrize(
    ("steps", "state", "moved_to"),
    [
        ([301], LinkState.MOVED, "/1"),
        ([308, 301], LinkState.MOVED, "/2"),
        ([302], LinkState.OK, None),
        ([303, 307], LinkState.OK, None),
        ([301, 302], LinkState.MOVED, "/1"),
        ([302, 301], LinkState.OK, None),
        ([301] * 5, LinkState.MOVED, "/5"),
        ([301] * 6, LinkState.TROUBLE, None),
    ],
)
async def test_a_link_moves_as_far_as_its_steps_are_permanent(
    steps: list[int], state: LinkState, moved_to: str | None
) -> None:
    pages = [(f"/{place}", to(f"/{place + 1}", status)) for place, status in enumerate(steps)]
    async with serving(answering(*pages, (f"/{len(steps)}", Response(200)))) as port:
        site = f"http://town.example:{port}"
        found = await check(f"{site}/0#fees")

    assert found.state is state
    assert found.moved_to == (moved_to and f"{site}{moved_to}#fees")


async def test_a_page_that_moved_to_nowhere_is_dead() -> None:
    async with serving(answering(("/old", to("/gone", 301)))) as port:
        found = await check(f"http://town.example:{port}/old")

    assert found == Checked(found.url, LinkState.DEAD, 404, reason=Trouble.GONE)


@pytest.mark.parametrize("refusal", [404, 405, 501, None])
async def test_a_server_that_does_not_take_head_is_asked_with_get(refusal: int | None) -> None:
    async def handle(request: Request) -> Response:
        if request.method == "GET":
            return Response(200, b"a page")
        if refusal is None:
            raise Cut
        return Response(refusal)

    async with serving(handle) as port:
        found = await check(f"http://town.example:{port}/")

    assert (found.state, found.status) == (LinkState.OK, 200)


@pytest.mark.parametrize(
    ("errno", "state", "reason"),
    [
        (socket.EAI_NONAME, LinkState.DEAD, Trouble.NO_SUCH_HOST),
        (socket.EAI_AGAIN, LinkState.TROUBLE, Trouble.HOST_NOT_FOUND_TODAY),
    ],
)
async def test_only_a_host_that_is_certainly_not_there_is_dead(errno: int, state: LinkState, reason: Trouble) -> None:
    async def look_up(_host: str, _port: int) -> Sequence[str]:
        raise socket.gaierror(errno, "not found")

    found = await check("https://town.example/", replace(GUEST, look_up=look_up))

    assert found == Checked(found.url, state, reason=reason)


async def test_a_host_that_takes_no_connections_is_in_trouble() -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))  # bound, and not listening
        found = await check(f"http://town.example:{taken.getsockname()[1]}/")

    assert (found.state, found.reason) == (LinkState.TROUBLE, Trouble.CONNECTION)


async def test_another_address_of_a_host_is_tried_when_the_first_takes_no_connections() -> None:
    visitor = replace(GUEST, look_up=finding("127.0.0.2", "127.0.0.1"))
    async with serving(answering(("/", Response(200)))) as port:
        found = await check(f"http://town.example:{port}/", visitor)

    assert found.state is LinkState.OK


async def test_links_come_back_in_order_and_one_that_is_given_twice_is_visited_once() -> None:
    seen: list[str] = []

    async def handle(request: Request) -> Response:
        seen.append(request.path)
        return Response(200 if request.path == "/a" else 404)

    async with serving(handle) as port:
        a, b = (f"http://town.example:{port}/{page}" for page in "ab")
        found = await check_links([b, a, "mailto:post@town.example", b], visitor=GUEST)

    assert [one.state for one in found] == [LinkState.DEAD, LinkState.OK, LinkState.REFUSED, LinkState.DEAD]
    assert sorted(seen) == ["/a", "/b", "/b"]  # /b with HEAD and with GET


# Limits and manners.


async def test_a_page_without_end_is_left_at_the_limit() -> None:
    async with streaming(b"x" * 10_000, 0) as port:
        found = await asyncio.wait_for(check(f"http://town.example:{port}/"), 30)

    assert found.state is LinkState.OK


async def test_a_page_that_drips_is_left_when_its_time_is_up() -> None:
    visitor = replace(GUEST, step_seconds=5, request_seconds=0.2)
    async with streaming(b"x", 0.02) as port:
        found = await asyncio.wait_for(check(f"http://town.example:{port}/", visitor), 30)

    assert (found.state, found.reason) == (LinkState.TROUBLE, Trouble.TIME_OUT)


async def test_a_server_that_says_nothing_is_not_waited_for() -> None:
    async def handle(_request: Request) -> Response:
        await asyncio.sleep(60)
        return Response(200)

    async with serving(handle) as port:
        found = await asyncio.wait_for(check(f"http://town.example:{port}/", replace(GUEST, step_seconds=0.1)), 30)

    assert (found.state, found.reason) == (LinkState.TROUBLE, Trouble.TIME_OUT)


async def test_one_host_gets_one_request_at_a_time_and_rests_between_them() -> None:
    loop = asyncio.get_running_loop()
    came: list[float] = []
    went: list[float] = []

    async def handle(request: Request) -> Response:
        came.append(loop.time())
        await asyncio.sleep(0.02)
        went.append(loop.time())
        return to("/b") if request.path == "/a" else Response(200)

    async with serving(handle) as port:
        await check_links(
            [f"http://Town.example.:{port}/a", f"http://town.example:{port}/b"],
            visitor=replace(GUEST, pause_seconds=0.1),
        )

    assert len(came) == 3
    assert all(next_came - left >= 0.09 for left, next_came in zip(went, came[1:], strict=False))


async def test_at_most_four_hosts_are_asked_at_once() -> None:
    now, seen, most, four = set[str](), set[str](), 0, asyncio.Event()

    async def handle(request: Request) -> Response:
        nonlocal most
        now.add(request.headers["host"])
        seen.add(request.headers["host"])
        most = max(most, len(now))
        if len(now) == 4 or len(seen) == 9:  # the others come meanwhile, however slowly
            four.set()
        await four.wait()
        await asyncio.sleep(0.05)  # a fifth could come
        now.discard(request.headers["host"])
        return Response(200)

    async with serving(handle) as port:
        found = await check_links([f"http://town{one}.example:{port}/" for one in range(9)], visitor=GUEST)

    assert most == 4
    assert {one.state for one in found} == {LinkState.OK}


async def test_we_say_who_we_are_and_remember_nothing() -> None:
    seen: list[Request] = []

    async def handle(request: Request) -> Response:
        seen.append(request)
        return Response(302 if request.path == "/" else 200, headers={"Location": "/b", "Set-Cookie": "id=1; Path=/"})

    async with serving(handle) as port:
        await check(f"http://town.example:{port}/#part")

    assert [one.path for one in seen] == ["/", "/b"]
    for request in seen:
        assert request.headers["user-agent"] == "Brobygger-link-check/1 (Sor-Eksempel kommune, https://example.no)"
        assert request.headers["host"] == f"town.example:{port}"
        assert not {"cookie", "authorization", "referer"} & set(request.headers)

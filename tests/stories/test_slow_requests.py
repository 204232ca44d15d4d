"""Who begins a request and does not go on, or reads no reply, keeps no connection; who is only slow is served."""

import asyncio
import contextlib
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from brobygger import taking_in
from brobygger.processes import Server, _uvicorn, listen_on

FORM = b"POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 5\r\n\r\n"
GET = b"GET / HTTP/1.1\r\nHost: x\r\n\r\n"
LARGE = b"x" * 20_000_000
PATIENT = 1.0  # seconds: many times what a slow reader here needs


@pytest.fixture(autouse=True)
def _short(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("LONGEST_HEAD", "LONGEST_BODY", "LONGEST_WAIT"):
        monkeypatch.setattr(taking_in, name, 0.2)


@pytest.fixture
async def port() -> AsyncIterator[int]:
    async def answer(request: Request) -> Response:
        return Response(LARGE if request.url.path == "/large" else await request.body() or b"hello")

    pages = Starlette(routes=[Route(path, answer, methods=["GET", "POST"]) for path in ("/", "/large")])
    listening = listen_on("127.0.0.1", 0)
    server = Server(_uvicorn(pages))
    serving = asyncio.create_task(server.serve(sockets=[listening]))
    yield listening.getsockname()[1]
    server.should_exit = True
    await serving
    listening.close()


@asynccontextmanager
async def connected(port: int) -> AsyncIterator[tuple[asyncio.StreamReader, asyncio.StreamWriter]]:
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    try:
        yield reader, writer
    finally:
        writer.close()
        with contextlib.suppress(ConnectionError):
            await writer.wait_closed()


@pytest.mark.parametrize(
    "begun",
    [b"", b"GET / HTTP/1.1\r\nHo", FORM + b"te", GET + FORM + b"te"],
    ids=["nothing", "half a head", "half a body", "a second half body"],
)
async def test_a_request_that_never_comes_to_its_end_is_ended(port: int, begun: bytes) -> None:
    async with connected(port) as (reader, writer):
        writer.write(begun)

        async with asyncio.timeout(60):
            for _ in range(8):  # a little more each time does not help
                await asyncio.sleep(0.05)
                writer.write(b"x" if begun.endswith(b"Ho") else b"")
            with contextlib.suppress(ConnectionError):
                await reader.read()


async def test_who_reads_no_reply_is_let_go(port: int) -> None:
    read = len(LARGE)
    for seconds in (0.6, 3, 30):  # on a busy machine the reply may begin when we have waited already
        async with connected(port) as (reader, writer):
            writer.write(b"GET /large HTTP/1.1\r\nHost: x\r\n\r\n")
            await asyncio.sleep(seconds)
            with contextlib.suppress(ConnectionError):
                read = len(await reader.read())
        if read < len(LARGE):
            break

    assert read < len(LARGE)


async def test_who_is_a_little_slow_and_comes_again_is_served(port: int, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("LONGEST_HEAD", "LONGEST_BODY"):
        monkeypatch.setattr(taking_in, name, PATIENT)
    async with connected(port) as (reader, writer):
        for idle in (PATIENT + 0.1, 0):  # between requests it is no half request
            for piece in (FORM[:20], FORM[20:], b"te", b"xt="):
                writer.write(piece)
                await asyncio.sleep(0.05)
            head = await reader.readuntil(b"\r\n\r\n")
            assert head.startswith(b"HTTP/1.1 200")
            assert await reader.readexactly(5) == b"text="
            await asyncio.sleep(idle)


async def test_more_connections_than_can_be_kept_are_refused_and_the_next_is_served(
    port: int, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(taking_in, "most_connections", lambda: 3)
    monkeypatch.setattr(taking_in.PatientHTTP, "_full_at", -1000.0)
    async with contextlib.AsyncExitStack() as several:
        for _ in range(6):
            await several.enter_async_context(connected(port))
        await asyncio.sleep(0.4)

        assert await until_served(port)
    assert caplog.text.count("too_many_connections") == 1


async def until_served(port: int) -> bool:
    """Somebody else connects, and again where a busy machine let them wait too long."""
    async with asyncio.timeout(60):
        while True:
            async with connected(port) as (reader, writer):
                writer.write(GET)
                with contextlib.suppress(asyncio.IncompleteReadError, ConnectionError):
                    return (await reader.readuntil(b"\r\n\r\n")).startswith(b"HTTP/1.1 200")

"""Visitors of links that find every name on this machine, and pages for them."""

import asyncio
import contextlib
import ssl
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager

from content.links.checking import Checked, Visitor, check_links
from tests.fakes.loopback import listening
from tests.fakes.loopback_http import Handle, Request, Response


async def loopback(_host: str, _port: int) -> Sequence[str]:
    """Every name is this machine."""
    return ("127.0.0.1",)


async def nobody(host: str, _port: int) -> Sequence[str]:
    """For what must be refused before anything is looked up."""
    raise AssertionError(f"{host} was looked up")


def finding(*addresses: str) -> Callable[[str, int], Awaitable[Sequence[str]]]:
    """Every name has these addresses."""

    async def look_up(_host: str, _port: int) -> Sequence[str]:
        return addresses

    return look_up


GUEST = Visitor("Sør-Eksempel kommune, https://example.no", pause_seconds=0, allow_loopback=True, look_up=loopback)


async def check(url: str, visitor: Visitor = GUEST) -> Checked:
    (found,) = await check_links([url], visitor=visitor)
    return found


def answering(*pages: tuple[str, Response]) -> Handle:
    """A site with these pages and no others."""

    async def handle(request: Request) -> Response:
        return dict(pages).get(request.path, Response(404))

    return handle


def to(address: str, status: int = 302) -> Response:
    return Response(status, headers={"Location": address})


@asynccontextmanager
async def streaming(piece: bytes, pause: float, certificate: ssl.SSLContext | None = None) -> AsyncIterator[int]:
    """A server that takes no HEAD and whose pages never end."""

    async def talk(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with contextlib.suppress(asyncio.IncompleteReadError):
            is_head = (await reader.readuntil(b"\r\n\r\n")).startswith(b"HEAD")
            writer.write(b"HTTP/1.1 405 No\r\n\r\n" if is_head else b"HTTP/1.1 200 OK\r\n\r\n")
            while not is_head:
                writer.write(piece)
                await writer.drain()
                await asyncio.sleep(pause)

    async with listening(talk, certificate=certificate) as port:
        yield port

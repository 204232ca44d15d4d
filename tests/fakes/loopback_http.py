"""A small HTTP server on loopback that can do what a good server never does: cut a connection in the middle."""

import asyncio
import contextlib
import socket
import struct
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from functools import partial
from urllib.parse import parse_qsl, urlsplit

import h11

from tests.fakes.loopback import listening


@dataclass(frozen=True, slots=True)
class Request:
    """What a caller sent."""

    method: str
    path: str
    query: Mapping[str, str]
    headers: Mapping[str, str]  # names in small letters
    body: bytes


@dataclass(frozen=True, slots=True)
class Response:
    """What the caller gets."""

    status: int
    body: bytes = b""
    headers: Mapping[str, str] = field(default_factory=lambda: {"Content-Type": "application/json"})
    is_doubled: bool = False  # written twice, as no good server does


class Cut(Exception):
    """Reset the connection instead of answering."""


Handle = Callable[[Request], Awaitable[Response]]


@asynccontextmanager
async def serving(handle: Handle, *, port: int = 0) -> AsyncIterator[int]:
    """Answer HTTP on 127.0.0.1 for as long as the block runs; gives the port."""
    async with listening(partial(_talk, handle), port=port) as there:
        yield there


async def _talk(handle: Handle, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    """One connection: requests one after the other until either side ends it."""
    protocol = h11.Connection(h11.SERVER)
    with contextlib.suppress(ConnectionError, h11.RemoteProtocolError):
        while (request := await _read(protocol, reader)) is not None:
            try:
                response = await handle(request)
            except Cut:
                _reset(writer)
                return
            writer.write(_written(protocol, response) * (2 if response.is_doubled else 1))
            await writer.drain()
            if protocol.our_state is not h11.DONE:
                return
            protocol.start_next_cycle()


async def _read(protocol: h11.Connection, reader: asyncio.StreamReader) -> Request | None:
    """The next request; None when the caller has gone."""
    head: h11.Request | None = None
    body = b""
    while True:
        event = protocol.next_event()
        if event is h11.NEED_DATA:
            protocol.receive_data(await reader.read(65536))
        elif isinstance(event, h11.Request):
            head = event
        elif isinstance(event, h11.Data):
            body += bytes(event.data)
        elif isinstance(event, h11.EndOfMessage) and head is not None:
            address = urlsplit(head.target.decode())
            headers = {name.decode().lower(): value.decode("latin-1") for name, value in head.headers}
            query = dict(parse_qsl(address.query, keep_blank_values=True))
            return Request(head.method.decode(), address.path, query, headers, body)
        else:
            return None


def _written(protocol: h11.Connection, response: Response) -> bytes:
    headers = [*response.headers.items(), ("Content-Length", str(len(response.body)))]
    events = (
        h11.Response(status_code=response.status, headers=headers),
        h11.Data(data=response.body),
        h11.EndOfMessage(),
    )
    return b"".join(protocol.send(event) or b"" for event in events)


def _reset(writer: asyncio.StreamWriter) -> None:
    """Close so that the caller gets a reset (RST), not an orderly end."""
    writer.get_extra_info("socket").setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    writer.transport.abort()

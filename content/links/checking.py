"""Asking other people's servers whether a page is still there: politely, with limits, and nowhere inside the house.

One request at a time for each host and a pause after it; HEAD first, and GET only where a server does not take HEAD.
Each step of a redirect is checked anew (content.links.addresses), and the connection goes to the address that was
checked. Nothing is remembered between requests: no cookies, no open connections.
"""

import asyncio
import contextlib
import socket
import ssl
from collections import defaultdict
from collections.abc import AsyncGenerator, Sequence
from dataclasses import dataclass
from enum import StrEnum
from functools import cache
from typing import cast

import httpx

from content.links.addresses import LookUp, NotVisited, Place, find_addresses, look_up_addresses, read_place

PERMANENT = (301, 308)
REDIRECTS = (*PERMANENT, 302, 303, 307)
GONE = (404, 410)
TOO_MANY_REQUESTS = 429
MOST_ADDRESSES = 3  # of one host, tried one after the other
_IN_ASCII = str.maketrans({"æ": "ae", "ø": "o", "å": "a", "Æ": "Ae", "Ø": "O", "Å": "A"})


class LinkState(StrEnum):
    """How it stands with a link."""

    OK = "ok"
    MOVED = "moved"  # for good: the link should be changed
    DEAD = "dead"  # the server says so, or there is no such host
    TROUBLE = "trouble"  # perhaps for today only
    REFUSED = "refused"  # we do not go there


class Trouble(StrEnum):
    """What was wrong with a link that we did visit."""

    NO_SUCH_HOST = "no_such_host"
    HOST_NOT_FOUND_TODAY = "host_not_found_today"
    GONE = "gone"
    STATUS = "status"  # the server has another trouble with us; see the status
    TIME_OUT = "time_out"
    CERTIFICATE = "certificate"  # no safe connection
    CONNECTION = "connection"
    TOO_MANY_REDIRECTS = "too_many_redirects"


@dataclass(frozen=True, slots=True)
class Checked:
    """What we found. ``reason`` is the key of its words (a Trouble or a Refusal), empty when nothing is wrong."""

    url: str
    state: LinkState
    status: int | None = None  # the last server's, where one answered
    moved_to: str | None = None  # where the link should lead, when it moved for good
    reason: str = ""


@dataclass(frozen=True, slots=True)
class Visitor:
    """Who we are and how we behave."""

    who: str  # stands in the user agent: the town and where to find it, "Eksempel kommune, https://example.no"
    hosts_at_once: int = 4
    pause_seconds: float = 1.0  # between two requests to one host
    step_seconds: float = 10.0  # to connect, and to wait for the next piece of an answer
    request_seconds: float = 30.0  # for all of a request, looking the host up included
    most_bytes: int = 65_536  # of a page; we need none of it
    most_redirects: int = 5
    allow_loopback: bool = False  # for tests only: this machine, on any port
    look_up: LookUp = look_up_addresses
    certificates: ssl.SSLContext | None = None  # whom to trust; None: the usual authorities

    @property
    def user_agent(self) -> str:
        """In ASCII, as headers want it."""
        who = self.who.translate(_IN_ASCII).encode("ascii", "ignore").decode()
        return f"Brobygger-link-check/1 ({''.join(char for char in who if char.isprintable())})"


@dataclass(frozen=True, slots=True)
class _Reply:
    status: int
    leads_to: str | None


class _NotSeen(Exception):
    """No server told us about the page."""

    def __init__(self, reason: Trouble) -> None:
        self.reason = reason


async def check_links(urls: Sequence[str], *, visitor: Visitor) -> list[Checked]:
    """How it stands with each link, in the order given. A link that is given twice is visited once.

    Takes as long as it takes: a thousand links to one host need at least a thousand pauses. Never raises for a link.
    """
    async with _transport(visitor) as transport, asyncio.TaskGroup() as group:
        visit = _Visit(visitor, transport)
        tasks = {url: group.create_task(visit.check(url)) for url in dict.fromkeys(urls)}
    return [tasks[url].result() for url in urls]


class _Visit:
    """One round of checking: which hosts are being asked, and when each may be asked again."""

    def __init__(self, visitor: Visitor, transport: httpx.AsyncHTTPTransport) -> None:
        self._visitor = visitor
        self._transport = transport
        self._hosts_at_once = asyncio.Semaphore(visitor.hosts_at_once)
        self._turns: defaultdict[str, asyncio.Lock] = defaultdict(asyncio.Lock)
        self._free_at: dict[str, float] = {}

    async def check(self, url: str) -> Checked:
        try:
            return await self._follow(url)
        except NotVisited as refused:
            return Checked(url, LinkState.REFUSED, reason=refused.reason)
        except _NotSeen as problem:
            is_dead = problem.reason is Trouble.NO_SUCH_HOST
            return Checked(url, LinkState.DEAD if is_dead else LinkState.TROUBLE, reason=problem.reason)

    async def _follow(self, url: str) -> Checked:
        place = read_place(url, allow_loopback=self._visitor.allow_loopback)
        is_permanent = True  # so far, every step was: a link behind a temporary step must not be changed
        moved_to = None
        for _ in range(self._visitor.most_redirects + 1):
            reply = await self._ask(place)
            if reply.leads_to is None:
                return _judge(url, reply.status, moved_to)
            place = read_place(reply.leads_to, seen_at=place.url, allow_loopback=self._visitor.allow_loopback)
            is_permanent = is_permanent and reply.status in PERMANENT
            if is_permanent:
                moved_to = str(place.url)
        raise _NotSeen(Trouble.TOO_MANY_REDIRECTS)

    async def _ask(self, place: Place) -> _Reply:
        """Many servers answer HEAD wrongly, with every kind of error: only what they say to GET counts."""
        with contextlib.suppress(_BrokeOff):
            reply = await self._request("HEAD", place)
            if reply.status < 400 or reply.status == TOO_MANY_REQUESTS:
                return reply
        return await self._request("GET", place)

    async def _request(self, method: str, place: Place) -> _Reply:
        """Wait for our turn at this host, then ask."""
        now = asyncio.get_running_loop().time
        async with self._turns[place.host]:
            await asyncio.sleep(self._free_at.get(place.host, 0) - now())
            try:
                async with self._hosts_at_once:
                    return await self._send(method, place)
            finally:
                self._free_at[place.host] = now() + self._visitor.pause_seconds

    async def _send(self, method: str, place: Place) -> _Reply:
        visitor = self._visitor
        try:
            async with asyncio.timeout(visitor.request_seconds):
                addresses = await find_addresses(place, visitor.look_up, allow_loopback=visitor.allow_loopback)
                return await self._connect(method, place, addresses)
        except socket.gaierror as problem:
            is_certain = problem.errno in (socket.EAI_NONAME, socket.EAI_NODATA)
            raise _NotSeen(Trouble.NO_SUCH_HOST if is_certain else Trouble.HOST_NOT_FOUND_TODAY) from None
        except (TimeoutError, httpx.TimeoutException):
            raise _NotSeen(Trouble.TIME_OUT) from None
        except (httpx.HTTPError, OSError) as problem:
            if _is_about_certificates(problem):
                raise _NotSeen(Trouble.CERTIFICATE) from None
            kind = _NotSeen if isinstance(problem, httpx.ConnectError) else _BrokeOff
            raise kind(Trouble.CONNECTION) from None

    async def _connect(self, method: str, place: Place, addresses: Sequence[str]) -> _Reply:
        *others, last = addresses[:MOST_ADDRESSES]
        for address in others:
            with contextlib.suppress(httpx.ConnectError, httpx.ConnectTimeout):
                return await self._exchange(method, place, address)
        return await self._exchange(method, place, last)

    async def _exchange(self, method: str, place: Place, address: str) -> _Reply:
        """The connection goes to the address; the name is only told (Host), asked for (SNI) and held against the
        certificate."""
        visitor = self._visitor
        request = httpx.Request(
            method,
            place.url.copy_with(host=address, fragment=None),
            headers={
                "Host": place.host_header,
                "User-Agent": visitor.user_agent,
                "Accept": "*/*",
                "Accept-Encoding": "identity",
                "Connection": "close",
            },
            extensions={"timeout": httpx.Timeout(visitor.step_seconds).as_dict(), "sni_hostname": place.host},
        )
        response = await self._transport.handle_async_request(request)
        try:
            await _read_some(response, visitor.most_bytes)
        finally:
            await response.aclose()
        leads_to = response.headers.get("location") if response.status_code in REDIRECTS else None
        return _Reply(response.status_code, leads_to)


class _BrokeOff(_NotSeen):
    """The server took the connection and then hung up, as some do on HEAD."""


def _transport(visitor: Visitor) -> httpx.AsyncHTTPTransport:
    # Not a client: that has cookies, proxies from the environment and redirects of its own. No connection is kept, as
    # the next request to the same address may be for another name, and the certificate was read for the first.
    return httpx.AsyncHTTPTransport(
        verify=visitor.certificates or _usual_authorities(),
        trust_env=False,
        limits=httpx.Limits(max_keepalive_connections=0),
    )


@cache
def _usual_authorities() -> ssl.SSLContext:
    """Read once: it takes a while."""
    return httpx.create_ssl_context()


async def _read_some(response: httpx.Response, most: int) -> None:
    """Read the page to its end or to the limit, as it came (unpacking it could make it huge), and forget it."""
    seen = 0
    # It is a generator, though its type does not say so: one that is left half-way must be closed.
    async with contextlib.aclosing(cast("AsyncGenerator[bytes, None]", response.aiter_raw())) as pieces:
        async for piece in pieces:
            seen += len(piece)
            if seen >= most:
                return


def _judge(url: str, status: int, moved_to: str | None) -> Checked:
    if status in GONE:
        return Checked(url, LinkState.DEAD, status, reason=Trouble.GONE)
    if not 200 <= status < 300:
        return Checked(url, LinkState.TROUBLE, status, reason=Trouble.STATUS)
    return Checked(url, LinkState.MOVED if moved_to else LinkState.OK, status, moved_to)


def _is_about_certificates(problem: BaseException | None) -> bool:
    while problem is not None:
        if isinstance(problem, ssl.SSLError):
            return True
        problem = problem.__cause__ or problem.__context__
    return False

"""Which addresses the link check may visit: public web pages, and nothing that only this machine can reach.

A link is text that somebody typed, and a server that is not ours decides where it leads. Without these rules the link
check would be a door into the town's own network (server-side request forgery). What is public follows the IANA
special-purpose address registries; what is not plainly public is not visited.
"""

import asyncio
import re
import socket
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from enum import StrEnum
from ipaddress import IPv4Address, IPv6Address, IPv6Network, ip_address, ip_network

import httpx

from core.errors import RuleBroken

WEB_PORTS = {"http": 80, "https": 443}
LookUp = Callable[[str, int], Awaitable[Sequence[str]]]  # host and port to IP addresses, the best first

_LABEL = r"[a-z0-9_](?:[a-z0-9_-]{0,61}[a-z0-9_])?"
_NAME = re.compile(rf"{_LABEL}(?:\.{_LABEL})*")
_LONGEST_NAME = 253
# Some systems read 0x7f.1, 0177.0.0.1 and 2130706433 as 127.0.0.1: a name never ends in a number (URL standard).
_ENDS_IN_A_NUMBER = re.compile(r"(?:.*\.)?(?:[0-9]+|0x[0-9a-f]*)")
_INTERNAL_ENDINGS = (".localhost", ".local", ".localdomain", ".internal", ".intranet", ".lan", ".home.arpa")
_NOT_PUBLIC_4 = [
    ip_network(one)
    for one in (
        "0.0.0.0/8 10.0.0.0/8 100.64.0.0/10 127.0.0.0/8 169.254.0.0/16 172.16.0.0/12 192.0.0.0/24 192.0.2.0/24 "
        "192.88.99.0/24 192.168.0.0/16 198.18.0.0/15 198.51.100.0/24 203.0.113.0/24 224.0.0.0/4 240.0.0.0/4 "
        "168.63.129.16/32"  # public by its number, but on Azure it is the machine's own host
    ).split()
]
_GLOBAL_UNICAST = IPv6Network("2000::/3")
# Among them Teredo and 6to4, which carry an IPv4 address inside.
_NOT_PUBLIC_6 = [ip_network(one) for one in "2001::/23 2001:db8::/32 2002::/16 3fff::/20".split()]
_NAT64 = IPv6Network("64:ff9b::/96")  # the IPv4 internet, as seen from a network that has IPv6 only


class Refusal(StrEnum):
    """Why we do not visit a link."""

    NOT_AN_ADDRESS = "not_an_address"
    SCHEME = "scheme"  # neither http nor https
    CREDENTIALS = "credentials"  # a name or a password stands in the link
    PORT = "port"  # neither 80 nor 443
    INTERNAL_NAME = "internal_name"
    NOT_PUBLIC = "not_public"  # the host, or one of its addresses, is not on the public internet


class NotVisited(RuleBroken):
    """The link check goes to public web pages only."""

    code = "link_not_visited"

    def __init__(self, reason: Refusal) -> None:
        super().__init__(reason=reason)
        self.reason = reason


@dataclass(frozen=True, slots=True)
class Place:
    """Where a link leads, as far as its text tells. The host is in small ASCII letters, with no dot at its end."""

    url: httpx.URL
    host: str
    port: int

    @property
    def host_header(self) -> str:
        """What the server is to be told that we ask for."""
        host = f"[{self.host}]" if ":" in self.host else self.host
        return host if self.port == WEB_PORTS[self.url.scheme] else f"{host}:{self.port}"


def read_place(link: str, *, seen_at: httpx.URL | None = None, allow_loopback: bool = False) -> Place:
    """Read a link, from the page it was seen at when it may be relative; nothing is looked up.

    Raises NotVisited for everything but http and https on their ports, to a public name or number, without
    credentials. ``allow_loopback`` is for tests: it also allows every port, but see find_addresses.
    """
    url = _parse(link.strip(), seen_at)
    if url.scheme not in WEB_PORTS:
        raise NotVisited(Refusal.SCHEME)
    if url.userinfo:
        raise NotVisited(Refusal.CREDENTIALS)
    host = _read_host(url)
    port = url.port or WEB_PORTS[url.scheme]
    if port not in WEB_PORTS.values() and not allow_loopback:
        raise NotVisited(Refusal.PORT)
    number = _number(host)
    if number is not None and not (is_public(host) or (allow_loopback and _plain(number).is_loopback)):
        raise NotVisited(Refusal.NOT_PUBLIC)
    if number is None and _is_internal(host) and not (allow_loopback and host == "localhost"):
        raise NotVisited(Refusal.INTERNAL_NAME)
    return Place(url, host, port)


async def find_addresses(place: Place, look_up: LookUp, *, allow_loopback: bool = False) -> tuple[str, ...]:
    """The IP addresses of a place, each of which may be visited. Connect to these, and never look the name up again.

    One address that is not public refuses the whole place: its owner decides which one we would get. Raises NotVisited;
    socket.gaierror when there is no such host.

    Wrong: check the name, then give the name to the HTTP client, which looks it up again (DNS rebinding).
    Correct: check the addresses, then connect to one of the very addresses that were checked.
    """
    found = (place.host,) if _number(place.host) is not None else tuple(await look_up(place.host, place.port))
    if not found:
        raise socket.gaierror(socket.EAI_NONAME, "the host has no address")
    for address in found:
        number = _number(address)
        if allow_loopback and number is not None and _plain(number).is_loopback:
            continue
        if not is_public(address):
            raise NotVisited(Refusal.NOT_PUBLIC)
        if place.port not in WEB_PORTS.values():
            raise NotVisited(Refusal.PORT)
    return found


async def look_up_addresses(host: str, port: int) -> Sequence[str]:
    """As this machine looks hosts up. Raises socket.gaierror when there is no such host."""
    found = await asyncio.get_running_loop().getaddrinfo(host, port, type=socket.SOCK_STREAM)
    return tuple(dict.fromkeys(str(one[4][0]) for one in found))


def is_public(address: str) -> bool:
    """Whether an IP address is a machine on the public internet, and not a group, a document's example or a tunnel."""
    number = _number(address)
    if number is None or "%" in address:  # with a zone (%eth0) it is a neighbour on one cable, whatever the number
        return False
    number = _plain(number)
    if isinstance(number, IPv6Address):
        # With a zone ("%eth0") it means a neighbour on one cable, whatever the number.
        listed = (
            bool(number.scope_id)
            or number not in _GLOBAL_UNICAST
            or any(number in network for network in _NOT_PUBLIC_6)
        )
    else:
        listed = any(number in network for network in _NOT_PUBLIC_4)
    # Python's own view changes with its version; it is a second opinion, never the only one.
    return not listed and number.is_global


def _parse(link: str, seen_at: httpx.URL | None) -> httpx.URL:
    # Programs disagree about these characters: one reads a path where another reads a host.
    if any(char == "\\" or char.isspace() or not char.isprintable() for char in link):
        raise NotVisited(Refusal.NOT_AN_ADDRESS)
    try:
        url = httpx.URL(link)
        if seen_at is None:
            return url
        joined = seen_at.join(url)
        return joined if joined.fragment else joined.copy_with(fragment=seen_at.fragment or None)
    except (httpx.InvalidURL, ValueError):  # IDNA errors are ValueErrors
        raise NotVisited(Refusal.NOT_AN_ADDRESS) from None


def _read_host(url: httpx.URL) -> str:
    host = url.raw_host.decode("ascii").lower().removesuffix(".")
    number = _number(host)
    if number is not None:
        return str(number)
    if len(host) > _LONGEST_NAME or not _NAME.fullmatch(host) or _ENDS_IN_A_NUMBER.fullmatch(host):
        raise NotVisited(Refusal.NOT_AN_ADDRESS)
    return host


def _is_internal(host: str) -> bool:
    """A name without a dot is a machine in the same house."""
    return "." not in host or host.endswith(_INTERNAL_ENDINGS)


def _number(host: str) -> IPv4Address | IPv6Address | None:
    try:
        return ip_address(host)
    except ValueError:
        return None


def _plain(number: IPv4Address | IPv6Address) -> IPv4Address | IPv6Address:
    """The IPv4 address that an IPv6 address only wraps."""
    if isinstance(number, IPv4Address):
        return number
    if number.ipv4_mapped is not None:
        return number.ipv4_mapped
    return IPv4Address(int(number) & 0xFFFFFFFF) if number in _NAT64 else number

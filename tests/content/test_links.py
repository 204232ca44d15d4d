"""The link check is polite, finds out what became of a page, and cannot be sent where it must not go."""

import asyncio
import socket
import ssl
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from content.links.addresses import NotVisited, Refusal, find_addresses, is_public, read_place
from content.links.checking import Checked, LinkState, Trouble, Visitor, check_links
from tests.fakes.loopback_http import Cut, Handle, Request, Response, serving


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


@asynccontextmanager
async def streaming(piece: bytes, pause: float, certificate: ssl.SSLContext | None = None) -> AsyncIterator[int]:
    """A server that takes no HEAD and whose pages never end."""

    async def talk(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            is_head = (await reader.readuntil(b"\r\n\r\n")).startswith(b"HEAD")
            writer.write(b"HTTP/1.1 405 No\r\n\r\n" if is_head else b"HTTP/1.1 200 OK\r\n\r\n")
            while not is_head:
                writer.write(piece)
                await writer.drain()
                await asyncio.sleep(pause)
        except (ConnectionError, asyncio.IncompleteReadError, asyncio.CancelledError):
            pass
        finally:
            writer.transport.abort()

    server = await asyncio.start_server(talk, "127.0.0.1", 0, ssl=certificate)
    async with server:
        yield server.sockets[0].getsockname()[1]


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
    now, most = set[str](), 0

    async def handle(request: Request) -> Response:
        nonlocal most
        now.add(request.headers["host"])
        most = max(most, len(now))
        await asyncio.sleep(0.05)
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


# Where we do not go.


@pytest.mark.parametrize(
    ("link", "reason"),
    [
        ("", Refusal.SCHEME),
        ("example.no/page", Refusal.SCHEME),
        ("//example.no/page", Refusal.SCHEME),
        ("file:///etc/passwd", Refusal.SCHEME),
        ("gopher://example.no/", Refusal.SCHEME),
        ("ftp://example.no/", Refusal.SCHEME),
        ("javascript:alert(1)", Refusal.SCHEME),
        ("mailto:post@example.no", Refusal.SCHEME),
        ("https://anna@example.no/", Refusal.CREDENTIALS),
        ("https://anna:secret@example.no/", Refusal.CREDENTIALS),
        ("https://example.no:secret@127.0.0.1/", Refusal.CREDENTIALS),
        ("http://example.no:22/", Refusal.PORT),
        ("http://example.no:8080/", Refusal.PORT),
        ("https://example.no:99999/", Refusal.PORT),
        ("http://", Refusal.NOT_AN_ADDRESS),
        ("https:///page", Refusal.NOT_AN_ADDRESS),
        ("http://example.no\\@127.0.0.1/", Refusal.NOT_AN_ADDRESS),
        ("http://exa mple.no/", Refusal.NOT_AN_ADDRESS),
        ("http://example.no/\r\nHost: localhost", Refusal.NOT_AN_ADDRESS),
        ("http://example..no/", Refusal.NOT_AN_ADDRESS),
        ("http://example.no../", Refusal.NOT_AN_ADDRESS),
        ("http://127%2e0.0.1/", Refusal.NOT_AN_ADDRESS),
        ("http://xn--.no/", Refusal.NOT_AN_ADDRESS),
        (f"http://{'a' * 64}.no/", Refusal.NOT_AN_ADDRESS),
        (f"http://{'a.' * 127}no/", Refusal.NOT_AN_ADDRESS),
        ("http://2130706433/", Refusal.NOT_AN_ADDRESS),  # these six are 127.0.0.1 for some systems
        ("http://017700000001/", Refusal.NOT_AN_ADDRESS),
        ("http://0x7f000001/", Refusal.NOT_AN_ADDRESS),
        ("http://0x7f.0.0.1/", Refusal.NOT_AN_ADDRESS),
        ("http://0177.0.0.1/", Refusal.NOT_AN_ADDRESS),
        ("http://127.1/", Refusal.NOT_AN_ADDRESS),
        ("http://example.0x7f/", Refusal.NOT_AN_ADDRESS),
        ("http://①②⑦.⓪.⓪.①/", Refusal.NOT_AN_ADDRESS),
        ("http://１２７.0.0.1/", Refusal.NOT_AN_ADDRESS),
        ("http://127。0。0。1/", Refusal.NOT_PUBLIC),
        ("http://ⓛocalhost/", Refusal.NOT_AN_ADDRESS),
        ("http://[fe80::1%25eth0]/", Refusal.NOT_PUBLIC),
        ("http://127.0.0.1/", Refusal.NOT_PUBLIC),
        ("http://127.0.0.1./", Refusal.NOT_PUBLIC),
        ("http://0.0.0.0/", Refusal.NOT_PUBLIC),
        ("http://169.254.169.254/latest/meta-data/", Refusal.NOT_PUBLIC),
        ("http://[::1]/", Refusal.NOT_PUBLIC),
        ("http://[::]/", Refusal.NOT_PUBLIC),
        ("http://[::ffff:127.0.0.1]/", Refusal.NOT_PUBLIC),
        ("http://[::ffff:a9fe:a9fe]/", Refusal.NOT_PUBLIC),
        ("http://localhost/", Refusal.INTERNAL_NAME),
        ("http://LOCALHOST./", Refusal.INTERNAL_NAME),
        ("http://printer/", Refusal.INTERNAL_NAME),
        ("http://metadata.google.internal/", Refusal.INTERNAL_NAME),
        ("http://nas.local/", Refusal.INTERNAL_NAME),
    ],
)
async def test_a_link_that_is_not_to_a_public_web_page_is_refused_without_looking_anything_up(
    link: str, reason: Refusal
) -> None:
    found = await check(link, replace(GUEST, allow_loopback=False, look_up=nobody))

    assert found == Checked(link, LinkState.REFUSED, reason=reason)


@pytest.mark.parametrize(
    "address",
    "0.0.0.0 0.1.2.3 10.1.2.3 100.64.0.1 100.100.100.200 127.0.0.1 127.255.255.254 168.63.129.16 169.254.169.254 "
    "172.16.0.1 172.31.255.255 192.0.0.192 192.0.2.1 192.168.1.1 198.18.0.1 198.51.100.1 203.0.113.1 224.0.0.1 "
    "239.255.255.250 240.0.0.1 255.255.255.255 :: ::1 ::127.0.0.1 ::ffff:10.0.0.1 ::ffff:169.254.169.254 "
    "64:ff9b::7f00:1 64:ff9b::a9fe:a9fe 64:ff9b:1::1 100::1 2001::1 2001:db8::1 2002:7f00:1::1 3fff::1 fc00::1 "
    "fd00:ec2::254 fe80::1 fe80::1%eth0 2a00:1450:400f::1%eth0 fec0::1 ff02::1 town.example".split(),
)
async def test_a_host_with_one_address_that_is_not_public_is_refused(address: str) -> None:
    visitor = replace(GUEST, allow_loopback=False, look_up=finding("93.184.215.14", address))

    found = await check("https://town.example/", visitor)

    assert not is_public(address)
    assert found == Checked(found.url, LinkState.REFUSED, reason=Refusal.NOT_PUBLIC)


@pytest.mark.parametrize(
    "address",
    "93.184.215.14 100.63.255.255 172.32.0.1 2a00:1450:400f::1 64:ff9b::5db8:d70e ::ffff:93.184.215.14".split(),
)
async def test_public_addresses_are_where_we_connect(address: str) -> None:
    place = read_place("https://town.example/")

    assert await find_addresses(place, finding(address)) == (address,)


@pytest.mark.parametrize(
    ("link", "host", "header"),
    [
        ("HTTPS://Town.Example./a?b#c", "town.example", "town.example"),
        ("https://blåbær.no/å", "xn--blbr-roah.no", "xn--blbr-roah.no"),
        ("https://BLÅBÆR.no", "xn--blbr-roah.no", "xn--blbr-roah.no"),
        ("  https://town.example:443/  ", "town.example", "town.example"),
        ("https://town.example:80/", "town.example", "town.example:80"),
        ("http://8.8.8.8/", "8.8.8.8", "8.8.8.8"),
        ("http://[2A00:1450:400F:0::1]/", "2a00:1450:400f::1", "[2a00:1450:400f::1]"),
        ("https://4you.town.example/", "4you.town.example", "4you.town.example"),
    ],
)
def test_a_public_host_is_read_in_one_form(link: str, host: str, header: str) -> None:
    place = read_place(link)

    assert (place.host, place.host_header) == (host, header)


@pytest.mark.parametrize(
    ("leads_to", "reason"),
    [
        ("file:///etc/passwd", Refusal.SCHEME),
        ("gopher://town.example/", Refusal.SCHEME),
        ("http://anna:secret@town.example/", Refusal.CREDENTIALS),
        ("http://169.254.169.254/latest/meta-data/", Refusal.NOT_PUBLIC),
        ("//10.0.0.1/", Refusal.NOT_PUBLIC),
        ("http://[::ffff:192.168.1.1]/", Refusal.NOT_PUBLIC),
        ("http://0xa9fea9fe/", Refusal.NOT_AN_ADDRESS),
        ("http://metadata.google.internal/", Refusal.INTERNAL_NAME),
    ],
)
async def test_a_redirect_opens_no_door_either(leads_to: str, reason: Refusal) -> None:
    async with serving(answering(("/", to(leads_to, 301)))) as port:
        found = await check(f"http://town.example:{port}/")

    assert found == Checked(found.url, LinkState.REFUSED, reason=reason)


async def test_a_redirect_to_a_name_with_an_inside_address_is_refused() -> None:
    async def look_up(host: str, _port: int) -> Sequence[str]:
        return ("10.0.0.1",) if host == "trap.example" else ("127.0.0.1",)

    async with serving(answering(("/", to("http://trap.example/")))) as port:
        found = await check(f"http://town.example:{port}/", replace(GUEST, look_up=look_up))

    assert (found.state, found.reason) == (LinkState.REFUSED, Refusal.NOT_PUBLIC)


async def test_a_name_is_looked_up_once_for_each_request_and_the_connection_goes_to_what_was_checked() -> None:
    """The next look-up of a rebinding name would be inside the house; and no other resolver knows town.example."""
    asked: list[str] = []

    async def look_up(host: str, _port: int) -> Sequence[str]:
        asked.append(host)
        return ("127.0.0.1",) if len(asked) == 1 else ("192.168.0.1",)

    async with serving(answering(("/page", Response(200)), ("/old", to("/page")))) as port:
        straight = await check(f"http://town.example:{port}/page", replace(GUEST, look_up=look_up))
        asked.clear()
        around = await check(f"http://town.example:{port}/old", replace(GUEST, look_up=look_up))

    assert straight.state is LinkState.OK
    assert (around.state, around.reason) == (LinkState.REFUSED, Refusal.NOT_PUBLIC)
    assert asked == ["town.example"] * 2


async def test_leave_to_visit_this_machine_is_no_leave_to_visit_the_house_or_other_ports_elsewhere() -> None:
    inside = read_place("http://town.example/", allow_loopback=True)
    elsewhere = read_place("http://town.example:8080/", allow_loopback=True)

    with pytest.raises(NotVisited) as house:
        await find_addresses(inside, finding("127.0.0.1", "10.0.0.1"), allow_loopback=True)
    with pytest.raises(NotVisited) as port:
        await find_addresses(elsewhere, finding("93.184.215.14"), allow_loopback=True)

    assert (house.value.reason, port.value.reason) == (Refusal.NOT_PUBLIC, Refusal.PORT)


async def test_without_that_leave_this_machine_is_not_visited_at_all() -> None:
    seen: list[Request] = []

    async def handle(request: Request) -> Response:
        seen.append(request)
        return Response(200)

    async with serving(handle) as port:
        visitor = replace(GUEST, allow_loopback=False)
        hosts = [f"127.0.0.1:{port}", f"localhost:{port}", f"town.example:{port}", f"[::ffff:127.0.0.1]:{port}"]
        found = await check_links([f"http://{host}/" for host in hosts], visitor=visitor)

    assert {one.state for one in found} == {LinkState.REFUSED}
    assert not seen


# Safe connections.


def make_certificate(folder: Path, name: str) -> tuple[ssl.SSLContext, ssl.SSLContext]:
    """What a server of this name shows, and what somebody trusts who trusts it."""
    key = ec.generate_private_key(ec.SECP256R1())
    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
    certificate = (
        x509.CertificateBuilder(subject, subject, key.public_key(), x509.random_serial_number())
        .not_valid_before(datetime(2020, 1, 1, tzinfo=UTC))
        .not_valid_after(datetime(2049, 1, 1, tzinfo=UTC))
        .add_extension(x509.SubjectAlternativeName([x509.DNSName(name)]), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        .sign(key, hashes.SHA256())
    )
    form = serialization.Encoding.PEM
    secret = key.private_bytes(form, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    public = certificate.public_bytes(form)
    (folder / "server.pem").write_bytes(secret + public)
    shown = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    shown.load_cert_chain(folder / "server.pem")
    return shown, ssl.create_default_context(cadata=public.decode())


async def test_the_certificate_is_held_against_the_name_and_not_against_the_address(tmp_path: Path) -> None:
    shown, trusting = make_certificate(tmp_path, "town.example")
    asked_for: list[str | None] = []
    shown.sni_callback = lambda _connection, name, _context: asked_for.append(name)

    async with streaming(b"x" * 10_000, 0, shown) as port:
        links = [f"https://{host}.example:{port}/" for host in ("town", "other")]
        found = await check_links(links, visitor=replace(GUEST, certificates=trusting))

    assert found[0].state is LinkState.OK
    assert (found[1].state, found[1].reason) == (LinkState.TROUBLE, Trouble.CERTIFICATE)
    assert set(asked_for) == {"town.example", "other.example"}


async def test_a_certificate_that_nobody_vouches_for_is_trouble(tmp_path: Path) -> None:
    shown, _ = make_certificate(tmp_path, "town.example")

    async with streaming(b"x", 0, shown) as port:
        found = await check(f"https://town.example:{port}/")

    assert (found.state, found.reason) == (LinkState.TROUBLE, Trouble.CERTIFICATE)

"""Where we do not go when links are visited: no public page, no public address, no safe connection."""

import ssl
from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from content.links.addresses import NotVisited, Refusal, find_addresses, is_public, read_place
from content.links.checking import Checked, LinkState, Trouble, check_links
from tests.content.visiting import GUEST, answering, check, finding, nobody, streaming, to
from tests.fakes.loopback_http import Request, Response, serving


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

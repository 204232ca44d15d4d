"""Signing in through an OpenID Connect provider that runs here: the whole way, and every way to cheat on it."""

import re
from collections.abc import AsyncIterator
from html import unescape
from urllib.parse import urlsplit

import httpx
import pytest

from brobygger.pages import make_provider
from core.settings import Settings
from editor.access import second_factor
from editor.access.accounts import deactivate, find_by_email
from editor.access.id_tokens import NotVouchedFor
from editor.access.invitations import invite
from editor.access.logging_in import Identity, link_identity
from editor.access.models import StaffMember
from editor.access.provider import Provider, ProviderAway
from editor.access.provider_trips import questions
from editor.access.roles import HeldRole, Role
from tests.conftest import MONDAY_9AM, Town
from tests.editor.desk import COOKIE, Client, Clock, signed_in
from tests.fakes.loopback_http import Response
from tests.fakes.oidc_provider import CLIENT_ID, CLIENT_SECRET, Attack, OIDCProvider, running_provider

BACK = "http://desk.test/desk/sign-in/provider/back"
TRIP = f"{COOKIE}-trip"
PERSON = "4711"


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
async def fake(clock: Clock) -> AsyncIterator[OIDCProvider]:
    async with running_provider(clock, BACK) as provider:
        yield provider


@pytest.fixture
def provider(fake: OIDCProvider) -> Provider:
    return ours(fake.issuer)


def ours(issuer: str, *, secret: str | None = CLIENT_SECRET, allow_loopback: bool = True) -> Provider:
    """Our side, as set up with this provider."""
    return Provider(
        issuer=issuer,
        client_id=CLIENT_ID,
        client_secret=secret,
        name="Kommunens innlogging",
        back=BACK,
        seconds=60,
        allow_loopback=allow_loopback,
    )


async def amina_knows(town: Town, fake: OIDCProvider) -> int:
    """Amina has an account, connected to PERSON; gives its id."""
    amina = await signed_in(town, Role.AUTHOR)
    async with town.database.changing() as session:
        await link_identity(session, amina.id, Identity(fake.issuer, PERSON), at=MONDAY_9AM)
    return amina.id


def browser(town: Town, clock: Clock, provider: Provider) -> Client:
    return Client(town, clock=clock, provider=provider)


def address_in(page: httpx.Response) -> str:
    """Where the page leads by itself."""
    found = re.search(r'http-equiv="refresh" content="0;url=([^"]+)"', page.text)
    assert found is not None, page.text[:500]
    return unescape(found[1])


async def at_provider(page: httpx.Response) -> str:
    """Go where the page leads, over a real socket; gives the path below /desk to which the provider sends back."""
    async with httpx.AsyncClient() as there:
        answer = await there.get(address_in(page))
    assert answer.status_code == 302, answer.text
    where = urlsplit(answer.headers["location"])
    return f"{where.path}?{where.query}".removeprefix("/desk")


async def sign_in(client: Client) -> httpx.Response:
    """The whole way."""
    return await client.get(await at_provider(await client.post("/sign-in/provider", next="/desk/answers")))


async def reasons(client: Client) -> list[tuple[str, str]]:
    """What the timeline tells of refusals."""
    return [
        (one.details.get("reason", ""), one.details.get("detail", ""))
        for one in await client.events()
        if one.event == "log_in_refused"
    ]


async def test_who_is_connected_signs_in_and_goes_on(
    town: Town, clock: Clock, fake: OIDCProvider, provider: Provider
) -> None:
    await amina_knows(town, fake)
    client = browser(town, clock, provider)

    done = await sign_in(client)

    assert done.headers["location"] == "/desk/answers"
    assert "Amina" in (await client.get("/")).text
    assert client.cookies.get(TRIP) is None


async def test_the_sign_in_page_offers_the_provider_only_when_there_is_one(
    town: Town, clock: Clock, provider: Provider
) -> None:
    with_one = await browser(town, clock, provider).get("/sign-in")
    without = await Client(town).get("/sign-in")

    assert "Kommunens innlogging" in with_one.text
    assert "/desk/sign-in/provider" not in without.text
    assert (await Client(town).post("/sign-in/provider")).status_code == 404


async def test_somebody_nobody_knows_is_not_let_in_and_reads_what_to_do(
    town: Town, clock: Clock, fake: OIDCProvider, provider: Provider
) -> None:
    await amina_knows(town, fake)
    fake.person = "a stranger"
    client = browser(town, clock, provider)

    page = await sign_in(client)

    assert page.status_code == 403
    assert "connect" in page.text
    assert client.cookies.get(COOKIE) is None
    assert await reasons(client) == [("unknown_identity", "")]


async def test_an_account_is_never_found_by_an_e_mail_address(
    town: Town, clock: Clock, fake: OIDCProvider, provider: Provider
) -> None:
    await signed_in(town, Role.AUTHOR)
    fake.person = "amina@brobygda.example"
    client = browser(town, clock, provider)

    page = await sign_in(client)

    assert page.status_code == 403
    assert client.cookies.get(COOKIE) is None


async def test_a_deactivated_account_stays_shut(
    town: Town, clock: Clock, fake: OIDCProvider, provider: Provider
) -> None:
    amina = await amina_knows(town, fake)
    async with town.database.changing() as session:
        await deactivate(session, amina, by=None, at=MONDAY_9AM)

    assert (await sign_in(browser(town, clock, provider))).status_code == 403


@pytest.mark.parametrize(
    ("attack", "reason"),
    [
        (Attack.WRONG_NONCE, ("not_vouched_for", "invalid_claim")),
        (Attack.NO_NONCE, ("not_vouched_for", "missing_claim")),
        (Attack.WRONG_AUDIENCE, ("not_vouched_for", "invalid_claim")),
        (Attack.OTHER_PARTY, ("not_vouched_for", "invalid_claim")),
        (Attack.WRONG_ISSUER, ("not_vouched_for", "invalid_claim")),
        (Attack.EXPIRED, ("not_vouched_for", "expired_token")),
        (Attack.ALG_NONE, ("not_vouched_for", "unsupported_algorithm")),
        (Attack.ALG_HMAC, ("key_not_known", "key")),
        (Attack.OTHER_KEY, ("not_vouched_for", "bad_signature")),
        (Attack.NO_SUBJECT, ("not_vouched_for", "missing_claim")),
        (Attack.NO_ID_TOKEN, ("not_vouched_for", "id_token_missing")),
        (Attack.REPLAYED_CODE, ("not_vouched_for", "code")),
        (Attack.WRONG_STATE, ("not_vouched_for", "state")),
        (Attack.OTHER_ISSUER_IN_ANSWER, ("not_vouched_for", "issuer")),
        (Attack.DENIED, ("not_vouched_for", "denied")),
    ],
)
async def test_every_attack_is_refused_in_words_and_written_down(
    town: Town, clock: Clock, fake: OIDCProvider, provider: Provider, attack: Attack, reason: tuple[str, str]
) -> None:
    await amina_knows(town, fake)
    fake.attack = attack
    client = browser(town, clock, provider)

    page = await sign_in(client)

    assert page.status_code == 403
    assert 'class="problem"' in page.text
    assert client.cookies.get(COOKIE) is None
    assert await reasons(client) == [reason]


async def test_an_answer_counts_in_the_browser_that_asked_only(
    town: Town, clock: Clock, fake: OIDCProvider, provider: Provider
) -> None:
    await amina_knows(town, fake)
    attacker, victim = browser(town, clock, provider), browser(town, clock, provider)
    path = await at_provider(await attacker.post("/sign-in/provider"))

    without_asking = await victim.get(path)
    await victim.post("/sign-in/provider")
    while_asking = await victim.get(path)

    assert without_asking.status_code == while_asking.status_code == 403
    assert victim.cookies.get(COOKIE) is None
    assert await reasons(victim) == [("not_vouched_for", "state")]  # strangers who never asked are not written down


async def test_an_answer_counts_once(town: Town, clock: Clock, fake: OIDCProvider, provider: Provider) -> None:
    await amina_knows(town, fake)
    client = browser(town, clock, provider)
    path = await at_provider(await client.post("/sign-in/provider"))
    trip = client.cookies[TRIP]
    await client.get(path)

    client.cookies.set(TRIP, trip, domain="desk.test", path="/")
    again = await client.get(path)

    assert again.status_code == 403


async def test_whoever_stays_away_for_ten_minutes_begins_again(
    town: Town, clock: Clock, fake: OIDCProvider, provider: Provider
) -> None:
    await amina_knows(town, fake)
    client = browser(town, clock, provider)
    path = await at_provider(await client.post("/sign-in/provider"))

    clock.pass_(minutes=10)

    assert (await client.get(path)).status_code == 403


async def test_a_code_that_was_stolen_is_worth_nothing_without_the_verifier(
    fake: OIDCProvider, provider: Provider
) -> None:
    asked, thief = questions("the browser's token"), questions("the thief's token")
    async with httpx.AsyncClient() as there:
        answer = await there.get(await provider.address(asked, at=MONDAY_9AM))
    code = dict(httpx.URL(answer.headers["location"]).params)["code"]

    with pytest.raises(NotVouchedFor) as refused:
        await provider.identify({"code": code, "state": thief.state}, thief, at=MONDAY_9AM)

    assert refused.value.details == {"reason": "code"}


async def test_the_second_step_is_asked_unless_the_provider_asked_for_one(
    town: Town, clock: Clock, fake: OIDCProvider, provider: Provider
) -> None:
    amina = await amina_knows(town, fake)
    secret = second_factor.new_secret()
    async with town.database.changing() as session:
        (await session.get_one(StaffMember, amina)).totp_secret = secret
    with_password, with_more = browser(town, clock, provider), browser(town, clock, provider)

    asked = await sign_in(with_password)
    fake.methods = ("pwd", "otp", "mfa")
    let_in = await sign_in(with_more)

    assert asked.headers["location"] == "/desk/sign-in/code?next=/desk/answers"
    assert (await with_password.get("/sign-in/code")).status_code == 200
    assert (await with_password.get("/")).status_code == 303
    assert let_in.headers["location"] == "/desk/answers"


async def test_somebody_connects_their_account_and_signs_in_that_way(
    town: Town, clock: Clock, fake: OIDCProvider, provider: Provider
) -> None:
    amina = await signed_in(town, Role.AUTHOR, clock=clock, provider=provider)

    connected = await amina.get(await at_provider(await amina.post("/account/provider")))
    done = await sign_in(browser(town, clock, provider))

    assert connected.headers["location"] == "/desk/account?done=identity_linked"
    assert done.headers["location"] == "/desk/answers"
    assert "identity_linked" in [one.event for one in await amina.events()]


async def test_an_identity_of_somebody_else_cannot_be_connected(
    town: Town, clock: Clock, fake: OIDCProvider, provider: Provider
) -> None:
    await amina_knows(town, fake)
    bert = await signed_in(town, Role.REVIEWER, name="Bert", clock=clock, provider=provider)

    page = await bert.get(await at_provider(await bert.post("/account/provider")))

    assert page.status_code == 409
    assert "another account" in page.text or "annen konto" in page.text


async def test_whoever_left_to_connect_must_be_the_one_who_comes_back(
    town: Town, clock: Clock, fake: OIDCProvider, provider: Provider
) -> None:
    amina = await signed_in(town, Role.AUTHOR, clock=clock, provider=provider)
    bert = await signed_in(town, Role.REVIEWER, name="Bert", clock=clock, provider=provider)
    path = await at_provider(await amina.post("/account/provider"))
    bert.cookies.set(TRIP, amina.cookies[TRIP], domain="desk.test", path="/")

    page = await bert.get(path)

    async with town.database.reading() as session:
        found = await session.get_one(StaffMember, bert.id)
    assert page.status_code == 403
    assert found.oidc_subject is None


async def test_connecting_needs_the_password_of_who_has_one(
    town: Town, clock: Clock, fake: OIDCProvider, provider: Provider
) -> None:
    amina = await signed_in(town, Role.AUTHOR, clock=clock, provider=provider)
    await amina.post("/account/password", new="tre fisker og en sykkel")

    page = await amina.post("/account/provider", password="not this one at all")

    assert page.status_code == 403
    assert amina.cookies.get(TRIP) is None
    assert fake.asked == []


async def test_somebody_makes_their_account_through_the_provider_without_a_password(
    town: Town, clock: Clock, fake: OIDCProvider, provider: Provider
) -> None:
    async with town.database.changing() as session:
        link = await invite(session, email="dina@brobygda.example", roles=[HeldRole(Role.AUTHOR)], by=None, at=clock())
    dina = browser(town, clock, provider)

    leaving = await dina.post(f"/invitation/{link}/provider", name="Dina", language="nn")
    done = await dina.get(await at_provider(leaving))

    async with town.database.reading() as session:
        member = await find_by_email(session, "dina@brobygda.example")
    assert done.headers["location"] == "/desk/"
    assert member is not None
    assert (member.name, member.language, member.password_hash) == ("Dina", "nn", None)
    assert (member.oidc_issuer, member.oidc_subject) == (fake.issuer, PERSON)
    assert "Dina" in (await dina.get("/")).text


async def test_an_invitation_without_a_name_is_not_used_up(
    town: Town, clock: Clock, fake: OIDCProvider, provider: Provider
) -> None:
    async with town.database.changing() as session:
        link = await invite(session, email="dina@brobygda.example", roles=[HeldRole(Role.AUTHOR)], by=None, at=clock())
    dina = browser(town, clock, provider)

    page = await dina.get(await at_provider(await dina.post(f"/invitation/{link}/provider", name="")))

    assert page.status_code == 409
    assert (await dina.get(f"/invitation/{link}")).status_code == 200


async def test_an_identity_with_an_account_makes_no_second_one(
    town: Town, clock: Clock, fake: OIDCProvider, provider: Provider
) -> None:
    await amina_knows(town, fake)
    async with town.database.changing() as session:
        link = await invite(session, email="dina@brobygda.example", roles=[HeldRole(Role.AUTHOR)], by=None, at=clock())
    dina = browser(town, clock, provider)

    page = await dina.get(await at_provider(await dina.post(f"/invitation/{link}/provider", name="Dina")))

    async with town.database.reading() as session:
        assert await find_by_email(session, "dina@brobygda.example") is None
    assert page.status_code == 409


async def test_what_the_provider_says_of_itself_is_asked_once_an_hour(
    clock: Clock, fake: OIDCProvider, provider: Provider
) -> None:
    for _ in range(3):
        await provider.address(questions("token"), at=clock())
    asked = len(fake.asked)
    clock.pass_(hours=1)
    await provider.address(questions("token"), at=clock())

    assert (asked, len(fake.asked)) == (2, 4)


async def test_a_new_key_of_the_provider_is_fetched_when_it_is_needed(
    town: Town, clock: Clock, fake: OIDCProvider, provider: Provider
) -> None:
    await amina_knows(town, fake)
    await sign_in(browser(town, clock, provider))
    fake.change_key()
    clock.pass_(minutes=2)

    done = await sign_in(browser(town, clock, provider))

    assert done.headers["location"] == "/desk/answers"


async def test_a_provider_that_takes_the_secret_in_the_form_only_gets_it_there(
    town: Town, clock: Clock, fake: OIDCProvider, provider: Provider
) -> None:
    await amina_knows(town, fake)
    fake.about = {"token_endpoint_auth_methods_supported": ["client_secret_post"]}

    done = await sign_in(browser(town, clock, provider))

    assert done.headers["location"] == "/desk/answers"


@pytest.mark.parametrize(
    "answer",
    [
        Response(500, b"{}"),
        Response(200, b"<html>Welcome to the guest network</html>"),
        Response(200, b"[]"),
        Response(200, b"{" + b" " * 400_000 + b"}"),
        Response(302, headers={"Location": "http://169.254.169.254/"}),
        Response(200, b"[" * 200_000),
    ],
)
async def test_a_provider_that_cannot_be_understood_is_away(
    fake: OIDCProvider, provider: Provider, answer: Response
) -> None:
    fake.answer_to_all = answer

    with pytest.raises(ProviderAway):
        await provider.address(questions("token"), at=MONDAY_9AM)


@pytest.mark.parametrize(
    "about",
    [
        {"issuer": "https://login.other.example"},
        {"authorization_endpoint": "javascript:alert(1)"},
        {"authorization_endpoint": "http://login.example.no/authorize"},
        {"token_endpoint": "http://login.example.no/token"},
        {"jwks_uri": "file:///etc/passwd"},
        {"jwks_uri": None},
    ],
)
async def test_addresses_that_are_not_safe_are_not_used(
    fake: OIDCProvider, provider: Provider, about: dict[str, object]
) -> None:
    fake.about = about

    with pytest.raises(ProviderAway):
        await provider.address(questions("token"), at=MONDAY_9AM)


async def test_keys_that_are_shared_secrets_are_no_keys(fake: OIDCProvider, provider: Provider) -> None:
    fake.about = {"jwks_uri": f"{fake.issuer}/userinfo"}

    with pytest.raises(ProviderAway):
        await provider.address(questions("token"), at=MONDAY_9AM)


async def test_a_provider_that_is_not_there_leaves_the_password(town: Town, clock: Clock) -> None:
    client = browser(town, clock, ours("http://127.0.0.1:9"))

    page = await client.post("/sign-in/provider")

    assert page.status_code == 409
    assert 'class="problem"' in page.text


async def test_plain_http_is_for_tests_only(fake: OIDCProvider) -> None:
    strict = ours(fake.issuer, allow_loopback=False)

    with pytest.raises(ProviderAway):
        await strict.address(questions("token"), at=MONDAY_9AM)
    assert fake.asked == []


def test_the_settings_make_a_provider_that_sends_people_back_to_the_public_address() -> None:
    environ = {
        "BROBYGGER_OIDC_ISSUER": "https://login.example.no/",
        "BROBYGGER_OIDC_CLIENT_ID": "desk",
        "BROBYGGER_PUBLIC_URL": "https://chat.example.no",
    }

    made = make_provider(Settings.from_env(environ))

    assert made is not None
    assert made.name == "login.example.no"
    assert make_provider(Settings.from_env({})) is None

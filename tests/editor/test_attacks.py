"""What an attacker would try at the desk beside its doors (test_doors.py): each is refused with a page in words."""

import re
from urllib.parse import quote

import pytest

from editor.access import sessions
from editor.access.roles import Role
from tests.conftest import Town
from tests.editor.access.people import PASSWORD, add
from tests.editor.desk import COOKIE, Client, csrf_in, fields_of, signed_in
from tests.editor.harmless import ATTACK, harmful

KINDERGARTEN = "/answers/services-kindergarten"
EMAIL = "amina@brobygda.example"


async def with_password(town: Town) -> Client:
    """A browser that is not signed in, in a town where Amina has a password."""
    await add(town.database)
    return Client(town)


async def is_signed_in(client: Client) -> bool:
    return (await client.get("/")).status_code == 200


# Sessions


async def test_a_cookie_planted_before_signing_in_is_not_the_session_after(town: Town) -> None:
    attacker, victim = await signed_in(town, Role.AUTHOR, name="Mallory"), await with_password(town)
    planted = attacker.cookies[COOKIE]
    victim.cookies.set(COOKIE, planted, domain="desk.test", path="/")

    await victim.sign_in(EMAIL, PASSWORD)

    begun = [one.value for one in victim.cookies.jar if one.name == COOKIE]
    assert planted not in begun
    assert "Amina" in (await victim.get("/")).text
    assert "Mallory" in (await attacker.get("/")).text


async def test_a_made_up_cookie_is_nobodys_session(town: Town) -> None:
    client = await with_password(town)
    for token in ("", "x", "0" * 43, "æ", "'--", "%00"):
        client.cookies.clear()
        answer = await client.request("GET", "/desk/", headers={"cookie": f"{COOKIE}={token}".encode()})
        assert answer.status_code == 303


async def test_the_token_of_the_sign_in_form_is_worth_nothing_afterwards(town: Town) -> None:
    client = await with_password(town)
    before = csrf_in(await client.get("/sign-in"))

    await client.sign_in(EMAIL, PASSWORD)

    assert (await client.post("/sign-out", csrf=before)).status_code == 403
    assert await is_signed_in(client)


async def test_whoever_loses_their_access_is_out_at_once(town: Town) -> None:
    siri, amina = await signed_in(town, Role.ADMINISTRATOR, name="Siri"), await signed_in(town, Role.AUTHOR)

    await siri.post(f"/people/{amina.id}/deactivate")

    assert not await is_signed_in(amina)


@pytest.mark.parametrize("away", [{"hours": 8}, {"days": 7}])
async def test_a_session_that_is_too_old_is_over(town: Town, away: dict[str, float]) -> None:
    client = await signed_in(town, Role.AUTHOR)

    client.clock.pass_(**away)

    assert not await is_signed_in(client)


async def test_ending_all_sessions_ends_each(town: Town) -> None:
    one, two = await signed_in(town, Role.AUTHOR), await signed_in(town, Role.AUTHOR)
    async with town.database.changing() as session:
        await sessions.end_all(session, one.id, at=one.clock())

    assert not await is_signed_in(one)
    assert not await is_signed_in(two)


async def test_with_https_no_neighbour_can_read_or_plant_our_cookies(town: Town) -> None:
    answer = await Client(town, is_https=True).get("/sign-in")

    cookie = answer.headers["set-cookie"]
    assert cookie.startswith("__Host-")
    for flag in ("Secure", "HttpOnly", "SameSite=lax", "Path=/"):
        assert flag in cookie
    assert "Domain" not in cookie


# Signing in


async def test_guessing_passwords_slows_down_even_for_the_right_one(town: Town) -> None:
    client = await with_password(town)
    for guess in range(5):
        assert (await client.sign_in(EMAIL, f"feil passord {guess}")).status_code == 403

    answer = await client.sign_in(EMAIL, PASSWORD)
    assert answer.status_code == 403
    assert "Too many attempts. Please wait 1 minutes" in answer.text or "1 minutt" in answer.text
    assert not await is_signed_in(client)

    client.clock.pass_(minutes=1)
    assert (await client.sign_in(EMAIL, PASSWORD)).status_code == 303
    assert [entry.event for entry in await client.events()].count("log_in_refused") == 5


async def test_an_unknown_account_looks_like_a_wrong_password(town: Town) -> None:
    client = await with_password(town)

    known = await client.sign_in(EMAIL, "feil passord her")
    unknown = await client.sign_in("ukjent@brobygda.example", "feil passord her")

    assert known.status_code == unknown.status_code == 403
    assert unknown.text.replace("ukjent@brobygda.example", EMAIL) == known.text


async def test_what_was_typed_as_a_password_is_kept_nowhere(town: Town) -> None:
    client = await with_password(town)

    answer = await client.sign_in(PASSWORD, PASSWORD + " feil")

    assert PASSWORD + " feil" not in answer.text
    assert all(PASSWORD not in str(entry.details) + entry.about for entry in await client.events())


async def test_who_reads_timeline_or_log_gets_in_by_no_link(
    town: Town, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def fails(*_: object, **_more: object) -> None:
        raise RuntimeError("the database is gone")

    siri = await signed_in(town, Role.ADMINISTRATOR, name="Siri")
    page = await siri.post("/people", email="dina@brobygda.example")
    token = re.findall(r"/invitation/([\w-]+)", page.text)[0]

    refused = await siri.post(f"/invitation/{token}", csrf="forged")
    monkeypatch.setattr("editor.access.invitations.find_open", fails)  # stands for any fault of ours
    siri.expects_fault = True
    failed = await siri.get(f"/invitation/{token}")

    assert (refused.status_code, failed.status_code) == (403, 500)
    assert "Something went wrong here" in failed.text
    assert (await siri.last_event()).about == "page:/desk/invitation/..."
    assert "/desk/invitation/..." in caplog.text
    assert all(token not in str(one.details) + one.about for one in await siri.events())
    assert token not in caplog.text


async def test_a_cookie_that_a_neighbour_has_planted_keeps_nobody_out(town: Town) -> None:
    client = await with_password(town)
    client.cookies.set(f"{COOKIE}-form", "planted", domain="desk.test", path="/")

    assert (await client.sign_in(EMAIL, PASSWORD)).status_code == 303


ELSEWHERE = (
    "https://evil.example/",
    "//evil.example/",
    "/\\evil.example/",
    "/desk/\\evil.example",
    "/desk//evil.example",
    "/deskevil",
    "javascript:alert(1)",
    "/desk/\r\nSet-Cookie: a=b",
    " https://evil.example",
    "/desk/@evil.example/../..//evil.example",
)


async def test_signing_in_leads_to_our_own_pages_only(town: Town) -> None:
    client = await with_password(town)
    for leads_to in ELSEWHERE:
        shown = fields_of(await client.get(f"/sign-in?next={quote(leads_to)}"))["next"]
        answer = await client.sign_in(EMAIL, PASSWORD, next=leads_to)
        assert shown == answer.headers["location"] == "/desk/"
        client.cookies.clear()


async def test_a_page_that_somebody_wanted_is_there_after_signing_in(town: Town) -> None:
    client = await with_password(town)
    away = await client.get("/answers/services-kindergarten")

    form = fields_of(await client.request("GET", away.headers["location"]))
    answer = await client.post("/sign-in", form, email=EMAIL, password=PASSWORD)

    assert answer.headers["location"] == "/desk/answers/services-kindergarten"


async def test_the_way_back_after_a_refusal_is_never_another_site(town: Town) -> None:
    client = await signed_in(town, Role.AUTHOR)
    for referer in ("javascript:alert(1)", "https://evil.example/", "http://desk.test.evil.example/"):
        page = (await client.get("/people", referer=referer)).text
        assert 'href="/desk/"' in page
        assert referer not in page


async def test_what_strangers_type_is_shown_as_words(town: Town) -> None:
    client = await with_password(town)

    assert harmful((await client.sign_in(ATTACK, ATTACK, next=ATTACK)).text) == []
    assert harmful((await client.post("/sign-in/code", code=ATTACK, next=ATTACK)).text) == []
    assert harmful((await client.get(f"/sign-in?next={ATTACK}&done={ATTACK}")).text) == []


async def test_a_half_signed_in_person_is_not_signed_in(town: Town) -> None:
    client = await with_password(town)
    async with town.database.changing() as session:
        begun = await sessions.begin(session, 1, awaits_code=True, at=client.clock())
    client.cookies.set(COOKIE, begun.token, domain="desk.test", path="/")

    assert not await is_signed_in(client)


async def test_the_last_administrator_cannot_be_shut_out(town: Town) -> None:
    siri = await signed_in(town, Role.ADMINISTRATOR, name="Siri")

    answer = await siri.post(f"/people/{siri.id}/deactivate")

    assert answer.status_code == 409
    assert await is_signed_in(siri)

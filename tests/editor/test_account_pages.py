"""My account, and what administrators do with accounts, as people use the pages."""

import re
from html import unescape

import httpx
import pyotp
import pytest

from core.settings import Settings
from editor.access.accounts import find_by_email
from editor.access.models import StaffMember
from editor.access.roles import Role
from editor.access.second_factor import count_recovery_codes
from tests.conftest import Town
from tests.editor.access.people import PASSWORD, add
from tests.editor.desk import COOKIE, Client, Clock, fields_of, signed_in

OLD, NEW = PASSWORD, "fire hester under vann"
EMAIL = "amina@brobygda.example"


async def amina_with_password(town: Town, clock: Clock | None = None) -> Client:
    """Amina, who signs in with a password."""
    await add(town.database, password=OLD)
    return await again(town, OLD, clock=clock)


async def again(town: Town, password: str, *, clock: Clock | None = None) -> Client:
    """Another browser in which Amina tries to sign in."""
    client = Client(town, clock=clock)
    await client.sign_in(EMAIL, password)
    return client


async def is_signed_in(client: Client) -> bool:
    return (await client.get("/")).status_code == 200


async def with_second_step(client: Client) -> tuple[pyotp.TOTP, list[str]]:
    """Turn the second step on through the pages; gives the app and the recovery codes."""
    fields = fields_of(await client.get("/account/second-step"))
    app = pyotp.TOTP(fields["secret"])
    page = await client.post("/account/second-step", fields, password=OLD, code=app.at(client.clock()))
    return app, codes_in(page)


def codes_in(page: httpx.Response) -> list[str]:
    return re.findall(r"<li><code>([a-z2-7-]+)</code></li>", page.text)


async def event_names(client: Client) -> list[str]:
    return [one.event for one in await client.events()]


async def member(town: Town, email: str = EMAIL) -> StaffMember:
    async with town.database.reading() as session:
        found = await find_by_email(session, email)
    assert found is not None
    return found


async def test_the_name_at_the_top_leads_to_the_account(town: Town) -> None:
    amina = await signed_in(town, Role.AUTHOR)

    assert 'href="/desk/account"' in (await amina.get("/")).text
    assert (await amina.get("/account")).status_code == 200


async def test_somebody_changes_their_name_and_the_language_of_the_pages(town: Town) -> None:
    amina = await signed_in(town, Role.AUTHOR)

    done = await amina.post("/account/details", name="Amina <b>B</b>", language="en")
    page = await amina.get("/account")

    assert done.headers["location"] == "/desk/account?done=details_changed"
    assert '<html lang="en">' in page.text
    assert "Amina &lt;b&gt;B&lt;/b&gt;" in page.text
    assert "details_changed" in await event_names(amina)


@pytest.mark.parametrize(("name", "language"), [("", "nb"), ("A" * 121, "nb"), ("Amina", "de")])
async def test_details_that_make_no_sense_are_refused(town: Town, name: str, language: str) -> None:
    amina = await signed_in(town, Role.AUTHOR)

    assert (await amina.post("/account/details", name=name, language=language)).status_code == 409


async def test_a_new_password_needs_the_old_one_and_signs_other_browsers_out(town: Town) -> None:
    here, there = await amina_with_password(town), await again(town, OLD)

    done = await here.post("/account/password", old=OLD, new=NEW)

    assert done.headers["location"] == "/desk/account?done=password_changed"
    assert await is_signed_in(here)
    assert not await is_signed_in(there)
    assert not await is_signed_in(await again(town, OLD))
    assert await is_signed_in(await again(town, NEW))
    assert "password_changed" in await event_names(here)


async def test_a_wrong_old_password_changes_nothing_and_guessing_slows_down(town: Town) -> None:
    amina = await amina_with_password(town)

    pages = [await amina.post("/account/password", old="en helt annen ting", new=NEW) for _ in range(6)]
    right = await amina.post("/account/password", old=OLD, new=NEW)

    assert {page.status_code for page in (*pages, right)} == {403}
    assert (await event_names(amina)).count("proof_refused") == 5
    assert not await is_signed_in(await again(town, NEW))


async def test_a_weak_new_password_is_refused_with_the_reason(town: Town) -> None:
    amina = await amina_with_password(town)

    short = await amina.post("/account/password", old=OLD, new="kort")
    common = await amina.post("/account/password", old=OLD, new="passordpassord")

    assert short.status_code == common.status_code == 409
    assert short.text != common.text
    assert await is_signed_in(await again(town, OLD))


async def test_who_has_no_password_chooses_one_soon_after_signing_in_only(town: Town) -> None:
    clock = Clock()
    amina = await signed_in(town, Role.AUTHOR, clock=clock)

    clock.pass_(minutes=10)
    late = await amina.post("/account/password", new=NEW)
    back = await signed_in(town, clock=clock)
    soon = await back.post("/account/password", new=NEW)

    assert late.status_code == 409
    assert soon.headers["location"] == "/desk/account?done=password_changed"


async def test_the_second_step_is_set_up_with_a_picture_and_a_first_code(town: Town) -> None:
    amina = await amina_with_password(town)

    page = await amina.get("/account/second-step")
    _app, codes = await with_second_step(amina)

    assert "<svg" in page.text
    assert page.headers["cache-control"] == "no-store"
    assert len(set(codes)) == 10
    assert (await member(town)).totp_secret is not None
    assert "second_factor_turned_on" in await event_names(amina)


async def test_a_wrong_first_code_turns_nothing_on_and_keeps_the_picture(town: Town) -> None:
    amina = await amina_with_password(town)
    secret = fields_of(await amina.get("/account/second-step"))["secret"]

    page = await amina.post("/account/second-step", secret=secret, code="000000", password=OLD)

    assert page.status_code == 422
    assert fields_of(page)["secret"] == secret
    assert (await member(town)).totp_secret is None


async def test_who_sits_at_a_browser_left_open_cannot_shut_its_owner_out(town: Town) -> None:
    amina = await amina_with_password(town)
    fields = fields_of(await amina.get("/account/second-step"))
    code = pyotp.TOTP(fields["secret"]).at(amina.clock())

    page = await amina.post("/account/second-step", fields, code=code, password="not her password")

    assert page.status_code == 422
    assert fields_of(page)["secret"] == fields["secret"]
    assert (await member(town)).totp_secret is None
    assert "proof_refused" in await event_names(amina)


@pytest.mark.parametrize("secret", ["", "A", "not base 32 at all, but as long", "A" * 500])
async def test_a_secret_that_is_none_is_not_taken(town: Town, secret: str) -> None:
    amina = await amina_with_password(town)

    page = await amina.post("/account/second-step", secret=secret, code="123456")

    assert page.headers["location"] == "/desk/account/second-step"


async def test_a_second_step_is_not_replaced_by_another(town: Town) -> None:
    amina = await amina_with_password(town)
    await with_second_step(amina)
    before = (await member(town)).totp_secret
    other = pyotp.random_base32()

    page = await amina.get("/account/second-step")
    code = pyotp.TOTP(other).at(amina.clock())
    sent = await amina.post("/account/second-step", secret=other, code=code, password=OLD)

    assert page.status_code == sent.status_code == 409
    assert (await member(town)).totp_secret == before


async def test_signing_in_then_needs_a_code_and_a_recovery_code_will_do_once(town: Town) -> None:
    clock = Clock()
    _app, codes = await with_second_step(await amina_with_password(town, clock))
    amina, once_more = await again(town, OLD, clock=clock), await again(town, OLD, clock=clock)

    was_in = await is_signed_in(amina)
    done = await amina.post("/sign-in/code", code=codes[0])
    twice = await once_more.post("/sign-in/code", code=codes[0])

    assert not was_in
    assert done.headers["location"] == "/desk/"
    assert twice.status_code == 403


async def test_new_recovery_codes_need_a_fresh_code_and_end_the_old_ones(town: Town) -> None:
    clock = Clock()
    amina = await amina_with_password(town, clock)
    app, old = await with_second_step(amina)
    used_already = await amina.post("/account/recovery-codes", code=app.at(clock()))

    clock.pass_(seconds=90)
    page = await amina.post("/account/recovery-codes", code=app.at(clock()))
    stale = await amina.post("/account/recovery-codes", code=old[0])

    assert used_already.status_code == 403
    assert len(set(codes_in(page)) - set(old)) == 10
    assert stale.status_code == 403


async def test_turning_the_second_step_off_needs_password_and_code(town: Town) -> None:
    clock = Clock()
    amina = await amina_with_password(town, clock)
    app, _codes = await with_second_step(amina)
    clock.pass_(seconds=90)

    without_password = await amina.post("/account/second-step/off", password="noe helt annet", code=app.at(clock()))
    without_code = await amina.post("/account/second-step/off", password=OLD, code="000000")
    still_on = (await member(town)).totp_secret
    done = await amina.post("/account/second-step/off", password=OLD, code=app.at(clock()))

    assert without_password.status_code == without_code.status_code == 403
    assert still_on is not None
    assert done.headers["location"] == "/desk/account?done=second_factor_off"
    assert (await member(town)).totp_secret is None
    async with town.database.reading() as session:
        assert await count_recovery_codes(session, (await member(town)).id) == 0


async def test_what_is_not_turned_on_is_not_turned_off(town: Town) -> None:
    amina = await amina_with_password(town)

    assert (await amina.post("/account/second-step/off", password=OLD, code="000000")).status_code == 409
    assert (await amina.post("/account/recovery-codes", code="000000")).status_code == 409


async def test_one_browser_is_signed_out_from_another(town: Town) -> None:
    here, there = await amina_with_password(town), await again(town, OLD)
    page = await here.get("/account")
    (number,) = re.findall(r"/desk/account/sessions/(\d+)/end", page.text)

    await here.post(f"/account/sessions/{number}/end")

    assert await is_signed_in(here)
    assert not await is_signed_in(there)
    assert "session_ended" in await event_names(here)


async def test_everywhere_else_is_signed_out_at_once(town: Town) -> None:
    here = await amina_with_password(town)
    others = [await again(town, OLD) for _ in range(3)]

    await here.post("/account/sessions/end-others")

    assert await is_signed_in(here)
    assert not any([await is_signed_in(one) for one in others])


async def test_nobody_ends_the_session_of_somebody_else(town: Town) -> None:
    amina, bert = await amina_with_password(town), await signed_in(town, Role.REVIEWER, name="Bert")

    for number in range(1, 6):
        await bert.post(f"/account/sessions/{number}/end")
        bert = await signed_in(town, name="Bert")

    assert await is_signed_in(amina)


async def test_the_browsers_are_called_by_names_that_people_know(town: Town) -> None:
    client = await amina_with_password(town)
    firefox = "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0"
    await client.request(
        "POST",
        "/desk/sign-in",
        data={"csrf": await client.csrf(), "email": EMAIL, "password": OLD},
        headers={"user-agent": firefox},
    )

    assert "Firefox, Linux" in (await client.get("/account")).text


async def test_an_administrator_changes_what_somebody_may_do(town: Town) -> None:
    siri = await signed_in(town, Role.ADMINISTRATOR, name="Siri")
    bert = await signed_in(town, Role.REVIEWER, name="Bert")

    fields = fields_of(await siri.get(f"/people/{bert.id}"))
    roles = {"role.author": "1", "translator.ar": "1", "organisations": "red-cross", "csrf": fields["csrf"]}
    done = await siri.post(f"/people/{bert.id}/roles", roles)

    page = fields_of(await siri.get(f"/people/{bert.id}"))
    assert fields["role.reviewer"] == "1"
    assert done.headers["location"] == f"/desk/people/{bert.id}?done=roles_changed"
    assert {"role.author", "translator.ar"} <= page.keys()
    assert "role.reviewer" not in page
    assert page["organisations"] == "red-cross"


async def test_the_last_administrator_keeps_the_role(town: Town) -> None:
    siri = await signed_in(town, Role.ADMINISTRATOR, name="Siri")

    page = await siri.post(f"/people/{siri.id}/roles", {"role.author": "1"})

    assert page.status_code == 409
    assert (await siri.get("/people")).status_code == 200


async def test_an_organisation_that_is_no_name_is_refused_in_words(town: Town) -> None:
    siri = await signed_in(town, Role.ADMINISTRATOR, name="Siri")

    assert (await siri.post(f"/people/{siri.id}/roles", organisations="<script>")).status_code == 409


async def test_a_reset_link_gives_a_new_password_and_drops_a_lost_second_step(town: Town) -> None:
    amina = await amina_with_password(town)
    await with_second_step(amina)
    siri = await signed_in(town, Role.ADMINISTRATOR, name="Siri")

    page = await siri.post(f"/people/{(await member(town)).id}/reset", drops_second_factor="1")
    await Client(town).post(link_in(page), password=NEW)

    assert await is_signed_in(await again(town, NEW))
    assert not await is_signed_in(amina)
    assert {"reset_made", "password_reset", "second_factor_dropped"} <= set(await event_names(siri))


async def test_access_is_taken_away_and_given_back(town: Town) -> None:
    amina = await amina_with_password(town)
    siri = await signed_in(town, Role.ADMINISTRATOR, name="Siri")
    number = (await member(town)).id

    await siri.post(f"/people/{number}/deactivate")
    shut_out = not await is_signed_in(amina) and not await is_signed_in(await again(town, OLD))
    done = await siri.post(f"/people/{number}/reactivate")

    assert shut_out
    assert done.headers["location"] == f"/desk/people/{number}?done=reactivated"
    assert await is_signed_in(await again(town, OLD))


async def test_an_invitation_is_taken_back(town: Town) -> None:
    siri = await signed_in(town, Role.ADMINISTRATOR, name="Siri")
    link = link_in(await siri.post("/people", {"email": "dina@brobygda.example", "role.author": "1"}))
    (number,) = re.findall(r"/desk/people/invitations/(\d+)/take-back", (await siri.get("/people")).text)

    done = await siri.post(f"/people/invitations/{number}/take-back")
    twice = await siri.post(f"/people/invitations/{number}/take-back")

    assert done.headers["location"] == "/desk/people?done=invitation_taken_back"
    assert twice.status_code == 409
    assert (await Client(town).get(link)).status_code == 409


async def test_the_pages_about_people_are_for_administrators(town: Town) -> None:
    amina = await signed_in(town, Role.AUTHOR, Role.PUBLISHER, Role.REVIEWER)

    assert (await amina.get(f"/people/{amina.id}")).status_code == 403
    assert (await amina.post(f"/people/{amina.id}/roles", {"role.administrator": "1"})).status_code == 403
    assert (await amina.post(f"/people/{amina.id}/reset")).status_code == 403


async def test_the_account_is_for_who_is_signed_in(town: Town) -> None:
    stranger = Client(town)

    assert (await stranger.get("/account")).headers["location"].startswith("/desk/sign-in")
    assert (await stranger.post("/account/password", new=NEW)).status_code == 401
    assert stranger.cookies.get(COOKIE) is None


def link_in(page: httpx.Response) -> str:
    """The path, below /desk, of the link that a page shows once."""
    found = re.search(r"<code>http://desk\.test/desk(/invitation/[^<]+)</code>", page.text)
    assert found is not None, page.text[:500]
    return unescape(found[1])


@pytest.mark.parametrize(
    "environ",
    [
        {"BROBYGGER_OIDC_ISSUER": "http://login.example.no", "BROBYGGER_OIDC_CLIENT_ID": "desk"},
        {"BROBYGGER_OIDC_ISSUER": "https://login.example.no"},
        {"BROBYGGER_OIDC_CLIENT_ID": "desk"},
    ],
)
def test_settings_of_a_provider_that_cannot_work_stop_the_start(environ: dict[str, str]) -> None:
    with pytest.raises(Exception, match="BROBYGGER_OIDC"):
        Settings.from_env(environ)

"""Links for people outside the desk: where they lead, and how they get there."""

import asyncio
import re

import httpx
import pytest

from core.mail import Letter, MailServer, SMTPMail
from editor.access.roles import Role
from tests.conftest import Town
from tests.editor.access.people import add
from tests.editor.desk import Client, signed_in
from tests.fakes import mail_server

NEW = "dina@brobygda.example"
LINK = re.compile(r"https?://[^\s<]+/desk/invitation/[\w-]+")


async def siri_with_mail(town: Town, port: int) -> Client:
    mail = SMTPMail(MailServer("127.0.0.1", port, is_smtps=False), sender="desk@brobygda.example")
    return await signed_in(town, Role.ADMINISTRATOR, name="Siri", mail=mail)


async def invite_by(client: Client, host: str) -> httpx.Response:
    """As a request that says under which name it found us."""
    form = {"csrf": await client.csrf(), "email": NEW}
    return await client.request("POST", "/desk/people", data=form, headers={"host": host})


def path_of(link: str) -> str:
    return f"/{link.partition('/desk/')[2]}"


@pytest.mark.parametrize("host", ["desk.test", "evil.example", "127.0.0.1"])
async def test_links_lead_to_the_public_address_whatever_a_request_says(town: Town, host: str) -> None:
    siri = await signed_in(town, Role.ADMINISTRATOR, public_url="https://chat.example.no")

    page = await invite_by(siri, host)

    assert LINK.findall(page.text)[0].startswith("https://chat.example.no/desk/invitation/")


@pytest.mark.parametrize(
    ("host", "expected"), [("localhost:8080", "localhost:8080"), ("127.0.0.1", "127.0.0.1:80"), ("[::1]:8", "[::1]:8")]
)
async def test_without_a_public_address_this_machine_is_believed(town: Town, host: str, expected: str) -> None:
    siri = await signed_in(town, Role.ADMINISTRATOR, public_url=None)

    page = await invite_by(siri, host)

    assert LINK.findall(page.text)[0].startswith(f"http://{expected}/desk/invitation/")


@pytest.mark.parametrize(
    "host",
    [
        "evil.example",
        "localhost.evil.example",
        "localhost:80@evil.example",
        "evil.example#localhost",
        "localhost:999999",
        "[::1",
        "",
    ],
)
async def test_nobody_else_is_and_the_page_says_what_to_set(town: Town, host: str) -> None:
    siri = await signed_in(town, Role.ADMINISTRATOR, public_url=None)

    page = await invite_by(siri, host)

    assert page.status_code == 409
    assert "BROBYGGER_PUBLIC_URL" in page.text
    assert "staff_invited" not in [one.event for one in await siri.events()]


async def test_a_name_before_this_machine_is_left_out(town: Town) -> None:
    siri = await signed_in(town, Role.ADMINISTRATOR, public_url=None)

    page = await invite_by(siri, "evil.example@localhost")

    assert LINK.findall(page.text)[0].startswith("http://localhost:80/desk/")


async def test_an_invitation_goes_to_whom_it_is_for_and_lets_them_in(town: Town) -> None:
    async with mail_server.mail_server() as server:
        siri = await siri_with_mail(town, server.port)
        page = await siri.post("/people", {"role.author": "1"}, email=" Dina@brobygda.example")

    [taken] = server.taken
    [link] = LINK.findall(taken.text)
    assert taken.recipients == (NEW,)
    assert "Siri has invited you to the desk of Prøvevik" in taken.text
    assert "on its way by e-mail" in page.text
    assert link not in page.text
    assert "Dina" not in str([(one.about, one.details) for one in await siri.events()])
    assert (await Client(town).get(path_of(link))).status_code == 200


async def test_when_the_mail_server_is_away_the_link_is_shown(town: Town) -> None:
    async with mail_server.mail_server() as server:
        pass
    siri = await siri_with_mail(town, server.port)

    page = await siri.post("/people", email=NEW)

    assert "did not take the message" in page.text
    [link] = LINK.findall(page.text)
    assert (await Client(town).get(path_of(link))).status_code == 200


async def test_when_the_mail_server_takes_its_time_the_link_is_shown(
    town: Town, monkeypatch: pytest.MonkeyPatch
) -> None:
    class Slow:
        async def send(self, letter: Letter) -> None:
            await asyncio.sleep(60)

    # Stands for half a minute.
    monkeypatch.setattr("editor.pages.people.MAIL_SECONDS", 0.01)
    siri = await signed_in(town, Role.ADMINISTRATOR, name="Siri", mail=Slow())

    page = await siri.post("/people", email=NEW)

    assert len(LINK.findall(page.text)) == 1


async def test_a_link_for_a_new_password_goes_to_the_address_of_the_account(town: Town) -> None:
    amina = await add(town.database, language="en")
    async with mail_server.mail_server() as server:
        siri = await siri_with_mail(town, server.port)
        page = await siri.post(f"/people/{amina}/reset")

    [taken] = server.to("amina@brobygda.example")
    assert "Choose a new password here" in taken.text
    assert LINK.findall(taken.text) != []
    assert LINK.findall(page.text) == []


async def test_a_link_that_turns_the_second_step_off_is_handed_over_and_not_mailed(town: Town) -> None:
    amina = await add(town.database)
    async with mail_server.mail_server() as server:
        siri = await siri_with_mail(town, server.port)
        page = await siri.post(f"/people/{amina}/reset", drops_second_factor="1")

    assert server.taken == []
    assert LINK.findall(page.text) != []

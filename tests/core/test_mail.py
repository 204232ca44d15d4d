"""Letters as they go over the line."""

import pytest

from core.errors import SetupProblem
from core.mail import Letter, MailAway, MailRefused, MailServer, MailUnsure, SMTPMail
from core.settings import Settings
from tests.conftest import MONDAY_9AM
from tests.fakes import mail_server

AMINA = "amina@brobygda.example"
SENDER = "desk@brobygda.example"
PUBLIC = {"BROBYGGER_PUBLIC_URL": "https://chat.example.no"}


def letter(*, to: str = AMINA, subject: str = "Hei", text: str = "Det venter noe.\n") -> Letter:
    return Letter(to, subject, text, MONDAY_9AM)


def mail_to(url: str) -> SMTPMail:
    return SMTPMail(MailServer.from_url(url), sender=SENDER)


async def test_a_letter_arrives_as_it_was_written_in_whatever_script() -> None:
    text = "Hei Åse!\n\n- روضة الأطفال (العربية)\n.\n.. og slutt\n" + "ø" * 2000 + "\n"
    async with mail_server.mail_server() as server:
        await mail_to(server.url).send(letter(subject="Én ting venter: روضة", text=text))

    [taken] = server.taken
    assert (taken.sender, taken.recipients) == (SENDER, (AMINA,))
    assert taken.text == text
    assert taken.message["Subject"] == "Én ting venter: روضة"
    assert taken.message["Date"] == "Mon, 23 Nov 2026 08:00:00 +0000"
    assert taken.message["Auto-Submitted"] == "auto-generated"
    assert taken.message.get_content_type() == "text/plain"
    assert max(map(len, taken.raw.split(b"\r\n"))) <= 78


async def test_nothing_in_a_subject_becomes_a_header() -> None:
    async with mail_server.mail_server() as server:
        await mail_to(server.url).send(letter(subject="Hei\r\nBcc: everybody@town.example\r\n\r\nfalse text"))

    [taken] = server.taken
    assert taken.message["Bcc"] is None
    assert taken.message["Subject"] == "Hei Bcc: everybody@town.example false text"
    assert taken.recipients == (AMINA,)
    assert taken.text == "Det venter noe.\n"


@pytest.mark.parametrize(
    "to",
    [
        "a@x.no,b@y.no",
        "a@x.no\r\nRCPT TO:<b@y.no>",
        "<a@x.no>",
        "x,y@z.no",
        "a(b)@x.no",
        "a b@x.no",
        "å@x.no",
        "a@",
        "a@[x.no",
        "@x.no",
        "",
    ],
)
async def test_what_is_not_one_address_is_never_asked_for(to: str) -> None:
    async with mail_server.mail_server() as server:
        with pytest.raises(MailRefused, match="not_an_address") as refused:
            await mail_to(server.url).send(letter(to=to))

    assert refused.value.is_permanent
    assert server.taken == []


async def test_an_address_in_a_norwegian_domain_is_written_in_ascii() -> None:
    async with mail_server.mail_server() as server:
        await mail_to(server.url).send(letter(to="amina@blåbær.example"))

    assert [one.recipients for one in server.taken] == [("amina@xn--blbr-roah.example",)]


@pytest.mark.parametrize(("answer", "is_permanent"), [(450, False), (550, True)])
async def test_a_refusal_says_whether_it_is_for_good_and_never_for_whom(answer: int, is_permanent: bool) -> None:
    async with mail_server.mail_server() as server:
        server.refuses[AMINA] = answer
        with pytest.raises(MailRefused) as refused:
            await mail_to(server.url).send(letter())

    assert (str(refused.value), refused.value.is_permanent) == (f"answer_{answer}", is_permanent)


async def test_a_server_that_is_not_there_is_away() -> None:
    async with mail_server.mail_server() as server:
        pass

    with pytest.raises(MailAway, match="ConnectionRefusedError"):
        await mail_to(server.url).send(letter())


async def test_a_letter_that_was_taken_has_left_however_the_server_parts_from_us() -> None:
    async with mail_server.mail_server() as server:
        server.parts_badly = True
        await mail_to(server.url).send(letter())

    assert len(server.taken) == 1


async def test_a_line_that_breaks_before_the_answer_leaves_us_unsure() -> None:
    async with mail_server.mail_server() as server:
        server.hangs_up = True
        with pytest.raises(MailUnsure, match="SMTPServerDisconnected"):
            await mail_to(server.url).send(letter())

    assert len(server.taken) == 1


async def test_the_login_of_the_address_is_given() -> None:
    async with mail_server.mail_server(login=("desk@town", "p:ss/word")) as server:
        await mail_to(f"smtp://desk%40town:p%3Ass%2Fword@127.0.0.1:{server.port}").send(letter())
        with pytest.raises(MailAway, match="answer_535"):
            await mail_to(f"smtp://desk%40town:wrong@127.0.0.1:{server.port}").send(letter())

    assert len(server.taken) == 1


async def test_outside_this_machine_nothing_goes_over_an_open_line(monkeypatch: pytest.MonkeyPatch) -> None:
    # Stands for another machine: a test can reach none.
    monkeypatch.setattr("core.mail.LOOPBACK", frozenset())
    async with mail_server.mail_server() as server:
        with pytest.raises(MailAway, match="SMTPNotSupportedError"):
            await mail_to(server.url).send(letter())

    assert server.taken == []


@pytest.mark.parametrize(
    ("url", "expected"),
    [
        ("smtp://mail.example.no", MailServer("mail.example.no", 587, False)),
        ("smtps://mail.example.no", MailServer("mail.example.no", 465, True)),
        ("smtp://u:p@[::1]:25", MailServer("::1", 25, False, ("u", "p"))),
    ],
)
def test_a_mail_server_is_named_by_an_address(url: str, expected: MailServer) -> None:
    settings = Settings.from_env({**PUBLIC, "BROBYGGER_SMTP_URL": url, "BROBYGGER_SMTP_FROM": SENDER})

    assert settings.smtp_server == expected
    assert "'p'" not in repr(settings.smtp_server)


@pytest.mark.parametrize(
    ("environ", "named"),
    [
        ({"BROBYGGER_SMTP_URL": "mail.example.no:587"}, "BROBYGGER_SMTP_URL"),
        ({"BROBYGGER_SMTP_URL": "http://mail.example.no"}, "BROBYGGER_SMTP_URL"),
        ({"BROBYGGER_SMTP_URL": "smtp://u:geheimæ@mail.example.no"}, "BROBYGGER_SMTP_URL"),
        ({"BROBYGGER_SMTP_URL": "smtp://u:geheim@mail.example.no:port"}, "BROBYGGER_SMTP_URL"),
        ({"BROBYGGER_SMTP_URL": "smtp://mail.example.no", "BROBYGGER_SMTP_FROM": ""}, "BROBYGGER_SMTP_FROM"),
        ({"BROBYGGER_SMTP_FROM": "Desk <desk@town.no>"}, "BROBYGGER_SMTP_FROM"),
        (
            {"BROBYGGER_SMTP_URL": "smtp://127.0.0.1", "BROBYGGER_HOST": "0.0.0.0", "BROBYGGER_PUBLIC_URL": ""},
            "BROBYGGER_PUBLIC_URL",
        ),
        ({"BROBYGGER_SMTP_URL": "smtp://mail.example.no", "BROBYGGER_PUBLIC_URL": ""}, "BROBYGGER_PUBLIC_URL"),
        (
            {
                "BROBYGGER_OIDC_ISSUER": "https://login.example.no",
                "BROBYGGER_OIDC_CLIENT_ID": "desk",
                "BROBYGGER_PUBLIC_URL": "",
            },
            "BROBYGGER_PUBLIC_URL",
        ),
    ],
)
def test_settings_with_which_no_mail_could_be_sent_stop_the_start(environ: dict[str, str], named: str) -> None:
    with pytest.raises(SetupProblem, match=named) as problem:
        Settings.from_env({**PUBLIC, "BROBYGGER_SMTP_FROM": SENDER, **environ})

    assert "geheim" not in problem.value.what


def test_with_all_of_it_on_this_machine_no_public_address_is_needed() -> None:
    settings = Settings.from_env({"BROBYGGER_SMTP_URL": "smtp://localhost:1025", "BROBYGGER_SMTP_FROM": SENDER})

    assert settings.address == "http://127.0.0.1:8080"

"""Whatever comes to the web page, in whatever form: words for the reader, and the next question works."""

import json
import re
import traceback
from collections.abc import AsyncIterator, Callable
from pathlib import Path

import pytest
import structlog
from starlette.types import Message

from bot.channels.web.app import MOST_BYTES, MOST_LETTERS, WebChat
from bot.desk import Desk
from content.finding.sentences import NoVectors
from content.index import Knowledge
from core.database import Database
from tests.conftest import MONDAY_9AM, Town
from tests.fakes.web_page import Page, Visitor
from tests.stories.web_visits import DANGER, KINDERGARTEN, visiting

FEW_WORDS = "Please write your question in a few words."
WENT_WRONG = "Something went wrong here, not with you. Please write again in a little while."


# Whatever people send

ODD_MESSAGES = {
    "nothing": "",
    "spaces": "   \n\t  ",
    "one letter": "a",
    "20,000 letters": "barnehage " * 2000,
    "20,000 Arabic letters": "روضة " * 4000,
    "20,000 emoji": "😀" * 20_000,
    "only emoji": "😀🎉👩‍👩‍👧‍👦🇳🇴",
    "mixed scripts": "barnehage Дитячий садок روضة ስራ 幼稚園 ไทย",
    "right-to-left marks": "\u202eangaheraB\u202c \u200f\u200e\u2067x",
    "control characters": "barne\x00hage\x07\x1b[31m\x85",
    "HTML": "<b>hei</b><script>alert(1)</script> &amp; </p></div> <a href='x",
    "SQL": "'; DROP TABLE people; -- \" OR 1=1",
    "template": "{fact:kindergarten-price} {{7*7}} {% raw %} %s %(x)s ${HOME}",
    "form syntax": "a=1&lang=uk&action=menu%zz+%00",
    "digits": "9" * 500,
}


async def test_any_text_gets_a_helpful_reply_and_the_next_question_works(visitor: Visitor) -> None:
    await visitor.open("/?lang=nb")

    for name, text in ODD_MESSAGES.items():
        page = await visitor.ask(text)
        entry = await visitor.send(text=text)
        following = await visitor.ask(KINDERGARTEN["nb"][0])
        assert (page.status, entry.status) == (200, 200), name
        assert page.reply, name
        assert page.reply == entry.reply, name
        assert page.buttons, name
        assert following.reply.startswith("Plass i barnehage"), name


@pytest.mark.parametrize("language", DANGER)
async def test_what_stands_after_the_most_letters_is_cut_off(visitor: Visitor, language: str) -> None:
    danger, title, _numbers = DANGER[language]
    await visitor.open(f"/?lang={language}")

    heard = await visitor.ask("x " * (MOST_LETTERS // 2 - 50) + danger)
    cut = await visitor.send(text="x " * (MOST_LETTERS // 2) + danger)

    assert title in heard.reply
    assert title not in cut.reply


async def test_half_a_character_is_left_out(visitor: Visitor, town: Town) -> None:
    answered = await visitor.http.post(
        "/messages", content=b'{"text": "hvor er b\\ud83dussen", "lang": "nb"}', headers=JSON
    )

    assert answered.status_code == 200
    assert "hvor er bussen" in answered.json()["html"]


async def test_a_very_long_message_is_read_and_shown_from_its_beginning(
    visitor: Visitor, words: Callable[..., str]
) -> None:
    await visitor.open("/?lang=ar")

    page = await visitor.ask("كم تكلف الروضة " + "x" * 19_000)

    assert words("ar", "Your message is long. I only read the beginning.") in page.reply
    assert len(page.asked) == 1000


async def test_what_was_written_is_escaped(visitor: Visitor) -> None:
    await visitor.open("/?lang=nb")

    page = await visitor.ask("<script>alert(1)</script>")

    assert page.asked == "<script>alert(1)</script>"
    assert "<script>alert" not in page.html
    assert "<script>alert" not in (await visitor.send(text="<script>alert(1)</script>")).html
    assert 'lang="&#34;&gt;' not in (await visitor.open('/?lang="><script>alert(1)</script>')).html


FORM = {"Content-Type": "application/x-www-form-urlencoded"}
JSON = {"Content-Type": "application/json"}
PARTS = "multipart/form-data"
BROKEN_REQUESTS: dict[str, tuple[str, str, bytes, dict[str, str], int]] = {
    "a form that is not UTF-8": ("POST", "/", b"text=\xff\xfe%ff%fe%", FORM, 200),
    "a form of another type": ("POST", "/", b"text=hei", {"Content-Type": "text/plain"}, 200),
    "a form without a type": ("POST", "/", b"text=hei", {}, 200),
    "a form in broken parts": ("POST", "/", b"--x\r\nnonsense", {"Content-Type": f"{PARTS}; boundary=x"}, 200),
    "a form in parts without a border": ("POST", "/", b"--x", {"Content-Type": PARTS}, 400),
    "JSON that is not UTF-8": ("POST", "/messages", b'{"text": "\xff\xfe"}', JSON, 400),
    "JSON that breaks off": ("POST", "/messages", b'{"text": "hei', JSON, 400),
    "JSON that is a list": ("POST", "/messages", b'["hei"]', JSON, 400),
    "JSON of other types": ("POST", "/messages", b'{"text": 7, "action": {}, "lang": null, "embedded": []}', JSON, 200),
    "JSON that is very deep": ("POST", "/messages", b"[" * 90_000, JSON, 400),
    "no JSON": ("POST", "/messages", b"", JSON, 200),
    "JSON of another type": ("POST", "/messages", b"{}", FORM, 415),
    "a body that is too large": ("POST", "/", b"text=" + b"x" * MOST_BYTES, FORM, 413),
    "JSON that is too large": ("POST", "/messages", b'{"text": "' + b"x" * MOST_BYTES, JSON, 413),
    "a strange length": ("POST", "/", b"text=hei", {**FORM, "Content-Length": "\u00b2"}, 411),
    "a negative length": ("POST", "/", b"text=hei", {**FORM, "Content-Length": "-1"}, 411),
    "a method that is not ours": ("DELETE", "/", b"", {}, 405),
    "reading what can only be sent": ("GET", "/messages", b"", {}, 405),
    "a page that is not there": ("GET", "/wp-login.php", b"", {}, 404),
    "a file that is not there": ("GET", "/static/../app.py", b"", {}, 404),
}


async def test_a_broken_request_gets_a_page_with_words_and_the_next_question_works(
    visitor: Visitor, words: Callable[..., str]
) -> None:
    for name, (method, path, body, headers, status) in BROKEN_REQUESTS.items():
        raw = [(key, value.encode("latin-1")) for key, value in {"Accept-Language": "ar", **headers}.items()]
        answered = await visitor.http.request(method, path, content=body, headers=raw)
        html = answered.json()["html"] if status == 200 and path == "/messages" else answered.text
        assert answered.status_code == status, name
        assert Page(html).reply, name
        assert words("ar", FEW_WORDS) in Page(html).reply or "UTF-8" in name
        await visitor.open("/?lang=ar")
        assert (await visitor.ask(KINDERGARTEN["ar"][0])).reply.startswith("مكان في الروضة"), name


async def test_a_request_that_does_not_say_its_length_is_not_read(visitor: Visitor, words: Callable[..., str]) -> None:
    async def endless() -> AsyncIterator[bytes]:
        yield b"text=hei"

    answered = await visitor.http.post("/", content=endless(), headers={**FORM, "Accept-Language": "ar"})

    assert answered.status_code == 411
    assert Page(answered.text).reply == words("ar", FEW_WORDS)


async def test_when_we_fail_the_reader_gets_words_and_the_log_only_the_fault(tmp_path: Path) -> None:
    nothing_there = Database(f"sqlite+aiosqlite:///{tmp_path / 'no-tables.sqlite3'}")
    knowledge = Knowledge(nothing_there, NoVectors())

    async with visiting(nothing_there, knowledge) as dalia:
        with structlog.testing.capture_logs() as logged:
            answered = await dalia.http.post("/", data={"text": "hemmelig spørsmål"}, headers={"Accept-Language": "ar"})

    await nothing_there.close()
    assert answered.status_code == 500
    assert answered.text == Desk(knowledge).words.translator("ar")(WENT_WRONG)
    assert "default-src 'none'" in answered.headers["Content-Security-Policy"]
    assert [entry["event"] for entry in logged] == ["web_turn_failed"]
    assert "hemmelig" not in "".join(traceback.format_exception(logged[0]["exc_info"]))


# Around the pages

HEADERS = {
    "Content-Security-Policy": "default-src 'none'",
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
    "Permissions-Policy": "camera=()",
}


async def test_every_answer_keeps_the_browser_safe(visitor: Visitor) -> None:
    for path in ("/", "/?lang=ar", "/static/chat.css", "/static/chat.js", "/widget.js", "/health", "/nothing"):
        headers = (await visitor.http.get(path)).headers
        assert [name for name, begins in HEADERS.items() if not headers[name].startswith(begins)] == [], path
        assert "unsafe" not in headers["Content-Security-Policy"], path


async def test_what_was_said_is_not_kept_by_the_browser(visitor: Visitor) -> None:
    page = await visitor.http.post("/", data={"text": DANGER["nb"][0]})
    style = await visitor.http.get("/static/chat.css")

    assert page.headers["Cache-Control"] == "no-store"
    assert style.headers["Cache-Control"] == "no-cache"


async def test_a_page_needs_nothing_from_elsewhere(visitor: Visitor) -> None:
    page = await visitor.open("/?lang=ar")

    loaded = re.findall(r'(?:src|<link [^>]*href)="([^"]*)"', page.html)

    assert loaded
    assert all(address.startswith("/static/") for address in loaded)
    assert [(await visitor.http.get(address)).status_code for address in loaded] == [200] * len(loaded)


async def test_the_widget_is_a_script_that_others_may_keep_for_an_hour(visitor: Visitor) -> None:
    script = await visitor.http.get("/widget.js")

    assert script.headers["Content-Type"].startswith("text/javascript")
    assert script.headers["Cache-Control"] == "max-age=3600"


async def test_health_tells_whether_questions_can_be_answered(visitor: Visitor, town: Town) -> None:
    ready = await visitor.http.get("/health")
    async with visiting(town.database, Knowledge(town.database, NoVectors())) as early:
        starting = await early.http.get("/health")
        reply = await early.ask(KINDERGARTEN["ar"][0])

    assert (ready.status_code, ready.json()["ready"]) == (200, True)
    assert (starting.status_code, starting.json()["ready"]) == (503, False)
    assert {"menu", "safety"} <= set(reply.buttons)


async def test_head_requests_are_answered_for_watchdogs(visitor: Visitor) -> None:
    assert [(await visitor.http.head(path)).status_code for path in ("/", "/health")] == [200, 200]


def test_json_of_a_question_fits_into_a_request() -> None:
    assert len(json.dumps({"text": "😀" * 20_000, "lang": "nb"}, ensure_ascii=False).encode()) < MOST_BYTES


async def test_opening_a_link_that_says_yes_deletes_nothing_and_does_not_say_so(visitor: Visitor) -> None:
    await visitor.open("/?lang=en")
    await visitor.ask("forget me")

    page = await visitor.open("/?q=yes&lang=en")

    assert "deleted" not in page.reply
    assert visitor.http.cookies


async def test_a_length_that_stands_beside_chunks_is_not_believed(town: Town) -> None:
    length, chunked = (b"content-length", b"5"), (b"transfer-encoding", b"chunked")

    started, *_body = await posted(town, "/", [length, chunked], {"type": "http.request", "body": b"x" * 300_000})

    assert started["status"] == 411


async def test_who_goes_away_in_the_middle_of_a_request_is_no_failure_of_ours(
    town: Town, caplog: pytest.LogCaptureFixture
) -> None:
    for path in ("/", "/messages"):
        await posted(town, path, [(b"content-length", b"100")], {"type": "http.disconnect"})

    assert "web_request_cut_off" in caplog.text
    assert "web_turn_failed" not in caplog.text


async def posted(town: Town, path: str, headers: list[tuple[bytes, bytes]], received: Message) -> list[Message]:
    """What is sent back for a form that no browser sends like this."""
    chat = WebChat(town.database, town.desk, town.knowledge, now=lambda: MONDAY_9AM, is_https=False).application()
    form = (b"content-type", b"application/x-www-form-urlencoded")
    scope = {"type": "http", "method": "POST", "path": path, "query_string": b"", "headers": [form, *headers]}
    sent: list[Message] = []

    async def receive() -> Message:
        return received

    async def send(message: Message) -> None:
        sent.append(message)

    await chat(scope, receive, send)
    return sent


@pytest.mark.parametrize("path", ["/static", "/messages/", "/widget.js/"])
async def test_no_address_leads_to_another_site(visitor: Visitor, path: str) -> None:
    answered = await visitor.http.get(path, headers={"Host": "evil.example"})

    assert answered.status_code == 404

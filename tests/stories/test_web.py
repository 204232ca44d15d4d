"""Residents on the web page: real requests go in, pages come out. Most of it without JavaScript."""

import json
import re
import traceback
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from pathlib import Path

import httpx
import pytest
import structlog
from sqlalchemy import select
from starlette.types import Message

from bot.channels.web.app import MOST_BYTES, MOST_LETTERS, WebChat
from bot.desk import Desk
from content.finding.sentences import NoVectors
from content.index import Knowledge
from core import languages
from core.database import Database
from core.people import Person
from tests.conftest import MONDAY_9AM, Town
from tests.fakes.telegram_line import bytes_on_disk, everything_stored
from tests.fakes.web_page import Page, Visitor

KINDERGARTEN = {
    "nb": ("hva koster barnehagen?", "Plass i barnehage"),
    "en": ("what does kindergarten cost", "A place in kindergarten"),
    "ar": ("كم تكلف الروضة؟", "مكان في الروضة"),
}
DANGER = {
    "nb": ("mannen min slår meg", "Vold fra partner", "Ring 113 hvis du er skadet, 116 006"),
    "ar": ("زوجي يضربني", "عنف من الشريك", "اتصل بالرقم 113 إذا أصبت، وبالرقم 116 006"),
}
MACHINE = "A machine translated this text. No person has checked the translation yet."
FEW_WORDS = "Please write your question in a few words."
WENT_WRONG = "Something went wrong here, not with you. Please write again in a little while."


@asynccontextmanager
async def visiting(
    database: Database, knowledge: Knowledge, *, is_https: bool = False, embed_sites: Sequence[str] = ()
) -> AsyncIterator[Visitor]:
    chat = WebChat(
        database, Desk(knowledge), knowledge, now=lambda: MONDAY_9AM, is_https=is_https, embed_sites=embed_sites
    )
    way = httpx.ASGITransport(chat.application(), raise_app_exceptions=False)
    async with httpx.AsyncClient(transport=way, base_url=f"http{'s' if is_https else ''}://chat.example") as http:
        yield Visitor(http)


@pytest.fixture
async def visitor(town: Town) -> AsyncIterator[Visitor]:
    async with visiting(town.database, town.knowledge) as chau:
        yield chau


@pytest.fixture
def words(town: Town) -> Callable[..., str]:
    """Our words in a language."""

    def say(language: str, message: str, **values: object) -> str:
        return town.desk.words.translator(language)(message, **values)

    return say


async def people(town: Town) -> list[Person]:
    async with town.database.reading() as session:
        return list(await session.scalars(select(Person)))


# Questions and answers


@pytest.mark.parametrize("language", KINDERGARTEN)
async def test_a_question_is_answered_without_javascript(visitor: Visitor, language: str) -> None:
    question, title = KINDERGARTEN[language]
    await visitor.open(f"/?lang={language}")

    page = await visitor.ask(question)

    assert page.asked == question
    assert page.reply.startswith(title)
    assert "https://www.provevik.example/services-kindergarten" in page.links
    assert (page.language, page.direction) == (language, languages.direction(language))


@pytest.mark.parametrize("language", KINDERGARTEN)
async def test_javascript_gets_the_same_answer_as_one_entry(visitor: Visitor, language: str) -> None:
    question, title = KINDERGARTEN[language]
    page = await visitor.open(f"/?lang={language}")

    entry = await visitor.send(text=question)

    assert entry.asked == question
    assert entry.reply.startswith(title)
    assert entry.replies[0]["dir"] == page.direction
    assert "<html" not in entry.html


async def test_numbers_stand_apart_in_a_right_to_left_answer(visitor: Visitor) -> None:
    await visitor.open("/?lang=ar")

    page = await visitor.ask(KINDERGARTEN["ar"][0])

    assert re.search(r'<bdi dir="ltr">[^<]*1,200[^<]*</bdi>', page.html)
    assert '<bdi dir="ltr"><a class="together" href="tel:00000010">00 00 00 10</a></bdi>' in page.html


@pytest.mark.parametrize("language", KINDERGARTEN)
async def test_a_link_can_carry_the_question(visitor: Visitor, town: Town, language: str) -> None:
    question, title = KINDERGARTEN[language]

    page = await visitor.open(f"/?lang={language}&q={question}")

    assert page.asked == question
    assert page.reply.startswith(title)
    assert await people(town) == []


async def test_a_follow_up_goes_on_from_the_answer_before(visitor: Visitor, words: Callable[..., str]) -> None:
    await visitor.open("/?lang=nb")
    await visitor.ask("barnehage til sønnen min")

    page = await visitor.ask("hvor finner jeg skjemaet?")

    assert page.reply.startswith(words("nb", "I think you mean: {title}", title="Plass i barnehage"))


async def test_a_question_without_a_checked_answer_gets_an_honest_no_and_a_person(visitor: Visitor) -> None:
    await visitor.open("/?lang=nb")

    page = await visitor.ask("hvordan blir været i morgen")

    assert "00 00 00 10" in page.reply
    assert {"menu", "person"} <= set(page.buttons)


# Languages


async def test_the_first_page_speaks_the_language_of_the_browser(visitor: Visitor) -> None:
    wishes = {"ar-EG,ar;q=0.9,en": "ar", "no-NO": "nb", "uk": "uk", "vi": "en", "*": "nb", "": "nb", ";,": "nb"}
    wishes |= {
        "de-DE, uk;q=0.9": "uk",
        "uk;q=0.2, ar;Q=0.9": "ar",
        "ar;q=0, so": "so",
        "de, fr;q=oops": "en",
        "uk;q=1.0000": "uk",
    }
    wishes |= {"sv-SE, en;q=0.8": "nb", "fa" + ",x" * 9_000: "fa"}

    shown = {wish: (await visitor.open("/", **{"Accept-Language": wish})).language for wish in wishes}

    assert shown == wishes


async def test_every_promised_language_is_offered_under_its_own_name(visitor: Visitor) -> None:
    page = await visitor.open("/")

    assert [link for link in page.links if "lang=" in link] == [f"/?lang={code}" for code in languages.NAMES]
    assert all(f">{name}</a>" in page.html for name in languages.NAMES.values())


async def test_easy_reading_is_kept_without_javascript(visitor: Visitor, town: Town) -> None:
    await visitor.open("/?lang=nb")
    page = await visitor.press("easy")

    assert page.buttons["plain"]
    assert [person.reads_easy for person in await people(town)] == [True]


async def test_the_language_of_the_page_is_remembered_once_something_was_asked(visitor: Visitor) -> None:
    await visitor.open("/?lang=ar")
    await visitor.ask(KINDERGARTEN["ar"][0])

    later = await visitor.open("/", **{"Accept-Language": "nb"})

    assert (later.language, later.direction) == ("ar", "rtl")


async def test_a_new_choice_wins_over_the_one_before(visitor: Visitor, town: Town) -> None:
    await visitor.open("/?lang=ar")
    await visitor.ask(KINDERGARTEN["ar"][0])

    await visitor.open("/?lang=uk")

    assert (await visitor.open("/")).language == "uk"
    assert [person.language for person in await people(town)] == ["uk"]


@pytest.mark.parametrize("action", ["language:ar", "العربية"])
async def test_a_language_chosen_in_the_conversation_is_remembered(visitor: Visitor, action: str) -> None:
    await visitor.open("/?lang=nb")

    page = await (visitor.press(action) if ":" in action else visitor.ask(action))

    assert (page.language, page.fields["lang"]) == ("ar", "ar")
    assert (await visitor.open("/")).language == "ar"


async def test_javascript_is_told_to_change_the_page_when_the_language_changes(visitor: Visitor) -> None:
    answered = await visitor.http.post("/messages", json={"action": "language:ar", "lang": "nb"})

    assert (answered.json()["language"], answered.json()["reload"]) == ("ar", True)


async def test_the_page_around_a_widget_does_not_undo_a_choice(visitor: Visitor) -> None:
    first = await visitor.open("/?embedded=1&page=en")
    await visitor.press("language:ar")

    later = await visitor.open("/?embedded=1&page=en")

    assert first.language == "en"
    assert first.fields["embedded"] == "1"
    assert later.language == "ar"


async def test_a_text_that_exists_only_in_another_language_says_so(visitor: Visitor, words: Callable[..., str]) -> None:
    await visitor.open("/?lang=ar")

    page = await visitor.press("answer:practice-dugnad")

    said = words(
        "ar", "We do not have this answer in {wanted} yet. It is shown in {shown}.", wanted="العربية", shown="English"
    )
    assert said in page.reply
    assert '<h2 lang="en" dir="ltr">What is dugnad?</h2>' in page.html


async def test_a_machine_translation_is_labelled_and_a_written_text_is_not(
    visitor: Visitor, words: Callable[..., str]
) -> None:
    arabic = await visitor.open("/?lang=ar&q=" + KINDERGARTEN["ar"][0])
    norwegian = await visitor.open("/?lang=nb&q=" + KINDERGARTEN["nb"][0])

    assert words("ar", MACHINE) in arabic.reply
    assert words("nb", MACHINE) not in norwegian.reply


async def test_writing_in_another_language_offers_it_on_a_button(visitor: Visitor) -> None:
    await visitor.open("/?lang=nb")

    page = await visitor.ask("أريد أن أسجل ابني في الروضة هذا العام")

    assert page.language == "nb"
    assert "العربية" in page.buttons["language:ar"]


# Buttons


@pytest.mark.parametrize("language", ["nb", "ar"])
async def test_every_button_leads_to_a_reply(visitor: Visitor, language: str) -> None:
    start = await visitor.open(f"/?lang={language}")
    waiting, tried = list(start.buttons), set[str]()

    while waiting:
        tried.add(action := waiting.pop())
        visitor.fields["lang"] = language
        page = await visitor.press(action)
        assert page.status == 200, action
        assert page.reply, action
        waiting += [other for other in page.buttons if other not in tried and other not in waiting]

    assert {"answer:services-kindergarten", "share:services-kindergarten", "event:crisis", "language:ti"} <= tried


@pytest.mark.parametrize(("language", "title"), [("nb", "Plass i barnehage"), ("ar", "مكان في الروضة")])
async def test_an_answer_can_be_shared_with_its_source(visitor: Visitor, language: str, title: str) -> None:
    await visitor.open(f"/?lang={language}")

    page = await visitor.press("share:services-kindergarten")

    assert title in page.reply
    assert "https://www.provevik.example/services-kindergarten" in page.links


async def test_an_unknown_button_gets_a_helpful_reply(visitor: Visitor) -> None:
    await visitor.open("/?lang=nb")

    for action in ("nosuch", "answer:", "answer:x", "area:x", "language:xx", "\x00", ":", "x" * 5000, "🦄"):
        page = await visitor.press(action)
        assert page.status == 200, action
        assert page.buttons, action
        assert (await visitor.ask(KINDERGARTEN["nb"][0])).reply.startswith("Plass i barnehage"), action


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


# What must never be kept


@pytest.mark.parametrize(("language", "secret"), [("nb", "01017012345"), ("nb", "010170 12345"), ("ar", "٠١٠١٧٠١٢٣٤٥")])
async def test_an_identity_number_is_refused_not_shown_and_found_nowhere(
    visitor: Visitor, town: Town, words: Callable[..., str], language: str, secret: str
) -> None:
    await visitor.open(f"/?lang={language}")

    page = await visitor.ask(f"{secret} {KINDERGARTEN[language][0]}")
    entry = await visitor.send(text=f"{secret} hvordan blir været")
    linked = await visitor.open(f"/?q={secret}")

    said = words(language, "Please do not send identity numbers here. I have not kept the number.")
    assert page.reply.startswith(said)
    assert entry.reply.startswith(said)
    for place in (page.html, entry.html, linked.html, await everything_stored(town.database)):
        assert secret not in place
    assert secret.encode() not in bytes_on_disk(town.database)


async def test_a_cookie_says_nothing_about_its_owner_and_no_script_can_read_it(visitor: Visitor) -> None:
    looked = await visitor.http.get("/")
    asked = await visitor.http.post("/", data={"text": "hei"})

    assert "set-cookie" not in looked.headers
    assert re.match(
        r"brobygger=[\w-]{22}; HttpOnly; Max-Age=2592000; Path=/; SameSite=lax$", asked.headers["set-cookie"]
    )


async def test_a_cookie_on_the_open_web_travels_encrypted_and_works_inside_other_pages(town: Town) -> None:
    async with visiting(town.database, town.knowledge, is_https=True) as dalia:
        asked = await dalia.http.post("/", data={"text": "مرحبا", "lang": "ar"})

    assert asked.headers["set-cookie"].endswith("SameSite=none; Secure")


async def test_a_cookie_that_is_not_ours_is_replaced(visitor: Visitor) -> None:
    for cookie in ("x", "'; DROP TABLE people; --", "a" * 5000, "a" * 22 + "%00", "\u00e5" * 22):
        header = f"brobygger={cookie}".encode()
        visitor.http.cookies.clear()
        answered = await visitor.http.post("/", data={"text": "hei"}, headers=[(b"Cookie", header)])
        assert answered.status_code == 200, cookie
        assert re.match(r"brobygger=[\w-]{22};", answered.headers["set-cookie"]), cookie
        assert f"brobygger={cookie};" not in answered.headers["set-cookie"]


async def test_forget_me_deletes_the_person_and_the_cookie(visitor: Visitor, town: Town) -> None:
    await visitor.open("/?lang=ar")
    await visitor.ask(KINDERGARTEN["ar"][0])
    (stored,) = await people(town)

    shown = await visitor.press("my_data")
    confirm = await visitor.press("forget_me")
    await visitor.press("forget_me:yes")

    assert stored.address in shown.reply
    assert "forget_me:yes" in confirm.buttons
    assert await people(town) == []
    assert not visitor.http.cookies


@pytest.mark.parametrize(("language", "yes"), [("nb", "ja"), ("ar", "نعم"), ("en", "Yes, delete it")])
async def test_yes_in_words_deletes_the_person_who_was_asked(
    visitor: Visitor, town: Town, language: str, yes: str
) -> None:
    await visitor.open(f"/?lang={language}")
    await visitor.press("forget_me")

    await visitor.ask(yes)

    assert await people(town) == []
    assert not visitor.http.cookies


# Danger


@pytest.mark.parametrize("language", DANGER)
async def test_somebody_in_danger_reads_the_numbers_first(visitor: Visitor, language: str) -> None:
    danger, title, numbers = DANGER[language]
    await visitor.open(f"/?lang={language}")

    page = await visitor.ask(f"{danger}. {KINDERGARTEN[language][0]}")

    assert page.is_urgent
    assert page.reply.startswith(numbers)
    assert title in page.reply
    assert {"tel:113", "tel:116006"} <= set(page.links)


@pytest.mark.parametrize(
    ("language", "text"),
    [("nb", "han kan min PIN: truer meg"), ("en", "He knows my PIN: threatens me"), ("ar", "يعرف الرقم السري: يهددني")],
)
async def test_danger_after_the_word_for_a_pin_is_heard(visitor: Visitor, language: str, text: str) -> None:
    await visitor.open(f"/?lang={language}")

    page = await visitor.ask(text)

    assert page.asked == text
    assert "116 006" in page.reply


@pytest.mark.parametrize("language", DANGER)
async def test_danger_leaves_no_words_and_no_answer_behind(visitor: Visitor, town: Town, language: str) -> None:
    danger = DANGER[language][0]
    await visitor.open(f"/?lang={language}")
    await visitor.ask(KINDERGARTEN[language][0])

    entry = await visitor.send(text=danger)

    assert entry.is_urgent
    assert [person.last_answer for person in await people(town)] == [None]
    assert danger not in await everything_stored(town.database)
    assert danger.encode() not in bytes_on_disk(town.database)


@pytest.mark.parametrize("language", ["nb", "ar"])
async def test_every_page_offers_to_be_left_quickly(visitor: Visitor, words: Callable[..., str], language: str) -> None:
    page = await visitor.open(f"/?lang={language}")

    assert f'href="https://www.yr.no/" rel="noreferrer">{words(language, "Leave this page quickly")}</a>' in page.html


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

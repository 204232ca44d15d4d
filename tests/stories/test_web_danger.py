"""On the web page: what must never be kept, and somebody in danger."""

import re
from collections.abc import Callable

import pytest

from tests.conftest import Town
from tests.fakes.telegram_line import bytes_on_disk, everything_stored
from tests.fakes.web_page import Visitor
from tests.stories.web_visits import DANGER, KINDERGARTEN, people, visiting

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

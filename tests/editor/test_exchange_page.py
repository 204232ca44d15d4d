"""A translator gets a file and sends it back; a file that wants to do harm is refused on a clear page."""

import io
import re
import zipfile

import httpx
import pytest

from content.drafting import find_newest, find_translation, list_history
from content.exchange.po import read_po
from content.exchange.xliff import read_xliff
from content.models import Lifecycle
from core.timeline import TimelineEntry
from editor.access.roles import Role
from tests.conftest import Town
from tests.content.asking import published_text, version
from tests.editor.desk import Client, csrf_in, signed_in, translator

ANSWER = "services-kindergarten"
TITLE = "عنوان من المترجم"
FILE = "/exchange/file?from=nb&language=ar"


@pytest.fixture
async def tarek(town: Town) -> Client:
    """Translates to Arabic and to nothing else."""
    return await signed_in(town, translator("ar"), name="Tarek")


async def send(client: Client, data: bytes, name: str = "tekster.xlf") -> httpx.Response:
    return await client.post("/exchange", files={"file": (name, data, "application/octet-stream")})


async def titles(town: Town, language: str = "ar") -> list[str]:
    """All revisions, the newest first."""
    async with town.database.reading() as session:
        translation = await find_translation(session, ANSWER, language)
        return [one.title for one in await list_history(session, translation.id)] if translation else []


async def newest_event(client: Client) -> TimelineEntry:
    return await client.last_event()


def words_in(page: httpx.Response) -> str:
    """What a person reads."""
    return " ".join(re.sub(r"<[^>]*>", " ", page.text).split())


@pytest.mark.parametrize(("kind", "ending"), [("xliff", "xlf"), ("po", "po")])
async def test_a_file_goes_out_is_translated_and_comes_back_as_drafts(
    town: Town, tarek: Client, kind: str, ending: str
) -> None:
    was = await version(town.database)
    file = await tarek.get(f"{FILE}&format={kind}&area=services")
    back = file.content.replace("مكان في الروضة".encode(), TITLE.encode())

    page = await send(tarek, back, f"tekster.{ending}")

    assert file.headers["content-disposition"] == f'attachment; filename="brobygger-nb-ar-2026-11-23.{ending}"'
    assert page.status_code == 200
    assert f'<a href="/desk/answers/{ANSWER}/ar">' in page.text
    assert "1 text is a draft now." in words_in(page)
    assert (await titles(town))[0] == TITLE
    assert await version(town.database) == was
    assert (await published_text(town.database, ANSWER, "ar")).title == "مكان في الروضة"
    event = await newest_event(tarek)
    assert (event.event, event.by) == ("exchange_received", tarek.id)


async def test_what_came_back_is_reviewed_by_somebody_else_and_then_published(town: Town, tarek: Client) -> None:
    bert = await signed_in(town, Role.REVIEWER, Role.PUBLISHER, name="Bert")
    file = await tarek.get(FILE)
    await send(tarek, file.content.replace("مكان في الروضة".encode(), TITLE.encode()))

    for client, step in ((tarek, "submit"), (bert, "approve"), (bert, "publish")):
        await client.post(f"/answers/{ANSWER}/ar", step=step)

    assert (await published_text(town.database, ANSWER, "ar")).title == TITLE


async def test_only_what_is_missing_or_outdated_can_be_asked_for(tarek: Client, town: Town) -> None:
    nothing = await tarek.get(f"{FILE}&only=1&area=services")
    amara = await signed_in(town, translator("so"), name="Amara")
    missing = await amara.get("/exchange/file?from=nb&language=so&only=1&format=po")

    assert "nothing to translate" in words_in(nothing)
    assert ANSWER in {one.answer_id for one in read_po(missing.content).answers}


async def test_the_page_offers_the_languages_of_the_translator_only(tarek: Client) -> None:
    page = await tarek.get("/exchange")

    offered = re.findall(r'<option value="(\w+)" lang', page.text)
    assert offered == ["ar"]
    assert 'enctype="multipart/form-data"' in page.text
    assert 'href="/desk/exchange"' in (await tarek.get("/")).text


async def test_who_translates_nothing_has_no_files(town: Town) -> None:
    amina = await signed_in(town, Role.AUTHOR)

    assert 'href="/desk/exchange"' not in (await amina.get("/")).text
    for response in (await amina.get("/exchange"), await amina.get(FILE), await send(amina, b"x")):
        assert response.status_code == 403


async def test_a_translator_neither_gets_nor_sends_other_languages(town: Town, tarek: Client) -> None:
    out = await tarek.get(FILE)
    somali = out.content.replace(b'target-language="ar"', b'target-language="so"')

    got = await tarek.get("/exchange/file?from=nb&language=so")
    sent = await send(tarek, somali)

    assert read_xliff(somali).target_language == "so"
    assert (got.status_code, sent.status_code) == (403, 403)
    assert await titles(town, "so") == []
    assert (await newest_event(tarek)).event == "refused"


async def test_a_file_from_a_language_that_nothing_is_written_in_does_not_exist(tarek: Client) -> None:
    assert (await tarek.get("/exchange/file?from=zz&language=ar")).status_code == 404


async def test_a_text_in_review_is_named_and_left_alone(town: Town, tarek: Client) -> None:
    file = (await tarek.get(FILE)).content
    await send(tarek, file.replace("مكان في الروضة".encode(), TITLE.encode()))
    await tarek.post(f"/answers/{ANSWER}/ar", step="submit")

    page = await send(tarek, file.replace("مكان في الروضة".encode(), "آخر".encode()))

    assert "in review" in words_in(page)
    async with town.database.reading() as session:
        translation = await find_translation(session, ANSWER, "ar")
        assert translation is not None
        opened = await find_newest(session, translation.id)
    assert opened is not None
    assert (opened.title, opened.lifecycle) == (TITLE, Lifecycle.IN_REVIEW)


async def test_html_in_a_file_is_refused_and_shown_as_plain_words(town: Town, tarek: Client) -> None:
    file = (await tarek.get(f"{FILE}&format=po")).content
    bad = file.replace("مكان في الروضة".encode(), b"<script>alert(1)</script>")

    page = await send(tarek, bad, "<img src=x onerror=alert(1)>.po")

    assert "looks like HTML" in words_in(page)
    assert "&lt;script&gt;" in page.text
    assert "<script>" not in page.text
    assert "onerror" not in page.text
    assert await titles(town) == ["مكان في الروضة"]


def zipped() -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("a.xlf", b"0" * 10_000_000)
    return out.getvalue()


LAUGHS = "".join(f'<!ENTITY l{n} "{f"&l{n - 1};" * 10}">' for n in range(1, 10))
BOMB = f'<?xml version="1.0"?><!DOCTYPE x [<!ENTITY l0 "ha">{LAUGHS}]><xliff>&l9;</xliff>'
OUTSIDE = '<!DOCTYPE x [<!ENTITY e SYSTEM "file:///etc/passwd">]><xliff version="1.2">&e;</xliff>'


@pytest.mark.parametrize(
    ("data", "reason", "words"),
    [
        pytest.param(BOMB.encode(), "forbidden", "document type or entities", id="a billion laughs"),
        pytest.param(OUTSIDE.encode(), "forbidden", "document type or entities", id="external entity"),
        pytest.param(BOMB.encode("utf-16"), "not_text", "not an XLIFF or PO file", id="UTF-16"),
        pytest.param(zipped(), "not_text", "not an XLIFF or PO file", id="zip"),
        pytest.param(b" " * 5_000_001, "too_large", "at most 5 MB", id="a little too large"),
        pytest.param(b"<html><body></body></html>", "other_format", "another kind of file", id="a web page"),
        pytest.param(b"<a>" * 1_000_000, "damaged", "damaged", id="a million deep"),
        pytest.param(b"Hei!", "damaged", "damaged", id="a letter"),
    ],
)
async def test_a_harmful_file_is_refused_on_a_clear_page_and_written_down(
    tarek: Client, data: bytes, reason: str, words: str
) -> None:
    was = await version(tarek.town.database)

    page = await send(tarek, data)

    assert page.status_code == 422
    assert words in words_in(page)
    assert "Nothing was changed" in words_in(page)
    event = await newest_event(tarek)
    assert (event.event, event.by, event.details) == ("exchange_refused", tarek.id, {"reason": reason})
    assert await titles(tarek.town) == ["مكان في الروضة"]
    assert await version(tarek.town.database) == was


async def test_ten_megabytes_are_not_even_read(tarek: Client) -> None:
    csrf = await tarek.csrf()

    page = await tarek.post("/exchange", files={"file": ("a.xlf", b" " * 10_000_000, "text/xml")}, csrf=csrf)

    assert page.status_code == 413
    assert "too large" in words_in(page)
    event = await newest_event(tarek)
    assert (event.event, event.details["why"]) == ("refused", "too_large")


async def test_other_pages_take_no_such_large_forms(tarek: Client) -> None:
    page = await tarek.post(f"/answers/{ANSWER}/ar/write", csrf=await tarek.csrf(), title="x" * 500_000)

    assert page.status_code == 413


async def test_a_form_without_a_file_says_so(tarek: Client) -> None:
    for files in (None, {"file": ("", b"", "application/octet-stream")}):
        page = await tarek.post("/exchange", files=files)

        assert page.status_code == 422
        assert "choose a file" in words_in(page)


async def test_a_file_needs_the_token_of_our_own_form(town: Town, tarek: Client) -> None:
    file = (await tarek.get(FILE)).content.replace("مكان في الروضة".encode(), TITLE.encode())

    page = await tarek.post("/exchange", files={"file": ("a.xlf", file, "text/xml")}, csrf="forged")

    assert page.status_code == 403
    assert csrf_in(page)
    assert await titles(town) == ["مكان في الروضة"]

"""Forms and addresses that no page of ours makes are refused, in words, and change nothing."""

from collections.abc import AsyncIterator

from sqlalchemy import select

from content.models import Revision
from tests.conftest import Town
from tests.editor.desk import EVERYTHING, fields_of, signed_in

KINDERGARTEN = "/answers/services-kindergarten"


async def test_a_form_that_is_too_large_is_refused_unread(town: Town) -> None:
    client = await signed_in(town, *EVERYTHING)
    fields = fields_of(await client.get(f"{KINDERGARTEN}/nb/write"))

    answer = await client.post(f"{KINDERGARTEN}/nb/write", fields, full="a" * 400_001)

    assert answer.status_code == 413
    assert "draft_saved" not in [entry.event for entry in await client.events()]


async def test_a_form_that_does_not_say_how_large_it_is_is_refused(town: Town) -> None:
    async def endless() -> AsyncIterator[bytes]:
        for _each in range(10):
            yield b"a" * 100_000

    client = await signed_in(town, *EVERYTHING)

    without = await client.request("POST", "/desk/people", content=endless())
    lying = await client.request("POST", "/desk/people", content=endless(), headers={"content-length": "10"})

    assert without.status_code == 411
    assert lying.status_code == 413


FORMS = (
    ("application/json", b'{"csrf": "x"}'),
    ("multipart/form-data; boundary=x", b"--x\r\nnonsense"),
    ("multipart/form-data", b"--x"),
    ("multipart/form-data; boundary=x", b'--x\r\nContent-Disposition: form-data; name="csrf"\r\n\r\n\xff\r\n--x--'),
    ("application/x-www-form-urlencoded", b"csrf=%ff%00&&&==&%"),
    ("application/x-www-form-urlencoded", b"a=1&" * 5000),
    ("text/plain", b"csrf=x"),
)


async def test_forms_of_other_kinds_are_refused_in_words(town: Town) -> None:
    client = await signed_in(town, *EVERYTHING)
    for kind, body in FORMS:
        answer = await client.request("POST", "/desk/people", content=body, headers={"content-type": kind})
        assert answer.status_code in (400, 403), body
        assert "<h1>" in answer.text


OF_NOTHING = (
    "/people/99999999999999999999/deactivate",
    "/people/0/deactivate",
    "/people/-1/deactivate",
    "/people/x/deactivate",
    "/people/1%00/deactivate",
    "/answers/no-such-answer/withdraw",
    "/answers/no-such-answer/still-correct",
    "/answers/no-such-answer/nb",
    "/answers/no-such-answer/nb/write",
    "/answers/services-kindergarten/xx/write",
    "/answers/services-kindergarten/NB/history",
    f"/answers/{'a' * 5000}/withdraw",
    "/answers/%00/withdraw",
    "/answers/%ff%fe/withdraw",
    "/answers/a%0d%0aSet-Cookie:%20a=b/withdraw",
    "/answers/..%2f..%2fpeople/withdraw",
)


async def test_addresses_of_nothing_are_not_found(town: Town) -> None:
    client = await signed_in(town, *EVERYTHING)
    for path in OF_NOTHING:
        answer = await client.post(path, reason="Fordi.", step="comment", note="Hei")
        assert answer.status_code == 404, path
        assert "<h1>" in answer.text
        assert "a=b" not in answer.headers.get("set-cookie", "")


NO_PAGES = (
    "/static/../app.py",
    "/static/%2e%2e/app.py",
    "/static/..%2fapp.py",
    "/static/..%5capp.py",
    "/static//etc/passwd",
    "/static/%2fetc/passwd",
    "/static/desk.css%00.py",
    "/../../etc/passwd",
    "/%2e%2e/%2e%2e/etc/passwd",
    "/no-such-page",
    "//evil.example/answers",
)


async def test_no_path_leads_to_our_files(town: Town) -> None:
    client = await signed_in(town, *EVERYTHING)
    for path in NO_PAGES:
        answer = await client.get(path)
        assert answer.status_code in (400, 404, 405), path
        assert "root:" not in answer.text
        assert "Starlette" not in answer.text


ODD = (
    "page=99999999999999999999",
    "page=-1",
    "page=1.5",
    "page=²",
    "page=٣",
    "words=%00",
    "words=%25_%5c",
    "words=" + "a+" * 300,
    "words=%ed%a0%80",
    "state=nonsense&validity=nonsense&language=xx&area=%00",
    "page=1&page=2",
)


async def test_odd_questions_to_the_list_get_a_list(town: Town) -> None:
    client = await signed_in(town, *EVERYTHING)
    for query in ODD:
        assert (await client.get(f"/answers?{query}")).status_code == 200, query


async def test_the_text_of_another_answer_cannot_be_restored_here(town: Town) -> None:
    client = await signed_in(town, *EVERYTHING)
    room, language = "/answers/premises-borrow-room", "nb"
    async with town.database.reading() as session:
        elsewhere = await session.scalar(select(Revision.id).where(Revision.title == "Plass i barnehage"))

    for number in (str(elsewhere), "0", "99999999999", "x", "", "-1", "²"):
        assert (await client.post(f"{room}/{language}/history", revision=number)).status_code == 404, number


async def test_other_methods_are_refused(town: Town) -> None:
    client = await signed_in(town, *EVERYTHING)
    for method in ("PUT", "DELETE", "PATCH", "OPTIONS"):
        assert (await client.request(method, "/desk/people")).status_code == 405

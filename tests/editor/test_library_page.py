"""The queue of the shared library at the desk: what is new there, beside what is here, until somebody has decided."""

import re
import shutil
from html import unescape
from pathlib import Path

import httpx
import pytest

from content.library_files import read_library
from content.library_updates.comparing import compare
from content.models import Answer
from editor.access.roles import Role
from tests.conftest import LIBRARY, MONDAY_9AM, Town
from tests.content.asking import published_text
from tests.content.editing import KINDERGARTEN, change, make_answer
from tests.editor.desk import Client, fields_of, resident_asks, signed_in, translator
from tests.editor.harmless import ATTACK, harmful

ID = "services-kindergarten"
NEW_TITLES = {
    "nb": ("title: Plass i barnehage", "Barnehageplass", "hva koster barnehagen"),
    "ar": ("title: مكان في الروضة", "روضة الأطفال", "كم تكلف الروضة"),
}


@pytest.fixture
def library(tmp_path: Path) -> Path:
    """What will come with a newer version of the software."""
    return Path(shutil.copytree(LIBRARY, tmp_path / "library"))


async def arrives(town: Town, library: Path) -> None:
    """The newer version is started."""
    async with town.database.changing() as session:
        await compare(session, read_library(library), at=MONDAY_9AM)


def retitled(library: Path, language: str) -> str:
    """The library changes the title of a text."""
    old, title, _question = NEW_TITLES[language]
    change(library / f"{KINDERGARTEN}/{language}.yaml", old, f"title: {title}")
    return title


async def decide(client: Client, step: str, page: httpx.Response | None = None, **more: str) -> httpx.Response:
    """Press a button of the only update on the page; gives the page that comes then."""
    page = page or await client.get("/library")
    update = re.findall(r'action="/desk(/library/\d+)"', page.text)[0]
    sent = await client.post(update, mark=fields_of(page)["mark"], step=step, **more)
    if sent.status_code != 303:
        return sent
    return await client.get(sent.headers["location"].removeprefix("/desk"))


@pytest.mark.parametrize("language", NEW_TITLES)
async def test_a_publisher_sees_what_is_new_accepts_it_and_residents_read_it(
    town: Town, library: Path, language: str
) -> None:
    title = retitled(library, language)
    await arrives(town, library)
    bert = await signed_in(town, Role.PUBLISHER)
    front, page = await bert.get("/"), await bert.get("/library")

    after = await decide(bert, "accept", page)

    assert "Library (1)" in front.text
    assert "<strong>1</strong> updates of the shared library" in front.text
    assert f'lang="{language}" dir="{"rtl" if language == "ar" else "ltr"}"' in page.text
    assert f"new: </span>{title}" in page.text
    assert "not changed here" in page.text
    assert "Accepted. Residents see it now." in after.text
    assert title in await resident_asks(town, NEW_TITLES[language][2], language)
    assert "(1)" not in after.text


async def test_an_administrator_accepts_and_a_publisher_publishes(town: Town, library: Path) -> None:
    title = retitled(library, "nb")
    await arrives(town, library)
    amina, bert = await signed_in(town, Role.ADMINISTRATOR), await signed_in(town, Role.PUBLISHER, name="Bert")

    after = await decide(amina, "accept")

    assert "texts wait for a publisher" in after.text
    assert (await published_text(town.database, ID, "nb")).title == "Plass i barnehage"
    await bert.post(f"/answers/{ID}/nb", step="publish")
    assert (await published_text(town.database, ID, "nb")).title == title


async def test_who_can_write_adapts_it_in_the_form(town: Town, library: Path) -> None:
    title = retitled(library, "ar")
    await arrives(town, library)
    bert = await signed_in(town, Role.PUBLISHER, translator("ar"))

    form = await decide(bert, "adapt")

    assert fields_of(form)["title"] == title
    assert "is a draft here now" in form.text
    assert (await published_text(town.database, ID, "ar")).title == "مكان في الروضة"


async def test_who_cannot_write_leaves_the_draft_to_those_who_can(town: Town, library: Path) -> None:
    retitled(library, "nb")
    await arrives(town, library)
    bert = await signed_in(town, Role.PUBLISHER)

    page = await decide(bert, "adapt")

    assert "is a draft here now" in page.text
    assert page.url.path == f"/desk/answers/{ID}/nb"


async def test_what_is_refused_leaves_the_queue_and_the_reason_stands_in_the_timeline(
    town: Town, library: Path
) -> None:
    retitled(library, "nb")
    await arrives(town, library)
    bert = await signed_in(town, Role.PUBLISHER)
    without = await decide(bert, "refuse", reason=" ")

    after = await decide(bert, "refuse", reason="Vi sier det annerledes.")

    assert (without.status_code, "Please write a reason" in without.text) == (409, True)
    assert "Refused." in after.text
    assert "0 updates wait" in after.text
    assert "Vi sier det annerledes." in (await bert.get("/timeline")).text


async def test_of_two_who_look_at_the_same_update_the_second_is_told(town: Town, library: Path) -> None:
    retitled(library, "nb")
    await arrives(town, library)
    amina, bert = await signed_in(town, Role.PUBLISHER), await signed_in(town, Role.PUBLISHER, name="Bert")
    page = await amina.get("/library")

    await decide(bert, "refuse", reason="Nei.")
    late = await decide(amina, "accept", page)

    assert (late.status_code, "no longer waits" in late.text) == (409, True)
    assert (await published_text(town.database, ID, "nb")).title == "Plass i barnehage"


async def test_a_fact_is_accepted(town: Town, library: Path) -> None:
    change(library / "facts/facts.yaml", "value: 1200 NOK", "value: 1500 NOK")
    await arrives(town, library)
    bert = await signed_in(town, Role.PUBLISHER)

    after = await decide(bert, "accept")

    assert "Accepted" in after.text
    assert "1\u00a0500" in unescape(await resident_asks(town, "hva koster barnehagen", "nb"))


NEW_FACT = "queue-days:\n  type: number\n  value: '14'\nemergency-ambulance:"


@pytest.mark.parametrize(
    ("old", "new", "value"),
    [("value: 1200 NOK", "value: 1500 NOK", "1500 NOK"), ("emergency-ambulance:", NEW_FACT, "14")],
    ids=["changed", "new"],
)
async def test_a_fact_that_is_adapted_waits_until_its_form_is_saved(
    town: Town, library: Path, old: str, new: str, value: str
) -> None:
    change(library / "facts/facts.yaml", old, new)
    await arrives(town, library)
    bert = await signed_in(town, Role.PUBLISHER)
    [form] = re.findall(r'href="/desk(/facts/[^"]+done=library_fact[^"]+)"', (await bert.get("/library")).text)

    shown = await bert.get(unescape(form))

    assert f'value="{value}"' in shown.text
    assert "Nothing is saved yet" in shown.text
    assert "1 update waits" in (await bert.get("/library")).text
    assert (await decide(bert, "adapt")).status_code == 409


async def test_a_new_answer_shows_all_its_languages_and_comes_as_a_whole(town: Town, library: Path) -> None:
    texts = {"nb": {"title": "Fiskekort"}, "ar": {"title": "بطاقة صيد"}}
    needed = {"referral": "{whom: 'Servicekontoret', how: 'Ring.'}", "asked_as": "['fiskekort her', 'بطاقة صيد هنا']"}
    source = {"sources": '[{url: "https://town.example/fish", name: "Fish"}]'}
    make_answer(library, "services-fishing", {code: {**text, **needed} for code, text in texts.items()}, **source)
    await arrives(town, library)
    bert = await signed_in(town, Role.PUBLISHER)
    page = await bert.get("/library?language=ar")

    after = await decide(bert, "accept", page)

    assert all(word in page.text for word in ("New answer", "Fiskekort", "بطاقة صيد", "https://town.example/fish"))
    assert "0 updates wait" in after.text
    assert (await published_text(town.database, "services-fishing", "ar")).title == "بطاقة صيد"


async def test_all_that_was_never_changed_is_listed_and_then_accepted(town: Town, library: Path) -> None:
    titles = {language: retitled(library, language) for language in NEW_TITLES}
    await arrives(town, library)
    bert = await signed_in(town, Role.PUBLISHER)
    listed = await bert.get("/library/unchanged")

    sent = await bert.post("/library/unchanged", fields_of(listed))

    assert "Accept 2 updates" in listed.text
    assert sent.headers["location"] == "/desk/library?done=library_all"
    for language, title in titles.items():
        assert (await published_text(town.database, ID, language)).title == title


async def test_the_words_are_shown_before_all_is_accepted_and_those_about_danger_stand_alone(
    town: Town, library: Path
) -> None:
    retitled(library, "nb")
    change(library / "facts/facts.yaml", "value: 1200 NOK", "value: 1500 NOK")
    await arrives(town, library)
    bert = await signed_in(town, Role.PUBLISHER)
    before = await bert.get("/library/unchanged")

    async with town.database.changing() as session:
        (await session.get_one(Answer, ID)).is_safety = True
    after = await bert.get("/library/unchanged")

    assert "new: </span>Barnehageplass" in before.text
    assert ("Accept 2 updates" in before.text, "Accept 1 update" in after.text) == (True, True)
    assert "Barnehageplass" not in after.text


async def test_a_new_answer_that_was_refused_comes_back_as_a_new_answer(town: Town, library: Path) -> None:
    place = make_answer(library, "services-fishing", {"nb": {"title": "Fiskekort"}})
    await arrives(town, library)
    bert = await signed_in(town, Role.PUBLISHER)
    await decide(bert, "refuse", reason="Ingen fisk her.")
    change(place / "nb.yaml", "title: Fiskekort", "title: Kort for fiske")
    await arrives(town, library)

    page = await bert.get("/library")

    assert "Ingen fisk her." in page.text
    assert "New answer" in page.text
    assert "What is here now" not in page.text


async def test_the_queue_is_shown_by_area_and_language(town: Town, library: Path) -> None:
    retitled(library, "ar")
    await arrives(town, library)
    bert = await signed_in(town, Role.PUBLISHER)

    shown = {query: "1 update waits" in (await bert.get(f"/library?{query}")).text for query in (
        "", "area=services", "area=facts", "area=grants", "language=ar", "language=nb", "area=nonsense", "page=99",
    )}  # fmt: skip

    assert {query for query, is_there in shown.items() if not is_there} == {"area=facts", "area=grants", "language=nb"}


async def test_nothing_that_stands_in_a_library_runs_at_the_desk(town: Town, library: Path) -> None:
    yaml = "'" + ATTACK.replace("'", "''") + "'"
    change(library / f"{KINDERGARTEN}/nb.yaml", "title: Plass i barnehage", f"title: {yaml}")
    change(library / "facts/facts.yaml", "source: https://www.udir.no", f"source: {yaml}")
    await arrives(town, library)
    bert = await signed_in(town, Role.PUBLISHER)

    pages = [await bert.get("/library"), await bert.get("/library/unchanged")]

    assert [harmful(page.text) for page in pages] == [[], []]
    assert "alert(1)" in pages[0].text


async def test_authors_see_no_queue(town: Town) -> None:
    amina = await signed_in(town, Role.AUTHOR, Role.REVIEWER)

    front = await amina.get("/")

    assert "/desk/library" not in front.text

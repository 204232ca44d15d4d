"""What somebody writes is kept whole, or they are told why not."""

import pytest

from editor.access.roles import Role
from tests.conftest import Town
from tests.editor.desk import EVERYTHING, fields_of, resident_asks, signed_in, translator

TEXT = "/answers/services-kindergarten/nb"


async def test_too_many_wordings_and_steps_are_said_and_nothing_is_cut(town: Town) -> None:
    amina = await signed_in(town, Role.AUTHOR)
    form = fields_of(await amina.get(f"{TEXT}/write"))
    wordings = "\n".join(f"spørsmål {number}" for number in range(305))
    steps = {f"next_steps.{number}": f"Steg {number}" for number in range(14)}

    page = await amina.post(f"{TEXT}/write", {**form, **steps, "asked_as": wordings})

    assert page.status_code == 422
    assert "There are 305 wordings. At most 300 can be kept. Leave some out." in page.text
    assert "There are 14 steps. At most 12 can be kept." in page.text
    again = fields_of(page)
    assert again["asked_as"] == wordings
    assert {name: again[name] for name in steps} == steps
    assert "next_steps.14" not in again


async def test_there_is_room_for_one_step_more(town: Town) -> None:
    amina = await signed_in(town, Role.AUTHOR)
    for count, fields in ((1, 4), (4, 5), (11, 12), (12, 12)):
        form = {
            name: value for name, value in fields_of(await amina.get(f"{TEXT}/write")).items() if "steps" not in name
        }
        steps = {f"next_steps.{number}": f"Steg {number}" for number in range(count)}
        assert (await amina.post(f"{TEXT}/write", {**form, **steps})).status_code == 303

        shown = fields_of(await amina.get(f"{TEXT}/write"))

        assert sum(name.startswith("next_steps.") for name in shown) == fields, count


async def test_differences_and_the_timeline_speak_in_words(town: Town) -> None:
    amina = await signed_in(town, Role.AUTHOR)
    form = fields_of(await amina.get(f"{TEXT}/write"))
    new = {"short": "Nytt.", "next_steps.0": "Ring.", "referral.whom": "Torget"}
    await amina.post(f"{TEXT}/write", {**form, **new})

    for path in (TEXT, f"{TEXT}/history"):
        page = (await amina.get(path)).text
        for heading in ("Short answer", "Step 1", "Whom to turn to"):
            assert f'<h3 class="small">{heading}</h3>' in page
    events = " ".join((await amina.get("/answers/services-kindergarten")).text.split())
    assert "by Amina (Norsk bokmål)" in events


EASY = {"nb": ("Barnehagen er for alle barn.", "hva koster barnehagen"), "ar": ("كل طفل له مكان.", "كم تكلف الروضة")}


@pytest.mark.parametrize("language", EASY)
async def test_the_easy_text_is_written_reviewed_and_published_with_the_plain_one(town: Town, language: str) -> None:
    line, question = EASY[language]
    amina = await signed_in(town, Role.AUTHOR, translator("ar"))
    bert = await signed_in(town, Role.REVIEWER, Role.PUBLISHER, name="Bert")
    path = f"/answers/services-kindergarten/{language}"
    form = fields_of(await amina.get(f"{path}/write"))

    preview = await amina.post(f"{path}/preview", {**form, "easy": f"{line}\n\n"})
    await amina.post(f"{path}/write", {**form, "easy": f" {line}\r\n\r\n"})
    await amina.post(path, step="submit")
    review = (await bert.get(path)).text
    for step in ("approve", "publish"):
        await bert.post(path, step=step)

    assert "Easier to read" in preview.text
    assert preview.text.count('class="phone"') == 2
    assert '<h3 class="small">Easier to read</h3>' in review
    assert review.count('class="phone"') == 2
    assert fields_of(await amina.get(f"{path}/write"))["easy"] == line
    assert line not in await resident_asks(town, question, language)


async def test_who_translates_sees_the_easy_source_text_and_that_it_is_missing(town: Town) -> None:
    amina = await signed_in(town, *EVERYTHING, translator("ar"))
    form = fields_of(await amina.get(f"{TEXT}/write"))
    await amina.post(f"{TEXT}/write", {**form, "easy": EASY["nb"][0]})
    await amina.post(TEXT, step="emergency", note="Nå")

    page = (await amina.get("/answers/services-kindergarten/ar/write")).text

    assert f'<blockquote lang="nb" dir="ltr">{EASY["nb"][0]}</blockquote>' in page
    assert "The source text has a text that is easier to read. It is missing here." in page


async def test_a_new_easy_source_text_reaches_the_translators_list_and_the_page_shows_what_changed(town: Town) -> None:
    amina = await signed_in(town, *EVERYTHING, translator("ar"))
    arabic, todo = "/answers/services-kindergarten/ar", "/answers?language=ar&state=outdated"

    async def publish(path: str, easy: str) -> None:
        await amina.post(f"{path}/write", {**fields_of(await amina.get(f"{path}/write")), "easy": easy})
        await amina.post(path, step="emergency", note="Nå")

    await publish(TEXT, EASY["nb"][0])
    await publish(arabic, EASY["ar"][0])
    assert "services-kindergarten" not in (await amina.get(todo)).text

    await publish(TEXT, "Barnehagen er for alle barna.")

    assert "services-kindergarten" in (await amina.get(todo)).text
    assert "outdated: what is easier to read" in (await amina.get("/answers/services-kindergarten")).text
    page = (await amina.get(f"{arabic}/write")).text
    changed = page.split('class="changed"')[1].split("</details>")[0]
    assert "Easier to read" in changed
    assert "barn.</del>" in changed
    assert "Short answer" not in changed

    await publish(arabic, "لكل طفل مكان.")

    assert "services-kindergarten" not in (await amina.get(todo)).text
    assert 'class="changed"' not in (await amina.get(f"{arabic}/write")).text

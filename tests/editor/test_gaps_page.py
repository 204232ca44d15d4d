"""From a question that found nothing to a wording, to outside, or away from the list."""

import re
from datetime import date
from html import unescape

import pytest
from sqlalchemy import select

from content.gaps import note_gap
from content.models import Gap, Sample
from editor.access.roles import Role
from tests.conftest import Town
from tests.editor.desk import Client, fields_of, signed_in, translator

ANSWER = "services-kindergarten"
TODAY = date(2026, 11, 23)


async def asked(town: Town, text: str, language: str = "nb", *, times: int = 1) -> int:
    """A question that found nothing; its id."""
    async with town.database.changing() as session:
        for _ in range(times):
            await note_gap(session, text, language, on=TODAY)
        found = await session.scalar(select(Gap.id).order_by(Gap.id.desc()))
    assert found is not None
    return found


async def gaps(town: Town) -> list[str]:
    async with town.database.reading() as session:
        return list(await session.scalars(select(Gap.text).order_by(Gap.id)))


async def link(client: Client, page: str, words: str) -> str:
    """Where a link whose address contains these words leads, below /desk."""
    html = (await client.get(page)).text
    found = re.search(rf'href="/desk([^"]*{words}[^"]*)"', html)
    assert found is not None, html
    return unescape(found[1])


async def test_the_list_shows_what_was_asked_but_not_small_numbers(town: Town) -> None:
    amina = await signed_in(town, Role.AUTHOR)
    await asked(town, "hvor kan jeg fiske", times=6)
    await asked(town, "أين يمكنني صيد السمك", "ar", times=2)

    page = (await amina.get("/gaps")).text

    assert page.index("hvor kan jeg fiske") < page.index("أين يمكنني صيد السمك")
    assert "asked 6 times" in page
    assert "asked fewer than 5 times" in page
    assert "asked 2 times" not in page
    assert '<strong lang="ar" dir="rtl">أين يمكنني صيد السمك</strong>' in page


async def test_the_list_can_be_narrowed_to_a_language(town: Town) -> None:
    amina = await signed_in(town, Role.AUTHOR)
    await asked(town, "hvor kan jeg fiske")
    await asked(town, "أين يمكنني صيد السمك", "ar")

    page = (await amina.get("/gaps?language=ar")).text

    assert "أين يمكنني صيد السمك" in page
    assert "hvor kan jeg fiske" not in page


@pytest.mark.parametrize(
    ("language", "text", "who"),
    [("nb", "poden i dagmamma pris", Role.AUTHOR), ("ar", "روضة لابني الصغير غدا", translator("ar"))],
)
async def test_a_question_becomes_a_wording_of_the_answer_that_is_chosen(
    town: Town, language: str, text: str, who: Role
) -> None:
    amina = await signed_in(town, who)
    gap = await asked(town, text, language)

    write = await link(amina, f"/gaps/{gap}?words=barnehage", f"{ANSWER}/{language}/write")
    form = await amina.get(write)
    fields = fields_of(form)
    assert fields["asked_as"].splitlines()[-1] == text
    assert "Save the draft to keep it." in form.text
    saved = await amina.post(write, fields)

    assert saved.status_code == 303
    assert f"in the draft of {ANSWER}" in (await amina.get("/gaps")).text
    again = fields_of(await amina.get(write))
    assert again["asked_as"].splitlines().count(text) == 1


async def test_the_likely_answers_are_offered_first(town: Town) -> None:
    amina = await signed_in(town, Role.AUTHOR)
    gap = await asked(town, "barnehage")

    assert f"/answers/{ANSWER}/nb/write?wording=barnehage" in await link(amina, f"/gaps/{gap}", f"{ANSWER}/nb/write")


async def test_who_does_not_write_in_the_language_is_told_so(town: Town) -> None:
    bert = await signed_in(town, translator("so"))
    gap = await asked(town, "barnehage")

    page = (await bert.get(f"/gaps/{gap}")).text

    assert "You do not write this answer in Norsk bokmål." in page
    assert "/write?wording" not in page


async def test_a_copy_of_the_source_keeps_the_wording(town: Town) -> None:
    amina = await signed_in(town, translator("pl"))

    path = f"/answers/{ANSWER}/pl/write"
    page = await amina.get(f"{path}?wording=przedszkole+dla+syna")
    copy = re.search(r'href="(\?copy=1[^"]*)"', page.text)
    assert copy is not None

    fields = fields_of(await amina.get(path + unescape(copy[1])))
    assert (fields["title"], fields["asked_as"]) == ("Plass i barnehage", "przedszkole dla syna")


async def test_this_is_outside(town: Town) -> None:
    amina = await signed_in(town, Role.AUTHOR)
    gap = await asked(town, "hvor er hundeskolen")

    done = await amina.post(f"/gaps/{gap}/outside", language="nb")

    assert done.headers["location"] == "/desk/gaps?done=gap_outside&language=nb"
    assert await gaps(town) == []
    async with town.database.reading() as session:
        sample = await session.scalar(select(Sample).order_by(Sample.id.desc()))
    assert sample is not None
    assert (sample.answer_id, sample.language, sample.text) == ("", "nb", "hvor er hundeskolen")


async def test_words_that_lead_to_an_answer_are_refused_as_outside(town: Town) -> None:
    amina = await signed_in(town, Role.AUTHOR)
    gap = await asked(town, "hva koster barnehagen")

    refused = await amina.post(f"/gaps/{gap}/outside")

    assert refused.status_code == 409
    assert "These very words lead to an answer already." in refused.text


async def test_not_a_question(town: Town) -> None:
    amina = await signed_in(town, Role.AUTHOR)
    gap = await asked(town, "asdfgh")

    done = await amina.post(f"/gaps/{gap}/drop")
    again = await amina.post(f"/gaps/{gap}/drop")

    assert done.headers["location"] == "/desk/gaps?done=gap_dropped"
    assert await gaps(town) == []
    assert again.status_code == 409
    assert "Somebody has dealt with this question already." in again.text


async def test_translators_see_the_list_but_do_not_sort_it(town: Town) -> None:
    bert = await signed_in(town, translator("ar"))
    gap = await asked(town, "hundeskole")

    page = await bert.get("/gaps")
    refused = [(await bert.post(f"/gaps/{gap}/{step}")).status_code for step in ("outside", "drop")]

    assert "hundeskole" in page.text
    assert "Not a question" not in page.text
    assert refused == [403, 403]
    assert await gaps(town) == ["hundeskole"]


@pytest.mark.parametrize("number", ["x", "-1", "٧", "99999999999999999999", "1.5"])
async def test_an_address_that_is_no_number_leads_nowhere(town: Town, number: str) -> None:
    amina = await signed_in(town, Role.AUTHOR)

    assert (await amina.get(f"/gaps/{number}")).status_code == 404


async def test_what_residents_wrote_is_escaped(town: Town) -> None:
    amina = await signed_in(town, Role.AUTHOR)
    gap = await asked(town, '<script>alert("x")</script> "fiske')

    for page in ("/gaps", f"/gaps/{gap}", f"/answers/{ANSWER}/nb/write?wording=%3Cscript%3Ealert(%22x%22)"):
        assert "<script>alert" not in (await amina.get(page)).text


async def test_a_question_can_be_tried(town: Town) -> None:
    amina = await signed_in(town, Role.AUTHOR)
    await asked(town, "hvor kan jeg fiske & bade?")

    page = await amina.get(await link(amina, "/gaps", "try\\?question"))

    assert fields_of(page)["question"] == "hvor kan jeg fiske & bade?"

"""Words are looked up, written and translated at the desk; a second person publishes them."""

import pytest

from editor.access.roles import Role
from tests.conftest import Town
from tests.editor.desk import Client, fields_of, resident_asks, signed_in, translator

VEDTAK = "/glossary/vedtak"


async def write(person: Client, path: str, **fields: str) -> str:
    """Fill in the form of a page; where that led."""
    page = await person.get(path)
    done = await person.post(path, {**fields_of(page), **fields})
    return done.headers.get("location", f"{done.status_code}")


async def publish(person: Client, path: str, language: str) -> str:
    """Press the button of the draft that the page shows; what was said."""
    page = await person.get(path)
    done = await person.post(f"{path}/{language}/publish", fields_of(page))
    return done.headers.get("location", done.text)


async def test_a_translation_reaches_residents_when_a_second_person_has_read_it(town: Town) -> None:
    yasmin, paula = await signed_in(town, translator("ar")), await signed_in(town, Role.PUBLISHER, name="Paula")

    saved = await write(yasmin, f"{VEDTAK}/ar", term="حكم", forms="*حكم*\nأحكام", meaning="حكم من مكتب حكومي.")
    before = await resident_asks(town, "ما هو vedtak", "ar")
    published = await publish(paula, VEDTAK, "ar")
    after = await resident_asks(town, "ما هو الحكم", "ar")

    assert (saved, published) == (
        "/desk/glossary/vedtak?done=word_saved",
        "/desk/glossary/vedtak?done=word_published",
    )
    assert "حكم" not in before
    assert "حكم من مكتب حكومي." in after
    assert [(one.event, one.by, one.about) for one in (await paula.events())[-2:]] == [
        ("word_saved", yasmin.id, "word:vedtak"),
        ("word_published", paula.id, "word:vedtak"),
    ]


async def test_my_day_counts_words_with_a_draft_until_they_are_published(town: Town) -> None:
    amina, paula = await signed_in(town, Role.AUTHOR), await signed_in(town, Role.PUBLISHER, name="Paula")
    waiting = '<a href="/desk/glossary?drafts=1"><strong>1</strong> words of the glossary with a draft<'
    assert "/desk/glossary?drafts=1" not in (await paula.get("/")).text

    for language in ("nb", "en"):
        await write(amina, f"{VEDTAK}/{language}", term="vedtak", meaning="En avgjørelse.")
        assert waiting in (await paula.get("/")).text
    for language in ("nb", "en"):
        await publish(paula, VEDTAK, language)

    assert "/desk/glossary?drafts=1" not in (await paula.get("/")).text


async def test_nobody_publishes_what_they_wrote_themselves_not_even_a_part_of_it(town: Town) -> None:
    amina = await signed_in(town, Role.AUTHOR, Role.PUBLISHER)
    bert = await signed_in(town, Role.AUTHOR, name="Bert")
    await write(amina, f"{VEDTAK}/nb", meaning="En avgjørelse.")
    await write(bert, f"{VEDTAK}/nb", meaning="En avgjørelse fra kommunen.")

    said = await publish(amina, VEDTAK, "nb")

    assert "Somebody else must approve it." in said
    assert "fra kommunen" not in await resident_asks(town, "hva er vedtak", "nb")


async def test_what_was_not_read_is_not_published_and_not_overwritten(town: Town) -> None:
    amina, paula = await signed_in(town, Role.AUTHOR), await signed_in(town, Role.PUBLISHER, name="Paula")
    bert = await signed_in(town, Role.AUTHOR, name="Bert")
    opened = fields_of(await bert.get(f"{VEDTAK}/nb"))
    await write(amina, f"{VEDTAK}/nb", meaning="Første forslag.")
    seen = fields_of(await paula.get(VEDTAK))
    await write(amina, f"{VEDTAK}/nb", meaning="Andre forslag.")

    published = await paula.post(f"{VEDTAK}/nb/publish", seen)
    saved = await bert.post(f"{VEDTAK}/nb", {**opened, "meaning": "Mitt forslag."})

    assert "Somebody else has saved this page meanwhile." in published.text
    assert "Somebody else has saved this page meanwhile." in saved.text
    assert "Andre forslag." in (await paula.get(VEDTAK)).text


async def test_a_new_word_begins_in_norwegian_and_goes_again(town: Town) -> None:
    amina, paula = await signed_in(town, Role.AUTHOR), await signed_in(town, Role.PUBLISHER, name="Paula")

    await write(amina, "/glossary/new", word="økt trygd", term="økt trygd", meaning="Mer penger.")
    await publish(paula, "/glossary/økt trygd", "nb")
    shown = await resident_asks(town, "hva er økt trygd?", "nb")
    gone = await paula.post("/glossary/økt trygd/withdraw", reason="Feil ord.")

    assert "Mer penger." in shown
    assert gone.headers["location"].endswith("?done=word_withdrawn")
    assert "Mer penger." not in await resident_asks(town, "hva er økt trygd?", "nb")


@pytest.mark.parametrize(
    ("fields", "said"),
    [
        ({"word": "vedtak", "term": "vedtak", "meaning": "Noe."}, "This word is in the list already."),
        ({"word": "a/b", "term": "a", "meaning": "Noe."}, "Use letters, digits, spaces and hyphens only"),
        ({"word": "New", "term": "new", "meaning": "Noe."}, "Use letters, digits, spaces and hyphens only"),
        ({"word": "verv", "term": "verv", "meaning": ""}, "Please fill in this field."),
        ({"word": "verv", "term": "verv", "meaning": "x" * 201}, "The text is too long: 201 characters."),
        ({"word": "verv", "term": "verv", "meaning": "Noe.", "forms": "a\nb" * 40}, "At most 30 forms can be kept."),
    ],
)
async def test_what_is_wrong_is_said_beside_the_field(town: Town, fields: dict[str, str], said: str) -> None:
    amina = await signed_in(town, Role.AUTHOR)
    fields = {**fields, "forms": "\n".join(map(str, range(40)))} if "forms" in fields else fields

    page = await amina.post("/glossary/new", **fields)

    assert page.status_code == 422
    assert said in page.text


async def test_who_may_not_write_a_language_does_not(town: Town) -> None:
    yasmin = await signed_in(town, translator("ar"))

    foreign, nowhere = await yasmin.get(f"{VEDTAK}/uk"), await yasmin.get(f"{VEDTAK}/xx")

    assert (foreign.status_code, nowhere.status_code) == (403, 404)
    assert (await yasmin.get("/glossary/nothing")).status_code == 404


async def test_words_are_looked_up_in_any_language(town: Town) -> None:
    amina = await signed_in(town, Role.AUTHOR)

    found = await amina.get("/glossary?words=روضة")
    drafts = await amina.get("/glossary?drafts=1")

    assert "/desk/glossary/barnehage" in found.text
    assert "/desk/glossary/vedtak" not in found.text
    assert "0 words" in drafts.text

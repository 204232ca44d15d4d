"""What needs me today: each person sees what they can do something about."""

from content.asked_in_vain import count_gaps
from content.gaps import note_gap
from content.models import LinkCheck
from editor.access.roles import HeldRole, Role
from tests.conftest import MONDAY_9AM, Town
from tests.editor.desk import Client, fields_of, signed_in, translator

TEXT = "/answers/services-kindergarten/nb"
DEAD = "<strong>1</strong> dead links"


async def look(person: Client) -> str:
    return (await person.get("/")).text


async def write_and_submit(person: Client, path: str, **changed: str) -> None:
    await person.post(f"{path}/write", fields_of(await person.get(f"{path}/write")), **changed)
    await person.post(path, step="submit")


async def test_dead_links_are_counted_for_those_who_see_links(town: Town) -> None:
    async with town.database.changing() as session:
        for name, state in (("gone", "dead"), ("fine", "ok")):
            url = f"https://www.provevik.example/{name}"
            session.add(LinkCheck(url=url, state=state, checked_at=MONDAY_9AM, since=MONDAY_9AM))

    amina = await look(await signed_in(town, Role.AUTHOR))
    assert DEAD in amina
    assert '"/desk/links?state=dead"' in amina
    assert DEAD not in await look(await signed_in(town, translator("ar"), name="Dana"))


async def test_questions_without_an_answer_are_counted_for_those_who_can_help(town: Town) -> None:
    async with town.database.changing() as session:
        for text, language in (("hvor er ishallen", "nb"), ("أين المسبح", "ar"), ("متى يفتح", "ar")):
            await note_gap(session, text, language, on=MONDAY_9AM.date())
    async with town.database.reading() as session:
        assert (await count_gaps(session), await count_gaps(session, language="ar")) == (3, 2)

    amina = await look(await signed_in(town, Role.AUTHOR))
    assert '<a href="/desk/gaps"><strong>3</strong> questions asked in vain<' in amina
    dana = await look(await signed_in(town, translator("ar"), name="Dana"))
    assert '<a href="/desk/gaps?language=ar"><strong>2</strong> questions asked in vain in العربية<' in dana
    assert "asked in vain<" not in await look(await signed_in(town, Role.REVIEWER, name="Rita"))


async def test_a_text_that_came_back_waits_for_who_wrote_it_until_it_is_sent_again(town: Town) -> None:
    amina = await signed_in(town, Role.AUTHOR)
    other = await signed_in(town, Role.AUTHOR, name="Olga")
    bert = await signed_in(town, Role.REVIEWER, name="Bert")
    await write_and_submit(amina, TEXT, short="Fra august er det gratis.")
    assert "came back" not in await look(amina)

    await bert.post(TEXT, step="return", note="Hva koster maten?")

    shown = await look(amina)
    assert "Your texts that came back" in shown
    assert "Bert wrote: Hva koster maten?" in shown
    assert f'href="/desk{TEXT}"' in shown
    assert "Hva koster maten?" not in await look(other)
    await amina.post(f"{TEXT}/write", fields_of(await amina.get(f"{TEXT}/write")), short="Maten koster litt.")
    assert "Hva koster maten?" in await look(amina)  # mended, and not sent yet
    await amina.post(TEXT, step="submit")
    assert "Hva koster maten?" not in await look(amina)


async def test_the_newest_note_counts_and_what_was_published_is_done(town: Town) -> None:
    amina = await signed_in(town, Role.AUTHOR)
    bert = await signed_in(town, Role.REVIEWER, Role.PUBLISHER, name="Bert")
    for note in ("Først dette.", "Så dette."):
        await write_and_submit(amina, TEXT, short=f"Nytt: {note}")
        await bert.post(TEXT, step="return", note=note)
    shown = await look(amina)
    assert "Så dette." in shown
    assert "Først dette." not in shown

    await amina.post(TEXT, step="submit")
    for step in ("approve", "publish"):
        await bert.post(TEXT, step=step)
    await amina.post(f"{TEXT}/write", fields_of(await amina.get(f"{TEXT}/write")), short="Et nytt utkast.")

    assert "Så dette." not in await look(amina)


async def test_a_text_put_away_or_sent_again_comes_back_to_nobody(town: Town) -> None:
    amina = await signed_in(town, Role.AUTHOR)
    other = await signed_in(town, Role.AUTHOR, name="Olga")
    bert = await signed_in(town, Role.REVIEWER, name="Bert")
    await write_and_submit(amina, TEXT, short="Fra august er det gratis.")
    await bert.post(TEXT, step="return", note="Hva koster maten?")

    await amina.post(TEXT, step="submit")
    await amina.post(TEXT, step="take_back")
    assert "came back" not in await look(amina)

    await amina.post(TEXT, step="submit")
    await bert.post(TEXT, step="return", note="Og maten?")
    await amina.post(TEXT, step="discard")
    await other.post(f"{TEXT}/write", fields_of(await other.get(f"{TEXT}/write")), short="Et nytt utkast.")
    assert "came back" not in await look(amina)


async def test_whoever_cannot_read_content_is_shown_no_lists_of_it(town: Town) -> None:
    shown = await look(await signed_in(town, HeldRole(Role.AMBASSADOR, "choir")))

    assert "What needs you today" in shown
    assert "/desk/answers" not in shown

"""Whatever somebody wrote, and wherever it is kept: pages show it as words and never as a part of themselves."""

import re
from collections.abc import Iterator

from sqlalchemy import update

from content.drafting import Draft, save_draft
from content.freshness import Text
from content.library_files import REFERRAL
from content.models import Comment, Fact, Gap, LinkCheck, Municipality, Office, Origin, Sample, Source
from content.publishing import publish
from core.timeline import record
from editor.access.models import StaffMember, StaffSession
from editor.app import PAGES
from tests.conftest import Town
from tests.editor.desk import EVERYTHING, Client, fields_of, resident_asks, signed_in, translator
from tests.editor.harmless import ATTACK, harmful

KINDERGARTEN = "/answers/services-kindergarten"
SAMPLES = {"answer_id": "services-kindergarten", "language": "ar", "name": "kindergarten-price", "key": "library"}


async def fill_with_attacks(town: Town, by: int, client: Client) -> int:
    """An attack in every field that anything is kept in, past all checks; gives the number of a draft."""
    text = Text(ATTACK, ATTACK, ATTACK, ATTACK, (ATTACK,) * 3, dict.fromkeys(REFERRAL, ATTACK))
    at = client.clock()
    async with town.database.changing() as session:
        for language in ("nb", "ar", "uk"):
            draft = Draft(text, (ATTACK, ATTACK + "?"), Origin.MACHINE, "0" * 64)
            base = 2 if language == "uk" else 1
            saved = await save_draft(session, "services-kindergarten", language, draft, based_on=base, by=by, at=at)
            await session.flush()
            number = saved.revision.translation_id
            if language != "ar":
                await publish(session, saved.revision, at=at)
            session.add(Comment(translation_id=number, revision_number=1, event="comment", text=ATTACK, by=by, at=at))
        await session.execute(update(StaffMember).values(name=ATTACK[:110]))
        await session.execute(update(Source).values(url="javascript:alert(1)//" + ATTACK, name=ATTACK, note=ATTACK))
        names = {"nb": ATTACK, "ar": ATTACK}
        await session.execute(update(Office).values(names=names, email=ATTACK[:100], hours=ATTACK, address=ATTACK))
        town_values = {"name": ATTACK, "website": "javascript:alert(1)", "districts": [ATTACK], "manages": [ATTACK]}
        await session.execute(update(Municipality).values(**town_values))
        await session.execute(update(Fact).values(about=ATTACK, source="javascript:alert(1)"))
        await session.execute(update(StaffSession).values(browser=ATTACK))
        session.add(Gap(language="nb", text=ATTACK, times=9, last_on=at.date()))
        session.add(Sample(answer_id="services-kindergarten", language="nb", text=ATTACK))
        link = {
            "url": "javascript:alert(2)//",
            "moved_to": "javascript:alert(3)",
            "reason": ATTACK[:40],
            "state": "moved",
        }
        session.add(LinkCheck(**link, checked_at=at, since=at))
        about = "answer:services-kindergarten"
        record(session, "withdrawn", about=about, by=by, at=at, reason=ATTACK, language=ATTACK, name=ATTACK)
        record(session, ATTACK[:50], about=ATTACK[:100], by=by, at=at)
    return number


def every_page() -> Iterator[str]:
    """What can be looked at, with something in the place of the changing parts of an address."""
    for page in PAGES:
        if page.method == "GET":
            yield re.sub(r"\{(\w+)(:int)?\}", lambda match: SAMPLES.get(match[1], "1"), page.path)
    for language in ("nb", "uk"):
        for more in ("", "/write", "/history"):
            yield f"{KINDERGARTEN}/{language}{more}"
    yield f"/answers?words={ATTACK}&area={ATTACK}&owner={ATTACK}"
    yield f"{KINDERGARTEN}/nb/write?wording={ATTACK}"
    yield f"/try?text={ATTACK}&language={ATTACK}"


async def test_nothing_that_somebody_wrote_becomes_part_of_a_page(town: Town) -> None:
    client = await signed_in(town, *EVERYTHING, translator("ar"), translator("uk"))
    await fill_with_attacks(town, client.id, client)

    shown = set()
    for path in every_page():
        page = await client.get(path)
        assert page.status_code in (200, 303, 403, 404, 409, 422), path
        assert harmful(page.text) == [], path
        if "&lt;script&gt;" in page.text:
            shown.add(path)

    expected = {"/timeline", "/people", KINDERGARTEN, f"{KINDERGARTEN}/ar", f"{KINDERGARTEN}/ar/history"}
    assert expected <= shown  # it was there, as words
    assert harmful(await resident_asks(town, "hva koster barnehagen", "nb")) == []


async def test_html_in_a_field_is_not_kept_and_shown_as_words(town: Town) -> None:
    client = await signed_in(town, *EVERYTHING)
    fields = fields_of(await client.get(f"{KINDERGARTEN}/nb/write"))

    for field in ("title", "short", "full", "applies_to", "next_steps.0", *(f"referral.{key}" for key in REFERRAL)):
        written = {**fields, field: ATTACK}
        answer = await client.post(f"{KINDERGARTEN}/nb/write", written)
        assert answer.status_code == 422, field
        assert harmful(answer.text) == []
        assert fields_of(answer)[field] == ATTACK  # to mend it
        assert 'role="alert"' in answer.text
        assert harmful((await client.post(f"{KINDERGARTEN}/nb/preview", written)).text) == []


async def test_comments_reasons_and_conflicts_are_shown_as_words(town: Town) -> None:
    client = await signed_in(town, *EVERYTHING)
    fields = fields_of(await client.get(f"{KINDERGARTEN}/nb/write"))
    await client.post(f"{KINDERGARTEN}/nb", step="comment", note=ATTACK)
    await client.post(f"{KINDERGARTEN}/nb/write", fields, asked_as=ATTACK, short="Vi har nytt.")
    conflict = await client.post(f"{KINDERGARTEN}/nb/write", fields, asked_as=ATTACK, short="Enda nyere.")
    await client.post(f"{KINDERGARTEN}/withdraw", reason=ATTACK)

    pages = [conflict] + [await client.get(path) for path in (KINDERGARTEN, f"{KINDERGARTEN}/nb", "/timeline")]

    assert all("&lt;script&gt;" in page.text for page in pages[1:])
    assert all(harmful(page.text) == [] for page in pages)

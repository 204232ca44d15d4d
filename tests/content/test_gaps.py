"""What nobody could be told is counted, without saying who asked."""

import asyncio
from datetime import date, timedelta

from sqlalchemy import select

from content.gaps import drop_old_gaps, note_gap
from content.models import Gap
from core.database import Database

TODAY = date(2026, 11, 23)


async def note(database: Database, text: str, language: str = "nb", *, on: date = TODAY) -> None:
    async with database.changing() as session:
        await note_gap(session, text, language, on=on)


async def gaps(database: Database) -> list[Gap]:
    async with database.reading() as session:
        return list(await session.scalars(select(Gap).order_by(Gap.id)))


async def test_the_same_question_is_counted(database: Database) -> None:
    await note(database, "Hvor kan jeg  fiske?", on=TODAY - timedelta(days=1))
    await note(database, "hvor kan JEG fiske?\n")
    await note(database, "Hvor kan jeg fiske?", "nn")

    counted = [(one.text, one.language, one.times, one.last_on) for one in await gaps(database)]
    assert counted == [
        ("hvor kan jeg fiske?", "nb", 2, TODAY),
        ("hvor kan jeg fiske?", "nn", 1, TODAY),
    ]


async def test_the_same_question_from_many_at_the_same_time_is_counted_in_full(database: Database) -> None:
    await asyncio.gather(*(note(database, "أين يمكنني صيد السمك؟", "ar") for _ in range(8)))

    (gap,) = await gaps(database)
    assert gap.times == 8


WITHOUT_THE_PERSON = [
    ("ring meg på 412 34 567 om fiske", "ring meg på … om fiske"),
    ("mobil +47 22 33 44 55 om fiske", "mobil … om fiske"),
    ("tlf. 22.33.44.55 om fiske", "tlf. … om fiske"),
    ("skriv til dalia@provevik.example om fiske", "skriv til … om fiske"),
    ("jeg er @dalia_1 og vil fiske", "jeg er … og vil fiske"),
    ("https://t.me/dalia vil fiske", "… vil fiske"),
    ("رقمي ٠٧٧٠١٢٣٤٥٦٧ أريد الصيد", "رقمي … أريد الصيد"),
    ("fiske på 3 steder i 2026", "fiske på 3 steder i 2026"),
]


async def test_what_points_to_a_person_is_left_out(database: Database) -> None:
    for text, _kept in WITHOUT_THE_PERSON:
        await note(database, text)

    assert [gap.text for gap in await gaps(database)] == [kept for _text, kept in WITHOUT_THE_PERSON]


async def test_what_has_no_words_is_no_gap(database: Database) -> None:
    for text in ("", "   ", "412 34 567", "🙂", "???", "@dalia"):
        await note(database, text)

    assert await gaps(database) == []


async def test_what_speaks_of_a_password_is_not_kept_for_the_secret_may_still_be_in_it(database: Database) -> None:
    for text in ("passord hunter", "min PIN og sånt", "كلمة السر قطتي", "رمز عبور من تابستان"):
        await note(database, text)

    assert await gaps(database) == []


async def test_a_long_question_is_kept_in_its_beginning(database: Database) -> None:
    for text in ("ordet " * 200, "ß" * 290 + " ord", "İ" * 300):
        await note(database, text)

    assert [0 < len(gap.text) <= 300 for gap in await gaps(database)] == [True, True, True]


async def test_what_nobody_has_asked_for_half_a_year_is_let_go(database: Database) -> None:
    await note(database, "fiske", on=TODAY - timedelta(days=181))
    await note(database, "jakt", on=TODAY - timedelta(days=179))

    async with database.changing() as session:
        await drop_old_gaps(session, today=TODAY)

    assert [one.text for one in await gaps(database)] == ["jakt"]

"""What goes out to translators, and what becomes of a file that comes back. Amina wrote, the translator is Tarek."""

from collections.abc import AsyncIterator
from dataclasses import replace

import pytest
from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from content import reviewing
from content.drafting import Draft, as_draft, find_newest, find_source, find_translation, list_history, save_draft
from content.exchange.incoming import Unreadable, UnreadableExchange
from content.exchange.po import write_po
from content.exchange.units import Package, PackedAnswer, Unit
from content.exchange.xliff import write_xliff
from content.exchanging import (
    Reason,
    Received,
    Refusal,
    Taken,
    export_package,
    import_package,
    list_source_languages,
    read_package,
    receive,
)
from content.models import Lifecycle, Origin, Revision
from core.timeline import list_entries
from tests.conftest import MONDAY_9AM, Town
from tests.content.asking import published_text, version

AMINA, BERT, TAREK = 1, 2, 3
ANSWER = "services-kindergarten"


@pytest.fixture
async def session(town: Town) -> AsyncIterator[AsyncSession]:
    async with town.database.changing() as session:
        yield session


async def exported(session: AsyncSession, language: str = "ar", *, only: bool = False) -> Package:
    """The file of one answer."""
    package = await export_package(session, language, only_outdated_or_missing=only)
    return replace(package, answers=tuple(one for one in package.answers if one.answer_id == ANSWER))


def translated(package: Package, **targets: str) -> Package:
    """With other words in some units; a dot in a key is written as two underscores."""
    given = {key.replace("__", "."): words for key, words in targets.items()}
    answers = tuple(
        replace(one, units=tuple(replace(unit, target=given.get(unit.key, unit.target)) for unit in one.units))
        for one in package.answers
    )
    return replace(package, answers=answers)


async def take(session: AsyncSession, package: Package) -> Received:
    return await import_package(session, package, by=TAREK, at=MONDAY_9AM)


async def newest(session: AsyncSession, language: str = "ar") -> Revision:
    translation = await find_translation(session, ANSWER, language)
    assert translation is not None
    found = await find_newest(session, translation.id)
    assert found is not None
    return found


async def change_source(session: AsyncSession, title: str, *, is_small_change: bool = False) -> str:
    """Amina writes, Bert publishes; the hash of the new source text."""
    now = await newest(session, "nb")
    draft = replace(as_draft(now, is_small_change=is_small_change), text=replace(now.text(), title=title))
    await save_draft(session, ANSWER, "nb", draft, based_on=now.number, by=AMINA, at=MONDAY_9AM)
    await reviewing.submit(session, now.translation_id, by=AMINA, at=MONDAY_9AM)
    await reviewing.approve(session, now.translation_id, by=BERT, at=MONDAY_9AM)
    return (await reviewing.publish_approved(session, now.translation_id, by=BERT, at=MONDAY_9AM)).text_hash


async def test_a_file_has_the_published_source_texts_and_the_newest_translations(session: AsyncSession) -> None:
    await take(session, translated(await exported(session), title="عنوان جديد"))

    package = await export_package(session, "ar", only_outdated_or_missing=False)

    assert (package.source_language, package.target_language) == ("nb", "ar")
    titles = {one.answer_id: one.units[0] for one in package.answers}
    assert (titles[ANSWER].source, titles[ANSWER].target) == ("Plass i barnehage", "عنوان جديد")
    assert list(titles) == sorted(titles)
    assert await list_source_languages(session) == ["nb"]


async def test_a_file_can_hold_one_area(session: AsyncSession) -> None:
    whole = await export_package(session, "so", only_outdated_or_missing=False)
    services = await export_package(session, "so", only_outdated_or_missing=False, area="services")

    assert {one.answer_id.partition("-")[0] for one in services.answers} == {"services"}
    assert len(services.answers) < len(whole.answers)


async def test_nothing_is_translated_to_the_language_it_is_written_in(session: AsyncSession) -> None:
    assert (await export_package(session, "nb", only_outdated_or_missing=False)).answers == ()


async def test_what_is_up_to_date_stays_at_home_until_its_source_changes(session: AsyncSession) -> None:
    before = await exported(session, only=True)
    missing = await exported(session, "ti", only=True)
    await change_source(session, "Plass i barnehagen")

    assert before.answers == ()
    assert [one.answer_id for one in missing.answers] == [ANSWER]
    assert [one.answer_id for one in (await exported(session, only=True)).answers] == [ANSWER]


async def test_a_draft_of_which_a_part_is_missing_goes_out_again(session: AsyncSession) -> None:
    received = await take(session, translated(await exported(session, "ti"), title="ቦታ"))

    assert received.taken[0].is_incomplete
    assert [one.answer_id for one in (await exported(session, "ti", only=True)).answers] == [ANSWER]


async def test_a_translation_becomes_a_draft_and_residents_see_nothing_of_it(town: Town) -> None:
    was = await version(town.database)
    async with town.database.changing() as session:
        received = await take(session, translated(await exported(session), title="عنوان جديد"))
        draft, source = await newest(session), await find_source(session, ANSWER)

    assert received == Received("ar", taken=(Taken(ANSWER, False, False, False),))
    assert source is not None
    assert (draft.title, draft.lifecycle, draft.origin) == ("عنوان جديد", Lifecycle.DRAFT, Origin.HUMAN)
    assert (draft.made_from_hash, draft.author_id) == (source.text_hash, TAREK)
    assert len(draft.asked_as) == 6  # a file has no wordings: those that were there stay
    assert await version(town.database) == was
    assert (await published_text(town.database, ANSWER, "ar")).title == "مكان في الروضة"


async def test_what_was_taken_and_refused_stands_in_the_timeline(session: AsyncSession) -> None:
    await take(session, translated(await exported(session), title="عنوان جديد"))

    entry = next(one for one in await list_entries(session) if one.event == "exchange_received")

    assert entry.by == TAREK
    assert entry.details == {"language": "ar", "taken": "1", "unchanged": "0", "refused": "0"}


@pytest.mark.parametrize("language", ["ar", "ti"])
async def test_a_text_that_the_translator_has_not_touched_changes_nothing(session: AsyncSession, language: str) -> None:
    received = await take(session, await exported(session, language))

    assert received == Received(language, unchanged=(ANSWER,))


async def test_an_untouched_text_does_not_undo_what_was_written_here_meanwhile(session: AsyncSession) -> None:
    out = await exported(session)
    await take(session, translated(out, title="كتبته أمينة"))

    received = await take(session, out)

    assert received.unchanged == (ANSWER,)
    assert (await newest(session)).title == "كتبته أمينة"


async def test_an_untouched_text_does_not_become_fresh_by_being_sent_back(session: AsyncSession) -> None:
    await change_source(session, "Plass i barnehagen")

    received = await take(session, await exported(session, only=True))

    assert received.unchanged == (ANSWER,)


async def test_a_draft_that_was_there_stays_in_the_history(session: AsyncSession) -> None:
    out = await exported(session)
    await take(session, translated(out, title="الأول"))

    received = await take(session, translated(out, title="الثاني"))

    assert received.taken[0].has_replaced_draft
    titles = [one.title for one in await list_history(session, (await newest(session)).translation_id)]
    assert titles[:2] == ["الثاني", "الأول"]


async def test_a_translation_of_an_older_source_text_is_taken_as_outdated(session: AsyncSession) -> None:
    out = await exported(session)
    await change_source(session, "Plass i barnehagen")

    received = await take(session, translated(out, title="عنوان جديد"))

    assert received.outdated == (ANSWER,)
    assert (await newest(session)).made_from_hash == out.answers[0].source_hash


async def test_after_a_small_change_of_the_source_a_translation_of_the_older_text_is_fresh(
    session: AsyncSession,
) -> None:
    out = await exported(session)
    await change_source(session, "Plass i barnehagen", is_small_change=True)
    hash_now = await change_source(session, "Plass i barnehagen!", is_small_change=True)

    received = await take(session, translated(out, title="عنوان جديد"))

    assert received.outdated == ()
    assert (await newest(session)).made_from_hash == hash_now


async def test_a_small_change_after_a_great_one_freshens_nothing(session: AsyncSession) -> None:
    out = await exported(session)
    await change_source(session, "Noe annet")
    await change_source(session, "Noe annet!", is_small_change=True)

    assert (await take(session, translated(out, title="عنوان جديد"))).outdated == (ANSWER,)


async def test_a_file_that_lost_its_hash_is_believed_when_its_source_texts_are_ours(session: AsyncSession) -> None:
    out = translated(await exported(session), title="عنوان جديد")
    lost = replace(out, answers=(replace(out.answers[0], source_hash=""),))

    assert (await take(session, lost)).outdated == ()


async def test_a_source_text_that_nobody_knows_makes_an_outdated_draft_with_all_its_paragraphs(
    session: AsyncSession,
) -> None:
    units = tuple(Unit(f"full.{number}", f"nb {number}", f"ti {number}", "") for number in range(4))

    received = await take(session, Package("nb", "ti", (PackedAnswer(ANSWER, "f" * 64, units),)))

    draft = await newest(session, "ti")
    assert received.outdated == (ANSWER,)
    assert draft.made_from_hash is None
    assert draft.full == "ti 0\n\nti 1\n\nti 2\n\nti 3"


async def test_a_text_in_review_is_left_alone(session: AsyncSession) -> None:
    out = await exported(session)
    await take(session, translated(out, title="عنوان جديد"))
    await reviewing.submit(session, (await newest(session)).translation_id, by=TAREK, at=MONDAY_9AM)

    received = await take(session, translated(out, title="آخر"))

    assert received.refused == (Refusal(ANSWER, Reason.IN_REVIEW),)
    assert ((await newest(session)).title, (await newest(session)).lifecycle) == ("عنوان جديد", Lifecycle.IN_REVIEW)


@pytest.mark.parametrize(
    ("words", "code"),
    [
        ("{fact:kindergarten price}", "placeholder_broken"),
        ("<script>x</script>", "html_in_text"),
        ("x" * 700, "short_long"),
    ],
)
async def test_a_text_that_cannot_be_saved_is_refused_with_what_is_wrong(
    session: AsyncSession, words: str, code: str
) -> None:
    received = await take(session, translated(await exported(session), short=words))

    assert [(one.reason, one.issues[0].code) for one in received.refused] == [(Reason.CANNOT_BE_SAVED, code)]
    assert (await newest(session)).lifecycle == Lifecycle.PUBLISHED


async def test_a_lost_fact_is_taken_and_told(session: AsyncSession) -> None:
    received = await take(session, translated(await exported(session), short="بدون سعر"))

    assert [issue.code for issue in received.taken[0].issues] == ["fact_lost"]


async def test_answers_that_are_not_ours_are_refused_one_by_one(session: AsyncSession) -> None:
    out = translated(await exported(session), title="عنوان جديد")
    strange = replace(out, answers=(replace(out.answers[0], answer_id="no-such-answer"), *out.answers))

    received = await take(session, strange)

    assert received.refused == (Refusal("no-such-answer", Reason.UNKNOWN_ANSWER),)
    assert [one.answer_id for one in received.taken] == [ANSWER]


@pytest.mark.parametrize(("source", "target"), [("en", "ar"), ("nb", "nb"), ("ar", "nb")])
async def test_a_file_cannot_turn_a_source_text_into_a_translation(
    session: AsyncSession, source: str, target: str
) -> None:
    out = translated(await exported(session), title="عنوان جديد")

    received = await take(session, replace(out, source_language=source, target_language=target))

    assert received.refused == (Refusal(ANSWER, Reason.OTHER_LANGUAGE),)


async def test_a_withdrawn_answer_is_not_translated(session: AsyncSession) -> None:
    out = translated(await exported(session), title="عنوان جديد")
    await reviewing.withdraw_answer(session, ANSWER, "Slutt.", by=BERT, at=MONDAY_9AM)

    assert (await take(session, out)).refused == (Refusal(ANSWER, Reason.NO_SOURCE),)
    assert (await exported(session)).answers == ()


async def test_a_title_on_two_lines_and_empty_steps_are_put_in_order_as_in_the_form(session: AsyncSession) -> None:
    await take(session, translated(await exported(session), title=" عنوان\nجديد ", next_steps__0=" "))

    draft = await newest(session)
    assert (draft.title, draft.next_steps) == ("عنوان جديد", ["اسأل عن سعر أقل."])


@pytest.mark.parametrize("engine", ["sqlite"], indirect=True)  # a file is the same for every database
@pytest.mark.parametrize("write", [write_xliff, write_po])
@pytest.mark.parametrize("target", ["ar", "ti"])
async def test_every_answer_goes_through_a_file_and_back(town: Town, write: object, target: str) -> None:
    async with town.database.reading() as session:
        out = await export_package(session, target, only_outdated_or_missing=False)
    everything = tuple(
        replace(one, units=tuple(replace(unit, target=unit.target or unit.source) for unit in one.units))
        for one in translated(out, title="ቦታ").answers
    )
    data = write(replace(out, answers=everything))  # type: ignore[operator]

    received = await receive(town.database, read_package(data), by=TAREK, at=MONDAY_9AM)

    assert sorted(one.answer_id for one in received.taken) == [one.answer_id for one in out.answers]
    assert not any(one.is_incomplete or one.is_outdated for one in received.taken)
    async with town.database.reading() as session:
        drafts = await session.scalar(select(Revision.origin).where(Revision.lifecycle == Lifecycle.DRAFT).distinct())
    assert drafts == Origin.HUMAN


async def test_the_languages_of_a_file_are_put_in_our_short_form(session: AsyncSession) -> None:
    out = await exported(session)

    package = read_package(write_xliff(replace(out, source_language="no", target_language="ar-SA")))

    assert (package.source_language, package.target_language) == ("nb", "ar")


async def test_a_file_for_a_language_that_we_do_not_promise_is_refused(session: AsyncSession) -> None:
    data = write_po(replace(await exported(session), target_language="zh"))

    with pytest.raises(UnreadableExchange) as refused:
        read_package(data)
    assert refused.value.reason is Unreadable.NO_LANGUAGE


@pytest.mark.parametrize(("write", "before"), [(write_xliff, b"\xef\xbb\xbf\n "), (write_po, b"\xef\xbb\xbf")])
async def test_a_file_is_known_by_what_stands_in_it(session: AsyncSession, write: object, before: bytes) -> None:
    data = write(await exported(session))  # type: ignore[operator]

    assert [one.answer_id for one in read_package(before + data).answers] == [ANSWER]


async def test_drafts_that_are_up_to_date_and_whole_stay_at_home(session: AsyncSession) -> None:
    source = await find_source(session, ANSWER)
    assert source is not None
    whole = Draft(source.text(), (), Origin.HUMAN, source.text_hash)
    await save_draft(session, ANSWER, "ti", whole, based_on=None, by=TAREK, at=MONDAY_9AM)

    assert (await exported(session, "ti", only=True)).answers == ()

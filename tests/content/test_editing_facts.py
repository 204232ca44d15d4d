"""Changing a fact once, for every text and language that names it."""

from collections.abc import AsyncIterator
from datetime import date

import pytest
from sqlalchemy.ext.asyncio import AsyncSession

from content.drafting import as_draft, find_newest, find_translation, save_draft
from content.editing_checks import DetailsWrong
from content.editing_facts import (
    FactChangedMeanwhile,
    FactTaken,
    FactUsed,
    NewFact,
    add_fact,
    change_fact,
    check_value,
    list_facts,
    preview_change,
    remove_fact,
    tidy,
    uses_of,
)
from content.facts import LRI, PDI, FactType
from content.library_files import read_library
from core.timeline import list_entries
from tests.conftest import MONDAY_9AM, Town
from tests.content.asking import published, version
from tests.house_rules.project import STARTER

AMINA = 1
PRICE = "kindergarten-price"
ANSWER = "services-kindergarten"


@pytest.fixture
async def session(town: Town) -> AsyncIterator[AsyncSession]:
    async with town.database.changing() as session:
        yield session


async def change(session: AsyncSession, value: str, **more: str) -> None:
    await change_fact(
        session,
        PRICE,
        value,
        source="https://www.udir.no",
        valid_as_of=date(2026, 12, 1),
        is_verified=True,
        by=AMINA,
        at=MONDAY_9AM,
        **more,  # type: ignore[arg-type]
    )


def new_fact(name: str = "library-card-price", value: str = "50 NOK", **more: object) -> NewFact:
    given = {"type": FactType.MONEY, "about": "", "source": "", "valid_as_of": None, "is_verified": False}
    return NewFact(name=name, value=value, **{**given, **more})  # type: ignore[arg-type]


async def test_residents_see_a_changed_fact_in_every_language_and_no_text_is_outdated(town: Town) -> None:
    before = await version(town.database)

    async with town.database.changing() as session:
        await change(session, "1250 NOK")

    now = await published(town.database)
    assert now.facts[PRICE].value == "1250 NOK"
    assert now.version == before + 1
    assert {text.freshness for text in now.answers[ANSWER].texts.values()} == {"fresh"}


async def test_a_change_is_written_down_with_both_values(session: AsyncSession) -> None:
    await change(session, "1250 NOK")

    (entry,) = await list_entries(session, about=f"fact:{PRICE}")
    assert (entry.event, entry.by) == ("fact_changed", AMINA)
    assert entry.details == {"before": "1200 NOK", "after": "1250 NOK"}


async def test_the_same_again_changes_nothing(town: Town) -> None:
    async with town.database.changing() as session:
        await change(session, "1200 NOK")
    once = await version(town.database)

    async with town.database.changing() as session:
        await change(session, "1200 NOK")

    assert await version(town.database) == once


async def test_whoever_decided_by_an_older_value_is_told(session: AsyncSession) -> None:
    await change(session, "1250 NOK", seen="1200 NOK")

    with pytest.raises(FactChangedMeanwhile):
        await change(session, "1300 NOK", seen="1200 NOK")


async def test_a_value_that_is_not_of_its_type_is_not_kept(session: AsyncSession) -> None:
    with pytest.raises(DetailsWrong) as refused:
        await change(session, "much")

    assert [issue.code for issue in refused.value.issues] == ["fact_value_wrong"]


async def test_the_texts_that_use_a_fact_are_found_in_every_language_and_state(session: AsyncSession) -> None:
    arabic = await find_translation(session, ANSWER, "ar")
    assert arabic is not None
    newest = await find_newest(session, arabic.id)
    assert newest is not None
    await save_draft(session, ANSWER, "ar", as_draft(newest), based_on=newest.number, by=AMINA, at=MONDAY_9AM)

    uses = await uses_of(session, PRICE)

    assert {(use.answer_id, use.language, use.lifecycle) for use in uses} >= {
        (ANSWER, "nb", "published"),
        (ANSWER, "ar", "published"),
        (ANSWER, "ar", "draft"),
    }


@pytest.mark.parametrize("name", ["service-centre.phone", "service-centre.name"])
async def test_a_use_in_a_referral_or_a_step_counts(session: AsyncSession, name: str) -> None:
    assert await uses_of(session, name)


async def test_a_name_that_begins_like_another_is_another(session: AsyncSession) -> None:
    assert await uses_of(session, "kindergarten") == []


async def test_a_preview_shows_one_sentence_in_each_language_as_residents_would_read_it(town: Town) -> None:
    async with town.database.reading() as session:
        changes = await preview_change(session, PRICE, "1250 NOK", words=town.desk.words.translator)

    by_language = {one.language: one for one in changes}
    norwegian, arabic = by_language["nb"], by_language["ar"]
    assert norwegian.before == "Plassen koster høyst 1\xa0200 NOK i måneden."
    assert norwegian.after == "Plassen koster høyst 1\xa0250 NOK i måneden."
    assert arabic.after.count(LRI) == arabic.after.count(PDI) == 1
    assert arabic.before != arabic.after


async def test_a_preview_changes_nothing(town: Town) -> None:
    before = await version(town.database)

    async with town.database.reading() as session:
        await preview_change(session, PRICE, "1250 NOK", words=town.desk.words.translator)

    assert await version(town.database) == before
    assert (await published(town.database)).facts[PRICE].value == "1200 NOK"


async def test_a_fact_that_is_used_cannot_be_removed(session: AsyncSession) -> None:
    with pytest.raises(FactUsed):
        await remove_fact(session, PRICE, by=AMINA, at=MONDAY_9AM)


async def test_a_new_fact_can_be_removed_as_long_as_no_text_uses_it(session: AsyncSession) -> None:
    await add_fact(session, new_fact(), by=AMINA, at=MONDAY_9AM)
    await remove_fact(session, "library-card-price", by=AMINA, at=MONDAY_9AM)

    assert await list_facts(session, words="library-card-price") == []


@pytest.mark.parametrize("name", [PRICE, "library.phone", "municipality.name"])
async def test_a_name_stands_for_one_thing(session: AsyncSession, name: str) -> None:
    with pytest.raises(FactTaken):
        await add_fact(session, new_fact(name), by=AMINA, at=MONDAY_9AM)


@pytest.mark.parametrize("name", ["", "new", "Price", "a price", "a/b", "{fact:x}", "a\0", "x" * 81])
async def test_a_name_that_texts_cannot_name_is_refused(session: AsyncSession, name: str) -> None:
    with pytest.raises(DetailsWrong):
        await add_fact(session, new_fact(name), by=AMINA, at=MONDAY_9AM)


async def test_facts_are_found_by_words_and_by_who_still_must_look(session: AsyncSession) -> None:
    await add_fact(session, new_fact(about="What a card costs"), by=AMINA, at=MONDAY_9AM)

    assert [fact.name for fact in await list_facts(session, words="card costs")] == ["library-card-price"]
    assert [fact.name for fact in await list_facts(session, only_unverified=True)] == ["library-card-price"]
    assert await list_facts(session, words="100%") == []


@pytest.mark.parametrize(
    ("kind", "typed", "kept"),
    [
        (FactType.MONEY, "1 200 kr", "1200 NOK"),
        (FactType.MONEY, "1\xa0200,50 kroner", "1200.50 NOK"),
        (FactType.MONEY, "1200kr.", "1200 NOK"),
        (FactType.PERCENT, "25 %", "25"),
        (FactType.NUMBER, "1,5", "1.5"),
        (FactType.PHONE, " 55 55  33 33 ", "55 55 33 33"),
    ],
)
def test_what_people_type_is_kept_as_it_is_meant(kind: FactType, typed: str, kept: str) -> None:
    assert tidy(kind, typed) == kept
    assert check_value(kind, kept, source="", is_verified=False) == []


@pytest.mark.parametrize(
    ("kind", "value"),
    [
        (FactType.MONEY, "1.200 NOK"),
        (FactType.MONEY, "1200"),
        (FactType.NUMBER, "1e999999"),
        (FactType.NUMBER, "٢"),
        (FactType.PERCENT, "NaN"),
        (FactType.DATE, "31.12.2026"),
        (FactType.DAY, "02-31"),
        (FactType.LINK, "http://example.no"),
        (FactType.LINK, "javascript:alert(1)"),
        (FactType.HOURS, "mandag 9-15"),
        (FactType.TEXT, ""),
        (FactType.TEXT, "a\0b"),
        (FactType.TEXT, "x" * 501),
    ],
)
def test_what_is_unclear_or_dangerous_is_refused(kind: FactType, value: str) -> None:
    assert check_value(kind, value, source="", is_verified=False)


def test_whoever_has_verified_a_value_names_the_source() -> None:
    (issue,) = check_value(FactType.NUMBER, "2", source="", is_verified=True)

    assert (issue.field, issue.code) == ("source", "fact_source_missing")


def test_every_fact_of_the_starter_library_could_be_kept_as_it_is() -> None:
    facts = read_library(STARTER).facts

    refused = [
        fact.name
        for fact in facts
        if check_value(fact.value.type, fact.value.value, source=fact.source, is_verified=fact.is_verified)
    ]

    assert refused == []
    assert len(facts) > 50

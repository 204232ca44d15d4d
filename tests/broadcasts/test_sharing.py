"""A vetted answer, shared with members: its words are pinned, and its ambassadors hear when it changes."""

from dataclasses import replace
from datetime import datetime, timedelta

import pytest
from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from broadcasts.announcements.composing import BroadcastNotSavable, details_of, list_texts, set_details, set_text
from broadcasts.announcements.records import Broadcast
from broadcasts.announcements.rights import VettedTextPinned
from broadcasts.announcements.sharing import SharedAnswer, SharedText, changed_since, share_answer, tell_of_changes
from broadcasts.delivery.records import DirectMessage, Release, ReleaseState
from broadcasts.organisations.by import By
from core.database import Database
from tests.broadcasts.making import WOMEN, make_ambassador, make_organisation
from tests.conftest import MONDAY_9AM

DOCTOR = SharedAnswer(
    "services-doctor",
    {
        "nb": SharedText("Bytte fastlege", "Du kan bytte to ganger i året.\n\nKilde: helsenorge.no, 1.11.2026", "aa11"),
        "ar": SharedText("تغيير الطبيب", "مرتان في السنة.\n\nالمصدر: helsenorge.no", "bb22", is_machine=True),
    },
)
NOW = {"services-doctor": {"nb": "aa11", "ar": "bb22", "so": "cc33"}}


async def share(session: AsyncSession, shared: SharedAnswer = DOCTOR) -> tuple[Broadcast, By]:
    """What Saba, who reads Arabic, shares with the women."""
    await make_organisation(session)
    saba = By(ambassador_id=(await make_ambassador(session, language="ar")).id)
    new = await share_answer(session, WOMEN, shared, source_language="nb", by=saba, zone="Europe/Oslo", at=MONDAY_9AM)
    return new, saba


async def release(session: AsyncSession, broadcast: Broadcast, *, at: datetime = MONDAY_9AM) -> None:
    until, sent = at + timedelta(days=1), ReleaseState.SENT
    run = Release(
        broadcast_id=broadcast.id, organisation_id=WOMEN, due_at=at, send_until=until, state=sent, began_at=at
    )
    session.add(run)
    await session.flush()


async def list_told(session: AsyncSession) -> list[dict[str, str]]:
    rows = await session.scalars(
        select(DirectMessage).where(DirectMessage.kind == "answer_changed").order_by(DirectMessage.id)
    )
    return [row.about for row in rows]


async def test_a_shared_answer_has_its_words_and_an_own_comment_but_no_own_words(database: Database) -> None:
    async with database.changing() as session:
        new, saba = await share(session)

        commented = replace(details_of(new), comment={"ar": "مهم جدا"})
        await set_details(session, new.id, commented, by=saba, at=MONDAY_9AM)
        with pytest.raises(VettedTextPinned):
            await set_text(session, new.id, "nb", title="Bytte lege", body="Når du vil.", by=saba, at=MONDAY_9AM)

        texts = await list_texts(session, new.id)
        assert (new.answer_id, new.answer_hashes) == ("services-doctor", {"nb": "aa11", "ar": "bb22"})
        assert [(text.title, text.is_machine) for text in texts.values()] == [
            ("Bytte fastlege", False),
            ("تغيير الطبيب", True),
        ]


async def test_an_answer_that_does_not_fit_is_refused_whole(database: Database) -> None:
    long = SharedAnswer("services-doctor", {"nb": SharedText("Bytte fastlege", "a" * 1501, "aa11")})
    async with database.changing() as session:
        with pytest.raises(BroadcastNotSavable):
            await share(session, long)


async def test_an_answer_without_the_ambassadors_language_is_shared_in_another(database: Database) -> None:
    arabic_only = SharedAnswer("services-doctor", {"ar": DOCTOR.texts["ar"]})
    async with database.changing() as session:
        new, _saba = await share(session, arabic_only)

    assert new.source_language == "ar"


@pytest.mark.parametrize(
    ("now", "languages", "is_gone"),
    [
        ({"services-doctor": {"nb": "aa11", "ar": "new"}}, ("ar",), False),
        ({"services-doctor": {"ar": "bb22"}}, ("nb",), False),
        ({}, ("nb", "ar"), True),
    ],
)
async def test_what_reads_differently_now_is_found(
    database: Database, now: dict[str, dict[str, str]], languages: tuple[str, ...], is_gone: bool
) -> None:
    async with database.changing() as session:
        new, _saba = await share(session)
        before = await changed_since(session, now)
        await release(session, new)

        (changed,) = await changed_since(session, now)

        assert before == []
        assert await changed_since(session, NOW) == []
        assert (changed.broadcast.id, changed.languages, changed.is_gone) == (new.id, languages, is_gone)


async def test_the_ambassador_is_told_once_about_each_change(database: Database) -> None:
    first = {"services-doctor": {"nb": "aa11", "ar": "first"}}
    second = {"services-doctor": {"nb": "aa11", "ar": "second"}}
    async with database.changing() as session:
        new, _saba = await share(session)
        await release(session, new)

        told = [
            await tell_of_changes(session, now, at=MONDAY_9AM + timedelta(days=day))
            for day, now in enumerate((NOW, first, first, second))
        ]

        assert told == [0, 1, 0, 1]
        assert [(about["title"], about["answer"]) for about in await list_told(session)] == [
            ("تغيير الطبيب", "services-doctor")
        ] * 2


async def test_after_half_a_year_nobody_is_told_any_more(database: Database) -> None:
    async with database.changing() as session:
        new, _saba = await share(session)
        await release(session, new)

        assert await tell_of_changes(session, {}, at=MONDAY_9AM + timedelta(days=181)) == 0
        assert await tell_of_changes(session, {}, at=MONDAY_9AM + timedelta(days=179)) == 1

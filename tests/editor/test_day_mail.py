"""The day's mail, through a real line to a mail server: once a day, to those who must act, and only when it is new.

Amina writes, Bert reviews, Siri administers.
"""

from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import date, datetime, timedelta

import pytest
from sqlalchemy import select, update

from content import reviewing
from content.drafting import as_draft, find_newest, find_translation, save_draft
from content.models import Answer, Notice
from content.reminding import remind
from core.database import Database
from core.mail import Letter, MailServer, SMTPMail
from editor.access.cleaning import drop_old
from editor.access.models import DayMail, StaffMember
from editor.access.roles import HeldRole, Role
from editor.app import CATALOGUES
from editor.day_mail import send_day_mails
from tests.conftest import MONDAY_9AM, Town
from tests.editor.access.people import ADMINISTRATOR, AUTHOR, add
from tests.editor.desk import translator
from tests.fakes import mail_server
from tests.fakes.mail_server import MailServer as FakeServer

ANSWER = "services-kindergarten"
AMINA, BERT, SIRI = (f"{name}@brobygda.example" for name in ("amina", "bert", "siri"))
REVIEWER = HeldRole(Role.REVIEWER)
ADDRESS = "https://chat.example.no"
HOUR, DAY = timedelta(hours=1), timedelta(days=1)


@pytest.fixture
async def people(town: Town) -> tuple[int, int, int]:
    """Three of them, in a town where no answer has a day."""
    async with town.database.changing() as session:
        await session.execute(update(Answer).values(review_by=None, valid_until=None, checked_on=None))
    return (
        await add(town.database, "Amina", AUTHOR, translator("ar"), password=None, language="en"),
        await add(town.database, "Bert", REVIEWER, password=None, language="en"),
        await add(town.database, "Siri", ADMINISTRATOR, password=None, language="en"),
    )


@pytest.fixture
async def server() -> AsyncIterator[FakeServer]:
    async with mail_server.mail_server() as running:
        yield running


async def submit(database: Database, title: str, *, by: int, language: str = "nb") -> int:
    """Write a text and send it to review; gives the id of the translation."""
    async with database.changing() as session:
        translation = await find_translation(session, ANSWER, language)
        assert translation is not None
        newest = await find_newest(session, translation.id)
        assert newest is not None
        old = as_draft(newest)
        draft = replace(old, text=replace(old.text, title=title))
        await save_draft(session, ANSWER, language, draft, based_on=newest.number, by=by, at=MONDAY_9AM)
        await reviewing.submit(session, translation.id, by=by, at=MONDAY_9AM)
    return translation.id


async def send_back(database: Database, translation_id: int, *, by: int, at: datetime = MONDAY_9AM) -> None:
    async with database.changing() as session:
        await reviewing.send_back(session, translation_id, "A secret note.", by=by, at=at)


async def run(database: Database, server: FakeServer, *, at: datetime = MONDAY_9AM) -> int:
    """One run of the job, as the first of a process would be."""
    mail = SMTPMail(MailServer.from_url(server.url), sender="desk@brobygda.example")
    return await send_day_mails(database, mail, address=ADDRESS, words=CATALOGUES.translator, at=at)


async def test_a_text_in_review_is_told_once_to_whom_can_review_it(
    town: Town, people: tuple[int, int, int], server: FakeServer
) -> None:
    await submit(town.database, "Plass i barnehage", by=people[0])

    assert await run(town.database, server) == 1
    assert await run(town.database, server, at=MONDAY_9AM + HOUR) == 0
    restarted = Database(town.database.url)
    assert await run(restarted, server, at=MONDAY_9AM + 2 * HOUR) == 0
    assert await run(restarted, server, at=MONDAY_9AM + DAY) == 0
    await restarted.close()

    [taken] = server.taken
    assert taken.recipients == (BERT,)
    assert taken.message["Subject"] == "1 thing waits for you at the desk of Prøvevik"
    assert "Hello Bert," in taken.text
    assert f"- Plass i barnehage\n  Norsk bokmål\n  {ADDRESS}/desk/answers/{ANSWER}/nb\n" in taken.text


async def test_a_text_that_came_back_is_told_to_who_wrote_it_without_the_note(
    town: Town, people: tuple[int, int, int], server: FakeServer
) -> None:
    translation_id = await submit(town.database, "روضة الأطفال في البلدية", by=people[0], language="ar")
    await send_back(town.database, translation_id, by=people[1])
    async with town.database.changing() as session:
        await session.execute(update(StaffMember).values(language="nb"))

    assert await run(town.database, server) == 1

    [taken] = server.to(AMINA)
    assert f"- روضة الأطفال في البلدية\n  العربية\n  {ADDRESS}/desk/answers/{ANSWER}/ar\n" in taken.text
    assert "secret" not in taken.text


async def test_reminders_go_to_those_who_can_check_and_to_the_administrator_when_nobody_did(
    town: Town, people: tuple[int, int, int], server: FakeServer
) -> None:
    async with town.database.changing() as session:
        due = {"review_by": date(2026, 12, 20)}
        await session.execute(update(Answer).where(Answer.id == ANSWER).values(due))
        await remind(session, at=MONDAY_9AM)

    await run(town.database, server)

    assert {one.recipients[0] for one in server.taken} == {AMINA, BERT}
    assert "Check by Dec 20, 2026 whether it is still true." in server.to(AMINA)[0].text

    late = datetime(2027, 1, 11, 9, tzinfo=MONDAY_9AM.tzinfo)
    async with town.database.changing() as session:
        await remind(session, at=late)
        assert (await session.scalars(select(Notice.is_escalated).where(Notice.done_at.is_(None)))).all() == [True]
    await run(town.database, server, at=late)

    assert len(server.to(SIRI)) == 1


async def test_a_new_thing_is_told_the_next_day_together_with_what_still_waits(
    town: Town, people: tuple[int, int, int], server: FakeServer
) -> None:
    await submit(town.database, "First", by=people[0])
    await run(town.database, server)
    await submit(town.database, "Second", by=people[0], language="ar")

    assert await run(town.database, server, at=MONDAY_9AM + HOUR) == 0
    assert await run(town.database, server, at=MONDAY_9AM + DAY) == 1

    text = server.to(BERT)[-1].text
    assert "- First\n" in text
    assert "- Second\n" in text


async def test_what_still_waits_after_a_week_is_told_once_more(
    town: Town, people: tuple[int, int, int], server: FakeServer
) -> None:
    await submit(town.database, "Waiting", by=people[0])

    sent = [await run(town.database, server, at=MONDAY_9AM + days * DAY) for days in (0, 1, 6, 7, 8)]

    assert sent == [1, 0, 0, 1, 0]


async def test_a_server_that_is_away_is_tried_again_at_the_next_run(
    town: Town, people: tuple[int, int, int], caplog: pytest.LogCaptureFixture
) -> None:
    await submit(town.database, "Waiting", by=people[0])
    async with mail_server.mail_server() as server:
        port = server.port

    assert await run(town.database, server) == 0
    async with mail_server.mail_server(port=port) as server:
        assert await run(town.database, server, at=MONDAY_9AM + HOUR) == 1
        assert await run(town.database, server, at=MONDAY_9AM + 2 * HOUR) == 0

    assert "mail_away" in caplog.text
    assert "@" not in caplog.text


async def test_what_ends_in_the_middle_sends_nothing_twice_and_tells_it_the_next_day(
    town: Town, people: tuple[int, int, int], server: FakeServer
) -> None:
    class Ends:
        async def send(self, letter: Letter) -> None:
            raise KeyboardInterrupt

    await submit(town.database, "Waiting", by=people[0])
    with pytest.raises(KeyboardInterrupt):
        await send_day_mails(town.database, Ends(), address=ADDRESS, words=CATALOGUES.translator, at=MONDAY_9AM)

    assert await run(town.database, server, at=MONDAY_9AM + HOUR) == 0
    assert await run(town.database, server, at=MONDAY_9AM + DAY) == 1


@pytest.mark.parametrize(("answer", "in_the_next_run"), [(450, 1), (550, 0)])
async def test_an_address_that_is_refused_holds_up_nobody_else(
    town: Town,
    people: tuple[int, int, int],
    server: FakeServer,
    caplog: pytest.LogCaptureFixture,
    answer: int,
    in_the_next_run: int,
) -> None:
    await add(town.database, "Zahra", REVIEWER, password=None)
    await submit(town.database, "Waiting", by=people[0])
    server.refuses[BERT] = answer

    assert await run(town.database, server) == 1
    server.refuses.clear()
    assert await run(town.database, server, at=MONDAY_9AM + HOUR) == in_the_next_run
    assert "@" not in caplog.text


async def test_what_may_have_left_is_not_sent_again_that_day_and_holds_up_nobody_else(
    town: Town, people: tuple[int, int, int], server: FakeServer
) -> None:
    await add(town.database, "Zahra", REVIEWER, password=None)
    await submit(town.database, "Waiting", by=people[0])
    server.hangs_up = True

    assert await run(town.database, server) == 0
    assert len(server.taken) == 2
    server.hangs_up = False
    assert await run(town.database, server, at=MONDAY_9AM + HOUR) == 0
    assert await run(town.database, server, at=MONDAY_9AM + DAY) == 2


async def test_nobody_is_written_to_at_night_without_a_reason_or_without_access(
    town: Town, people: tuple[int, int, int], server: FakeServer
) -> None:
    assert await run(town.database, server) == 0
    await submit(town.database, "Waiting", by=people[0])
    assert await run(town.database, server, at=MONDAY_9AM - 3 * HOUR) == 0
    async with town.database.changing() as session:
        await session.execute(update(StaffMember).values(is_active=False))

    assert await run(town.database, server) == 0
    assert server.taken == []


async def test_names_and_titles_stay_where_they_belong(
    town: Town, people: tuple[int, int, int], server: FakeServer
) -> None:
    await submit(town.database, "Title\r\n.\r\nMAIL FROM:<x@y.no>\nBcc: x@y.no", by=people[0])
    async with town.database.changing() as session:
        await session.execute(update(StaffMember).where(StaffMember.id == people[1]).values(name="Bert\r\nBcc: x@y.no"))

    assert await run(town.database, server) == 1

    [taken] = server.taken
    assert taken.recipients == (BERT,)
    assert taken.message["Bcc"] is None
    assert "- Title . MAIL FROM:<x@y.no> Bcc: x@y.no\n" in taken.text


async def test_after_thirty_days_nothing_says_who_was_written_to(
    town: Town, people: tuple[int, int, int], server: FakeServer
) -> None:
    await submit(town.database, "Waiting", by=people[0])
    await run(town.database, server)

    async with town.database.changing() as session:
        await drop_old(session, at=MONDAY_9AM + 30 * DAY)
        assert len((await session.scalars(select(DayMail))).all()) == 1
        await drop_old(session, at=MONDAY_9AM + 31 * DAY)
        assert (await session.scalars(select(DayMail))).all() == []

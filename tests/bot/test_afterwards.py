"""What waits for somebody when a membership is decided or over: nothing untrue is brought, and no nickname is kept."""

from sqlalchemy import select

from broadcasts.delivery.records import DirectMessage
from broadcasts.members.admitting import approve_member
from broadcasts.members.joining import join, leave, leave_all
from broadcasts.members.ledger import Consent
from broadcasts.members.records import Membership
from broadcasts.members.words import isolated
from broadcasts.organisations.by import By
from broadcasts.organisations.groups import Added, connect_group, note_added
from broadcasts.organisations.records import Ambassador
from core.database import Database
from core.people import Address
from tests.bot.talking import Talker
from tests.broadcasts.making import POLES, WOMEN, make_ambassador, make_organisation, make_person
from tests.conftest import MONDAY_9AM, TELEGRAM, Town

CONSENT = Consent("5f2d", "ar")


async def ask_to_join(database: Database) -> tuple[int, int]:
    """Somebody asks as "Fjellrev"; the numbers of the person and of Saba, who is asked."""
    async with database.changing() as session:
        await make_organisation(session, asks_approval=True)
        saba = await make_ambassador(session)
        dalia = await make_person(session)
        await join(session, dalia.id, WOMEN, CONSENT, nickname="Fjellrev", at=MONDAY_9AM)
        return dalia.id, saba.id


async def kinds_waiting(database: Database) -> list[str]:
    async with database.reading() as session:
        return list(await session.scalars(select(DirectMessage.kind).order_by(DirectMessage.id)))


async def test_a_wish_that_was_taken_back_is_not_brought_to_ambassadors(database: Database) -> None:
    dalia, _saba = await ask_to_join(database)

    async with database.changing() as session:
        await leave(session, dalia, WOMEN, at=MONDAY_9AM)

    assert await kinds_waiting(database) == []


async def test_nobody_reads_that_they_get_messages_after_they_have_stopped_them(database: Database) -> None:
    dalia, saba = await ask_to_join(database)
    async with database.changing() as session:
        number = (await session.scalars(select(Membership.id))).one()
        await approve_member(session, number, by=By(ambassador_id=saba), at=MONDAY_9AM)
    approved = await kinds_waiting(database)

    async with database.changing() as session:
        await leave_all(session, dalia, at=MONDAY_9AM)

    assert approved == ["membership_approved"]
    assert await kinds_waiting(database) == []


async def test_a_nickname_that_waits_goes_when_its_person_asks_to_be_forgotten(town: Town) -> None:
    await ask_to_join(town.database)

    await Talker(town).press("forget_me:yes")

    assert await kinds_waiting(town.database) == []


async def test_who_speaks_for_another_organisation_now_cannot_steer_the_group_of_the_first(town: Town) -> None:
    async with town.database.changing() as session:
        await make_organisation(session)
        first = await make_ambassador(session)
        group = await note_added(
            session, Added(Address(TELEGRAM, "-77"), "Kafé", Address(TELEGRAM, "2001")), at=MONDAY_9AM
        )
        await connect_group(session, group.id, WOMEN, "ti", by=By(ambassador_id=first.id), at=MONDAY_9AM)
        await make_organisation(session, POLES)
        (await session.get_one(Ambassador, first.id)).ended_at = MONDAY_9AM
        await make_ambassador(session, organisation_id=POLES)

    turn = await Talker(town, "2001").press(f"group_no:{group.id}")

    assert "Jeg er ikke i denne gruppen lenger" in turn.message.as_text()


def test_a_name_cannot_turn_the_line_around_it(town: Town) -> None:
    evil = "Klubben\u2067\u202b\u2069"

    arabic, english = town.desk.words.translator("ar"), town.desk.words.translator("en")

    assert isolated(evil, arabic) == "\u2068Klubben\u2069"
    assert isolated(evil, english) == "Klubben"

"""An ambassador reads what staff propose, asks, and decides freely."""

import pytest
from sqlalchemy import select

from broadcasts.announcements.composing import list_texts
from broadcasts.announcements.records import Broadcast, BroadcastState, Kind
from broadcasts.briefing.answering import comment
from broadcasts.briefing.proposing import propose, withdraw
from broadcasts.briefing.records import Briefing, BriefingComment, Decision
from broadcasts.organisations.by import By
from tests.bot.chatting import Phone
from tests.bot.test_announcing_chat import read_directly
from tests.broadcasts.making import POLES, WOMEN, arm, make_ambassador, make_broadcast, make_organisation
from tests.conftest import MONDAY_9AM, Town


async def prepare(town: Town, *, language: str = "nb", **more: object) -> int:
    """Staff propose a message to two organisations; its number."""
    async with town.database.changing() as session:
        await make_organisation(session)
        await make_organisation(session, POLES)
        await make_ambassador(session, language=language)
        await make_ambassador(session, "2002", organisation_id=POLES)
        await arm(session)
        proposal = await make_broadcast(session, organisation_id=None, author_staff_id=1, **more)  # type: ignore[arg-type]
        await propose(session, proposal.id, [WOMEN, POLES], by=1, at=MONDAY_9AM)
        return proposal.id


async def decisions(town: Town) -> dict[str, Decision]:
    async with town.database.reading() as session:
        return {one.organisation_id: Decision(one.decision) for one in await session.scalars(select(Briefing))}


async def copy_of(town: Town, proposal_id: int) -> Broadcast:
    async with town.database.reading() as session:
        return (await session.scalars(select(Broadcast).where(Broadcast.proposal_id == proposal_id))).one()


@pytest.mark.parametrize(("language", "words"), [("nb", "Vi møtes klokka 12."), ("ar", "نلتقي الساعة 12.")])
async def test_a_proposal_is_read_in_the_ambassadors_language(town: Town, language: str, words: str) -> None:
    await prepare(town, language=language)
    phone = Phone(town, language=language)
    (message, _other) = await read_directly(town, language)

    await phone.press(message.buttons[0].action)

    assert words in phone.text
    assert phone.actions == [f"brief:1:{WOMEN}:{wish}" for wish in ("yes", "own", "later", "no", "say")] + [
        f"briefings:{WOMEN}"
    ]


async def test_a_yes_makes_a_message_that_goes_out_when_the_ambassador_says_so(town: Town) -> None:
    number = await prepare(town)
    phone = Phone(town)

    await phone.press(f"briefings:{WOMEN}")
    await phone.choose(f"brief:{number}:{WOMEN}")
    await phone.choose(":yes")
    before = (await copy_of(town, number)).state
    await phone.choose(":0:when")
    await phone.choose(":time:now")
    await phone.choose(":send:now")

    assert before == BroadcastState.APPROVED
    assert (await copy_of(town, number)).state == BroadcastState.SCHEDULED
    assert await decisions(town) == {WOMEN: Decision.ACCEPTED, POLES: Decision.ASKED}


async def test_an_adapted_one_has_the_ambassadors_words_and_comment(town: Town) -> None:
    number = await prepare(town)
    phone = Phone(town)

    await phone.press(f"brief:{number}:{WOMEN}:own")
    await phone.choose(":write:nb")
    await phone.write("Kafé for oss\nVi går sammen fra skolen.")
    await phone.press("draft:0:comment")
    await phone.write("Ta med barna!")

    copy = await copy_of(town, number)
    async with town.database.reading() as session:
        titles = {code: text.title for code, text in (await list_texts(session, copy.id)).items()}
    assert titles == {"nb": "Kafé for oss", "ar": "مقهى يوم السبت"}
    assert (copy.state, copy.comment) == (BroadcastState.DRAFT, {"nb": "Ta med barna!"})
    assert (await decisions(town))[WOMEN] == Decision.ADAPTED


async def test_a_no_counts_at_once_and_a_reason_may_follow(town: Town) -> None:
    number = await prepare(town)
    phone = Phone(town)

    await phone.press(f"brief:{number}:{WOMEN}:no")
    at_once = (await decisions(town))[WOMEN]
    await phone.write("Vi har egen kafé da.")

    async with town.database.reading() as session:
        briefing = (await session.scalars(select(Briefing).where(Briefing.organisation_id == WOMEN))).one()
    assert (at_once, briefing.decision, briefing.reason) == (
        Decision.DECLINED,
        Decision.DECLINED,
        "Vi har egen kafé da.",
    )


async def test_not_now_stays_in_the_list(town: Town) -> None:
    number = await prepare(town)
    phone = Phone(town)

    await phone.press(f"brief:{number}:{WOMEN}:later")
    await phone.press(f"briefings:{WOMEN}")

    assert (await decisions(town))[WOMEN] == Decision.PAUSED
    assert f"brief:{number}:{WOMEN}" in phone.actions


async def test_a_question_goes_to_staff_and_their_answer_comes_back(town: Town) -> None:
    number = await prepare(town)
    phone = Phone(town)
    await phone.press(f"brief:{number}:{WOMEN}:say")
    await phone.write("Hvilke språk har tolken?")
    async with town.database.changing() as session:
        await comment(session, number, WOMEN, "Ja, på tigrinja.", by=By(staff_id=1), at=MONDAY_9AM)

    await phone.press(f"brief:{number}:{WOMEN}")

    assert "Hvilke språk har tolken?" in phone.text
    assert "Ja, på tigrinja." in phone.text
    assert "Ja, på tigrinja." in (await read_directly(town, "nb"))[-1].as_text()


async def test_another_organisation_sees_neither_the_proposal_of_others_nor_what_they_say(town: Town) -> None:
    number = await prepare(town)
    await Phone(town).press(f"brief:{number}:{WOMEN}:say")
    phone = Phone(town, "2002")

    await phone.press(f"brief:{number}:{WOMEN}")
    others = phone.text
    await phone.press(f"brief:{number}:{WOMEN}:no")
    await phone.press(f"brief:{number + 50}:{POLES}")

    assert phone.text == others
    assert (await decisions(town))[WOMEN] == Decision.ASKED


async def test_what_is_withdrawn_or_over_cannot_be_passed_on(town: Town) -> None:
    number = await prepare(town, kind=Kind.EVENT, begins_at="2026-11-23T12:00", place="Biblioteket")
    late = Phone(town, at=MONDAY_9AM.replace(hour=14))
    await late.press(f"brief:{number}:{WOMEN}:yes")
    too_late = await decisions(town)
    async with town.database.changing() as session:
        await withdraw(session, number, why="Avlyst.", by=1, at=MONDAY_9AM)

    await Phone(town).press(f"brief:{number}:{WOMEN}:yes")

    assert too_late == await decisions(town) == {WOMEN: Decision.ASKED, POLES: Decision.ASKED}


async def test_an_identity_number_in_a_question_is_refused(town: Town) -> None:
    number = await prepare(town)
    phone = Phone(town)
    await phone.press(f"brief:{number}:{WOMEN}:say")

    await phone.write("Gjelder det 01019012345?")

    async with town.database.reading() as session:
        assert (await session.scalars(select(BriefingComment))).all() == []

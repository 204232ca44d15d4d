"""Staff ask organisations about a message, and each decides for itself; a vetted answer is shared."""

from sqlalchemy import select

from broadcasts.announcements.records import Broadcast, BroadcastState, Kind
from broadcasts.briefing.proposing import propose
from broadcasts.briefing.records import Briefing, Decision
from editor.access.roles import Role
from tests.broadcasts.making import POLES, WOMEN, make_broadcast
from tests.conftest import MONDAY_9AM, Town
from tests.editor.desk import Client, fields_of, signed_in, translator
from tests.editor.messages import adam_at_the_desk, saba_at_the_desk, stored

ANSWER = "services-kindergarten"


async def a_proposal(town: Town, *organisations: str, **more: object) -> str:
    """What staff propose to these organisations; its address."""
    async with town.database.changing() as session:
        made = await make_broadcast(session, organisation_id=None, **more)
        if organisations:
            await propose(session, made.id, organisations, by=99, at=MONDAY_9AM)
    return f"/messages/{made.id}"


def as_asked(path: str, organisation_id: str = WOMEN) -> str:
    """The same proposal as the organisation sees it."""
    return f"/organisations/{organisation_id}/proposals/{path.split('/')[-1]}"


async def decision(town: Town) -> Decision:
    async with town.database.reading() as session:
        return Decision(await session.scalar(select(Briefing.decision)))


async def begun(bert: Client, kind: str = "news") -> str:
    answer = await bert.post("/messages/new", kind=kind, language="nb")
    path = answer.headers["location"].removeprefix("/desk")
    form = fields_of(await bert.get(path))
    written = {**form, "nb.title": "Vaksine", "nb.body": "Gratis for alle.", "fallback": "next_language"}
    await bert.post(path, written)
    return path.removesuffix("/write")


async def test_staff_write_a_proposal_and_ask_chosen_organisations(town: Town) -> None:
    saba, adam = await saba_at_the_desk(town), await adam_at_the_desk(town)
    bert = await signed_in(town, Role.AUTHOR, name="Bert")
    path = await begun(bert)
    choosing = (await bert.get(f"{path}/propose")).text

    answer = await bert.post(f"{path}/propose", {f"organisation.{WOMEN}": "1"})

    assert "no text in: ትግርኛ, العربية" in choosing
    assert "Nobody of these organisations speaks:" in choosing
    assert answer.headers["location"] == f"/desk{path}/briefing?done=proposed"
    assert "Vaksine" in (await saba.get("/proposals")).text
    assert "Vaksine" not in (await adam.get("/proposals")).text


async def test_without_an_organisation_nobody_is_asked(town: Town) -> None:
    await saba_at_the_desk(town)
    bert = await signed_in(town, Role.AUTHOR, name="Bert")
    path = await begun(bert)

    answer = await bert.post(f"{path}/propose")

    assert answer.status_code == 409
    assert "choose at least one organisation" in answer.text


async def test_an_ambassador_reads_the_proposal_as_members_would(town: Town) -> None:
    saba = await saba_at_the_desk(town)
    path = await a_proposal(town, WOMEN)

    page = (await saba.get(as_asked(path))).text

    assert "Melding fra Eritrean Women" in page
    assert "مقهى يوم السبت" in page
    assert '<div class="phone" lang="ar" dir="rtl">' in page


async def test_a_question_is_answered_and_other_organisations_see_neither(town: Town) -> None:
    saba, adam = await saba_at_the_desk(town), await adam_at_the_desk(town)
    bert = await signed_in(town, Role.AUTHOR, name="Bert")
    path = await a_proposal(town, WOMEN, POLES)

    await saba.post(as_asked(path), step="comment", text="Gjelder det barn?")
    following = (await bert.get(f"{path}/briefing")).text
    await bert.post(f"{path}/briefing", organisation=WOMEN, text="Ja, fra fem år.")

    assert "Gjelder det barn?" in following
    assert "waits for an answer" in following
    hers, his = (await saba.get(as_asked(path))).text, (await adam.get(as_asked(path, POLES))).text
    assert "Ja, fra fem år." in hers
    assert "Gjelder det barn?" not in his
    assert "Ja, fra fem år." not in his


async def test_passing_it_on_as_it_is_leads_to_the_time(town: Town) -> None:
    saba = await saba_at_the_desk(town)
    path = await a_proposal(town, WOMEN)

    answer = await saba.post(as_asked(path), step="accept")

    copy = answer.headers["location"].split("/when")[0].removeprefix("/desk")
    assert answer.headers["location"].endswith("/when?done=proposal_accepted")
    assert (await stored(town, copy)).state == BroadcastState.APPROVED
    assert (await saba.get(f"{copy}/when")).status_code == 200
    assert f'href="/desk{copy}/write"' not in (await saba.get(copy)).text


async def test_own_words_begin_as_a_draft_with_a_comment(town: Town) -> None:
    saba = await saba_at_the_desk(town)
    path = await a_proposal(town, WOMEN)
    answer = await saba.post(as_asked(path), step="adapt")
    writing = answer.headers["location"].split("?")[0].removeprefix("/desk")
    form = fields_of(await saba.get(writing))

    await saba.post(writing, {**form, "comment.nb": "Vi følger deg dit.", "fallback": "next_language"})

    page = (await saba.get(writing.removesuffix("/write"))).text
    assert "Eritrean Women sier i tillegg:" in page
    assert "Vi følger deg dit." in page


async def test_a_no_needs_no_reason_and_not_now_can_become_a_yes(town: Town) -> None:
    saba = await saba_at_the_desk(town)
    path = await a_proposal(town, WOMEN)
    decided = []

    for step in ("decline", "pause", "accept"):
        await saba.post(as_asked(path), step=step)
        decided.append(await decision(town))

    assert decided == [Decision.DECLINED, Decision.PAUSED, Decision.ACCEPTED]


async def test_a_withdrawn_proposal_says_why_and_offers_nothing(town: Town) -> None:
    saba = await saba_at_the_desk(town)
    bert = await signed_in(town, Role.AUTHOR, name="Bert")
    path = await a_proposal(town, WOMEN)

    await bert.post(f"{path}/withdraw", why="Feil dato")

    page = (await saba.get(as_asked(path))).text
    assert "Feil dato" in page
    assert 'value="accept"' not in page
    assert (await saba.post(as_asked(path), step="accept")).status_code == 409


async def test_an_urgent_proposal_is_read_by_a_second_person_first(town: Town) -> None:
    await saba_at_the_desk(town)
    amina = await signed_in(town, Role.PUBLISHER)
    bert = await signed_in(town, Role.PUBLISHER, name="Bert")
    path = await begun(amina, "urgent")
    await amina.post(f"{path}/step", step="submit")

    early = await amina.post(f"{path}/propose", {f"organisation.{WOMEN}": "1"})
    own = await amina.post(f"{path}/approve")
    await bert.post(f"{path}/approve")
    asked = await amina.post(f"{path}/propose", {f"organisation.{WOMEN}": "1"})

    assert (early.status_code, own.status_code, asked.status_code) == (409, 409, 303)


async def test_an_organisation_that_was_not_asked_finds_no_proposal(town: Town) -> None:
    await saba_at_the_desk(town)
    adam = await adam_at_the_desk(town)
    path = await a_proposal(town, WOMEN)

    assert (await adam.get(as_asked(path, POLES))).status_code == 404
    assert (await adam.get(as_asked(path, WOMEN))).status_code == 404
    assert (await adam.post(as_asked(path, WOMEN), step="accept")).status_code == 404
    assert (await adam.get(path)).status_code == 404
    assert await decision(town) == Decision.ASKED


async def test_a_vetted_answer_is_shared_with_its_source_and_a_comment(town: Town) -> None:
    saba = await saba_at_the_desk(town)
    listed = (await saba.get(f"/messages/share?organisation={WOMEN}")).text
    looked = (await saba.get(f"/messages/share/{ANSWER}?organisation={WOMEN}")).text

    answer = await saba.post(
        f"/messages/share/{ANSWER}", organisation=WOMEN, comment="Spør oss!", comment_language="nb"
    )

    path = answer.headers["location"].split("?")[0].removeprefix("/desk")
    message = await stored(town, path)
    assert f"/desk/messages/share/{ANSWER}?organisation={WOMEN}" in listed
    assert "Message from Eritrean Women" in looked
    assert (message.kind, message.answer_id) == (Kind.ANSWER, ANSWER)
    assert message.answer_hashes
    assert "Spør oss!" in (await saba.get(path)).text


async def test_the_words_of_a_shared_answer_are_not_changed(town: Town) -> None:
    saba = await saba_at_the_desk(town)
    answer = await saba.post(f"/messages/share/{ANSWER}", organisation=WOMEN)
    path = answer.headers["location"].split("?")[0].removeprefix("/desk")
    form = fields_of(await saba.get(f"{path}/write"))

    changed = await saba.post(f"{path}/write", {**form, "nb.title": "Gratis", "nb.body": "Alt er gratis."})

    assert "nb.title" not in form
    assert changed.status_code == 409
    async with town.database.reading() as session:
        assert (await session.get_one(Broadcast, message_id(path))).text_version == 1


def message_id(path: str) -> int:
    return int(path.split("/")[-1])


async def test_only_answers_that_hold_are_shared(town: Town) -> None:
    saba = await saba_at_the_desk(town)

    assert (await saba.get(f"/messages/share/no-such-answer?organisation={WOMEN}")).status_code == 404
    assert (await saba.post("/messages/share/no-such-answer", organisation=WOMEN)).status_code == 404


async def test_the_first_page_says_what_waits(town: Town) -> None:
    saba = await saba_at_the_desk(town)
    bert = await signed_in(town, Role.PUBLISHER, name="Bert")
    path = await a_proposal(town, WOMEN)
    hers = (await saba.get("/")).text
    await saba.post(as_asked(path), step="comment", text="Hvem kan få den?")

    his = (await bert.get("/")).text

    assert '<a href="/desk/proposals"><strong>1</strong> proposals of the municipality</a>' in hers
    assert "<strong>1</strong> questions about proposals</a>" in his
    assert '<a href="/desk/messages/to-read"><strong>0</strong> messages to read</a>' in his


async def test_only_those_who_have_to_do_with_messages_see_the_way_there(town: Town) -> None:
    link = '<a href="/desk/messages">'
    dana = await signed_in(town, translator("ar"), name="Dana")
    bert = await signed_in(town, Role.REVIEWER, name="Bert")

    assert link in (await bert.get("/")).text
    assert link not in (await dana.get("/")).text
    assert (await dana.get("/messages")).status_code == 403


async def test_a_proposal_can_be_changed_while_organisations_read_it(town: Town) -> None:
    saba = await saba_at_the_desk(town)
    bert = await signed_in(town, Role.AUTHOR, name="Bert")
    path = await a_proposal(town, WOMEN)
    await saba.post(as_asked(path), step="accept")
    form = fields_of(await bert.get(f"{path}/write"))

    await bert.post(f"{path}/write", {**form, "nb.title": "Ny dato", "fallback": "next_language"})

    page = (await saba.get(as_asked(path))).text
    assert "The municipality has changed the proposal since you said yes." in page
    assert "Ny dato" in page

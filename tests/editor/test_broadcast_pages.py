"""A message at the desk: written, looked at, tried, read by a second person; and nobody else's is to be seen."""

import re

import pytest
from sqlalchemy import select

from broadcasts.announcements.composing import list_texts
from broadcasts.announcements.records import Broadcast, BroadcastState, Fallback
from broadcasts.delivery.arming import edit_policy
from broadcasts.delivery.records import DirectMessage, Release, ReleaseState
from broadcasts.organisations.records import Organisation, OrganisationState
from editor.access.roles import HeldRole, Role
from editor.app import PAGES
from tests.broadcasts.making import WOMEN, make_organisation
from tests.conftest import MONDAY_9AM, Town
from tests.editor.desk import Client, Clock, fields_of, signed_in
from tests.editor.messages import a_message, adam_at_the_desk, members, saba_at_the_desk, stored


async def nobody_reads_first(town: Town) -> None:
    """The policy: organisations send without staff."""
    async with town.database.changing() as session:
        await edit_policy(session, quiet_from="21:00", quiet_until="08:00", first_read_by_staff=0, by=1, at=MONDAY_9AM)


async def written(saba: Client, path: str, **fields: str) -> str:
    """Fill in the form of a message and save it; where that leads."""
    form = fields_of(await saba.get(f"{path}/write"))
    answer = await saba.post(f"{path}/write", {**form, "fallback": Fallback.NEXT_LANGUAGE, **fields})
    assert answer.status_code == 303, answer.text
    return answer.headers["location"].removeprefix("/desk")


async def released(town: Town, path: str) -> None:
    """One run of the message has gone out."""
    async with town.database.changing() as session:
        run = {
            "due_at": MONDAY_9AM,
            "began_at": MONDAY_9AM,
            "send_until": MONDAY_9AM,
            "state": ReleaseState.SENT,
            "ended_at": MONDAY_9AM,
        }
        session.add(Release(broadcast_id=int(path.rsplit("/", 1)[-1]), organisation_id=WOMEN, **run))


async def test_an_ambassador_writes_a_message_in_two_languages(town: Town) -> None:
    saba = await saba_at_the_desk(town)
    begun = await saba.post("/messages/new", organisation=WOMEN, kind="news", language="nb")
    path = begun.headers["location"].removeprefix("/desk").removesuffix("/write")

    await written(saba, path, **{"nb.title": "Kafé", "nb.body": "Vi møtes.", "ar.title": "مقهى", "ar.body": "نلتقي."})

    page = (await saba.get(path)).text
    assert "Melding fra Eritrean Women" in page
    assert '<div class="phone" lang="ar" dir="rtl">' in page
    assert "رسالة" in page or "مقهى" in page
    async with town.database.reading() as session:
        assert set(await list_texts(session, int(path.split("/")[-1]))) == {"nb", "ar"}


async def test_the_form_offers_the_languages_of_members_and_one_more(town: Town) -> None:
    saba = await saba_at_the_desk(town)
    await members(town, "uk", 5)
    path = await a_message(town, texts={"nb": ("Kafé", "Vi møtes.")})

    before = (await saba.get(f"{path}/write")).text
    after = (await saba.get(f"{path}/write?add=tr")).text

    assert [f'name="{code}.title"' in before for code in ("nb", "ti", "ar", "uk", "tr")] == [True] * 4 + [False]
    assert 'name="tr.title"' in after


async def test_a_text_that_is_emptied_is_gone(town: Town) -> None:
    saba = await saba_at_the_desk(town)
    path = await a_message(town)

    await written(saba, path, **{"ar.title": "", "ar.body": ""})

    async with town.database.reading() as session:
        assert set(await list_texts(session, int(path.split("/")[-1]))) == {"nb"}


async def test_what_cannot_be_kept_comes_back_with_all_words_and_says_why(town: Town) -> None:
    saba = await saba_at_the_desk(town)
    path = await a_message(town)
    form = fields_of(await saba.get(f"{path}/write"))

    answer = await saba.post(f"{path}/write", {**form, "ar.body": "رقمي 01017012345", "nb.body": "x" * 1501})

    assert answer.status_code == 422
    assert "identity number" in answer.text
    assert "1501 characters" in answer.text
    assert "رقمي" in answer.text


async def test_of_two_who_write_at_once_the_second_is_asked_first(town: Town) -> None:
    saba = await saba_at_the_desk(town)
    path = await a_message(town)
    mine = fields_of(await saba.get(f"{path}/write"))
    await written(saba, path, **{"nb.title": "Hennes"})

    answer = await saba.post(f"{path}/write", {**mine, "nb.title": "Mitt"})

    assert answer.status_code == 409
    assert 'value="Mitt"' in answer.text
    again = await saba.post(f"{path}/write", {**fields_of(answer), "fallback": "next_language"})
    assert again.status_code == 303


async def test_an_event_has_time_and_place_and_members_see_them(town: Town) -> None:
    saba = await saba_at_the_desk(town)
    path = await a_message(town, kind="event")

    await written(saba, path, begins_at="2026-12-12T18:00", place="Biblioteket")

    page = (await saba.get(path)).text
    assert "Biblioteket" in page
    assert (await stored(town, path)).begins_at == "2026-12-12T18:00"


async def test_who_gets_what_is_counted_without_small_numbers(town: Town) -> None:
    saba = await saba_at_the_desk(town)
    await members(town, "ar", 7)
    await members(town, "ti", 2)
    await members(town, "so", 1)
    path = await a_message(town)

    page = (await saba.get(path)).text

    assert "Members in all: about 10." in page
    assert "about 5" in page
    assert "fewer than 5" in page
    assert "Soomaali" not in page  # one person alone


async def test_a_message_that_staff_must_read_goes_through_a_second_person(town: Town) -> None:
    saba = await saba_at_the_desk(town)
    bert = await signed_in(town, Role.REVIEWER, name="Bert")
    path = await a_message(town)

    submitted = await saba.post(f"{path}/step", step="submit")
    waiting = (await bert.get("/messages/to-read")).text
    approved = await bert.post(f"{path}/approve")

    assert submitted.headers["location"].endswith("done=message_submitted")
    assert "Kafé på lørdag" in waiting
    assert approved.headers["location"].endswith("done=message_approved")
    assert (await stored(town, path)).state == BroadcastState.APPROVED


async def test_a_second_person_says_yes_to_what_stands_on_their_page(town: Town) -> None:
    await saba_at_the_desk(town)
    bert = await signed_in(town, Role.REVIEWER, name="Bert")
    path = await a_message(town, BroadcastState.IN_BRIEFING)
    read = re.search(r'name="version" value="(\d+)"', (await bert.get(path)).text)
    assert read is not None
    async with town.database.changing() as session:
        (await session.get_one(Broadcast, int(path.rpartition("/")[2]))).text_version += 1

    await bert.post(f"{path}/approve", version=read[1])

    assert (await stored(town, path)).state == BroadcastState.IN_BRIEFING


async def test_a_message_sent_back_shows_the_note(town: Town) -> None:
    saba = await saba_at_the_desk(town)
    bert = await signed_in(town, Role.REVIEWER, name="Bert")
    path = await a_message(town, BroadcastState.IN_BRIEFING)

    await bert.post(f"{path}/send-back", note="Hvilken lørdag?")

    assert "Hvilken lørdag?" in (await saba.get(path)).text
    assert (await stored(town, path)).state == BroadcastState.DRAFT


async def test_staff_read_what_organisations_write_but_do_not_change_it(town: Town) -> None:
    await saba_at_the_desk(town)
    bert = await signed_in(town, Role.AUTHOR, Role.REVIEWER, name="Bert")
    path = await a_message(town)

    assert (await bert.get(path)).status_code == 200
    assert (await bert.get(f"{path}/write")).status_code == 404
    assert (await bert.post(f"{path}/step", step="submit")).status_code == 404
    assert (await stored(town, path)).state == BroadcastState.DRAFT


async def test_ready_at_once_leads_to_the_time(town: Town) -> None:
    saba = await saba_at_the_desk(town)
    await nobody_reads_first(town)
    path = await a_message(town)

    answer = await saba.post(f"{path}/step", step="submit")

    assert answer.headers["location"] == f"/desk{path}/when?done=message_ready"


async def test_a_test_goes_to_the_own_chat_only(town: Town) -> None:
    saba = await saba_at_the_desk(town)
    path = await a_message(town)

    await saba.post(f"{path}/test", language="ar")

    async with town.database.reading() as session:
        [one] = await session.scalars(select(DirectMessage))
    assert (one.kind, one.about["language"]) == ("test", "ar")


async def test_without_a_chat_the_page_says_how_to_get_one(town: Town) -> None:
    saba = await saba_at_the_desk(town, person_id=None)
    path = await a_message(town)

    page = (await saba.get(path)).text
    answer = await saba.post(f"{path}/test", language="ar")

    assert "No chat is connected with you yet." in page
    assert answer.status_code == 409


async def test_a_sent_message_becomes_a_new_draft(town: Town) -> None:
    saba = await saba_at_the_desk(town)
    path = await a_message(town, BroadcastState.SENT)

    answer = await saba.post(f"{path}/step", step="copy")

    new = answer.headers["location"].split("?")[0].removeprefix("/desk")
    assert new != path
    assert (await stored(town, new)).state == BroadcastState.DRAFT


async def test_what_comes_again_and_has_gone_out_keeps_its_words_and_a_new_one_is_made(town: Town) -> None:
    saba = await saba_at_the_desk(town)
    path = await a_message(
        town, BroadcastState.SCHEDULED, repeat="daily", first_at="2026-11-22T18:00", next_run_at=MONDAY_9AM
    )
    before = (await saba.get(path)).text
    await released(town, path)

    page, writing = (await saba.get(path)).text, await saba.get(f"{path}/write")
    answer = await saba.post(f"{path}/step", step="copy")

    assert f"{path}/write" in before
    assert f"{path}/write" not in page
    assert "Write a new one from it" in page
    assert writing.headers["location"].endswith(path)
    assert (await stored(town, answer.headers["location"].split("?")[0])).state == BroadcastState.DRAFT


async def test_a_page_says_why_nothing_goes_out_just_now(town: Town) -> None:
    clock = Clock(at=MONDAY_9AM.replace(hour=21))  # ten in the evening
    saba = await saba_at_the_desk(town, clock=clock)
    path = await a_message(town, BroadcastState.SENDING)

    quiet = (await saba.get(path)).text
    async with town.database.changing() as session:
        (await session.get_one(Organisation, WOMEN)).state = OrganisationState.DORMANT
    resting = (await saba.get(path)).text
    beginning = await saba.get(f"/messages/new?organisation={WOMEN}")

    assert "Who uses the web chat gets it at their next visit" in quiet
    assert "It waits until 08:00." in quiet
    assert "The organisation rests: nothing goes out until it takes part again." in resting
    assert beginning.status_code == 409


async def test_who_has_not_agreed_yet_sees_the_agreement_first(town: Town) -> None:
    saba = await saba_at_the_desk(town, agreed_at=None, agreement_version=None)
    path = await a_message(town)

    for page in (path, f"{path}/write", f"/messages/new?organisation={WOMEN}"):
        answer = await saba.get(page)
        assert answer.headers["location"] == f"/desk/organisations/{WOMEN}/own"


OF_ONE_MESSAGE = [
    page for page in PAGES if page.path.startswith(("/messages/{", "/organisations/{organisation_id}/pro"))
]


@pytest.mark.parametrize("page", OF_ONE_MESSAGE, ids=lambda page: f"{page.method} {page.path}")
async def test_an_ambassador_finds_nothing_of_another_organisation(town: Town, page) -> None:  # type: ignore[no-untyped-def]
    await saba_at_the_desk(town)
    adam = await adam_at_the_desk(town)
    path = await a_message(town, BroadcastState.APPROVED)
    number = path.split("/")[-1]
    address = page.path.replace("{broadcast_id:int}", number).replace("{organisation_id}", WOMEN)
    fields = {"step": "submit", "language": "nb", "note": "x", "organisation": WOMEN, "text": "x", "version": "1"}

    answer = await (adam.get(address) if page.method == "GET" else adam.post(address, fields))

    assert answer.status_code in (403, 404)
    assert "Kafé" not in answer.text
    assert "Eritrean" not in answer.text
    assert (await stored(town, path)).state == BroadcastState.APPROVED


@pytest.mark.parametrize("address", ["/messages/new", "/messages/share", "/messages/share/services-kindergarten"])
async def test_an_ambassador_begins_nothing_for_another_organisation(town: Town, address: str) -> None:
    await saba_at_the_desk(town)
    adam = await adam_at_the_desk(town)

    looked = await adam.get(f"{address}?organisation={WOMEN}")
    sent = await adam.post(address, organisation=WOMEN, kind="news", language="nb")

    assert looked.status_code == 404
    assert sent.status_code in (403, 404, 405)
    assert "Eritrean" not in looked.text + sent.text


async def test_the_list_holds_the_own_messages_and_for_staff_all(town: Town) -> None:
    saba, adam = await saba_at_the_desk(town), await adam_at_the_desk(town)
    bert = await signed_in(town, Role.REVIEWER, name="Bert")
    await a_message(town)

    assert "Kafé på lørdag" in (await saba.get("/messages")).text
    assert "Kafé på lørdag" in (await bert.get(f"/messages?organisation={WOMEN}&state=draft")).text
    assert "Kafé på lørdag" not in (await bert.get("/messages?state=sent")).text
    other = (await adam.get(f"/messages?organisation={WOMEN}")).text
    assert "Kafé på lørdag" not in other
    assert "Eritrean" not in other


async def test_an_ambassador_without_the_organisation_in_their_role_sees_nothing(town: Town) -> None:
    """The role was taken away, and the row of the ambassador is still there."""
    saba = await saba_at_the_desk(town)
    path = await a_message(town)
    async with town.database.changing() as session:
        await make_organisation(session, "choir")
    other = await signed_in(town, HeldRole(Role.AMBASSADOR, "choir"), name="Saba2")
    assert saba.id != other.id

    assert (await other.get(path)).status_code == 404

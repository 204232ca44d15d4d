"""The way up at the desk: ambassadors and staff read by the day, answer, and say what was changed."""

from datetime import datetime

import pytest
from sqlalchemy import select

from broadcasts.delivery.records import DirectMessage
from broadcasts.voices.records import Change, Voice, VoiceKind, VoiceTo
from broadcasts.voices.speaking import Spoken, speak
from editor.access.roles import HeldRole, Role
from tests.broadcasts.making import POLES, WOMEN, make_ambassador, make_member, make_organisation
from tests.broadcasts.test_voices import make_release
from tests.conftest import MONDAY_9AM, Town
from tests.editor.desk import Client, fields_of, signed_in

OURS, THEIRS = HeldRole(Role.AMBASSADOR, WOMEN), HeldRole(Role.AMBASSADOR, POLES)


async def say(
    town: Town,
    text: str = "متى الدرس؟",
    *,
    to: VoiceTo = VoiceTo.ORGANISATION,
    kind: VoiceKind = VoiceKind.REPLY,
    at: datetime = MONDAY_9AM,
) -> int:
    """Dalia says something; its number."""
    async with town.database.changing() as session:
        dalia = await make_member(session) if await session.scalar(select(Voice.id)) is None else None
        person_id = dalia.id if dalia else (await session.scalar(select(Voice.person_id))) or 0
        release = await make_release(session)
        await speak(session, person_id, release.id, Spoken(to, kind, text, "ar"), at=at)
        return await session.scalar(select(Voice.id).where(Voice.text == text)) or 0


async def ambassador(town: Town, name: str = "Saba", role: HeldRole = OURS) -> Client:
    """Somebody who speaks for an organisation, has agreed, and is signed in."""
    client = await signed_in(town, role, name=name)
    async with town.database.changing() as session:
        await make_organisation(session, role.scope)
        await make_ambassador(session, str(2000 + client.id), organisation_id=role.scope, staff_id=client.id, name=name)
    return client


async def test_an_ambassador_reads_and_answers_what_was_said_to_the_organisation(town: Town) -> None:
    saba = await ambassador(town)
    number = await say(town)
    page = await saba.get(f"/organisations/{WOMEN}/voices")

    answered = await saba.post(
        f"/organisations/{WOMEN}/voices/{number}", {**fields_of(page), "answer": "På tirsdag.", "language": "nb"}
    )

    assert "متى الدرس؟" in page.text
    assert 'dir="auto"' in page.text
    assert "8:00" not in page.text
    assert "9:00" not in page.text
    assert answered.headers["location"] == f"/desk/organisations/{WOMEN}/voices?done=voice_answered"
    assert "Everything is answered." in (await saba.get(f"/organisations/{WOMEN}/voices")).text
    async with town.database.reading() as session:
        message = (await session.scalars(select(DirectMessage))).one()
        assert (message.about["answer"], message.about["answer_in"]) == ("På tirsdag.", "nb")


async def test_an_ambassador_does_not_reach_another_organisation(town: Town) -> None:
    await ambassador(town)
    number = await say(town)
    ola = await ambassador(town, "Ola", THEIRS)

    pages = [
        await ola.get(f"/organisations/{WOMEN}/voices"),
        await ola.post(f"/organisations/{WOMEN}/voices/{number}", answer="Nei"),
        await ola.post(f"/organisations/{POLES}/voices/{number}", answer="Nei"),
        await ola.get(f"/organisations/{WOMEN}/changes"),
        await ola.get(f"/organisations/{WOMEN}/crisis"),
        await ola.post(f"/organisations/{WOMEN}/crisis", agrees="yes"),
        await ola.get("/organisations/nobody/voices"),
    ]

    assert [page.status_code for page in pages] == [404] * len(pages)
    assert all(page.text == pages[-1].text for page in pages)


async def test_staff_read_what_was_said_to_the_municipality_and_only_count_the_rest(town: Town) -> None:
    await ambassador(town)
    await say(town, "إلى المنظمة", kind=VoiceKind.DOES_NOT_FIT)
    number = await say(town, "إلى البلدية", to=VoiceTo.MUNICIPALITY)
    amina = await signed_in(town, Role.AUTHOR)
    page = await amina.get("/voices")

    await amina.post(f"/voices/{number}", answer="Vi ser på det.", language="nb")

    assert "إلى البلدية" in page.text
    assert "إلى المنظمة" not in page.text
    assert "fewer than 5" in page.text
    after = (await amina.get("/voices")).text
    assert "Everything is answered." in after
    assert "Vi ser på det." in after


async def test_an_answer_without_words_is_not_sent(town: Town) -> None:
    await ambassador(town)
    number = await say(town, to=VoiceTo.MUNICIPALITY)
    amina = await signed_in(town, Role.AUTHOR)

    page = await amina.post(f"/voices/{number}", answer=" ")

    assert page.status_code == 409
    assert "Please write an answer" in page.text


async def test_staff_say_what_was_changed_and_everybody_can_read_it(town: Town) -> None:
    saba, amina = await ambassador(town), await signed_in(town, Role.AUTHOR)
    path = f"/organisations/{WOMEN}/changes"
    form = fields_of(await amina.get(path))

    refused = await amina.post(path, {**form, "said.nb": "Kurset er tidlig."})
    done = await amina.post(
        path,
        {**form, "said.nb": "Kurset er tidlig.", "changed.nb": "Nå klokka 18.", "said.ar": "مبكر", "changed.ar": "18"},
    )

    assert refused.status_code == 422
    assert "This part is missing." in refused.text
    assert fields_of(refused)["said.nb"] == "Kurset er tidlig."
    assert done.headers["location"].endswith("?done=change_published")
    assert "Nå klokka 18." in (await saba.get(path)).text
    assert "Write a new line" not in (await saba.get(path)).text


@pytest.mark.parametrize("engine", ["sqlite"], indirect=True)
async def test_a_wrong_line_is_taken_away_by_staff_and_not_by_ambassadors(town: Town) -> None:
    saba, amina = await ambassador(town), await signed_in(town, Role.AUTHOR)
    path = f"/organisations/{WOMEN}/changes"
    await amina.post(path, {**fields_of(await amina.get(path)), "said.nb": "a", "changed.nb": "b"})
    async with town.database.reading() as session:
        number = await session.scalar(select(Change.id))

    refused = await saba.post(f"{path}/{number}/remove")
    await amina.post(f"{path}/{number}/remove")

    assert refused.status_code == 403
    assert "Nothing stands here yet." in (await saba.get(path)).text


async def test_the_questions_without_an_answer_in_their_languages_are_one_step_away(town: Town) -> None:
    await ambassador(town)
    amina = await signed_in(town, Role.AUTHOR)

    page = await amina.get(f"/organisations/{WOMEN}/changes")

    assert '/desk/gaps?language=ti"' in page.text
    assert '/desk/gaps?language=ar"' in page.text

"""What somebody at the desk must not learn: about members from a report, about an organisation after their time."""

from broadcasts.announcements.records import BroadcastState, Kind
from broadcasts.delivery.records import DeliveryState
from broadcasts.voices.records import Voice, VoiceKind, VoiceState, VoiceTo
from tests.broadcasts.making import WOMEN
from tests.conftest import MONDAY_9AM, Town
from tests.editor.desk import Client
from tests.editor.messages import a_message, make_release, saba_at_the_desk

ASKED = {"kind": Kind.REQUEST, "replies": ["yes", "no"]}


async def a_report(town: Town, saba: Client, *ended: DeliveryState, answers: int = 0) -> str:
    """The report of a question to members whose deliveries ended so, as Saba reads it."""
    path = await a_message(town, BroadcastState.SENT, **ASKED)
    async with town.database.changing() as session:
        each = ((state, "", "ar") for state in ended)
        number = await make_release(session, int(path.rsplit("/", 1)[-1]), *each, answers=answers)
    page = (await saba.get(f"{path}/report")).text
    return page.partition("<main")[2].partition("</main>")[0].replace(f"run-{number}", "run").replace(path, "")


async def a_voice(town: Town) -> None:
    async with town.database.changing() as session:
        said = Voice(organisation_id=WOMEN, to=VoiceTo.ORGANISATION, kind=VoiceKind.REPLY, state=VoiceState.OPEN)
        said.language, said.text, said.at = "ar", "شكرا", MONDAY_9AM
        session.add(said)


async def test_a_report_reads_the_same_for_no_recipient_and_for_a_few(town: Town) -> None:
    saba = await saba_at_the_desk(town)

    nobody = await a_report(town, saba)
    few = await a_report(town, saba, DeliveryState.SENT, DeliveryState.SKIPPED, answers=1)

    assert nobody == few
    assert "fewer than 5" in few


async def test_who_stepped_down_is_not_told_how_much_members_say(town: Town) -> None:
    saba = await saba_at_the_desk(town)
    await a_voice(town)
    before = (await saba.get("/")).text

    await saba.post(f"/organisations/{WOMEN}/own", step="step_down")

    assert "members’ words to your organisation" in before
    assert "members’ words to your organisation" not in (await saba.get("/")).text
    assert (await saba.get(f"/organisations/{WOMEN}/changes")).status_code != 200


async def test_who_has_not_agreed_is_not_told_how_much_members_say(town: Town) -> None:
    saba = await saba_at_the_desk(town, agreed_at=None)
    await a_voice(town)

    assert "members’ words to your organisation" not in (await saba.get("/")).text

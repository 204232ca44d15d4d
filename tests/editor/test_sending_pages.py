"""When a message goes out, what became of it, and whether this installation sends at all."""

from datetime import timedelta

import pytest

from broadcasts.announcements.records import BroadcastState
from broadcasts.delivery.arming import get_policy
from broadcasts.delivery.records import Delivery, DeliveryState
from editor.access.roles import Role
from tests.broadcasts.making import arm
from tests.conftest import MONDAY_9AM, Town
from tests.editor.desk import Client, fields_of, signed_in
from tests.editor.messages import a_message, make_release, members, saba_at_the_desk, stored


async def looked(saba: Client, path: str, **fields: str) -> dict[str, str]:
    """The form with the runs of this time on it."""
    form = fields_of(await saba.get(f"{path}/when"))
    page = await saba.post(f"{path}/when", {**form, **fields}, step="look")
    assert page.status_code == 200, page.text
    return {**fields_of(page), "page": page.text}


async def a_release(town: Town, path: str, *ended: tuple[DeliveryState, str, str], answers: int = 0) -> int:
    """A run of the message at this address."""
    async with town.database.changing() as session:
        return await make_release(session, int(path.split("/")[-1]), *ended, answers=answers)


async def test_the_next_five_times_are_shown_before_anything_is_kept(town: Town) -> None:
    saba = await saba_at_the_desk(town)
    path = await a_message(town, BroadcastState.APPROVED)

    form = await looked(saba, path, day="2026-12-01", clock="18:00", repeat="weekly", **{"weekdays.1": "1"})

    assert "Tuesday, December 1, 2026, 18:00 (UTC+01:00)" in form["page"]
    assert form["page"].count("<li>") >= 5
    assert (await stored(town, path)).state == BroadcastState.APPROVED

    kept = await saba.post(f"{path}/when", {**form, "step": "save"})

    assert kept.headers["location"] == f"/desk{path}?done=message_scheduled"
    message = await stored(town, path)
    assert (message.state, message.first_at, message.weekdays) == (BroadcastState.SCHEDULED, "2026-12-01T18:00", [1])


async def test_summer_time_shows_in_the_offset(town: Town) -> None:
    saba = await saba_at_the_desk(town)
    path = await a_message(town, BroadcastState.APPROVED)

    form = await looked(saba, path, day="2027-03-27", clock="18:00", repeat="daily")

    assert "March 27, 2027, 18:00 (UTC+01:00)" in form["page"]
    assert "March 28, 2027, 18:00 (UTC+02:00)" in form["page"]


async def test_a_time_changed_after_it_was_shown_is_shown_again_first(town: Town) -> None:
    saba = await saba_at_the_desk(town)
    path = await a_message(town, BroadcastState.APPROVED)
    form = await looked(saba, path, day="2026-12-01", clock="18:00")

    answer = await saba.post(f"{path}/when", {**form, "clock": "19:00", "step": "save"})

    assert answer.status_code == 200
    assert "You have changed the time since." in answer.text
    assert (await stored(town, path)).state == BroadcastState.APPROVED


@pytest.mark.parametrize(
    ("fields", "words"),
    [
        ({"day": "2026-11-01"}, "This time is over already."),
        ({"day": ""}, "Please choose a day."),
        ({"clock": "25:99"}, "Please write a time of day"),
        ({"clock": "23:00", "useful": "60"}, "let it be useful for longer"),
        ({"repeat": "daily", "until": "2026-11-20"}, "The last day comes before"),
    ],
)
async def test_a_time_that_cannot_be_kept_says_why(town: Town, fields: dict[str, str], words: str) -> None:
    saba = await saba_at_the_desk(town)
    path = await a_message(town, BroadcastState.APPROVED)
    form = fields_of(await saba.get(f"{path}/when"))

    answer = await saba.post(f"{path}/when", {**form, **fields, "step": "look"})

    assert answer.status_code == 422
    assert words in answer.text


async def test_quiet_hours_are_told_before_it_is_kept(town: Town) -> None:
    saba = await saba_at_the_desk(town)
    path = await a_message(town, BroadcastState.APPROVED)

    form = await looked(saba, path, day="2026-12-01", clock="22:00")

    assert "It waits until 08:00." in form["page"]


async def test_pausing_going_on_and_cancelling(town: Town) -> None:
    saba = await saba_at_the_desk(town)
    path = await a_message(town, BroadcastState.APPROVED)
    form = await looked(saba, path, day="2026-12-01", clock="18:00")
    await saba.post(f"{path}/when", {**form, "step": "save"})
    states = []

    for step in ("pause", "resume", "cancel"):
        await saba.post(f"{path}/step", step=step)
        states.append((await stored(town, path)).state)

    assert states == [BroadcastState.PAUSED, BroadcastState.SCHEDULED, BroadcastState.CANCELLED]


async def test_staff_who_approve_can_stop_a_message_but_not_send_it(town: Town) -> None:
    saba = await saba_at_the_desk(town)
    bert = await signed_in(town, Role.REVIEWER, name="Bert")
    path = await a_message(town, BroadcastState.APPROVED)
    form = await looked(saba, path, day="2026-12-01", clock="18:00")
    await saba.post(f"{path}/when", {**form, "step": "save"})

    assert (await bert.get(f"{path}/when")).status_code == 403
    await bert.post(f"{path}/step", step="pause")

    assert (await stored(town, path)).state == BroadcastState.PAUSED


async def test_while_sending_is_off_the_message_says_so(town: Town) -> None:
    saba = await saba_at_the_desk(town)
    path = await a_message(town, BroadcastState.SCHEDULED, approved_version=1)
    off = "Sending is off in this installation."

    assert off in (await saba.get(path)).text
    async with town.database.changing() as session:
        await arm(session)
    assert off not in (await saba.get(path)).text


async def test_a_report_hides_small_numbers_from_ambassadors_and_not_from_staff(town: Town) -> None:
    saba = await saba_at_the_desk(town)
    bert = await signed_in(town, Role.REVIEWER, name="Bert")
    path = await a_message(town, BroadcastState.SENT)
    sent = [(DeliveryState.SENT, "", "ar")] * 7
    await a_release(town, path, *sent, (DeliveryState.FAILED, "blocked", "ti"), answers=6)

    hers, his = (await saba.get(f"{path}/report")).text, (await bert.get(f"{path}/report")).text

    assert "about 5" in hers
    assert "fewer than 5" in hers
    assert "has blocked the bot" not in hers
    assert "ትግርኛ" not in hers
    assert "<td>7</td>" in his
    assert "has blocked the bot" in his
    assert "<dd>6</dd>" in his


async def test_staff_send_again_to_those_of_whom_nobody_knows(town: Town) -> None:
    saba = await saba_at_the_desk(town)
    bert = await signed_in(town, Role.REVIEWER, name="Bert")
    path = await a_message(town, BroadcastState.SENT)
    release = await a_release(town, path, (DeliveryState.UNKNOWN, "time_out", "ar"))

    refused = await saba.post(f"{path}/report/again", release=str(release))
    other = await bert.post(f"{path}/report/again", release=str(release + 1))
    answer = await bert.post(f"{path}/report/again", release=str(release))

    assert (refused.status_code, other.status_code) == (403, 404)
    assert answer.headers["location"].endswith("done=unknown_resent")
    async with town.database.reading() as session:
        assert (await session.get_one(Delivery, 1)).state == DeliveryState.QUEUED


async def test_an_administrator_turns_sending_on_and_off(town: Town) -> None:
    admin = await signed_in(town, Role.ADMINISTRATOR)
    before = (await admin.get("/sending")).text

    await admin.post("/sending/on")
    on = (await admin.get("/sending")).text
    await admin.post("/sending/off", why="Øvelse")

    assert "Nobody gets any message" in before
    assert "Sending is on." in on
    assert "Turned on by Amina" in on
    assert [one.event for one in await admin.events()][-2:] == ["sending_armed", "sending_disarmed"]


async def test_others_read_the_rules_of_sending_and_change_nothing(town: Town) -> None:
    bert = await signed_in(town, Role.REVIEWER, name="Bert")

    page = (await bert.get("/sending")).text

    assert "From 21:00 to 08:00 nothing goes out." in page
    assert 'action="/desk/sending/on"' not in page
    assert (await bert.post("/sending/on")).status_code == 403


async def test_quiet_hours_and_first_messages_can_be_changed(town: Town) -> None:
    admin = await signed_in(town, Role.ADMINISTRATOR)

    await admin.post("/sending", quiet_from="22:00", quiet_until="07:00", first_read_by_staff="1")
    wrong = await admin.post("/sending", quiet_from="late", quiet_until="07:00", first_read_by_staff="many")

    async with town.database.reading() as session:
        policy = await get_policy(session)
    assert (policy.quiet_from, policy.quiet_until, policy.first_read_by_staff) == ("22:00", "07:00", 1)
    assert wrong.status_code == 409


async def test_what_quiet_hours_swallow_is_shown_on_its_page_in_the_list_and_where_they_are_set(town: Town) -> None:
    saba, admin = await saba_at_the_desk(town), await signed_in(town, Role.ADMINISTRATOR)
    plan = {"first_at": "2026-12-01T09:00", "next_run_at": MONDAY_9AM + timedelta(days=8), "useful_minutes": 60}
    path = await a_message(town, BroadcastState.SCHEDULED, **plan)
    before = (await saba.get(path)).text + (await saba.get("/messages")).text + (await admin.get("/sending")).text

    await admin.post("/sending", quiet_from="21:00", quiet_until="12:00", first_read_by_staff="1")

    assert "nobody would get it" not in before
    assert "nobody would get it. Choose another time" in (await saba.get(path)).text
    assert "nobody would get it: it is quiet then" in (await saba.get("/messages")).text
    assert "Their ambassadors are told." in (await admin.get("/sending")).text


async def test_recipients_by_language_stand_beside_the_time(town: Town) -> None:
    saba = await saba_at_the_desk(town)
    await members(town, "ar", 12)
    path = await a_message(town, BroadcastState.APPROVED)

    form = await looked(saba, path, day="2026-12-01", clock="18:00")

    assert "about 10" in form["page"]
    assert "the text in their language" in form["page"]

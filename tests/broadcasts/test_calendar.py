"""A meeting as a calendar file (RFC 5545)."""

from datetime import UTC, datetime, timedelta

from broadcasts.announcements.announcement import Announcement
from broadcasts.announcements.calendar import calendar_file
from broadcasts.announcements.records import Kind
from tests.conftest import MONDAY_9AM

wall = datetime.fromisoformat  # a local time: it has no zone


def meeting(**more: object) -> Announcement:
    """On a Saturday in December, in Oslo."""
    values: dict[str, object] = {
        "broadcast_id": 12, "release_id": 1, "organisation_id": "women", "organisation": "Women", "kind": Kind.EVENT,
        "language": "nb", "wanted": "nb", "title": "Kafé", "body": "Vi møtes.", "is_machine": False, "comment": "",
        "comment_language": "", "place": "Biblioteket", "begins_at": wall("2026-12-12T18:00"),
        "ends_at": wall("2026-12-12T20:00"), "zone": "Europe/Oslo", "deadline_on": None, "replies": (),
        "answer_id": None, "is_drill": False,
    }  # fmt: skip
    return Announcement(**values | more)  # type: ignore[arg-type]


def unfolded(text: str) -> dict[str, str]:
    """Its lines by name, as a calendar reads them."""
    lines = text.replace("\r\n ", "").split("\r\n")
    return dict(line.split(":", 1) for line in lines if line)


def test_times_are_those_of_the_place_in_summer_and_in_winter() -> None:
    winter = unfolded(calendar_file(meeting(), at=MONDAY_9AM))
    summer = meeting(begins_at=wall("2026-07-04T18:00"), ends_at=None)

    assert (winter["DTSTART"], winter["DTEND"]) == ("20261212T170000Z", "20261212T190000Z")
    assert unfolded(calendar_file(summer, at=MONDAY_9AM))["DTSTART"] == "20260704T160000Z"
    assert "DTEND" not in unfolded(calendar_file(summer, at=MONDAY_9AM))


def test_no_line_is_longer_than_75_octets_and_no_letter_is_cut() -> None:
    body = "نلتقي في المكتبة. " * 40 + "🎉" * 50
    text = calendar_file(meeting(language="ar", title="مقهى يوم السبت", body=body), at=MONDAY_9AM)

    assert text.endswith("\r\n")
    assert max(len(line.encode()) for line in text.split("\r\n")) <= 75
    assert unfolded(text)["DESCRIPTION;LANGUAGE=ar"].startswith(body.rstrip(" "))


def test_what_has_a_meaning_in_calendars_is_escaped() -> None:
    wicked = "Kafé; te, kake\\\r\nEND:VEVENT\nBEGIN:VALARM"

    text = calendar_file(meeting(title=wicked, place=wicked), at=MONDAY_9AM)

    assert text.count("END:VEVENT") == text.count("\r\nEND:VEVENT\r\n") + 2
    assert text.count("\r\nEND:VEVENT\r\n") == 1
    assert unfolded(text)["LOCATION"] == "Kafé\\; te\\, kake\\\\\\nEND:VEVENT\\nBEGIN:VALARM"


def test_the_same_meeting_has_the_same_number_whenever_it_is_fetched() -> None:
    first = unfolded(calendar_file(meeting(), at=MONDAY_9AM))
    later = unfolded(calendar_file(meeting(title="Ny tittel"), at=MONDAY_9AM + timedelta(days=1)))

    assert first["UID"] == later["UID"]
    assert later["DTSTAMP"] == (MONDAY_9AM + timedelta(days=1)).astimezone(UTC).strftime("%Y%m%dT%H%M%SZ")

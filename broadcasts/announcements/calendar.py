"""A meeting as a file that every calendar reads: iCalendar, RFC 5545. Pure."""

from datetime import UTC, datetime
from zoneinfo import ZoneInfo

from broadcasts.announcements.announcement import Announcement

MEDIA_TYPE = "text/calendar"
_LONGEST_LINE = 75  # octets, without the line break (RFC 5545, 3.1)
_ESCAPED = str.maketrans({"\\": "\\\\", ";": "\\;", ",": "\\,", "\n": "\\n", "\r": ""})


def calendar_file(announcement: Announcement, *, at: datetime) -> str:
    """One event. Its UID stays the same, so that a calendar that reads it again changes its entry, adding none.

    Times are UTC: a phone shows them in its own zone, and no rules of daylight saving have to be sent along.
    Raises ValueError for an announcement without a time.
    """
    one = announcement
    if one.begins_at is None:
        raise ValueError("only what has a time goes into a calendar")
    zone = ZoneInfo(one.zone)
    body = "\n\n".join(filter(None, (one.body, one.comment, one.organisation)))
    lines = [
        "BEGIN:VCALENDAR",
        "VERSION:2.0",
        "PRODID:-//Brobygger//Brobygger//NO",
        "METHOD:PUBLISH",
        "BEGIN:VEVENT",
        f"UID:broadcast-{one.broadcast_id}@brobygger",
        f"DTSTAMP:{_moment(at)}",
        f"DTSTART:{_moment(one.begins_at.replace(tzinfo=zone))}",
        *([f"DTEND:{_moment(one.ends_at.replace(tzinfo=zone))}"] if one.ends_at else []),
        f"SUMMARY;LANGUAGE={one.language}:{_escaped(one.title)}",
        f"DESCRIPTION;LANGUAGE={one.language}:{_escaped(body)}",
        *([f"LOCATION:{_escaped(one.place)}"] if one.place else []),
        "END:VEVENT",
        "END:VCALENDAR",
    ]
    return "".join(f"{_folded(line)}\r\n" for line in lines)


def _moment(moment: datetime) -> str:
    return moment.astimezone(UTC).strftime("%Y%m%dT%H%M%SZ")


def _escaped(text: str) -> str:
    return text.translate(_ESCAPED)


def _folded(line: str) -> str:
    """A long line in several, each but the first behind a space; no letter is cut in two.

    Wrong: count letters: an Arabic letter is two octets. Correct: count octets.
    """
    folded, length = "", 0
    for letter in line:
        octets = len(letter.encode())
        if length + octets > _LONGEST_LINE:
            folded, length = f"{folded}\r\n ", 1
        folded, length = folded + letter, length + octets
    return folded

"""Days and times as people type them on a phone."""

from datetime import date, datetime, time

import pytest
from babel.dates import format_date, format_time

from bot.dialogues.messages.moments import read_moment
from core import languages
from core.i18n import locale_for

wall = datetime.fromisoformat  # a local time: it has no zone
MONDAY = wall("2026-11-23T09:00")
SATURDAY_AT_SIX = wall("2026-12-12T18:00")


@pytest.mark.parametrize(
    "typed",
    [
        "lørdag 12.12 kl 18", "12.12. 18:00", "2026-12-12 18:00", "2026-12-12T18:00", "12. desember kl. 18.00",
        "lør 12. des 18:00", "12/12 18", "kl 18 den 12.12.26", "12 December 6 pm", "December 12, 18:00",
        "12th of December at 18:00", "12.12 18.00", "LØRDAG 12.12. KLOKKA 18", "  12.12 \n 18:00 ",
        "السبت ١٢/١٢ الساعة ١٨:٠٠", "١٢ ديسمبر الساعة ١٨", "۱۲ دسامبر ساعت ۱۸",
        "\u200f12.12 18:00\u200f", "12 grudnia o 18:00",
        "12 грудня о 18:00", "12 декабря в 18:00", "12 aralık saat 18.00", "12 de diciembre a las 18:00",
        "12 décembre à 18h00", "gruodžio 12 18:00", "12 دسمبر 18:00",
    ],
)  # fmt: skip
def test_one_moment_in_many_ways(typed: str) -> None:
    assert read_moment(typed, now=MONDAY).begins_at == SATURDAY_AT_SIX


@pytest.mark.parametrize(
    ("typed", "begins"),
    [
        ("i morgen kl 18", wall("2026-11-24T18:00")),
        ("i overmorgen 17.30", wall("2026-11-25T17:30")),
        ("i dag 12:00", wall("2026-11-23T12:00")),
        ("tomorrow 6 pm", wall("2026-11-24T18:00")),
        ("غدا الساعة 10", wall("2026-11-24T10:00")),
        ("завтра о 10:00", wall("2026-11-24T10:00")),
        ("fredag 18", wall("2026-11-27T18:00")),
        ("mandag kl 10", wall("2026-11-23T10:00")),  # still to come today
        ("mandag kl 8", wall("2026-11-30T08:00")),  # over: in a week
        ("ቀዳም 18:00", wall("2026-11-28T18:00")),
        ("1.2. kl 9", wall("2027-02-01T09:00")),  # the next such date
        ("29.2 kl 10", wall("2028-02-29T10:00")),
        ("3/1-27 kl 9", wall("2027-01-03T09:00")),
    ],
)
def test_the_next_such_day_is_meant(typed: str, begins: datetime) -> None:
    assert read_moment(typed, now=MONDAY).begins_at == begins


@pytest.mark.parametrize(
    ("typed", "ends"),
    [
        ("12.12 kl 18-20", wall("2026-12-12T20:00")),
        ("12.12 18:00–20:30", wall("2026-12-12T20:30")),
        ("12.12 kl 18 til 20", wall("2026-12-12T20:00")),
        ("lørdag kl 22-01", wall("2026-11-29T01:00")),
        ("12.12 kl 18", None),
    ],
)
def test_an_end_may_be_said(typed: str, ends: datetime | None) -> None:
    assert read_moment(typed, now=MONDAY).ends_at == ends


@pytest.mark.parametrize(
    ("typed", "day", "begins"),
    [
        ("hei på deg", None, None),
        ("", None, None),
        ("tirsdag", date(2026, 11, 24), None),
        ("kl 18", None, time(18)),
        ("31.2 kl 18", None, time(18)),
        ("12.12 kl 25", date(2026, 12, 12), None),
        ("9" * 5000, None, None),
        ("kl " * 3000, None, None),
    ],
)
def test_what_is_not_understood_is_not_guessed(typed: str, day: date | None, begins: time | None) -> None:
    moment = read_moment(typed, now=MONDAY)

    assert (moment.day, moment.begins) == (day, begins)


@pytest.mark.parametrize(("typed", "is_other"), [("lørdag 12.12 kl 18", False), ("søndag 12.12 kl 18", True)])
def test_a_weekday_of_another_date_is_noticed(typed: str, *, is_other: bool) -> None:
    assert read_moment(typed, now=MONDAY).has_other_weekday is is_other


@pytest.mark.parametrize("language", languages.PROMISED)
def test_what_we_write_ourselves_is_understood_in_every_language(language: str) -> None:
    locale = locale_for(language)
    for month in range(1, 13):
        moment = wall(f"2027-{month:02}-17T17:45")
        written = f"{format_date(moment, 'd MMMM y', locale=locale)} {format_time(moment, 'HH:mm', locale=locale)}"
        assert read_moment(written, now=MONDAY).begins_at == moment, written

"""Reads a day and a time as people type them on a phone: "lørdag 12.12 kl 18-20", "12 December 18:00", ISO. Pure.

Names of months and weekdays come from CLDR, in every promised language; digits may be of any script. What was
understood is always said back with its weekday, so a wrong guess is seen.
"""

import re
import unicodedata
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from functools import cache

from babel.core import Locale

from core import languages
from core.i18n import locale_for

LONGEST = 200  # characters that are read
_LETTERS = str.maketrans({"ø": "o", "æ": "ae", "ł": "l", "ı": "i", "đ": "d", "ß": "ss", "ي": "ی", "ى": "ی", "ك": "ک"})
_ISO = re.compile(r"(?<!\d)(\d{4})-(\d{1,2})-(\d{1,2})(?!\d)[t ]*")
_NUMBERS = re.compile(r"(?<![\d.:])(\d{1,2}) ?[./] ?(\d{1,2})(?: ?[./] ?(\d{4}|\d{2}))?(?![\d:])\.?")
_NAMED = re.compile(r"(?<!\d)(\d{1,2})(?:\.|st|nd|rd|th)? ?(?:de |of )?([^\W\d]{2,})\.?(?: (?:de )?(\d{4})(?!\d))?")
_NAMED_FIRST = re.compile(r"([^\W\d]{2,})\.? (\d{1,2})(?:st|nd|rd|th)?(?![\d:.])(?:,? (\d{4})(?!\d))?")
_HOUR = r"(\d{1,2})(?: ?[:.h] ?(\d{2}))?"
_TO = r"(?: ?[-–—] ?| (?:til|to|till|until|do|до|iki|الی|الى|تا|سے|ilaa|a|à) )"
_O_CLOCK = (
    r"(?:\bkl\b\.?|\bklokk(?:a|en)\b|\bat\b|\bgodz\b\.?|\bo\b|\bоб?\b|\bв\b|\bsaat\b|الساعه|الساعة|ساعت|\ba las\b)"
)
_SAID_CLOCK = re.compile(rf"{_O_CLOCK} ?{_HOUR}(?:{_TO}{_HOUR})?(?! ?\d)")
_COLON_CLOCK = re.compile(rf"(?<!\d)(\d{{1,2}})[:h](\d{{2}})(?!\d)(?:{_TO}{_HOUR}(?!\d))?")
_HALF_CLOCK = re.compile(r"(?<!\d)(\d{1,2})(?:[:.](\d{2}))? ?(am|pm)\b")
_BARE_CLOCK = re.compile(rf"(?<![\d./-]){_HOUR}(?:{_TO}{_HOUR})?(?![\d/-])")
# Days from today, as people say them. What CLDR does not have in a form that can be looked for.
_SOON = {
    0: "i dag, idag, i kveld, today, tonight, dzisiaj, dziś, сьогодні, сегодня, šiandien, اليوم, الیوم, maanta, ሎሚ,"
    " ሎሚ ምሸት, امروز, امشب, آج, bugün, hoy, aujourd'hui",
    1: "i morgen, imorgen, i morgon, tomorrow, jutro, завтра, rytoj, غدا, بكرة, berri, beri, ጽባሕ, فردا, کل, yarın,"
    " mañana, demain",
    2: "i overmorgen, overmorgen, i overmorgon, the day after tomorrow, pojutrze, післязавтра, послезавтра, poryt,"
    " بعد غد, پس فردا, پرسوں, öbür gün, pasado mañana, après-demain",
}
_SHORT_WEEKDAYS = ("man mon", "tir tue tys", "ons wed", "tor thu", "fre fri", "lor sat lau", "son sun")


@dataclass(frozen=True, slots=True)
class Moment:
    """What was understood, in local time. ``has_other_weekday``: one was named, and it is not that of the day."""

    day: date | None
    begins: time | None = None
    ends: time | None = None
    has_other_weekday: bool = False

    @property
    def begins_at(self) -> datetime | None:
        """When it begins; None when the day or the time was not understood."""
        return datetime.combine(self.day, self.begins) if self.day and self.begins else None

    @property
    def ends_at(self) -> datetime | None:
        """When it ends: on the same day, or after midnight. None when nothing was said of it."""
        if self.begins_at is None or self.ends is None or self.day is None or self.begins is None:
            return None
        day = self.day if self.ends > self.begins else self.day + timedelta(days=1)
        return datetime.combine(day, self.ends)


def read_moment(text: str, *, now: datetime) -> Moment:
    """What these words say, for somebody whose local time is ``now``. A date without a year is the next such date."""
    rest = _plain(text[:LONGEST])
    begins, ends, rest = _take_clock(rest, (_SAID_CLOCK, _HALF_CLOCK, _COLON_CLOCK))
    day, rest = _take_date(rest, now.date())
    weekday, rest = _take_weekday(rest)
    if day is None:
        day, rest = _take_soon(rest, now.date())
    if begins is None:
        begins, ends, rest = _take_clock(rest, (_BARE_CLOCK,))
    is_other = day is not None and weekday is not None and day.weekday() != weekday
    if day is None and weekday is not None:
        day = _next_weekday(weekday, begins, now)
    return Moment(day, begins, ends, has_other_weekday=is_other)


def _plain(text: str) -> str:
    """In small letters without accents and marks of direction, digits as 0-9, one space between words."""
    found = []
    for letter in unicodedata.normalize("NFKD", text.casefold()):
        kind = unicodedata.category(letter)
        if kind == "Nd":
            found.append(str(unicodedata.digit(letter)))
        elif kind not in ("Mn", "Cf"):
            found.append(letter)
    return " ".join("".join(found).translate(_LETTERS).split())


def _take_clock(text: str, patterns: tuple[re.Pattern[str], ...]) -> tuple[time | None, time | None, str]:
    for pattern in patterns:
        for match in pattern.finditer(text):
            hour, minute, *more = match.groups()
            hour, more = _of_day(hour, more)
            begins = _clock(hour, minute)
            if begins is not None:
                ends = _clock(more[0], more[1]) if len(more) == 2 and more[0] else None
                return begins, ends, f"{text[: match.start()]} | {text[match.end() :]}"
    return None, None, text


def _of_day(hour: str, more: list[str | None]) -> tuple[str, list[str | None]]:
    """Of "6 pm" the hour of the whole day."""
    if more and more[0] in ("am", "pm"):
        late = 12 if more[0] == "pm" else 0
        return (str(int(hour) % 12 + late) if int(hour) <= 12 else "99"), []
    return hour, more


def _clock(hour: str, minute: str | None) -> time | None:
    return time(int(hour), int(minute or 0)) if int(hour) < 24 and int(minute or 0) < 60 else None


def _take_date(text: str, today: date) -> tuple[date | None, str]:
    for pattern in (_ISO, _NUMBERS, _NAMED, _NAMED_FIRST):
        for match in pattern.finditer(text):
            found = _date(pattern, match, today)
            if found is not None:
                return found, f"{text[: match.start()]} | {text[match.end() :]}"
    return None, text


def _date(pattern: re.Pattern[str], match: re.Match[str], today: date) -> date | None:
    first, second, third = match.groups()
    if pattern is _ISO:
        return _day(int(first), int(second), int(third))
    day, name = (second, first) if pattern is _NAMED_FIRST else (first, second)
    month = int(name) if name.isdecimal() else _months().get(name)
    if month is None:
        return None
    if third:
        return _day(int(third) + (2000 if len(third) == 2 else 0), month, int(day))
    # The next such date; the 29th of February may be years away.
    years = (_day(today.year + later, month, int(day)) for later in range(9))
    return next((found for found in years if found is not None and found >= today), None)


def _day(year: int, month: int, day: int) -> date | None:
    try:
        return date(year, month, day)
    except ValueError:
        return None


def _take_weekday(text: str) -> tuple[int | None, str]:
    names = _weekdays()
    for match in re.finditer(r"[^\W\d]+", text):
        if match[0] in names:
            return names[match[0]], f"{text[: match.start()]} | {text[match.end() :]}"
    for name, number in names.items():
        if " " in name and name in text:
            return number, text.replace(name, " | ", 1)
    return None, text


def _take_soon(text: str, today: date) -> tuple[date | None, str]:
    """The longest words first: "i overmorgen" is not "i morgen"."""
    for name, later in _soon():
        if match := re.search(rf"(?<!\w){re.escape(name)}(?!\w)", text):
            return today + timedelta(days=later), f"{text[: match.start()]} | {text[match.end() :]}"
    return None, text


def _next_weekday(weekday: int, begins: time | None, now: datetime) -> date:
    """Today only while the time is still to come."""
    later = (weekday - now.weekday()) % 7
    if later == 0 and (begins is None or begins <= now.time()):
        later = 7
    return now.date() + timedelta(days=later)


@cache
def _months() -> dict[str, int]:
    return {
        name: number
        for locale in (*_locales(), Locale("ar", "SY"))
        for form in ("format", "stand-alone")
        for width in ("wide", "abbreviated")
        for number, said in locale.months[form][width].items()
        if (name := _plain(str(said)).rstrip(".")).isalpha()
        and (len(name) > 2 or (len(name) > 1 and not name.isascii()))
    }


@cache
def _weekdays() -> dict[str, int]:
    names = {
        _plain(str(said)): number
        for locale in _locales()
        for form in ("format", "stand-alone")
        for number, said in locale.days[form]["wide"].items()
    }
    return names | {name: number for number, several in enumerate(_SHORT_WEEKDAYS) for name in several.split()}


@cache
def _soon() -> list[tuple[str, int]]:
    found = [(_plain(name), later) for later, names in _SOON.items() for name in names.split(",")]
    return sorted(found, key=lambda one: -len(one[0]))


def _locales() -> list[Locale]:
    return [locale_for(code) for code in languages.PROMISED]

"""Facts: typed values that stand once and are shown in every language, as {fact:name} in a text.

Types: money ("1200 NOK"), number, percent ("25"), date (ISO), day (each year, "01-15"), phone, email, link, address,
hours ("mon-fri 09:00-15:00; sat 10:00-14:00" or "always") and text. Formatting is Babel's (CLDR).
"""

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date, time
from decimal import Decimal, InvalidOperation
from enum import StrEnum

from babel.dates import format_date, format_skeleton, format_time, get_day_names
from babel.numbers import format_currency, format_decimal, format_percent

from core import languages
from core.i18n import Translator, locale_for

PLACEHOLDER = re.compile(r"\{fact:([a-z0-9.-]+)\}")
# Left-to-right isolate and its end (Unicode TR9): without them "116 117" stands as "117 116" in an Arabic line.
LRI, PDI = "\u2066", "\u2069"
_ALWAYS = "always"
_DAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
_HOURS = re.compile(
    rf"(?P<first>{'|'.join(_DAYS)})(?:-(?P<last>{'|'.join(_DAYS)}))? (?P<opens>\d\d:\d\d)-(?P<closes>\d\d:\d\d)$"
)


class FactType(StrEnum):
    """What kind of value a fact is."""

    MONEY = "money"
    NUMBER = "number"
    PERCENT = "percent"
    DATE = "date"
    DAY = "day"
    PHONE = "phone"
    EMAIL = "email"
    LINK = "link"
    ADDRESS = "address"
    HOURS = "hours"
    TEXT = "text"


@dataclass(frozen=True, slots=True)
class Value:
    """A typed value."""

    type: FactType
    value: str


def names_in(text: str) -> Iterator[str]:
    """The facts that a text uses, in order, with repetitions."""
    return (match[1] for match in PLACEHOLDER.finditer(text))


def fill(text: str, values: Mapping[str, Value], t: Translator) -> str:
    """The text with every placeholder replaced by its value in the reader's format. Unknown facts raise KeyError."""
    is_rtl = languages.direction(t.language) == "rtl"

    def replace(match: re.Match[str]) -> str:
        value = values[match[1]]
        shown = show(value, t)
        needs_isolation = is_rtl and value.type not in (FactType.TEXT, FactType.DATE, FactType.DAY, FactType.HOURS)
        return f"{LRI}{shown}{PDI}" if needs_isolation else shown

    return PLACEHOLDER.sub(replace, text)


def show(value: Value, t: Translator) -> str:
    """One value as this reader writes it. Raises ValueError for a value that is not of its type."""
    return _SHOW[value.type](value.value, t)


def is_valid(value: Value, t: Translator) -> bool:
    """Whether the value can be shown."""
    try:
        return bool(show(value, t))
    except (ValueError, InvalidOperation):
        return False


def _money(value: str, t: Translator) -> str:
    amount, currency = value.split(" ")
    number = _number(amount)
    pattern = "#,##0 ¤¤" if number == number.to_integral() else "#,##0.00 ¤¤"
    # The code before or after differs between languages; "1 200 NOK" is understood in all of them.
    return format_currency(number, currency, pattern, locale=t.locale, currency_digits=False)


def _number(value: str) -> Decimal:
    number = Decimal(value)
    if not number.is_finite():
        raise ValueError(value)
    return number


def _day(value: str, t: Translator) -> str:
    month, day = value.split("-")
    return format_skeleton("MMMMd", date(2024, int(month), int(day)), locale=t.locale)


def _matching(pattern: str) -> Callable[[str, Translator], str]:
    def check(value: str, _t: Translator) -> str:
        if not re.fullmatch(pattern, value):
            raise ValueError(value)
        return value

    return check


def _hours(value: str, t: Translator) -> str:
    if value == _ALWAYS:
        return t("Open day and night, every day")
    return languages.listed((_one_opening(part.strip(), t) for part in value.split(";")), t.language)


def _one_opening(part: str, t: Translator) -> str:
    match = _HOURS.match(part)
    if match is None:
        raise ValueError(part)
    days = get_day_names("abbreviated", locale=t.locale)
    first = days[_DAYS.index(match["first"])]
    until = days[_DAYS.index(match["last"])] if match["last"] else None
    clock = f"{_time(match['opens'], t)}–{_time(match['closes'], t)}"
    if languages.direction(t.language) == "rtl":
        clock = f"{LRI}{clock}{PDI}"
    return f"{first}–{until} {clock}" if until else f"{first} {clock}"


def _time(value: str, t: Translator) -> str:
    # Norway's clock has twenty-four hours, whatever the reader's language: 15:00 stands on the door.
    return format_time(time.fromisoformat(value), "HH:mm", locale=locale_for("nb"))


_SHOW: dict[FactType, Callable[[str, Translator], str]] = {
    FactType.MONEY: _money,
    FactType.NUMBER: lambda value, t: format_decimal(_number(value), locale=t.locale),
    FactType.PERCENT: lambda value, t: format_percent(_number(value) / 100, "#,##0.## %", locale=t.locale),
    FactType.DATE: lambda value, t: format_date(date.fromisoformat(value), "long", locale=t.locale),
    FactType.DAY: _day,
    FactType.PHONE: _matching(r"\+?[\d ]{3,20}"),
    FactType.EMAIL: _matching(r"[^@\s]+@[^@\s]+\.[^@\s]+"),
    FactType.LINK: _matching(r"https://\S+"),
    FactType.ADDRESS: lambda value, _t: value,
    FactType.HOURS: _hours,
    FactType.TEXT: lambda value, _t: value,
}

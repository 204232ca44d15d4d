"""Finds what a person should never send to a chat, so that it is neither stored nor logged.

Identity numbers: the Norwegian fødselsnummer and D-number, eleven digits with two control digits (Skatteetaten,
"Fødselsnummer"; the control is modulo 11). In the usual groupings we look for eleven digits with a plausible date,
whether the control digits are right or not: a typing error is as private, and from 2032 the first control digit allows
four remainders. In any other grouping the control digits must be right, or the word for it must stand before. DUF
numbers: twelve digits after the word. Card numbers: 13-19 digits with a right Luhn control digit (ISO/IEC 7812-1).
Passwords and codes: see core.passwords.
"""

import re
import unicodedata
from collections.abc import Iterator
from enum import StrEnum
from itertools import pairwise

from core.passwords import find_passwords


class Secret(StrEnum):
    """What was found, and taken out."""

    IDENTITY_NUMBER = "identity_number"
    CARD_NUMBER = "card_number"
    PASSWORD = "password"  # noqa: S105


HIDDEN = "▇▇▇"
FEWEST_DIGITS, MOST_DIGITS = 5, 19
# Digits that stand together, and what people put between the groups of one number (marks of direction among them).
_GROUP = re.compile(r"\d+")
_BETWEEN = re.compile(r"[\s.\-‐‑–/_,*\u200b-\u200f\u2060\u2066-\u2069\ufeff]{1,3}")
_COMMA = re.compile(r",|\s/\s")  # between two numbers
_SPACES = re.compile(r"[ \-\u00a0]{1,3}")
_COUNTRY_CODE = re.compile(r"\+(?:\d{1,3}[ .\-]?)?$")
# How people group the eleven digits. Anything else of eleven digits may be a date with an amount, or two numbers.
_IDENTITY_GROUPS = {
    (11,), (6, 5), (6, 3, 2), (4, 7), (2, 9), (2, 2, 7), (2, 2, 2, 5), (2, 2, 2, 3, 2), (3, 3, 5), (3, 3, 3, 2),
    (4, 2, 5), (1,) * 11,
}  # fmt: skip
_BORN_GROUPS = {(2, 2, 4, 5), (8, 5)}  # the whole year of birth, then the five digits
_CARD_GROUPS = {(4, 6, 5), (4, 6, 4)}
_CARD_BEGINS = re.compile(r"4|5[1-5]|2[2-7]|3[47]|6")
_FIRST_CONTROL = (3, 7, 6, 1, 8, 9, 4, 5, 2, 1)
_SECOND_CONTROL = (5, 4, 3, 2, 7, 6, 5, 4, 3, 2, 1)
# After these words the digits are one, however they are grouped: all eleven, or the last five after a date of birth.
# Every run of letters is bounded, and no two can share one: a message of nothing but such words takes no longer.
_IDENTITY_WORD = (
    r"(?:person(?:lig[^\W\d]{0,8}[ -]?|al[ -]?)?n(?:ummer|r(?![^\W\d])|umber)"
    r"|f[øo]e?dsels(?:- og person)?n(?:ummer|r(?![^\W\d]))|fnr|pnr"
    r"|d-?n(?:ummer|r(?![^\W\d])|umber)|national id(?:entity)?(?: number)?|identi(?:ty|fication) number"
    r"|id[ -]?n(?:umber|ummer|r(?![^\W\d]))|pesel|numer personalny|asmens (?:kod|numer)"
    r"|(?:особист|персональн|ідентифікаційн|личн|идентификационн)[^\W\d]{1,8} номер"
    r"|(?:ال)?رقم (?:ال)?(?:شخصي|وطني|هوية|هويتي)|رقمي (?:الشخصي|الوطني)|(?:شماره|کد) (?:شخصی|ملی)|شناختی نمبر"
    r"|lambark[^\W\d]{0,8} (?:shaqsi|aqoonsi|dhalasho)|መለለዪ ቁጽሪ|ቁጽሪ መንነት|(?:kimlik|kişi|vatandaşlık) n(?:umara|o)"
    r"|número (?:personal|de identidad)|num[ée]ro (?:personnel|d.identité))"
)
_THREE_WORDS = r"[^\W\d]{0,8}(?![^\W\d])[^\w\n]{0,4}(?:[^\W\d]+[^\w\n.!?;]{1,3}){0,3}(?=\d)"
_NAMED = re.compile(rf"(?<!\w){_IDENTITY_WORD}{_THREE_WORDS}", re.IGNORECASE)
_NAMED_DUF = re.compile(rf"(?<!\w)(?:duf|дуф|дюф|دوف)[ -]?(?:n(?:ummer|umber|r))?{_THREE_WORDS}", re.IGNORECASE)
_AMOUNT = re.compile(r"\s?(?:kr|nok|,-|€|eur)", re.IGNORECASE)


def take_out(text: str) -> tuple[str, frozenset[Secret]]:
    """The text with every secret replaced by a black bar, and which kinds there were."""
    found: set[Secret] = set()
    text = unicodedata.normalize("NFC", text)
    for places in (_numbers, _passwords):
        pieces, done = [], 0
        for start, end, secret in places(text):
            found.add(secret)
            pieces += [text[done:start], HIDDEN]
            done = end
        text = "".join([*pieces, text[done:]])
    return text, frozenset(found)


def _passwords(text: str) -> Iterator[tuple[int, int, Secret]]:
    return ((start, end, Secret.PASSWORD) for start, end in find_passwords(text))


def _numbers(text: str) -> Iterator[tuple[int, int, Secret]]:
    """Where secret numbers stand. Other numbers may stand right before and after: "01019012345 3 barn"."""
    groups = list(_GROUP.finditer(text))
    goes_on = [
        _BETWEEN.fullmatch(text, one.end(), following.start()) is not None for one, following in pairwise(groups)
    ]
    named: dict[int, tuple[int, ...]] = {match.end(): (11, 5) for match in _NAMED.finditer(text)}
    named |= {match.end(): (12,) for match in _NAMED_DUF.finditer(text)}
    first = 0
    while first < len(groups):
        start = groups[first].start()
        # A telephone number with its country code may look like a number with a date in it.
        is_phone = _COUNTRY_CODE.search(text, max(0, start - 5), start)
        sizes = named.get(start, ())
        for last in [] if is_phone else _ends(groups, goes_on, first):
            secret = _named(text, groups[first : last + 1], sizes) or _secret(text, groups[first : last + 1])
            if secret is not None:
                yield start, groups[last].end(), secret
                first = last
                break
        first += 1


def _ends(groups: list[re.Match[str]], goes_on: list[bool], first: int) -> list[int]:
    """Up to which group a number that begins at this one may reach, the furthest first."""
    found, length = [], 0
    for last in range(first, len(groups)):
        length += len(groups[last][0])
        if length > MOST_DIGITS:
            break
        if length >= FEWEST_DIGITS:
            found.append(last)
        if last == len(goes_on) or not goes_on[last]:
            break
    return found[::-1]


def _named(text: str, groups: list[re.Match[str]], sizes: tuple[int, ...]) -> Secret | None:
    """A number that the words before it call one, unless what follows makes it an amount."""
    is_one = sum(len(group[0]) for group in groups) in sizes
    return Secret.IDENTITY_NUMBER if is_one and not _AMOUNT.match(text, groups[-1].end()) else None


def _secret(text: str, groups: list[re.Match[str]]) -> Secret | None:
    written = "".join(group[0] for group in groups)
    if len(written) < 11:
        return None
    digits = written if written.isascii() else "".join(str(unicodedata.digit(c)) for c in written)
    sizes = tuple(group.end() - group.start() for group in groups)
    if _is_date(digits) and _is_identity_number(digits, sizes, text, groups):
        return Secret.IDENTITY_NUMBER
    return Secret.CARD_NUMBER if _is_card_number(digits, sizes, text, groups) else None


def _is_identity_number(digits: str, sizes: tuple[int, ...], text: str, groups: list[re.Match[str]]) -> bool:
    """Eleven digits that begin with a date, or thirteen with the whole year of birth.

    "Frist 15.03.26 12500 kr" is none. Commas stand in lists of numbers: only the commonest grouping has one.
    """
    if len(digits) == 11 and _is_controlled(digits) and (sizes in _IDENTITY_GROUPS or not _is_list(text, groups)):
        return True
    is_born = sizes in _BORN_GROUPS and 1900 <= int(digits[4:8]) < 2020
    if not is_born and sizes not in _IDENTITY_GROUPS:
        return False
    has_comma = _COMMA.search(text, groups[0].end(), groups[-1].start()) is not None
    is_usual = is_born or sizes == (6, 5) or not has_comma
    return is_usual and not _AMOUNT.match(text, groups[-1].end())


def _is_date(digits: str) -> bool:
    """Day + 40 is a D-number, month + 40 an H-number or a test number, month + 80 a synthetic one."""
    day, month = int(digits[:2]), int(digits[2:4])
    return 1 <= (day - 40 if day > 40 else day) <= 31 and 1 <= month % 40 <= 12


def _is_controlled(digits: str) -> bool:
    """Whether both control digits are right."""
    return all(
        sum(int(digit) * weight for digit, weight in zip(digits, weights, strict=False)) % 11 == 0
        for weights in (_FIRST_CONTROL, _SECOND_CONTROL)
    )


def _is_card_number(digits: str, sizes: tuple[int, ...], text: str, groups: list[re.Match[str]]) -> bool:
    """Two halves of eight may be two telephone numbers: they must also begin as cards do, with a space between."""
    if not 13 <= len(digits) <= MOST_DIGITS:
        return False
    if sizes == (8, 8):
        is_spaced = _SPACES.fullmatch(text, groups[0].end(), groups[1].start()) is not None
        is_grouped = is_spaced and _CARD_BEGINS.match(digits) is not None
    else:
        is_grouped = len(sizes) == 1 or sizes in _CARD_GROUPS or set(sizes[:-1]) == {4}
    return is_grouped and _has_luhn_digit(digits) and not _is_list(text, groups)


def _is_list(text: str, groups: list[re.Match[str]]) -> bool:
    """Whether a comma or a slash among other separators says that these are several numbers."""
    between = {text[one.end() : following.start()] for one, following in pairwise(groups)}
    return len(between) > 1 and any(mark in separator for separator in between for mark in ",/")


def _has_luhn_digit(digits: str) -> bool:
    doubled = [int(d) * (2 if place % 2 else 1) for place, d in enumerate(reversed(digits))]
    return sum(d - 9 if d > 9 else d for d in doubled) % 10 == 0

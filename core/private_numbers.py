"""Finds what a person should never send to a chat, so that it is neither stored nor logged.

Identity numbers: the Norwegian fødselsnummer and D-number, eleven digits with two control digits (Skatteetaten,
"Fødselsnummer"; the control is modulo 11, and from 2032 the first control digit allows four remainders). We look for
eleven digits with a plausible date, whether the control digits are right or not: a typing error is as private.
Card numbers: 13-19 digits with a right Luhn control digit (ISO/IEC 7812-1). Passwords: what follows a word for it.
"""

import re
import unicodedata
from collections.abc import Iterator
from enum import StrEnum


class Secret(StrEnum):
    """What was found, and taken out."""

    IDENTITY_NUMBER = "identity_number"
    CARD_NUMBER = "card_number"
    PASSWORD = "password"  # noqa: S105


HIDDEN = "▇▇▇"
# Digits that stand together, and what people put between the groups of one number (marks of direction among them).
_GROUP = re.compile(r"\d+")
_BETWEEN = re.compile(r"[\s.\-‐‑–/\u200e\u200f\u2066-\u2069]{1,3}")
_COUNTRY_CODE = re.compile(r"\+(?:\d{1,3}[ .\-]?)?$")
# How people group the eleven digits. Anything else of eleven digits is a date with an amount, or two numbers.
_IDENTITY_GROUPS = {
    (11,), (6, 5), (6, 3, 2), (4, 7), (2, 9), (2, 2, 7), (2, 2, 2, 5), (2, 2, 2, 3, 2), (3, 3, 5), (3, 3, 3, 2),
    (4, 2, 5), (1,) * 11,
}  # fmt: skip
_BORN_GROUPS = {(2, 2, 4, 5), (8, 5)}  # the whole year of birth, then the five digits
_CARD_GROUPS = {(4, 6, 5), (4, 6, 4)}
_WORD_FOR_IT = (
    r"(?:\b(?:pass?ord(?:et)?|pass?word|(?:pin|пін|пин)(?:[ -]?(?:kode|koden|code|код))?|engangskode|hasło|haslo|пароль"
    r"|парол[яюі]|slaptažodis|erayga sirta(?: ah| ahi)?|furaha sirta(?: ah| ahi)?|şifre(?:m)?|sifre(?:m)?|parola(?:m)?"
    r"|contrase[ñn]a|mot de passe)\b|كلمة (?:السر|المرور)|رمز عبور|گذرواژه|پسورد|پاس ?ورڈ|መሕለፊ ቃል)"
)
_MINE_OR_IS = r"(?:mitt|min|my|mi|to|mój|moje|мій|мой|is|er|це|это|هو|هي|من|ہے|waa|est|es|yra|jest)\b"
# After a colon anything is the password; otherwise "my password is wrong" is a question, "... is Sommer24" is not.
_PASSWORD = re.compile(
    rf"(?P<word>{_WORD_FOR_IT})(?:\s*{_MINE_OR_IS})*\s*(?:[:=]\s*\S{{4,}}|[\-–]?\s*(?=\S*\d)\S{{4,}})",
    re.IGNORECASE,
)


def take_out(text: str) -> tuple[str, frozenset[Secret]]:
    """The text with every secret replaced by a black bar, and which kinds there were."""
    found: set[Secret] = set()
    pieces, done = [], 0
    for start, end, secret in _numbers(text):
        found.add(secret)
        pieces += [text[done:start], HIDDEN]
        done = end

    def password(match: re.Match[str]) -> str:
        found.add(Secret.PASSWORD)
        return f"{match['word']} {HIDDEN}"

    cleaned = _PASSWORD.sub(password, "".join([*pieces, text[done:]]))
    return cleaned, frozenset(found)


def _numbers(text: str) -> Iterator[tuple[int, int, Secret]]:
    """Where secret numbers stand. Other numbers may stand right before and after: "01019012345 3 barn"."""
    groups = list(_GROUP.finditer(text))
    first = 0
    while first < len(groups):
        last = next((last for last in _ends(text, groups, first) if _secret(groups[first : last + 1])), None)
        # A telephone number with its country code may look like a number with a date in it.
        is_phone = _COUNTRY_CODE.search(text, max(0, groups[first].start() - 5), groups[first].start())
        secret = None if last is None or is_phone else _secret(groups[first : last + 1])
        if last is not None and secret is not None:
            yield groups[first].start(), groups[last].end(), secret
            first = last
        first += 1


def _ends(text: str, groups: list[re.Match[str]], first: int) -> list[int]:
    """Up to which group a number that begins at this one may reach, the furthest first."""
    last = first
    while last + 1 < len(groups) and _BETWEEN.fullmatch(text, groups[last].end(), groups[last + 1].start()):
        last += 1
        if last - first >= 18:
            break
    return list(range(last, first - 1, -1))


def _secret(groups: list[re.Match[str]]) -> Secret | None:
    sizes = tuple(len(group[0]) for group in groups)
    if sum(sizes) > 19:
        return None
    digits = "".join(str(unicodedata.digit(c)) for group in groups for c in group[0])
    if _is_identity_number(digits, sizes):
        return Secret.IDENTITY_NUMBER
    return Secret.CARD_NUMBER if _is_card_number(digits, sizes) else None


def _is_identity_number(digits: str, sizes: tuple[int, ...]) -> bool:
    """Eleven digits that begin with a date; day + 40 is a D-number, month + 40 or + 80 a test or synthetic number."""
    if sizes in _BORN_GROUPS:
        return _is_date(digits) and 1900 <= int(digits[4:8]) < 2020
    return sizes in _IDENTITY_GROUPS and _is_date(digits)


def _is_date(digits: str) -> bool:
    day, month = int(digits[:2]), int(digits[2:4])
    return 1 <= (day - 40 if day > 40 else day) <= 31 and 1 <= month % 40 <= 12


def _is_card_number(digits: str, sizes: tuple[int, ...]) -> bool:
    if not 13 <= len(digits) <= 19 or not (len(sizes) == 1 or sizes in _CARD_GROUPS or set(sizes[:-1]) == {4}):
        return False
    doubled = [int(d) * (2 if place % 2 else 1) for place, d in enumerate(reversed(digits))]
    return sum(d - 9 if d > 9 else d for d in doubled) % 10 == 0

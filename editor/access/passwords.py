"""Passwords: which ones we take, and how they are kept and compared.

Rules as in NIST SP 800-63B (revision 3, 5.1.1.2; revision 4, 3.1.1.2): length and a list of common ones, every
character allowed, no composition rules, no expiry, Unicode in one form. NIST asks for 8 characters with a second
factor and since revision 4 for 15 without; we ask for 12.

Kept as Argon2id with the defaults of argon2-cffi, which are the second recommendation of RFC 9106: 3 passes, 64 MiB,
4 lanes, a salt of 16 bytes, a hash of 32. That takes 50 to 300 ms of all cores: the coroutines here do it in threads of
their own. Call them while no transaction is open: SQLite has one writer, and all others would wait for a hash.
"""

import asyncio
import re
import secrets
import unicodedata
from collections.abc import Iterable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from enum import StrEnum
from functools import cache

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

SHORTEST, LONGEST = 12, 256
_HASHER = PasswordHasher()
# Two at once, 64 MiB each: a crowd at the login page must take neither the memory nor the threads of everybody else.
_THREADS = ThreadPoolExecutor(2, thread_name_prefix="hashing")

# What the lists of leaked passwords (and Norwegian habit) build on; figures and signs around it change nothing.
_COMMON = frozenset(
    "abc abcd abcdef abcdefghijkl access admin administrator brobygger changeme correcthorsebatterystaple default "
    "dragon fotball football hemmelig hemmeligheten hunter iloveyou jegelskerdeg kommune kommunen letmein login master "
    "monkey norge norway passord passordet passw password passwords princess qazwsx qazwsxedc qwer qwert qwerty "
    "qwertyuiop qwertyuiopå qwertyuiopåasdfghjkløæ asdf asdfgh asdfghjkl asdfghjkløæ zxcvbnm secret sommer sommeren "
    "høst høsten vinter vinteren vår våren summer autumn winter spring sunshine superman test testtest trustno "
    "velkommen velkommentil welcome welcometo oslo bergen trondheim stavanger".split()
)
_RUNS = "01234567890123456789", "98765432109876543210", "abcdefghijklmnopqrstuvwxyzæøå", "qwertyuiopåasdfghjkløæzxcvbnm"
_LOOK_ALIKE = str.maketrans("@40135$", "aaoiess")


class PasswordProblem(StrEnum):
    """Why a new password is refused."""

    TOO_SHORT = "password_too_short"
    TOO_LONG = "password_too_long"
    COMMON = "password_common"
    IS_NAME_OR_EMAIL = "password_is_name_or_email"


@dataclass(frozen=True, slots=True)
class Compared:
    """What comparing gave."""

    is_right: bool
    better: str | None = field(default=None, repr=False)  # what to keep instead: it was kept with weaker parameters


def password_problems(password: str, *, name: str, email: str) -> tuple[PasswordProblem, ...]:
    """Everything that speaks against this new password, all at once."""
    plain = _one_form(password)
    found = []
    if len(plain) < SHORTEST:
        found.append(PasswordProblem.TOO_SHORT)
    if len(plain) > LONGEST:
        found.append(PasswordProblem.TOO_LONG)
        return tuple(found)
    if _is_common(plain.casefold()):
        found.append(PasswordProblem.COMMON)
    if _characters(plain) in _known_about(name, email):
        found.append(PasswordProblem.IS_NAME_OR_EMAIL)
    return tuple(found)


def hash_password(password: str) -> str:
    """The form in which a password is kept: Argon2id with its parameters and salt."""
    return _HASHER.hash(_as_kept(password))


def compare_password(password: str, kept: str | None) -> Compared:
    """Whether the password is the one that is kept. Without one (an unknown account) it takes as long, and is wrong."""
    try:
        # Four characters as typed may be one as kept; what is longer still cannot be right.
        _HASHER.verify(kept or _nobodys_hash(), _as_kept(password[: LONGEST * 4]))
    except (VerificationError, InvalidHashError):
        return Compared(is_right=False)
    if kept is None:
        return Compared(is_right=False)
    return Compared(is_right=True, better=hash_password(password) if _HASHER.check_needs_rehash(kept) else None)


async def hash_apart(password: str) -> str:
    """hash_password in a thread."""
    return await asyncio.get_running_loop().run_in_executor(_THREADS, hash_password, password)


async def compare_apart(password: str, kept: str | None) -> Compared:
    """compare_password in a thread."""
    return await asyncio.get_running_loop().run_in_executor(_THREADS, compare_password, password, kept)


@cache
def _nobodys_hash() -> str:
    return _HASHER.hash(secrets.token_urlsafe(32))


def _one_form(password: str) -> str:
    """The same password typed on two systems is the same: å may come as one character or as two."""
    return unicodedata.normalize("NFKC", password)


def _as_kept(password: str) -> bytes:
    return _one_form(password).encode(errors="surrogatepass")  # what no keyboard types is wrong, and breaks nothing


def _is_common(folded: str) -> bool:
    characters = _characters(folded)
    is_run = len(characters) * 2 > len(folded) and any(characters in run for run in _RUNS)
    if is_run or len(set(folded)) < 4:
        return True
    candidates = [characters, re.sub(r"^\d+|\d+$", "", characters)]
    looks_like = [candidate.translate(_LOOK_ALIKE) for candidate in (*candidates, _word(folded))]
    return any(_without_repetition(one) in _COMMON for one in (*candidates, *looks_like))


def _word(folded: str) -> str:
    """What is left of p@ssw0rd!2026 without the figures and signs around it."""
    return re.sub(r"^[\W\d_]+|[\W\d_]+$", "", folded)


def _characters(text: str) -> str:
    return re.sub(r"[\W_]+", "", text.casefold())


def _without_repetition(text: str) -> str:
    """Once what stands there several times: passordpassord is no better than passord."""
    match = re.fullmatch(r"(.+?)\1+", text)
    return match[1] if match else text


def _known_about(name: str, email: str) -> Iterable[str]:
    mailbox, _, domain = email.partition("@")
    return {_characters(one) for one in (name, email, mailbox, domain, mailbox * 2, name * 2) if one}

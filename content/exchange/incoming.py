"""A file from outside is looked at before anything parses it."""

import re
from enum import StrEnum

from core.errors import RuleBroken

MOST_BYTES = 5_000_000
MOST_MARKS = 60_000
_ANSWER_ID = re.compile(r"[a-z0-9][a-z0-9_-]{0,79}")
_HASH = re.compile(r"[0-9a-f]{64}")
_KEY = re.compile(r"[a-z_]{1,40}(\.[a-z0-9_]{1,40})?")
_LANGUAGE = re.compile(r"[A-Za-z]{2,3}([-_][A-Za-z0-9]{1,8}){0,3}")
_CONTROL = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f\ufffe\uffff]")


class Unreadable(StrEnum):
    """Why a file is refused."""

    TOO_LARGE = "too_large"
    NOT_TEXT = "not_text"  # a zip file, an office file, another encoding than UTF-8
    FORBIDDEN = "forbidden"  # a document type or entities: a file that makes itself larger, or fetches others
    DAMAGED = "damaged"
    OTHER_FORMAT = "other_format"
    NO_LANGUAGE = "no_language"
    NO_ANSWERS = "no_answers"
    UNKNOWN_KEY = "unknown_key"  # an id or a key that we would never have written
    TWICE = "twice"  # the same unit or the same answer


class UnreadableExchange(RuleBroken):
    """A translator's file must be an XLIFF 1.2 or PO file as it was handed out; ``reason`` says what is wrong."""

    code = "exchange_unreadable"

    def __init__(self, reason: Unreadable) -> None:
        super().__init__(reason=reason)
        self.reason = reason


def words_of(data: bytes, *, mark: bytes) -> str:
    """The file as text; it must be in UTF-8.

    ``mark`` stands in each unit once or twice: counted before parsing, it bounds the time that reading takes. Raises
    UnreadableExchange for what is too large or no text.
    """
    if len(data) > MOST_BYTES or data.count(mark) > MOST_MARKS:
        raise UnreadableExchange(Unreadable.TOO_LARGE)
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError:
        raise UnreadableExchange(Unreadable.NOT_TEXT) from None
    if _CONTROL.search(text):
        raise UnreadableExchange(Unreadable.NOT_TEXT)
    return text


def without_control(text: str) -> str:
    """Without the characters that no file may carry; Word leaves some behind when people copy from it."""
    return _CONTROL.sub("", text)


def answer_id(found: str | None) -> str:
    """The id when it looks like one. Raises UnreadableExchange."""
    if not _ANSWER_ID.fullmatch(found or ""):
        raise UnreadableExchange(Unreadable.UNKNOWN_KEY)
    return found or ""


def key(found: str | None) -> str:
    """The key of a unit when it looks like one. Raises UnreadableExchange."""
    if not _KEY.fullmatch(found or ""):
        raise UnreadableExchange(Unreadable.UNKNOWN_KEY)
    return found or ""


def language(found: str | None) -> str:
    """The language when it looks like one. Raises UnreadableExchange."""
    if not _LANGUAGE.fullmatch(found or ""):
        raise UnreadableExchange(Unreadable.NO_LANGUAGE)
    return found or ""


def source_hash(found: str | None) -> str:
    """The hash when it is one, else empty: the caller treats the text as made from another."""
    return (found or "") if _HASH.fullmatch(found or "") else ""

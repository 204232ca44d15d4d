"""What a broadcast says besides its texts: who gets it in which language, when and where, until when, which replies."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import date

from broadcasts.announcements.records import Broadcast, Fallback, ReplyKey


@dataclass(frozen=True, slots=True)
class Details:
    """``begins_at`` and ``ends_at`` are local wall times, "2026-12-01T18:00"; ``comment`` is by language."""

    fallback: Fallback = Fallback.NEXT_LANGUAGE
    comment: Mapping[str, str] = field(default_factory=dict)
    place: str = ""
    begins_at: str = ""
    ends_at: str = ""
    deadline_on: date | None = None
    replies: tuple[ReplyKey, ...] = ()

    def said(self) -> "Details":
        """What recipients read of it: the same for every fallback."""
        return replace(self, fallback=Fallback.NEXT_LANGUAGE)


def details_of(broadcast: Broadcast) -> Details:
    """As they stand now; change one with ``dataclasses.replace``."""
    return Details(
        fallback=Fallback(broadcast.fallback),
        comment=dict(broadcast.comment),
        place=broadcast.place,
        begins_at=broadcast.begins_at,
        ends_at=broadcast.ends_at,
        deadline_on=broadcast.deadline_on,
        replies=tuple(ReplyKey(one) for one in broadcast.replies),
    )


def put_into(broadcast: Broadcast, details: Details) -> None:
    """The other way round."""
    broadcast.fallback = details.fallback
    broadcast.comment = dict(details.comment)
    broadcast.place = details.place
    broadcast.begins_at, broadcast.ends_at = details.begins_at, details.ends_at
    broadcast.deadline_on = details.deadline_on
    broadcast.replies = list(details.replies)


def tidied(details: Details) -> Details:
    """Without empty comments, and without spaces that nobody meant."""
    comment = {language: tidy(text) for language, text in details.comment.items() if text.strip()}
    return replace(details, comment=comment, place=" ".join(details.place.split()))


def tidy(text: str) -> str:
    """Line ends as ours, no spaces before them, one empty line at most."""
    lines = [line.rstrip() for line in text.replace("\r\n", "\n").replace("\r", "\n").strip().split("\n")]
    return re.sub(r"\n{3,}", "\n\n", "\n".join(lines))

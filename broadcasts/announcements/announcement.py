"""What a recipient reads of a broadcast: a value, in the language that was chosen for them."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from broadcasts.announcements.records import Audience, Broadcast, BroadcastText, Fallback, Kind, ReplyKey
from broadcasts.organisations.records import Organisation
from core import languages


@dataclass(frozen=True, slots=True)
class Announcement:
    """One broadcast in one language. Times are local wall times in ``zone``."""

    broadcast_id: int
    release_id: int | None  # None: a preview, or a test
    organisation_id: str
    organisation: str
    kind: Kind
    language: str
    wanted: str  # the recipient's own language
    title: str
    body: str
    is_machine: bool
    comment: str
    comment_language: str
    place: str
    begins_at: datetime | None
    ends_at: datetime | None
    zone: str
    deadline_on: date | None
    replies: tuple[ReplyKey, ...]
    answer_id: str | None
    is_drill: bool
    join_code: str = ""  # of the organisation; for the link below what goes to its groups


@dataclass(frozen=True, slots=True)
class Composed:
    """A broadcast with all its languages, read once for many recipients."""

    broadcast: Broadcast
    organisation: str
    texts: Mapping[str, BroadcastText]
    join_code: str = ""

    def for_reader(self, wanted: str, *, release_id: int | None = None) -> Announcement | None:
        """What somebody with this language reads; None when there is nothing for them."""
        row = self.broadcast
        language = choose_language(self.texts, wanted, row.fallback)
        if language is None:
            return None
        text = self.texts[language]
        commented_in = languages.first_available(wanted, row.comment) or ""
        return Announcement(
            broadcast_id=row.id,
            release_id=release_id,
            organisation_id=row.organisation_id or "",
            organisation=self.organisation,
            kind=Kind(row.kind),
            language=language,
            wanted=wanted,
            title=text.title,
            body=text.body,
            is_machine=text.is_machine,
            comment=row.comment.get(commented_in, ""),
            comment_language=commented_in,
            place=row.place,
            begins_at=_wall_time(row.begins_at),
            ends_at=_wall_time(row.ends_at),
            zone=row.zone,
            deadline_on=row.deadline_on,
            replies=tuple(ReplyKey(one) for one in row.replies),
            answer_id=row.answer_id,
            is_drill=row.audience == Audience.AMBASSADORS,
            join_code=self.join_code,
        )


async def load_composed(session: AsyncSession, broadcast_id: int) -> Composed | None:
    """A broadcast with its texts; None when it is gone."""
    row = await session.get(Broadcast, broadcast_id)
    if row is None:
        return None
    organisation = await session.get(Organisation, row.organisation_id) if row.organisation_id else None
    texts = await session.scalars(select(BroadcastText).where(BroadcastText.broadcast_id == broadcast_id))
    by_language = {text.language: text for text in texts}
    if organisation is None:
        return Composed(row, "", by_language)
    return Composed(row, organisation.name, by_language, organisation.join_code)


def choose_language(available: Collection[str], wanted: str, fallback: Fallback) -> str | None:
    """The language of the text that somebody with this language gets; None: nothing."""
    if wanted in available:
        return wanted
    if fallback == Fallback.OWN_LANGUAGE_ONLY:
        return None
    return languages.first_available(wanted, available)


def _wall_time(value: str) -> datetime | None:
    return datetime.fromisoformat(value) if value else None

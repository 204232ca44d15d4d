"""What is wrong with a broadcast, all at once and beside its field: it forbids saving or submitting, or is advice.

Everything here is pure but the last two functions, which gather what there is to look at. Fields are called
`ar.title`, `ar.body`, `comment.ar`, `place`, `begins_at`, `ends_at`, `deadline_on`, `replies`, `kind`, `texts`.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from html import escape
from zoneinfo import ZoneInfo

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from broadcasts.announcements.details import Details, details_of
from broadcasts.announcements.records import Broadcast, BroadcastText, Kind, ReplyKey
from broadcasts.members.counting import Reach, count_by_language
from core import languages
from core.issues import Issue, Severity
from core.plain_text import find_control, find_tag
from core.private_numbers import HIDDEN, Secret, take_out

LONGEST = {"title": 120, "body": 1500, "comment": 300, "place": 200}
# One message of Telegram holds 4,096 characters, where an emoji counts twice. Our own words need some of them.
LONGEST_WHOLE, OUR_WORDS = 3900, 700
_PRIVATE = frozenset({Secret.IDENTITY_NUMBER, Secret.CARD_NUMBER})


@dataclass(frozen=True, slots=True)
class Text:
    """A broadcast in one language."""

    title: str
    body: str
    is_machine: bool = False


@dataclass(frozen=True, slots=True)
class Composition:
    """All that recipients may read of a broadcast. ``is_from_staff``: they wrote it, or proposed it."""

    kind: Kind
    source_language: str
    texts: Mapping[str, Text]
    details: Details
    zone: str
    is_from_staff: bool


def inspect(composition: Composition, *, at: datetime) -> list[Issue]:
    """Everything that is wrong with a broadcast, by rule; the same one gives the same list."""
    details = composition.details
    found = list(inspect_details(details))
    for language, text in composition.texts.items():
        found += inspect_text(language, text)
        found += _whole(language, text, details)
    if composition.kind is Kind.URGENT and not composition.is_from_staff:
        found.append(Issue("kind", "urgent_is_for_staff", Severity.SAVING))
    return [
        *found,
        *_source(composition),
        *_dates(composition, at=at),
        *_replies(composition),
        *_unchecked(composition),
    ]


def inspect_text(language: str, text: Text) -> list[Issue]:
    """What forbids saving a text. An empty one may be saved: there is time until it is submitted."""
    fields = {"title": text.title, "body": text.body}
    found = [issue for name, value in fields.items() for issue in _unfit(f"{language}.{name}", name, value)]
    if not languages.is_promised(language):
        found.append(Issue(f"{language}.body", "language_unknown", Severity.SAVING, {"language": language}))
    return found


def inspect_details(details: Details) -> list[Issue]:
    """What forbids saving the details."""
    found = list(_unfit("place", "place", details.place))
    for language, comment in details.comment.items():
        found += _unfit(f"comment.{language}", "comment", comment)
    times = {"begins_at": details.begins_at, "ends_at": details.ends_at}
    found += [
        Issue(name, "time_unreadable", Severity.SAVING) for name, value in times.items() if value and not _moment(value)
    ]
    return found


def forbids_saving(issues: Iterable[Issue]) -> list[Issue]:
    """Those for which nothing is kept."""
    return [issue for issue in issues if issue.severity is Severity.SAVING]


def forbids_submitting(issues: Iterable[Issue]) -> list[Issue]:
    """Those that are more than advice."""
    return [issue for issue in issues if issue.severity is not Severity.ADVICE]


def _unfit(field: str, kind: str, text: str) -> Iterator[Issue]:
    if tag := find_tag(text):
        yield Issue(field, "html_in_text", Severity.SAVING, {"tag": tag})
    if control := find_control(text):
        yield Issue(field, "control_character", Severity.SAVING, {"character": control})
    if len(text) > LONGEST[kind]:
        details = {"length": str(len(text)), "most": str(LONGEST[kind])}
        yield Issue(field, f"broadcast_{kind}_long", Severity.SAVING, details)
    if HIDDEN in text or take_out(text)[1] & _PRIVATE:
        yield Issue(field, "private_number_in_text", Severity.SAVING)


def _whole(language: str, text: Text, details: Details) -> Iterator[Issue]:
    """Everything together must fit in one message, as it is sent: with "&" as "&amp;"."""
    comment = max(details.comment.values(), key=len, default="")
    length = sum(_length(one) for one in (text.title, text.body, comment, details.place))
    if length + OUR_WORDS > LONGEST_WHOLE:
        counted = {"length": str(length), "most": str(LONGEST_WHOLE - OUR_WORDS)}
        yield Issue(f"{language}.body", "broadcast_whole_long", Severity.SAVING, counted)


def _length(text: str) -> int:
    """As Telegram counts, in UTF-16; a half character, which is an issue of its own, must not stop the count."""
    return len(escape(text).encode("utf-16-le", errors="replace")) // 2


def _source(composition: Composition) -> Iterator[Issue]:
    source = composition.source_language
    if source not in composition.texts:
        yield Issue(f"{source}.body", "source_text_missing", Severity.PUBLISHING, {"language": languages.name(source)})
    for language, text in composition.texts.items():
        if not text.title.strip():
            yield Issue(f"{language}.title", "title_missing", Severity.PUBLISHING)
        if not text.body.strip():
            yield Issue(f"{language}.body", "body_missing", Severity.PUBLISHING)


def _dates(composition: Composition, *, at: datetime) -> Iterator[Issue]:
    kind, details = composition.kind, composition.details
    now = at.astimezone(ZoneInfo(composition.zone)).replace(tzinfo=None)
    begins, ends = _moment(details.begins_at), _moment(details.ends_at)
    if kind is Kind.EVENT and not details.begins_at:
        yield Issue("begins_at", "begins_missing", Severity.PUBLISHING)
    if kind is Kind.EVENT and not details.place.strip():
        yield Issue("place", "place_missing", Severity.PUBLISHING)
    if begins and begins <= now:
        yield Issue("begins_at", "begins_past", Severity.PUBLISHING)
    if ends and (begins is None or ends <= begins):
        yield Issue("ends_at", "ends_too_early", Severity.PUBLISHING)
    yield from _deadline(kind, details.deadline_on, now.date())


def _deadline(kind: Kind, deadline_on: date | None, today: date) -> Iterator[Issue]:
    if kind is Kind.DEADLINE and deadline_on is None:
        yield Issue("deadline_on", "deadline_missing", Severity.PUBLISHING)
    if deadline_on is not None and deadline_on < today:
        yield Issue("deadline_on", "deadline_past", Severity.PUBLISHING)


def _replies(composition: Composition) -> Iterator[Issue]:
    """Whoever is asked for something can say no."""
    replies = composition.details.replies
    if composition.kind is Kind.REQUEST and len(replies) < 2:
        yield Issue("replies", "replies_missing", Severity.PUBLISHING)
    if replies and ReplyKey.NO not in replies:
        yield Issue("replies", "no_missing", Severity.PUBLISHING)


def _unchecked(composition: Composition) -> Iterator[Issue]:
    for language, text in composition.texts.items():
        if text.is_machine:
            yield Issue(f"{language}.body", "text_unchecked", Severity.ADVICE, {"language": languages.name(language)})


def _moment(wall_time: str) -> datetime | None:
    """A local wall time to the minute, or None."""
    if len(wall_time) != len("2026-12-01T18:00"):
        return None
    try:
        found = datetime.fromisoformat(wall_time)
    except ValueError:
        return None
    return found if found.tzinfo is None else None


async def inspect_broadcast(session: AsyncSession, broadcast_id: int, *, at: datetime) -> list[Issue]:
    """Everything that is wrong with a broadcast as it is stored, and which members have no text in their language."""
    broadcast = await session.get_one(Broadcast, broadcast_id)
    rows = await session.scalars(select(BroadcastText).where(BroadcastText.broadcast_id == broadcast_id))
    composition = Composition(
        kind=Kind(broadcast.kind),
        source_language=broadcast.source_language,
        texts={row.language: Text(row.title, row.body, row.is_machine) for row in rows},
        details=details_of(broadcast),
        zone=broadcast.zone,
        is_from_staff=broadcast.organisation_id is None or (broadcast.proposal_id or broadcast.crisis_id) is not None,
    )
    missing = await missing_languages(session, broadcast_id)
    return [*inspect(composition, at=at), *(_missing(language, reach) for language, reach in missing.items())]


async def missing_languages(session: AsyncSession, broadcast_id: int) -> Mapping[str, Reach]:
    """Languages of recipients in which there is no text, the most recipients first. Exact: see counting.shown."""
    reached = await count_by_language(session, broadcast_id)
    return {language: reach for language, reach in reached.items() if reach.shown_in != language}


def _missing(language: str, reach: Reach) -> Issue:
    details = {"language": languages.name(language)}
    if reach.shown_in is None:
        return Issue("texts", "language_gets_nothing", Severity.ADVICE, details)
    details["other"] = languages.name(reach.shown_in)
    return Issue("texts", "language_gets_other", Severity.ADVICE, details)

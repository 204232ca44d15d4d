"""Sharing a vetted answer with members, and telling ambassadors when that answer changes later.

The words come from the caller: only the rooms above know answers. What was shared is pinned by the hash of each text.
"""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from broadcasts.announcements.checks import Text, forbids_saving, inspect_text
from broadcasts.announcements.composing import BroadcastNotSavable, begin
from broadcasts.announcements.records import Broadcast, BroadcastText, Kind
from broadcasts.briefing.telling import tell_ambassadors
from broadcasts.delivery.records import Release, ReleaseState
from broadcasts.organisations.by import By

REMEMBERED = timedelta(days=180)


@dataclass(frozen=True, slots=True)
class SharedText:
    """An answer in one language; the body ends with its source and date."""

    title: str
    body: str
    text_hash: str
    is_machine: bool = False


@dataclass(frozen=True, slots=True)
class SharedAnswer:
    """A vetted answer, with its texts by language."""

    answer_id: str
    texts: Mapping[str, SharedText]


@dataclass(frozen=True, slots=True)
class ChangedAnswer:
    """A broadcast whose answer reads differently now in these languages. ``is_gone``: there is no such answer now."""

    broadcast: Broadcast
    languages: tuple[str, ...]
    is_gone: bool


async def share_answer(
    session: AsyncSession,
    organisation_id: str | None,
    shared: SharedAnswer,
    *,
    source_language: str,
    by: By,
    zone: str,
    at: datetime,
) -> Broadcast:
    """A draft with the words of a vetted answer, which do not change; a comment may be added. Staff may propose one.

    Raises BroadcastNotSavable, and what composing.begin raises.
    """
    texts = {language: Text(one.title, one.body, one.is_machine) for language, one in shared.texts.items()}
    issues = [issue for language, text in texts.items() for issue in forbids_saving(inspect_text(language, text))]
    if issues:
        raise BroadcastNotSavable(issues)
    source = source_language if source_language in texts else next(iter(texts), source_language)
    broadcast = await begin(
        session, organisation_id=organisation_id, kind=Kind.ANSWER, source_language=source, by=by, zone=zone, at=at
    )
    broadcast.answer_id = shared.answer_id
    broadcast.answer_hashes = {language: one.text_hash for language, one in shared.texts.items()}
    for language, text in texts.items():
        row = BroadcastText(broadcast_id=broadcast.id, language=language, title=text.title, body=text.body)
        row.is_machine = text.is_machine
        session.add(row)
    await session.flush()  # what is asked next finds them
    by.record(session, "answer_shared", about=f"broadcast:{broadcast.id}", at=at, answer=shared.answer_id)
    return broadcast


async def changed_since(
    session: AsyncSession, current: Mapping[str, Mapping[str, str]], *, since: datetime | None = None
) -> list[ChangedAnswer]:
    """Shared answers that read differently now; ``current`` leads from all answers to the hashes of their texts.

    With ``since``: only of broadcasts that were released later.
    """
    released = select(Release.broadcast_id).where(Release.state.in_((ReleaseState.SENDING, ReleaseState.SENT)))
    if since is not None:
        released = released.where(Release.began_at >= since)
    shared = select(Broadcast).where(Broadcast.answer_id.is_not(None), Broadcast.id.in_(released))
    found = []
    for broadcast in await session.scalars(shared.order_by(Broadcast.id)):
        if changed := changed_languages(broadcast, current):
            found.append(ChangedAnswer(broadcast, changed, (broadcast.answer_id or "") not in current))
    return found


def changed_languages(broadcast: Broadcast, current: Mapping[str, Mapping[str, str]]) -> tuple[str, ...]:
    """In which languages the answer that this broadcast shares reads differently now, or is no longer there."""
    now = current.get(broadcast.answer_id or "", {})
    return tuple(code for code, pinned in broadcast.answer_hashes.items() if now.get(code) != pinned)


async def tell_of_changes(session: AsyncSession, current: Mapping[str, Mapping[str, str]], *, at: datetime) -> int:
    """Tell the ambassadors of each organisation once about each change of an answer it shared; how many messages."""
    told = 0
    for changed in await changed_since(session, current, since=at - REMEMBERED):
        broadcast = changed.broadcast
        if broadcast.organisation_id is None or broadcast.answer_id is None:
            continue
        now = current.get(broadcast.answer_id, {})
        key = f"answer_changed:{broadcast.id}:{_fingerprint(now, changed.languages)}"
        more = {"answer": broadcast.answer_id, "is_gone": "yes" if changed.is_gone else ""}
        told += await tell_ambassadors(
            session, broadcast.organisation_id, broadcast, "answer_changed", key=key, at=at, more=more
        )
    return told


def _fingerprint(now: Mapping[str, str], languages: tuple[str, ...]) -> str:
    """The same change gives the same words of a key."""
    words = " ".join(f"{code}={now.get(code, '')}" for code in sorted(languages))
    return hashlib.sha256(words.encode()).hexdigest()[:16]

"""Exchange with translators: what goes out to them in a file, and what becomes of a file that comes back.

A file that comes back makes drafts and publishes nothing. What somebody wrote before stays in the history.
"""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from content.catalogue import Catalogue, load_catalogue
from content.drafting import (
    OPEN,
    Draft,
    find_newest,
    find_source,
    find_translation,
    get_or_add_translation,
    list_history,
    save_draft,
)
from content.easy_texts import lines_of
from content.exchange.incoming import Unreadable, UnreadableExchange
from content.exchange.made_from import find_made_from
from content.exchange.po import read_po
from content.exchange.units import Package, PackedAnswer, Unit, pack, text_from, units
from content.exchange.xliff import read_xliff
from content.freshness import Text, is_easy_outdated
from content.models import Answer, Lifecycle, Origin, Revision, Translation
from content.previewing import inspect_draft
from core import languages
from core.database import Database
from core.issues import Issue, Severity
from core.timeline import record

BATCH = 20  # answers in one transaction: others wait while it runs


class Reason(StrEnum):
    """Why an answer of a file was left as it is."""

    UNKNOWN_ANSWER = "unknown_answer"
    OTHER_LANGUAGE = "other_language"  # the answer is written in another language than the file says
    NO_SOURCE = "no_source"  # its source text is not published (any more)
    IN_REVIEW = "in_review"
    CANNOT_BE_SAVED = "cannot_be_saved"


@dataclass(frozen=True, slots=True)
class Refusal:
    """An answer that was left as it is; ``issues`` are those that forbid saving."""

    answer_id: str
    reason: Reason
    issues: tuple[Issue, ...] = ()


@dataclass(frozen=True, slots=True)
class Taken:
    """An answer that has a new draft; ``issues`` are those that somebody must mend before it is sent to review."""

    answer_id: str
    is_outdated: bool  # the translator has read another source text than the one that is published now
    is_incomplete: bool
    has_replaced_draft: bool
    issues: tuple[Issue, ...] = ()


@dataclass(frozen=True, slots=True)
class Received:
    """What became of a file. Unchanged are texts that we have, or had once, and those that nobody translated."""

    language: str
    taken: tuple[Taken, ...] = ()
    unchanged: tuple[str, ...] = ()
    refused: tuple[Refusal, ...] = ()

    @property
    def outdated(self) -> tuple[str, ...]:
        """The answers among the taken whose source text has changed since the file went out."""
        return tuple(one.answer_id for one in self.taken if one.is_outdated)


async def list_source_languages(session: AsyncSession) -> list[str]:
    """The languages that answers are written in."""
    return list(await session.scalars(select(Answer.source_language).distinct().order_by(Answer.source_language)))


async def export_package(
    session: AsyncSession,
    language: str,
    *,
    source_language: str = "nb",
    only_outdated_or_missing: bool,
    area: str | None = None,
) -> Package:
    """The published texts in the source language, each with its newest translation, be it a draft.

    A translation that is up to date but not complete counts as missing. Answers written in other languages are left
    out: a file has one source language.
    """
    if language == source_language:
        return Package(source_language, language, ())
    sources = await _newest(session, source_language, [Lifecycle.PUBLISHED], source_language, area)
    targets = await _newest(session, language, [*OPEN, Lifecycle.PUBLISHED], source_language, area)
    return Package(
        source_language,
        language,
        tuple(
            pack(answer_id, source.text(), target.text() if target else None)
            for answer_id, source in sources.items()
            for target in [targets.get(answer_id)]
            if not (only_outdated_or_missing and target and _is_done(answer_id, source, target))
        ),
    )


def read_package(data: bytes) -> Package:
    """The file of a translator, XLIFF or PO by what stands in it. Slow: call it in a thread. Raises UnreadableExchange.

    The languages are put in our short form, "ar" for "ar-SA"; neither is known to be one of ours but the target.
    """
    is_xml = data[:1000].removeprefix(b"\xef\xbb\xbf").lstrip()[:1] == b"<"
    package = read_xliff(data) if is_xml else read_po(data)
    target = languages.normalise(package.target_language)
    if target not in languages.PROMISED:
        raise UnreadableExchange(Unreadable.NO_LANGUAGE)
    return replace(package, source_language=languages.normalise(package.source_language), target_language=target)


async def receive(database: Database, package: Package, *, by: int, at: datetime) -> Received:
    """Import a whole file, some answers at a time: after a failure it can be sent again, and goes on where it was."""
    async with database.reading() as session:
        catalogue = await load_catalogue(session)
    whole = Received(package.target_language)
    for first in range(0, len(package.answers), BATCH):
        part = replace(package, answers=package.answers[first : first + BATCH])
        async with database.changing() as session:
            one = await import_package(session, part, by=by, at=at, catalogue=catalogue)
        whole = Received(
            whole.language, whole.taken + one.taken, whole.unchanged + one.unchanged, whole.refused + one.refused
        )
    return whole


async def import_package(
    session: AsyncSession, package: Package, *, by: int, at: datetime, catalogue: Catalogue | None = None
) -> Received:
    """Make a draft of each text that is new to us. Publishes nothing, and leaves what is in review alone."""
    catalogue = catalogue or await load_catalogue(session)
    taken, unchanged, refused = [], [], []
    for packed in package.answers:
        match await _receive(session, packed, package, catalogue, by=by, at=at):
            case Taken() as one:
                taken.append(one)
            case Refusal() as one:
                refused.append(one)
            case None:
                unchanged.append(packed.answer_id)
    counts = {"taken": len(taken), "unchanged": len(unchanged), "refused": len(refused)}
    details = {name: str(count) for name, count in counts.items()}
    record(session, "exchange_received", about="exchange", by=by, at=at, language=package.target_language, **details)
    return Received(package.target_language, tuple(taken), tuple(unchanged), tuple(refused))


def note_unreadable(session: AsyncSession, problem: UnreadableExchange, *, by: int, at: datetime) -> None:
    """Write down that somebody sent a file which was not read."""
    record(session, "exchange_refused", about="exchange", by=by, at=at, reason=problem.reason)


async def _receive(
    session: AsyncSession, packed: PackedAnswer, package: Package, catalogue: Catalogue, *, by: int, at: datetime
) -> Taken | Refusal | None:
    """None when there is nothing new in it."""
    answer_id, language = packed.answer_id, package.target_language
    answer = await session.get(Answer, answer_id)
    if answer is None:
        return Refusal(answer_id, Reason.UNKNOWN_ANSWER)
    if answer.source_language != package.source_language or answer.source_language == language:
        return Refusal(answer_id, Reason.OTHER_LANGUAGE)
    source = await find_source(session, answer_id)
    if source is None:
        return Refusal(answer_id, Reason.NO_SOURCE)
    made_from = await find_made_from(session, source, packed)
    text = _tidy(text_from(packed.units, made_from.template))
    has_easy = any(unit.key.startswith("easy.") for unit in packed.units)
    if await _is_known(session, answer_id, language, text, has_easy=has_easy):
        return None
    easy_from = _easy_source(packed.units).easy_hash()
    draft = Draft(text, (), Origin.HUMAN, made_from.counts_as, easy_from_hash=easy_from)
    issues = await inspect_draft(session, answer_id, language, draft, catalogue=catalogue)
    unsaveable = tuple(issue for issue in issues if issue.severity is Severity.SAVING)
    if unsaveable:
        return Refusal(answer_id, Reason.CANNOT_BE_SAVED, unsaveable)
    translation = await get_or_add_translation(session, answer_id, language)
    newest = await find_newest(session, translation.id)
    if newest is not None and newest.lifecycle == Lifecycle.IN_REVIEW:
        return Refusal(answer_id, Reason.IN_REVIEW)
    draft = replace(draft, asked_as=tuple(newest.asked_as) if newest else ())
    if newest is not None and not has_easy:  # a file from before there was one takes none away
        draft = replace(draft, text=replace(text, easy=newest.easy), easy_from_hash=newest.easy_from_hash)
    had_draft = newest is not None and newest.lifecycle == Lifecycle.DRAFT
    based_on = newest.number if newest else None
    await save_draft(session, answer_id, language, draft, based_on=based_on, by=by, at=at)
    return Taken(
        answer_id,
        is_outdated=made_from.counts_as != source.text_hash or _is_easy_outdated(draft, source),
        is_incomplete=_lacks_words(packed.units, units(answer_id, made_from.template, None)),
        has_replaced_draft=had_draft,
        issues=tuple(issue for issue in issues if issue.severity is Severity.PUBLISHING),
    )


async def _is_known(session: AsyncSession, answer_id: str, language: str, text: Text, *, has_easy: bool) -> bool:
    """Whether it says nothing, or stands in the history; without easy units in the file, the plain words decide.

    Translators send texts back that they have not touched. They must not undo what was written here meanwhile.
    """
    compared = Text.identity if has_easy else Text.hash
    wanted = compared(text)
    if wanted == compared(Text("", "")):
        return True
    translation = await find_translation(session, answer_id, language)
    if translation is None:
        return False
    return any(compared(_tidy(one.text())) == wanted for one in await list_history(session, translation.id))


def _tidy(text: Text) -> Text:
    """As the form of the desk keeps it: without empty steps, and without empty parts of the referral."""
    steps = (_trim(step) for step in text.next_steps)
    parts = ((key, _trim(words)) for key, words in text.referral.items())
    return Text(
        title=" ".join(text.title.split()),
        short=_trim(text.short),
        full=_trim(text.full),
        easy="\n".join(lines_of(text.easy)),
        applies_to=_trim(text.applies_to),
        next_steps=tuple(step for step in steps if step),
        referral={key: words for key, words in parts if words},
    )


def _trim(words: str) -> str:
    return words.replace("\r\n", "\n").strip()


def _is_done(answer_id: str, source: Revision, target: Revision) -> bool:
    """Somebody approved what is published, with fewer paragraphs than the source or not; drafts must be complete."""
    if target.made_from_hash != source.text_hash or _is_easy_outdated(target, source):
        return False
    pairs = units(answer_id, source.text(), target.text())
    return target.lifecycle == Lifecycle.PUBLISHED or all(one.target for one in pairs if one.source)


def _easy_source(given: Iterable[Unit]) -> Text:
    """The easy text that a translator has read."""
    return Text("", "", easy="\n".join(unit.source for unit in given if unit.key.startswith("easy.")))


def _is_easy_outdated(target: Draft | Revision, source: Revision) -> bool:
    return is_easy_outdated(easy_from=target.easy_from_hash, source_easy=source.easy_hash)


def _lacks_words(given: Iterable[Unit], wanted: Iterable[Unit]) -> bool:
    there = {unit.key for unit in given if unit.target.strip()}
    return not {unit.key for unit in wanted} <= there


async def _newest(
    session: AsyncSession, language: str, lifecycles: list[Lifecycle], source_language: str, area: str | None
) -> dict[str, Revision]:
    """The newest revision of each answer in these states, in the order of the answers' ids."""
    wanted = (
        select(Answer.id, Revision)
        .join(Translation, Translation.answer_id == Answer.id)
        .join(Revision, Revision.translation_id == Translation.id)
        .where(
            Answer.source_language == source_language,
            Translation.language == language,
            Revision.lifecycle.in_(lifecycles),
        )
        .order_by(Answer.id, Revision.lifecycle == Lifecycle.PUBLISHED)
    )
    found: dict[str, Revision] = {}
    for answer_id, revision in await session.execute(wanted.where(Answer.area == area) if area else wanted):
        found.setdefault(answer_id, revision)  # an open text stands before the published one
    return found

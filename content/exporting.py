"""Writes what is published as files in the library's format. Importing them again changes nothing."""

from collections import defaultdict
from collections.abc import Mapping
from datetime import date
from pathlib import Path

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import selectinload

from content.glossary.keeping import export_words
from content.library_files import WhenExpired, write_yaml
from content.models import Answer, Fact, Lifecycle, Municipality, Office, Revision, Sample, Translation
from content.reading_aloud.carrying import export_recordings


async def export_library(session: AsyncSession, folder: Path) -> int:
    """Write everything that residents can see now; how many answers. Existing files of the same name are replaced."""
    published: dict[str, list[tuple[str, Revision]]] = defaultdict(list)
    rows = await session.execute(
        select(Translation, Revision)
        .join(Revision, Revision.translation_id == Translation.id)
        .where(Revision.lifecycle == Lifecycle.PUBLISHED)
        .order_by(Translation.language)
    )
    for translation, revision in rows:
        published[translation.answer_id].append((translation.language, revision))
    wanted = select(Answer).options(selectinload(Answer.sources)).order_by(Answer.id)
    answers = [answer for answer in await session.scalars(wanted) if answer.id in published]
    folders = {answer.id: folder / answer.area / answer.id for answer in answers}
    stamps = await export_recordings(session, folders)
    for answer in answers:
        _write_answer(folders[answer.id], answer, published[answer.id], stamps)
    await _write_facts(session, folder)
    await _write_samples(session, folder)
    await export_words(session, folder)
    await _write_profile(session, folder)
    return len(answers)


def _write_answer(
    folder: Path,
    answer: Answer,
    revisions: list[tuple[str, Revision]],
    stamps: Mapping[tuple[str, str], str],
) -> None:
    values: dict[str, object] = {
        "id": answer.id,
        "area": answer.area,
        "priority": str(answer.priority),
        "owner": answer.owner,
        "level": list(answer.levels),
        "audience": list(answer.audience),
        "safety": _yes(flag=answer.is_safety),
        "life_events": list(answer.life_events),
        "contact": answer.contact,
        "related": list(answer.related),
        "source_language": answer.source_language,
        "checked_on": _day(answer.checked_on),
        "review_by": _day(answer.review_by),
        "valid_from": _day(answer.valid_from),
        "valid_until": _day(answer.valid_until),
        "when_expired": WhenExpired.HIDE.value if answer.is_hidden_when_expired else None,
        "sources": [
            _without_empty({"url": one.url, "name": one.name, "verified": _yes(flag=one.is_verified), "note": one.note})
            for one in answer.sources
        ],
    }
    write_yaml(folder / "answer.yaml", _without_empty(values))
    for language, revision in revisions:
        read_from = stamps.get((answer.id, language))
        write_yaml(folder / f"{language}.yaml", _without_empty(_translation(language, revision, read_from)))


def _translation(language: str, revision: Revision, read_from: str | None) -> dict[str, object]:
    return {
        "language": language,
        "origin": str(revision.origin),
        "made_from": revision.made_from_hash,
        "read_from": read_from,
        "title": revision.title,
        "short": revision.short,
        "full": revision.full,
        "easy": revision.easy,
        "easy_from": revision.easy_from_hash,
        "applies_to": revision.applies_to,
        "next_steps": list(revision.next_steps),
        "referral": _without_empty(dict(revision.referral)),
        "asked_as": list(revision.asked_as),
    }


async def _write_facts(session: AsyncSession, folder: Path) -> None:
    facts: dict[str, object] = {
        fact.name: _without_empty(
            {
                "type": fact.type,
                "value": fact.value,
                "about": fact.about,
                "source": fact.source,
                "valid_as_of": _day(fact.valid_as_of),
                "verified": _yes(flag=fact.is_verified),
            }
        )
        for fact in await session.scalars(select(Fact).order_by(Fact.name))
    }
    if facts:
        write_yaml(folder / "facts" / "facts.yaml", facts)


async def _write_samples(session: AsyncSession, folder: Path) -> None:
    texts: dict[str, dict[str, list[str]]] = defaultdict(lambda: defaultdict(list))
    for one in await session.scalars(select(Sample).order_by(Sample.id)):
        texts[one.language][one.answer_id].append(one.text)
    for language, by_answer in texts.items():
        outside = by_answer.pop("", [])
        if outside:
            write_yaml(folder / "outside" / f"{language}.yaml", {"language": language, "texts": outside})
        if by_answer:
            write_yaml(folder / "wordings" / f"{language}.yaml", {"language": language, "wordings": dict(by_answer)})


async def _write_profile(session: AsyncSession, folder: Path) -> None:
    town = await session.get(Municipality, 1)
    if town is None:
        return
    offices: dict[str, object] = {
        office.key: _without_empty(
            {
                "name": dict(office.names),
                "helps_with": dict(office.helps_with),
                "phone": office.phone,
                "email": office.email,
                "address": office.address,
                "hours": office.hours,
            }
        )
        for office in await session.scalars(select(Office).order_by(Office.position))
    }
    values: dict[str, object] = {
        "name": town.name,
        "website": town.website,
        "zone": town.zone,
        "example": _yes(flag=town.is_example),
        "districts": list(town.districts),
        "manages": list(town.manages),
        "offices": offices,
    }
    write_yaml(folder / "profile.yaml", _without_empty(values))


def _without_empty(values: dict[str, object]) -> dict[str, object]:
    return {key: value for key, value in values.items() if value not in (None, "", [], {})}


def _yes(*, flag: bool) -> str:
    return "yes" if flag else "no"


def _day(day: date | None) -> str | None:
    return None if day is None else day.isoformat()

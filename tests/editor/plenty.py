"""A municipality with a great deal to say: 1,000 answers in 15 languages, made in a few seconds."""

from datetime import date, timedelta

from sqlalchemy import insert, text

from content.models import Answer, Lifecycle, Municipality, Origin, Revision, Source, Translation
from core import languages
from core.database import Database
from core.timeline import TimelineEntry
from tests.conftest import MONDAY_9AM

ANSWERS = 1000
AREAS = ("grants", "premises", "practice", "services")
OFFICES = ("service-centre", "library", "culture", "nav", "school")
SENTENCE = "Du søker på nett, og du får svar innen tre uker. "
TODAY = MONDAY_9AM.date()


async def fill(database: Database) -> None:
    """Each answer in each language with an earlier text, a published one and, now and then, one that is open."""
    answers, sources, translations, revisions = [], [], [], []
    for number in range(ANSWERS):
        answer_id = f"answer-{number:04}"
        answers.append(_answer(answer_id, number))
        sources.append(
            {"answer_id": answer_id, "position": 0, "url": f"https://www.stad.example/{number}", "name": "Stad"}
        )
        for index, language in enumerate(languages.PROMISED):
            key = number * len(languages.PROMISED) + index + 1
            translations.append({"id": key, "answer_id": answer_id, "language": language})
            revisions += _revisions(key, number, index, language)
    events = [
        {
            "at": MONDAY_9AM,
            "event": "draft_saved",
            "about": f"answer:answer-{number % ANSWERS:04}",
            "by": 1,
            "details": {},
        }
        for number in range(20_000)
    ]
    async with database.changing() as session:
        await session.execute(insert(Municipality), [{"id": 1, "name": "Storvik"}])
        await session.execute(insert(Answer), answers)
        await session.execute(insert(Source), [{**one, "is_verified": True, "note": ""} for one in sources])
        await session.execute(insert(Translation), translations)
        for start in range(0, len(revisions), 2000):
            await session.execute(insert(Revision), revisions[start : start + 2000])
        await session.execute(insert(TimelineEntry), events)
        if not database.is_sqlite:
            await session.execute(text("SELECT setval('translations_id_seq', 15000)"))
    async with database.changing() as session:
        await session.execute(text("ANALYZE"))  # PostgreSQL does it by itself after a while


def _answer(answer_id: str, number: int) -> dict[str, object]:
    return {
        "id": answer_id,
        "area": AREAS[number % len(AREAS)],
        "owner": OFFICES[number % len(OFFICES)],
        "contact": OFFICES[0],
        "source_language": "nb",
        "checked_on": date(2026, 1, 1),
        "review_by": TODAY + timedelta(days=number % 400 - 20),
        "valid_until": TODAY + timedelta(days=number % 300 - 10) if number % 10 == 0 else None,
        **{name: [] for name in ("levels", "audience", "life_events", "related")},
    }


def _revisions(key: int, number: int, index: int, language: str) -> list[dict[str, object]]:
    is_source = index == 0
    is_outdated = not is_source and (number + index) % 7 == 0
    found = [_revision(key, 1, Lifecycle.SUPERSEDED, number, language, "old")]
    if (number + index) % 11:
        found.append(_revision(key, 2, Lifecycle.PUBLISHED, number, language, "old" if is_outdated else "new"))
    if (number + index) % 13 == 0:
        found.append(_revision(key, 3, Lifecycle.DRAFT, number, language, "new"))
    elif (number + index) % 17 == 0:
        found.append(_revision(key, 3, Lifecycle.IN_REVIEW, number, language, "new"))
    return found


def _revision(
    key: int, version: int, lifecycle: Lifecycle, number: int, language: str, made_from: str
) -> dict[str, object]:
    is_source = language == "nb"
    return {
        "translation_id": key,
        "number": version,
        "lifecycle": lifecycle,
        "origin": Origin.WRITTEN if is_source else (Origin.HUMAN, Origin.MACHINE)[number % 2],
        "title": f"Hvordan får jeg hjelp med sak {number} ({language})",
        "short": SENTENCE * 3,
        "full": (SENTENCE * 4 + "\n\n") * 4,
        "applies_to": SENTENCE,
        "next_steps": [SENTENCE] * 3,
        "referral": {"whom": "Servicetorget", "how": "Ring."},
        "asked_as": [f"sak {number} {language} spørsmål {each}" for each in range(8)],
        "text_hash": f"{number:04}-{language}-{'old' if version == 1 else 'new'}",
        "made_from_hash": None if is_source else f"{number:04}-nb-{made_from}",
        "created_at": MONDAY_9AM,
        "published_at": MONDAY_9AM if version < 3 else None,
        "is_small_change": False,
        "is_review_owed": number % 50 == 0 and lifecycle is Lifecycle.PUBLISHED,
    }

"""What residents can read now: a view of everything published, held in memory for one version of the content."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field, replace
from datetime import date

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import selectinload

from content.facts import FactType, Value, names_in
from content.freshness import Freshness, Text, freshness, hash_of, is_easy_outdated
from content.glossary.glossary import NO_GLOSSARY, Glossary
from content.glossary.keeping import load_glossary
from content.models import Answer, Fact, Lifecycle, Municipality, Office, Origin, Revision, Sample, Translation
from content.publishing import get_version
from content.reading_aloud.records import Recording
from core import languages

SERVICE_CENTRE = "service-centre"  # the office for those who do not know whom to ask
AREAS = ("grants", "premises", "practice", "services")
LIFE_EVENTS = (
    "new-in-norway", "moving", "having-a-child", "child-in-school", "starting-work", "losing-work", "illness",
    "family-reunion", "crisis", "start-organisation", "run-organisation", "becoming-citizen", "short-of-money",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class PublishedText:
    """A published revision in one language."""

    revision_id: int
    language: str
    origin: Origin
    freshness: Freshness
    title: str
    short: str
    full: str
    applies_to: str
    next_steps: tuple[str, ...]
    referral: Mapping[str, str]
    asked_as: tuple[str, ...]
    easy: str = ""
    is_easy_outdated: bool = False  # the easy text was made from another one than the source has now


@dataclass(frozen=True, slots=True)
class PublishedRecording:
    """That a person has read a text aloud, and which text it was."""

    id: int
    read_from: str


@dataclass(frozen=True, slots=True)
class PublishedSource:
    """An official page behind an answer."""

    url: str
    name: str
    is_verified: bool


@dataclass(frozen=True, slots=True)
class PublishedAnswer:
    """An answer with all its published languages."""

    id: str
    area: str
    is_safety: bool
    owner: str
    contact: str
    levels: tuple[str, ...]
    audience: tuple[str, ...]
    life_events: tuple[str, ...]
    related: tuple[str, ...]
    source_language: str
    checked_on: date | None
    review_by: date | None
    valid_from: date | None
    valid_until: date | None
    is_hidden_when_expired: bool
    sources: tuple[PublishedSource, ...]
    texts: Mapping[str, PublishedText]

    def text_for(self, language: str) -> PublishedText:
        """The text that serves this reader best: own language, or down the chain of fallbacks."""
        return self.texts[languages.first_available(language, self.texts) or self.source_language]

    def is_valid(self, today: date) -> bool:
        """Whether it may be served as current."""
        return (self.valid_from is None or self.valid_from <= today) and (
            self.valid_until is None or today <= self.valid_until
        )

    def is_hidden(self, today: date) -> bool:
        """Whether residents are not to find it: it has run out, and its owner wants it gone then.

        An answer for people in danger is never hidden: in its place they get the emergency numbers.
        """
        has_run_out = self.valid_until is not None and self.valid_until < today
        return has_run_out and self.is_hidden_when_expired and not self.is_safety

    def is_past_review(self, today: date) -> bool:
        """Whether somebody should have looked at it again by now."""
        return self.review_by is not None and self.review_by < today


@dataclass(frozen=True, slots=True)
class OfficeCard:
    """Whom to turn to."""

    key: str
    names: Mapping[str, str]
    helps_with: Mapping[str, str]
    phone: str
    email: str
    address: str
    hours: str

    def name(self, language: str) -> str:
        """Its name in this language or down the chain."""
        best = languages.first_available(language, self.names)
        return self.names[best] if best else self.key


@dataclass(frozen=True, slots=True)
class Catalogue:
    """Everything published, at one version."""

    version: int
    municipality: str
    website: str
    zone: str
    is_example: bool
    answers: Mapping[str, PublishedAnswer]
    offices: Mapping[str, OfficeCard]
    facts: Mapping[str, Value]
    unverified_facts: frozenset[str]
    recordings: Mapping[tuple[str, str], PublishedRecording] = field(default_factory=dict)  # by answer and language
    glossary: Glossary = NO_GLOSSARY

    def on(self, today: date) -> "Catalogue":
        """What residents find on this day: without the answers that are hidden since they ran out."""
        hidden = self.hidden_on(today)
        if not hidden:
            return self
        return replace(self, answers={key: one for key, one in self.answers.items() if key not in hidden})

    def hidden_on(self, today: date) -> frozenset[str]:
        """The ids of the answers that residents do not find on this day."""
        return frozenset(answer.id for answer in self.answers.values() if answer.is_hidden(today))

    def in_area(self, area: str) -> list[PublishedAnswer]:
        """The answers of an area, in the order in which the menu shows them."""
        return [answer for answer in self.answers.values() if answer.area == area]

    def at_life_event(self, event: str) -> list[PublishedAnswer]:
        """The answers that belong to a life event."""
        return [answer for answer in self.answers.values() if event in answer.life_events]

    def areas(self) -> list[str]:
        """The areas that have answers, ours first."""
        there = dict.fromkeys(answer.area for answer in self.answers.values())
        return [area for area in AREAS if area in there] + sorted(area for area in there if area not in AREAS)

    def life_events(self) -> list[str]:
        """The life events that have answers."""
        there = {event for answer in self.answers.values() for event in answer.life_events}
        return [event for event in LIFE_EVENTS if event in there]

    def facts_for(self, language: str) -> Mapping[str, Value]:
        """All facts, with the offices' details among them in this language."""
        offices = {
            f"{card.key}.{field}": Value(kind, value)
            for card in self.offices.values()
            for field, kind, value in (
                ("name", FactType.TEXT, card.name(language)),
                ("phone", FactType.PHONE, card.phone),
                ("email", FactType.EMAIL, card.email),
                ("address", FactType.ADDRESS, card.address),
                ("hours", FactType.HOURS, card.hours),
            )
            if value
        }
        town = {
            name: Value(kind, value)
            for name, kind, value in (
                ("municipality.name", FactType.TEXT, self.municipality),
                ("municipality.website", FactType.LINK, self.website),
            )
            if value
        }
        return {**town, **offices, **self.facts}

    def read_from(self, text: PublishedText) -> str:
        """The hash of what somebody says who reads this text: its words, and the values of the facts in them."""
        return self.read_from_words(text, text.language)

    def read_from_words(self, text: PublishedText | Text, language: str) -> str:
        """The same of a text that residents may not see yet."""
        words = [text.title, text.short, text.full, text.applies_to, *text.next_steps, *_sorted(text.referral)]
        named = {name for one in words for name in names_in(one)}
        known = self.facts_for(language) if named else {}
        return hash_of([words, [[name, known[name].value] for name in sorted(named) if name in known]])

    def recording_of(self, answer: PublishedAnswer, language: str) -> PublishedRecording | None:
        """The recording of the text in this language, unless the text has changed since it was read."""
        found = self.recordings.get((answer.id, language))
        if found is None or found.read_from != self.read_from(answer.texts[language]):
            return None
        return found


async def load_catalogue(session: AsyncSession, *, only: Collection[str] | None = None) -> Catalogue:
    """Read everything that is published now; with ``only``, of the answers just these: all take a second for 1,000."""
    version = await get_version(session)
    texts = await _texts(session, only)
    wanted = select(Answer).options(selectinload(Answer.sources)).order_by(Answer.priority, Answer.id)
    answers = await session.scalars(wanted if only is None else wanted.where(Answer.id.in_(only)))
    town = await session.get(Municipality, 1)
    facts = list(await session.scalars(select(Fact)))
    return Catalogue(
        version=version,
        municipality=town.name if town else "",
        website=town.website if town else "",
        zone=town.zone if town else "Europe/Oslo",
        is_example=town.is_example if town else False,
        answers={answer.id: publish_view(answer, texts[answer.id]) for answer in answers if answer.id in texts},
        offices={
            one.key: OfficeCard(one.key, one.names, one.helps_with, one.phone, one.email, one.address, one.hours)
            for one in await session.scalars(select(Office).order_by(Office.position))
        },
        facts={fact.name: Value(FactType(fact.type), fact.value) for fact in facts},
        unverified_facts=frozenset(fact.name for fact in facts if not fact.is_verified),
        recordings=await _recordings(session),
        glossary=await load_glossary(session) if only is None else NO_GLOSSARY,
    )


async def load_samples(session: AsyncSession) -> list[Sample]:
    """What people write, apart from the wordings of texts."""
    return list(await session.scalars(select(Sample).order_by(Sample.id)))


async def _recordings(session: AsyncSession) -> dict[tuple[str, str], PublishedRecording]:
    released = (
        select(Translation.answer_id, Translation.language, Recording.id, Recording.read_from)
        .join(Translation, Translation.id == Recording.translation_id)
        .where(Recording.is_released)
    )
    rows = await session.execute(released)
    return {(answer_id, language): PublishedRecording(key, read_from) for answer_id, language, key, read_from in rows}


def _sorted(referral: Mapping[str, str]) -> list[str]:
    return [f"{key}: {value}" for key, value in sorted(referral.items()) if value.strip()]


async def _texts(session: AsyncSession, only: Collection[str] | None) -> dict[str, dict[str, Revision]]:
    published = (
        select(Translation, Revision)
        .join(Revision, Revision.translation_id == Translation.id)
        .where(Revision.lifecycle == Lifecycle.PUBLISHED)
        .order_by(Translation.language)
    )
    rows = await session.execute(published if only is None else published.where(Translation.answer_id.in_(only)))
    found: dict[str, dict[str, Revision]] = {}
    for translation, revision in rows:
        found.setdefault(translation.answer_id, {})[translation.language] = revision
    return found


def publish_view(answer: Answer, revisions: Mapping[str, Revision]) -> PublishedAnswer:
    """An answer with these revisions as residents see it; its sources must be loaded."""
    source = revisions.get(answer.source_language)
    return PublishedAnswer(
        id=answer.id,
        area=answer.area,
        is_safety=answer.is_safety,
        owner=answer.owner,
        contact=answer.contact,
        levels=tuple(answer.levels),
        audience=tuple(answer.audience),
        life_events=tuple(answer.life_events),
        related=tuple(answer.related),
        source_language=answer.source_language,
        checked_on=answer.checked_on,
        review_by=answer.review_by,
        valid_from=answer.valid_from,
        valid_until=answer.valid_until,
        is_hidden_when_expired=answer.is_hidden_when_expired,
        sources=tuple(PublishedSource(one.url, one.name, one.is_verified) for one in answer.sources),
        texts={
            language: PublishedText(
                revision_id=revision.id,
                language=language,
                origin=Origin(revision.origin),
                freshness=_freshness(language, revision, answer, source),
                title=revision.title,
                short=revision.short,
                full=revision.full,
                applies_to=revision.applies_to,
                next_steps=tuple(revision.next_steps),
                referral=revision.referral,
                asked_as=tuple(revision.asked_as),
                easy=revision.easy,
                is_easy_outdated=_is_easy_outdated(revision, source),
            )
            for language, revision in revisions.items()
        },
    )


def _freshness(language: str, revision: Revision, answer: Answer, source: Revision | None) -> Freshness:
    if language == answer.source_language or source is None:
        return Freshness.FRESH
    return freshness(made_from=revision.made_from_hash, source=source.text_hash)


def _is_easy_outdated(revision: Revision, source: Revision | None) -> bool:
    """Of the source text itself nobody says what it was made from."""
    return source is not None and is_easy_outdated(easy_from=revision.easy_from_hash, source_easy=source.easy_hash)

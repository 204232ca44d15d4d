"""Changing a fact once: which texts use it, what residents will read afterwards, and the change itself.

A changed fact is seen at once, in every language: no text is published again, and no translation becomes outdated.
"""

import gettext
import re
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass
from datetime import date, datetime

from sqlalchemy import ColumnElement, String, cast, or_, select
from sqlalchemy.ext.asyncio import AsyncSession

from content.catalogue import Catalogue, OfficeCard
from content.differences import fields_of
from content.drafting import OPEN
from content.editing_checks import DetailsWrong, is_secure, unfit, wrong
from content.facts import FactType, Value, fill, is_valid, names_in
from content.library_files import FACT_NAME
from content.library_updates.comparing import hold_offer_of_fact, settle
from content.models import Fact, Lifecycle, Municipality, Office, Revision, Translation
from content.publishing import announce
from core.database import add_unless_there
from core.errors import RuleBroken
from core.i18n import Translator
from core.issues import Issue
from core.timeline import record

RESERVED = ("new",)  # the address of the page for a new one
LONGEST_VALUE = 500
# Stricter than showing them needs: what one types is not always what one means ("1.200 kr").
_WRITTEN = {
    FactType.MONEY: re.compile(r"[0-9]{1,12}(?:\.[0-9]{1,2})? [A-Z]{3}"),
    FactType.NUMBER: re.compile(r"-?[0-9]{1,12}(?:\.[0-9]{1,6})?"),
    FactType.PERCENT: re.compile(r"-?[0-9]{1,6}(?:\.[0-9]{1,4})?"),
}
_SENTENCE_END = re.compile(r"(?<=[.!?؟。።])\s+|\n+")


class FactUsed(RuleBroken):
    """A text without the fact that it names cannot be shown: a fact that is used stays."""

    code = "fact_used"


class FactTaken(RuleBroken):
    """There is a fact of this name already."""

    code = "fact_taken"


class FactChangedMeanwhile(RuleBroken):
    """Somebody else has changed the value since it was looked at."""

    code = "fact_changed_meanwhile"


@dataclass(frozen=True, slots=True)
class NewFact:
    """A fact before it is kept."""

    name: str
    type: FactType
    value: str
    about: str
    source: str
    valid_as_of: date | None
    is_verified: bool


@dataclass(frozen=True, slots=True)
class Use:
    """A text that names a fact: what residents see, or what is on its way to them."""

    answer_id: str
    language: str
    title: str
    lifecycle: Lifecycle


@dataclass(frozen=True, slots=True)
class Change:
    """A sentence that residents read, before and after."""

    language: str
    answer_id: str
    before: str
    after: str


async def list_facts(session: AsyncSession, *, words: str = "", only_unverified: bool = False) -> list[Fact]:
    """The facts by name; with ``words``, those that have each of them in their name, value or explanation."""
    wanted = select(Fact).order_by(Fact.name)
    for word in words.split()[:8]:
        fields = (Fact.name, Fact.value, Fact.about)
        wanted = wanted.where(or_(*(field.icontains(word, autoescape=True) for field in fields)))
    if only_unverified:
        wanted = wanted.where(Fact.is_verified.is_(False))
    return list(await session.scalars(wanted))


async def find_fact(session: AsyncSession, name: str) -> Fact | None:
    """The fact of this name."""
    return await session.get(Fact, name) if FACT_NAME.fullmatch(name) else None


async def uses_of(session: AsyncSession, name: str) -> list[Use]:
    """The texts that name this fact, by answer and language; of a text with a draft both, when both name it."""
    rows = await session.execute(
        select(Translation.answer_id, Translation.language, Revision.title, Revision.lifecycle)
        .join(Revision, Revision.translation_id == Translation.id)
        .where(Revision.lifecycle.in_((*OPEN, Lifecycle.PUBLISHED)), _names(name))
        .order_by(Translation.answer_id, Translation.language, Revision.number)
    )
    return [Use(answer_id, language, title, Lifecycle(state)) for answer_id, language, title, state in rows]


async def preview_change(
    session: AsyncSession, name: str, value: str, *, words: Callable[[str], Translator]
) -> list[Change]:
    """For each language in which residents read the fact, one sentence as it is and as it would be.

    ``words`` gives the translator of a language. The value must be right: see ``check_value``.
    """
    fact = await session.get_one(Fact, name)
    rows = await session.execute(
        select(Translation.answer_id, Translation.language, Revision)
        .join(Revision, Revision.translation_id == Translation.id)
        .where(Revision.lifecycle == Lifecycle.PUBLISHED, _names(name))
        .order_by(Translation.language, Translation.answer_id)
    )
    frame = await _without_texts(session)
    new = {name: Value(FactType(fact.type), value)}
    changes: dict[str, Change] = {}
    for answer_id, language, revision in rows:
        if language not in changes:
            sentence = _sentence(fields_of(revision.text()), name)
            known = {
                **{other: Value(FactType.TEXT, other) for other in names_in(sentence)},
                **frame.facts_for(language),
            }
            t = words(language)
            changes[language] = Change(
                language, answer_id, fill(sentence, known, t), fill(sentence, {**known, **new}, t)
            )
    return list(changes.values())


def tidy(kind: FactType, value: str) -> str:
    """What somebody typed, as it is kept: "1 200,50 kr" is 1200.50 NOK, "25 %" is 25. What is unclear stays."""
    plain = " ".join(value.split())
    if kind not in _WRITTEN:
        return plain
    plain = re.sub(r"(?<=\d) (?=\d{3}(?!\d))", "", plain)
    plain = re.sub(r"(?<=\d),(?=\d{1,2}(?!\d))", ".", plain)
    if kind is FactType.PERCENT:
        return plain.removesuffix("%").strip()
    if kind is FactType.MONEY:
        return re.sub(r"(?<=\d) ?(?:nok|kroner|kr\.?)$", " NOK", plain, flags=re.IGNORECASE)
    return plain


def check_value(kind: FactType, value: str, *, source: str, is_verified: bool) -> list[Issue]:
    """What is wrong with a value and with where it comes from."""
    issues = [*unfit({"value": value, "source": source}, most=LONGEST_VALUE)]
    written = _WRITTEN.get(kind)
    right = written is None or written.fullmatch(value)
    if not issues and not (right and is_valid(Value(kind, value), english())):
        issues.append(wrong("value", "fact_value_wrong"))
    if "://" in source and not is_secure(source):
        issues.append(wrong("source", "source_insecure", url=source))
    if is_verified and not source:
        issues.append(wrong("source", "fact_source_missing"))
    return issues


async def change_fact(
    session: AsyncSession,
    name: str,
    value: str,
    *,
    source: str,
    valid_as_of: date | None,
    is_verified: bool,
    seen: str | None = None,
    by: int,
    at: datetime,
) -> Fact:
    """Keep a new value, or where it comes from; residents see it at once. The same again changes nothing.

    ``seen`` is the value that somebody looked at when they decided. Raises DetailsWrong, FactChangedMeanwhile.
    """
    offer = await hold_offer_of_fact(session, name)
    fact = await session.get_one(Fact, name, with_for_update=True)
    if issues := check_value(FactType(fact.type), value, source=source, is_verified=is_verified):
        raise DetailsWrong(issues)
    if seen is not None and fact.value != seen:
        raise FactChangedMeanwhile(name=name)
    before = fact.value
    fact.value, fact.source, fact.valid_as_of, fact.is_verified = value, source, valid_as_of, is_verified
    if session.is_modified(fact):
        announce(session, "fact_changed", about=name, at=at)
        details = {"before": before, "after": value} if before != value else {}
        record(session, "fact_changed", about=f"fact:{name}", by=by, at=at, **details)
    settle(offer, fact)
    return fact


def check_new(new: NewFact) -> list[Issue]:
    """What is wrong with a new fact."""
    issues = [*unfit({"about": new.about})]
    if not FACT_NAME.fullmatch(new.name) or new.name in RESERVED:
        issues.append(wrong("name", "fact_name_wrong"))
    return issues + check_value(new.type, new.value, source=new.source, is_verified=new.is_verified)


async def add_fact(session: AsyncSession, new: NewFact, *, by: int, at: datetime) -> None:
    """A new fact, for texts to name. Raises DetailsWrong, and FactTaken (also by a detail of an office)."""
    if issues := check_new(new):
        raise DetailsWrong(issues)
    offer = await hold_offer_of_fact(session, new.name)
    known = (await _without_texts(session)).facts_for("nb")
    if new.name in known or not await add_unless_there(session, Fact, **asdict(new)):
        raise FactTaken(name=new.name)
    announce(session, "fact_added", about=new.name, at=at)
    record(session, "fact_added", about=f"fact:{new.name}", by=by, at=at, after=new.value)
    settle(offer, await session.get_one(Fact, new.name))


async def remove_fact(session: AsyncSession, name: str, *, by: int, at: datetime) -> None:
    """Take away a fact that no text names. Raises FactUsed."""
    fact = await session.get_one(Fact, name, with_for_update=True)
    if await uses_of(session, name):
        raise FactUsed(name=name)
    await session.delete(fact)
    announce(session, "fact_removed", about=name, at=at)
    record(session, "fact_removed", about=f"fact:{name}", by=by, at=at, before=fact.value)


def _names(name: str) -> ColumnElement[bool]:
    """Names hold nothing that means something else in JSON or in LIKE."""
    texts = (Revision.title, Revision.short, Revision.full, Revision.easy, Revision.applies_to)
    lists = (cast(Revision.next_steps, String), cast(Revision.referral, String))
    placeholder = f"{{fact:{name}}}"
    return or_(*(column.contains(placeholder, autoescape=True) for column in (*texts, *lists)))


def _sentence(fields: Mapping[str, str], name: str) -> str:
    """The first sentence that names the fact; "" when none does."""
    sentences = (sentence for text in fields.values() for sentence in _SENTENCE_END.split(text))
    return next((sentence.strip() for sentence in sentences if name in names_in(sentence)), "")


async def _without_texts(session: AsyncSession) -> Catalogue:
    """The profile and the facts alone: a thousand answers need not be read for them."""
    town = await session.get(Municipality, 1)
    offices = await session.scalars(select(Office).order_by(Office.position))
    return Catalogue(
        version=0,
        municipality=town.name if town else "",
        website=town.website if town else "",
        zone=town.zone if town else "Europe/Oslo",
        is_example=town.is_example if town else False,
        answers={},
        offices={
            one.key: OfficeCard(one.key, one.names, one.helps_with, one.phone, one.email, one.address, one.hours)
            for one in offices
        },
        facts={fact.name: Value(FactType(fact.type), fact.value) for fact in await session.scalars(select(Fact))},
        unverified_facts=frozenset(),
    )


def english() -> Translator:
    """Enough to try whether a value can be shown."""
    return Translator("en", gettext.NullTranslations())

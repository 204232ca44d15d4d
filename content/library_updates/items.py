"""The shared library as single things to decide about, in the form in which they are kept while they are offered.

Pure: the same form is made of the files of a library and of what the municipality has, so the two can be compared.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from datetime import date
from typing import NotRequired, TypedDict, assert_never, cast

from content.differences import FieldDifference, fields_of, word_difference
from content.drafting import Draft
from content.freshness import Text, hash_of
from content.library_files import AnswerEntry, FactEntry, LibraryFiles, WhenExpired
from content.library_updates.records import LibraryItem, LibraryItemKind
from content.models import Answer, Fact, Origin, Revision

_CHECKED = ("checked_on", "review_by")


class TextContent(TypedDict):
    """A text with its wordings."""

    origin: str
    made_from: str | None
    title: str
    short: str
    full: str
    applies_to: str
    next_steps: list[str]
    referral: dict[str, str]
    asked_as: list[str]
    easy: NotRequired[str]  # where there is one
    easy_from: NotRequired[str]  # where somebody has said it; it makes no other version


class SourceContent(TypedDict):
    """An official page."""

    url: str
    name: str
    is_verified: bool
    note: str


class DetailsContent(TypedDict):
    """What stands beside the texts of an answer. Only sources and days are compared; the rest is for a new answer."""

    area: str
    priority: int
    owner: str
    contact: str
    is_safety: bool
    levels: list[str]
    audience: list[str]
    life_events: list[str]
    related: list[str]
    source_language: str
    checked_on: str | None
    review_by: str | None
    valid_from: str | None
    valid_until: str | None
    is_hidden_when_expired: bool
    sources: list[SourceContent]


class FactContent(TypedDict):
    """A fact with where it comes from."""

    type: str
    value: str
    about: str
    source: str
    valid_as_of: str | None
    is_verified: bool


Content = TextContent | DetailsContent | FactContent
Name = tuple[LibraryItemKind, str, str]  # kind, key and language: what makes an item itself


@dataclass(frozen=True, slots=True)
class Item:
    """One thing, and the hash that tells its versions apart."""

    name: Name
    area: str
    hash: str
    content: Content

    @classmethod
    def of(cls, kind: LibraryItemKind, key: str, language: str, area: str, content: Content) -> "Item":
        """An item with its hash."""
        return cls((kind, key, language), area, _hash(kind, content), content)


def items_of(library: LibraryFiles) -> Iterator[Item]:
    """Everything in a library that can be decided about. Profile, samples and what lies outside are not."""
    for fact in library.facts:
        yield Item.of(LibraryItemKind.FACT, fact.name, "", "", _fact_entry(fact))
    for answer in library.answers:
        is_hidden = answer.when_expired is WhenExpired.HIDE
        content = _details(answer, is_hidden_when_expired=is_hidden)
        yield Item.of(LibraryItemKind.DETAILS, answer.id, "", answer.area, content)
        for one in answer.translations:
            made_from = None if one.language == answer.source_language else one.made_from
            words = _text(one.text, one.asked_as, one.origin, made_from, one.easy_from if made_from else None)
            yield Item.of(LibraryItemKind.TEXT, answer.id, one.language, answer.area, words)


def item_of_text(answer_id: str, language: str, revision: Revision) -> Item:
    """A text that the municipality has."""
    stamps = revision.made_from_hash, revision.easy_from_hash
    content = _text(revision.text(), revision.asked_as, Origin(revision.origin), *stamps)
    return Item.of(LibraryItemKind.TEXT, answer_id, language, "", content)


def item_of_answer(answer: Answer) -> Item:
    """The details of an answer that the municipality has, with its sources loaded."""
    content = _details(answer, is_hidden_when_expired=answer.is_hidden_when_expired)
    return Item.of(LibraryItemKind.DETAILS, answer.id, "", answer.area, content)


def item_of_fact(fact: Fact) -> Item:
    """A fact that the municipality has."""
    content = FactContent(
        type=fact.type,
        value=fact.value,
        about=fact.about,
        source=fact.source,
        valid_as_of=_written(fact.valid_as_of),
        is_verified=fact.is_verified,
    )
    return Item.of(LibraryItemKind.FACT, fact.name, "", "", content)


def offered_item(row: LibraryItem) -> Item:
    """What a row offers; only for rows that do."""
    name = (LibraryItemKind(row.kind), row.key, row.language)
    return Item(name, row.area, row.offered_hash or "", cast("Content", row.offered))


def taken(ours: Item | None, theirs: Item) -> Item:
    """What stands here after taking theirs: just that, but a later check of the details here is not undone."""
    kind, key, language = theirs.name
    if ours is None or kind is not LibraryItemKind.DETAILS:
        return theirs
    mine, others = details(ours), details(theirs)
    checks = {day: max(mine[day] or "", others[day] or "") or None for day in _CHECKED}  # type: ignore[literal-required]
    return Item.of(kind, key, language, theirs.area, cast("DetailsContent", {**others, **checks}))


def says_the_same(ours: Item | None, theirs: Item) -> bool:
    """Whether taking theirs would change nothing."""
    return ours is not None and taken(ours, theirs).hash == ours.hash


def difference(ours: Item | None, theirs: Item) -> tuple[FieldDifference, ...]:
    """What taking theirs would change, field by field; empty when only marks differ, such as "checked"."""
    old, new = _fields(ours) if ours else {}, _fields(taken(ours, theirs))
    return tuple(
        FieldDifference(name, word_difference(old.get(name, ""), new.get(name, "")))
        for name in sorted({**old, **new}, key=lambda one: (one == "asked_as", one.startswith("referral.")))
        if hash_of(old.get(name, "")) != hash_of(new.get(name, ""))
    )


def text(item: Item) -> TextContent:
    """The content of a text."""
    return cast("TextContent", item.content)


def details(item: Item) -> DetailsContent:
    """The content of an answer's details."""
    return cast("DetailsContent", item.content)


def fact(item: Item) -> FactContent:
    """The content of a fact."""
    return cast("FactContent", item.content)


def as_draft(item: Item) -> Draft:
    """A text, to begin a revision from."""
    one = text(item)
    draft = Draft(_words(one), tuple(one["asked_as"]), Origin(one["origin"]), one["made_from"])
    return replace(draft, easy_from_hash=one.get("easy_from"))


def _words(one: TextContent) -> Text:
    return Text(
        title=one["title"],
        short=one["short"],
        full=one["full"],
        applies_to=one["applies_to"],
        next_steps=tuple(one["next_steps"]),
        referral=dict(one["referral"]),
        easy=one.get("easy", ""),
    )


def _hash(kind: LibraryItemKind, content: Content) -> str:
    """The rule of content.freshness: spaces, line ends and the Unicode form make no other version."""
    match kind:
        case LibraryItemKind.TEXT:
            one = cast("TextContent", content)
            return hash_of([_words(one).identity(), one["asked_as"], one["origin"], one["made_from"]])
        case LibraryItemKind.DETAILS:
            other = cast("DetailsContent", content)
            sources = [[one["url"], one["name"], one["is_verified"], one["note"]] for one in other["sources"]]
            return hash_of([sources, other["is_hidden_when_expired"], *_days(other).values()])
        case LibraryItemKind.FACT:
            value = cast("FactContent", content)
            return hash_of([value["type"], value["value"], value["source"], value["valid_as_of"], value["is_verified"]])
    assert_never(kind)


def _fields(item: Item) -> dict[str, str]:
    match item.name[0]:
        case LibraryItemKind.TEXT:
            return {**fields_of(_words(text(item))), "asked_as": "\n".join(text(item)["asked_as"])}
        case LibraryItemKind.DETAILS:
            sources = (" ".join(filter(None, (one["url"], one["name"]))) for one in details(item)["sources"])
            days = {name: day or "" for name, day in _days(details(item)).items()}
            return {"sources": "\n".join(sources), **days}
        case LibraryItemKind.FACT:
            one = fact(item)
            return {"value": one["value"], "source": one["source"], "valid_as_of": one["valid_as_of"] or ""}
    assert_never(item.name[0])


def _days(one: DetailsContent) -> dict[str, str | None]:
    return {
        "checked_on": one["checked_on"],
        "review_by": one["review_by"],
        "valid_from": one["valid_from"],
        "valid_until": one["valid_until"],
    }


def _fact_entry(entry: FactEntry) -> FactContent:
    return FactContent(
        type=entry.value.type.value,
        value=entry.value.value,
        about=entry.about,
        source=entry.source,
        valid_as_of=_written(entry.valid_as_of),
        is_verified=entry.is_verified,
    )


def _details(one: Answer | AnswerEntry, *, is_hidden_when_expired: bool) -> DetailsContent:
    return DetailsContent(
        area=one.area,
        priority=one.priority,
        owner=one.owner,
        contact=one.contact,
        is_safety=one.is_safety,
        levels=list(one.levels),
        audience=list(one.audience),
        life_events=list(one.life_events),
        related=list(one.related),
        source_language=one.source_language,
        checked_on=_written(one.checked_on),
        review_by=_written(one.review_by),
        valid_from=_written(one.valid_from),
        valid_until=_written(one.valid_until),
        is_hidden_when_expired=is_hidden_when_expired,
        sources=[
            SourceContent(url=source.url, name=source.name, is_verified=source.is_verified, note=source.note)
            for source in one.sources
        ],
    )


def _text(
    words: Text, asked_as: Iterable[str], origin: Origin, made_from: str | None, easy_from: str | None
) -> TextContent:
    content = TextContent(
        origin=origin.value,
        made_from=made_from,
        title=words.title,
        short=words.short,
        full=words.full,
        applies_to=words.applies_to,
        next_steps=list(words.next_steps),
        referral={part: said for part, said in words.referral.items() if said.strip()},
        asked_as=list(asked_as),
    )
    if words.easy:
        content["easy"] = words.easy
        if easy_from:
            content["easy_from"] = easy_from
    return content


def _written(day: date | None) -> str | None:
    return day.isoformat() if day else None

"""The library's format: a folder of YAML files, one folder an answer, one file a language. docs/library-format.md.

    DIR/**/<answer-id>/answer.yaml + nb.yaml, en.yaml, ...    and nb.ogg, a recording of nb.yaml (optional)
    DIR/facts/*.yaml     typed values          DIR/profile.yaml     the municipality and its offices (optional)
    DIR/wordings/<language>.yaml               what people ask in a language that has no texts yet (optional)
    DIR/outside/<language>.yaml                what people write that no answer covers (optional)
    DIR/glossary/<language>.yaml               Norwegian words, explained (optional)

Reading never stops at the first mistake: all problems are collected, each with file and line.
"""

import gettext
import re
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import date
from enum import StrEnum
from pathlib import Path
from zoneinfo import ZoneInfo

import yaml

from content.easy_texts import LONGEST
from content.facts import PLACEHOLDER, FactType, Value, is_valid
from content.freshness import Text
from content.glossary.files import ExplanationEntry, read_words
from content.models import Origin
from content.reading_aloud.files import RecordingFile, faults_of, find_recordings
from content.yaml_files import Problem, Section, read_section
from core import languages
from core.errors import RuleBroken
from core.i18n import Translator

ID = re.compile(r"[a-z0-9][a-z0-9_-]{0,50}$")
HASH = re.compile(r"[0-9a-f]{64}$")
FACT_NAME = re.compile(r"[a-z0-9.-]{1,80}")
LANGUAGE = re.compile(r"[a-z]{2,3}")
_LIKE_A_FACT = re.compile(r"\{\s*fact\b[^}\n]*\}?", re.IGNORECASE)
REFERRAL = ("whom", "how", "when", "bring", "interpreter")
RESERVED = ("facts", "glossary", "outside", "wordings")


class LibraryUnreadable(RuleBroken):
    """The library has mistakes, so nothing of it was taken."""

    code = "library_unreadable"

    def __init__(self, problems: list[Problem]) -> None:
        super().__init__(problems=len(problems))
        self.problems = problems


class WhenExpired(StrEnum):
    """What residents get of an answer after its last day."""

    SHOW = "show"  # that it has run out, and whom to ask
    HIDE = "hide"  # nothing: they do not find it


@dataclass(frozen=True, slots=True)
class SourceEntry:
    """An official page."""

    url: str
    name: str
    is_verified: bool
    note: str


@dataclass(frozen=True, slots=True)
class FactUse:
    """A fact that a file uses, and in which line."""

    name: str
    line: int


@dataclass(frozen=True, slots=True)
class TranslationEntry:
    """One language file."""

    file: Path
    shown_as: str  # the file's name in messages
    language: str
    origin: Origin
    made_from: str | None
    text: Text
    asked_as: tuple[str, ...]
    facts: tuple[FactUse, ...]
    easy_from: str | None = None
    recording: RecordingFile | None = None


@dataclass(frozen=True, slots=True)
class AnswerEntry:
    """One answer folder."""

    id: str
    area: str
    priority: int
    owner: str
    contact: str
    is_safety: bool
    levels: tuple[str, ...]
    audience: tuple[str, ...]
    life_events: tuple[str, ...]
    related: tuple[str, ...]
    source_language: str
    checked_on: date | None
    review_by: date | None
    valid_from: date | None
    valid_until: date | None
    when_expired: WhenExpired
    sources: tuple[SourceEntry, ...]
    translations: tuple[TranslationEntry, ...]

    def translation(self, language: str) -> TranslationEntry | None:
        """This answer in that language."""
        return next((one for one in self.translations if one.language == language), None)


@dataclass(frozen=True, slots=True)
class FactEntry:
    """One fact with where it comes from."""

    name: str
    value: Value
    about: str
    source: str
    valid_as_of: date | None
    is_verified: bool


@dataclass(frozen=True, slots=True)
class OfficeEntry:
    """One office of the profile."""

    key: str
    names: dict[str, str]
    helps_with: dict[str, str]
    phone: str
    email: str
    address: str
    hours: str


@dataclass(frozen=True, slots=True)
class ProfileEntry:
    """The municipality."""

    name: str
    website: str
    zone: str
    districts: tuple[str, ...]
    manages: tuple[str, ...]
    is_example: bool
    offices: tuple[OfficeEntry, ...]


@dataclass(frozen=True, slots=True)
class SampleEntry:
    """Something people write, and the answer that it leads to; "" when no answer covers it."""

    answer_id: str
    language: str
    text: str


@dataclass(frozen=True, slots=True)
class LibraryFiles:
    """A whole library as it stands in files."""

    answers: tuple[AnswerEntry, ...]
    facts: tuple[FactEntry, ...]
    samples: tuple[SampleEntry, ...]
    profile: ProfileEntry | None
    glossary: tuple[ExplanationEntry, ...] = ()


def read_library(folder: Path) -> LibraryFiles:
    """Everything in the folder; raises LibraryUnreadable with all problems when there is one."""
    problems: list[Problem] = []
    if not folder.is_dir():
        raise LibraryUnreadable([Problem(str(folder), 1, "there is no such folder")])
    answers = tuple(_answers(folder, problems))
    facts = tuple(_facts(folder, problems))
    samples = (*_wordings(folder, problems), *_outside(folder, problems))
    profile = _profile(folder, problems)
    glossary = tuple(_glossary(folder, problems))
    if not answers and not facts and not glossary and profile is None and not problems:
        problems.append(Problem(str(folder), 1, "no answer.yaml, no facts and no profile.yaml below this folder"))
    if problems:
        raise LibraryUnreadable(problems)
    return LibraryFiles(answers, facts, samples, profile, glossary)


def _answers(folder: Path, problems: list[Problem]) -> Iterator[AnswerEntry]:
    seen: dict[str, str] = {}
    for file in sorted(folder.rglob("answer.yaml")):
        section = read_section(file, problems, shown_as=_shown(file, folder))
        if section is not None:
            entry = _answer(section, file, folder, problems)
            if entry.id in seen:
                section.complain("id", f"the answer '{entry.id}' stands in {seen[entry.id]} already")
            seen[entry.id] = _shown(file, folder)
            yield entry


def _answer(s: Section, file: Path, folder: Path, problems: list[Problem]) -> AnswerEntry:
    s.only(
        "id", "area", "priority", "owner", "contact", "safety", "level", "audience", "life_events", "related",
        "source_language", "checked_on", "review_by", "valid_from", "valid_until", "when_expired", "sources",
    )  # fmt: skip
    answer_id = s.text("id")
    if answer_id and answer_id != file.parent.name:
        s.complain("id", f"'id' is '{answer_id}', but the folder is called '{file.parent.name}'")
    if answer_id and not ID.match(answer_id):
        s.complain("id", "'id' may have small letters, digits, - and _, at most 51 of them")
    source_language = languages.normalise(s.text("source_language", "nb"))
    entry = AnswerEntry(
        id=answer_id,
        area=s.text("area", "other", most=40),
        priority=s.number("priority", 2),
        owner=s.text("owner", "", most=60),
        contact=s.text("contact", "", most=60),
        is_safety=s.flag("safety"),
        levels=s.texts("level"),
        audience=s.texts("audience"),
        life_events=s.texts("life_events"),
        related=s.texts("related"),
        source_language=source_language,
        checked_on=s.day("checked_on"),
        review_by=s.day("review_by"),
        valid_from=s.day("valid_from"),
        valid_until=s.day("valid_until"),
        when_expired=s.choice("when_expired", WhenExpired, WhenExpired.SHOW),
        sources=tuple(_source(one) for one in s.sections("sources")),
        translations=tuple(_translations(file.parent, folder, problems)),
    )
    beside = {languages.normalise(one.stem) for one in file.parent.glob("*.yaml") if one != file}
    if not beside:
        s.complain("id", "there is no language file beside this one, such as nb.yaml")
    elif source_language not in beside and entry.translations:
        # Somebody else's library may be in one language only: what there is, is then the source.
        others = [one.language for one in entry.translations]
        if len(others) > 1 or "source_language" in s.keys():  # noqa: SIM118
            s.complain("id", f"the source text {source_language}.yaml is missing (there are: {', '.join(others)})")
        else:
            return replace(entry, source_language=others[0])
    return entry


def _source(s: Section) -> SourceEntry:
    s.only("url", "name", "verified", "note")
    return SourceEntry(s.text("url"), s.text("name", ""), s.flag("verified"), s.text("note", ""))


def _translations(answer_folder: Path, folder: Path, problems: list[Problem]) -> Iterator[TranslationEntry]:
    seen: dict[str, str] = {}
    sounds = dict(find_recordings(answer_folder))
    for file in sorted(answer_folder.glob("*.yml")):
        problems.append(Problem(_shown(file, folder), 1, f"the file must be called {file.stem}.yaml"))
    for file in sorted(answer_folder.glob("*.yaml")):
        if file.name == "answer.yaml":
            continue
        s = read_section(file, problems, shown_as=_shown(file, folder))
        if s is not None:
            entry = _translation(s, file, shown_as=_shown(file, folder))
            entry = replace(entry, recording=_recording(s, sounds.pop(file.stem, []), folder, problems))
            if entry.language in seen:
                s.complain("language", f"the language '{entry.language}' stands in {seen[entry.language]} already")
            seen[entry.language] = file.name
            yield entry
    for one in (one for several in sounds.values() for one in several):
        problems.append(Problem(_shown(one, folder), 1, f"there is no text {one.stem}.yaml that it could be read from"))


def _stamp(s: Section, key: str, writes: str = "stamp") -> str | None:
    found = s.text(key, "") or None
    if found is not None and not HASH.match(found):
        s.complain(key, f"'{key}' is the 64-digit hash that `brobygger content {writes}` writes")
    return found


def _recording(s: Section, files: list[Path], folder: Path, problems: list[Problem]) -> RecordingFile | None:
    read_from = _stamp(s, "read_from", "export")
    if not files:
        if read_from is not None:
            s.complain("read_from", "'read_from' belongs to a recording, and there is none beside this file")
        return None
    problems.extend(faults_of(files, shown_as=_shown(files[0].parent, folder)))
    return RecordingFile(files[0], read_from)


def _translation(s: Section, file: Path, *, shown_as: str) -> TranslationEntry:
    s.only(
        "language", "origin", "made_from", "read_from", "title", "short", "full", "easy", "easy_from", "applies_to",
        "next_steps", "referral", "asked_as",
    )  # fmt: skip
    language = s.text("language", file.stem)
    if languages.normalise(language) != languages.normalise(file.stem):
        s.complain("language", f"'language' is '{language}', but the file is called {file.name}")
    elif not LANGUAGE.fullmatch(languages.normalise(language)):
        s.complain("language", f"'{language}' is not a language code such as nb, uk or ar")
    made_from, easy_from = _stamp(s, "made_from"), _stamp(s, "easy_from")
    referral = s.section("referral")
    if referral is not None:
        referral.only(*REFERRAL)
    asked_as = s.texts("asked_as")
    for wording in asked_as:
        if len(wording) > 500:
            s.complain("asked_as", f"a wording has {len(wording)} characters; at most 500 are allowed")
    return TranslationEntry(
        file=file,
        shown_as=shown_as,
        language=languages.normalise(language),
        origin=s.choice("origin", Origin, Origin.WRITTEN),
        made_from=made_from,
        text=Text(
            title=s.text("title", most=200),
            short=s.text("short", "", most=1000),
            full=s.text("full", "", most=8000),
            easy=s.text("easy", "", most=LONGEST),
            applies_to=s.text("applies_to", "", most=1000),
            next_steps=s.texts("next_steps"),
            referral={} if referral is None else {key: referral.text(key, "") for key in REFERRAL},
        ),
        asked_as=asked_as,
        facts=tuple(_facts_used(s)),
        easy_from=easy_from,
    )


def _facts_used(s: Section) -> Iterator[FactUse]:
    for line, text in s.scalars():
        for found in _LIKE_A_FACT.finditer(text):
            if match := PLACEHOLDER.fullmatch(found[0]):
                yield FactUse(match[1], line)
            else:
                s.complain_at(line, f"'{found[0]}' is not a fact; write it as {{fact:name}}")


def _facts(folder: Path, problems: list[Problem]) -> Iterator[FactEntry]:
    seen: dict[str, str] = {}
    for file in sorted((folder / "facts").glob("*.yaml")):
        s = read_section(file, problems, shown_as=_shown(file, folder))
        if s is None:
            continue
        for name in s.keys():  # noqa: SIM118
            one = s.section(name)
            if one is None:
                continue
            one.only("type", "value", "about", "source", "valid_as_of", "verified")
            if not FACT_NAME.fullmatch(name):
                s.complain(name, f"the name '{name[:80]}' may have small letters, digits, - and ., at most 80 of them")
            if name in seen:
                s.complain(name, f"the fact '{name}' stands in {seen[name]} already")
            seen[name] = _shown(file, folder)
            value = Value(one.choice("type", FactType), one.text("value"))
            if value.value and not is_valid(value, _english()):
                one.complain("value", f"'{value.value}' is not a value of the type {value.type.value}")
            yield FactEntry(
                name=name,
                value=value,
                about=one.text("about", ""),
                source=one.text("source", ""),
                valid_as_of=one.day("valid_as_of"),
                is_verified=one.flag("verified"),
            )


def _wordings(folder: Path, problems: list[Problem]) -> Iterator[SampleEntry]:
    for language, s in _by_language(folder / "wordings", folder, problems, "wordings"):
        below = s.section("wordings")
        for answer_id in below.keys() if below else ():
            if below and not ID.match(answer_id):
                below.complain(answer_id, f"'{answer_id}' is not the id of an answer")
            yield from (SampleEntry(answer_id, language, text) for text in (below.texts(answer_id) if below else ()))


def _outside(folder: Path, problems: list[Problem]) -> Iterator[SampleEntry]:
    for language, s in _by_language(folder / "outside", folder, problems, "texts"):
        yield from (SampleEntry("", language, text) for text in s.texts("texts"))


def _glossary(folder: Path, problems: list[Problem]) -> Iterator[ExplanationEntry]:
    for language, s in _by_language(folder / "glossary", folder, problems, "origin", "words"):
        yield from read_words(s, language)


def _by_language(where: Path, folder: Path, problems: list[Problem], *holds: str) -> Iterator[tuple[str, Section]]:
    for file in sorted(where.glob("*.yaml")):
        s = read_section(file, problems, shown_as=_shown(file, folder))
        if s is not None:
            s.only("language", *holds)
            language = languages.normalise(s.text("language", file.stem))
            if not LANGUAGE.fullmatch(language):
                s.complain("language", f"'{language}' is not a language code such as nb, uk or ar")
            yield language, s


def _profile(folder: Path, problems: list[Problem]) -> ProfileEntry | None:
    file = folder / "profile.yaml"
    if not file.exists():
        return None
    s = read_section(file, problems, shown_as=_shown(file, folder))
    if s is None:
        return None
    s.only("name", "website", "zone", "districts", "manages", "example", "offices")
    offices = s.section("offices")
    entries = []
    for key in offices.keys() if offices else ():
        one = offices.section(key) if offices else None
        if one is not None:
            one.only("name", "helps_with", "phone", "email", "address", "hours")
            if len(key) > 60:
                one.complain("name", f"the key '{key}' has {len(key)} characters; at most 60 are allowed")
            for field in (FactType.PHONE, FactType.EMAIL, FactType.HOURS):
                _check_value(one, field.value, field)
            entries.append(
                OfficeEntry(
                    key=key,
                    names=one.mapping("name"),
                    helps_with=one.mapping("helps_with"),
                    phone=one.text("phone", ""),
                    email=one.text("email", ""),
                    address=one.text("address", ""),
                    hours=one.text("hours", ""),
                )
            )
    _check_value(s, "website", FactType.LINK)
    return ProfileEntry(
        name=s.text("name"),
        website=s.text("website", ""),
        zone=_zone(s),
        districts=s.texts("districts"),
        manages=s.texts("manages"),
        is_example=s.flag("example"),
        offices=tuple(entries),
    )


def _check_value(s: Section, key: str, kind: FactType) -> None:
    """What is there must be such that it can be shown."""
    value = s.text(key, "", most=120)
    if value and not is_valid(Value(kind, value), _english()):
        s.complain(key, f"'{value}' is not a value of the type {kind.value}")


def _zone(s: Section) -> str:
    zone = s.text("zone", "Europe/Oslo", most=60)
    try:
        ZoneInfo(zone)
    except (ValueError, OSError, KeyError):  # KeyError: no zone of this name
        s.complain("zone", f"'{zone}' is not a time zone such as Europe/Oslo")
    return zone


def _english() -> Translator:
    return Translator("en", gettext.NullTranslations())


def _shown(file: Path, folder: Path) -> str:
    return str(file.relative_to(folder.parent)) if folder.name else str(file)


def write_yaml(file: Path, values: dict[str, object]) -> None:
    """Write one file of the format: readable, in our order, long texts as blocks."""
    file.parent.mkdir(parents=True, exist_ok=True)
    dumped = yaml.dump(values, Dumper=_Dumper, allow_unicode=True, sort_keys=False, width=1000)
    file.write_text(dumped, encoding="utf-8")


class _Dumper(yaml.SafeDumper):
    """Blocks for texts of several lines."""


def _text(dumper: yaml.SafeDumper, value: str) -> yaml.ScalarNode:
    return dumper.represent_scalar("tag:yaml.org,2002:str", value, style="|" if "\n" in value else None)


_Dumper.add_representer(str, _text)

"""What a library must have to be published: a list of problems, all at once. Reading it has its own, stricter list."""

from collections import defaultdict
from collections.abc import Iterator
from pathlib import Path

from content.catalogue import AREAS, LIFE_EVENTS
from content.easy_texts import MOST_LINES, MOST_WORDS, lines_of, long_lines, numbers_left_out
from content.facts import names_in
from content.finding.features import words
from content.freshness import Freshness, freshness, is_easy_outdated
from content.glossary.checks import check_glossary
from content.importing import facts_of_municipality, facts_of_offices
from content.importing import words as texts_of
from content.library_files import AnswerEntry, LibraryFiles, LibraryUnreadable, TranslationEntry, read_library
from content.yaml_files import Problem

LEVELS = ("municipality", "county", "state", "organisation", "private")
LONGEST_TITLE, LONGEST_SHORT = 75, 320
LEAST_WORDINGS = {"nb": 20, "en": 20}
LEAST_WORDINGS_ELSEWHERE = 12
NEEDED_REFERRAL = ("whom", "how", "when", "bring", "interpreter")


def check_library(folder: Path) -> list[Problem]:
    """Everything that stands in the way of publishing this library; empty when nothing does."""
    try:
        library = read_library(folder)
    except LibraryUnreadable as unreadable:
        return unreadable.problems
    return [
        *(problem for answer in library.answers for problem in _answer(answer, library)),
        *_unknown_facts(library),
        *_wordings_twice(library),
        *_wordings_of_nothing(library),
        *check_glossary(library),
    ]


def remarks_on(library: LibraryFiles) -> Iterator[Problem]:
    """What keeps nothing from being published: easy texts that are not easy, and those that a translation lacks.

    A translation that is outdated is not named: it must be read again anyway.
    """
    for answer in library.answers:
        source = answer.translation(answer.source_language)
        for one in answer.translations:
            where, easy = f"{answer.area}/{answer.id}/{one.language}.yaml", one.text.easy
            for line in long_lines(easy):
                yield Problem(where, 1, f"a line of the easy text has more than {MOST_WORDS} words: {line}")
            if (count := len(lines_of(easy))) > MOST_LINES:
                yield Problem(where, 1, f"the easy text has {count} lines; {MOST_LINES} are enough")
            if source and is_easy_outdated(easy_from=one.easy_from, source_easy=source.text.easy_hash()):
                yield Problem(where, 1, f"the easy text was made from another one than {source.language}.yaml has now")
        if source is not None and source.text.easy and (lacking := _without_easy(answer, source)):
            where = f"{answer.area}/{answer.id}/{source.language}.yaml"
            yield Problem(where, 1, f"has an easy text; these translations have none: {', '.join(lacking)}")


def _without_easy(answer: AnswerEntry, source: TranslationEntry) -> list[str]:
    """The languages of the fresh translations that have none."""
    fresh = (one for one in answer.translations if one.made_from == source.text.hash())
    return [one.language for one in fresh if not one.text.easy]


def _answer(answer: AnswerEntry, library: LibraryFiles) -> Iterator[Problem]:
    where = f"{answer.area}/{answer.id}/answer.yaml"
    ids = {one.id for one in library.answers}
    offices = {office.key for office in library.profile.offices} if library.profile else set()
    if answer.area not in AREAS:
        yield Problem(where, 1, f"'area' is '{answer.area}'; it must be one of {', '.join(AREAS)}")
    for level in answer.levels or ("",):
        if level not in LEVELS:
            yield Problem(where, 1, f"'level' is '{level}'; it must be one of {', '.join(LEVELS)}")
    for event in answer.life_events:
        if event not in LIFE_EVENTS:
            yield Problem(where, 1, f"the life event '{event}' is unknown")
    for related in answer.related:
        if related not in ids or related == answer.id:
            yield Problem(where, 1, f"'related' names '{related}', which is not another answer")
    for name, office in (("owner", answer.owner), ("contact", answer.contact)):
        if office not in offices:
            yield Problem(where, 1, f"'{name}' is '{office}', which is no office of profile.yaml")
    if not answer.audience:
        yield Problem(where, 1, "'audience' is missing: for whom is this?")
    if answer.checked_on is None or answer.review_by is None:
        yield Problem(where, 1, "'checked_on' and 'review_by' are needed: when was it checked, when again?")
    if not answer.sources:
        yield Problem(where, 1, "there is no official source")
    for source in answer.sources:
        if not source.url.startswith("https://"):
            yield Problem(where, 1, f"the source {source.url} is not a secure link (https://)")
    source_text = answer.translation(answer.source_language)
    for translation in answer.translations:
        yield from _translation(answer, translation, source_text)


def _translation(
    answer: AnswerEntry, translation: TranslationEntry, source: TranslationEntry | None
) -> Iterator[Problem]:
    where = f"{answer.area}/{answer.id}/{translation.language}.yaml"
    text = translation.text
    if len(text.title) > LONGEST_TITLE:
        yield Problem(where, 1, f"the title has {len(text.title)} characters; at most {LONGEST_TITLE} fit on a button")
    if len(text.short) > LONGEST_SHORT:
        yield Problem(where, 1, f"the short text has {len(text.short)} characters; at most {LONGEST_SHORT}")
    if not text.full:
        yield Problem(where, 1, "the full text is missing")
    if not text.next_steps:
        yield Problem(where, 1, "there are no next steps")
    for part in NEEDED_REFERRAL:
        if not text.referral.get(part):
            yield Problem(where, 1, f"the referral does not say '{part}'")
    if answer.is_safety and (lost := numbers_left_out(text)):
        yield Problem(where, 1, f"the easy text leaves out facts of the short text: {', '.join(lost)}")
    least = LEAST_WORDINGS.get(translation.language, LEAST_WORDINGS_ELSEWHERE)
    if len(translation.asked_as) < least:
        yield Problem(where, 1, f"{len(translation.asked_as)} wordings; at least {least} are needed to be understood")
    if source is None or translation is source:
        return
    if freshness(made_from=translation.made_from, source=source.text.hash()) is not Freshness.FRESH:
        yield Problem(where, 1, "not made from the source text as it is now: read it again, then `content stamp`")
    if added := {*names_in(text.easy)} - {*names_in(source.text.easy)} - {*_facts(source)}:
        yield Problem(where, 1, f"the easy text uses facts that {source.language}.yaml does not: {', '.join(added)}")
    mine, theirs = _facts(translation), _facts(source)
    if mine != theirs:
        differing = ", ".join(sorted(set(mine) ^ set(theirs))) or "how often they are used"
        yield Problem(where, 1, f"uses other facts than {answer.source_language}.yaml: {differing}")
    if len(text.next_steps) != len(source.text.next_steps):
        yield Problem(where, 1, "has another number of next steps than the source text")


def _facts(translation: TranslationEntry) -> list[str]:
    return sorted(name for text in texts_of(translation) for name in names_in(text))


def _unknown_facts(library: LibraryFiles) -> Iterator[Problem]:
    offices = library.profile.offices if library.profile else ()
    known = {fact.name for fact in library.facts} | facts_of_municipality(library.profile) | facts_of_offices(offices)
    for answer in library.answers:
        for translation in answer.translations:
            for use in translation.facts:
                if use.name not in known:
                    yield Problem(translation.shown_as, use.line, f"the fact '{use.name}' is not known")


def _wordings_twice(library: LibraryFiles) -> Iterator[Problem]:
    """A wording under two answers teaches the finder nothing and steals questions."""
    seen: dict[tuple[str, str], set[str]] = defaultdict(set)
    for answer in library.answers:
        for translation in answer.translations:
            for wording in translation.asked_as:
                seen[(translation.language, " ".join(words(wording)))].add(answer.id)
    for sample in library.samples:
        seen[(sample.language, " ".join(words(sample.text)))].add(sample.answer_id or "outside")
    for (language, wording), answers in seen.items():
        if len(answers) > 1:
            yield Problem(f"{language}.yaml", 1, f"the wording '{wording}' stands under {', '.join(sorted(answers))}")


def _wordings_of_nothing(library: LibraryFiles) -> Iterator[Problem]:
    ids = {"", *(answer.id for answer in library.answers)}
    for language, answer_id in sorted({(one.language, one.answer_id) for one in library.samples}):
        if answer_id not in ids:
            yield Problem(f"wordings/{language}.yaml", 1, f"there is no answer '{answer_id}'")

"""What a glossary must have to be published, and that translations use its terms."""

import re
from collections.abc import Iterator
from pathlib import Path

from content.glossary.files import ExplanationEntry
from content.library_files import LibraryFiles
from content.yaml_files import Problem

LONGEST_MEANING = 200
SOURCE = "nb"
_IN_BRACKETS = re.compile(r"\(([^(){}\n]{2,60})\)")
_WORDINGS = re.compile(r"^asked_as:.*?(?=^[a-z_]+:|\Z)", re.MULTILINE | re.DOTALL)


def check_glossary(library: LibraryFiles) -> Iterator[Problem]:
    """Words that are missing or too long, and terms that differ from those in the texts."""
    by_language: dict[str, dict[str, ExplanationEntry]] = {}
    for one in library.glossary:
        by_language.setdefault(one.language, {})[one.word] = one
        if len(one.meaning) > LONGEST_MEANING:
            reason = f"'meaning' has {len(one.meaning)} characters; at most {LONGEST_MEANING} are read in one go"
            yield Problem(one.shown_as, one.line, reason)
    yield from _same_words(by_language)
    yield from _same_terms(library, by_language)


def _same_words(by_language: dict[str, dict[str, ExplanationEntry]]) -> Iterator[Problem]:
    every = {word for several in by_language.values() for word in several}
    for several in by_language.values():
        for word in sorted(every - set(several)):
            others = ", ".join(code for code, one in by_language.items() if word in one)
            yield Problem(next(iter(several.values())).shown_as, 1, f"the word '{word}' is missing (it is in {others})")


def _same_terms(library: LibraryFiles, by_language: dict[str, dict[str, ExplanationEntry]]) -> Iterator[Problem]:
    norwegian = {form.casefold(): one.word for one in by_language.get(SOURCE, {}).values() for form in one.forms}
    norwegian |= {one.word.casefold(): one.word for one in by_language.get(SOURCE, {}).values()}
    translations = (text for answer in library.answers for text in answer.translations)
    patterns = {
        language: {word: _before_brackets(one) for word, one in several.items()}
        for language, several in by_language.items()
        if language != SOURCE
    }
    for text in translations:
        if text.language in patterns:
            terms = by_language[text.language]
            for word, before, line in _in_brackets(text.file, norwegian):
                pattern = patterns[text.language].get(word)
                if pattern is not None and not pattern.search(before):
                    said = " ".join(before.split())[-40:]
                    known = ", ".join((terms[word].term, *terms[word].forms))
                    yield Problem(text.shown_as, line, f"'... {said} ({word})': the glossary has {known}")


def _in_brackets(file: Path, norwegian: dict[str, str]) -> Iterator[tuple[str, str, int]]:
    """Norwegian words of the glossary that stand in brackets: the word, what stands before it, and the line."""
    text = _WORDINGS.sub(lambda found: "\n" * found[0].count("\n"), file.read_text(encoding="utf-8"))
    for found in _IN_BRACKETS.finditer(text):
        word = norwegian.get(" ".join(found[1].casefold().split()))
        if word is not None:
            before = text[max(0, found.start() - 100) : found.start()]
            yield word, before.casefold(), text.count("\n", 0, found.start()) + 1


def _before_brackets(one: ExplanationEntry) -> re.Pattern[str]:
    """A text that ends in the term or one of its forms; ``*`` stands for any letters."""
    several = (re.escape(form.casefold()) for form in (one.term, *one.forms))
    forms = "|".join(form.replace(r"\*", r"\w*").replace(r"\ ", r"\s+") for form in several)
    return re.compile(rf"(?:^|\W)(?:{forms})[\s\"»”*،,]*$")

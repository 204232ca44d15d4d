"""Writes into translation files which source text they were made from: the line ``made_from: <hash>``.

For those that have an easy text also which easy text that was made from: ``easy_from: <hash>``.
"""

import re
from collections.abc import Collection
from pathlib import Path

from content.library_files import AnswerEntry, TranslationEntry, read_library

_LINE = re.compile(r"^(?:made_from|easy_from):.*\n", re.MULTILINE)
_AFTER = re.compile(r"^origin:.*\n", re.MULTILINE)


def stamp_library(folder: Path, *, answers: Collection[str], languages: Collection[str], only_missing: bool) -> int:
    """Stamp the translations of a library's files; how many files changed. Empty collections mean all."""
    count = 0
    for answer in read_library(folder).answers:
        if answers and answer.id not in answers:
            continue
        count += _stamp_answer(answer, languages=languages, only_missing=only_missing)
    return count


def _stamp_answer(answer: AnswerEntry, *, languages: Collection[str], only_missing: bool) -> int:
    source = answer.translation(answer.source_language)
    if source is None:
        return 0
    count = 0
    for translation in answer.translations:
        if translation is source or (languages and translation.language not in languages):
            continue
        line = _stamps(translation, source, only_missing=only_missing)
        before = translation.file.read_text(encoding="utf-8")
        bare = _LINE.sub("", before)
        after = _AFTER.sub(rf"\g<0>{line}", bare, count=1)
        if after == bare:  # the file does not say its origin
            after = f"{bare.rstrip()}\n{line}"
        if after != before:
            translation.file.write_text(after, encoding="utf-8")
            count += 1
    return count


def _stamps(translation: TranslationEntry, source: TranslationEntry, *, only_missing: bool) -> str:
    has_easy = bool(translation.text.easy.strip())
    made_from, easy_from = translation.made_from, translation.easy_from if has_easy else None
    if not (only_missing and made_from):
        made_from = source.text.hash()
    if has_easy and not (only_missing and easy_from):
        easy_from = source.text.easy_hash()
    return f"made_from: {made_from}\n" + (f"easy_from: {easy_from}\n" if easy_from else "")

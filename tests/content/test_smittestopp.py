"""A real history of a source text and its translations drifting apart, replayed: exactly what must be outdated is.

The texts of Smittestopp, an app of the Norwegian Institute of Public Health, in Norwegian and eight languages that
were translated from it. A translation counts as made from the source as it stood in the commit that last changed the
translation. What must come out is looked up in the log of the edits, without hashes and without content.freshness.
"""

import json
import unicodedata
from bisect import bisect_right
from collections import Counter, defaultdict
from collections.abc import Callable, Iterator
from functools import cache
from itertools import groupby, pairwise
from pathlib import Path

import pytest

from content.freshness import Freshness, Text, freshness

EDITS = Path(__file__).resolve().parents[3] / "shared" / "data" / "smittestopp_history" / "edits.jsonl"
SOURCE = "nb"
Key = tuple[str, str]  # language, key
State = dict[Key, Freshness]


class History:
    """The log of the edits: what any text was after any commit."""

    def __init__(self, lines: list[str]) -> None:
        self.edits: dict[int, dict[Key, str | None]] = defaultdict(dict)
        self._log: dict[Key, list[tuple[int, str | None]]] = defaultdict(list)
        for line in lines:
            edit = json.loads(line)
            self.edits[edit["seq"]][edit["lang"], edit["key"]] = edit["text"]
            self._log[edit["lang"], edit["key"]].append((edit["seq"], edit["text"]))
        self.languages = {language for language, _key in self._log} - {SOURCE}
        self.keys = {key for _language, key in self._log}

    def text(self, language: str, key: str, commit: int) -> str | None:
        """None: not there."""
        return self._last(language, key, commit)[1]

    def changed_at(self, language: str, key: str, commit: int) -> int:
        """The commit that last changed a text, up to this one."""
        return self._last(language, key, commit)[0]

    def _last(self, language: str, key: str, commit: int) -> tuple[int, str | None]:
        log = self._log.get((language, key), [])
        place = bisect_right(log, commit, key=lambda entry: entry[0])
        return log[place - 1] if place else (0, None)


@pytest.fixture(scope="module")
def history() -> History:
    if not EDITS.exists():
        pytest.skip("the edit history (data/smittestopp_history) is not beside the project")
    return History([line for line in EDITS.read_text(encoding="utf-8").split("\n") if line])


@cache
def said(text: str) -> list[list[list[str]]]:
    """The words of each line of each paragraph: all that a reader sees of a text."""
    lines = unicodedata.normalize("NFD", text).replace("\r\n", "\n").replace("\r", "\n").split("\n")
    groups = groupby((line.split() for line in lines), key=bool)
    return [list(paragraph) for has_words, paragraph in groups if has_words]


def expected(history: History, commit: int) -> State:
    """After this commit, for each source text and language, by the log alone."""
    found: State = {}
    for key in history.keys:
        now = history.text(SOURCE, key, commit)
        if now is None:
            continue
        for language in history.languages:
            read = history.text(SOURCE, key, history.changed_at(language, key, commit))
            if history.text(language, key, commit) is None:
                found[language, key] = Freshness.MISSING
            elif read is not None and said(read) == said(now):
                found[language, key] = Freshness.FRESH
            else:
                found[language, key] = Freshness.OUTDATED
    return found


def replay(history: History, shown: Callable[[str], str] = str) -> Iterator[tuple[int, State]]:
    """What content.freshness says after each commit, when the whole source is then shown in another form."""
    now: dict[Key, str] = {}
    made_from: dict[Key, str | None] = {}
    hashed = cache(lambda text: Text(title="", short="", full=text).hash())
    for commit, edits in history.edits.items():
        for place, text in edits.items():
            now.pop(place, None)
            if text is not None:
                now[place] = text
        for language, key in edits:
            if language != SOURCE:
                made_from[language, key] = hashed(now[SOURCE, key]) if (SOURCE, key) in now else None
        source = {key: hashed(shown(text)) for (language, key), text in now.items() if language == SOURCE}
        yield (
            commit,
            {
                (one, key): freshness(made_from=made_from.get((one, key)), source=text, exists=(one, key) in now)
                for key, text in source.items()
                for one in history.languages
            },
        )


def test_after_every_commit_exactly_the_translations_whose_source_changed_since_are_outdated(history: History) -> None:
    seen: Counter[Freshness] = Counter()

    for commit, found in replay(history):
        assert found == expected(history, commit), commit
        seen.update(found.values())

    assert all(seen[one] > 1000 for one in Freshness)


FORMS: dict[str, Callable[[str], str]] = {
    "windows line endings": lambda text: text.replace("\r\n", "\n").replace("\n", "\r\n"),
    "old mac line endings": lambda text: text.replace("\r\n", "\n").replace("\n", "\r"),
    "spaces at line ends": lambda text: "".join(f"{line} \t\n" for line in text.split("\n")),
    "composed letters": lambda text: unicodedata.normalize("NFC", text),
    "decomposed letters": lambda text: unicodedata.normalize("NFD", text),
    "all of it": lambda text: unicodedata.normalize("NFD", text).replace("\n", "\u00a0 \r\n") + "\r\n",
}


@pytest.mark.parametrize("form", FORMS)
def test_another_form_of_the_whole_source_changes_nothing_after_any_commit(history: History, form: str) -> None:
    as_it_was, in_another_form = replay(history), replay(history, FORMS[form])

    assert list(in_another_form) == list(as_it_was)


def test_the_history_has_what_makes_it_a_test(history: History) -> None:
    commits = sorted(history.edits)
    kinds: Counter[str] = Counter()
    for key in history.keys:
        several = [history.text(SOURCE, key, commit) for commit in commits]
        texts = [text for text, _same in groupby(text for text in several if text is not None)]
        kinds["changed"] += len(texts) > 1
        kinds["in form only"] += any(said(old) == said(new) for old, new in pairwise(texts))
        readings = [reading for reading, _same in groupby(repr(said(text)) for text in texts)]
        kinds["changed back"] += len(set(readings)) < len(readings)
        kinds["several lines"] += any("\n" in text for text in texts)
        kinds["letters with parts"] += any(unicodedata.normalize("NFD", text) != text for text in texts)

    assert min(kinds.values()) > 0

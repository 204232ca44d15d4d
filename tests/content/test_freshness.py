"""Whether a translation is up to date follows from words, never from clocks, spaces or line endings."""

import json
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from content.freshness import Freshness, Text, freshness
from content.library_files import read_library
from content.stamping import stamp_library
from tests.content.editing import KINDERGARTEN, change, make_answer

BASE = Text(
    title="Plass i barnehage",
    short="Søk på nett.",
    full="Søk tidlig.\n\n- Alle kan få plass.",
    applies_to="Familier",
    next_steps=("Søk",),
    referral={"how": "Ring"},
)
EDITS = Path(__file__).resolve().parents[3] / "shared" / "data" / "smittestopp_history" / "edits.jsonl"
SOURCE = "nb"


@pytest.mark.parametrize(
    "same",
    [
        replace(BASE, full="Søk tidlig.\r\n\r\n- Alle kan få plass."),
        replace(BASE, full="Søk tidlig.\r\r- Alle kan få plass."),
        replace(BASE, full="Søk tidlig.  \n\n\n\n- Alle kan få plass.\n"),
        replace(BASE, title=" Plass  i barnehage ", short="Søk\u00a0på nett.\n"),
        replace(BASE, short="Søk pa\u030a nett."),
        replace(BASE, next_steps=("Søk ",), referral={"how": "Ring\t"}),
    ],
)
def test_spaces_line_endings_and_the_form_of_letters_change_nothing(same: Text) -> None:
    assert same.hash() == BASE.hash()


@pytest.mark.parametrize(
    "other",
    [
        replace(BASE, title="Plass i barnehagen"),
        replace(BASE, short="Søk på nett!"),
        replace(BASE, full="Søk tidlig. - Alle kan få plass."),
        replace(BASE, applies_to="Alle"),
        replace(BASE, next_steps=("Søk", "Vent")),
        replace(BASE, next_steps=(), full=f"{BASE.full}\n\nSøk"),
        replace(BASE, referral={"when": "Ring"}),
        replace(BASE, title=BASE.short, short=BASE.title),
    ],
)
def test_any_other_change_of_what_a_resident_reads_counts(other: Text) -> None:
    assert other.hash() != BASE.hash()


@pytest.mark.parametrize(
    ("made_from", "source", "exists", "expected"),
    [
        ("a", "a", True, Freshness.FRESH),
        ("a", "b", True, Freshness.OUTDATED),
        (None, "b", True, Freshness.OUTDATED),
        ("a", "a", False, Freshness.MISSING),
    ],
)
def test_a_translation_is_compared_with_the_text_it_was_made_from(
    made_from: str | None, source: str, exists: bool, expected: Freshness
) -> None:
    assert freshness(made_from=made_from, source=source, exists=exists) is expected


def test_a_source_that_is_changed_back_makes_its_translations_fresh_again() -> None:
    made_from = BASE.hash()
    changed = Text("Barnehageplass", BASE.short)

    assert freshness(made_from=made_from, source=changed.hash()) is Freshness.OUTDATED
    assert freshness(made_from=made_from, source=BASE.hash()) is Freshness.FRESH


@settings(deadline=None)
@given(
    st.lists(st.sampled_from(["søk", "روضة", "{fact:x}", "- a", "é"]), max_size=6),
    st.sampled_from(["\r\n", "\r", " \n", "\n"]),
)
def test_line_endings_never_matter(lines: list[str], ending: str) -> None:
    assert Text("t", ending.join(lines)).hash() == Text("t", "\n".join(lines)).hash()


# A real history: the texts of an app of the Norwegian Institute of Public Health in nine languages.


def commits() -> Iterator[list[dict[str, str | None]]]:
    """The edits of each commit."""
    if not EDITS.exists():
        pytest.skip("the edit history (data/smittestopp_history) is not beside the project")
    several: list[dict[str, str | None]] = []
    for line in EDITS.read_text(encoding="utf-8").split("\n"):
        if line:
            edit = json.loads(line)
            if several and several[-1]["seq"] != edit["seq"]:
                yield several
                several = []
            several.append(edit)
    yield several


def said(text: str) -> list[str]:
    """The words of each line that has any, and where paragraphs end: what a reader sees of a text."""
    lines = [" ".join(line.split()) for line in text.strip().replace("\r\n", "\n").replace("\r", "\n").split("\n")]
    return [line for place, line in enumerate(lines) if line or lines[place - 1]]


def test_over_a_real_history_exactly_the_translations_made_from_an_older_text_are_outdated() -> None:
    source: dict[str, str] = {}  # key to the text in Norwegian
    read: dict[tuple[str, str], tuple[str, str]] = {}  # language and key: the source text it was made from, its hash
    outdated_at_some_time = 0

    for edits in commits():
        source |= {str(one["key"]): one["text"] or "" for one in edits if one["lang"] == SOURCE}
        for one in edits:
            if one["lang"] != SOURCE and one["key"] in source:
                text = source[str(one["key"])]
                read[str(one["lang"]), str(one["key"])] = (text, Text("", text).hash())
        for (_language, key), (text, made_from) in read.items():
            found = freshness(made_from=made_from, source=Text("", source[key]).hash())
            expected = Freshness.FRESH if said(text) == said(source[key]) else Freshness.OUTDATED
            assert found is expected, (key, text, source[key])
            outdated_at_some_time += found is Freshness.OUTDATED

    assert len(read) > 1000
    assert outdated_at_some_time > 0


def test_over_a_real_history_edits_of_spaces_and_line_endings_outdate_nothing() -> None:
    now: dict[tuple[str, str], str] = {}
    count = 0

    for edits in commits():
        for one in edits:
            place, text = (str(one["lang"]), str(one["key"])), one["text"] or ""
            before = now.get(place, "")
            if before != text and said(before) == said(text):
                assert Text("", before).hash() == Text("", text).hash()
                count += 1
            now[place] = text
            windows = Text("", text.replace("\n", "\r\n").replace(" ", "  ") + " \n")
            assert windows.hash() == Text("", text).hash()

    assert count > 0


# Stamping: an editor says that a translation was read against the source as it is now.


def test_stamping_makes_translations_fresh_and_stamping_again_changes_nothing(library: Path) -> None:
    change(library / KINDERGARTEN / "nb.yaml", "Søk så tidlig du kan.", "Søk før 1. mars.")

    counts = [stamp_library(library, answers=(), languages=(), only_missing=False) for _ in range(2)]

    kindergarten = next(one for one in read_library(library).answers if one.id == "services-kindergarten")
    source = kindergarten.translation("nb")
    assert source is not None
    assert counts == [2, 0]
    assert {one.made_from for one in kindergarten.translations} == {None, source.text.hash()}


def test_stamping_keeps_to_the_languages_and_answers_that_were_named(library: Path) -> None:
    for name in ("nb.yaml",):
        change(library / KINDERGARTEN / name, "Søk så tidlig du kan.", "Søk før 1. mars.")

    elsewhere = stamp_library(library, answers=("practice-dugnad",), languages=(), only_missing=False)
    arabic = stamp_library(library, answers=(), languages=("ar",), only_missing=False)
    missing = stamp_library(library, answers=(), languages=(), only_missing=True)

    assert (elsewhere, arabic, missing) == (0, 1, 0)


def test_a_translation_that_does_not_say_its_origin_or_has_another_name_is_stamped_too(tmp_path: Path) -> None:
    place = make_answer(tmp_path, "services-new", {"nb": {}, "prs": {"full": "|\n  سلام\n"}})

    count = stamp_library(tmp_path, answers=(), languages=(), only_missing=False)

    (answer,) = read_library(tmp_path).answers
    source, dari = answer.translation("nb"), answer.translation("fa")
    assert source is not None
    assert dari is not None
    assert count == 1
    assert dari.made_from == source.text.hash()
    assert (place / "prs.yaml").exists()

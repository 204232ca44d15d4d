"""Whoever translates or reviews sees which words went and came, and never a word that was not there."""

import time
from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from content.differences import FieldDifference, Run, RunKind, fields_of, text_difference, word_difference
from content.freshness import Text

SAME, GONE, NEW = RunKind.SAME, RunKind.GONE, RunKind.NEW
BASE = Text(
    title="Plass i barnehage",
    short="Søk på nett.",
    full="Søk tidlig.\n\n- Alle kan få plass.",
    next_steps=("Søk", "Vent"),
    referral={"whom": "Kontoret", "how": "Ring"},
)
SIGNS = range(0x4E00, 0x7000)
GEEZ = [chr(0x1200 + place) for place in range(80)]
PIECES = st.sampled_from(
    [
        "søk ", "nett", " ", "\n", "\r\n", "\n\n- ", "روضة ", "ሓገዝ ", "é", "{fact:a-1} ", ". ", "。", "語" * 45,
        "e\u0301", "👩\u200d👧",
    ]
)  # fmt: skip
TEXTS = st.lists(PIECES, max_size=30).map("".join)


def plain(runs: tuple[Run, ...]) -> list[tuple[RunKind, str]]:
    return [(run.kind, run.text) for run in runs]


def made_of(runs: tuple[Run, ...], *kinds: RunKind) -> str:
    return "".join(run.text for run in runs if run.kind in kinds)


@pytest.mark.parametrize(
    ("before", "after", "expected"),
    [
        ("", "", []),
        ("", "Søk", [(NEW, "Søk")]),
        ("Søk", "", [(GONE, "Søk")]),
        ("Søk nå.", "Søk nå.", [(SAME, "Søk nå.")]),
        ("Søk på nett i dag.", "Søk nå i dag.", [(SAME, "Søk "), (GONE, "på nett "), (NEW, "nå "), (SAME, "i dag.")]),
        ("Ring", "Ring oss", [(SAME, "Ring"), (NEW, " oss")]),
        ("Ring oss", "Ring\noss", [(SAME, "Ring"), (GONE, " "), (NEW, "\n"), (SAME, "oss")]),
        ("اتصل بنا اليوم", "اتصل بنا غدا", [(SAME, "اتصل بنا "), (GONE, "اليوم"), (NEW, "غدا")]),
        ("ሓገዝ ሎሚ ኣሎ", "ሓገዝ ጽባሕ ኣሎ", [(SAME, "ሓገዝ "), (GONE, "ሎሚ "), (NEW, "ጽባሕ "), (SAME, "ኣሎ")]),
        ("{fact:a.phone}", "{fact:b.phone}", [(GONE, "{fact:a.phone}"), (NEW, "{fact:b.phone}")]),
    ],
)
def test_words_that_went_stand_before_words_that_came(
    before: str, after: str, expected: list[tuple[RunKind, str]]
) -> None:
    assert plain(word_difference(before, after)) == expected


def test_in_a_text_without_spaces_characters_are_compared() -> None:
    before, after = "語" * 30 + "新" + "文" * 30, "語" * 30 + "旧" + "文" * 30

    runs = word_difference(before, after)

    assert plain(runs) == [(SAME, "語" * 30), (GONE, "新"), (NEW, "旧"), (SAME, "文" * 30)]


def test_letters_keep_their_marks_and_placeholders_are_never_cut() -> None:
    fact = "{fact:grants-accounting-duty-total-assets}"
    before, after = f"{'x' * 41}e\u0301{fact}", f"{'x' * 41}e\u0300{fact.replace('total', 'every')}"

    runs = word_difference(before, after)

    assert plain(runs) == [
        (SAME, "x" * 41),
        (GONE, f"e\u0301{fact}"),
        (NEW, f"e\u0300{fact.replace('total', 'every')}"),
    ]


@settings(deadline=None)
@given(TEXTS, TEXTS)
def test_the_runs_are_exactly_both_texts(before: str, after: str) -> None:
    runs = word_difference(before, after)

    assert made_of(runs, SAME, GONE) == before
    assert made_of(runs, SAME, NEW) == after
    assert all(run.text for run in runs)
    assert (GONE in {run.kind for run in runs} or NEW in {run.kind for run in runs}) is (before != after)


@settings(deadline=None)
@given(TEXTS, TEXTS)
def test_what_went_comes_when_the_texts_change_places(before: str, after: str) -> None:
    there, back = word_difference(before, after), word_difference(after, before)

    assert made_of(back, SAME, NEW) == made_of(there, SAME, GONE)
    assert made_of(back, SAME, GONE) == made_of(there, SAME, NEW)


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("a b " * 5000, "b a " * 5000),
        ("x" + "a " * 9000, "y" + "a " * 9500 + "z"),
        ("a" * 20000, "b" * 10000 + "a" * 9000 + "b"),
        ("".join(GEEZ[place * place % 79] for place in range(20000)), "".join(GEEZ) * 250),
        (" ".join(f"x{n} w{n}" for n in range(1900)), " ".join(f"y{n} w{n}" for n in range(1900))),
        (" ".join(f"x{n} w{n // 16}" for n in range(1900)), " ".join(f"y{n} w{n // 16}" for n in range(1900))),
        ("".join(f"{n % 50}. " for n in range(5000)), "".join(f"{n % 49}. " for n in range(5000))),
        (" ".join(map(chr, SIGNS)), " ".join(chr(sign if sign % 2 else sign + 0x6000) for sign in SIGNS)),
        ("\n" * 20000, "x" + "\n" * 19000 + "y"),
    ],
    ids=["alternating", "one-word", "one-letter", "geez", "every-other", "repeating", "sentences", "distinct", "lines"],
)  # fmt: skip
def test_the_longest_and_most_unlike_texts_are_compared_in_time(before: str, after: str) -> None:
    start = time.thread_time()

    runs = word_difference(before[:20000], after[:20000])

    assert time.thread_time() - start < 2
    assert made_of(runs, SAME, GONE) == before[:20000]
    assert made_of(runs, SAME, NEW) == after[:20000]


def test_in_a_long_text_the_words_of_the_changed_sentences_are_compared() -> None:
    sentences = [f"Punkt {n} sier at du kan søke om og få og ha og bruke plass nummer {n}." for n in range(250)]
    changed = [line.replace("søke", "be") if n in (3, 100, 240) else line for n, line in enumerate(sentences)]

    runs = word_difference(" ".join(sentences), " ".join(changed))

    assert [run.text for run in runs if run.kind is not SAME] == ["søke ", "be "] * 3


# Whole texts, field by field.


def test_texts_that_say_the_same_have_no_difference() -> None:
    again = replace(BASE, full="Søk tidlig. \r\n\r\n- Alle kan få plass.\r\n", short="Søk pa\u030a nett.")

    assert text_difference(BASE, again) == ()


def test_line_endings_are_no_part_of_a_difference() -> None:
    after = replace(BASE, full="Søk tidlig.\r\n\r\n- Noen kan få plass.")

    (found,) = text_difference(BASE, after)

    assert found.field == "full"
    assert [run.text for run in found.runs if run.kind is not SAME] == ["Alle ", "Noen "]


def test_each_changed_field_is_named_in_the_order_of_reading() -> None:
    after = replace(
        BASE,
        title="Barnehageplass",
        next_steps=("Søk", "Svar", "Møt"),
        referral={"whom": "Kontoret", "when": "I dag"},
    )

    found = text_difference(BASE, after)

    assert [one.field for one in found] == ["title", "next_steps.1", "next_steps.2", "referral.how", "referral.when"]
    assert found[2] == FieldDifference("next_steps.2", (Run(NEW, "Møt"),))
    assert found[3] == FieldDifference("referral.how", (Run(GONE, "Ring"),))


def test_the_fields_of_a_text_have_the_names_of_the_editor() -> None:
    assert list(fields_of(BASE)) == [
        "title", "short", "full", "easy", "applies_to", "next_steps.0", "next_steps.1", "referral.whom", "referral.how",
    ]  # fmt: skip

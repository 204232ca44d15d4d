"""LIX as Björnsson counted it, and the words to look at."""

import pytest

from content.readability import HardWord, Level, readability

HARD = "Kommunestyret fastsetter gebyrregulativet, tilskuddsreglementet og delegasjonsreglementet."


@pytest.mark.parametrize(
    ("text", "lix"),
    [
        ("", 0),
        (" \n\n-\n{}!?", 0),
        ("Du kan søke nå.", 4),
        ("Du kan søke nå. Vi svarer deg.", 4),
        ("Kommunen svarer deg på tre uker.", 6 + 17),
        ("Søk nå! Vil du? Ja: ring oss", 2),
        ("Du søker.\n\nVi svarer", 2),
        ("Ta med\n- pass\n- en venn\n3. penger", 2),
        ("Den som bor\nher kan\nsøke", 6),
        ("Møt kl. 10.30 f.eks. den 1. mars.", 7),
        ("Se nr. {fact:room.number} nå.", 4),
        ("Se {fact:grants-accounting-duty-total}. Ring.", 2),
        ("Se https://www.provevik.example/soknad-om-plass?a=1.2 nå.", 3),
        ("Skriv til servicetorget@provevik.example nå.", 4),
        ("Vi har kulturskole-plass.", 3 + 33),
        (HARD, 6 + 83),
    ],
)
def test_lix_is_words_in_a_sentence_and_the_share_of_long_words(text: str, lix: int) -> None:
    assert readability(text).lix == lix


@pytest.mark.parametrize(
    ("long_words", "level"),
    [
        (1, Level.VERY_EASY),
        (2, Level.EASY),
        (3, Level.MEDIUM),
        (4, Level.HARD),
        (5, Level.VERY_HARD),
    ],
)
def test_the_level_follows_the_scale(long_words: int, level: Level) -> None:
    words = ["kommune"] * long_words + ["en"] * (10 - long_words)

    found = readability(" ".join(words))

    assert found.lix == 10 + 10 * long_words
    assert found.level is level


def test_long_words_stand_once_and_the_longest_first() -> None:
    text = "Svaret kommer skriftlig. Skriftlig svar gir Kulturkontoret, og søknaden blir vurdert."

    assert readability(text).long_words == ("Kulturkontoret", "skriftlig", "søknaden", "vurdert")


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Vedrørende saken.", [HardWord("Vedrørende", "om")]),
        ("Det foreligger et krav, i  henhold\ntil loven.", [HardWord("foreligger", "finnes"),
                                                           HardWord("i henhold til", "etter")]),
        ("Det føreligg eit krav.", [HardWord("føreligg", "finst")]),
        ("Samtalen, samtale.", []),
        ("Vi gir integreringstilskudd og INTEGRERINGSTILSKUDD.", [HardWord("integreringstilskudd", None)]),
        ("Søk hos Kulturkontoret i dag.", []),
        ("Arbeidsmarkedet er stort.", [HardWord("Arbeidsmarkedet", None)]),
        ("Se {fact:grants-accounting-duty-total} og https://provevik.example/arbeidsmarkedet.", []),
    ],
)  # fmt: skip
def test_words_of_offices_and_words_over_twelve_letters_are_hard(text: str, expected: list[HardWord]) -> None:
    assert list(readability(text).hard_words) == expected


def test_letters_of_other_scripts_do_no_harm() -> None:
    assert readability("المساعدة متاحة. ሓገዝ ኣሎ።").lix > 0

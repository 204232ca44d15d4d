"""A draft is inspected as a whole: what cannot be saved, what cannot be published, and what could be better."""

from collections.abc import Sequence
from dataclasses import replace

import pytest

from content.facts import FactType, Value
from content.finding.features import words
from content.freshness import Text
from content.inspecting import Known, inspect
from core.issues import Issue, Severity

SAVING, PUBLISHING, ADVICE = Severity.SAVING, Severity.PUBLISHING, Severity.ADVICE
GOOD = Text(
    title="Plass i barnehage",
    short="Søk på nett. Det koster {fact:price}.",
    full="Søk tidlig.\n\n- Alle kan få plass.\n- Se https://www.provevik.example/plass-2027",
    applies_to="Alle",
    next_steps=("Søk", "Vent"),
    referral={"whom": "Kontoret", "how": "Ring {fact:line}."},
)
ASKED = ("barnehage", "plass til barn", "søke barnehage", "ny plass", "hvor er barnehagen")
KNOWN = Known(
    facts={"price": Value(FactType.MONEY, "1200 NOK"), "line": Value(FactType.PHONE, "116 117")},
    sources=("https://www.provevik.example",),
    taken_wordings={"leie rom": "premises-rent"},
    source_placeholders=None,
)
TRANSLATED = replace(KNOWN, source_placeholders=frozenset({"price", "line"}))


def found(
    draft: Text = GOOD,
    asked_as: Sequence[str] = ASKED,
    *,
    language: str = "nb",
    is_source: bool = True,
    known: Known = KNOWN,
) -> list[Issue]:
    return inspect(draft, asked_as, language=language, is_source=is_source, known=known)


def codes(issues: list[Issue]) -> list[tuple[str, str, Severity]]:
    return [(issue.field, issue.code, issue.severity) for issue in issues]


@pytest.mark.parametrize("language", ["nb", "nn", "en", "ar", "ti"])
def test_a_good_draft_has_no_issues(language: str) -> None:
    assert found(language=language) == []
    assert found(asked_as=(), language=language, is_source=False, known=TRANSLATED) == []


def test_everything_is_found_at_once() -> None:
    draft = replace(GOOD, title="", short="<b>Hei</b> {fact", referral={"whom": " "}, next_steps=("Ring 116 117",))

    assert codes(found(draft, (), known=replace(KNOWN, sources=()))) == [
        ("short", "html_in_text", SAVING),
        ("title", "title_missing", PUBLISHING),
        ("referral.whom", "referral_missing", PUBLISHING),
        ("referral.how", "referral_missing", PUBLISHING),
        ("short", "placeholder_broken", SAVING),
        ("sources", "source_missing", PUBLISHING),
        ("next_steps.0", "number_should_be_fact", ADVICE),
        ("asked_as", "wording_missing", PUBLISHING),
    ]


@pytest.mark.parametrize(
    ("name", "length", "expected"),
    [
        ("title", 60, None), ("title", 61, ADVICE), ("title", 120, ADVICE), ("title", 121, SAVING),
        ("short", 280, None), ("short", 281, ADVICE), ("short", 600, ADVICE), ("short", 601, SAVING),
        ("full", 1500, None), ("full", 1501, ADVICE), ("full", 8000, ADVICE), ("full", 8001, SAVING),
    ],
)  # fmt: skip
@pytest.mark.parametrize("letter", ["a", "ا", "ሀ"])
def test_length_is_advised_first_and_limited_then(
    name: str, length: int, expected: Severity | None, letter: str
) -> None:
    draft = Text(**{"title": "T", "short": "S", name: letter * length}, referral=GOOD.referral)

    issues = found(draft, language="ar")

    assert codes(issues) == ([(name, f"{name}_long", expected)] if expected else [])
    assert all(issue.details["length"] == str(length) for issue in issues)


def test_for_advice_a_placeholder_is_as_long_as_its_value() -> None:
    name = "a-fact-with-a-name-that-is-much-longer-than-what-it-says"
    known = replace(KNOWN, facts={**KNOWN.facts, name: Value(FactType.NUMBER, "3")})

    issues = found(replace(GOOD, title=f"Plass til {{fact:{name}}} barn"), known=known)

    assert issues == []


@pytest.mark.parametrize(
    ("draft", "expected"),
    [
        (replace(GOOD, title=" \n"), ("title", "title_missing")),
        (replace(GOOD, short="", full="Det koster {fact:price}."), ("short", "short_missing")),
        (replace(GOOD, referral={"how": "Ring"}), ("referral.whom", "referral_missing")),
        (replace(GOOD, referral={"whom": "Oss", "how": " "}), ("referral.how", "referral_missing")),
    ],
)
def test_what_is_missing_can_be_saved_but_not_published(draft: Text, expected: tuple[str, str]) -> None:
    assert codes(found(draft)) == [(*expected, PUBLISHING)]


LONG_LINE = "En to tre fire fem seks sju åtte ni ti elleve tolv tretten."


@pytest.mark.parametrize(
    ("easy", "expected"),
    [
        ("Søk nå.\nDet koster {fact:price}.", []),
        (f"Søk nå.\n{LONG_LINE}", [("easy", "easy_line_long", ADVICE)]),
        ("Søk nå.\n" * 13, [("easy", "easy_many", ADVICE)]),
        ("Ja ja. " * 300, [("easy", "easy_long", SAVING), ("easy", "easy_line_long", ADVICE)]),
        ("Kommunestyremedlemmer vedtar.", [("easy", "hard_to_read", ADVICE), ("easy", "hard_words", ADVICE)]),
        ("Ring {fact:nobody}.", [("easy", "fact_unknown", PUBLISHING)]),
        ("Ring 116 117.", [("easy", "number_should_be_fact", ADVICE)]),
    ],
)
def test_an_easy_text_is_short_and_names_facts(easy: str, expected: list[tuple[str, str, Severity]]) -> None:
    assert codes(found(replace(GOOD, easy=easy))) == expected


@pytest.mark.parametrize(
    ("easy", "is_safety", "expected"),
    [
        ("Ring {fact:line}.", True, []),
        ("Ring noen.", False, []),
        ("", True, []),
        ("Ring noen.", True, [Issue("easy", "easy_number_lost", PUBLISHING, {"name": "line"})]),
    ],
)
def test_in_danger_the_easy_text_has_the_numbers_of_the_short_one(
    easy: str, expected: list[Issue], *, is_safety: bool
) -> None:
    draft = replace(GOOD, short="Ring {fact:line}.", full="Det koster {fact:price}.", easy=easy)

    assert found(draft, known=replace(KNOWN, is_safety=is_safety)) == expected


def test_a_translation_lacks_the_easy_text_of_its_source_and_names_its_facts() -> None:
    known = replace(TRANSLATED, source_placeholders=frozenset({"price"}), source_easy="Ring {fact:line}.")
    plain = replace(GOOD, referral={"whom": "Kontoret", "how": "Ring."})

    assert codes(found(plain, (), is_source=False, known=known)) == [("easy", "easy_missing", ADVICE)]
    assert found(replace(plain, easy="Ring {fact:line}."), (), is_source=False, known=known) == []
    added = replace(plain, easy="Ring.", short="Det koster {fact:price}. Ring {fact:line}.")
    assert codes(found(added, (), is_source=False, known=known)) == [("short", "fact_added", PUBLISHING)]
    lost = replace(plain, easy="Det koster {fact:price}.", short="Søk på nett.")
    assert codes(found(lost, (), is_source=False, known=known)) == [("full", "fact_lost", PUBLISHING)]


def test_only_the_source_text_answers_for_the_source() -> None:
    without = replace(TRANSLATED, sources=("", " "))

    assert codes(found(known=without)) == [("sources", "source_missing", PUBLISHING)]
    assert found(is_source=False, known=without) == []


@pytest.mark.parametrize(
    "link",
    [
        "http://provevik.example",
        "HTTP://provevik.example/a",
        "ftp://provevik.example",
        "https://",
        "javascript:alert(1)",
    ],
)
def test_links_are_secure(link: str) -> None:
    in_text = found(replace(GOOD, applies_to=f"Se {link}"))
    in_sources = found(known=replace(KNOWN, sources=(*KNOWN.sources, link)))

    assert in_text == [Issue("applies_to", "source_insecure", PUBLISHING, {"url": link})]
    assert in_sources == [Issue("sources", "source_insecure", PUBLISHING, {"url": link})]


@pytest.mark.parametrize(
    ("text", "broken"),
    [
        ("{fact: line}", ["{fact: line}"]),
        ("{Fact:line}", ["{Fact:line}"]),
        ("{line}", ["{line}"]),
        ("{fact:line", ["{fact:line"]),
        ("fact:line}", ["}"]),
        ("{{fact:line}}", ["{", "}"]),
        ("{حقيقة:line} {fact:line}", ["{حقيقة:line}"]),
        ("{} og {}", ["{}"]),
    ],
)
def test_braces_that_are_no_placeholder_cannot_be_saved(text: str, broken: list[str]) -> None:
    issues = found(replace(GOOD, applies_to=text))

    assert issues == [Issue("applies_to", "placeholder_broken", SAVING, {"found": one}) for one in broken]


def test_a_fact_that_nobody_knows_stands_beside_its_field_once() -> None:
    issues = found(replace(GOOD, next_steps=("Søk", "{fact:nobody} {fact:nobody}")))

    assert issues == [Issue("next_steps.1", "fact_unknown", PUBLISHING, {"name": "nobody"})]


def test_a_translation_names_the_facts_of_its_source_and_no_others() -> None:
    draft = replace(GOOD, referral={"whom": "المكتب", "how": "اتصل {fact:other}"})
    facts = {**KNOWN.facts, "other": Value(FactType.PHONE, "112")}

    issues = found(draft, language="ar", is_source=False, known=replace(TRANSLATED, facts=facts))

    assert issues == [
        Issue("referral.how", "fact_added", PUBLISHING, {"name": "other"}),
        Issue("full", "fact_lost", PUBLISHING, {"name": "line"}),
    ]


@pytest.mark.parametrize(
    ("language", "text", "numbers"),
    [
        ("nb", "Ring 116 117, 478 09 050 eller +47 23 95 00 00.", ["116 117", "478 09 050", "+47 23 95 00 00"]),
        ("nb", "Det koster 1 200 kr, kr. 50, NOK 3,50 eller 80,-", ["1 200 kr", "kr. 50", "NOK 3,50", "80,-"]),
        ("nb", "1. mars 2027, 15.1.2027, 2027-01-15, 1.3.", ["1. mars 2027", "15.1.2027", "2027-01-15", "1.3."]),
        ("nb", "25 %, 12,5 prosent", ["25 %", "12,5 prosent"]),
        ("nb", "Minst 300 timer, og 300 til", ["300"]),
        ("nb", "3 barn under 18 år, uke 6-12, kl. 09.00-15.30, B1, § 7-1, 12345678901", []),
        ("nb", "Se https://www.116111.no/a-2026, 116111.no og post2026@provevik.example", []),
        ("nb", "{fact:price-2026} kr", []),
        ("ar", "اتصل ١١٦ ١١٧ أو 116117", ["١١٦ ١١٧", "116117"]),
        ("ar", "١٢٠٠ كرونة، ٢٥٪، 25 في المئة", ["١٢٠٠ كرونة", "٢٥٪", "25 في المئة"]),
        ("ar", "قبل ١٥ يناير", ["١٥ يناير"]),
        ("ar", "\u2066116 117\u2069", ["116 117"]),
        ("fa", "۲۵ درصد", ["۲۵ درصد"]),
        ("ti", "116 117፣ 500 ክሮነር", ["116 117", "500 ክሮነር"]),
        ("ti", "15 መጋቢት፣ ፳፭%፣ 25 ሚእታዊ", ["15 መጋቢት", "፳፭%", "25 ሚእታዊ"]),
        ("tr", "%25, yüzde 30, 1 Mart", ["%25", "yüzde 30", "1 Mart"]),
        ("uk", "1 березня, 100 крон", ["1 березня", "100 крон"]),
    ],
)  # fmt: skip
def test_a_number_that_should_be_a_fact_is_pointed_at(language: str, text: str, numbers: list[str]) -> None:
    issues = found(replace(GOOD, applies_to=text), language=language)

    pointed_at = [one for one in issues if one.code == "number_should_be_fact"]
    assert pointed_at == [Issue("applies_to", "number_should_be_fact", ADVICE, {"number": one}) for one in numbers]


HEAVY = "Vedrørende søknaden foreligger bestemmelser. {fact:price}"


@pytest.mark.parametrize("language", ["nb", "nn"])
def test_a_heavy_norwegian_text_gets_advice(language: str) -> None:
    issues = found(replace(GOOD, short=HEAVY, full=""), language=language)

    assert issues == [
        Issue("short", "hard_to_read", ADVICE, {"lix": "82"}),
        Issue("short", "hard_words", ADVICE, {"words": "Vedrørende, foreligger"}),
    ]


def test_lix_says_nothing_about_other_languages() -> None:
    assert found(replace(GOOD, short=HEAVY, full=""), language="en") == []


@pytest.mark.parametrize(
    ("asked_as", "expected"),
    [
        ((), [("asked_as", "wording_missing", PUBLISHING)]),
        (("?", " "), [("asked_as", "wording_missing", PUBLISHING)]),
        (ASKED[:4], [("asked_as", "wording_missing", ADVICE)]),
        (
            (*ASKED[:4], "Barnehage!"),
            [("asked_as.4", "wording_twice", ADVICE), ("asked_as", "wording_missing", ADVICE)],
        ),
        ((*ASKED, "Leie ROM?"), [("asked_as.5", "wording_taken", PUBLISHING)]),
    ],
)
def test_wordings_are_several_and_lead_to_one_answer(
    asked_as: tuple[str, ...], expected: list[tuple[str, str, Severity]]
) -> None:
    assert codes(found(asked_as=asked_as)) == expected


@pytest.mark.parametrize(
    ("language", "other", "wording"), [("ar", "ايجار قاعه", "إيجار قاعة؟"), ("ti", "ሓገዝ ኣሎ", "ሐገዝ አሎ")]
)
def test_a_stolen_question_is_shown_with_the_answer_it_belongs_to(language: str, other: str, wording: str) -> None:
    known = replace(TRANSLATED, taken_wordings={" ".join(words(other)): "premises-rent"})

    issues = found(asked_as=(wording,), language=language, is_source=False, known=known)

    details = {"wording": wording, "answer_id": "premises-rent"}
    assert issues == [Issue("asked_as.0", "wording_taken", PUBLISHING, details)]


@pytest.mark.parametrize(
    ("text", "is_html"),
    [
        ("<b>Søk</b>", True), ("<script", True), ("</p>", True), ("<!-- a -->", True), ("<SVG/onload=x>", True),
        ("<https://a.example onclick=x>", True), ("<a@b onclick=x>", True), ("<x:y>", True),
        ("1 < 2 > 0", False), ("Vi <3 barn", False), ("under <18", False), ("5 <= 6", False),
        ("<https://provevik.example/a>", False), ("<torget@provevik.example>", False), ("->", False),
    ],
)  # fmt: skip
def test_what_looks_like_a_tag_cannot_be_saved_in_any_field(text: str, is_html: bool) -> None:
    issues = found(replace(GOOD, next_steps=(text,)), (*ASKED, f"ny {text}"))

    expected = [("next_steps.0", "html_in_text", SAVING), ("asked_as.5", "html_in_text", SAVING)]
    assert codes(issues) == (expected if is_html else [])


@pytest.mark.parametrize("character", ["\0", "\x07", "\x1b", "\x7f", "\x85", "\u202e", "\ud800"])
def test_characters_that_are_no_text_cannot_be_saved(character: str) -> None:
    issues = found(replace(GOOD, applies_to=f"Alle{character}"))

    assert issues == [Issue("applies_to", "control_character", SAVING, {"character": f"U+{ord(character):04X}"})]


def test_line_ends_joiners_and_marks_of_direction_are_text() -> None:
    assert found(replace(GOOD, applies_to="می\u200cخواهم\r\n\tو \u2066A\u2069\u200f")) == []


@pytest.mark.parametrize("text", ["1 " * 4000, "<a@" * 2000, "{" * 8000, "a" * 8000, "1.1." * 2000, "{fact:a" * 1000])
def test_hostile_texts_are_inspected_too(text: str) -> None:
    assert all(issue.field in ("full", "sources") for issue in found(replace(GOOD, full=text)))


def test_more_steps_and_wordings_than_can_be_kept_are_counted() -> None:
    steps, wordings = tuple(f"Steg {number}" for number in range(13)), [f"spørsmål {number}" for number in range(301)]

    issues = found(replace(GOOD, next_steps=steps), wordings)

    assert codes(issues) == [("next_steps", "next_steps_many", SAVING), ("asked_as", "asked_as_many", SAVING)]
    assert [issue.details["count"] for issue in issues] == ["13", "301"]
    assert found(replace(GOOD, next_steps=steps[:12]), wordings[:300]) == []

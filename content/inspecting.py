"""What is wrong with a draft, all at once and beside its field: what forbids saving, what forbids publishing, advice.

A form does not raise: `inspect` returns every issue as a code with details, and the page has the words. It decides by
what it is given and asks nothing and nobody. (A whole library is checked in content.checks.)
"""

import re
import unicodedata
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache

from babel.dates import get_month_names

from content.differences import fields_of
from content.easy_texts import LONGEST as LONGEST_EASY
from content.easy_texts import MOST_LINES, MOST_WORDS, lines_of, long_lines, numbers_left_out
from content.facts import PLACEHOLDER, Value, names_in
from content.finding.features import words
from content.freshness import Text
from content.readability import readability
from core import languages
from core.i18n import locale_for
from core.issues import Issue, Severity
from core.plain_text import find_control, find_tag

LEAST_WORDINGS = 5
HARDEST_LIX, HARDEST_EASY_LIX = 50, 40
# In characters: more than the first is advised against, more than the second cannot be saved.
LONGEST = {"title": (60, 120), "short": (280, 600), "full": (1500, 8000), "easy": (LONGEST_EASY, LONGEST_EASY)}
NEEDED_REFERRAL = ("whom", "how")
MOST_STEPS, MOST_WORDINGS = 12, 300


@dataclass(frozen=True, slots=True)
class Known:
    """What a draft is held against.

    `sources` are the addresses of the answer's sources. `taken_wordings` leads from the compared words of a wording
    (`content.finding.features.words`, joined by a space) to the other answer they lead to, in the same language.
    `source_placeholders` are the facts that the source text names, its easy text aside; None for the source text
    itself. `source_easy` is that easy text. `is_safety`: it is for people in danger.
    """

    facts: Mapping[str, Value]
    sources: Sequence[str]
    taken_wordings: Mapping[str, str]
    source_placeholders: frozenset[str] | None
    source_easy: str = ""
    is_safety: bool = False


def inspect(draft: Text, asked_as: Sequence[str], *, language: str, is_source: bool, known: Known) -> list[Issue]:
    """Everything that is wrong with a draft, by rule; the same draft gives the same list."""
    fields = fields_of(draft)
    wordings = {f"asked_as.{place}": wording for place, wording in enumerate(asked_as)}
    return [
        *_unsafe({**fields, **wordings}),
        *_missing(draft),
        *_long(fields, known.facts),
        *_many(draft, asked_as),
        *_easy(draft, known),
        *_placeholders(fields, known),
        *_sources(fields, known.sources, is_source=is_source),
        *_numbers(fields, language),
        *_hard(fields, language),
        *_wordings(wordings, known.taken_wordings, is_source=is_source),
    ]


def _unsafe(fields: Mapping[str, str]) -> Iterator[Issue]:
    for name, text in fields.items():
        if tag := find_tag(text):
            yield Issue(name, "html_in_text", Severity.SAVING, {"tag": tag})
        if control := find_control(text):
            yield Issue(name, "control_character", Severity.SAVING, {"character": control})


def _missing(draft: Text) -> Iterator[Issue]:
    if not draft.title.strip():
        yield Issue("title", "title_missing", Severity.PUBLISHING)
    if not draft.short.strip():
        yield Issue("short", "short_missing", Severity.PUBLISHING)
    for key in NEEDED_REFERRAL:
        if not draft.referral.get(key, "").strip():
            yield Issue(f"referral.{key}", "referral_missing", Severity.PUBLISHING)


def _long(fields: Mapping[str, str], facts: Mapping[str, Value]) -> Iterator[Issue]:
    """For saving what is stored is counted, for advice what is read: with the values in place of the placeholders."""
    for name, (advised, most) in LONGEST.items():
        stored = fields[name]
        read = PLACEHOLDER.sub(lambda match: facts[match[1]].value if match[1] in facts else match[0], stored)
        for text, limit, severity in ((stored, most, Severity.SAVING), (read, advised, Severity.ADVICE)):
            if len(text) > limit:
                yield Issue(name, f"{name}_long", severity, {"length": str(len(text)), "most": str(limit)})
                break


def _many(draft: Text, asked_as: Sequence[str]) -> Iterator[Issue]:
    for name, several, most in (("next_steps", draft.next_steps, MOST_STEPS), ("asked_as", asked_as, MOST_WORDINGS)):
        if len(several) > most:
            yield Issue(name, f"{name}_many", Severity.SAVING, {"count": str(len(several)), "most": str(most)})


def _easy(draft: Text, known: Known) -> Iterator[Issue]:
    """Advice, but for numbers in danger. Whether it says the same as the plain text, who approves both knows."""
    easy = draft.easy
    for fact in numbers_left_out(draft) if known.is_safety else ():
        yield Issue("easy", "easy_number_lost", Severity.PUBLISHING, {"name": fact})
    if long := long_lines(easy):
        yield Issue("easy", "easy_line_long", Severity.ADVICE, {"line": long[0], "most": str(MOST_WORDS)})
    if (count := len(lines_of(easy))) > MOST_LINES:
        yield Issue("easy", "easy_many", Severity.ADVICE, {"count": str(count), "most": str(MOST_LINES)})
    if known.source_easy.strip() and not easy.strip():
        yield Issue("easy", "easy_missing", Severity.ADVICE)


_BRACES = re.compile(r"\{[^{}\n]{0,60}\}?|\}")


def _placeholders(fields: Mapping[str, str], known: Known) -> Iterator[Issue]:
    used = {name: dict.fromkeys(names_in(text)) for name, text in fields.items()}
    expected = known.source_placeholders
    easy = frozenset(names_in(known.source_easy))
    for name, text in fields.items():
        for broken in dict.fromkeys(_BRACES.findall(PLACEHOLDER.sub("\n", text))):
            yield Issue(name, "placeholder_broken", Severity.SAVING, {"found": broken})
        for fact in used[name]:
            if fact not in known.facts:
                yield Issue(name, "fact_unknown", Severity.PUBLISHING, {"name": fact})
            elif expected is not None and fact not in expected and not (name == "easy" and fact in easy):
                yield Issue(name, "fact_added", Severity.PUBLISHING, {"name": fact})
    # Which field a lost fact belongs to, only the source text knows; most stand in the full text.
    plain = [facts for name, facts in used.items() if name != "easy"]
    for fact in sorted((expected or frozenset()).difference(*plain)):
        yield Issue("full", "fact_lost", Severity.PUBLISHING, {"name": fact})


_LINK = re.compile(r"(?<![a-z])(?:[a-z][a-z0-9+.-]{1,20}://[^\s<>]*|javascript:[^\s<>]*)", re.IGNORECASE)
_SECURE = re.compile(r"https://[^\s/]", re.IGNORECASE)


def _sources(fields: Mapping[str, str], sources: Sequence[str], *, is_source: bool) -> Iterator[Issue]:
    if is_source and not any(url.strip() for url in sources):
        yield Issue("sources", "source_missing", Severity.PUBLISHING)
    links = [("sources", url) for url in sources if url.strip()]
    links += [(name, link) for name, text in fields.items() for link in dict.fromkeys(_LINK.findall(text))]
    for name, link in links:
        if not _SECURE.match(link):
            yield Issue(name, "source_insecure", Severity.PUBLISHING, {"url": link})


def _hard(fields: Mapping[str, str], language: str) -> Iterator[Issue]:
    """LIX is made for Scandinavian languages: elsewhere it says nothing."""
    if languages.normalise(language) not in ("nb", "nn"):
        return
    both = readability(f"{fields['short']}\n\n{fields['full']}")
    if both.lix >= HARDEST_LIX:
        name = "full" if fields["full"].strip() else "short"
        yield Issue(name, "hard_to_read", Severity.ADVICE, {"lix": str(both.lix)})
    if (easy := readability(fields["easy"])).lix >= HARDEST_EASY_LIX:
        yield Issue("easy", "hard_to_read", Severity.ADVICE, {"lix": str(easy.lix)})
    for name in ("short", "full", "easy"):
        if hard := readability(fields[name]).hard_words:
            yield Issue(name, "hard_words", Severity.ADVICE, {"words": ", ".join(one.word for one in hard)})


def _wordings(wordings: Mapping[str, str], taken: Mapping[str, str], *, is_source: bool) -> Iterator[Issue]:
    seen: set[str] = set()
    for name, wording in wordings.items():
        compared = " ".join(words(wording))
        if compared in seen:
            yield Issue(name, "wording_twice", Severity.ADVICE, {"wording": wording})
        elif compared in taken:
            details = {"wording": wording, "answer_id": taken[compared]}
            yield Issue(name, "wording_taken", Severity.PUBLISHING, details)
        seen |= {compared} - {""}
    if is_source and len(seen) < LEAST_WORDINGS:
        severity = Severity.ADVICE if seen else Severity.PUBLISHING
        yield Issue("asked_as", "wording_missing", severity, {"count": str(len(seen)), "least": str(LEAST_WORDINGS)})


# Numbers that should be facts. The digits of every script are read as 0-9 first.
_SPACE = "[ \u00a0\u202f]"
_NUMBER = r"(?<!\d)\d{1,9}(?:[ \u00a0\u202f.,٬٫]\d{1,3}){0,4}"
_CURRENCY = (
    r"(?:kroner|kronor|kron|kr|nok|крон[аиы]?|koron[ay]?|kronų|karoon|couronnes|coronas|كرون(?:ة|ات)?|کرون|ክሮነር|ክሮን)"
)
_PER_CENT = (
    r"(?:prosent|percent|per cent|procent[aouy]?|процент(?:а|ов)?|відсот(?:ок|ки|ків)|boqolkiiba|por ciento|pour cent"
    r"|بالمئة|في المئة|بالمائة|في المائة|درصد|فیصد|ሚእታዊ)"
)
_DAY, _MONTH = r"(?<!\d)(?:0?[1-9]|[12]\d|3[01])", r"(?:0?[1-9]|1[0-2])"
_DATES = (
    rf"(?<!\d)\d{{4}}-{_MONTH}-\d{{1,2}}(?!\d)"
    rf"|{_DAY}\.{_SPACE}?{_MONTH}\.(?:{_SPACE}?\d{{4}}(?!\d))?|{_DAY}[./-]{_MONTH}[./-]\d{{2,4}}(?!\d)"
)
_PER_CENTS = rf"{_NUMBER}{_SPACE}?(?:[%٪％]|{_PER_CENT}(?!\w))|(?:[%٪]|\byüzde){_SPACE}?{_NUMBER}"
_AMOUNTS = rf"\b{_CURRENCY}\.?{_SPACE}?{_NUMBER}|{_NUMBER}{_SPACE}?{_CURRENCY}(?!\w)|{_NUMBER},[-–]"
_PHONES = (
    rf"(?<![\w+.,])(?:\+\d\d{_SPACE}?)?(?:\d{{2,3}}(?:{_SPACE}\d{{2,3}}){{1,3}}"
    r"|\d{1,3}(?:[ \u00a0\u202f.,٬]\d{3}){1,2}|(?<![:/-])\d{3,8})(?!\w)"
)
_ADDRESS = re.compile(r"://|^www\.|@|\.(?:no|com|org|net|eu)\b", re.IGNORECASE)
_GEEZ_NUMBERS = dict.fromkeys(range(0x1369, 0x137D), "1")


def _numbers(fields: Mapping[str, str], language: str) -> Iterator[Issue]:
    pattern = _number_pattern(languages.normalise(language))
    for name, text in fields.items():
        plain = _with_plain_digits(_without_addresses(text))
        for number in dict.fromkeys(text[match.start() : match.end()] for match in pattern.finditer(plain)):
            yield Issue(name, "number_should_be_fact", Severity.ADVICE, {"number": number})


@cache
def _number_pattern(language: str) -> re.Pattern[str]:
    """Dates first, telephone numbers last: "1. mars 2026" is no telephone number."""
    names = {
        re.escape(month)
        for locale in (locale_for(language), locale_for("nb"))
        for context in ("format", "stand-alone")
        for month in get_month_names("wide", context=context, locale=locale).values()
    }
    months = rf"(?:{'|'.join(sorted(names, key=len, reverse=True))})(?!\w)"
    year = rf"(?:{_SPACE}\d{{4}}(?!\d))?"
    dates = rf"{_DATES}|{_DAY}\.?{_SPACE}{months}{year}|(?<!\w){months}{_SPACE}{_DAY}(?!\d)"
    return re.compile("|".join((dates, _PER_CENTS, _AMOUNTS, _PHONES)), re.IGNORECASE)


def _without_addresses(text: str) -> str:
    """Placeholders and links as so many spaces: the numbers in them are in their place."""
    blank = PLACEHOLDER.sub(lambda match: " " * len(match[0]), text)
    return re.sub(r"\S+", lambda match: " " * len(match[0]) if _ADDRESS.search(match[0]) else match[0], blank)


def _with_plain_digits(text: str) -> str:
    plain = text.translate(_GEEZ_NUMBERS)
    return "".join(str(unicodedata.decimal(character)) if character.isdecimal() else character for character in plain)

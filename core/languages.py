"""Languages as data: codes (BCP 47), names, direction of writing, and whom to fall back on.

Every code that a person, an app or a file may use resolves to one of the promised languages, so that there are always
words. The promise comes from Norway's population; see docs/words.md.
"""

import re
import unicodedata
from collections.abc import Iterable

# Each promised language under its own name, in the order in which people choose.
NAMES = {
    "nb": "Norsk bokmål",
    "nn": "Norsk nynorsk",
    "en": "English",
    "pl": "Polski",
    "uk": "Українська",
    "ru": "Русский",
    "lt": "Lietuvių",
    "ar": "العربية",
    "so": "Soomaali",
    "ti": "ትግርኛ",
    "fa": "فارسی / دری",
    "ur": "اردو",
    "tr": "Türkçe",
    "es": "Español",
    "fr": "Français",
}
PROMISED = tuple(NAMES)
RIGHT_TO_LEFT = frozenset({"ar", "fa", "ur", "ps", "ckb", "prs", "he", "yi", "sd", "ug", "dv"})

# What stands between the parts of a list, where it is not the Latin comma.
_COMMAS = {"ar": "، ", "fa": "، ", "ur": "، ", "ti": "፣ "}

# Other codes for the same language (first), or for one whose readers read a promised language (second).
_SAME = {
    "no": "nb", "nor": "nb", "nob": "nb", "nno": "nn", "eng": "en", "ukr": "uk", "ua": "uk", "rus": "ru", "pol": "pl",
    "lit": "lt", "ara": "ar", "som": "so", "tir": "ti", "fas": "fa", "per": "fa", "pes": "fa", "prs": "fa", "urd": "ur",
    "tur": "tr", "spa": "es", "fra": "fr", "fre": "fr", "arb": "ar", "apc": "ar", "acm": "ar", "ary": "ar",
    "arz": "ar", "haz": "fa", "ku": "kmr", "kur": "kmr", "iw": "he", "in": "id",
}  # fmt: skip
_READS = {
    "da": "nb", "sv": "nb", "is": "nb", "fo": "nb", "fi": "en", "se": "nb", "be": "ru", "kk": "ru", "ky": "ru",
    "uz": "ru", "tg": "fa", "tk": "ru", "hy": "ru", "ka": "ru", "lv": "en", "ps": "fa", "ckb": "ar", "kmr": "tr",
    "az": "tr", "ca": "es", "gl": "es", "eu": "es", "hi": "en", "pa": "ur", "sd": "ur",
    "ln": "fr", "rw": "fr", "wo": "fr", "mg": "fr", "ht": "fr", "kab": "fr",
}  # fmt: skip
_NEXT = {"nn": ("nb",), "nb": ("nn",), "ru": ("uk",), "uk": ("ru",), "ur": (), "lt": (), "fa": ()}

_SCRIPTS = (
    ("ti", re.compile(r"[\u1200-\u137f\u1380-\u139f\u2d80-\u2ddf]")),
    ("ar", re.compile(r"[\u0600-\u06ff\u0750-\u077f\ufb50-\ufdff\ufe70-\ufeff]")),
    ("ru", re.compile(r"[\u0400-\u04ff]")),
)


def normalise(code: str) -> str:
    """The short form of a language code: 'nb-NO' is nb, 'no' is nb, 'fa-AF' and 'prs' are fa, 'zh-TW' is zh."""
    main = re.split(r"[-_]", code.strip().lower(), maxsplit=1)[0]
    return _SAME.get(main, main)


def resolve(code: str | None) -> str:
    """The promised language whose words serve a reader with this code; English when nothing is nearer."""
    if not code:
        return "en"
    short = normalise(code)
    if short in NAMES:
        return short
    return _READS.get(short, "en")


def is_promised(code: str) -> bool:
    """Whether we have words in just this language."""
    return normalise(code) in NAMES


def is_served(code: str) -> bool:
    """Whether we have words in this language, or in one nearer to its readers than English."""
    return is_promised(code) or resolve(code) != "en"


def fallbacks(language: str) -> tuple[str, ...]:
    """In which order to look for a text for this reader: own language, close ones, English, Bokmål, anything."""
    own = resolve(language)
    order = (normalise(language), own, *_NEXT.get(own, ()), "en", "nb", *PROMISED)
    return tuple(dict.fromkeys(order))


def first_available(language: str, available: Iterable[str]) -> str | None:
    """The best of the available languages for this reader, or the first there is, or None."""
    there = list(available)
    return next((code for code in fallbacks(language) if code in there), there[0] if there else None)


def direction(language: str) -> str:
    """'rtl' or 'ltr', as HTML says it."""
    return "rtl" if normalise(language) in RIGHT_TO_LEFT else "ltr"


def listed(parts: Iterable[str], language: str) -> str:
    """The parts in a row, with the comma of the language."""
    return _COMMAS.get(normalise(language), ", ").join(parts)


def name(code: str) -> str:
    """The language's own name, or its code."""
    return NAMES.get(normalise(code), code)


def find_by_name(text: str) -> str | None:
    """The promised language that a person names ('Soomaali', 'arabic', 'ukrainsk', 'nb'), or None."""
    return BY_NAME.get(_plain(text))


def script_of(text: str) -> str | None:
    """What the letters alone say: 'ti', 'ar' or 'ru' stand for their scripts; None for Latin or no letters."""
    for code, pattern in _SCRIPTS:
        if len(pattern.findall(text)) * 2 > sum(character.isalpha() for character in text):
            return code
    return None


def _plain(text: str) -> str:
    decomposed = unicodedata.normalize("NFKD", text.casefold())
    return " ".join("".join(c for c in decomposed if c.isalnum() or c.isspace()).split())


# In the promised languages, also as people write it after "in" ("po polsku", "українською", "بالعربي").
_ALSO_CALLED = {
    "nb": (
        "norsk", "bokmål", "norwegian", "bokmal", "norska", "norweski", "норвезька", "норвежский", "النرويجية",
        "norwesku", "норвезькою", "норвежском", "نرويجي", "بالنرويجية", "نروژی", "نارویجن", "norveççe", "noruego",
        "norvégien", "norvegų", "norvegiškai", "noorwiiji",
    ),
    "nn": ("nynorsk",),
    "en": (
        "engelsk", "english", "angielski", "англійська", "английский", "الإنجليزية", "ingiriisi", "ingilizce",
        "angielsku", "англійською", "английском", "по-английски", "إنجليزي", "بالإنجليزية", "بالانكليزي", "انگلیسی",
        "انگریزی", "እንግሊዝኛ", "ብእንግሊዝኛ", "inglés", "anglais", "anglų", "angliškai", "engelska",
    ),
    "pl": (
        "polsk", "polish", "polsku", "польська", "польською", "польский", "польском", "البولندية", "بولندي",
        "لهستانی", "lehçe", "polaco", "polonais", "lenkų", "lenkiškai",
    ),
    "uk": (
        "ukrainsk", "ukrainian", "ukrainska", "украинский", "українською", "по-українськи", "украинском",
        "по-украински", "ukraiński", "ukraińsku", "الأوكرانية", "أوكراني", "اوکراینی", "ukraynaca", "ucraniano",
        "ukrainien", "ukrainiečių", "ukrainietiškai",
    ),
    "ru": (
        "russisk", "russian", "російська", "російською", "русском", "русски", "по-русски", "rosyjski", "rosyjsku",
        "الروسية", "روسي", "روسی", "rusça", "ruso", "russe", "rusų", "rusiškai", "ryska", "ruush",
    ),
    "lt": (
        "litauisk", "lithuanian", "lietuviu", "lietuviškai", "литовська", "литовский", "litewski", "litewsku",
        "litvanca", "lituano", "lituanien",
    ),
    "ar": (
        "arabisk", "arabic", "عربي", "عربى", "بالعربي", "بالعربية", "عربية", "арабська", "арабською", "арабский",
        "арабском", "arabski", "arabsku", "عربی", "ዓረብኛ", "ብዓረብኛ", "carabi", "af carabi", "arapça", "árabe", "arabe",
        "arabų", "arabiškai", "arabiska",
    ),
    "so": (
        "somali", "somalisk", "af soomaali", "af-soomaali", "soomaaliga", "сомалійська", "сомалийский", "somalijski",
        "somalijsku", "الصومالية", "صومالي", "سومالی", "somalice", "somalí", "somaliska",
    ),
    "ti": ("tigrinja", "tigrinya", "tigrigna", "ብትግርኛ", "тигринья", "التغرينية", "تغرينية", "tigriña", "tigrinska"),
    "fa": (
        "persisk", "persian", "farsi", "dari", "فارسی", "دری", "فارسى", "فارسي", "بالفارسي", "الفارسية", "перська",
        "персидский", "фарси", "дари", "perski", "farsça", "persa", "persan", "persiska",
    ),
    "ur": ("urdu", "الأردية", "урду", "urduca", "ourdou"),
    "tr": (
        "tyrkisk", "turkish", "turkce", "турецька", "турецькою", "турецкий", "турецком", "turecki", "turecku",
        "التركية", "تركي", "ترکی", "turco", "turc", "turkų", "turkiškai", "turkiska",
    ),
    "es": (
        "spansk", "spanish", "espanol", "castellano", "іспанська", "испанский", "hiszpański", "hiszpańsku",
        "الإسبانية", "إسباني", "اسپانیایی", "ispanyolca", "espagnol", "ispanų", "isbaanish",
    ),
    "fr": (
        "fransk", "french", "francais", "французька", "французький", "французский", "francuski", "francusku",
        "الفرنسية", "فرنسي", "فرانسوی", "fransızca", "francés", "prancūzų", "prancūziškai", "faransiis", "franska",
    ),
}  # fmt: skip
BY_NAME = {_plain(word): code for code, words in _ALSO_CALLED.items() for word in (*words, NAMES[code], code)}

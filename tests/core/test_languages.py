"""Every code that an app or a person may use leads to a language that has words."""

import pytest

from core import languages

# What Telegram's apps send as a person's language, and what people and files write.
CODES = {
    "nb": "nb", "no": "nb", "nb-NO": "nb", "nb_NO": "nb", "NB": "nb", "nor": "nb", "nob": "nb", "no-bok": "nb",
    "nn": "nn", "nn-NO": "nn", "nno": "nn", "se": "nb", "da": "nb", "da-DK": "nb", "sv": "nb", "sv-SE": "nb",
    "is": "nb", "fo": "nb", "fi": "en", "et": "en", "lv": "en", "lt": "lt", "lt-LT": "lt", "lit": "lt",
    "en": "en", "en-US": "en", "en-GB": "en", "en-raw": "en", "eng": "en", "cy": "en", "ga": "en",
    "pl": "pl", "pl-PL": "pl", "pol": "pl", "uk": "uk", "uk-UA": "uk", "ua": "uk", "ukr": "uk",
    "ru": "ru", "ru-RU": "ru", "rus": "ru", "be": "ru", "be-tarask": "ru", "kk": "ru", "ky": "ru", "uz": "ru",
    "uz-Latn": "ru", "tk": "ru", "hy": "ru", "ka": "ru", "tg": "fa", "az": "tr",
    "ar": "ar", "ar-SA": "ar", "ar-EG": "ar", "ar-SY": "ar", "ar_IQ": "ar", "ara": "ar", "apc": "ar", "acm": "ar",
    "arz": "ar", "ary": "ar", "ckb": "ar", "ckb-IQ": "ar", "ku": "tr", "kmr": "tr", "kur": "tr", "ku-TR": "tr",
    "fa": "fa", "fa-IR": "fa", "fa-AF": "fa", "prs": "fa", "pes": "fa", "per": "fa", "fas": "fa", "haz": "fa",
    "ps": "fa", "ps-AF": "fa", "ur": "ur", "ur-PK": "ur", "urd": "ur", "pa": "ur", "sd": "ur", "hi": "en",
    "so": "so", "so-SO": "so", "som": "so", "ti": "ti", "ti-ER": "ti", "ti-ET": "ti", "tir": "ti", "am": "en",
    "om": "en", "sw": "en", "rw": "fr", "ln": "fr", "wo": "fr", "mg": "fr", "ht": "fr", "kab": "fr",
    "tr": "tr", "tr-TR": "tr", "tur": "tr", "es": "es", "es-ES": "es", "es-419": "es", "spa": "es", "ca": "es",
    "gl": "es", "eu": "es", "fr": "fr", "fr-FR": "fr", "fr-CA": "fr", "fra": "fr", "fre": "fr",
    "de": "en", "nl": "en", "it": "en", "pt": "en", "pt-br": "en", "pt-BR": "en", "ro": "en", "hu": "en",
    "cs": "en", "sk": "en", "sl": "en", "hr": "en", "sr": "en", "bs": "en", "mk": "en", "bg": "en", "sq": "en",
    "el": "en", "he": "en", "iw": "en", "yi": "en", "mt": "en", "zh": "en", "zh-hans": "en", "zh-hant": "en",
    "zh-TW": "en", "zh-Hans-CN": "en", "yue": "en", "ja": "en", "ko": "en", "vi": "en", "th": "en", "my": "en",
    "km": "en", "lo": "en", "ms": "en", "id": "en", "in": "en", "fil": "en", "tl": "en", "bn": "en", "ta": "en",
    "te": "en", "ml": "en", "mr": "en", "gu": "en", "kn": "en", "ne": "en", "si": "en", "mn": "en", "ug": "en",
    "tlh": "en", "eo": "en", "la": "en", "und": "en", "": "en", " ": "en", "-": "en", "x-private": "en",
    "nonsense": "en", "🙂": "en", "العربية": "en", "n" * 500: "en",
}  # fmt: skip


@pytest.mark.parametrize(("code", "expected"), CODES.items())
def test_every_code_leads_to_a_promised_language(code: str, expected: str) -> None:
    assert languages.resolve(code) == expected
    assert expected in languages.PROMISED


def test_nobody_who_says_no_language_is_left_without_words() -> None:
    assert languages.resolve(None) == "en"


@pytest.mark.parametrize("code", ["ar", "ar-SY", "fa", "fa-AF", "prs", "ur", "ps", "ckb", "he", "iw", "arz"])
def test_languages_written_from_the_right_say_so(code: str) -> None:
    assert languages.direction(code) == "rtl"


@pytest.mark.parametrize(
    "code", ["nb", "nn", "en", "pl", "uk", "ru", "lt", "so", "ti", "tr", "es", "fr", "ku", "zh", ""]
)
def test_languages_written_from_the_left_say_so(code: str) -> None:
    assert languages.direction(code) == "ltr"


@pytest.mark.parametrize("code", [*languages.PROMISED, "ps", "ckb", "da", "zh-hans", "tlh", ""])
def test_a_reader_is_offered_close_languages_then_english_then_bokmaal_before_any_other(code: str) -> None:
    close = {languages.normalise(code), languages.resolve(code), *languages.PROMISED[:2]}
    close |= {"ru", "uk"} if languages.resolve(code) in ("ru", "uk") else set()

    chain = languages.fallbacks(code)

    strangers = [place for place, one in enumerate(chain) if one not in {*close, "en"}]
    assert chain[0] == languages.normalise(code)
    assert set(languages.PROMISED) <= set(chain)
    assert max(chain.index("en"), chain.index("nb")) < min(strangers)
    assert languages.resolve(code) in ("nb", "nn") or chain.index("en") < chain.index("nb")


@pytest.mark.parametrize(
    ("reader", "available", "best"),
    [
        ("nn", ["en", "nb"], "nb"),
        ("nb-NO", ["en", "nn"], "nn"),
        ("fa-AF", ["nb", "en", "fa"], "fa"),
        ("ps", ["nb", "en", "fa"], "fa"),
        ("ps", ["fa", "ps"], "ps"),
        ("ckb", ["nb", "ar"], "ar"),
        ("uk", ["nb", "ru", "en"], "ru"),
        ("ar", ["nb", "en"], "en"),
        ("ar", ["nb"], "nb"),
        ("ar", ["so"], "so"),
        ("ar", ["sw"], "sw"),
        ("ar", [], None),
    ],
)
def test_the_nearest_text_there_is_gets_shown(reader: str, available: list[str], best: str | None) -> None:
    assert languages.first_available(reader, available) == best


@pytest.mark.parametrize(
    ("said", "code"),
    [
        ("Soomaali", "so"), ("somali", "so"), ("العربية", "ar"), ("عربي", "ar"), ("arabisk", "ar"), ("ARABIC!", "ar"),
        ("Українська", "uk"), ("українська", "uk"), ("ukrainsk", "uk"), ("Norsk", "nb"), ("bokmal", "nb"),
        ("nynorsk", "nn"), ("tigrinja", "ti"), ("ትግርኛ", "ti"), ("dari", "fa"), ("farsi", "fa"), ("فارسی", "fa"),
        ("Türkçe", "tr"), ("turkce", "tr"), ("español", "es"), ("espanol", "es"), ("Français", "fr"), ("اردو", "ur"),
        ("nb", "nb"), ("barnehage", None), ("", None), ("jeg snakker somali og arabisk", None),
    ],
)  # fmt: skip
def test_a_language_is_known_by_the_names_that_people_give_it(said: str, code: str | None) -> None:
    assert languages.find_by_name(said) == code


def test_every_promised_language_is_found_by_its_own_name() -> None:
    found = {code: languages.find_by_name(name) for code, name in languages.NAMES.items() if "/" not in name}

    assert all(code == known for code, known in found.items())

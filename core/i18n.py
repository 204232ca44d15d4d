"""Words for people: message catalogues (gettext) read with Babel, one translator object per language.

The translator is passed along as ``t``; there is no current language. ``t("Text with {name}.", name=...)`` and
``t.plural("{count} hour", "{count} hours", count)``.
"""

import gettext
import io
from collections.abc import Callable
from functools import cache
from pathlib import Path

from babel.core import Locale, UnknownLocaleError
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po

from core import languages

DOMAIN = "brobygger"


class Translator:
    """The words of one language. Messages are written in English in the code and are whole sentences."""

    def __init__(
        self,
        language: str,
        words: gettext.NullTranslations,
        siblings: Callable[[str], "Translator"] | None = None,
    ) -> None:
        self.language = language
        self.direction = languages.direction(language)
        self._words = words
        self._siblings = siblings

    def __call__(self, message: str, /, **values: object) -> str:
        """The message in this language with its named placeholders filled."""
        text = self._words.gettext(message)
        return text.format(**values) if values else text

    def plural(self, one: str, many: str, count: int, /, **values: object) -> str:
        """The form that this language uses for this count (CLDR plural rules stand in the catalogue's header)."""
        return self._words.ngettext(one, many, count).format(count=count, **values)

    def sibling(self, language: str) -> "Translator":
        """The translator of another language: for a text that is shown in a language the reader did not choose."""
        return self._siblings(language) if self._siblings else self

    @property
    def locale(self) -> Locale:
        """Babel's formats for this language, in Norway where CLDR knows the pair."""
        return locale_for(self.language)


class Catalogues:
    """All catalogues below one folder: ``<language>/LC_MESSAGES/brobygger.po``. Read on first use, then kept."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._translators: dict[str, Translator] = {}

    def translator(self, language: str) -> Translator:
        """The words for a reader with this code; see languages.resolve."""
        code = languages.resolve(language)
        if code not in self._translators:
            self._translators[code] = Translator(code, self._read(code), self.translator)
        return self._translators[code]

    def _read(self, code: str) -> gettext.NullTranslations:
        path = self._folder / code / "LC_MESSAGES" / f"{DOMAIN}.po"
        if not path.exists():
            return gettext.NullTranslations()
        compiled = io.BytesIO()
        with path.open("rb") as file:
            write_mo(compiled, read_po(file, locale=code))
        compiled.seek(0)
        return gettext.GNUTranslations(compiled)


@cache
def locale_for(language: str) -> Locale:
    """Babel's locale for a language; English where CLDR has none."""
    try:
        return Locale.parse(languages.normalise(language))
    except (UnknownLocaleError, ValueError):
        return Locale("en")

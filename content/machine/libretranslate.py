"""LibreTranslate (libretranslate.com): ``POST /translate``, on a server of one's own or theirs; a key where asked for.

Its models know no marks for what must be kept: it goes as words that they mostly copy.
"""

from collections.abc import Collection, Sequence

from content.machine.asking import ask, in_batches
from content.machine.placeholders import as_words, from_words
from content.machine.port import Away, MachineTranslator, TranslatorAway

LANGUAGES = frozenset({"nb", "en", "pl", "uk", "ru", "lt", "ar", "fa", "ur", "tr", "es", "fr"})
_MOST_TEXTS, _MOST_BYTES = 30, 100_000  # servers are often set to 32 texts


class LibreTranslate(MachineTranslator):
    """Translates with a LibreTranslate server. One question may take ``seconds``: small servers are slow."""

    name = "LibreTranslate"

    def __init__(
        self, address: str, *, key: str = "", languages: Collection[str] = LANGUAGES, seconds: float = 60
    ) -> None:
        self._url = f"{address.rstrip('/')}/translate"
        self._key = key
        self._languages = frozenset(languages)
        self._seconds = seconds

    def can(self, source: str, target: str) -> bool:
        return source != target and {source, target} <= self._languages

    async def translate(self, texts: Sequence[str], *, source: str, target: str) -> list[str]:
        if not self.can(source, target):
            raise TranslatorAway(self.name, Away.LANGUAGES)
        translated: list[str] = []
        for batch in in_batches([as_words(text) for text in texts], most=_MOST_TEXTS, most_bytes=_MOST_BYTES):
            translated += await self._ask(batch, source, target)
        return [from_words(one, original=text) for one, text in zip(translated, texts, strict=True)]

    async def _ask(self, texts: list[str], source: str, target: str) -> list[str]:
        body: dict[str, object] = {"q": texts, "source": source, "target": target, "format": "text"}
        if self._key:
            body["api_key"] = self._key
        answer = await ask(self.name, self._url, body, seconds=self._seconds)
        found = answer.get("translatedText") if isinstance(answer, dict) else None
        words = [one for one in found if isinstance(one, str)] if isinstance(found, list) else []
        if len(words) != len(texts):
            raise TranslatorAway(self.name, Away.UNINTELLIGIBLE)
        return words

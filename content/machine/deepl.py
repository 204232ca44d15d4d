"""DeepL (developers.deepl.com): ``POST /v2/translate``. Texts leave the municipality; a key is needed.

At most 50 texts and 128 KiB a question. What must be kept goes as XML elements that DeepL is told to ignore.
"""

from collections.abc import Collection, Sequence

from content.machine.asking import ask, in_batches
from content.machine.placeholders import TAG, as_xml, from_xml
from content.machine.port import Away, MachineTranslator, TranslatorAway

ADDRESS = "https://api.deepl.com"  # keys of the free plan: https://api-free.deepl.com
LANGUAGES = frozenset({"nb", "en", "pl", "uk", "ru", "lt", "ar", "tr", "es", "fr"})
_MOST_TEXTS, _MOST_BYTES = 50, 100_000
_TARGETS = {"en": "EN-GB"}  # "EN" alone is for old programs


class DeepL(MachineTranslator):
    """Translates with DeepL. One question may take ``seconds``."""

    name = "DeepL"

    def __init__(
        self, key: str, *, address: str = ADDRESS, languages: Collection[str] = LANGUAGES, seconds: float = 30
    ) -> None:
        self.address = address.rstrip("/")
        self._headers = {"Authorization": f"DeepL-Auth-Key {key}"}
        self._languages = frozenset(languages)
        self._seconds = seconds

    def can(self, source: str, target: str) -> bool:
        return source != target and {source, target} <= self._languages

    async def translate(self, texts: Sequence[str], *, source: str, target: str) -> list[str]:
        if not self.can(source, target):
            raise TranslatorAway(self.name, Away.LANGUAGES)
        translated: list[str] = []
        for batch in in_batches([as_xml(text) for text in texts], most=_MOST_TEXTS, most_bytes=_MOST_BYTES):
            translated += await self._ask(batch, source, target)
        return [from_xml(one, original=text) for one, text in zip(translated, texts, strict=True)]

    async def _ask(self, texts: list[str], source: str, target: str) -> list[str]:
        body = {
            "text": texts,
            "source_lang": source.upper(),
            "target_lang": _TARGETS.get(target, target.upper()),
            "tag_handling": "xml",
            "tag_handling_version": "v2",
            "ignore_tags": [TAG],
            "preserve_formatting": True,
        }
        answer = await ask(
            self.name, f"{self.address}/v2/translate", body, headers=self._headers, seconds=self._seconds
        )
        rows = answer.get("translations") if isinstance(answer, dict) else None
        found = [row.get("text") for row in rows if isinstance(row, dict)] if isinstance(rows, list) else []
        words = [one for one in found if isinstance(one, str)]
        if len(words) != len(texts):
            raise TranslatorAway(self.name, Away.UNINTELLIGIBLE)
        return words

"""One question to a translation service over HTTP: JSON there, JSON back, with limits on time and size."""

import asyncio
import json
from collections.abc import Iterator, Mapping, Sequence

import httpx

from content.machine.port import Away, TranslatorAway

MOST_BYTES = 2_000_000
_REASONS = {401: Away.REFUSED, 403: Away.REFUSED, 429: Away.BUSY, 456: Away.USED_UP, 504: Away.SLOW}


async def ask(
    translator: str, url: str, body: Mapping[str, object], *, seconds: float, headers: Mapping[str, str] | None = None
) -> object:
    """What the service answers, as JSON. Follows no redirection. Raises TranslatorAway."""
    try:
        async with (
            asyncio.timeout(seconds),
            httpx.AsyncClient(timeout=seconds) as client,
            client.stream("POST", url, json=dict(body), headers=headers) as response,
        ):
            if response.status_code != httpx.codes.OK:
                raise TranslatorAway(translator, _REASONS.get(response.status_code, Away.FAILED))
            return json.loads(await _read(translator, response))
    except (TimeoutError, httpx.TimeoutException):
        raise TranslatorAway(translator, Away.SLOW) from None
    except (httpx.HTTPError, httpx.InvalidURL):
        raise TranslatorAway(translator, Away.UNREACHABLE) from None
    except (ValueError, RecursionError):
        raise TranslatorAway(translator, Away.UNINTELLIGIBLE) from None


def in_batches(texts: Sequence[str], *, most: int, most_bytes: int) -> Iterator[list[str]]:
    """Groups of texts that one question may hold; a text that is too large alone stands alone."""
    batch: list[str] = []
    size = 0
    for text in texts:
        # The worst case of JSON: a sign takes six bytes.
        length = max(len(text.encode()), len(json.dumps(text))) + 2
        if batch and (len(batch) == most or size + length > most_bytes):
            yield batch
            batch, size = [], 0
        batch.append(text)
        size += length
    if batch:
        yield batch


async def _read(translator: str, response: httpx.Response) -> bytes:
    parts: list[bytes] = []
    size = 0
    async for part in response.aiter_bytes():
        parts.append(part)
        size += len(part)
        if size > MOST_BYTES:
            raise TranslatorAway(translator, Away.UNINTELLIGIBLE)
    return b"".join(parts)

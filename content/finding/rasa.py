"""A Rasa server (rasa.com, Open Source 3.6.21): ``POST /model/parse``. For a town that runs one already.

Rasa only says which answer is meant; what residents read stays the published text. Whenever it does not say so in time,
clearly, and about an answer that is published, our own finding decides (docs/rasa.md).
"""

import asyncio
import json
from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

import httpx

from content.finding.certainty import calibration
from content.finding.finder import LEAST_SHARE, MOST_CHOICES, Choices, Finding, Found, NotFound
from core.logs import get_log

OUT_OF_SCOPE = "out_of_scope"  # the intent of what no answer covers, as `brobygger rasa export` names it
FAILURES_BEFORE_PAUSE = 3
PAUSE = timedelta(seconds=30)
MOST_BYTES = 200_000  # of an answer; ten intents and the words of a question have a few thousand
log = get_log(__name__)


@dataclass(frozen=True, slots=True)
class Meant:
    """An intent, and how sure Rasa is of it."""

    intent: str
    confidence: float


@dataclass(frozen=True, slots=True)
class Opinion:
    """What Rasa makes of a question, most likely first."""

    meant: tuple[Meant, ...]

    def decide(self, language: str, answers: Collection[str]) -> Finding | None:
        """What to show, by the thresholds of our own finding; None: not sure enough, decide it ourselves.

        An intent that is none of these answers is passed over: a town's Rasa may know more than we have published.
        """
        thresholds = calibration(language).thresholds
        known = [one for one in self.meant if one.intent == OUT_OF_SCOPE or one.intent in answers]
        if not known or known[0].confidence < thresholds.choices:
            return None
        first = known[0]
        likely = [one for one in known if one.intent != OUT_OF_SCOPE and one.confidence >= LEAST_SHARE]
        if first.intent == OUT_OF_SCOPE:
            return NotFound(1 - first.confidence) if first.confidence >= thresholds.answer else None
        names = tuple(one.intent for one in likely[:MOST_CHOICES])
        if first.confidence >= thresholds.answer:
            return Found(names[0], first.confidence, names[1:])
        return Choices(names, first.confidence)


class Away(StrEnum):
    """Why Rasa gave no opinion; the reason in the log."""

    SLOW = "slow"
    UNREACHABLE = "unreachable"
    REFUSED = "refused"  # the token is wrong
    FAILED = "failed"
    UNINTELLIGIBLE = "unintelligible"


class Rasa:
    """One server. After three failures in a row it is left alone for half a minute, then tried with one question."""

    def __init__(self, url: str, *, languages: Collection[str], token: str | None = None, timeout: timedelta) -> None:
        self._url = f"{url}/model/parse"
        self._languages = frozenset(languages)
        self._token = {"token": token} if token else {}
        self._seconds = timeout.total_seconds()
        self._client = httpx.AsyncClient(timeout=self._seconds)
        self._failures = 0
        self._left_alone_until: datetime | None = None

    def serves(self, language: str) -> bool:
        """Whether its model knows this language."""
        return language in self._languages

    async def ask(self, question: str, *, at: datetime) -> Opinion | None:
        """Its opinion, or None when there is none in time. Never raises; never ask it inside a transaction."""
        if self._left_alone_until is not None:
            if at < self._left_alone_until:
                return None
            self._left_alone_until = at + PAUSE  # others who ask meanwhile do not wait
        found = await self._parse(question)
        if isinstance(found, Opinion):
            self._failures, self._left_alone_until = 0, None
            return found
        self._failures += 1
        is_left_alone = self._failures >= FAILURES_BEFORE_PAUSE
        if is_left_alone:
            self._left_alone_until = at + PAUSE
        log.warning("rasa_away", reason=str(found), is_left_alone=is_left_alone)
        return None

    async def close(self) -> None:
        """Let go of its connections."""
        await self._client.aclose()

    async def _parse(self, question: str) -> Opinion | Away:
        try:
            async with (
                asyncio.timeout(self._seconds),
                self._client.stream("POST", self._url, params=self._token, json={"text": question}) as response,
            ):
                if response.status_code in (httpx.codes.UNAUTHORIZED, httpx.codes.FORBIDDEN):
                    return Away.REFUSED
                if response.status_code != httpx.codes.OK:
                    return Away.FAILED
                body = b""
                async for part in response.aiter_bytes():
                    body += part
                    if len(body) > MOST_BYTES:
                        return Away.UNINTELLIGIBLE
        except (TimeoutError, httpx.TimeoutException):
            return Away.SLOW
        except (httpx.HTTPError, httpx.InvalidURL):
            return Away.UNREACHABLE
        return _read(body)


def _read(body: bytes) -> Opinion | Away:
    """The ranking of an answer; without one, its intent alone."""
    try:
        answer = json.loads(body)
    except (ValueError, RecursionError):
        return Away.UNINTELLIGIBLE
    if not isinstance(answer, dict):
        return Away.UNINTELLIGIBLE
    rows = answer.get("intent_ranking") or [answer.get("intent")]
    meant = [_meant(row) for row in rows] if isinstance(rows, list) else [None]
    several = [one for one in meant if one is not None]
    if len(several) != len(meant):
        return Away.UNINTELLIGIBLE
    return Opinion(tuple(sorted(several, key=lambda one: -one.confidence)))


def _meant(row: object) -> Meant | None:
    if not isinstance(row, dict):
        return None
    match row.get("name"), row.get("confidence"):
        case str(name), float() | int() as confidence if 0 <= confidence <= 1:
            return Meant(name, float(confidence))
        case None, _:
            return Meant("", 0.0)  # Rasa names no intent for a text without words
        case _:
            return None

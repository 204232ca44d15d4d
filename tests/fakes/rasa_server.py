"""A Rasa server as far as we use it: ``POST /model/parse``, with what may go wrong."""

import asyncio
import json
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import timedelta

from content.finding.rasa import Rasa
from tests.fakes.loopback_http import Cut, Request, Response, serving


@dataclass(slots=True)
class RasaServer:
    """What it says to every question, and what it was asked."""

    meant: Mapping[str, float] = field(default_factory=dict)  # intents with their confidence
    token: str | None = None
    status: int = 200
    seconds: float = 0.0
    body: bytes | None = None  # in place of an answer
    is_cut: bool = False
    port: int = 0
    asked: list[str] = field(default_factory=list)

    async def __call__(self, request: Request) -> Response:
        assert (request.method, request.path) == ("POST", "/model/parse")
        question = json.loads(request.body)["text"]
        self.asked.append(question)
        if self.is_cut:
            raise Cut
        await asyncio.sleep(self.seconds)
        if request.query.get("token") != self.token:
            return Response(401, b'{"status":"failure","reason":"NotAuthenticated"}')
        return Response(self.status, self.answer(question) if self.body is None else self.body)

    def answer(self, question: str) -> bytes:
        """As Rasa 3.6.21 words it."""
        ranking = [{"name": name, "confidence": confidence} for name, confidence in self.meant.items()]
        first = ranking[0] if ranking else {"name": None, "confidence": 0.0}
        return json.dumps({"text": question, "intent": first, "entities": [], "intent_ranking": ranking}).encode()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"


@asynccontextmanager
async def rasa_server(**meant: float) -> AsyncIterator[RasaServer]:
    """A server that takes every question for this; two underscores stand for a hyphen."""
    server = RasaServer({name.replace("__", "-"): confidence for name, confidence in meant.items()})
    async with serving(server) as server.port:
        yield server


@asynccontextmanager
async def asking(
    server: RasaServer, *, languages: tuple[str, ...] = ("nb",), token: str | None = None, milliseconds: int = 30_000
) -> AsyncIterator[Rasa]:
    """Our client for it."""
    rasa = Rasa(server.url, languages=languages, token=token, timeout=timedelta(milliseconds=milliseconds))
    try:
        yield rasa
    finally:
        await rasa.close()

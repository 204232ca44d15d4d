"""How requests are taken in: who begins one and does not finish it, or does not read the reply, keeps no connection."""

import asyncio
from collections.abc import Sequence

import h11
from uvicorn.protocols.http.h11_impl import H11Protocol

LONGEST_HEAD = 20.0  # seconds from the first byte, or from connecting, until a request's headers are there
LONGEST_BODY = 120.0  # and until all of it is there: the largest file of the desk, at half a megabit a second
LONGEST_WAIT = 60.0  # until a reader has taken in what was written: 64 kB


class PatientHTTP(H11Protocol):
    """uvicorn's protocol, which alone would wait for ever."""

    _reading: asyncio.TimerHandle | None = None
    _writing: asyncio.TimerHandle | None = None
    _state: object = None  # of the request that the clock runs for

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        """Somebody has connected."""
        super().connection_made(transport)
        self._reading = self.loop.call_later(LONGEST_HEAD, transport.close)

    def connection_lost(self, exc: Exception | None) -> None:
        """They are gone."""
        self._stop_clock()
        self.resume_writing()
        super().connection_lost(exc)

    def data_received(self, data: bytes) -> None:
        """A piece of a request has come; more than one request, too."""
        super().data_received(data)
        self._watch((h11.IDLE, h11.SEND_BODY))

    def on_response_complete(self) -> None:
        """The reply is written; the next request may be here in part. Where it is not, uvicorn itself waits."""
        super().on_response_complete()
        self._watch((h11.SEND_BODY,))

    def pause_writing(self) -> None:
        """More is written than they read."""
        super().pause_writing()
        self._writing = self.loop.call_later(LONGEST_WAIT, self.transport.abort)

    def resume_writing(self) -> None:
        """They have read on."""
        super().resume_writing()
        if self._writing is not None:
            self._writing.cancel()
            self._writing = None

    def _watch(self, unfinished: Sequence[object]) -> None:
        state = self.conn.their_state
        if self.transport.is_closing() or state not in unfinished:
            self._stop_clock()
        elif self._reading is None or state is not self._state:
            self._stop_clock()
            self._state = state
            seconds = LONGEST_BODY if state is h11.SEND_BODY else LONGEST_HEAD
            self._reading = self.loop.call_later(seconds, self.transport.close)

    def _stop_clock(self) -> None:
        if self._reading is not None:
            self._reading.cancel()
            self._reading = None

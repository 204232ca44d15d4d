"""How requests are taken in: who begins one and does not finish it, or does not read the reply, keeps no connection.

Nor are there more connections than this process may have files open, or nothing could be read or written any more.
"""

import asyncio
import contextlib
import math
import resource
from collections.abc import Sequence

import h11
from uvicorn.protocols.http.h11_impl import H11Protocol

from core.logs import get_log

log = get_log(__name__)
LONGEST_HEAD = 20.0  # seconds from the first byte, or from connecting, until a request's headers are there
LONGEST_BODY = 120.0  # and until all of it is there: the largest file of the desk, at half a megabit a second
LONGEST_WAIT = 60.0  # until a reader has taken in what was written: 64 kB
ENOUGH_FILES = 65_536
SPARE_FILES = 2_500  # for the database, other servers, and as many connections as are taken in at once


def open_many_files() -> None:
    """Let this process have as many files and connections open as it may; systems give it 1,024 at first."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    wanted = ENOUGH_FILES if hard == resource.RLIM_INFINITY else min(hard, ENOUGH_FILES)
    if soft != resource.RLIM_INFINITY and soft < wanted:
        with contextlib.suppress(OSError, ValueError):
            resource.setrlimit(resource.RLIMIT_NOFILE, (wanted, hard))


def most_connections() -> int:
    """So many that there are files left for everything else."""
    soft, _hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    return ENOUGH_FILES if soft == resource.RLIM_INFINITY else soft - min(SPARE_FILES, soft // 2)


class PatientHTTP(H11Protocol):
    """uvicorn's protocol, which alone would wait for ever."""

    _reading: asyncio.TimerHandle | None = None
    _writing: asyncio.TimerHandle | None = None
    _full_at = -math.inf  # when it was logged, of all connections
    _state: object = None  # of the request that the clock runs for

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        """Somebody has connected."""
        super().connection_made(transport)
        if len(self.connections) > (most := most_connections()):
            transport.abort()
            self._log_that_it_is_full(most)
            return
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

    def _log_that_it_is_full(self, most: int) -> None:
        """Once a minute: a line for each would fill the disk."""
        if self.loop.time() - PatientHTTP._full_at > 60:
            PatientHTTP._full_at = self.loop.time()
            log.warning("too_many_connections", most=most)

    def _stop_clock(self) -> None:
        if self._reading is not None:
            self._reading.cancel()
            self._reading = None

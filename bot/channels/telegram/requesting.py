"""Calls Telegram over HTTP, on aiohttp: a broadcast makes many calls, and each costs an eighth of what httpx takes.

What the library must know of a call that went wrong is whether it left: see ``NeverLeft``.
"""

import ssl
from functools import cache, lru_cache
from urllib.parse import urlsplit
from urllib.request import getproxies, proxy_bypass

import aiohttp
from telegram._utils.defaultvalue import DefaultValue
from telegram.error import NetworkError, TimedOut
from telegram.request import BaseRequest, RequestData

from broadcasts.delivery.pulse import Pulse, Trouble

# Of a proxy too: it refused to open the way to Telegram.
_NO_CONNECTION = (aiohttp.ClientConnectorError, aiohttp.ConnectionTimeoutError, aiohttp.ClientHttpProxyError)
READ_SECONDS, CONNECT_SECONDS, WAIT_FOR_CONNECTION_SECONDS = 20.0, 10.0, 30.0
_AS_JSON = {"Content-Type": "application/json"}
# What is no answer to this call alone; 404 is how Telegram answers a token that cannot be one.
_TROUBLES = {401: Trouble.TOKEN_REFUSED, 404: Trouble.TOKEN_REFUSED, 409: Trouble.CONFLICT}


class NeverLeft(NetworkError):
    """There was no connection: what should have been sent never left this machine."""


class Encoded(RequestData):  # type: ignore[misc]  # the library's class is final; it only hands this on to us
    """Parameters that are JSON already: a broadcast's words are the same for thousands of people."""

    __slots__ = ("encoded",)

    def __init__(self, encoded: str) -> None:
        super().__init__()
        self.encoded = encoded


class Request(BaseRequest):
    """The library's way to Telegram, with at most so many connections at a time. ``pulse`` is told of every call."""

    def __init__(self, *, connections: int, read_seconds: float = READ_SECONDS, pulse: Pulse | None = None) -> None:
        self._connections = connections
        self._read_seconds = read_seconds
        self._session: aiohttp.ClientSession | None = None
        self._pulse = pulse

    @property
    def read_timeout(self) -> float:
        """Seconds that we wait for an answer unless a call says otherwise."""
        return self._read_seconds

    async def initialize(self) -> None:
        """Get ready; connects to nothing yet."""
        self._ready()

    async def shutdown(self) -> None:
        """Close all connections."""
        if self._session is not None:
            await self._session.close()
            self._session = None

    async def do_request(  # noqa: PLR0917 (the library calls it so)
        self,
        url: str,
        method: str,
        request_data: RequestData | None = None,
        read_timeout: object = BaseRequest.DEFAULT_NONE,
        write_timeout: object = BaseRequest.DEFAULT_NONE,
        connect_timeout: object = BaseRequest.DEFAULT_NONE,
        pool_timeout: object = BaseRequest.DEFAULT_NONE,
    ) -> tuple[int, bytes]:
        """Status and body. Raises NeverLeft, TimedOut or NetworkError."""
        is_usual = isinstance(read_timeout, DefaultValue) or not isinstance(read_timeout, (int, float))
        timeout = aiohttp.ClientTimeout(
            total=None,
            connect=WAIT_FOR_CONNECTION_SECONDS,
            sock_connect=CONNECT_SECONDS,
            sock_read=self._read_seconds if is_usual else float(str(read_timeout)),
        )
        try:
            headers = _AS_JSON if isinstance(request_data, Encoded) else None
            async with self._ready().request(
                method, url, data=_body(request_data), headers=headers, timeout=timeout, proxy=_proxy(url)
            ) as response:
                body = await response.read()
                self._note(_trouble(response.status))
                return response.status, body
        except _NO_CONNECTION as problem:
            self._note(Trouble.NOT_REACHED)
            raise NeverLeft(f"no connection: {type(problem).__name__}") from problem
        except TimeoutError as problem:
            self._note(Trouble.NO_ANSWER)
            raise TimedOut from problem
        except aiohttp.ClientError as problem:
            self._note(Trouble.NO_ANSWER)
            raise NetworkError(f"the connection broke: {type(problem).__name__}") from problem

    def _note(self, trouble: Trouble | None) -> None:
        if self._pulse is None:
            return
        if trouble is None:
            self._pulse.answered()
        else:
            self._pulse.failed(trouble)

    def _ready(self) -> aiohttp.ClientSession:
        if self._session is None:
            connector = aiohttp.TCPConnector(limit=self._connections, ssl=_certificates())
            jar = aiohttp.DummyCookieJar()
            self._session = aiohttp.ClientSession(connector=connector, cookie_jar=jar)
        return self._session


def _trouble(status: int) -> Trouble | None:
    return Trouble.ITS_FAULT if status >= 500 else _TROUBLES.get(status)


@cache
def _certificates() -> ssl.SSLContext:
    """Read once: it takes a while, and every session would read its own."""
    return ssl.create_default_context()


@lru_cache(maxsize=4)
def _proxy_of(scheme: str, host: str) -> str | None:
    """The proxy that the environment names. aiohttp would look it up for every call, and read the user's netrc too."""
    return None if proxy_bypass(host) else getproxies().get(scheme)


def _proxy(url: str) -> str | None:
    parts = urlsplit(url)
    return _proxy_of(parts.scheme, parts.hostname or "")


def _body(data: RequestData | None) -> aiohttp.FormData | dict[str, str] | bytes | None:
    if data is None:
        return None
    if isinstance(data, Encoded):
        return data.encoded.encode("ascii")
    if not data.contains_files:
        return dict(data.json_parameters)
    form = aiohttp.FormData(dict(data.json_parameters))
    for name, (file_name, content, media_type) in (data.multipart_data or {}).items():
        form.add_field(name, content, filename=file_name, content_type=media_type)
    return form

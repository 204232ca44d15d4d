"""Headers that keep the pages safe: nothing from elsewhere is loaded, nothing is told to other sites."""

from collections.abc import Sequence
from secrets import token_hex

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from core.logs import follow

POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; media-src 'self';"
    " connect-src 'self'; form-action 'self'; base-uri 'none';"
)


class SafetyHeaders:
    """ASGI middleware. With https, browsers are told never to come without it again for a year.

    ``embed_sites``: the only sites that may show a page in a frame; none: any may, for the chat is made to be embedded
    and has no account to steal. It also gives each request an id in the log.
    """

    def __init__(self, app: ASGIApp, *, is_https: bool = False, embed_sites: Sequence[str] = ()) -> None:
        self._app = app
        around = " ".join(("'self'", *embed_sites)) if embed_sites else "*"
        self._headers = [
            (b"content-security-policy", f"{POLICY} frame-ancestors {around}".encode("latin-1")),
            (b"referrer-policy", b"no-referrer"),
            (b"x-content-type-options", b"nosniff"),
            (b"permissions-policy", b"camera=(), microphone=(), geolocation=()"),
        ]
        if is_https:
            self._headers.append((b"strict-transport-security", b"max-age=31536000"))

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return

        async def send_with_headers(message: Message) -> None:
            if message["type"] == "http.response.start":
                given = {name for name, _value in message["headers"]}
                caching = (b"cache-control", b"no-cache" if scope["path"].startswith("/static/") else b"no-store")
                missing = [one for one in (*self._headers, caching) if one[0] not in given]
                message["headers"] = [*message["headers"], *missing]
            await send(message)

        follow(request=token_hex(4))
        names = {name for name, _value in scope["headers"]}
        if b"transfer-encoding" in names:  # what is said of the length beside it is not true (RFC 9112, 6.3)
            scope["headers"] = [one for one in scope["headers"] if one[0] != b"content-length"]
        await self._app(scope, receive, send_with_headers)


def refuse_other_sites(request: Request) -> None:
    """A form on another site must not press a button for somebody: in a widget's browser their cookie comes along.

    Browsers say where a form stands (Fetch Metadata); one that says nothing is let in. Raises HTTPException.
    """
    if request.headers.get("sec-fetch-site", "none") not in ("same-origin", "none"):
        raise HTTPException(403)

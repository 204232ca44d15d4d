"""Signing in through an OpenID Connect provider, such as the municipality's own: authorization code flow with PKCE.

The provider is asked for nothing but who somebody is there (scope "openid"): no name and no e-mail address, which
people can change at many providers. Authlib's parts are used with our own httpx: its client takes whichever of two
HTTP libraries is installed, and sets no limit on the size of an answer.
"""

import asyncio
import json
import ssl
from base64 import b64encode
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cache
from urllib.parse import quote_plus, urlsplit

import httpx
from authlib.oauth2.rfc6749.parameters import prepare_grant_uri  # type: ignore[import-untyped]
from authlib.oauth2.rfc7636 import create_s256_code_challenge  # type: ignore[import-untyped]
from joserfc.jwk import KeySet

from core.errors import RuleBroken
from core.logs import get_log
from core.loopback import LOOPBACK
from editor.access.id_tokens import Expected, KeyNotKnown, NotVouchedFor, Vouched, keys_in, read_id_token
from editor.access.provider_trips import Questions

log = get_log(__name__)
KEPT = timedelta(hours=1)  # what the provider says of itself, and its keys
ASKED_AGAIN_AFTER = timedelta(minutes=1)  # for keys that are not known: it may have new ones
MOST_BYTES = 300_000


class ProviderAway(RuleBroken):
    """The provider cannot be reached, is not set up, or says what nobody can understand; ``reason`` is for the log."""

    code = "provider_away"


@dataclass(frozen=True, slots=True)
class _Known:
    """What the provider says of itself (OpenID Connect Discovery 1.0, 3), with its keys."""

    authorization_endpoint: str
    token_endpoint: str
    takes_basic: bool
    keys: KeySet
    at: datetime


class Provider:
    """One provider. Each question to it may take ``seconds``; ``allow_loopback`` is for tests: http on this machine."""

    def __init__(
        self,
        *,
        issuer: str,
        client_id: str,
        client_secret: str | None,
        name: str,
        back: str,
        seconds: float = 10,
        allow_loopback: bool = False,
    ) -> None:
        self.name = name
        self._issuer, self._client_id, self._client_secret = issuer, client_id, client_secret
        self._back = back
        self._seconds = seconds
        self._allow_loopback = allow_loopback
        self._known: _Known | None = None

    async def address(self, asked: Questions, *, at: datetime) -> str:
        """Where the browser goes, with what must come back. Raises ProviderAway."""
        known = await self._learn(at=at)
        address = prepare_grant_uri(
            known.authorization_endpoint,
            self._client_id,
            "code",
            redirect_uri=self._back,
            scope="openid",
            state=asked.state,
            nonce=asked.nonce,
            code_challenge=create_s256_code_challenge(asked.code_verifier),
            code_challenge_method="S256",
        )
        return str(address)

    async def identify(self, answer: Mapping[str, str], asked: Questions, *, at: datetime) -> Vouched:
        """Who came back, from what the browser brought along. Raises NotVouchedFor and ProviderAway."""
        if not asked.is_state(answer.get("state", "")):
            raise NotVouchedFor(reason="state")
        if answer.get("iss", self._issuer) != self._issuer:  # RFC 9207
            raise NotVouchedFor(reason="issuer")
        code = answer.get("code", "")
        if answer.get("error") or not code:
            raise NotVouchedFor(reason="denied")
        tokens = await self._exchange(await self._learn(at=at), code, asked)
        id_token, access_token = tokens.get("id_token"), tokens.get("access_token")
        if not isinstance(id_token, str):
            raise NotVouchedFor(reason="id_token_missing")
        expected = Expected(self._issuer, self._client_id, asked.nonce, at)
        access = access_token if isinstance(access_token, str) else ""
        try:
            return read_id_token(id_token, (await self._learn(at=at)).keys, expected, access_token=access)
        except KeyNotKnown:
            newer = await self._learn(at=at, kept=ASKED_AGAIN_AFTER)
            return read_id_token(id_token, newer.keys, expected, access_token=access)

    async def _exchange(self, known: _Known, code: str, asked: Questions) -> dict[str, object]:
        """The code against tokens (RFC 6749, 4.1.3)."""
        form = {
            "grant_type": "authorization_code",
            "code": code,
            "redirect_uri": self._back,
            "code_verifier": asked.code_verifier,
        }
        headers = {"Accept": "application/json"}
        if self._client_secret is None:
            form["client_id"] = self._client_id
        elif known.takes_basic:
            both = f"{quote_plus(self._client_id)}:{quote_plus(self._client_secret)}"  # RFC 6749, 2.3.1
            headers["Authorization"] = f"Basic {b64encode(both.encode()).decode()}"
        else:
            form |= {"client_id": self._client_id, "client_secret": self._client_secret}
        status, answer = await self._ask("POST", known.token_endpoint, data=form, headers=headers)
        if status == httpx.codes.OK:
            return answer
        error = answer.get("error")
        log.warning("provider_gave_no_token", status=status, error=str(error)[:40])
        if error == "invalid_grant":
            raise NotVouchedFor(reason="code")
        raise ProviderAway(reason="token_endpoint")

    async def _learn(self, *, at: datetime, kept: timedelta = KEPT) -> _Known:
        if self._known is not None and timedelta() <= at - self._known.at < kept:
            return self._known
        about = await self._get(f"{self._issuer.rstrip('/')}/.well-known/openid-configuration")
        if about.get("issuer") != self._issuer:
            raise self._away("issuer_differs")
        methods = about.get("token_endpoint_auth_methods_supported", ["client_secret_basic"])
        try:
            keys = keys_in(await self._get(self._endpoint(about, "jwks_uri")))
        except ValueError:
            raise self._away("no_keys") from None
        self._known = _Known(
            self._endpoint(about, "authorization_endpoint"),
            self._endpoint(about, "token_endpoint"),
            isinstance(methods, list) and "client_secret_basic" in methods,
            keys,
            at,
        )
        return self._known

    def _endpoint(self, about: Mapping[str, object], name: str) -> str:
        address = about.get(name)
        if not isinstance(address, str):
            raise self._away(f"no_{name}")
        self._check_address(address)
        return address

    async def _get(self, address: str) -> dict[str, object]:
        status, answer = await self._ask("GET", address, headers={"Accept": "application/json"})
        if status != httpx.codes.OK:
            raise self._away(f"status_{status}")
        return answer

    async def _ask(
        self, method: str, address: str, *, headers: Mapping[str, str], data: Mapping[str, str] | None = None
    ) -> tuple[int, dict[str, object]]:
        """Status and JSON object of an answer. Follows no redirection."""
        self._check_address(address)
        try:
            async with (
                asyncio.timeout(self._seconds),
                httpx.AsyncClient(timeout=self._seconds, verify=_authorities()) as client,
                client.stream(method, address, headers=headers, data=data) as response,
            ):
                body = b""
                async for part in response.aiter_bytes():
                    body += part
                    if len(body) > MOST_BYTES:
                        raise self._away("too_large")
        except (TimeoutError, httpx.TimeoutException):
            raise self._away("slow") from None
        except (httpx.HTTPError, httpx.InvalidURL):
            raise self._away("unreachable") from None
        try:
            answer = json.loads(body)
        except (ValueError, RecursionError):
            answer = None
        if not isinstance(answer, dict):
            raise self._away(f"status_{response.status_code}_no_json")
        return response.status_code, answer

    def _check_address(self, address: str) -> None:
        """Only https, wherever the provider sends us."""
        try:
            parts = urlsplit(address)
            is_here = self._allow_loopback and parts.scheme == "http" and parts.hostname in LOOPBACK
            is_good = bool(parts.hostname) and (parts.scheme == "https" or is_here)
        except ValueError:
            is_good = False
        if not is_good:
            raise self._away("not_https")

    def _away(self, reason: str) -> ProviderAway:
        log.warning("provider_away", reason=reason)
        return ProviderAway(reason=reason)


@cache
def _authorities() -> ssl.SSLContext:
    """Whom we believe who a server is: read once, as that holds up everybody for a moment."""
    return httpx.create_ssl_context()

"""A small but complete OpenID Connect provider on a real loopback socket, and what an attacker would make of it.

Discovery, authorization endpoint, token endpoint (client secret and PKCE are checked, a code works once), JWKS with an
RSA key, userinfo. Whoever asks at the authorization endpoint is signed in as ``person`` already.
"""

import base64
import hashlib
import json
import secrets
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from functools import cache
from urllib.parse import parse_qsl, unquote_plus, urlencode

from joserfc import jwt
from joserfc.jwk import RSAKey

from tests.fakes.loopback_http import Request, Response, serving

CLIENT_ID, CLIENT_SECRET = "the desk", "figs & honey: 100 %"  # what has to be escaped on the way
VALID_SECONDS = 300


class Attack(StrEnum):
    """What is wrong with what the provider, or somebody in its place, gives."""

    NONE = "none"
    WRONG_NONCE = "wrong_nonce"
    NO_NONCE = "no_nonce"
    WRONG_AUDIENCE = "wrong_audience"
    OTHER_PARTY = "other_party"  # for us and for another program, made for the other
    WRONG_ISSUER = "wrong_issuer"
    EXPIRED = "expired"
    ALG_NONE = "alg_none"
    ALG_HMAC = "alg_hmac"  # signed with the public key as a shared secret
    OTHER_KEY = "other_key"  # under the name of the right one
    NO_SUBJECT = "no_subject"
    NO_ID_TOKEN = "no_id_token"
    REPLAYED_CODE = "replayed_code"  # the code has been exchanged already
    WRONG_STATE = "wrong_state"
    OTHER_ISSUER_IN_ANSWER = "other_issuer_in_answer"
    DENIED = "denied"


@dataclass(slots=True)
class _Code:
    redirect_uri: str
    nonce: str
    challenge: str
    person: str
    is_used: bool = False


@cache
def _key(name: str, of: str = "the provider") -> RSAKey:
    """Somebody's key of that name, made once: that takes a third of a second."""
    return RSAKey.generate_key(2048, {"kid": name, "use": "sig", "alg": "RS256"})


@dataclass(slots=True)
class OIDCProvider:
    """The provider; tests change its fields while it runs."""

    now: Callable[[], datetime]
    redirect_uri: str
    issuer: str = ""
    person: str = "4711"
    methods: tuple[str, ...] = ("pwd",)  # how the person signed in (RFC 8176)
    attack: Attack = Attack.NONE
    key: RSAKey = field(default_factory=lambda: _key("first"))
    asked: list[str] = field(default_factory=list)  # paths, in order
    answer_to_all: Response | None = None  # instead of everything else
    about: dict[str, object] = field(default_factory=dict)  # changes what discovery says
    _codes: dict[str, _Code] = field(default_factory=dict)
    _tokens: dict[str, str] = field(default_factory=dict)

    def change_key(self) -> None:
        """As providers do from time to time."""
        self.key = _key("second")

    async def handle(self, request: Request) -> Response:
        """Any request."""
        self.asked.append(request.path)
        if self.answer_to_all is not None:
            return self.answer_to_all
        match request.method, request.path:
            case "GET", "/.well-known/openid-configuration":
                return _json(self._discovery())
            case "GET", "/jwks":
                return _json({"keys": [self.key.as_dict(private=False)]})
            case "GET", "/authorize":
                return self._authorize(request.query)
            case "POST", "/token":
                return self._token(request, dict(parse_qsl(request.body.decode())))
            case "GET", "/userinfo":
                person = self._tokens.get(request.headers.get("authorization", "").removeprefix("Bearer "))
                return _json({"sub": person}) if person else _json({"error": "invalid_token"}, 401)
        return _json({"error": "not_found"}, 404)

    def _discovery(self) -> dict[str, object]:
        return {
            "issuer": self.issuer,
            "authorization_endpoint": f"{self.issuer}/authorize",
            "token_endpoint": f"{self.issuer}/token",
            "userinfo_endpoint": f"{self.issuer}/userinfo",
            "jwks_uri": f"{self.issuer}/jwks",
            "response_types_supported": ["code"],
            "subject_types_supported": ["public"],
            "id_token_signing_alg_values_supported": ["RS256"],
            "code_challenge_methods_supported": ["S256"],
            "authorization_response_iss_parameter_supported": True,
            **self.about,
        }

    def _authorize(self, query: Mapping[str, str]) -> Response:
        is_ours = query.get("client_id") == CLIENT_ID and query.get("redirect_uri") == self.redirect_uri
        if not is_ours:  # never sent on to an address that is not registered
            return _json({"error": "invalid_request"}, 400)
        answer = {"state": query.get("state", ""), "iss": self.issuer}
        is_whole = query.get("response_type") == "code" and "openid" in query.get("scope", "").split()
        if not (is_whole and query.get("code_challenge_method") == "S256" and query.get("code_challenge")):
            return self._send_back({**answer, "error": "invalid_request"})
        if self.attack is Attack.DENIED:
            return self._send_back({**answer, "error": "access_denied"})
        code = secrets.token_urlsafe(16)
        self._codes[code] = _Code(self.redirect_uri, query.get("nonce", ""), query["code_challenge"], self.person)
        self._codes[code].is_used = self.attack is Attack.REPLAYED_CODE
        if self.attack is Attack.WRONG_STATE:
            answer["state"] = secrets.token_urlsafe(32)
        if self.attack is Attack.OTHER_ISSUER_IN_ANSWER:
            answer["iss"] = "https://login.other.example"
        return self._send_back({**answer, "code": code})

    def _send_back(self, answer: Mapping[str, str]) -> Response:
        return Response(302, headers={"Location": f"{self.redirect_uri}?{urlencode(answer)}"})

    def _token(self, request: Request, form: Mapping[str, str]) -> Response:
        if not self._is_client(request, form):
            return _json({"error": "invalid_client"}, 401)
        code = self._codes.get(form.get("code", ""))
        challenge = base64.urlsafe_b64encode(hashlib.sha256(form.get("code_verifier", "").encode()).digest())
        is_right = (
            code is not None
            and not code.is_used
            and form.get("grant_type") == "authorization_code"
            and form.get("redirect_uri") == code.redirect_uri
            and challenge.rstrip(b"=").decode() == code.challenge
        )
        if code is None or not is_right:
            return _json({"error": "invalid_grant"}, 400)
        code.is_used = True
        access = secrets.token_urlsafe(16)
        self._tokens[access] = code.person
        answer: dict[str, object] = {"access_token": access, "token_type": "Bearer", "expires_in": VALID_SECONDS}
        if self.attack is not Attack.NO_ID_TOKEN:
            answer["id_token"] = self._id_token(code)
        return _json(answer)

    def _is_client(self, request: Request, form: Mapping[str, str]) -> bool:
        given = request.headers.get("authorization", "").removeprefix("Basic ")
        if given:
            name, _colon, secret = base64.b64decode(given).decode().partition(":")
            return (unquote_plus(name), unquote_plus(secret)) == (CLIENT_ID, CLIENT_SECRET)
        return (form.get("client_id"), form.get("client_secret")) == (CLIENT_ID, CLIENT_SECRET)

    def _id_token(self, code: _Code) -> str:
        at = int(self.now().timestamp())
        claims: dict[str, object] = {
            "iss": self.issuer,
            "sub": code.person,
            "aud": CLIENT_ID,
            "iat": at,
            "exp": at + VALID_SECONDS,
            "nonce": code.nonce,
            "amr": list(self.methods),
        }
        key, header = self.key, {"alg": "RS256", "kid": self.key.kid}
        match self.attack:
            case Attack.WRONG_NONCE:
                claims["nonce"] = secrets.token_urlsafe(32)
            case Attack.NO_NONCE:
                del claims["nonce"]
            case Attack.WRONG_AUDIENCE:
                claims["aud"] = "another program"
            case Attack.OTHER_PARTY:
                claims |= {"aud": [CLIENT_ID, "another program"], "azp": "another program"}
            case Attack.WRONG_ISSUER:
                claims["iss"] = "https://login.other.example"
            case Attack.EXPIRED:
                claims |= {"iat": at - 3600, "exp": at - 3600 + VALID_SECONDS}
            case Attack.NO_SUBJECT:
                del claims["sub"]
            case Attack.OTHER_KEY:
                key = _key(str(self.key.kid), of="somebody else")
            case Attack.ALG_NONE:
                return f"{_part({**header, 'alg': 'none'})}.{_part(claims)}."
            case Attack.ALG_HMAC:
                return self._signed_with_the_public_key({**header, "alg": "HS256"}, claims)
        return jwt.encode(header, claims, key)  # type: ignore[arg-type]

    def _signed_with_the_public_key(self, header: Mapping[str, object], claims: Mapping[str, object]) -> str:
        """What every library once took for right: the public key, which everybody has, as the secret of an HMAC."""
        import hmac

        text = f"{_part(header)}.{_part(claims)}"
        signed = hmac.new(self.key.as_pem(private=False), text.encode(), hashlib.sha256).digest()
        return f"{text}.{_base64(signed)}"


@asynccontextmanager
async def running_provider(now: Callable[[], datetime], redirect_uri: str) -> AsyncIterator[OIDCProvider]:
    """A provider for as long as the block runs."""
    provider = OIDCProvider(now, redirect_uri)
    async with serving(provider.handle) as port:
        provider.issuer = f"http://127.0.0.1:{port}"
        yield provider


def _json(answer: object, status: int = 200) -> Response:
    return Response(status, json.dumps(answer).encode())


def _part(content: Mapping[str, object]) -> str:
    return _base64(json.dumps(content).encode())


def _base64(content: bytes) -> str:
    return base64.urlsafe_b64encode(content).rstrip(b"=").decode()

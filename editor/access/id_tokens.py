"""What an OpenID Connect provider says of somebody: the ID token, and whether it is to be believed. Pure.

The rules are those of OpenID Connect Core 1.0, 3.1.3.7: signature by one of the provider's keys, issuer, audience,
expiry, nonce. Authlib's claims hold them; joserfc checks the signature.
"""

from dataclasses import dataclass
from datetime import datetime

from authlib.oidc.core import CodeIDToken  # type: ignore[import-untyped]
from joserfc import jwt
from joserfc.errors import InvalidKeyIdError, JoseError
from joserfc.jwk import KeySet
from joserfc.jws import JWSRegistry

from core.errors import RuleBroken
from editor.access.logging_in import Identity

# Signatures with a pair of keys only: neither "none", nor a shared secret, which a public key could be taken for.
ALGORITHMS = ("RS256", "RS384", "RS512", "PS256", "PS384", "PS512", "ES256", "ES384", "ES512", "EdDSA", "Ed25519")
KEY_TYPES = frozenset({"RSA", "EC", "OKP"})
LEEWAY_SECONDS = 60  # that the two clocks may differ
LONGEST_SUBJECT = 255  # OpenID Connect Core 1.0, 2


class NotVouchedFor(RuleBroken):
    """The provider did not say, or not in a way to be believed, who somebody is; ``reason`` is for the timeline."""

    code = "not_vouched_for"


class KeyNotKnown(NotVouchedFor):
    """The ID token is signed with a key that the provider did not have when it was last asked for its keys."""

    code = "key_not_known"


@dataclass(frozen=True, slots=True)
class Vouched:
    """Somebody for whom the provider vouches; ``has_second_factor``: it says that it asked for more than a password."""

    identity: Identity
    has_second_factor: bool


@dataclass(frozen=True, slots=True)
class Expected:
    """What an ID token for us, now, in this browser must say."""

    issuer: str
    client_id: str
    nonce: str
    at: datetime


def keys_in(document: object) -> KeySet:
    """The keys of a provider's JWK set that can sign. Raises ValueError when there is none."""
    rows = document.get("keys") if isinstance(document, dict) else None
    usable = [row for row in rows if _can_sign(row)] if isinstance(rows, list) else []
    try:
        return KeySet.import_key_set({"keys": usable})
    except (JoseError, ValueError, TypeError, KeyError) as problem:
        raise ValueError("no key that can sign") from problem


def read_id_token(token: str, keys: KeySet, expected: Expected, *, access_token: str = "") -> Vouched:
    """Who the token is about. Raises NotVouchedFor, and KeyNotKnown when other keys may help."""
    try:
        # Strict headers off: providers may add what we do not know (RFC 7515, 4.1.11 is about "crit", still refused).
        decoded = jwt.decode(token, keys, algorithms=ALGORITHMS, registry=JWSRegistry(strict_check_header=False))
        options = {"iss": {"value": expected.issuer}, "aud": {"value": expected.client_id}}
        params = {"nonce": expected.nonce, "client_id": expected.client_id, "access_token": access_token}
        claims = CodeIDToken(decoded.claims, decoded.header, options=options, params=params)
        claims.validate(now=int(expected.at.timestamp()), leeway=LEEWAY_SECONDS)
    except InvalidKeyIdError:
        raise KeyNotKnown(reason="key") from None
    except JoseError as problem:
        raise NotVouchedFor(reason=problem.error) from None
    except (ValueError, TypeError, KeyError, RecursionError):
        raise NotVouchedFor(reason="id_token_unreadable") from None
    issuer, subject, methods = claims["iss"], claims["sub"], claims.get("amr")
    if issuer != expected.issuer:  # a list of issuers would pass above
        raise NotVouchedFor(reason="issuer")
    if not (isinstance(subject, str) and 0 < len(subject) <= LONGEST_SUBJECT and subject.isprintable()):
        raise NotVouchedFor(reason="subject")
    return Vouched(Identity(expected.issuer, subject), isinstance(methods, list) and "mfa" in methods)  # RFC 8176, 2


def _can_sign(row: object) -> bool:
    return isinstance(row, dict) and row.get("kty") in KEY_TYPES and row.get("use", "sig") == "sig"

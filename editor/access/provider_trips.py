"""The way to the OpenID Connect provider and back: what for, in which browser, and once.

The browser keeps one random token in a cookie. What the provider is asked (state, nonce, the verifier of PKCE) is made
from it, so that our tables hold a hash only, and so that whoever comes back in another browser, with a code of their
own, is not let in (RFC 6749, 10.12; OpenID Connect Core 1.0, 15.5.2; RFC 7636).
"""

import base64
import hashlib
import hmac
import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from sqlalchemy import delete
from sqlalchemy.ext.asyncio import AsyncSession

from editor.access.models import ProviderTrip

VALID = timedelta(minutes=10)
LONGEST_NEXT = 300


class Purpose(StrEnum):
    """What somebody goes to the provider for."""

    SIGN_IN = "sign_in"
    CONNECT = "connect"  # an identity to the account of ``staff_id``, who is signed in
    INVITATION = "invitation"  # to make the account of ``invitation_id``


@dataclass(frozen=True, slots=True)
class Questions:
    """What goes along to the provider and must come back: each 256 bits that only this browser's token gives."""

    state: str
    nonce: str
    code_verifier: str

    def is_state(self, given: str) -> bool:
        """Whether the answer belongs to the question that this browser asked."""
        return hmac.compare_digest(self.state.encode(), given.encode(errors="replace"))


def questions(token: str) -> Questions:
    """What the provider is asked in this trip."""
    return Questions(_made_from(token, b"state"), _made_from(token, b"nonce"), _made_from(token, b"code_verifier"))


async def begin(
    session: AsyncSession,
    purpose: Purpose,
    *,
    staff_id: int | None = None,
    invitation_id: int | None = None,
    name: str = "",
    language: str = "",
    next_path: str = "",
    at: datetime,
) -> str:
    """The token for the browser's cookie. Trips from which nobody came back in time are forgotten."""
    await drop_old(session, at=at)
    token = secrets.token_urlsafe(32)
    trip = ProviderTrip(token_hash=_hash(token), purpose=purpose, staff_id=staff_id, invitation_id=invitation_id)
    trip.name, trip.language = name[:120], language[:10]
    trip.next_path = next_path if len(next_path) <= LONGEST_NEXT else ""
    trip.created_at = at
    session.add(trip)
    return token


async def drop_old(session: AsyncSession, *, at: datetime) -> None:
    """Forget trips from which nobody can come back any more."""
    await session.execute(delete(ProviderTrip).where(ProviderTrip.created_at <= at - VALID))


async def end(session: AsyncSession, token: str, *, at: datetime) -> ProviderTrip | None:
    """The trip of this browser, which is over by that: of two at the same moment the second finds nothing."""
    ending = delete(ProviderTrip).where(ProviderTrip.token_hash == _hash(token)).returning(ProviderTrip)
    found: ProviderTrip | None = await session.scalar(ending, execution_options={"synchronize_session": False})
    if found is None:
        return None
    session.expunge(found)
    return found if at - found.created_at < VALID else None


def _made_from(token: str, what: bytes) -> str:
    made = hmac.new(token.encode(errors="replace"), b"brobygger provider " + what, hashlib.sha256).digest()
    return base64.urlsafe_b64encode(made).rstrip(b"=").decode()


def _hash(token: str) -> str:
    return hashlib.sha256(token.encode(errors="replace")).hexdigest()

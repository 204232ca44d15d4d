"""What identifies a resident on a channel, as it is stored: sealed under the installation's key, readable without one.

AES-SIV (RFC 5297) is authenticated and gives the same for the same: looking up, unique rules and upserts work on sealed
values as on readable ones. A column's purpose is bound in, so that no value can be carried to another column, nor
compared with one there. Who has the database without the key learns how many there are and about how long each is.
"""

import base64
from collections.abc import Sequence

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESSIV
from sqlalchemy import String, Text
from sqlalchemy.engine import Dialect
from sqlalchemy.types import TypeDecorator

KEY_BYTES = 64  # AES-256-SIV takes two keys of 32
MARK = "sealed:"  # no address, number or reply of ours begins like this
CHECK = "brobygger"


class SealBroken(Exception):
    """A stored value opens with none of the keys: it was sealed under another one, or changed since."""


class Seal:
    """Closes with the present key, opens with it and with earlier ones. Without any it leaves everything as it is."""

    def __init__(self, key: bytes | None = None, *, earlier: Sequence[bytes] = ()) -> None:
        self._present = AESSIV(key) if key else None
        self._all = [AESSIV(one) for one in ((key,) if key else ()) + tuple(earlier)]

    @property
    def has_key(self) -> bool:
        """Whether anything is sealed from now on."""
        return self._present is not None

    @property
    def check_value(self) -> str:
        """What tells whether two installations close with the same key, and nothing else of it. Empty without a key."""
        return self.close(CHECK, CHECK) if self._present else ""

    def knows(self, check_value: str) -> bool:
        """Whether what was closed under this check value can be opened."""
        return not check_value or self._try_to_open(check_value, CHECK) == CHECK

    def close(self, value: str, purpose: str) -> str:
        """As it is stored. Nothing stays nothing: an empty value says that nobody is there any more."""
        if self._present is None or not value:
            return value
        return MARK + base64.urlsafe_b64encode(self._present.encrypt(value.encode(), [purpose.encode()])).decode()

    def open(self, stored: str, purpose: str) -> str:
        """As it was given. Raises SealBroken."""
        return self.open_surely(stored, purpose) if self._all else stored

    def open_surely(self, stored: str, purpose: str) -> str:
        """Like ``open``, but what is sealed does not pass as readable where there is no key at all."""
        if not stored.startswith(MARK):
            return stored
        opened = self._try_to_open(stored, purpose)
        if opened is None:
            raise SealBroken(f"a value of {purpose} opens with none of the keys")
        return opened

    def _try_to_open(self, stored: str, purpose: str) -> str | None:
        closed = base64.urlsafe_b64decode(stored.removeprefix(MARK))
        for one in self._all:
            try:
                return one.decrypt(closed, [purpose.encode()]).decode()
            except InvalidTag:
                continue
        return None


NO_SEAL = Seal()


class Sealed(TypeDecorator[str]):
    """A text column whose values are sealed. The seal is the database's: ``Database`` hangs it on the engine's dialect.

    Wrong: Person.address.like("10%"), or ordering by it: on sealed values that means nothing. Correct: equality.
    A sealed value is longer: 7 letters and four thirds of what is sealed and 16 bytes.
    """

    impl = String
    cache_ok = True

    def __init__(self, purpose: str, length: int | None = None) -> None:
        super().__init__(length)
        if length is None:
            self.impl = Text()  # type: ignore[assignment]
        self.purpose = purpose
        self.length = length

    def process_bind_param(self, value: str | None, dialect: Dialect) -> str | None:
        return None if value is None else seal_of(dialect).close(value, self.purpose)

    def process_result_value(self, value: str | None, dialect: Dialect) -> str | None:
        return None if value is None else seal_of(dialect).open(value, self.purpose)


def seal_of(dialect: Dialect) -> Seal:
    """The seal of the database that this dialect belongs to: each engine has a dialect of its own."""
    found: Seal = getattr(dialect, "brobygger_seal", NO_SEAL)
    return found


def set_seal(dialect: Dialect, seal: Seal) -> None:
    """Use this seal for everything that goes through the engine of this dialect."""
    dialect.brobygger_seal = seal  # type: ignore[attr-defined]


def read_key(text: str) -> bytes:
    """A key as `openssl rand -base64 64` writes it, on one line or two. Raises ValueError."""
    key = base64.b64decode("".join(text.split()), validate=True)
    if len(key) != KEY_BYTES or len(set(key)) < KEY_BYTES // 4:
        raise ValueError("no key")
    return key

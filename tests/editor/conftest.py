"""The desk, with passwords that are hashed quickly."""

import pytest
from argon2 import PasswordHasher

from editor.access import passwords


@pytest.fixture(autouse=True)
def quick_hashing(monkeypatch: pytest.MonkeyPatch) -> None:
    """The same algorithm with hardly any work: a wrong password must be refused, not slowly."""
    passwords._nobodys_hash.cache_clear()
    monkeypatch.setattr(passwords, "_HASHER", PasswordHasher(time_cost=1, memory_cost=8, parallelism=1))

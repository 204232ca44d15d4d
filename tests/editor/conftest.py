"""On PostgreSQL these tests are slow proofs: tests/content tries the use cases on both databases."""

from pathlib import Path

import pytest
from argon2 import PasswordHasher

from editor.access import passwords

HERE = Path(__file__).parent


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Mark the PostgreSQL half of these tests."""
    for item in items:
        if HERE in item.path.parents and "postgres" in item.name:
            item.add_marker("slow")


@pytest.fixture(autouse=True)
def quick_hashing(monkeypatch: pytest.MonkeyPatch) -> None:
    """The same algorithm with hardly any work: a wrong password must be refused, not slowly."""
    passwords._nobodys_hash.cache_clear()
    monkeypatch.setattr(passwords, "_HASHER", PasswordHasher(time_cost=1, memory_cost=8, parallelism=1))

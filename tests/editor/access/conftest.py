"""A database with the tables of people and access, and hashing that takes no time."""

import pytest
from argon2 import PasswordHasher

from core.database import Base, Database
from editor.access import models, passwords


@pytest.fixture
async def staff_database(database: Database) -> Database:
    """Empty, with the tables of this package."""
    assert models.StaffMember.__table__ in Base.metadata.sorted_tables
    async with database.engine.begin() as connection:
        await connection.run_sync(Base.metadata.create_all)
    return database


@pytest.fixture
def quick_hashing(monkeypatch: pytest.MonkeyPatch) -> None:
    """The same algorithm with hardly any work: a wrong password must be refused, not slowly."""
    passwords._nobodys_hash.cache_clear()
    monkeypatch.setattr(passwords, "_HASHER", PasswordHasher(time_cost=1, memory_cost=8, parallelism=1))

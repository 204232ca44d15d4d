"""A database with the tables of people and access."""

import pytest

from core.database import Base, Database
from editor.access import models


@pytest.fixture
async def staff_database(database: Database) -> Database:
    """Empty, with the tables of this package."""
    assert models.StaffMember.__table__ in Base.metadata.sorted_tables
    async with database.engine.begin() as connection:
        await connection.run_sync(Base.metadata.create_all)
    return database

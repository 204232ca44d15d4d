"""Whether a process can do its work just now: what load balancers and container platforms ask."""

import asyncio
from dataclasses import dataclass

from sqlalchemy import text
from sqlalchemy.exc import SQLAlchemyError

from brobygger.migrating import steps
from core.database import Database

LONGEST = 5.0  # seconds: a database that takes longer is away


@dataclass(frozen=True, slots=True)
class Foundations:
    """What every process stands on."""

    has_database: bool  # it answers
    has_schema: bool  # its tables are those of this release, or of a later one


async def look_at_foundations(database: Database) -> Foundations:
    """One small query; never raises, and never takes longer than LONGEST."""
    try:
        async with asyncio.timeout(LONGEST), database.reading() as session:
            there = await session.scalar(text("SELECT version_num FROM alembic_version"))
    except (SQLAlchemyError, OSError, TimeoutError):
        return Foundations(has_database=False, has_schema=False)
    *earlier, newest = steps()
    # What we do not know is of a later release: while it is rolled out, this one goes on working (CONTRIBUTING.md).
    return Foundations(has_database=True, has_schema=there == newest or (there is not None and there not in earlier))

"""Under which key the addresses of this database are sealed: a wrong key would make everybody a stranger."""

from sqlalchemy import Boolean, String, exists, select
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import Mapped, mapped_column
from sqlalchemy.sql.schema import Column

from core.database import Base, Database, add_unless_there
from core.errors import SetupProblem
from core.sealing import Seal, Sealed

NOT_SEALED_YET = (
    "BROBYGGER_ADDRESS_KEY is set, but the addresses in the database are not sealed yet: stop everything, back up, and"
    " run brobygger seal."
)
NOT_FINISHED = "brobygger seal was not finished: run it again, with the same keys."
KEY_MISSING = (
    "BROBYGGER_ADDRESS_KEY is missing: the addresses in the database are sealed, and without their key nobody would be"
    " recognised. Set it to the key that they were sealed with."
)
EARLIER_KEY = (
    "The addresses in the database are still sealed under an earlier key: stop everything, back up, and run brobygger"
    " seal."
)
OTHER_KEY = (
    "BROBYGGER_ADDRESS_KEY is not the key that the addresses in the database are sealed with: nobody would be"
    " recognised. Set it to that key; if you want a new one, name that key in BROBYGGER_ADDRESS_KEY_OLD and run"
    " brobygger seal."
)


class SealRecord(Base):
    """The one row that says which key it is, without saying the key."""

    __tablename__ = "seals"

    id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    check_value: Mapped[str] = mapped_column(String(100))  # empty: readable
    is_complete: Mapped[bool] = mapped_column(Boolean)


async def check_seal(database: Database) -> None:
    """Refuse to go on unless the key is that of the database. Changes nothing. Raises SetupProblem."""
    async with database.reading() as session:
        known = await session.get(SealRecord, 1)
        if known is None:  # nothing has run on it since there are seals: what stands there is readable
            is_sealed_for_us = not database.seal.has_key or not await _has_addresses(session)
            problem = None if is_sealed_for_us else NOT_SEALED_YET
        else:
            problem = _what_is_wrong(known, database.seal)
    if problem:
        raise SetupProblem(problem)


async def note_seal(database: Database) -> None:
    """Write down which key it is, before the first address comes: every process needs the same from now on.

    Raises SetupProblem when another process, with another key, was first.
    """
    async with database.changing() as session:
        await add_unless_there(session, SealRecord, id=1, check_value=database.seal.check_value, is_complete=True)
    await check_seal(database)


def sealed_columns() -> list[Column[str]]:
    """Every column that is sealed, of the tables that are known by now; after a migration that is all of them."""
    return [
        column for table in Base.metadata.sorted_tables for column in table.columns if isinstance(column.type, Sealed)
    ]


def _what_is_wrong(known: SealRecord, seal: Seal) -> str | None:
    if not known.is_complete:
        return NOT_FINISHED
    if known.check_value == seal.check_value:
        return None
    if not known.check_value:
        return NOT_SEALED_YET
    if not seal.has_key:
        return KEY_MISSING
    return EARLIER_KEY if seal.knows(known.check_value) else OTHER_KEY


async def _has_addresses(session: AsyncSession) -> bool:
    for column in sealed_columns():
        if await session.scalar(select(exists().where(column != ""))):
            return True
    return False

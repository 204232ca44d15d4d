"""The same people everywhere: Amina (author), Bert (reviewer), Siri (administrator)."""

from sqlalchemy.ext.asyncio import AsyncSession

from core.database import Database
from core.timeline import TimelineEntry, list_entries
from editor.access.accounts import add_staff_member, make_password_hash
from editor.access.models import StaffMember
from editor.access.roles import HeldRole, Role
from tests.conftest import MONDAY_9AM

PASSWORD = "tre fisker og en sykkel"
TOWN_HALL = "192.0.2.10"
AUTHOR, ADMINISTRATOR = HeldRole(Role.AUTHOR), HeldRole(Role.ADMINISTRATOR)


async def make_staff_member(
    session: AsyncSession,
    name: str = "Amina",
    *roles: HeldRole,
    password: str | None = PASSWORD,
    language: str = "nb",
) -> StaffMember:
    """Somebody whose address is their name."""
    email = f"{name.lower()}@brobygda.example"
    kept = None if password is None else await make_password_hash(password, name=name, email=email)
    return await add_staff_member(
        session,
        name=name,
        email=email,
        password_hash=kept,
        roles=roles or (AUTHOR,),
        language=language,
        at=MONDAY_9AM,
    )


async def add(
    database: Database,
    name: str = "Amina",
    *roles: HeldRole,
    password: str | None = PASSWORD,
    language: str = "nb",
) -> int:
    """The same, committed; gives the id."""
    async with database.changing() as session:
        return (await make_staff_member(session, name, *roles, password=password, language=language)).id


async def get(database: Database, staff_id: int) -> StaffMember:
    """As the database has it now."""
    async with database.reading() as session:
        return await session.get_one(StaffMember, staff_id)


async def events(database: Database) -> list[str]:
    """What the timeline tells, the oldest first."""
    return [entry.event for entry in await timeline(database)]


async def timeline(database: Database) -> list[TimelineEntry]:
    """Its lines, the oldest first."""
    async with database.reading() as session:
        return (await list_entries(session))[::-1]

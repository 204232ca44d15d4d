"""Two accounts for the example municipality, so that a newcomer can try writing and reviewing at once."""

import secrets
from collections.abc import Mapping
from datetime import datetime

from sqlalchemy import select

from content.models import Municipality
from core import languages
from core.database import Database
from editor.access.accounts import add_staff_member, make_password_hash
from editor.access.models import StaffMember
from editor.access.roles import HeldRole, Role

WRITES = (HeldRole(Role.AUTHOR), *(HeldRole(Role.TRANSLATOR, code) for code in languages.PROMISED if code != "nb"))
READS = (HeldRole(Role.REVIEWER), HeldRole(Role.PUBLISHER), HeldRole(Role.ADMINISTRATOR))
EXAMPLES = (("Amina", "amina@eksempelvik.example", WRITES), ("Bert", "bert@eksempelvik.example", READS))


async def add_example_staff(database: Database, *, at: datetime) -> Mapping[str, str]:
    """Amina, who writes and translates, and Bert, who reviews, publishes and administers; their passwords by e-mail.

    Only for the example municipality, and only while there is no staff at all: otherwise nothing is added.
    """
    async with database.reading() as session:
        town = await session.get(Municipality, 1)
        someone = await session.scalar(select(StaffMember.id).limit(1))
    if town is None or not town.is_example or someone is not None:
        return {}
    passwords = {email: secrets.token_urlsafe(12) for _name, email, _roles in EXAMPLES}
    hashes = {email: await make_password_hash(passwords[email], name=name, email=email) for name, email, _ in EXAMPLES}
    async with database.changing() as session:
        for name, email, roles in EXAMPLES:
            await add_staff_member(session, name=name, email=email, password_hash=hashes[email], roles=roles, at=at)
    return passwords

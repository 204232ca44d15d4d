"""Accounts and an organisation for the example municipality, so that a newcomer can try everything at once."""

import secrets
from collections.abc import Mapping
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from broadcasts.organisations.checks import OrganisationDetails
from broadcasts.organisations.keeping import add_organisation
from content.models import Municipality
from core import languages
from core.database import Database, wait_for_turn
from editor.access.accounts import add_staff_member, make_password_hash
from editor.access.models import StaffMember
from editor.access.roles import HeldRole, Role

LOCK = 7_202_619  # processes that start together take turns; any number that no other lock has
WRITES = (HeldRole(Role.AUTHOR), *(HeldRole(Role.TRANSLATOR, code) for code in languages.PROMISED if code != "nb"))
READS = (HeldRole(Role.REVIEWER), HeldRole(Role.PUBLISHER), HeldRole(Role.ADMINISTRATOR))
STAFF = (("Amina", "amina@eksempelvik.example", WRITES), ("Bert", "bert@eksempelvik.example", READS))
AMBASSADOR = ("Esra", "esra@eksempelvik.example")
WOMEN = OrganisationDetails(
    "Kvinnegruppa i Lia",
    about={
        "nb": "Vi møtes hver onsdag, lager mat og hjelper hverandre. Alle kvinner er velkomne.",
        "en": "We meet every Wednesday, cook and help each other. All women are welcome.",
    },
    languages=("ar", "tr", "uk"),
    districts=("Lia",),
)


async def add_example_staff(database: Database, *, at: datetime) -> Mapping[str, str]:
    """Amina, who writes and translates, Bert, who reviews, publishes and administers, and Esra, who is to speak for an
    organisation and has not agreed yet; their passwords by e-mail.

    Only for the example municipality, and only while there is no staff at all: otherwise nothing is added.
    """
    async with database.reading() as session:
        town = await session.get(Municipality, 1)
        has_staff = await _has_staff(session)
    if town is None or not town.is_example or has_staff:
        return {}
    people = [(name, email) for name, email, _roles in STAFF] + [AMBASSADOR]
    passwords = {email: secrets.token_urlsafe(12) for _name, email in people}
    hashes = {email: await make_password_hash(passwords[email], name=name, email=email) for name, email in people}
    async with database.changing() as session:
        await wait_for_turn(session, LOCK)
        if await _has_staff(session):
            return {}
        for name, email, roles in STAFF:
            last = await add_staff_member(
                session, name=name, email=email, password_hash=hashes[email], roles=roles, at=at
            )
        women = await add_organisation(session, WOMEN, by=last.id, at=at)
        name, email = AMBASSADOR
        speaks = (HeldRole(Role.AMBASSADOR, women.id),)
        await add_staff_member(session, name=name, email=email, password_hash=hashes[email], roles=speaks, at=at)
    return passwords


async def _has_staff(session: AsyncSession) -> bool:
    return await session.scalar(select(StaffMember.id).limit(1)) is not None

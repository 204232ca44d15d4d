"""An organisation's own Telegram groups and channels, to which an ambassador added the bot.

Nothing is sent to a group before an ambassador has said for which organisation it is. Messages in groups are never
read.
"""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from broadcasts.delivery.direct import write_to
from broadcasts.organisations.ambassadors import list_for_person
from broadcasts.organisations.by import By
from broadcasts.organisations.records import Ambassador, Group
from broadcasts.organisations.speaking import NotTheirOrganisation, speaks
from core import languages
from core.database import insert_for
from core.errors import RuleBroken
from core.people import USUAL_LANGUAGE, Address, find_person

LONGEST_TITLE = 200
REMOVED, TAKEN_AWAY, NOT_WANTED = "removed", "taken_away", "not_wanted"


class GroupNotYours(RuleBroken):
    """An ambassador connects only a group to which they added the bot themselves, while it is there."""

    code = "group_not_yours"


@dataclass(frozen=True, slots=True)
class Added:
    """The bot was added to a group: which one, and by whom."""

    where: Address
    title: str
    by: Address


async def note_added(session: AsyncSession, added: Added, *, at: datetime) -> Group:
    """Keep the group. An ambassador who added the bot is asked for which organisation it is; others hear nothing.

    Coming back after a removal begins anew. Who is no ambassador is not kept.
    """
    person = await find_person(session, added.by)
    speaks = person is not None and bool(await list_for_person(session, person.id))
    values = {
        "title": added.title[:LONGEST_TITLE],
        "organisation_id": None,
        "language": languages.resolve(person.language) if person is not None and person.language else USUAL_LANGUAGE,
        "added_by": person.id if person is not None and speaks else None,
        "added_at": at,
        "ended_at": None,
        "ended_reason": "",
    }
    before = await _find(session, added.where)
    if before is not None and before.ended_at is None:
        before.title = added.title[:LONGEST_TITLE]  # its rights were changed, nothing else
        return before
    insert = insert_for(session)(Group).values(channel=added.where.channel, address=added.where.address, **values)
    keeping = insert.on_conflict_do_update(index_elements=["channel", "address"], set_=values).returning(Group)
    group: Group = (await session.scalars(keeping, execution_options={"populate_existing": True})).one()
    if person is not None and speaks:
        key, about = f"group_added:{group.id}:{at.isoformat()}", {"group": str(group.id), "title": group.title}
        await write_to(session, person.id, "group_added", about, key=key, at=at, wakes=True)
    return group


async def note_removed(session: AsyncSession, where: Address, *, at: datetime) -> None:
    """The bot was taken out of the group, or may not write there any more."""
    group = await _find(session, where)
    if group is not None and group.ended_at is None:
        group.ended_at, group.ended_reason = at, REMOVED


async def connect_group(
    session: AsyncSession, group_id: int, organisation_id: str, language: str, *, by: By, at: datetime
) -> Group:
    """Messages of this organisation go to the group from now on, in this language. Raises GroupNotYours."""
    group = await session.get_one(Group, group_id, with_for_update=True)
    await _check_own(session, group, organisation_id, by)
    group.organisation_id, group.language = organisation_id, languages.resolve(language)
    about = f"organisation:{organisation_id}"
    by.record(session, "group_connected", about=about, at=at, group=str(group_id), language=group.language)
    return group


async def end_group(session: AsyncSession, group_id: int, reason: str, *, by: By, at: datetime) -> None:
    """Nothing more is sent there. An ambassador ends only what they added, or what is their organisation's."""
    group = await session.get_one(Group, group_id, with_for_update=True)
    if by.ambassador_id is not None:
        await _check_own(session, group, group.organisation_id, by)
    if group.ended_at is None:
        group.ended_at, group.ended_reason = at, reason
        about = f"organisation:{group.organisation_id}" if group.organisation_id else f"group:{group_id}"
        by.record(session, "group_ended", about=about, at=at, group=str(group_id), why=reason)


async def find_own_group(session: AsyncSession, group_id: int, person_id: int) -> Group | None:
    """A group to which this person added the bot, while it is there."""
    group = await session.get(Group, group_id)
    return group if group is not None and group.added_by == person_id and group.ended_at is None else None


async def list_groups(session: AsyncSession, organisation_id: str) -> list[Group]:
    """Where messages of this organisation go to."""
    wanted = select(Group).where(Group.organisation_id == organisation_id, Group.ended_at.is_(None))
    return list(await session.scalars(wanted.order_by(Group.id)))


async def list_groups_of_nobody(session: AsyncSession) -> list[Group]:
    """Where the bot was added and nobody has said for which organisation; nothing is sent there."""
    wanted = select(Group).where(Group.organisation_id.is_(None), Group.ended_at.is_(None))
    return list(await session.scalars(wanted.order_by(Group.id.desc()).limit(50)))


async def _check_own(session: AsyncSession, group: Group, organisation_id: str | None, by: By) -> None:
    if group.ended_at is not None:
        raise GroupNotYours(group_id=group.id)
    if by.ambassador_id is None:
        return
    ambassador = await session.get_one(Ambassador, by.ambassador_id)
    if not speaks(ambassador):
        raise NotTheirOrganisation(organisation_id=organisation_id)
    if group.added_by is None or group.added_by != ambassador.person_id:
        raise GroupNotYours(group_id=group.id)
    if organisation_id is not None and ambassador.organisation_id != organisation_id:
        raise NotTheirOrganisation(organisation_id=organisation_id)


async def _find(session: AsyncSession, where: Address) -> Group | None:
    found: Group | None = await session.scalar(
        select(Group).where(Group.channel == where.channel, Group.address == where.address).with_for_update()
    )
    return found

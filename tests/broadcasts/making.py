"""Organisations, members and messages for tests: good defaults, so that a test names only what it is about.

The organisation is Eritrean Women in Brobygda, its ambassador Saba, its members Dalia (Arabic) and Chau (Vietnamese).
"""

from datetime import datetime
from zlib import crc32

from sqlalchemy.ext.asyncio import AsyncSession

from bot.channels.telegram.reading import CHANNEL
from broadcasts.announcements.records import Broadcast, BroadcastState, BroadcastText, Fallback, Kind
from broadcasts.delivery.records import SendingPolicy
from broadcasts.members.records import Membership, MembershipState
from broadcasts.organisations.records import Ambassador, Organisation, OrganisationState
from core.people import Address, Person, meet
from tests.conftest import DALIA, MONDAY_9AM

WOMEN, POLES = "eritrean-women", "polish-club"
CODE = "WMNA2345"


async def make_organisation(
    session: AsyncSession, organisation_id: str = WOMEN, *, at: datetime = MONDAY_9AM, **more: object
) -> Organisation:
    """An active organisation that anybody may join at once."""
    given = {"name": "Eritrean Women", "join_code": CODE, "languages": ["ti", "ar"], "about": {"nb": "Vi møtes."}}
    if organisation_id != WOMEN:
        given |= {"name": organisation_id, "join_code": f"{crc32(organisation_id.encode()) % 10**8:08}"}
    made = Organisation(
        **{"id": organisation_id, "state": OrganisationState.ACTIVE, "state_since": at, "created_at": at} | given | more
    )
    session.add(made)
    await session.flush()  # others point to it
    return made


async def make_person(
    session: AsyncSession,
    address: str = DALIA,
    language: str = "ar",
    *,
    channel: str = CHANNEL,
    at: datetime = MONDAY_9AM,
) -> Person:
    """Somebody who has written to the bot."""
    person = await meet(session, Address(channel, address), at=at)
    person.language = language
    await session.flush()
    return person


async def make_member(
    session: AsyncSession,
    address: str = DALIA,
    language: str = "ar",
    *,
    organisation_id: str = WOMEN,
    channel: str = CHANNEL,
    at: datetime = MONDAY_9AM,
    **more: object,
) -> Person:
    """Somebody who has joined."""
    person = await make_person(session, address, language, channel=channel, at=at)
    given = {"state": MembershipState.MEMBER, "since": at, "muted": []}
    session.add(Membership(person_id=person.id, organisation_id=organisation_id, **given | more))
    await session.flush()
    return person


async def make_ambassador(
    session: AsyncSession,
    address: str = "2001",
    language: str = "nb",
    *,
    organisation_id: str = WOMEN,
    staff_id: int | None = None,
    at: datetime = MONDAY_9AM,
    **more: object,
) -> Ambassador:
    """Saba, who has agreed and writes in the chat; with ``staff_id`` at the desk too."""
    person = await make_person(session, address, language, at=at)
    given = {"name": "Saba", "agreement_version": "1", "agreed_at": at, "began_at": at}
    made = Ambassador(organisation_id=organisation_id, person_id=person.id, staff_id=staff_id, **given | more)
    session.add(made)
    await session.flush()
    return made


async def make_broadcast(
    session: AsyncSession,
    *,
    organisation_id: str | None = WOMEN,
    state: BroadcastState = BroadcastState.DRAFT,
    texts: dict[str, tuple[str, str]] | None = None,
    at: datetime = MONDAY_9AM,
    **more: object,
) -> Broadcast:
    """A message in Norwegian and Arabic."""
    given = {
        "kind": Kind.NEWS,
        "source_language": "nb",
        "fallback": Fallback.NEXT_LANGUAGE,
        "created_at": at,
        "changed_at": at,
        "comment": {},
        "replies": [],
        "weekdays": [],
        "answer_hashes": {},
    }
    made = Broadcast(organisation_id=organisation_id, state=state, **given | more)
    session.add(made)
    await session.flush()
    for language, (title, body) in (texts or {"nb": ("Kafé på lørdag", "Vi møtes klokka 12."),
                                              "ar": ("مقهى يوم السبت", "نلتقي الساعة 12.")}).items():  # fmt: skip
        session.add(BroadcastText(broadcast_id=made.id, language=language, title=title, body=body))
    await session.flush()
    return made


async def arm(session: AsyncSession, *, at: datetime = MONDAY_9AM) -> None:
    """This installation sends."""
    policy = await session.get(SendingPolicy, 1)
    if policy is None:
        session.add(SendingPolicy(id=1, is_armed=True, armed_at=at))
    else:
        policy.is_armed, policy.armed_at = True, at
    await session.flush()

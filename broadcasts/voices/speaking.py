"""Members speak upwards: they answer a message or say that it does not fit, to the organisation or the municipality."""

import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import delete, func, select
from sqlalchemy.ext.asyncio import AsyncSession

from broadcasts.delivery.records import Delivery, Release
from broadcasts.delivery.responses import ARRIVED, NotARecipient
from broadcasts.members.counting import FEW, count_members
from broadcasts.members.records import Membership, MembershipState
from broadcasts.organisations.records import Organisation, OrganisationState
from broadcasts.organisations.speaking import has_ambassador
from broadcasts.voices.records import Voice, VoiceKind, VoiceState, VoiceTo
from core.database import add_unless_there
from core.errors import RuleBroken
from core.people import Person

LONGEST = 1_000  # characters
LONGEST_NAME = 60
MOST_A_DAY = 5  # of one person; what was answered meanwhile is nobody's any more and does not count
_GREATEST_ID = 2**31 - 1


class OrganisationIsSilent(RuleBroken):
    """Nobody speaks for the organisation just now, so nobody there would read it."""

    code = "organisation_is_silent"


class TooManyVoices(RuleBroken):
    """One person says at most five things a day."""

    code = "too_many_voices"


class VoiceWrong(RuleBroken):
    """A voice has 1 to 1,000 characters, and its name at most 60."""

    code = "voice_wrong"


@dataclass(frozen=True, slots=True)
class Hearing:
    """Who would hear what somebody says to a message."""

    release_id: int
    organisation_id: str
    organisation: str
    is_organisation_there: bool  # an ambassador reads what is said to it
    has_few_members: bool  # who reads it may guess who wrote


@dataclass(frozen=True, slots=True)
class Spoken:
    """What somebody says, as they wrote it. ``language`` is theirs."""

    to: VoiceTo
    kind: VoiceKind
    text: str
    language: str
    name: str = ""


async def find_hearing(session: AsyncSession, person_id: int, release_id: int) -> Hearing | None:
    """None when this message is not theirs to answer, or is gone."""
    release = await session.get(Release, release_id)
    if release is None or not await _may_speak(session, person_id, release):
        return None
    organisation = await session.get_one(Organisation, release.organisation_id)
    return Hearing(
        release.id,
        organisation.id,
        organisation.name,
        is_organisation_there=organisation.state == OrganisationState.ACTIVE
        and await has_ambassador(session, organisation.id),
        has_few_members=await count_members(session, organisation.id) < FEW,
    )


async def speak(session: AsyncSession, person_id: int, release_id: int, spoken: Spoken, *, at: datetime) -> None:
    """Keep what somebody says. Who it was is kept until there is an answer, and shown to nobody.

    Only who got the message, or is a member of the organisation, says something to it: raises NotARecipient; and
    OrganisationIsSilent, VoiceWrong, TooManyVoices.
    """
    await session.get_one(Person, person_id, with_for_update=True)  # two presses at once are counted one by one
    hearing = await find_hearing(session, person_id, release_id)
    if hearing is None:
        raise NotARecipient
    if spoken.to is VoiceTo.ORGANISATION and not hearing.is_organisation_there:
        raise OrganisationIsSilent
    if not 1 <= len(spoken.text.strip()) <= LONGEST or len(spoken.name.strip()) > LONGEST_NAME:
        raise VoiceWrong
    if await count_today(session, person_id, at=at) >= MOST_A_DAY:
        raise TooManyVoices
    values = {
        "organisation_id": hearing.organisation_id,
        "release_id": release_id,
        "person_id": person_id,
        "to": spoken.to,
        "kind": spoken.kind,
        "state": VoiceState.OPEN,
        "language": spoken.language,
        "text": spoken.text.strip(),
        "name": spoken.name.strip(),
        "at": at,
        "answer": "",
        "is_answer_brought": False,
    }
    # A number drawn by lot: one that grows would tell those who read them in which order they came.
    while not await add_unless_there(session, Voice, id=1 + secrets.randbelow(_GREATEST_ID), **values):
        pass


async def count_today(session: AsyncSession, person_id: int, *, at: datetime) -> int:
    """How much of what they said in the last 24 hours waits for an answer."""
    said = select(func.count()).where(Voice.person_id == person_id, Voice.at > at - timedelta(days=1))
    return await session.scalar(said) or 0


async def take_back(session: AsyncSession, person_id: int) -> None:
    """Delete what they said and nobody has answered: they asked to be forgotten."""
    await session.execute(delete(Voice).where(Voice.person_id == person_id))


async def _may_speak(session: AsyncSession, person_id: int, release: Release) -> bool:
    got = select(Delivery.id).where(
        Delivery.release_id == release.id,
        Delivery.person_id == person_id,
        Delivery.state.in_(ARRIVED),
    )
    joined = select(Membership.id).where(
        Membership.person_id == person_id,
        Membership.organisation_id == release.organisation_id,
        Membership.state == MembershipState.MEMBER,
    )
    return await session.scalar(got) is not None or await session.scalar(joined) is not None

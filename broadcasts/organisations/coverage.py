"""Who is reached: languages and districts with their organisations, and organisations that need a word from staff."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from enum import StrEnum

from sqlalchemy import ColumnElement, Select, func, select
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import InstrumentedAttribute

from broadcasts.delivery.records import Release, ReleaseState
from broadcasts.members.records import Membership, MembershipState
from broadcasts.organisations.keeping import is_stale, list_organisations
from broadcasts.organisations.records import Ambassador, Organisation, OrganisationState
from broadcasts.organisations.speaking import SPEAKS
from core import languages
from core.people import USUAL_LANGUAGE, Person

QUIET_FOR = timedelta(days=183)  # half a year without a message


class Concern(StrEnum):
    """Why staff should speak with an organisation."""

    NO_AMBASSADOR = "no_ambassador"
    DORMANT = "dormant"
    NEVER_CONFIRMED = "never_confirmed"
    NOT_CONFIRMED = "not_confirmed"
    NOTHING_SENT = "nothing_sent"


@dataclass(frozen=True, slots=True)
class LanguageReach:
    """One language. ``members`` is exact: show it by ``members.counting.shown`` only."""

    language: str
    members: int
    organisations: int
    ambassadors: int


@dataclass(frozen=True, slots=True)
class Standing:
    """An organisation in numbers."""

    organisation: Organisation
    members: int  # exact
    ambassadors: int
    last_sent_at: datetime | None
    concerns: tuple[Concern, ...]


@dataclass(frozen=True, slots=True)
class Coverage:
    """The whole map."""

    languages: Sequence[LanguageReach]
    districts: Mapping[str, Sequence[str]]  # which organisations there are, by name; none: nobody is reached there
    concerns: Sequence[Standing]


async def load_standings(session: AsyncSession, *, at: datetime, today: date) -> list[Standing]:
    """Every organisation, by name."""
    members = await _counts(session, Membership.organisation_id, Membership.state == MembershipState.MEMBER)
    ambassadors = await _counts(session, Ambassador.organisation_id, SPEAKS)
    last = await session.execute(
        select(Release.organisation_id, func.max(Release.began_at))
        .where(Release.state.in_((ReleaseState.SENDING, ReleaseState.SENT)))
        .group_by(Release.organisation_id)
    )
    sent = {row[0]: row[1] for row in last}
    found = []
    for one in await list_organisations(session):
        counts = members.get(one.id, 0), ambassadors.get(one.id, 0), sent.get(one.id)
        found.append(Standing(one, *counts, concerns=_concerns(one, counts[1], counts[2], at=at, today=today)))
    return found


async def load_coverage(session: AsyncSession, *, districts: Sequence[str], at: datetime, today: date) -> Coverage:
    """The map for a municipality with these districts."""
    standings = await load_standings(session, at=at, today=today)
    active = [one.organisation for one in standings if one.organisation.state == OrganisationState.ACTIVE]
    everywhere = dict.fromkeys([*districts, *(place for one in active for place in one.districts)])
    return Coverage(
        languages=await _languages(session, active),
        districts={place: [one.name for one in active if place in one.districts] for place in everywhere},
        concerns=[one for one in standings if one.concerns],
    )


async def _languages(session: AsyncSession, active: Sequence[Organisation]) -> list[LanguageReach]:
    """The promised ones, and others that members have; members count once, in however many organisations."""
    is_member = Membership.state == MembershipState.MEMBER
    members = await _by_language(session, select(Membership.person_id).where(is_member))
    in_chat = select(Ambassador.person_id).where(SPEAKS, Ambassador.person_id.is_not(None))
    ambassadors = await _by_language(session, in_chat)
    spoken = [code for one in active for code in one.languages]
    every = dict.fromkeys([*languages.PROMISED, *sorted({*members, *ambassadors, *spoken})])
    return [LanguageReach(code, members.get(code, 0), spoken.count(code), ambassadors.get(code, 0)) for code in every]


async def _by_language(session: AsyncSession, who: Select[int] | Select[int | None]) -> dict[str, int]:
    language = func.coalesce(Person.language, USUAL_LANGUAGE)
    counted = await session.execute(select(language, func.count()).where(Person.id.in_(who)).group_by(language))
    return {row[0]: row[1] for row in counted}


def _concerns(
    one: Organisation, ambassadors: int, last_sent_at: datetime | None, *, at: datetime, today: date
) -> tuple[Concern, ...]:
    if one.state == OrganisationState.ENDED:
        return ()
    if ambassadors == 0:
        return (Concern.NO_AMBASSADOR,)
    if one.state == OrganisationState.DORMANT:
        return (Concern.DORMANT,)
    found = []
    is_new = one.created_at > at - timedelta(days=30)
    if is_stale(one, today=today) and not is_new:
        found.append(Concern.NEVER_CONFIRMED if one.confirmed_on is None else Concern.NOT_CONFIRMED)
    since = last_sent_at or one.created_at
    if since <= at - QUIET_FOR:
        found.append(Concern.NOTHING_SENT)
    return tuple(found)


async def _counts(session: AsyncSession, by: InstrumentedAttribute[str], which: ColumnElement[bool]) -> dict[str, int]:
    counted = await session.execute(select(by, func.count()).where(which).group_by(by))
    return {row[0]: row[1] for row in counted}

"""How many members, in which languages: numbers for those who may not know who they are.

Small numbers give people away, and so does watching an exact number change: from 5 on, what is shown is rounded down.
docs/privacy.md says why.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from sqlalchemy import ColumnElement, Select, String, and_, cast, func, select
from sqlalchemy.ext.asyncio import AsyncSession

from broadcasts.announcements.announcement import choose_language
from broadcasts.announcements.records import Audience, Broadcast, BroadcastText, Kind
from broadcasts.members.records import Membership, MembershipState
from broadcasts.organisations.records import Ambassador
from broadcasts.organisations.speaking import SPEAKS
from core.i18n import Translator
from core.people import USUAL_LANGUAGE, Person

FEW = 5  # below this nothing is said but "fewer"; also the step to which larger numbers are rounded down


@dataclass(frozen=True, slots=True)
class Reach:
    """Recipients with one language: how many, and the language of the text they get (None: they get nothing)."""

    count: int
    shown_in: str | None


async def count_members(session: AsyncSession, organisation_id: str) -> int:
    """All members. Exact: show it to an ambassador by ``shown`` only."""
    counted = select(func.count()).select_from(Membership).where(_is_member(organisation_id))
    return await session.scalar(counted) or 0


async def count_by_language(session: AsyncSession, broadcast_id: int) -> Mapping[str, Reach]:
    """Who would get a broadcast if it were released now, by their language, the most first. Exact."""
    broadcast = await session.get_one(Broadcast, broadcast_id)
    texts = list(
        await session.scalars(select(BroadcastText.language).where(BroadcastText.broadcast_id == broadcast_id))
    )
    language = func.coalesce(Person.language, USUAL_LANGUAGE)
    counted = _recipients(broadcast, select(language, func.count()).select_from(Person)).group_by(language)
    rows = (await session.execute(counted.order_by(func.count().desc(), language))).all()
    return {code: Reach(number, choose_language(texts, code, broadcast.fallback)) for code, number in rows}


@dataclass(frozen=True, slots=True)
class Split:
    """Recipients by language, as far as languages may be named. The numbers are exact: show them by ``shown`` only."""

    total: int
    named: Mapping[str, int]
    others: int  # with a language that is not named


def split(counted: Mapping[str, Reach], known: Iterable[str]) -> Split:
    """First ``known`` languages (of texts, or that the organisation itself names), then those of five and more.

    That a language with fewer stood in the list, or where in it, would tell of a person: the order is that of ``known``
    and of the alphabet, never that of the numbers.
    """
    first = list(dict.fromkeys(known))
    codes = first + sorted(code for code, reach in counted.items() if reach.count >= FEW and code not in first)
    named = {code: counted[code].count if code in counted else 0 for code in codes}
    total = sum(reach.count for reach in counted.values())
    return Split(total, named, total - sum(named.values()))


def shown(count: int, t: Translator, *, is_zero_harmless: bool = False) -> str:
    """A number as an ambassador may read it: "fewer than 5", or rounded down to a multiple of 5: "about 25".

    A zero says that a certain person is no member, so it is shown only where there is nobody to ask about.
    """
    if count == 0 and is_zero_harmless:
        return "0"
    if count < FEW:
        return t("fewer than {few}", few=FEW)
    return t("about {count}", count=count - count % FEW)


def _is_member(organisation_id: str) -> ColumnElement[bool]:
    return and_(Membership.organisation_id == organisation_id, Membership.state == MembershipState.MEMBER)


def _recipients(broadcast: Broadcast, what: Select[str, int]) -> Select[str, int]:
    """Members who have not muted its kind, or in a drill the ambassadors, as long as they can be reached.

    Delivery asks the same of each person before it sends (broadcasts/delivery/deciding.py). Members by a join: with
    IN, PostgreSQL compares each person with each member when it does not know yet how many there are.
    """
    what = what.where(Person.stopped_at.is_(None), Person.unreachable_reason.is_(None))
    match Audience(broadcast.audience):
        case Audience.MEMBERS:
            rule = and_(_is_member(broadcast.organisation_id or ""), _has_not_muted(Kind(broadcast.kind)))
            return what.join(Membership, Membership.person_id == Person.id).where(rule)
        case Audience.AMBASSADORS:
            who = select(Ambassador.person_id).where(
                Ambassador.organisation_id == broadcast.organisation_id, SPEAKS, Ambassador.person_id.is_not(None)
            )
            return what.where(Person.id.in_(who))


def _has_not_muted(kind: Kind) -> ColumnElement[bool]:
    """JSON as text, the same on both databases: a kind stands there in quotation marks."""
    if kind is Kind.URGENT:
        return Membership.state == MembershipState.MEMBER
    return cast(Membership.muted, String).not_like(f'%"{kind.value}"%')

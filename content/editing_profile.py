"""Changing the municipality and its offices. Texts name these details as facts: residents see a change at once."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from zoneinfo import ZoneInfo

from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncSession

from content.editing_checks import DetailsWrong, is_secure, unfit, wrong
from content.editing_facts import english, uses_of
from content.facts import FactType, Value, is_valid
from content.library_files import ID
from content.meanwhile import Details, check_unchanged
from content.models import Answer, Municipality, Office
from content.publishing import announce
from core.database import add_unless_there
from core.errors import RuleBroken
from core.issues import Issue
from core.timeline import record

DETAILS = {
    "phone": FactType.PHONE,
    "email": FactType.EMAIL,
    "address": FactType.ADDRESS,
    "hours": FactType.HOURS,
}
_LONGEST_OF_OFFICE = {"phone": 40, "email": 120, "address": 120, "hours": 120}
_SCHEMES = "grants"  # the area whose answers are about what a municipality may manage itself


class OfficeTaken(RuleBroken):
    """There is an office with this key already."""

    code = "office_taken"


@dataclass(frozen=True, slots=True)
class TownDetails(Details):
    """The municipality as a form has it."""

    name: str
    website: str
    zone: str
    districts: tuple[str, ...]
    manages: tuple[str, ...]
    is_example: bool


@dataclass(frozen=True, slots=True)
class OfficeDetails(Details):
    """An office as a form has it: its names and duties by language; empty ones are left out."""

    names: Mapping[str, str]
    helps_with: Mapping[str, str] = field(default_factory=dict)
    phone: str = ""
    email: str = ""
    address: str = ""
    hours: str = ""


async def get_town(session: AsyncSession) -> TownDetails:
    """The municipality; without a name before there is a profile."""
    town = await session.get(Municipality, 1)
    if town is None:
        return TownDetails("", "", "Europe/Oslo", (), (), is_example=False)
    return TownDetails(town.name, town.website, town.zone, tuple(town.districts), tuple(town.manages), town.is_example)


async def list_offices(session: AsyncSession) -> list[Office]:
    """All offices in their order."""
    return list(await session.scalars(select(Office).order_by(Office.position, Office.key)))


async def find_office(session: AsyncSession, key: str) -> Office | None:
    """The office with this key."""
    return await session.get(Office, key) if key.isprintable() else None


async def list_schemes(session: AsyncSession) -> list[str]:
    """The answers about schemes that a municipality may manage itself, by id."""
    return list(await session.scalars(select(Answer.id).where(Answer.area == _SCHEMES).order_by(Answer.id)))


async def check_town(session: AsyncSession, town: TownDetails) -> list[Issue]:
    """What is wrong with the details of the municipality."""
    issues = [*unfit({"name": town.name, "website": town.website, "zone": town.zone}, most=200)]
    issues += unfit({"districts": "\n".join(town.districts)}, most=8000)
    if not town.name:
        issues.append(wrong("name", "town_name_missing"))
    if town.website and not is_secure(town.website):
        issues.append(wrong("website", "source_insecure", url=town.website))
    if not _is_zone(town.zone):
        issues.append(wrong("zone", "zone_unknown"))
    if not all(ID.match(one) for one in town.manages):
        issues.append(wrong("manages", "scheme_unknown"))
    if not town.website and await uses_of(session, "municipality.website"):
        issues.append(wrong("website", "detail_used"))
    return issues


async def change_town(
    session: AsyncSession, details: TownDetails, *, seen: str | None = None, by: int, at: datetime
) -> None:
    """Keep the details of the municipality. The same again changes nothing. Raises DetailsWrong, ChangedMeanwhile."""
    if issues := await check_town(session, details):
        raise DetailsWrong(issues)
    town = await session.get(Municipality, 1, with_for_update=True)
    check_unchanged(await get_town(session), details, seen=seen)
    if town is None:
        town = Municipality(id=1, name="")
        session.add(town)
    town.name, town.website, town.zone = details.name, details.website, details.zone
    town.districts, town.manages, town.is_example = list(details.districts), list(details.manages), details.is_example
    if town in session.new or session.is_modified(town):
        announce(session, "profile_changed", about="municipality", at=at)
        record(session, "profile_changed", about="municipality", by=by, at=at)


async def check_office(session: AsyncSession, key: str, office: OfficeDetails) -> list[Issue]:
    """What is wrong with an office; a detail that texts name cannot be left empty."""
    issues: list[Issue] = []
    for group, by_language in (("names", office.names), ("helps_with", office.helps_with)):
        issues += unfit({f"{group}.{language}": text for language, text in by_language.items()}, most=500)
    if not office.names:
        issues.append(wrong("names.nb", "office_name_missing"))
    for name, kind in DETAILS.items():
        value = _detail(office, name)
        broken = [*unfit({name: value}, most=_LONGEST_OF_OFFICE[name])]
        if value and not broken and not is_valid(Value(kind, value), english()):
            broken.append(wrong(name, f"{name}_wrong"))
        if not value and await uses_of(session, f"{key}.{name}"):
            broken.append(wrong(name, "detail_used"))
        issues += broken
    return issues


def details_of(office: Office) -> OfficeDetails:
    """An office as it is."""
    names, duties = dict(office.names), dict(office.helps_with)
    return OfficeDetails(names, duties, office.phone, office.email, office.address, office.hours)


async def change_office(
    session: AsyncSession, key: str, details: OfficeDetails, *, seen: str | None = None, by: int, at: datetime
) -> None:
    """Keep the details of an office. The same again changes nothing. Raises DetailsWrong, ChangedMeanwhile."""
    office = await session.get_one(Office, key, with_for_update=True)
    check_unchanged(details_of(office), details, seen=seen)
    if issues := await check_office(session, key, details):
        raise DetailsWrong(issues)
    office.names, office.helps_with = dict(details.names), dict(details.helps_with)
    office.phone, office.email, office.address = details.phone, details.email, details.address
    office.hours = details.hours
    if session.is_modified(office):
        announce(session, "office_changed", about=key, at=at)
        record(session, "office_changed", about=f"office:{key}", by=by, at=at)


async def add_office(session: AsyncSession, key: str, name: str, *, by: int, at: datetime) -> None:
    """A new office, the last in the list, with its Norwegian name. Raises DetailsWrong, OfficeTaken."""
    issues = [*unfit({"name": name}, most=500)]
    if not ID.fullmatch(key) or "_" in key:
        issues.append(wrong("key", "office_key_wrong"))
    if not name:
        issues.append(wrong("name", "office_name_missing"))
    if issues:
        raise DetailsWrong(issues)
    last = await session.scalar(select(func.max(Office.position)))
    empty = dict.fromkeys(DETAILS, "")
    values = {"key": key, "position": 0 if last is None else last + 1, "names": {"nb": name}, "helps_with": {}}
    if key == "municipality" or not await add_unless_there(session, Office, **values, **empty):
        raise OfficeTaken(key=key)
    announce(session, "office_added", about=key, at=at)
    record(session, "office_added", about=f"office:{key}", by=by, at=at)


def _detail(office: OfficeDetails, name: str) -> str:
    details = {"phone": office.phone, "email": office.email, "address": office.address, "hours": office.hours}
    return details[name]


def _is_zone(zone: str) -> bool:
    try:
        ZoneInfo(zone)
    except (ValueError, OSError, KeyError):  # KeyError: no zone of this name
        return False
    return bool(zone)

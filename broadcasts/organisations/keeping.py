"""Organisations: adding them, keeping their entries right, letting them sleep and end."""

import hashlib
import re
import secrets
import unicodedata
from collections.abc import Collection
from dataclasses import replace
from datetime import date, datetime, timedelta

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from broadcasts.organisations.by import By
from broadcasts.organisations.checks import (
    LONGEST_ABOUT,
    OrganisationDetails,
    OrganisationDetailsWrong,
    check_organisation,
    check_text,
)
from broadcasts.organisations.ending import end_everything
from broadcasts.organisations.records import Ambassador, Organisation, OrganisationState
from broadcasts.organisations.resting import tell_of_state
from broadcasts.organisations.speaking import check_speaks, has_ambassador
from core import languages
from core.database import add_unless_there
from core.errors import RuleBroken
from core.timeline import record

CONFIRMED_FOR = timedelta(days=365)
LONGEST_ID = 40  # a button's action holds it, with other things, in 64 bytes
LETTERS, DIGITS = "ABCDEFGHJKMNPQRSTUVWXYZ", "23456789"  # without those that are taken for one another
CODE_LENGTH = 8
_TAKEN_BY_PAGES = frozenset({"new", "agreement"})
_NORWEGIAN = str.maketrans({"æ": "ae", "ø": "o", "å": "a", "ł": "l", "đ": "d", "ß": "ss", "ı": "i"})


class OrganisationChangedMeanwhile(RuleBroken):
    """Somebody else has changed the organisation since the form was opened."""

    code = "organisation_changed_meanwhile"


class NobodySpeaksForIt(RuleBroken):
    """An organisation takes part only while an ambassador speaks for it."""

    code = "nobody_speaks_for_it"


async def add_organisation(
    session: AsyncSession, details: OrganisationDetails, *, by: int, at: datetime
) -> Organisation:
    """A new organisation, with an id and a join code of its own. It sleeps until its first ambassador has agreed.

    Raises OrganisationDetailsWrong.
    """
    _check(details)
    values = {"state": OrganisationState.DORMANT, "state_since": at, "created_at": at, **_columns(details)}
    number = 1
    while not await add_unless_there(
        session, Organisation, id=_id_for(details.name, number), join_code=make_code(), **values
    ):
        number += 1
    added = await session.get_one(Organisation, _id_for(details.name, number))
    record(session, "organisation_added", about=f"organisation:{added.id}", by=by, at=at)
    return added


async def edit_organisation(
    session: AsyncSession,
    organisation_id: str,
    details: OrganisationDetails,
    *,
    seen: str | None = None,
    by: int,
    at: datetime,
) -> Organisation:
    """Change what is said about it; the same again changes nothing.

    ``seen`` is the fingerprint of what the form showed. Raises OrganisationDetailsWrong, OrganisationChangedMeanwhile.
    """
    _check(details)
    organisation = await session.get_one(Organisation, organisation_id, with_for_update=True)
    before = details_of(organisation)
    if seen is not None and seen != fingerprint(before):
        raise OrganisationChangedMeanwhile(organisation_id=organisation_id)
    if details != before:
        for name, value in _columns(details).items():
            setattr(organisation, name, value)
        record(session, "organisation_changed", about=f"organisation:{organisation_id}", by=by, at=at)
    return organisation


async def set_state(
    session: AsyncSession, organisation_id: str, state: OrganisationState, *, by: int, at: datetime
) -> None:
    """Wake it, let it sleep (nothing is sent, members stay), or end it (memberships end, with a line in the ledger).

    Who speaks for it is told in the chat.
    Raises NobodySpeaksForIt: without an ambassador it cannot be woken.
    """
    organisation = await session.get_one(Organisation, organisation_id, with_for_update=True)
    if organisation.state == state:
        return
    if state == OrganisationState.ACTIVE and not await has_ambassador(session, organisation_id):
        raise NobodySpeaksForIt(organisation_id=organisation_id)
    await tell_of_state(session, organisation, state, at=at)  # before nobody speaks for it any more
    if state == OrganisationState.ENDED:
        await end_everything(session, organisation_id, by=By(staff_id=by), at=at)
    organisation.state, organisation.state_since = state, at
    about = f"organisation:{organisation_id}"
    match state:
        case OrganisationState.ACTIVE:
            record(session, "organisation_woken", about=about, by=by, at=at)
        case OrganisationState.DORMANT:
            record(session, "organisation_dormant", about=about, by=by, at=at)
        case OrganisationState.ENDED:
            record(session, "organisation_ended", about=about, by=by, at=at)


async def renew_code(session: AsyncSession, organisation_id: str, *, by: int, at: datetime) -> str:
    """A new code to join by; posters with the old one lead nowhere from now on."""
    organisation = await session.get_one(Organisation, organisation_id, with_for_update=True)
    code = make_code()
    while await find_by_code(session, code) is not None:
        code = make_code()
    organisation.join_code = code
    record(session, "join_code_renewed", about=f"organisation:{organisation_id}", by=by, at=at)
    return code


async def confirm_entry(session: AsyncSession, organisation_id: str, *, by: By, at: datetime, today: date) -> None:
    """Somebody who knows says that the entry is right today. Raises NotTheirOrganisation."""
    organisation = await session.get_one(Organisation, organisation_id, with_for_update=True)
    await check_speaks(session, organisation_id, by)
    organisation.confirmed_on = today
    by.record(session, "entry_confirmed", about=f"organisation:{organisation_id}", at=at)


async def describe(
    session: AsyncSession, organisation_id: str, language: str, text: str, *, by: By, at: datetime, today: date
) -> None:
    """An ambassador's own words about the organisation, in one language; empty ones go. It confirms the entry.

    Raises NotTheirOrganisation, OrganisationDetailsWrong.
    """
    organisation = await session.get_one(Organisation, organisation_id, with_for_update=True)
    await check_speaks(session, organisation_id, by)
    text = text.strip()
    if issues := check_text(f"about.{language}", text, most=LONGEST_ABOUT):
        raise OrganisationDetailsWrong(issues)
    others = {code: words for code, words in organisation.about.items() if code != language}
    organisation.about = {**others, language: text} if text else others
    organisation.confirmed_on = today
    by.record(session, "entry_described", about=f"organisation:{organisation_id}", at=at, language=language)


async def get_organisation(session: AsyncSession, organisation_id: str) -> Organisation:
    """Raises NoResultFound."""
    return await session.get_one(Organisation, organisation_id)


async def find_by_code(session: AsyncSession, code: str) -> Organisation | None:
    """The organisation that can be joined by this code, however somebody wrote it."""
    tidy = tidy_code(code)
    if len(tidy) != CODE_LENGTH:
        return None
    found: Organisation | None = await session.scalar(select(Organisation).where(Organisation.join_code == tidy))
    return found


async def list_organisations(session: AsyncSession, *, listed_only: bool = False) -> list[Organisation]:
    """By name; with ``listed_only`` those in the directory that everybody sees."""
    wanted = select(Organisation).order_by(Organisation.name, Organisation.id)
    if listed_only:
        wanted = wanted.where(Organisation.is_listed.is_(True), Organisation.state == OrganisationState.ACTIVE)
    return list(await session.scalars(wanted))


async def list_for_account(
    session: AsyncSession, organisation_ids: Collection[str], staff_id: int
) -> list[Organisation]:
    """Those of these organisations, by name, that an account can speak for: neither ended nor left by it."""
    mine = select(Ambassador.organisation_id).where(Ambassador.staff_id == staff_id)
    left = mine.where(Ambassador.organisation_id.not_in(mine.where(Ambassador.ended_at.is_(None))))
    wanted = select(Organisation).where(
        Organisation.id.in_(organisation_ids),
        Organisation.state != OrganisationState.ENDED,
        Organisation.id.not_in(left),
    )
    return list(await session.scalars(wanted.order_by(Organisation.name, Organisation.id)))


def details_of(organisation: Organisation) -> OrganisationDetails:
    """An organisation as it is."""
    return OrganisationDetails(
        name=organisation.name,
        is_individual=organisation.is_individual,
        number=organisation.number,
        about=dict(organisation.about),
        languages=tuple(organisation.languages),
        districts=tuple(organisation.districts),
        website=organisation.website,
        contact=organisation.contact,
        asks_approval=organisation.asks_approval,
        is_listed=organisation.is_listed,
    )


def fingerprint(details: OrganisationDetails) -> str:
    """A short sign of what a form showed, to notice that somebody else has changed it meanwhile."""
    plain = repr(replace(details, about=dict(sorted(details.about.items()))))
    return hashlib.sha256(plain.encode()).hexdigest()[:16]


def is_stale(organisation: Organisation, *, today: date) -> bool:
    """Whether nobody has said within a year that the entry is right."""
    return organisation.confirmed_on is None or organisation.confirmed_on <= today - CONFIRMED_FOR


def make_code() -> str:
    """Eight letters and digits that cannot be mistaken; two digits among them, so that no word is a code."""
    characters = [secrets.choice(DIGITS) for _ in range(2)]
    characters += [secrets.choice(LETTERS + DIGITS) for _ in range(CODE_LENGTH - 2)]
    secrets.SystemRandom().shuffle(characters)
    return "".join(characters)


def tidy_code(text: str) -> str:
    """A code as it is kept: capitals, without spaces and hyphens, digits of any script as 0-9."""
    digits = (str(unicodedata.digit(one)) if one.isdigit() else one for one in unicodedata.normalize("NFKC", text))
    return "".join(one for one in "".join(digits).upper() if one.isalnum())


def _check(details: OrganisationDetails) -> None:
    if issues := check_organisation(details):
        raise OrganisationDetailsWrong(issues)


def _columns(details: OrganisationDetails) -> dict[str, object]:
    about = {languages.normalise(code): text for code, text in details.about.items() if text}
    spoken = [languages.normalise(code) for code in details.languages]
    return {
        "name": details.name,
        "is_individual": details.is_individual,
        "number": details.number,
        "about": about,
        "languages": list(dict.fromkeys(spoken)),
        "districts": list(details.districts),
        "website": details.website,
        "contact": details.contact,
        "asks_approval": details.asks_approval,
        "is_listed": details.is_listed,
    }


def _id_for(name: str, number: int) -> str:
    """A short name for addresses: small Latin letters, digits and hyphens."""
    plain = unicodedata.normalize("NFKD", name.casefold().translate(_NORWEGIAN))
    words = re.findall(r"[a-z0-9]+", plain.encode("ascii", "ignore").decode())
    ending = "" if number == 1 else f"-{number}"
    short = "-".join(words)[: LONGEST_ID - len(ending)].strip("-") or "organisation"
    return f"{short}{ending}" if short not in _TAKEN_BY_PAGES else f"{short}-organisation{ending}"

"""What became of the links that residents can see: visited a few at a time, remembered until the next visit.

The network is never waited for inside a transaction.
"""

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from sqlalchemy import delete, func, select
from sqlalchemy.ext.asyncio import AsyncSession

from content.links.addresses import read_place
from content.links.checking import Checked, LinkState, Trouble, Visitor, check_links
from content.links.standing import LinkUse, StandingLink, list_standing_links
from content.models import LinkCheck, Municipality
from core.database import Database, add_unless_there
from core.errors import RuleBroken
from core.timeline import record

LONGEST = 2000  # bytes of a link that can be kept: PostgreSQL's index has no room for much more
TOO_LONG = "too_long"  # a reason beside those of content.links.checking and content.links.addresses
AGAIN_AFTER = timedelta(days=7)
DOUBTFUL_AGAIN_AFTER = timedelta(days=1)
DOUBTFUL = (LinkState.DEAD, LinkState.TROUBLE)
WORST_FIRST = (LinkState.DEAD, LinkState.MOVED, LinkState.TROUBLE, LinkState.REFUSED, None, LinkState.OK)
NOW_SECONDS = 25  # that somebody at the desk waits for one link


class LinkUnknown(RuleBroken):
    """Only links that stand in published answers are visited."""

    code = "link_unknown"


@dataclass(frozen=True, slots=True)
class KnownLink:
    """A link, where it stands, and what we found there; ``state`` is None before the first visit."""

    url: str
    uses: tuple[LinkUse, ...]
    facts: tuple[str, ...]
    state: LinkState | None = None
    status: int | None = None
    moved_to: str | None = None
    reason: str = ""
    checked_at: datetime | None = None
    since: datetime | None = None


async def list_links(session: AsyncSession) -> list[KnownLink]:
    """Every link of published answers: the dead first, then what moved, has trouble, is refused, is new, is well."""
    rows = {row.url: row for row in await session.scalars(select(LinkCheck))}
    known = [_known(link, rows.get(link.url)) for link in await list_standing_links(session)]
    return sorted(known, key=lambda link: WORST_FIRST.index(link.state))


async def count_dead(session: AsyncSession) -> int:
    """How many links were dead when we last visited them; one that was taken out since counts until the next round."""
    wanted = select(func.count()).select_from(LinkCheck).where(LinkCheck.state == LinkState.DEAD)
    return await session.scalar(wanted) or 0


async def visitor_of_town(session: AsyncSession, manners: Visitor) -> Visitor:
    """The visitor with these manners who says that the municipality sent them, and where to find it."""
    town = await session.get(Municipality, 1)
    who = ", ".join(part for part in (town.name, town.website) if part) if town else ""
    return replace(manners, who=who or manners.who)


async def check_due(database: Database, visitor: Visitor, *, at: datetime, limit: int = 20) -> list[Checked]:
    """Visit the links whose turn it is, at most ``limit``, and remember what we found.

    Those that were never visited come first, then those that wait longest: a week, a day where something was wrong.
    Links that no published answer has any more are forgotten.
    """
    async with database.reading() as session:
        standing = {link.url: link for link in await list_standing_links(session) if is_kept(link.url)}
        rows = {row.url: row for row in await session.scalars(select(LinkCheck))}
    due = [url for url in standing if url not in rows or _is_due(rows[url], at)]
    due.sort(key=lambda url: (url in rows, rows[url].checked_at if url in rows else at))
    found = await check_links(due[:limit], visitor=visitor)
    gone = [row.id for url, row in rows.items() if url not in standing]
    if not found and not gone:
        return []
    found = _without_our_own_trouble(found, {url: row.state for url, row in rows.items()})
    async with database.changing() as session:
        await session.execute(delete(LinkCheck).where(LinkCheck.id.in_(gone)))
        for one in found:
            await _remember(session, one, standing[one.url], at=at)
    return found


async def check_now(database: Database, visitor: Visitor, url: str, *, by: int, at: datetime) -> Checked:
    """Visit one link because somebody asks, and remember what we found. Waits no longer than NOW_SECONDS.

    Raises LinkUnknown for a link that stands in no published answer, or is too long to be kept.
    """
    async with database.reading() as session:
        standing = {link.url: link for link in await list_standing_links(session)}
    if url not in standing or not is_kept(url):
        raise LinkUnknown(url=url)
    try:
        async with asyncio.timeout(NOW_SECONDS):
            (found,) = await check_links([url], visitor=visitor)
    except TimeoutError:
        found = Checked(url, LinkState.TROUBLE, reason=Trouble.TIME_OUT)
    async with database.changing() as session:
        await _remember(session, found, standing[url], at=at)
        record(session, "link_checked", by=by, at=at, url=url, state=found.state.value)
    return found


def is_kept(url: str) -> bool:
    """Whether a link is short enough to be remembered, and so to be visited."""
    return len(url.encode()) <= LONGEST


def _known(link: StandingLink, row: LinkCheck | None) -> KnownLink:
    if not is_kept(link.url):
        return KnownLink(link.url, link.uses, link.facts, LinkState.REFUSED, reason=TOO_LONG)
    if row is None:
        return KnownLink(link.url, link.uses, link.facts)
    return KnownLink(
        link.url,
        link.uses,
        link.facts,
        LinkState(row.state),
        row.status,
        row.moved_to,
        row.reason,
        row.checked_at,
        row.since,
    )


def _is_due(row: LinkCheck, at: datetime) -> bool:
    return at - row.checked_at >= (DOUBTFUL_AGAIN_AFTER if row.state in DOUBTFUL else AGAIN_AFTER)


def _without_our_own_trouble(found: Sequence[Checked], before: Mapping[str, str]) -> list[Checked]:
    """When none of several hosts was reached at all, we may be cut off ourselves: no link is newly called dead then."""
    visited = [one for one in found if one.state is not LinkState.REFUSED]
    if any(one.status is not None for one in visited) or len({_host(one.url) for one in visited}) < 2:
        return list(found)
    return [
        replace(one, state=LinkState.TROUBLE, reason=Trouble.HOST_NOT_FOUND_TODAY)
        if one.state is LinkState.DEAD and before.get(one.url) != LinkState.DEAD
        else one
        for one in found
    ]


def _host(url: str) -> str:
    """Of a link that was visited; it only names, so that nothing is refused here."""
    return read_place(url, allow_loopback=True).host


async def _remember(session: AsyncSession, found: Checked, link: StandingLink, *, at: datetime) -> None:
    values = {
        "state": found.state.value,
        "status": found.status,
        "moved_to": found.moved_to,
        "reason": str(found.reason),
        "checked_at": at,
    }
    before = None
    if not await add_unless_there(session, LinkCheck, url=found.url, since=at, **values):
        row = (await session.scalars(select(LinkCheck).where(LinkCheck.url == found.url).with_for_update())).one()
        before = row.state
        for name, value in values.items():
            setattr(row, name, value)
        row.since = row.since if before == found.state else at
    is_dead, was_dead = found.state is LinkState.DEAD, before == LinkState.DEAD
    if is_dead != was_dead:
        for use in link.uses:
            about = f"answer:{use.answer_id}"
            if is_dead:
                record(session, "link_dead", about=about, at=at, url=found.url)
            else:
                record(session, "link_alive", about=about, at=at, url=found.url)

"""The day's e-mail to those who must act: one at most, from seven in the morning, when something new waits.

Who was written to is noted before, and confirmed after: what ends in between sends nothing twice that day, and the next
day's mail tells of it again. What still waits after a week is told of once more.
"""

from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

from sqlalchemy import delete, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from content.came_back import CameBack, list_returned
from content.days import get_zone
from content.editing_profile import get_town
from content.reminding import WaitingNotice, list_notices
from content.waiting import WaitingText, list_for_review
from core.database import Database, add_unless_there
from core.i18n import Translator
from core.logs import get_log
from core.mail import Letter, Mail, MailAway, MailRefused, MailUnsure
from editor.access.accounts import list_roles, list_staff
from editor.access.models import DayMail, StaffMember
from editor.access.roles import HeldRole, Permission, may_anywhere, may_write
from editor.letters import Due, day_letter

log = get_log(__name__)
FROM_HOUR = 7  # in the municipality
AGAIN_AFTER = timedelta(days=7)
MOST_NOTICES = 1000


@dataclass(frozen=True, slots=True)
class _Waiting:
    """All that waits for anybody."""

    notices: Sequence[WaitingNotice]
    for_review: Sequence[WaitingText]

    def for_person(self, staff_id: int, roles: Collection[HeldRole], returned: Sequence[CameBack]) -> Due:
        """As the first page of the desk shows it: an administrator gets what nobody else has acted on."""
        notices: Sequence[WaitingNotice] = ()
        if may_anywhere(roles, Permission.CONFIRM_STILL_CORRECT):
            notices = self.notices
        elif may_anywhere(roles, Permission.MANAGE_PEOPLE):
            notices = [one for one in self.notices if one.is_escalated]
        may_review = may_anywhere(roles, Permission.REVIEW)
        return Due(
            notices,
            [one for one in self.for_review if may_review and staff_id not in one.authors],
            [one for one in returned if may_write(roles, one.language, source_language=one.source_language)],
        )


@dataclass(frozen=True, slots=True)
class _Post:
    """A letter that is due, and what it tells."""

    staff_id: int
    letter: Letter
    told: list[str]


async def send_day_mails(
    database: Database, mail: Mail, *, address: str, words: Callable[[str], Translator], at: datetime
) -> int:
    """Write to everybody for whom something new waits; how many letters left. ``address`` is where the desk is.

    May run at any time, and in several processes. A mail server that is away is tried again at the next run.
    """
    async with database.reading() as session:
        local = at.astimezone(ZoneInfo(await get_zone(session)))
        if local.hour < FROM_HOUR:
            return 0
        posts = await _due(session, local.date(), address=address, words=words, at=at)
    sent = 0
    for post in posts:
        async with database.changing() as session:
            is_ours = await add_unless_there(
                session, DayMail, staff_id=post.staff_id, day=local.date(), told=post.told, sent_at=None
            )
        if not is_ours:
            continue
        try:
            await mail.send(post.letter)
        except MailAway as problem:
            await _give_up(database, post, local.date())
            log.warning("mail_away", reason=str(problem))
            return sent
        except MailRefused as problem:
            if not problem.is_permanent:
                await _give_up(database, post, local.date())
            log.warning("mail_refused", staff=post.staff_id, reason=str(problem))
            continue
        except MailUnsure as problem:
            log.warning("mail_unsure", staff=post.staff_id, reason=str(problem))
            continue
        await _note_sent(database, post, local.date(), at=at)
        sent += 1
    return sent


async def _due(
    session: AsyncSession, today: date, *, address: str, words: Callable[[str], Translator], at: datetime
) -> list[_Post]:
    town = (await get_town(session)).name
    roles = await list_roles(session)
    waiting = _Waiting(await list_notices(session, limit=MOST_NOTICES), await list_for_review(session))
    posts = []
    for member in await list_staff(session):
        returned = await list_returned(session, member.id)
        due = waiting.for_person(member.id, roles.get(member.id, ()), returned)
        if member.is_active and due.count and await _is_time(session, member, due.keys(), today):
            letter = day_letter(member, due, address=address, town=town, t=words(member.language), at=at)
            posts.append(_Post(member.id, letter, due.keys()))
    return posts


async def _is_time(session: AsyncSession, member: StaffMember, keys: list[str], today: date) -> bool:
    """Whether the last mail that certainly left does not tell this already."""
    sent = DayMail.staff_id == member.id, DayMail.sent_at.is_not(None)
    last = await session.scalar(select(DayMail).where(*sent).order_by(DayMail.day.desc()).limit(1))
    return last is None or (last.day < today and (today - last.day >= AGAIN_AFTER or bool({*keys} - {*last.told})))


async def _give_up(database: Database, post: _Post, today: date) -> None:
    async with database.changing() as session:
        await session.execute(delete(DayMail).where(DayMail.staff_id == post.staff_id, DayMail.day == today))


async def _note_sent(database: Database, post: _Post, today: date, *, at: datetime) -> None:
    sent = update(DayMail).where(DayMail.staff_id == post.staff_id, DayMail.day == today)
    async with database.changing() as session:
        await session.execute(sent.values(sent_at=at))

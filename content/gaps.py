"""Questions that found nothing: what to write next. Never who asked, and nothing private in them."""

import re
from collections.abc import Iterable
from datetime import date, timedelta

from sqlalchemy import delete, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from content.models import Gap
from core.database import add_unless_there
from core.passwords import names_a_join_code, names_a_password

LONGEST = 300
KEEP = timedelta(days=180)
_SPACES = re.compile(r"\s+")
# Long digits, addresses and handles can point to a person; a gap needs the subject only.
_POINTS_TO_A_PERSON = re.compile(r"\S+@\S+|@\w+|\+?\d[\d\s.\-‐‑–()/_,*]{4,}\d|https?://\S+")


async def note_gap(session: AsyncSession, text: str, language: str, *, on: date) -> None:
    """Count a question that found nothing. Names are not recognised: staff see few words, never an address.

    One that speaks of a password, a PIN or a one-time code is not kept: what we did not recognise may be the secret.
    """
    plain = plainly(text)
    is_secret = names_a_password(text) or names_a_join_code(text)  # of the latter, some are no organisation's
    if is_secret or not any(character.isalpha() for character in plain):
        return
    if not await add_unless_there(session, Gap, language=language, text=plain, times=1, last_on=on):
        again = update(Gap).where(Gap.language == language, Gap.text == plain)
        await session.execute(again.values(times=Gap.times + 1, last_on=on))


async def close_gaps(session: AsyncSession, language: str, wordings: Iterable[str]) -> None:
    """Let go of questions that stand among these wordings, because they lead to an answer now."""
    answered = {plainly(wording) for wording in wordings}
    if answered:
        await session.execute(delete(Gap).where(Gap.language == language, Gap.text.in_(answered)))


async def languages_of_gaps(session: AsyncSession) -> set[str]:
    """The languages in which something was asked that found nothing."""
    return set(await session.scalars(select(Gap.language).distinct()))


async def drop_old_gaps(session: AsyncSession, *, today: date) -> None:
    """Let go of what nobody has asked for half a year."""
    await session.execute(delete(Gap).where(Gap.last_on < today - KEEP))


def plainly(text: str) -> str:
    """A question as it is kept: without what points to a person, in small letters, 300 characters at most."""
    return _SPACES.sub(" ", _POINTS_TO_A_PERSON.sub("…", text)).strip().casefold()[:LONGEST]

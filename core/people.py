"""People who write to us: one row per person and channel, with as little as possible in it.

A row says which channel and address, which language they chose, whether they want easy texts, which answer they read
last (for "and what does it cost?"), and whether they were just asked if all of it shall be deleted (for "yes"). It
never says what they wrote. A safety answer leaves no trace here.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import cache
from typing import cast

from sqlalchemy import (
    Boolean,
    Executable,
    String,
    Table,
    UniqueConstraint,
    bindparam,
    delete,
    false,
    func,
    null,
    select,
)
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.engine import CursorResult
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import Mapped, mapped_column

from core.database import Base, Instant, insert_for
from core.sealing import Sealed

USUAL_LANGUAGE = "nb"  # of somebody who has chosen none


class Person(Base):
    """Somebody who wrote on one channel."""

    __tablename__ = "people"
    __table_args__ = (UniqueConstraint("channel", "address"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    channel: Mapped[str] = mapped_column(String(20))
    address: Mapped[str] = mapped_column(Sealed("people.address", 100))
    language: Mapped[str | None] = mapped_column(String(10))
    reads_easy: Mapped[bool] = mapped_column(Boolean, default=False, server_default=false())
    last_answer: Mapped[str | None] = mapped_column(String(80))
    last_answer_at: Mapped[datetime | None] = mapped_column(Instant)
    forgetting_asked_at: Mapped[datetime | None] = mapped_column(Instant)
    stopped_at: Mapped[datetime | None] = mapped_column(Instant)
    unreachable_reason: Mapped[str | None] = mapped_column(String(40))
    first_seen_at: Mapped[datetime] = mapped_column(Instant)
    last_seen_at: Mapped[datetime] = mapped_column(Instant, index=True)


@dataclass(frozen=True, slots=True)
class Address:
    """Where a person can be found: a channel and the channel's own name for them."""

    channel: str
    address: str


async def find_person(session: AsyncSession, where: Address) -> Person | None:
    """The person at this address, if we know them."""
    found: Person | None = await session.scalar(
        select(Person).where(Person.channel == where.channel, Person.address == where.address)
    )
    return found


@dataclass(frozen=True, slots=True)
class Note:
    """Somebody wrote at this moment.

    ``language`` is kept if they have none yet; ``changes`` are columns that get a new value.
    """

    where: Address
    at: datetime
    language: str | None = None
    changes: Mapping[str, object] = field(default_factory=dict)

    @property
    def values(self) -> dict[str, object]:
        """The columns of a person who is new."""
        seen = {"first_seen_at": self.at, "last_seen_at": self.at, "language": self.language}
        return {"channel": self.where.channel, "address": self.where.address, **seen, **self.changes}


async def note_message(session: AsyncSession, note: Note) -> int:
    """Somebody wrote: their number, made known if this is their first message. Writing never un-stops anybody.

    All in one statement.
    """
    noting = _noting(insert_for(session), tuple(note.changes))
    return int((await session.execute(noting, note.values)).scalar_one())


async def note_messages(session: AsyncSession, notes: Sequence[Note]) -> None:
    """The same for several, in one statement for all in whom the same columns change.

    Who wrote twice is noted twice, in this order. Addresses are in order, so that two processes never wait for each
    other.
    """
    left = list(notes)
    while left:
        now: dict[Address, Note] = {}
        for note in left:
            now.setdefault(note.where, note)
        left = [note for note in left if now[note.where] is not note]
        for changed in {tuple(note.changes): None for note in now.values()}:
            several = sorted((one for one in now.values() if tuple(one.changes) == changed), key=_by_address)
            noting = _noting(insert_for(session), changed)
            (await session.execute(noting, [note.values for note in several])).all()


def _by_address(note: Note) -> tuple[str, str]:
    return note.where.channel, note.where.address


@cache
def _noting(insert: Callable[[Table], sqlite.Insert | postgresql.Insert], changed: Sequence[str]) -> Executable:
    """Made once for each set of changes, and past the ORM: to make it takes as long as to carry it out."""
    people = cast(Table, Person.__table__)
    names = dict.fromkeys(("channel", "address", "first_seen_at", "last_seen_at", "language", *changed))
    adding = insert(people).values({name: bindparam(name) for name in names})
    new = adding.excluded
    seen = {"last_seen_at": new.last_seen_at, "language": func.coalesce(people.c.language, new.language)}
    changes = {name: new[name] for name in changed}
    adding = adding.on_conflict_do_update(
        index_elements=["channel", "address"], set_={**seen, "unreachable_reason": null(), **changes}
    )
    return adding.returning(people.c.id)


async def meet(session: AsyncSession, where: Address, *, at: datetime) -> Person:
    """Somebody wrote: what we know of them from now on."""
    number = await note_message(session, Note(where, at))
    return await session.get_one(Person, number, populate_existing=True)


async def end_channel(session: AsyncSession, where: Address, *, reason: str) -> None:
    """Remember that this address takes no messages any more (blocked, deactivated)."""
    person = await find_person(session, where)
    if person is not None:
        person.unreachable_reason = reason


async def reopen_channel(session: AsyncSession, where: Address) -> None:
    """Remember that this address takes messages again."""
    person = await find_person(session, where)
    if person is not None:
        person.unreachable_reason = None


async def forget(session: AsyncSession, where: Address) -> bool:
    """Delete everything about the person at this address; whether there was anything."""
    person = await find_person(session, where)
    if person is None:
        return False
    await session.delete(person)
    return True


async def forget_idle(session: AsyncSession, *, channel: str, at: datetime, idle: timedelta) -> int:
    """Delete those who have not written on this channel for so long; how many."""
    result = await session.execute(delete(Person).where(Person.channel == channel, Person.last_seen_at < at - idle))
    return result.rowcount if isinstance(result, CursorResult) else 0

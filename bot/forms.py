"""Open forms: somebody is in the middle of telling us something in several steps, in the chat.

A form is one row for a person, in tables like everything else: a process that ends loses none. Danger and stop words
beat it; pressing a button that is not the form's, and a day without a word, close it.
"""

from datetime import datetime, timedelta

from sqlalchemy import JSON, BindParameter, ColumnElement, ForeignKey, String, delete
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import Mapped, mapped_column

from core.database import Base, Instant

OPEN_FOR = timedelta(days=1)


class Form(Base):
    """What a person has filled in so far. ``name`` says which form and step; ``filled`` is the form's own."""

    __tablename__ = "forms"

    person_id: Mapped[int] = mapped_column(ForeignKey("people.id", ondelete="CASCADE"), primary_key=True)
    name: Mapped[str] = mapped_column(String(40))
    filled: Mapped[dict[str, str]] = mapped_column(JSON)
    at: Mapped[datetime] = mapped_column(Instant, index=True)


def is_open(*, since: datetime | BindParameter[datetime]) -> ColumnElement[bool]:
    """The condition for a form that somebody may still go on with; ``since``: OPEN_FOR ago."""
    return Form.at > since


async def open_form(session: AsyncSession, person_id: int, name: str, filled: dict[str, str], *, at: datetime) -> None:
    """Open a form, or go on to its next step."""
    await close_form(session, person_id)
    session.add(Form(person_id=person_id, name=name, filled=filled, at=at))


async def close_form(session: AsyncSession, person_id: int) -> None:
    """Done, or given up."""
    await session.execute(delete(Form).where(Form.person_id == person_id))


async def drop_old_forms(session: AsyncSession, *, at: datetime) -> None:
    """Delete what nobody has gone on with for a day."""
    await session.execute(delete(Form).where(Form.at <= at - OPEN_FOR))

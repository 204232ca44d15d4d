"""Inbound updates, stored before they are answered: what a channel has handed over is never lost.

    received -> replied (the reply is fixed, its parts are being sent) -> [speaking: a sound is left] -> done | failed

Any number of processes answer side by side. One takes an update for a while (a lease); of a chat only the oldest
unfinished update can be taken, so that one conversation stays in order. When a process is killed, another takes its
updates over and goes on where it stopped: an update that was answered is not answered twice, a reply of which some
parts were sent goes on with the next part. Telegram has no idempotency key, so a part whose sending was cut off in the
very middle is sent again: a resident without an answer is worse than one who reads it twice (docs/adr/0003). What a
person wrote is kept until it is answered, then deleted; the number stays, to recognise an update that comes twice.
"""

import json
from base64 import b64decode, b64encode
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, fields, is_dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from functools import cache
from typing import Any, cast

from sqlalchemy import (
    JSON,
    BigInteger,
    BindParameter,
    ColumnElement,
    Executable,
    Integer,
    String,
    Table,
    Text,
    UniqueConstraint,
    and_,
    bindparam,
    case,
    delete,
    exists,
    func,
    or_,
    select,
)
from sqlalchemy import update as update_rows
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import Mapped, mapped_column

from bot.situation import Danger
from core.database import Base, Instant, insert_for
from core.messages import Attachment, Button, IncomingMessage, Kind, OutgoingMessage, Piece, Reading, Said
from core.people import Address
from core.private_numbers import Secret
from core.sealing import Sealed

MOST_TRIES = 5
LEASE = timedelta(seconds=30)  # longer than any one part may take to send
LEASE_FOR_SOUND = timedelta(minutes=2)
HEAD_START = timedelta(seconds=2)  # whoever has stored an update answers it; later any other process may


class Progress(StrEnum):
    """How far the answering of an update has come."""

    RECEIVED = "received"
    REPLIED = "replied"
    SPEAKING = "speaking"  # the words are sent; the next message of the chat does not wait for the sound
    DONE = "done"
    FAILED = "failed"


class InboundUpdate(Base):
    """One update of one channel account."""

    __tablename__ = "inbound_updates"
    __table_args__ = (UniqueConstraint("account", "update_id"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    account: Mapped[str] = mapped_column(String(60))
    update_id: Mapped[int] = mapped_column(BigInteger)
    address: Mapped[str] = mapped_column(Sealed("inbound_updates.address", 100), index=True)
    progress: Mapped[Progress] = mapped_column(String(20), index=True)
    said: Mapped[str | None] = mapped_column(String(20))
    text: Mapped[str | None] = mapped_column(Text)
    danger: Mapped[str | None] = mapped_column(String(80))
    secrets: Mapped[list[str] | None] = mapped_column(JSON)
    others: Mapped[list[str] | None] = mapped_column(JSON)
    written_in: Mapped[str | None] = mapped_column(String(10))
    app_language: Mapped[str | None] = mapped_column(String(20))
    # Sealed too: the number of a press may lead to who pressed, and the reply to "my data" says the address.
    callback_id: Mapped[str | None] = mapped_column(Sealed("inbound_updates.callback_id", 64))
    reply: Mapped[str | None] = mapped_column(Sealed("inbound_updates.reply"))
    parts_sent: Mapped[int] = mapped_column(Integer, default=0)
    tries: Mapped[int] = mapped_column(Integer, default=0)
    not_before: Mapped[datetime | None] = mapped_column(Instant)
    taken_by: Mapped[str | None] = mapped_column(String(120))
    taken_until: Mapped[datetime | None] = mapped_column(Instant)
    received_at: Mapped[datetime] = mapped_column(Instant)

    @property
    def kept_danger(self) -> Danger | None:
        """What words of danger called for, where there were any."""
        return Danger(self.danger, tuple(self.others or ()), self.written_in) if self.danger else None

    def message(self, channel: str) -> IncomingMessage:
        """What was received, for the conversation."""
        return IncomingMessage(
            channel=channel,
            address=self.address,
            said=Said(self.said or Said.OTHER),
            at=self.received_at,
            text=self.text or "",
            app_language=self.app_language,
            secrets=frozenset(Secret(one) for one in self.secrets or ()),
        )


@dataclass(frozen=True, slots=True)
class Arrived:
    """An update that has just come. Words of danger are not kept: what they call for stands there instead."""

    number: int
    message: IncomingMessage
    danger: Danger | None = None
    callback_id: str | None = None


async def store(session: AsyncSession, account: str, several: Sequence[Arrived], *, by: str) -> None:
    """Keep updates until they are answered, at first ``by`` this process. One that is here already is passed over.

    In the order of their numbers: what came side by side stays in order, and no two processes wait for each other.
    """
    if several:
        in_order = sorted(several, key=lambda one: one.number)
        await session.execute(_storing(insert_for(session)), [_stored(account, one, by=by) for one in in_order])


def _stored(account: str, one: Arrived, *, by: str) -> Mapping[str, object]:
    message, danger = one.message, one.danger
    return {
        "account": account,
        "update_id": one.number,
        "address": message.address,
        "progress": Progress.RECEIVED,
        "said": message.said,
        "text": None if danger else message.text,
        "danger": danger.answer_id if danger else None,
        "others": list(danger.others) if danger else None,
        "written_in": danger.written_in if danger else None,
        "secrets": sorted(message.secrets) or None,
        "app_language": message.app_language,
        "callback_id": one.callback_id,
        "taken_by": by,
        "taken_until": message.at + HEAD_START,
        "received_at": message.at,
    }


# What every turn needs is made once, and past the ORM: to make it takes longer than to carry it out.
_UPDATES = cast(Table, InboundUpdate.__table__)


@cache
def _storing(insert: Callable[[Table], sqlite.Insert | postgresql.Insert]) -> Executable:
    # What is given back makes it one statement for all rows on PostgreSQL, too.
    return insert(_UPDATES).on_conflict_do_nothing().returning(_UPDATES.c.id)


@dataclass(frozen=True, slots=True)
class Due:
    """An update that may be answered now: its row, and whose it is."""

    row: int
    address: str


async def list_next(session: AsyncSession, account: str, *, by: str, at: datetime, limit: int) -> list[Due]:
    """Unfinished updates that nobody else has taken, the oldest of each chat."""
    return await _list_due(session, _next(), account, by=by, at=at, limit=limit)


async def list_next_sounds(session: AsyncSession, account: str, *, by: str, at: datetime, limit: int) -> list[Due]:
    """Updates whose reply lacks nothing but its sound, and that nobody else has taken, the oldest first."""
    return await _list_due(session, _next_sounds(), account, by=by, at=at, limit=limit)


async def _list_due(
    session: AsyncSession, due: Executable, account: str, *, by: str, at: datetime, limit: int
) -> list[Due]:
    rows = await session.execute(due, {"whose": account, "who": by, "now": at, "most": limit})
    return [Due(*row) for row in rows]


@cache
def _next() -> Executable:
    earlier = _UPDATES.alias()
    unfinished = (Progress.RECEIVED, Progress.REPLIED)
    waiting_before = exists().where(
        earlier.c.account == _UPDATES.c.account,
        earlier.c.address == _UPDATES.c.address,
        earlier.c.progress.in_(unfinished),
        earlier.c.id < _UPDATES.c.id,
    )
    return _due(_UPDATES.c.progress.in_(unfinished), ~waiting_before)


@cache
def _next_sounds() -> Executable:
    return _due(_UPDATES.c.progress == Progress.SPEAKING)


def _due(*which: ColumnElement[bool]) -> Executable:
    row = _UPDATES.c
    may_be_tried = or_(row.not_before.is_(None), row.not_before <= _NOW)
    return (
        select(row.id, row.address)
        .where(row.account == bindparam("whose", type_=String), *which, _IS_FREE, may_be_tried)
        .order_by(row.id)
        .limit(bindparam("most", type_=Integer))
    )


_NOW: BindParameter[datetime] = bindparam("now", type_=Instant)
_WHO: BindParameter[str] = bindparam("who", type_=String)
_IS_FREE = or_(_UPDATES.c.taken_by.is_(None), _UPDATES.c.taken_by == _WHO, _UPDATES.c.taken_until <= _NOW)
_THIS_ONE = and_(
    _UPDATES.c.id == bindparam("row", type_=Integer),
    _UPDATES.c.progress.not_in((Progress.DONE, Progress.FAILED)),
    _IS_FREE,
)


async def take(session: AsyncSession, row: int, *, by: str, at: datetime) -> InboundUpdate | None:
    """Take an unfinished update for the time of a lease; None when another has it, or has answered it."""
    update = await session.get(InboundUpdate, row, with_for_update=True)
    if update is None or update.progress in (Progress.DONE, Progress.FAILED):
        return None
    if update.taken_by not in (None, by) and update.taken_until is not None and update.taken_until > at:
        return None
    lease = LEASE_FOR_SOUND if update.progress == Progress.SPEAKING else LEASE
    update.taken_by, update.taken_until = by, at + lease
    return update


async def take_to_answer(session: AsyncSession, row: int, *, by: str, at: datetime) -> InboundUpdate | None:
    """``take`` in one statement. What changes in it afterwards is not written by itself: see ``write_reply``."""
    given = {"row": row, "who": by, "now": at, "until": at + LEASE, "until_heard": at + LEASE_FOR_SOUND}
    found = (await session.execute(_taking(), given)).mappings().first()
    return InboundUpdate(**found) if found is not None else None


@cache
def _taking() -> Executable:
    until, until_heard = (bindparam(name, type_=Instant) for name in ("until", "until_heard"))
    lease = case((_UPDATES.c.progress == Progress.SPEAKING, until_heard), else_=until)
    return update_rows(_UPDATES).where(_THIS_ONE).values(taken_by=_WHO, taken_until=lease).returning(*_UPDATES.c)


async def write_reply(session: AsyncSession, update: InboundUpdate) -> None:
    """Write down what ``fix_reply`` has decided on, for an update that this transaction has taken."""
    await session.execute(_replying(), {"row": update.id, "what": update.reply})


@cache
def _replying() -> Executable:
    nothing = {**dict.fromkeys(SAID), "progress": Progress.REPLIED, "parts_sent": 0}
    this = _UPDATES.c.id == bindparam("row", type_=Integer)
    return update_rows(_UPDATES).where(this).values(reply=bindparam("what", type_=_UPDATES.c.reply.type), **nothing)


async def let_go(session: AsyncSession, account: str, *, instance: str) -> None:
    """Of what an earlier process in this place had taken (its name begins with the place's)."""
    taken = (InboundUpdate.account == account, InboundUpdate.taken_by.startswith(f"{instance}/", autoescape=True))
    await session.execute(update_rows(InboundUpdate).where(*taken).values(taken_by=None, taken_until=None))


@dataclass(frozen=True, slots=True)
class Waiting:
    """Updates without an answer, and how long the oldest of them has waited."""

    count: int
    seconds: float


async def look_at_inbound(session: AsyncSession, *, at: datetime) -> Waiting:
    """How much waits: for operators. It looks at what waits alone, by index."""
    unanswered = InboundUpdate.progress.in_((Progress.RECEIVED, Progress.REPLIED))
    count, oldest = (
        await session.execute(select(func.count(), func.min(InboundUpdate.received_at)).where(unanswered))
    ).one()
    return Waiting(count, max((at - oldest).total_seconds(), 0.0) if oldest else 0.0)


def fix_reply(update: InboundUpdate, message: OutgoingMessage) -> None:
    """Decide what this update is answered with. What the person wrote is no longer needed and goes."""
    update.reply = json.dumps(message, ensure_ascii=False, default=_as_json)
    update.progress = Progress.REPLIED
    update.parts_sent = 0
    for name in SAID:
        setattr(update, name, None)


def fixed_reply(update: InboundUpdate) -> OutgoingMessage:
    """The reply that was decided on."""
    values = json.loads(update.reply or "{}")
    return OutgoingMessage(
        language=values["language"],
        pieces=tuple(Piece(**{**one, "kind": Kind(one["kind"])}) for one in values["pieces"]),
        buttons=tuple(Button(**one) for one in values["buttons"]),
        is_urgent=values["is_urgent"],
        attachment=_attachment(values["attachment"]) if values.get("attachment") else None,
        reading=_reading(values["reading"]) if values.get("reading") else None,
        sound=_reading(values["sound"]) if values.get("sound") else None,
    )


def _as_json(value: object) -> object:
    """One of our own classes, without copying all that it holds; or the bytes of an attachment."""
    if isinstance(value, bytes):
        return b64encode(value).decode()
    if not is_dataclass(value):
        raise TypeError(type(value).__name__)
    return {one.name: getattr(value, one.name) for one in fields(value)}


def _attachment(values: Mapping[str, str]) -> Attachment:
    # The release before kept text; a reply may be fixed by one and sent by the other.
    content = b64decode(values["content"]) if "content" in values else values["text"].encode()
    return Attachment(values["name"], values["media_type"], content)


def _reading(values: Mapping[str, Any]) -> Reading:
    return Reading(**{**values, "button": Button(**values["button"])})


SAID = ("text", "danger", "others", "written_in", "secrets")
FINISHED: Mapping[str, object] = {
    **dict.fromkeys((*SAID, "reply", "callback_id", "app_language", "taken_by", "taken_until")),
    "address": "",
}


def finish(update: InboundUpdate, progress: Progress) -> None:
    """Done or given up: nothing of what was said remains, nor who said it; the number alone stays."""
    update.progress = progress
    for name, nothing in FINISHED.items():
        setattr(update, name, nothing)


async def note_done(session: AsyncSession, row: int, *, by: str, at: datetime, parts_sent: int) -> bool:
    """What ``take`` and ``finish`` do, in one statement; False when another has it, or has answered it."""
    done = await session.execute(_finishing(), {"row": row, "who": by, "now": at, "sent": parts_sent})
    return done.first() is not None


@cache
def _finishing() -> Executable:
    values = {**FINISHED, "progress": Progress.DONE, "parts_sent": bindparam("sent", type_=Integer)}
    return update_rows(_UPDATES).where(_THIS_ONE).values(values).returning(_UPDATES.c.id)


async def drop_sounds(session: AsyncSession, where: Address) -> None:
    """Give up the sounds that somebody has asked for and not got, on every account of the channel."""
    waiting = (
        InboundUpdate.account.startswith(f"{where.channel}:", autoescape=True),
        InboundUpdate.address == where.address,
        InboundUpdate.progress == Progress.SPEAKING,
    )
    for update in await session.scalars(select(InboundUpdate).where(*waiting).with_for_update()):
        finish(update, Progress.FAILED)


async def drop_old(session: AsyncSession, *, at: datetime, keep: timedelta) -> None:
    """Delete rows that are too old to come a second time (Telegram keeps updates for 24 hours) or to be answered."""
    await session.execute(delete(InboundUpdate).where(InboundUpdate.received_at < at - keep))

"""The tables of what the municipality knows.

An answer has one translation per language, a translation has unchangeable revisions, and residents see the one that
is published. Four questions are kept apart: lifecycle (of a revision), freshness (computed, see content.freshness),
origin (of a revision) and validity (of an answer).
"""

from datetime import date, datetime
from enum import StrEnum

from sqlalchemy import JSON, Boolean, Date, ForeignKey, Index, Integer, LargeBinary, String, UniqueConstraint
from sqlalchemy import Text as LongText
from sqlalchemy import text as sql
from sqlalchemy.orm import Mapped, mapped_column, relationship

from content.expiry import ReminderKind, ReminderStep
from content.freshness import Text
from core.database import Base, Instant


class Lifecycle(StrEnum):
    """Where a revision stands on its way to residents and away from them."""

    DRAFT = "draft"
    IN_REVIEW = "in_review"
    PUBLISHED = "published"
    SUPERSEDED = "superseded"
    WITHDRAWN = "withdrawn"


class Origin(StrEnum):
    """How the words came about."""

    WRITTEN = "written"  # in this language, not translated
    HUMAN = "human"  # translated by a person
    MACHINE = "machine"  # translated by a machine, checked by nobody
    MACHINE_CHECKED = "machine_checked"


class Answer(Base):
    """What a resident wants to know, apart from any language."""

    __tablename__ = "answers"

    id: Mapped[str] = mapped_column(String(80), primary_key=True)
    area: Mapped[str] = mapped_column(String(40))
    priority: Mapped[int] = mapped_column(Integer, default=2)
    owner: Mapped[str] = mapped_column(String(60), default="")
    contact: Mapped[str] = mapped_column(String(60), default="")
    is_safety: Mapped[bool] = mapped_column(Boolean, default=False)
    levels: Mapped[list[str]] = mapped_column(JSON, default=list)
    audience: Mapped[list[str]] = mapped_column(JSON, default=list)
    life_events: Mapped[list[str]] = mapped_column(JSON, default=list)
    related: Mapped[list[str]] = mapped_column(JSON, default=list)
    source_language: Mapped[str] = mapped_column(String(10), default="nb")
    checked_on: Mapped[date | None] = mapped_column(Date)
    review_by: Mapped[date | None] = mapped_column(Date)
    valid_from: Mapped[date | None] = mapped_column(Date)
    valid_until: Mapped[date | None] = mapped_column(Date)
    # After valid_until: residents do not find the answer at all, instead of being told that it has run out.
    is_hidden_when_expired: Mapped[bool] = mapped_column(Boolean, default=False)

    sources: Mapped[list["Source"]] = relationship(cascade="all, delete-orphan", order_by="Source.position")


class Source(Base):
    """An official page that an answer rests on, and whether somebody has held the answer against it."""

    __tablename__ = "sources"

    id: Mapped[int] = mapped_column(primary_key=True)
    answer_id: Mapped[str] = mapped_column(ForeignKey("answers.id", ondelete="CASCADE"), index=True)
    position: Mapped[int] = mapped_column(Integer)
    url: Mapped[str] = mapped_column(LongText)
    name: Mapped[str] = mapped_column(LongText)
    is_verified: Mapped[bool] = mapped_column(Boolean)
    note: Mapped[str] = mapped_column(LongText, default="")


class Translation(Base):
    """An answer in one language."""

    __tablename__ = "translations"
    __table_args__ = (UniqueConstraint("answer_id", "language"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    answer_id: Mapped[str] = mapped_column(ForeignKey("answers.id", ondelete="CASCADE"))
    language: Mapped[str] = mapped_column(String(10))


class Revision(Base):
    """One version of a translation. Its text never changes; only its lifecycle moves on."""

    __tablename__ = "revisions"
    __table_args__ = (
        UniqueConstraint("translation_id", "number"),
        # The rule that must never break: residents see one version.
        Index(
            "uq_revisions_one_published",
            "translation_id",
            unique=True,
            sqlite_where=sql("lifecycle = 'published'"),
            postgresql_where=sql("lifecycle = 'published'"),
        ),
        # One text at a time is on its way to residents; what somebody else wrote meanwhile is kept beside it.
        Index(
            "uq_revisions_one_open",
            "translation_id",
            unique=True,
            sqlite_where=sql("lifecycle IN ('draft', 'in_review')"),
            postgresql_where=sql("lifecycle IN ('draft', 'in_review')"),
        ),
        # Lists and counts look at these of every text: the long texts themselves need not be read for it.
        Index(
            "ix_revisions_states",
            "translation_id",
            "lifecycle",
            "text_hash",
            "made_from_hash",
            "easy_hash",
            "easy_from_hash",
            "origin",
            "is_review_owed",
        ),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    translation_id: Mapped[int] = mapped_column(ForeignKey("translations.id", ondelete="CASCADE"))
    number: Mapped[int] = mapped_column(Integer)
    lifecycle: Mapped[Lifecycle] = mapped_column(String(20))
    origin: Mapped[Origin] = mapped_column(String(20))
    title: Mapped[str] = mapped_column(LongText)
    short: Mapped[str] = mapped_column(LongText)
    full: Mapped[str] = mapped_column(LongText)
    easy: Mapped[str] = mapped_column(LongText, default="", server_default="")
    applies_to: Mapped[str] = mapped_column(LongText)
    next_steps: Mapped[list[str]] = mapped_column(JSON)
    referral: Mapped[dict[str, str]] = mapped_column(JSON)
    asked_as: Mapped[list[str]] = mapped_column(JSON)
    text_hash: Mapped[str] = mapped_column(String(64))
    made_from_hash: Mapped[str | None] = mapped_column(String(64))
    easy_hash: Mapped[str | None] = mapped_column(String(64))  # Text.easy_hash; None: a release before wrote it
    easy_from_hash: Mapped[str | None] = mapped_column(String(64))  # of the source's easy text; None: nobody has said
    created_at: Mapped[datetime] = mapped_column(Instant)
    published_at: Mapped[datetime | None] = mapped_column(Instant)
    author_id: Mapped[int | None] = mapped_column(Integer)  # a staff member; None: it came from a library
    is_small_change: Mapped[bool] = mapped_column(Boolean, default=False)  # translations stay fresh
    approved_by: Mapped[int | None] = mapped_column(Integer)
    publish_at: Mapped[datetime | None] = mapped_column(Instant)
    is_review_owed: Mapped[bool] = mapped_column(
        Boolean, default=False
    )  # published in an emergency, read by nobody yet

    def text(self) -> Text:
        """The words that a resident reads."""
        return Text(
            title=self.title,
            short=self.short,
            full=self.full,
            applies_to=self.applies_to,
            next_steps=tuple(self.next_steps),
            referral=dict(self.referral),
            easy=self.easy,
        )


class Comment(Base):
    """What staff say to one another about a translation; a return, a withdrawal and an approval may have words too."""

    __tablename__ = "comments"

    id: Mapped[int] = mapped_column(primary_key=True)
    translation_id: Mapped[int] = mapped_column(ForeignKey("translations.id", ondelete="CASCADE"), index=True)
    revision_number: Mapped[int] = mapped_column(Integer)
    event: Mapped[str] = mapped_column(String(40))  # comment, returned, withdrawn
    is_settled: Mapped[bool] = mapped_column(Boolean, default=False)  # of a return: the draft went on, or was put away
    text: Mapped[str] = mapped_column(LongText)
    by: Mapped[int] = mapped_column(Integer)
    at: Mapped[datetime] = mapped_column(Instant)


class EditLock(Base):
    """Who has a translation open for writing. It warns others; it keeps nobody out."""

    __tablename__ = "edit_locks"

    translation_id: Mapped[int] = mapped_column(ForeignKey("translations.id", ondelete="CASCADE"), primary_key=True)
    staff_id: Mapped[int] = mapped_column(Integer)
    since: Mapped[datetime] = mapped_column(Instant)


class Fact(Base):
    """One typed value with its source; texts name it and never repeat it."""

    __tablename__ = "facts"

    name: Mapped[str] = mapped_column(String(80), primary_key=True)
    type: Mapped[str] = mapped_column(String(20))
    value: Mapped[str] = mapped_column(LongText)
    about: Mapped[str] = mapped_column(LongText, default="")
    source: Mapped[str] = mapped_column(LongText, default="")
    valid_as_of: Mapped[date | None] = mapped_column(Date)
    is_verified: Mapped[bool] = mapped_column(Boolean, default=False)


class Municipality(Base):
    """The profile: one row."""

    __tablename__ = "municipality"

    id: Mapped[int] = mapped_column(primary_key=True)
    name: Mapped[str] = mapped_column(LongText)
    website: Mapped[str] = mapped_column(LongText, default="")
    zone: Mapped[str] = mapped_column(String(60), default="Europe/Oslo")
    districts: Mapped[list[str]] = mapped_column(JSON, default=list)
    manages: Mapped[list[str]] = mapped_column(JSON, default=list)
    is_example: Mapped[bool] = mapped_column(Boolean, default=False)


class Office(Base):
    """Whom a resident can turn to, by function. Its name and duties stand in several languages."""

    __tablename__ = "offices"

    key: Mapped[str] = mapped_column(String(60), primary_key=True)
    position: Mapped[int] = mapped_column(Integer)
    names: Mapped[dict[str, str]] = mapped_column(JSON)
    helps_with: Mapped[dict[str, str]] = mapped_column(JSON)
    phone: Mapped[str] = mapped_column(String(40), default="")
    email: Mapped[str] = mapped_column(String(120), default="")
    address: Mapped[str] = mapped_column(LongText, default="")
    hours: Mapped[str] = mapped_column(LongText, default="")


class LinkCheck(Base):
    """What was found at a link the last time we went there. A link without a row was never visited."""

    __tablename__ = "link_checks"

    id: Mapped[int] = mapped_column(primary_key=True)
    url: Mapped[str] = mapped_column(LongText, unique=True)  # at most content.links.records.LONGEST bytes
    state: Mapped[str] = mapped_column(String(20))  # a content.links.checking.LinkState
    status: Mapped[int | None] = mapped_column(Integer)
    moved_to: Mapped[str | None] = mapped_column(LongText)
    reason: Mapped[str] = mapped_column(String(40), default="")
    checked_at: Mapped[datetime] = mapped_column(Instant)
    since: Mapped[datetime] = mapped_column(Instant)  # the first visit that found this state


class ReminderGiven(Base):
    """A reminder about one day of an answer, so that it is given once."""

    __tablename__ = "reminders_given"
    __table_args__ = (UniqueConstraint("answer_id", "kind", "step", "day"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    answer_id: Mapped[str] = mapped_column(ForeignKey("answers.id", ondelete="CASCADE"))
    kind: Mapped[ReminderKind] = mapped_column(String(20))
    step: Mapped[ReminderStep] = mapped_column(String(20))
    day: Mapped[date] = mapped_column(Date)


class Notice(Base):
    """Something about an answer that waits for somebody at the desk, until it is done."""

    __tablename__ = "notices"

    id: Mapped[int] = mapped_column(primary_key=True)
    at: Mapped[datetime] = mapped_column(Instant)
    kind: Mapped[ReminderKind] = mapped_column(String(20))
    answer_id: Mapped[str] = mapped_column(ForeignKey("answers.id", ondelete="CASCADE"), index=True)
    office: Mapped[str] = mapped_column(String(60))  # the owner of the answer when the notice was written
    key: Mapped[str] = mapped_column(String(40))  # of its words
    day: Mapped[date] = mapped_column(Date)  # the day that it is about
    is_escalated: Mapped[bool] = mapped_column(Boolean)
    done_at: Mapped[datetime | None] = mapped_column(Instant)


class Sample(Base):
    """Something people write, apart from the wordings of a text: the index learns from it where a message leads.

    To an answer, in a language that has no text of it yet; or nowhere, because no answer covers it.
    """

    __tablename__ = "samples"

    id: Mapped[int] = mapped_column(primary_key=True)
    answer_id: Mapped[str] = mapped_column(String(80))  # "": no answer covers it
    language: Mapped[str] = mapped_column(String(10))
    text: Mapped[str] = mapped_column(LongText)


class Publication(Base):
    """Each change of what residents see. The highest id is the version of the content."""

    __tablename__ = "publications"

    id: Mapped[int] = mapped_column(primary_key=True)
    at: Mapped[datetime] = mapped_column(Instant)
    event: Mapped[str] = mapped_column(String(40))
    about: Mapped[str] = mapped_column(LongText, default="")


class Snapshot(Base):
    """The index made from one version of the content, as every process loads it."""

    __tablename__ = "snapshots"

    id: Mapped[int] = mapped_column(primary_key=True)
    content_version: Mapped[int] = mapped_column(Integer, index=True)
    format: Mapped[str] = mapped_column(String(80))
    is_thorough: Mapped[bool]
    built_at: Mapped[datetime] = mapped_column(Instant)
    payload: Mapped[bytes] = mapped_column(LargeBinary)


class Gap(Base):
    """A question that found nothing, without who asked: counted, and kept only as far as it helps to write answers."""

    __tablename__ = "gaps"
    __table_args__ = (UniqueConstraint("language", "text"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    language: Mapped[str] = mapped_column(String(10))
    text: Mapped[str] = mapped_column(String(300))
    times: Mapped[int] = mapped_column(Integer, default=1)
    last_on: Mapped[date] = mapped_column(Date)

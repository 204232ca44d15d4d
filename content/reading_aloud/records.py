"""The tables of sounds. Nothing in them says who listened."""

from datetime import datetime

from sqlalchemy import Boolean, ForeignKey, Integer, LargeBinary, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from core.database import Base, Instant


class Recording(Base):
    """A text read aloud by a person. A translation has at most one that was released, and one that waits for that."""

    __tablename__ = "recordings"
    __table_args__ = (
        UniqueConstraint("translation_id", "is_released"),
        # A number is never given again: who has heard one recording must not release another.
        {"sqlite_autoincrement": True},
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    translation_id: Mapped[int] = mapped_column(ForeignKey("translations.id", ondelete="CASCADE"))
    is_released: Mapped[bool] = mapped_column(Boolean)
    read_from: Mapped[str] = mapped_column(String(64))  # content.catalogue.Catalogue.read_from
    media_type: Mapped[str] = mapped_column(String(40))
    seconds: Mapped[int] = mapped_column(Integer)
    added_by: Mapped[int] = mapped_column(Integer)  # a staff member; 0: it came with a library's files
    added_at: Mapped[datetime] = mapped_column(Instant)
    released_by: Mapped[int | None] = mapped_column(Integer)
    released_at: Mapped[datetime | None] = mapped_column(Instant)
    content: Mapped[bytes] = mapped_column(LargeBinary, deferred=True)  # up to 5 MB: asked for by name


class RobotReading(Base):
    """What the robot has read, by the hash of its words: made once, and again when it was dropped meanwhile."""

    __tablename__ = "robot_readings"

    key: Mapped[str] = mapped_column(String(64), primary_key=True)
    media_type: Mapped[str] = mapped_column(String(40))
    size: Mapped[int] = mapped_column(Integer)  # bytes
    made_at: Mapped[datetime] = mapped_column(Instant)
    content: Mapped[bytes] = mapped_column(LargeBinary, deferred=True)

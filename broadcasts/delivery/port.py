"""What the delivery of broadcasts needs of a channel."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Protocol

from broadcasts.announcements.announcement import Announcement


@dataclass(frozen=True, slots=True)
class Direct:
    """A message for one person alone; see direct.py."""

    kind: str
    about: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Parcel:
    """What goes to one address. ``wanted`` is the reader's language."""

    address: str
    wanted: str
    content: Announcement | Direct
    is_group: bool = False  # nobody answers there: it gets a link instead of buttons


class Messenger(Protocol):
    """Hands a parcel to one account of a channel, in one call of the channel."""

    @property
    def channel(self) -> str:
        """The channel that people's addresses belong to."""

    @property
    def account(self) -> str:
        """The account whose limits hold: "telegram:123456"."""

    async def send(self, parcel: Parcel) -> str:
        """Hand it over; the channel's id of the message. Raises core.sending.SendFailed."""

    async def close(self) -> None:
        """Let go of the connections."""

"""Shall this recipient get this message now? Asked again just before each one is sent. Pure."""

from dataclasses import dataclass
from enum import StrEnum

from broadcasts.announcements.announcement import Composed
from broadcasts.announcements.records import Broadcast, BroadcastState, Kind


class Skip(StrEnum):
    """Why a recipient does not get a message; words for each stand in the report."""

    LEFT = "left"
    MUTED = "muted"
    STOPPED = "stopped"
    UNREACHABLE = "unreachable"
    FORGOTTEN = "forgotten"
    NO_TEXT = "no_text"  # in their language, and the broadcast falls back to none
    GROUP_ENDED = "group_ended"
    CANCELLED = "cancelled"


@dataclass(frozen=True, slots=True)
class Standing:
    """What is known of a recipient at this moment."""

    address: str | None  # None: the person is forgotten, or the group is gone
    wanted: str
    is_member: bool = True
    muted: frozenset[str] = frozenset()
    is_stopped: bool = False
    is_reachable: bool = True
    is_group: bool = False


def may_go_out(row: Broadcast) -> bool:
    """Whether a broadcast is still one that was approved as it stands, and nobody has stopped it."""
    return row.state in (BroadcastState.SENDING, BroadcastState.SCHEDULED) and row.approved_version == row.text_version


def why_not(standing: Standing, composed: Composed) -> Skip | None:
    """Why this recipient gets nothing; None when they do."""
    if standing.address is None:
        return Skip.GROUP_ENDED if standing.is_group else Skip.FORGOTTEN
    if standing.is_stopped:
        return Skip.STOPPED
    if not standing.is_member:
        return Skip.LEFT
    if composed.broadcast.kind in standing.muted and composed.broadcast.kind != Kind.URGENT:
        return Skip.MUTED
    if not standing.is_reachable:
        return Skip.UNREACHABLE
    if composed.for_reader(standing.wanted) is None:
        return Skip.NO_TEXT
    return None

"""What arrived at the Bot API server of the tests, and how it says no."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from tests.fakes.bot_api_forms import File


class Refused(Exception):
    """The call is answered with an error."""

    def __init__(self, status: int, description: str, parameters: Mapping[str, Any] | None = None) -> None:
        self.status, self.description, self.parameters = status, description, parameters or {}
        super().__init__(description)


@dataclass(frozen=True, slots=True)
class Call:
    """A call that arrived, taken or not."""

    method: str
    parameters: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Message:
    """A message that was taken: what the reader sees, what was sent, and the buttons as (label, data).

    The text of a file is its caption.
    """

    chat: int
    text: str
    raw: str
    parse_mode: str | None
    buttons: tuple[tuple[str, str], ...]
    file: File | None = None
    sent_as: str = ""  # document, voice or audio

    def data(self) -> tuple[str, ...]:
        """What the buttons send when they are pressed."""
        return tuple(data for _label, data in self.buttons)

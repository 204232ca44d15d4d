"""A small mail server on loopback: takes letters (RFC 5321), keeps them, and refuses what a test wants refused."""

import asyncio
import base64
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import default

from tests.fakes.loopback import listening


@dataclass(frozen=True, slots=True)
class Taken:
    """A letter that somebody handed over: who it is for on the envelope, and what is inside."""

    sender: str
    recipients: tuple[str, ...]
    raw: bytes

    @property
    def message(self) -> EmailMessage:
        """What is inside, read."""
        read = message_from_bytes(self.raw, policy=default)
        assert isinstance(read, EmailMessage)
        return read

    @property
    def text(self) -> str:
        """Its words."""
        content = self.message.get_content()
        assert isinstance(content, str)
        return content.replace("\r\n", "\n")


@dataclass(slots=True)
class MailServer:
    """What it has taken, and how it behaves; ``refuses`` is an answer for each address that it does not take."""

    port: int = 0
    taken: list[Taken] = field(default_factory=list)
    refuses: dict[str, int] = field(default_factory=dict)
    login: tuple[str, str] | None = None  # what it asks for
    hangs_up: bool = False  # takes a letter, and breaks the line before it says so
    parts_badly: bool = False  # has no good word at the end

    @property
    def url(self) -> str:
        """As the setting has it."""
        return f"smtp://127.0.0.1:{self.port}"

    def to(self, address: str) -> list[Taken]:
        """What came for somebody."""
        return [one for one in self.taken if address in one.recipients]


@asynccontextmanager
async def mail_server(*, port: int = 0, login: tuple[str, str] | None = None) -> AsyncIterator[MailServer]:
    """Take mail for as long as the block runs. Nobody listens before it and after it."""
    kept = MailServer(login=login)

    async def talk(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await _Talk(kept, reader, writer).go_on()

    async with listening(talk, port=port) as kept.port:
        yield kept


class _Talk:
    """One connection."""

    def __init__(self, server: MailServer, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._server, self._reader, self._writer = server, reader, writer
        self._sender, self._recipients = "", list[str]()
        self._is_let_in = server.login is None

    async def go_on(self) -> None:
        await self._say(220, "mail.test")
        while line := (await self._reader.readline()).decode().strip():
            word, _space, rest = line.partition(" ")
            match word.upper():
                case "EHLO":
                    await self._say(250, *(["mail.test", "AUTH PLAIN"] if self._server.login else ["mail.test"]))
                case "AUTH":
                    given = base64.b64decode(rest.removeprefix("PLAIN ")).decode().split("\0")[1:]
                    self._is_let_in = tuple(given) == self._server.login
                    await self._say(235 if self._is_let_in else 535, "login")
                case "MAIL" if not self._is_let_in:
                    await self._say(530, "log in first")
                case "MAIL":
                    self._sender, self._recipients = _address(rest), []
                    await self._say(250, "good")
                case "RCPT":
                    await self._recipient(_address(rest))
                case "DATA":
                    await self._data()
                    if self._server.hangs_up:
                        return
                case "QUIT":
                    await self._say(421 if self._server.parts_badly else 221, "bye")
                    return
                case _:
                    await self._say(250, "good")

    async def _recipient(self, address: str) -> None:
        refused = self._server.refuses.get(address)
        if refused is None:
            self._recipients.append(address)
        await self._say(refused or 250, f"{address} is what you said")

    async def _data(self) -> None:
        await self._say(354, "go on")
        lines = []
        while (line := await self._reader.readline()) != b".\r\n":
            lines.append(line[1:] if line.startswith(b".") else line)
        self._server.taken.append(Taken(self._sender, tuple(self._recipients), b"".join(lines)))
        if not self._server.hangs_up:
            await self._say(250, "taken")

    async def _say(self, code: int, *lines: str) -> None:
        for place, line in enumerate(lines):
            self._writer.write(f"{code}{' ' if place == len(lines) - 1 else '-'}{line}\r\n".encode())
        await self._writer.drain()


def _address(rest: str) -> str:
    return rest[rest.index("<") + 1 : rest.index(">")]

"""E-mail that leaves the house: one plain text to one person, through the mail server of the settings."""

import asyncio
import smtplib
import ssl
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from datetime import datetime
from email.errors import MessageError
from email.headerregistry import Address
from email.message import EmailMessage
from email.policy import SMTP
from email.utils import format_datetime, make_msgid
from typing import TYPE_CHECKING, Protocol
from urllib.parse import unquote, urlsplit

from core.loopback import LOOPBACK

if TYPE_CHECKING:
    from _typeshed import ReadableBuffer

TIMEOUT_SECONDS = 15
TAKING_SECONDS = 600  # a server may look at a letter for as long before it says that it has it (RFC 5321, 4.5.3.2.6)
PERMANENT = 500  # from this answer on, trying again does not help (RFC 5321, 4.2.1)


class MailAway(Exception):
    """The mail server cannot be reached, or takes nothing from us: the same for every letter, until it is back."""


class MailRefused(Exception):
    """The mail server does not take this letter; ``is_permanent``: it never will."""

    def __init__(self, reason: str, *, is_permanent: bool) -> None:
        super().__init__(reason)
        self.is_permanent = is_permanent


class MailUnsure(Exception):
    """The line broke while the letter went over it: it may have left, and must not be sent again at once."""


@dataclass(frozen=True, slots=True)
class MailServer:
    """Where letters are handed over."""

    host: str
    port: int
    is_smtps: bool  # encrypted from the first byte; otherwise STARTTLS
    login: tuple[str, str] | None = field(default=None, repr=False)

    @classmethod
    def from_url(cls, url: str) -> "MailServer":
        """From ``smtp://user:password@host:587`` or ``smtps://host:465``; raises ValueError when it is neither."""
        parts = urlsplit(url)
        if parts.scheme not in ("smtp", "smtps") or not parts.hostname or parts.port == 0:
            raise ValueError("no address of a mail server")
        is_smtps = parts.scheme == "smtps"
        login = (unquote(parts.username), unquote(parts.password or "")) if parts.username else None
        if login is not None and not "".join(login).isascii():
            raise ValueError("no login that smtplib can give")
        return cls(parts.hostname, parts.port or (465 if is_smtps else 587), is_smtps, login)


@dataclass(frozen=True, slots=True)
class Letter:
    """A plain text for one person."""

    to: str
    subject: str
    text: str
    at: datetime


class Mail(Protocol):
    """Takes letters to people."""

    async def send(self, letter: Letter) -> None:
        """Hand the letter over. Raises MailAway, MailRefused and MailUnsure; none names anybody."""


class SMTPMail:
    """A real mail server. The way to it is encrypted, but for ``smtp://`` to this machine."""

    def __init__(self, server: MailServer, *, sender: str) -> None:
        self._server, self._sender = server, sender

    async def send(self, letter: Letter) -> None:
        """In a thread, with a connection of its own: letters are few."""
        message = as_message(letter, sender=self._sender)
        await asyncio.to_thread(self._send, message)

    def _send(self, message: EmailMessage) -> None:
        try:
            with self._connected() as connection:
                self._greet(connection)
                connection.send_message(message)
        except smtplib.SMTPRecipientsRefused as problem:
            codes = [code for code, _words in problem.recipients.values()]
            raise MailRefused(f"answer_{codes[0]}", is_permanent=codes[0] >= PERMANENT) from None
        except smtplib.SMTPDataError as problem:
            raise MailRefused(f"answer_{problem.smtp_code}", is_permanent=problem.smtp_code >= PERMANENT) from None
        except smtplib.SMTPResponseException as problem:
            raise MailAway(f"answer_{problem.smtp_code}") from None  # what it says besides may name somebody
        except (smtplib.SMTPException, OSError, UnicodeError) as problem:
            raise MailAway(type(problem).__name__) from None

    @contextmanager
    def _connected(self) -> Iterator[smtplib.SMTP]:
        connection = self._connect()
        try:
            yield connection
        finally:
            with suppress(smtplib.SMTPException, OSError):  # the letter is taken or not, however we part
                connection.quit()
            connection.close()

    def _connect(self) -> smtplib.SMTP:
        host, port = self._server.host, self._server.port
        if self._server.is_smtps:
            return _PatientSMTPS(host, port, timeout=TIMEOUT_SECONDS, context=ssl.create_default_context())
        return _PatientSMTP(host, port, timeout=TIMEOUT_SECONDS)

    def _greet(self, connection: smtplib.SMTP) -> None:
        if not self._server.is_smtps and self._server.host not in LOOPBACK:
            connection.starttls(context=ssl.create_default_context())
        if self._server.login is not None:
            connection.login(*self._server.login)


class _PatientSMTP(smtplib.SMTP):
    """Waits until the server has looked at the letter, and tells a line that breaks then from one that broke before."""

    def data(self, msg: "ReadableBuffer | str") -> tuple[int, bytes]:
        self._wait_for(TAKING_SECONDS)
        try:
            return super().data(msg)
        except smtplib.SMTPDataError:
            raise
        except (smtplib.SMTPException, OSError) as problem:
            raise MailUnsure(type(problem).__name__) from None
        finally:
            self._wait_for(TIMEOUT_SECONDS)

    def _wait_for(self, seconds: float) -> None:
        if self.sock is not None:
            self.sock.settimeout(seconds)


class _PatientSMTPS(_PatientSMTP, smtplib.SMTP_SSL):
    """The same, encrypted from the first byte."""


def mail_address(text: str) -> Address:
    """An address to which mail can go: one, and in ASCII. Raises ValueError."""
    account, _at, host = text.rpartition("@")
    try:
        plain = f"{account}@{host.encode('idna').decode()}"
        found = Address(addr_spec=plain)
    except (ValueError, MessageError, IndexError, AttributeError):  # the last for a bracket that stays open
        raise ValueError("no e-mail address") from None
    if found.addr_spec != plain:  # with a remark in brackets, for example
        raise ValueError("no e-mail address")
    return found


def as_message(letter: Letter, *, sender: str) -> EmailMessage:
    """As it goes over the line: nothing in it can become another header or recipient. Raises MailRefused."""
    message = EmailMessage(policy=SMTP)
    try:
        message["From"], message["To"] = mail_address(sender), mail_address(letter.to)
    except ValueError:
        raise MailRefused("not_an_address", is_permanent=True) from None
    message["Subject"] = " ".join(letter.subject.split())
    message["Date"] = format_datetime(letter.at)
    message["Message-ID"] = make_msgid(domain=sender.rpartition("@")[2])
    message["Auto-Submitted"] = "auto-generated"  # nobody's notice of absence answers it (RFC 3834)
    message.set_content(letter.text, cte="quoted-printable")
    return message

"""Every setting, read once from the environment. Nothing else in the project reads ``os.environ``."""

import os
import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

from sqlalchemy.engine import URL, make_url
from sqlalchemy.exc import ArgumentError

from core.errors import SetupProblem
from core.languages import NAMES
from core.loopback import LOOPBACK
from core.mail import MailServer, mail_address
from core.sealing import Seal, read_key

DEFAULT_DATABASE_URL = "sqlite:///var/brobygger.sqlite3"
DRIVERS = {
    "sqlite": "sqlite+aiosqlite",
    "postgres": "postgresql+psycopg",
    "postgresql": "postgresql+psycopg",
    "sqlite+aiosqlite": "sqlite+aiosqlite",
    "postgresql+psycopg": "postgresql+psycopg",
}
MACHINES = ("none", "apertium", "deepl", "libretranslate")
TELEGRAM_NAME = re.compile(r"[A-Za-z][A-Za-z0-9_]{3,31}")
# What may stand in a content security policy: https, and http only for this machine.
SITE = re.compile(r"(?:https://(?:\*\.)?[a-z0-9-]+(?:\.[a-z0-9-]+)*|http://(?:localhost|127\.0\.0\.1))(?::\d{1,5})?")
WEBHOOK_SECRET = re.compile(r"[A-Za-z0-9_-]{1,256}")  # what Telegram takes (Bot API, setWebhook)


@dataclass(frozen=True, slots=True)
class Settings:
    """What an operator can decide. docs/settings.md and .env.example explain every name."""

    database_url: str
    host: str
    port: int
    public_url: str | None
    telegram_token: str | None
    telegram_name: str | None
    telegram_api_url: str
    telegram_webhook_url: str | None
    telegram_webhook_secret: str | None
    send_rate: int
    vectors: str
    log_level: str
    log_json: bool
    keep_days: int
    web_limit: int
    chat_limit: int
    embed_sites: tuple[str, ...]
    address_key: bytes | None
    address_keys_old: tuple[bytes, ...]
    check_links: bool
    metrics_host: str
    metrics_port: int | None

    smtp_server: MailServer | None
    smtp_from: str
    oidc_issuer: str | None
    oidc_client_id: str | None
    oidc_client_secret: str | None
    oidc_name: str
    machine_translator: str
    machine_url: str | None
    machine_key: str | None
    robot_voice: bool
    rasa_url: str | None
    rasa_token: str | None
    rasa_languages: tuple[str, ...]
    rasa_milliseconds: int

    @property
    def address(self) -> str:
        """Where people reach us: the public address, or else where we listen."""
        host = f"[{self.host}]" if ":" in self.host else self.host
        return self.public_url or f"http://{host}:{self.port}"

    @property
    def has_address(self) -> bool:
        """Whether what we send can say where we are: without a public address that is so on this machine only."""
        return self.public_url is not None or self.host in LOOPBACK

    @property
    def seal(self) -> Seal:
        """What closes and opens the addresses of residents."""
        return Seal(self.address_key, earlier=self.address_keys_old)

    @property
    def is_sqlite(self) -> bool:
        """Whether the truth lies in one file on this machine."""
        return self.database_url.startswith("sqlite")

    @classmethod
    def from_env(cls, environ: Mapping[str, str] | None = None) -> "Settings":
        """Read and check all settings; raises SetupProblem that names the setting which is wrong."""
        env = _Environment(os.environ if environ is None else environ)
        host, port = env.text("BROBYGGER_HOST", "127.0.0.1"), env.number("BROBYGGER_PORT", 8080, low=0, high=65535)
        webhook = env.url("BROBYGGER_TELEGRAM_WEBHOOK_URL", "") or None
        secret = env.secret("BROBYGGER_TELEGRAM_WEBHOOK_SECRET")
        if webhook and not secret:
            raise SetupProblem(
                "BROBYGGER_TELEGRAM_WEBHOOK_SECRET is missing: a webhook without a secret would take messages from"
                " anyone. Set it to 1-256 letters, digits, _ or -."
            )
        if secret and not WEBHOOK_SECRET.fullmatch(secret):
            raise SetupProblem("BROBYGGER_TELEGRAM_WEBHOOK_SECRET must be 1-256 letters, digits, _ or -.")
        machine = env.one_of("BROBYGGER_MACHINE_TRANSLATOR", "none", MACHINES)
        machine_url = env.url("BROBYGGER_MACHINE_URL", "") or None
        machine_key = env.secret("BROBYGGER_MACHINE_KEY")
        if machine == "deepl" and not machine_key:
            raise SetupProblem("BROBYGGER_MACHINE_KEY is missing: DeepL translates nothing without a key.")
        if machine == "libretranslate" and not machine_url:
            raise SetupProblem("BROBYGGER_MACHINE_URL is missing: say where LibreTranslate is, https://...")
        issuer, client_id = env.optional("BROBYGGER_OIDC_ISSUER"), env.optional("BROBYGGER_OIDC_CLIENT_ID")
        if issuer and not issuer.startswith("https://"):
            raise SetupProblem(f"BROBYGGER_OIDC_ISSUER is {issuer!r}: it must begin with https://.")
        if bool(issuer) != bool(client_id):
            raise SetupProblem(
                "BROBYGGER_OIDC_ISSUER and BROBYGGER_OIDC_CLIENT_ID belong together: set both, or neither."
            )
        smtp_server, smtp_from = _mail_server(env), _mail_from(env)
        if smtp_server and not smtp_from:
            raise SetupProblem("BROBYGGER_SMTP_FROM is missing: say which address the desk writes from.")
        made = cls(
            database_url=database_address(env.secret("DATABASE_URL") or DEFAULT_DATABASE_URL),
            host=host,
            port=port,
            public_url=env.secure_url("BROBYGGER_PUBLIC_URL"),
            telegram_token=env.secret("TELEGRAM_TOKEN"),
            telegram_name=_telegram_name(env),
            telegram_api_url=env.url("TELEGRAM_API_URL", "https://api.telegram.org"),
            telegram_webhook_url=webhook,
            telegram_webhook_secret=secret,
            send_rate=env.number("BROBYGGER_SEND_RATE", 25, low=1, high=1000),
            vectors=env.text("BROBYGGER_VECTORS", "use"),
            log_level=env.one_of("BROBYGGER_LOG_LEVEL", "INFO", ("DEBUG", "INFO", "WARNING", "ERROR")),
            log_json=env.flag("BROBYGGER_LOG_JSON", default=False),
            keep_days=env.number("BROBYGGER_KEEP_DAYS", 30, low=1, high=365),
            web_limit=env.number("BROBYGGER_WEB_LIMIT", 1200, low=0, high=1_000_000),
            chat_limit=env.number("BROBYGGER_CHAT_LIMIT", 60, low=0, high=1_000_000),
            embed_sites=_sites(env, "BROBYGGER_EMBED_SITES"),
            address_key=next(iter(_keys(env, "BROBYGGER_ADDRESS_KEY", most=1)), None),
            address_keys_old=_keys(env, "BROBYGGER_ADDRESS_KEY_OLD", most=10),
            check_links=env.flag("BROBYGGER_CHECK_LINKS", default=True),
            metrics_host=env.text("BROBYGGER_METRICS_HOST", "127.0.0.1"),
            metrics_port=env.optional_number("BROBYGGER_METRICS_PORT", low=0, high=65535),
            smtp_server=smtp_server,
            smtp_from=smtp_from,
            oidc_issuer=issuer,
            oidc_client_id=client_id,
            oidc_client_secret=env.secret("BROBYGGER_OIDC_CLIENT_SECRET"),
            oidc_name=env.text("BROBYGGER_OIDC_NAME", ""),
            machine_translator=machine,
            machine_url=machine_url,
            machine_key=machine_key,
            robot_voice=env.flag("BROBYGGER_ROBOT_VOICE", default=False),
            rasa_url=env.url("BROBYGGER_RASA_URL", "") or None,
            rasa_token=env.secret("BROBYGGER_RASA_TOKEN"),
            rasa_languages=_languages(env, "BROBYGGER_RASA_LANGUAGES", "nb"),
            rasa_milliseconds=env.number("BROBYGGER_RASA_MILLISECONDS", 500, low=50, high=5000),
        )
        if made.public_url is None and _tells_others(smtp_server, issuer, is_here=host in LOOPBACK):
            raise SetupProblem(
                "BROBYGGER_PUBLIC_URL is missing: mail and the OpenID Connect provider must be told where the desk is."
            )
        return made


class _Environment:
    """Typed look-ups that fail with the name of the setting."""

    def __init__(self, values: Mapping[str, str]) -> None:
        self._values = values

    def optional(self, name: str) -> str | None:
        return self._values.get(name, "").strip() or None

    def text(self, name: str, default: str) -> str:
        return self.optional(name) or default

    def secret(self, name: str) -> str | None:
        """The value itself, or the content of the file that NAME_FILE points to."""
        file = self.optional(f"{name}_FILE")
        if file is None:
            return self.optional(name)
        try:
            return Path(file).read_text(encoding="utf-8").strip() or None
        except OSError as problem:
            raise SetupProblem(f"{name}_FILE points to {file}, which cannot be read: {problem.strerror}.") from None
        except UnicodeDecodeError:
            raise SetupProblem(f"{name}_FILE points to {file}, which is not UTF-8 text.") from None

    def number(self, name: str, default: int, *, low: int, high: int) -> int:
        value = self.text(name, str(default))
        if not value.isascii() or not value.isdigit() or not low <= int(value) <= high:
            raise SetupProblem(f"{name} is {value!r}: it must be a whole number from {low} to {high}.")
        return int(value)

    def optional_number(self, name: str, *, low: int, high: int) -> int | None:
        return self.number(name, low, low=low, high=high) if self.optional(name) else None

    def flag(self, name: str, *, default: bool) -> bool:
        return self.one_of(name, str(default), ("True", "False")) == "True"

    def one_of(self, name: str, default: str, allowed: tuple[str, ...]) -> str:
        value = self.text(name, default)
        if value not in allowed:
            raise SetupProblem(f"{name} is {value!r}: it must be one of {', '.join(allowed)}.")
        return value

    def secure_url(self, name: str) -> str | None:
        """An address with https; with http only on this machine."""
        value = self.url(name, "")
        if not value:
            return None
        try:
            parts = urlsplit(value)
            is_secure = bool(parts.hostname) and (parts.scheme == "https" or parts.hostname in LOOPBACK)
        except ValueError:
            is_secure = False
        if not is_secure:
            raise SetupProblem(f"{name} is {value!r}: it must begin with https://, or be an address of this machine.")
        return value

    def url(self, name: str, default: str) -> str:
        value = self.text(name, default).rstrip("/")
        if value and not value.startswith(("http://", "https://")):
            raise SetupProblem(f"{name} is {value!r}: it must begin with http:// or https://.")
        return value


def _languages(env: _Environment, name: str, default: str) -> tuple[str, ...]:
    several = tuple(one.strip() for one in env.text(name, default).split(","))
    if unknown := [one for one in several if one not in NAMES]:
        raise SetupProblem(f"{name} has {unknown[0]!r}: write languages of the bot with commas between, such as nb,en.")
    return several


def _sites(env: _Environment, name: str) -> tuple[str, ...]:
    several = tuple(one.strip().lower() for one in env.text(name, "").split(",") if one.strip())
    if wrong := [one for one in several if not SITE.fullmatch(one)]:
        raise SetupProblem(
            f"{name} has {wrong[0]!r}: write sites with commas between, such as https://www.example.no,"
            " https://*.example.no; without what stands behind the name."
        )
    return several


def _telegram_name(env: _Environment) -> str | None:
    name = env.text("BROBYGGER_TELEGRAM_NAME", "").removeprefix("@")
    if name and not TELEGRAM_NAME.fullmatch(name):
        raise SetupProblem(
            f"BROBYGGER_TELEGRAM_NAME is {name!r}: it must be the bot's user name, as @BotFather shows it."
        )
    return name or None


def _tells_others(server: MailServer | None, issuer: str | None, *, is_here: bool) -> bool:
    """Whether somebody elsewhere is told where the desk is. A proxy may stand before a desk that listens here only."""
    hosts = [server.host] if server else []
    if issuer:
        hosts.append(issuer.removeprefix("https://").partition("/")[0].partition(":")[0])
    return bool(hosts) and not (is_here and LOOPBACK.issuperset(hosts))


def _keys(env: _Environment, name: str, *, most: int) -> tuple[bytes, ...]:
    """Keys with commas between them. The problem does not repeat what it is: it may be nearly a key."""
    written = [one for one in (env.secret(name) or "").split(",") if one.strip()]
    try:
        keys = tuple(map(read_key, written))
    except ValueError:
        keys = ()
    if len(keys) != len(written) or len(keys) > most:
        raise SetupProblem(f"{name} is no key: make one with openssl rand -base64 64.")
    return keys


def _mail_server(env: _Environment) -> MailServer | None:
    url = env.secret("BROBYGGER_SMTP_URL")
    try:
        return MailServer.from_url(url) if url else None
    except ValueError:
        raise SetupProblem(  # without what it is: it may hold a password
            "BROBYGGER_SMTP_URL is no mail server: write smtp://user:password@host:587 or smtps://user:password@host:465."
        ) from None


def _mail_from(env: _Environment) -> str:
    address = env.text("BROBYGGER_SMTP_FROM", "")
    try:
        return mail_address(address).addr_spec if address else ""
    except ValueError:
        raise SetupProblem(f"BROBYGGER_SMTP_FROM is {address!r}: it must be one e-mail address.") from None


def database_address(value: str, *, named: str = "DATABASE_URL") -> str:
    """The address with the asynchronous driver we use. Raises SetupProblem with the name it was given by."""
    try:
        url: URL = make_url(value)
    except (ArgumentError, ValueError):  # a port that is no number is a ValueError
        raise SetupProblem(
            f"{named} is not an address: write sqlite:///var/brobygger.sqlite3 or postgresql://user@host/name."
        ) from None
    if url.drivername not in DRIVERS:
        raise SetupProblem(f"{named} names {url.drivername!r}: use sqlite:///... or postgresql://...")
    return url.set(drivername=DRIVERS[url.drivername]).render_as_string(hide_password=False)

"""What an operator can set, and what they are told when a value cannot be used."""

from pathlib import Path

import pytest

from core.errors import SetupProblem
from core.settings import Settings


def test_an_installation_starts_with_no_setting_at_all() -> None:
    settings = Settings.from_env({})

    assert settings.is_sqlite
    assert (settings.host, settings.port) == ("127.0.0.1", 8080)
    assert (settings.public_url, settings.address) == (None, "http://127.0.0.1:8080")
    assert settings.telegram_token is None
    assert settings.telegram_api_url == "https://api.telegram.org"
    assert settings.vectors == "use"
    assert (settings.metrics_port, settings.metrics_host) == (None, "127.0.0.1")


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("DATABASE_URL", "nonsense"),
        ("DATABASE_URL", "mysql://user@host/name"),
        ("DATABASE_URL", "postgresql://user@host:port/name"),
        ("BROBYGGER_PORT", "eighty"),
        ("BROBYGGER_PORT", "70000"),
        ("BROBYGGER_PORT", "-1"),
        ("BROBYGGER_PORT", "٨٠٨٠"),
        ("BROBYGGER_KEEP_DAYS", "0"),
        ("BROBYGGER_KEEP_DAYS", "366"),
        ("BROBYGGER_KEEP_DAYS", "1.5"),
        ("BROBYGGER_LOG_LEVEL", "loud"),
        ("BROBYGGER_LOG_JSON", "yes"),
        ("BROBYGGER_LOG_JSON", "true"),
        ("BROBYGGER_PUBLIC_URL", "chat.example.no"),
        ("BROBYGGER_PUBLIC_URL", "http://chat.example.no"),
        ("BROBYGGER_PUBLIC_URL", "https://"),
        ("BROBYGGER_PUBLIC_URL", "https://[chat"),
        ("TELEGRAM_API_URL", "api.telegram.org"),
        ("BROBYGGER_TELEGRAM_NAME", "t.me/brobygda_bot"),
        ("BROBYGGER_TELEGRAM_WEBHOOK_URL", "chat.example.no/telegram"),
        ("BROBYGGER_TELEGRAM_WEBHOOK_SECRET", "with a space"),
        ("BROBYGGER_METRICS_PORT", "nine"),
        ("BROBYGGER_METRICS_PORT", "70000"),
        ("BROBYGGER_SEND_RATE", "0"),
        ("BROBYGGER_CHAT_LIMIT", "-1"),
        ("BROBYGGER_EMBED_SITES", "www.example.no"),
        ("BROBYGGER_EMBED_SITES", "http://www.example.no"),
        ("BROBYGGER_EMBED_SITES", "https://www.example.no/page"),
        ("BROBYGGER_EMBED_SITES", "https://www.example.no; script-src *"),
        ("BROBYGGER_EMBED_SITES", "*"),
        ("BROBYGGER_SEND_RATE", "many"),
        ("BROBYGGER_TELEGRAM_WEBHOOK_SECRET", "s" * 257),
        ("TELEGRAM_TOKEN_FILE", "/nowhere/token"),
        ("DATABASE_URL_FILE", "/nowhere/address"),
    ],
)
def test_a_wrong_value_is_named_with_its_setting(name: str, value: str) -> None:
    with pytest.raises(SetupProblem) as problem:
        Settings.from_env({name: value})

    assert name in problem.value.what
    assert "\n" not in problem.value.what


@pytest.mark.parametrize(
    ("environ", "address", "can_be_told"),
    [
        ({"BROBYGGER_PUBLIC_URL": "https://chat.example.no/"}, "https://chat.example.no", True),
        ({"BROBYGGER_PUBLIC_URL": "http://localhost:8090"}, "http://localhost:8090", True),
        ({"BROBYGGER_HOST": "::1"}, "http://[::1]:8080", True),
        ({"BROBYGGER_HOST": "0.0.0.0"}, "http://0.0.0.0:8080", False),
    ],
)
def test_the_public_address_is_secure_or_on_this_machine(
    environ: dict[str, str], address: str, can_be_told: bool
) -> None:
    settings = Settings.from_env(environ)

    assert (settings.address, settings.has_address) == (address, can_be_told)


def test_a_webhook_without_a_secret_is_refused() -> None:
    with pytest.raises(SetupProblem, match="BROBYGGER_TELEGRAM_WEBHOOK_SECRET"):
        Settings.from_env({"BROBYGGER_TELEGRAM_WEBHOOK_URL": "https://chat.example.no/telegram"})


def test_a_secret_is_read_from_the_file_that_is_named(tmp_path: Path) -> None:
    token, address = tmp_path / "token", tmp_path / "address"
    token.write_text("123:abc\n")
    address.write_text("postgresql://brobygger:secret@db/brobygger\n")

    settings = Settings.from_env({"TELEGRAM_TOKEN_FILE": str(token), "DATABASE_URL_FILE": str(address)})

    assert settings.telegram_token == "123:abc"
    assert settings.database_url == "postgresql+psycopg://brobygger:secret@db/brobygger"


def test_a_secret_file_that_is_not_text_is_named(tmp_path: Path) -> None:
    token = tmp_path / "token"
    token.write_bytes(b"\xff\xfe\x00")

    with pytest.raises(SetupProblem, match="TELEGRAM_TOKEN_FILE"):
        Settings.from_env({"TELEGRAM_TOKEN_FILE": str(token)})


def test_an_empty_value_means_the_default() -> None:
    settings = Settings.from_env({"BROBYGGER_PORT": "", "TELEGRAM_TOKEN": "  ", "DATABASE_URL": ""})

    assert settings.port == 8080
    assert settings.telegram_token is None
    assert settings.is_sqlite


@pytest.mark.parametrize(
    ("given", "used"),
    [
        ("sqlite:///town.sqlite3", "sqlite+aiosqlite:///town.sqlite3"),
        ("sqlite+aiosqlite:///town.sqlite3", "sqlite+aiosqlite:///town.sqlite3"),
        ("postgres://user:p%40ss@db/town", "postgresql+psycopg://user:p%40ss@db/town"),
        ("postgresql://user@db:5433/town", "postgresql+psycopg://user@db:5433/town"),
    ],
)
def test_a_plain_database_address_gets_the_driver_we_use(given: str, used: str) -> None:
    assert Settings.from_env({"DATABASE_URL": given}).database_url == used


def test_the_name_of_the_telegram_bot_is_kept_without_its_sign() -> None:
    settings = Settings.from_env({"BROBYGGER_TELEGRAM_NAME": "@brobygda_bot"})

    assert settings.telegram_name == "brobygda_bot"


def test_rasa_is_asked_in_the_languages_that_its_model_knows() -> None:
    read = Settings.from_env(
        {"BROBYGGER_RASA_URL": "http://rasa:5005/", "BROBYGGER_RASA_LANGUAGES": "nb, en", "BROBYGGER_RASA_TOKEN": "x"}
    )

    assert (read.rasa_url, read.rasa_languages, read.rasa_token) == ("http://rasa:5005", ("nb", "en"), "x")
    with pytest.raises(SetupProblem, match="BROBYGGER_RASA_LANGUAGES has 'klingon'"):
        Settings.from_env({"BROBYGGER_RASA_LANGUAGES": "nb,klingon"})

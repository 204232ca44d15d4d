"""Logs: a constant event name, then fields. Ids only: never what a resident wrote, never a token."""

import logging
import re
import sys
from collections.abc import MutableMapping
from typing import Any

import structlog

# As in an address too: .../bot123456:ABC.../getMe
_TOKEN = re.compile(r"\d{5,}:[A-Za-z0-9_-]{20,}")
_FIELDS: list[structlog.types.Processor] = [
    structlog.contextvars.merge_contextvars,
    structlog.processors.add_log_level,
    structlog.processors.TimeStamper(fmt="iso", utc=True),
]
# One list for good: a logger keeps the one that it was first used with, and whoever listens in changes that one.
_STEPS: list[structlog.types.Processor] = [
    structlog.stdlib.filter_by_level,  # asked at each call: a logger that is kept would keep its level too
    *_FIELDS,
    structlog.stdlib.ProcessorFormatter.wrap_for_formatter,
]


def configure_logs(level: str, *, as_json: bool) -> None:
    """Send all logs, our own and the libraries', to standard error in one form."""
    last: structlog.types.Processor = (
        structlog.processors.JSONRenderer() if as_json else structlog.dev.ConsoleRenderer(colors=sys.stderr.isatty())
    )
    structlog.configure(
        processors=_STEPS,
        logger_factory=structlog.stdlib.LoggerFactory(),
        wrapper_class=structlog.stdlib.BoundLogger,
        cache_logger_on_first_use=True,
    )
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            foreign_pre_chain=_FIELDS,
            processors=[
                structlog.stdlib.ProcessorFormatter.remove_processors_meta,
                structlog.processors.format_exc_info,
                _hide_tokens,  # after the traceback has become text
                last,
            ],
        )
    )
    root = logging.getLogger()
    root.handlers[:] = [handler]
    root.setLevel(level)
    # The HTTP client logs whole addresses, and Telegram's contain the token.
    for name in ("httpx", "httpcore", "alembic", "aiosqlite", "uvicorn.access"):
        logging.getLogger(name).setLevel(logging.WARNING)
    # The scheduler logs every wake-up, and warns of each that finds its job still running, as a build does for long.
    logging.getLogger("apscheduler").setLevel(logging.ERROR)
    # The workers log each start and end of a job, every second.
    logging.getLogger("procrastinate").setLevel(logging.WARNING)
    # Telegram's library logs what residents wrote; its errors reach us as exceptions.
    logging.getLogger("telegram").setLevel(logging.CRITICAL)


def follow(**ids: object) -> None:
    """From here on every line of this task carries these ids: whoever reads the log can follow one turn."""
    structlog.contextvars.bind_contextvars(**ids)


def get_log(name: str) -> structlog.stdlib.BoundLogger:
    """The log of one module."""
    log: structlog.stdlib.BoundLogger = structlog.get_logger(name)
    return log


def _hide_tokens(_logger: Any, _method: str, event: MutableMapping[str, Any]) -> MutableMapping[str, Any]:
    """A Telegram token in any field becomes the word token."""
    for key, value in event.items():
        if isinstance(value, str) and ":" in value:
            event[key] = _TOKEN.sub("<token>", value)
    return event

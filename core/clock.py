"""The one place that reads the clock. Edges call it and pass the moment on as ``at``."""

from datetime import UTC, datetime


def now() -> datetime:
    """This moment, aware and UTC."""
    return datetime.now(UTC)

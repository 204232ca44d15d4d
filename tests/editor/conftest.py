"""On PostgreSQL these tests, but for the stories, are slow proofs: tests/content tries use cases on both databases."""

from pathlib import Path

import pytest

HERE = Path(__file__).parent


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Mark the PostgreSQL half of these tests."""
    for item in items:
        if HERE in item.path.parents and item.path.name != "test_stories.py" and "postgres" in item.name:
            item.add_marker("slow")

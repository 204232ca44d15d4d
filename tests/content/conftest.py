"""A copy of tests/library that a test may change, and small files to add to it."""

import shutil
from pathlib import Path

import pytest

from tests.conftest import LIBRARY


@pytest.fixture
def library(tmp_path: Path) -> Path:
    """A folder called library, as tests/library."""
    return Path(shutil.copytree(LIBRARY, tmp_path / "library"))

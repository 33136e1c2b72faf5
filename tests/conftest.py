"""Shared fixtures: where the real files are, and how to do without them."""

from __future__ import annotations

from pathlib import Path

import pytest

SHARED = Path(__file__).resolve().parents[2] / "shared" / "data"


@pytest.fixture(scope="session")
def shared() -> Path:
    """Give the folder of real files, or skip: it is not part of the project."""
    if not SHARED.is_dir():
        pytest.skip("the folder of real files (../shared/data) is not here")
    return SHARED

"""Shared fixtures: the real files, or doing without them; golden files."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from hypothesis import settings

if TYPE_CHECKING:
    from collections.abc import Callable

ROOT = Path(__file__).resolve().parents[1]
SHARED = ROOT.parent / "shared" / "data"
GOLDEN = Path(__file__).resolve().parent / "golden"

# A slow machine is not a failure.
settings.register_profile("house", deadline=None)
settings.load_profile("house")


def pytest_addoption(parser: pytest.Parser) -> None:
    """Offer the only way in which golden files change."""
    parser.addoption(
        "--update-golden",
        action="store_true",
        help="write golden files anew; read the difference before committing it",
    )


@pytest.fixture(scope="session")
def shared() -> Path:
    """Give the folder of real files, or skip: it is not part of the project."""
    if not SHARED.is_dir():
        pytest.skip("the folder of real files (../shared/data) is not here")
    return SHARED


@pytest.fixture
def golden(request: pytest.FixtureRequest) -> Callable[[str, bytes], None]:
    """Compare bytes with a file of tests/golden: ``golden("esrf-xas.xml", bytes)``."""

    def compare(name: str, found: bytes) -> None:
        file = GOLDEN / name
        if request.config.getoption("--update-golden"):
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_bytes(found)
        assert file.is_file(), f"{file} is missing; run with --update-golden"
        assert found.decode() == file.read_text(encoding="utf-8")

    return compare

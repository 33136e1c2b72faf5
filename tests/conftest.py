"""Shared fixtures: the real files, or doing without them; golden files."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
import xsd
from hypothesis import settings
from places import GOLDEN, SHARED

from panharvest import oai

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator
    from pathlib import Path

pytest_plugins = ["afield", "zooed"]  # of tests/helpers

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


@pytest.fixture(scope="session", autouse=True)
def every_answer_is_valid() -> Iterator[None]:
    """Validate each OAI-PMH answer of the whole run as it is made (cases P2 and P41).

    Whatever asked for it, and whatever the test looks at: an answer that is not valid
    fails the request.
    """
    write = oai.write_response

    def write_and_check(when: int, request: str, parts: Iterable[bytes]) -> bytes:
        body = write(when, request, parts)
        xsd.assert_valid(body)
        return body

    oai.write_response = write_and_check
    yield
    oai.write_response = write


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

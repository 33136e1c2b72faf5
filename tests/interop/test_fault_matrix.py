"""The fault matrix: every fault and quirk, every client, 50 records (case H80).

The table is printed, and kept in tests/golden/fault-matrix.md, from where the
documentation takes it. What foreign clients do is compared only with the versions that
it was measured with.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import matrix
import pytest
from conftest import GOLDEN

if TYPE_CHECKING:
    from collections.abc import Callable

Verdicts = dict[str, dict[str, str]]


@pytest.fixture(scope="module")
def verdicts() -> Verdicts:
    return matrix.foreign()


def columns() -> dict[str, str]:
    return matrix.heads()


def test_h80_the_table_is_as_it_was_measured(
    verdicts: Verdicts,
    golden: Callable[[str, bytes], None],
    capsys: pytest.CaptureFixture[str],
    request: pytest.FixtureRequest,
) -> None:
    table = matrix.write(verdicts, columns())
    with capsys.disabled():
        print(f"\n{table}")
    kept = (GOLDEN / "fault-matrix.md").read_text(encoding="utf-8")
    others = [head for head in columns().values() if head not in kept.split("\n")[0]]
    if others and not request.config.getoption("--update-golden"):
        pytest.skip(f"measured with other versions than {', '.join(others)}")
    golden("fault-matrix.md", table.encode())


@pytest.mark.parametrize("client", matrix.CLIENTS)
def test_foreign_clients_lose_records_in_silence_and_go_round(
    verdicts: Verdicts, client: str
) -> None:
    """Why the harvester exists. A version that does neither is welcome: say so here."""
    found = matrix.count(verdicts, client)
    assert found["silent loss"] >= 5
    assert found["hang"] >= 1


def test_every_fault_has_a_row_in_the_table() -> None:
    kept = (GOLDEN / "fault-matrix.md").read_text(encoding="utf-8")
    rows = re.findall(
        r"^\| (.*?) +\| (?:complete|flagged|silent|hang)", kept, re.MULTILINE
    )
    assert [row.replace("\\|", "|") for row in rows] == [*matrix.CASES]

"""Where the tests find things."""

from __future__ import annotations

from pathlib import Path

TESTS = Path(__file__).resolve().parents[1]
ROOT = TESTS.parent
GOLDEN = TESTS / "golden"
# real files of facilities, which are not part of the project
SHARED = ROOT.parent / "shared" / "data"

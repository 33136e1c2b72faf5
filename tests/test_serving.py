"""What the process of the service is set to."""

from __future__ import annotations

import ctypes
import platform
import subprocess
import sys

import pytest

from panharvest.serving import keep_memory

# Counts how often memory had to be asked for and cleared anew: pages of many sizes,
# since the library learns sizes that come again.
FAULTS = """
import resource, sys
from panharvest.serving import keep_memory
if sys.argv[1] == "kept":
    keep_memory()
before = resource.getrusage(resource.RUSAGE_SELF).ru_minflt
for n in range(50):
    b"x" * (1_000_000 + 10_000 * n)
print(resource.getrusage(resource.RUSAGE_SELF).ru_minflt - before)
"""


@pytest.mark.skipif(platform.libc_ver()[0] != "glibc", reason="the switch is of glibc")
def test_memory_of_a_page_is_kept_for_the_next() -> None:
    kept, given_back = (
        int(subprocess.check_output([sys.executable, "-c", FAULTS, word]))
        for word in ("kept", "given-back")
    )
    assert kept < given_back / 4


def test_another_c_library_is_left_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(ctypes, "CDLL", lambda _name: object())
    keep_memory()

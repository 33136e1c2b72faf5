"""Cut and flipped files: refused or read, never a crash of ours.

The HDF5 library itself may loop for ever on some damaged files (its global heap); that
is why files are read in processes that may be ended. Here such a file is given up after
some seconds; a crash (segmentation fault, abort) or any error but SkipError fails.
"""

from __future__ import annotations

import subprocess
import sys
from typing import TYPE_CHECKING

import h5py
import numpy as np
import pytest

from panharvest.errors import SkipError
from panharvest.sources.nexus import read_tree

if TYPE_CHECKING:
    from pathlib import Path

    from panharvest.tree import Wanted

SCRIPT = """
import os, random, signal, sys
from pathlib import Path
from panharvest.errors import SkipError
from panharvest.sources.nexus import read_tree
from panharvest.tree import Wanted

base, rounds, io = Path(sys.argv[1]).read_bytes(), int(sys.argv[2]), sys.argv[3]
fields = {"NXentry": frozenset({"title", "duration", "definition", "identifier*"})}
fields["NXsample"] = frozenset({"name", "temperature"})
wanted = Wanted(fields, {"NXentry": frozenset({"NXsample", "NXinstrument"})})
path, dice = Path(sys.argv[1] + ".bad"), random.Random(20240229)
print("verdicts", end=" ")
for number in range(rounds):
    raw = bytearray(base)
    if number % 5 == 0:
        del raw[dice.randrange(len(raw)):]
    else:
        for _ in range(dice.choice((1, 1, 2, 8, 64))):
            value = dice.choice((0, 1, 255, dice.randrange(256)))
            raw[dice.randrange(len(raw))] = value
    path.write_bytes(raw)
    child = os.fork()
    if child == 0:
        signal.setitimer(signal.ITIMER_REAL, 5)
        try:
            read_tree(path, wanted, io=io)
        except SkipError:
            os._exit(1)
        except BaseException as error:
            print(number, repr(error), flush=True)
            os._exit(2)
        os._exit(0)
    status = os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
    print(status, end=" ")
"""
GAVE_UP = -14  # SIGALRM


def _write(path: Path, libver: str) -> None:
    with h5py.File(path, "w", libver=libver) as file:
        entry = file.create_group("entry")
        entry.attrs["NX_class"] = "NXentry"
        entry["title"] = "variable"
        entry["definition"] = np.array([b"NXsas"])
        entry["duration"] = np.arange(4.0)
        entry["duration"].attrs["units"] = np.bytes_(b"s")
        entry["identifier1"] = h5py.SoftLink("/entry/title")
        entry.create_dataset("data", data=np.zeros((8, 8)), compression="gzip")
        sample = entry.create_group("sample")
        sample.attrs["NX_class"] = np.array([b"NXsample"])
        sample.create_dataset("temperature", data=[4.2], chunks=(1,))
        sample["name"] = h5py.ExternalLink("elsewhere.h5", "/x")


@pytest.mark.parametrize("io", ["image", "blocks"])
@pytest.mark.parametrize("libver", ["earliest", "latest"])
def test_damaged_files(tmp_path: Path, libver: str, io: str) -> None:
    path = tmp_path / "scan.h5"
    _write(path, libver)
    done = subprocess.run(
        [sys.executable, "-c", SCRIPT, str(path), "150", io],
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    verdicts = [int(code) for code in done.stdout.split("\n")[-1].split()[1:]]
    assert len(verdicts) == 150, done.stdout
    assert set(verdicts) <= {0, 1, GAVE_UP}
    assert {0, 1} <= set(verdicts)
    assert verdicts.count(GAVE_UP) <= 3


@pytest.mark.parametrize("io", ["auto", "direct", "image", "blocks"])
@pytest.mark.parametrize("libver", ["earliest", "latest"])
def test_a_cut_file_is_told_at_once(
    tmp_path: Path, wanted: Wanted, libver: str, io: str
) -> None:
    path = tmp_path / "scan.h5"
    _write(path, libver)
    whole = path.read_bytes()
    for length in range(1, len(whole), 97):
        path.write_bytes(whole[:length])
        with pytest.raises(SkipError) as refusal:
            read_tree(path, wanted, io=io)
        assert refusal.value.code in ("file.truncated", "file.damaged")
    path.write_bytes(whole)
    assert read_tree(path, wanted, io=io).groups

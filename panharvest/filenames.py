"""Names that files of NeXus have."""

from __future__ import annotations

import os

SUFFIXES = frozenset(
    {".nxs", ".nx", ".nx5", ".nexus", ".nxspe", ".h5", ".hdf", ".hdf5", ".hdf4"}
    | {".hd5", ".he5", ".cxi"}
)


def is_candidate(name: str) -> bool:
    """Whether a file of this name is read when its folder is walked.

    ``.nxs.ngv`` and other names with ``.nxs.`` inside count: SasView and reduction
    programs write them.
    """
    lower = name.lower()
    return os.path.splitext(lower)[1] in SUFFIXES or ".nxs." in lower  # noqa: PTH122  (a name, not a place)

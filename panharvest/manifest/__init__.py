"""The manifest: what an operator knows about files and the files do not say.

A manifest is a CSV file (UTF-8; ``,``, ``;`` or tab) with a header line, or a TOML file
with ``[[dataset]]`` tables. Each row names a file, several by a pattern, and what holds
for them; an empty cell says nothing. :data:`COLUMNS` lists the columns.

Which row a file gets: the one with its exact path (absolute, or relative to the folder
of the manifest); else the one with its bare name, when that stands for one file alone;
else the pattern that matches it with the most literal characters. ``*``, ``?`` and
``[...]`` stay within a folder, ``**/`` stands for any folders; a pattern without folder
is compared with bare names.

Rows of one ``dataset`` (or of one DOI or PID) make one record together: what is said of
the dataset in one of them holds for all.
"""

from __future__ import annotations

from panharvest.manifest.columns import COLUMNS
from panharvest.manifest.lookup import Manifest, ManifestError
from panharvest.manifest.reading import read_manifest
from panharvest.manifest.rows import Row

__all__ = ["COLUMNS", "Manifest", "ManifestError", "Row", "read_manifest"]

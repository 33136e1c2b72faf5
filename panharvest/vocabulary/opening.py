"""A vocabulary by version or from a file: what commands and checks open.

``1.3.0`` is a version that is shipped; anything that names a file is read as one: a
snapshot table, RDF/XML, Turtle, OWL/XML, or PaNET's CSV template.
"""

from __future__ import annotations

import hashlib
import logging
from pathlib import Path

from panharvest.errors import ConfigError
from panharvest.tables import read_text
from panharvest.vocabulary import (
    COLUMNS,
    Vocabulary,
    load_vocabulary,
    versions,
    vocabulary,
)
from panharvest.vocabulary.schemes import scheme_of

logger = logging.getLogger(__name__)


def open_vocabulary(name: str, version: str | Path | None = None) -> Vocabulary:
    """Give a vocabulary by its id and a version or file.

    The ``version`` of what is read from a file is the file's name and the first seven
    digits of its SHA-256: an unreleased file has no version that could be relied on.
    What could not be taken over from it is logged as a warning.

    Parameters
    ----------
    name
        ``panet`` or ``esrfet``.
    version
        A version that is shipped, or a file; None: the current version.

    Returns
    -------
    Vocabulary
        Its terms, with what a reasoner concludes from them.

    Raises
    ------
    ConfigError
        For an unknown vocabulary or version, and for a file that is not one.
    """
    scheme = scheme_of(name)
    if version is None or str(version) in versions(scheme.id):
        return vocabulary(scheme.id, None if version is None else str(version))
    file = Path(version)
    if not file.is_file():
        known = ", ".join(versions(scheme.id))
        raise ConfigError(
            f"'{version}' is neither a version of {scheme.name} that is shipped "
            f"({known}) nor a file"
        )
    from panharvest.vocabulary.extraction import extract, read_bytes

    data = read_bytes(file)
    label = f"{file.name} ({hashlib.sha256(data).hexdigest()[:7]})"
    if data.startswith("\t".join(COLUMNS[:4]).encode()):
        found = load_vocabulary(read_text(file), file.name, label, scheme)
        if scheme.expand(scheme.root) not in found.terms:
            raise ConfigError(
                f"{file.name}: has no {scheme.root}: is it a table of {scheme.name}?"
            )
        return found
    extraction = extract(file, scheme)
    for note in extraction.notes:
        logger.warning("%s: %s", file.name, note)
    return load_vocabulary(extraction.text, file.name, label, scheme)

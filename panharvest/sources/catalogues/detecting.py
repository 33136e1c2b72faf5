"""Which catalogue a file is of, by what is in it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from panharvest.documents import local_name, looks_like_xml, parse_xml
from panharvest.errors import SkipError
from panharvest.sources.catalogues import (
    icat_dump,
    icat_export,
    icatplus,
    panosc,
    scicat_files,
)
from panharvest.sources.catalogues.files import LARGEST, json_pieces
from panharvest.sources.catalogues.icat_graph import ROOTS

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

TEXT = (".json", ".jsonl", ".ndjson", ".yaml", ".yml", ".xml")
LOOKED_AT = 20  # documents of a file
HEAD = 4096


def is_document(path: Path) -> bool:
    """Tell whether a file holds documents, and not HDF5: by its name, or beginning."""
    if path.suffix.casefold() in TEXT:
        return True
    try:
        with path.open("rb") as file:
            head = file.read(HEAD)
    except OSError:
        return False
    bare = head.lstrip(b"\xef\xbb\xbf \t\r\n")
    return bare[:1] in (b"{", b"[", b"<") or icat_export.is_export(head)


def system_of(path: Path) -> str | None:
    """Give the source that reads a file (``scicat``...), or None.

    Raises
    ------
    SkipError
        When it is XML that cannot be read.
    """
    with path.open("rb") as file:
        head = file.read(HEAD)
    if icat_export.is_export(head):
        return "icat"
    if looks_like_xml(head):
        if path.stat().st_size > LARGEST:
            raise SkipError("document.large", f"more than {LARGEST:,} bytes")
        root = local_name(parse_xml(path.read_bytes(), largest=LARGEST).tag)
        return "icat" if root in icat_dump.XML_ROOTS else None
    if path.suffix.casefold() in (".yaml", ".yml"):
        return "icat"
    for number, piece in enumerate(json_pieces([path])):
        if number >= LOOKED_AT:
            break
        value = getattr(piece, "value", None)
        if isinstance(value, dict) and (found := _system_of(value, path)):
            return found
    return None


def _system_of(value: Mapping[str, Any], path: Path) -> str | None:
    if any(isinstance(value.get(entity), dict) for entity in ROOTS):
        return "icat"
    if isinstance(value.get("models"), dict):
        return "panosc"
    for name in ("document", "datasets"):  # joined by a script, maybe with more
        held = value.get(name)
        inner = held[0] if isinstance(held, list) and held else held
        if isinstance(inner, dict) and "isPublic" not in value:
            found = _system_of(inner, path)
            if found or "panosc" not in value:
                return found
    if isinstance(value.get("panosc"), dict):
        return "panosc"
    if "isPublic" in value:
        return "panosc"
    stem = path.stem.casefold()
    if "isPublished" in value or scicat_files.entity_of(value, stem):
        return "scicat"
    if icatplus.entity_of(value):
        return "icatplus"
    return "panosc" if panosc.entity_of(value, stem) else None

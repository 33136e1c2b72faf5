"""What there is to have: files, and services that use them where they are."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Checksum:
    """A digest in lower-case hexadecimal and its algorithm (``sha256``)."""

    algorithm: str
    value: str


@dataclass(frozen=True, slots=True)
class File:
    """A file of the dataset. ``path`` is public: relative, never a disk of the site."""

    name: str
    path: str | None = None
    url: str | None = None
    size: int | None = None
    media_type: str | None = None
    checksum: Checksum | None = None


@dataclass(frozen=True, slots=True)
class Service:
    """A way to use the data remotely (Globus, VISA, Jupyter, H5Web)."""

    name: str
    url: str

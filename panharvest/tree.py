"""What a source read from a file or a catalogue: named groups with plain values.

A tree is the lossless first stage between somebody's data and a record: the source
fills it, the mapping reads it, the store keeps it. It holds no objects of a file
library.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import msgspec

if TYPE_CHECKING:
    from collections.abc import Mapping

MEDIA_TYPE = "application/vnd.panharvest.tree+json"

Scalar = str | int | float | bool


@dataclass(frozen=True, slots=True)
class Wanted:
    """What a source is to read of a file: what some mapping rule asks for, no more.

    Parameters
    ----------
    fields
        NX_class -> names of fields; a name that ends in ``*`` is a prefix
        (``identifier*``).
    children
        NX_class -> classes of the groups to enter; ``NXroot`` stands for the file
        (without it: ``NXentry``).
    root_attributes, group_attributes, field_attributes
        Names of attributes to keep; ``units`` of a field is always kept.
    digest
        Changes when anything of the above does.
    """

    fields: Mapping[str, frozenset[str]]
    children: Mapping[str, frozenset[str]]
    root_attributes: frozenset[str] = frozenset()
    digest: str = ""
    group_attributes: frozenset[str] = frozenset()
    field_attributes: frozenset[str] = frozenset()


@dataclass(slots=True)
class Value:
    """A field: one value, or the first few of a short list, with its attributes.

    ``values`` has one element for a scalar. ``shape`` is given for an array that was
    not read (metadata only: array data is never read); ``values`` is then empty.
    """

    values: list[Scalar] = field(default_factory=list)
    units: str | None = None
    attributes: dict[str, str] = field(default_factory=dict)
    shape: list[int] | None = None


@dataclass(slots=True)
class Group:
    """A group that was entered.

    ``nx_class`` is its NX_class (or the NeXus equivalent of its canSAS_class),
    ``parent`` the index of the enclosing group in ``Tree.groups`` or None.
    ``fields`` holds the fields that some mapping asks for; ``others`` names the rest of
    its members, which were not read.
    """

    path: str
    nx_class: str
    parent: int | None = None
    fields: dict[str, Value] = field(default_factory=dict)
    attributes: dict[str, str] = field(default_factory=dict)
    others: list[str] = field(default_factory=list)


@dataclass(slots=True)
class Tree:
    """All that was read from one file (or one entry of it).

    ``name`` is the file's bare name, ``size`` its bytes, ``layout`` the container
    (``HDF5``), ``reading`` a digest of the list of fields asked for, ``notes`` the
    things a person may want to know (links not followed, text not in UTF-8).
    """

    name: str
    size: int
    layout: str
    reading: str
    attributes: dict[str, str] = field(default_factory=dict)
    groups: list[Group] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)


def encode(tree: Tree) -> bytes:
    """Write a tree as JSON."""
    return msgspec.json.encode(tree)


def decode(payload: bytes) -> Tree:
    """Read what :func:`encode` wrote."""
    return msgspec.json.decode(payload, type=Tree)

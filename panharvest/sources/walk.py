"""The walk through an open NeXus file: wanted fields in, everything else named.

Groups are entered by their NX_class (or canSAS_class). Links that leave the file are
never followed, and what a facility knows about a person's whereabouts is never read.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING

from h5py import h5a, h5d, h5g, h5l, h5o

from panharvest.errors import SkipError
from panharvest.sources.hdf5 import (
    FAILURES,
    Reader,
    attribute_names,
    damage,
    external_target,
    follow,
    member_names,
    plain_name,
)
from panharvest.tree import Group, Tree, Value, Wanted

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

    from h5py.h5d import DatasetID
    from h5py.h5g import GroupID

Address = tuple[int, int]  # of an object in its file, as HDF5 gives it

MOST_GROUPS = 20_000
DEEPEST = 12
MOST_OTHERS = 500  # names listed of one group
MOST_OTHERS_IN_ALL = 100_000
MOST_EXAMPLES = 3  # of each kind of note

# Marks behind a name in Group.others.
EXTERNAL = " (external link)"
BROKEN = " (broken link)"
LOOP = " (link to a group already entered)"

# Names of fields and attributes that are never read, whoever asks, written without
# case, blanks, hyphens and underscores. NAPI keeps the owner of a file at its root.
PERSONAL = frozenset(
    {
        "address",
        "email",
        "emailaddress",
        "facilityuserid",
        "fax",
        "faxnumber",
        "mail",
        "mailaddress",
        "mobile",
        "phone",
        "phonenumber",
        "postaladdress",
        "telephone",
        "telephonenumber",
    }
)
PERSONAL_PREFIXES = ("owner", "email", "telephone")

# The NeXus class that stands for a canSAS class (NXcanSAS, where both are given).
CANSAS = {
    "SASroot": "NXroot",
    "SASentry": "NXentry",
    "SASdata": "NXdata",
    "SASsample": "NXsample",
    "SASinstrument": "NXinstrument",
    "SASsource": "NXsource",
    "SASdetector": "NXdetector",
    "SASaperture": "NXaperture",
    "SAScollimation": "NXcollimator",
    "SASprocess": "NXprocess",
    "SASnote": "NXnote",
    "SASprocessnote": "NXnote",
    "SAStransmission_spectrum": "NXdata",
}


@lru_cache(maxsize=4096)
def is_personal(name: str) -> bool:
    """Tell whether a field or attribute holds what must not be read about a person."""
    bare = "".join(c for c in name.lower() if c.isalnum())
    return bare in PERSONAL or bare.startswith(PERSONAL_PREFIXES)


class _Notes:
    """Counts what a person may want to know, with the first examples of each kind."""

    def __init__(self) -> None:
        self._kinds: dict[str, tuple[int, list[str]]] = {}

    def add(self, kind: str, what: str) -> None:
        count, examples = self._kinds.get(kind, (0, []))
        if count < MOST_EXAMPLES:
            examples.append(" ".join(what.split()))
        self._kinds[kind] = (count + 1, examples)

    def lines(self) -> list[str]:
        return [
            f"{kind} ({count}): {', '.join(examples)}"
            + (", ..." if count > len(examples) else "")
            for kind, (count, examples) in self._kinds.items()
        ]


@dataclass(frozen=True, slots=True)
class _Selection:
    """The wanted fields and children of one class, ready to compare with names."""

    exact: frozenset[bytes]
    prefixes: tuple[bytes, ...]
    children: frozenset[str]

    @classmethod
    def of_class(cls, wanted: Wanted, nx_class: str) -> _Selection:
        names = wanted.fields.get(nx_class, frozenset())
        children = wanted.children.get(nx_class, frozenset())
        if nx_class == "NXroot" and not children:
            children = frozenset({"NXentry"})
        return cls(
            _names(name for name in names if not name.endswith("*")),
            tuple(name[:-1].encode() for name in names if name.endswith("*")),
            children,
        )

    @classmethod
    def of_children(cls, children: frozenset[str]) -> _Selection:
        return cls(frozenset(), (), children)

    def has(self, name: bytes) -> bool:
        return name in self.exact or (
            name.startswith(self.prefixes) and not is_personal(plain_name(name))
        )


@dataclass(frozen=True, slots=True)
class _Visit:
    """A group whose members are being looked at.

    ``index`` is its place in the tree, ``chain`` the addresses of the groups around it
    and its own, ``entered`` those of its children so far.
    """

    group: GroupID
    base: str
    index: int
    selection: _Selection
    chain: tuple[Address, ...]
    entered: set[Address]


def _names(asked: Iterable[str]) -> frozenset[bytes]:
    return frozenset(name.encode() for name in asked if not is_personal(name))


class Walk:
    """One pass over one open file; holds plain values only when it is over.

    Parameters
    ----------
    path
        Used in messages alone.
    size
        Bytes of the file.
    wanted
        What to read.
    """

    def __init__(self, path: Path, size: int, wanted: Wanted) -> None:
        self._path = path
        self._wanted = wanted
        self._notes = _Notes()
        self._reader = Reader(self._notes.add)
        self._selections: dict[str, _Selection] = {}
        self._of_fields = _names({"units", *wanted.field_attributes})
        self._of_groups = _names({"canSAS_class", *wanted.group_attributes})
        self._others_left = MOST_OTHERS_IN_ALL
        self._elsewhere: list[str] = []  # targets of external links at the root
        name = plain_name(path.name.encode("utf-8", "surrogateescape"))
        self.tree = Tree(name, size, "HDF5", wanted.digest)

    def run(self, root: GroupID) -> None:
        """Read the file below its root group.

        Raises
        ------
        SkipError
            ``file.not-nexus``, ``file.only-links`` or ``file.damaged``.
        """
        asked = _names(self._wanted.root_attributes)
        self.tree.attributes = self._attributes(root, asked, "/")
        self.tree.groups.append(Group("/", "NXroot"))
        self._fill(root, 0, (h5g.get_objinfo(root).objno,))
        if len(self.tree.groups) == 1:
            raise self._no_entry(root)
        self.tree.notes = self._notes.lines()

    def _fill(self, group: GroupID, index: int, chain: tuple[Address, ...]) -> None:
        """Read the wanted fields of an entered group and enter its wanted children."""
        here = self.tree.groups[index]
        selection = self._selection(here.nx_class)
        visit = _Visit(group, here.path.rstrip("/"), index, selection, chain, set())
        for name, link in self._members(group):
            mark = self._member(visit, name, link)
            if mark is not None:
                self._leave(here, plain_name(name) + mark)

    def _member(self, visit: _Visit, name: bytes, link: int) -> str | None:
        """Read or enter one member; else give the mark its name is listed with."""
        if link not in (h5l.TYPE_HARD, h5l.TYPE_SOFT):
            return self._external(visit, name)
        is_field = visit.selection.has(name)
        if not is_field and not visit.selection.children:
            return ""
        if link == h5l.TYPE_HARD and not is_field:
            return self._child(visit, visit.group, name, name)
        target = self._target(visit, name, link)
        if target is None:
            self._notes.add("broken links", f"{visit.base}/{plain_name(name)}")
            return BROKEN
        if isinstance(target, h5d.DatasetID):
            if not is_field:
                return ""
            field = plain_name(name)
            value = self._field(target, f"{visit.base}/{field}")
            self.tree.groups[visit.index].fields[field] = value
            return None
        return self._child(visit, target, b".", name)

    def _target(
        self, visit: _Visit, name: bytes, link: int
    ) -> GroupID | DatasetID | None:
        if link == h5l.TYPE_SOFT:
            return follow(visit.group, name)
        try:
            return h5o.open(visit.group, name)
        except FAILURES as error:
            raise damage(self._path, error) from None

    def _child(
        self, visit: _Visit, place: GroupID, name: bytes, shown: bytes
    ) -> str | None:
        """Enter a group (``name`` in ``place``) when its class is wanted here."""
        path = f"{visit.base}/{plain_name(shown)}"
        try:
            status = h5g.get_objinfo(place, name)
        except FAILURES as error:
            raise damage(self._path, error) from None
        if status.type != h5g.GROUP:
            return ""
        nx_class = self._class(place, name, visit.index == 0, path)
        if nx_class not in visit.selection.children:
            plain_at_root = not nx_class and visit.index == 0 and len(visit.chain) == 1
            if not plain_at_root:
                return ""
        if status.objno in visit.chain or status.objno in visit.entered:
            self._notes.add("links to groups already entered", path)
            return LOOP
        if len(visit.chain) > DEEPEST or len(self.tree.groups) >= MOST_GROUPS:
            self._notes.add("groups beyond the limit, not entered", path)
            return ""
        visit.entered.add(status.objno)
        group = h5g.open(place, name)
        chain = (*visit.chain, status.objno)
        if not nx_class:
            return self._plain(visit, group, path, chain)
        self._enter(group, nx_class, path, visit.index, chain)
        return None

    def _enter(
        self,
        group: GroupID,
        nx_class: str,
        path: str,
        parent: int,
        chain: tuple[Address, ...],
    ) -> None:
        attributes = self._attributes(group, self._of_groups, path)
        index = len(self.tree.groups)
        self.tree.groups.append(Group(path, nx_class, parent, attributes=attributes))
        self._fill(group, index, chain)

    def _plain(
        self, outer: _Visit, group: GroupID, path: str, chain: tuple[Address, ...]
    ) -> str | None:
        """Look for entries in a group without class; such files exist."""
        before = len(self.tree.groups)
        only_entries = _Selection.of_children(outer.selection.children)
        visit = _Visit(group, path, 0, only_entries, chain, outer.entered)
        for name, link in self._members(group):
            if link in (h5l.TYPE_HARD, h5l.TYPE_SOFT):
                self._member(visit, name, link)
        return "" if len(self.tree.groups) == before else None

    def _external(self, visit: _Visit, name: bytes) -> str:
        target = external_target(visit.group, name)
        where = f"{visit.base}/{plain_name(name)} -> {target}"
        self._notes.add("external links not followed", where)
        if visit.index == 0:
            self._elsewhere.append(target)
        return EXTERNAL

    def _class(self, place: GroupID, name: bytes, at_root: bool, path: str) -> str:
        """Give the NX_class of a group, or what stands for its canSAS_class."""
        try:
            found = h5a.open(place, b"NX_class", obj_name=name)
        except FAILURES:
            if not h5a.exists(place, b"canSAS_class", obj_name=name):
                return ""
            found = h5a.open(place, b"canSAS_class", obj_name=name)
        try:
            given = self._reader.attribute(found, path) or ""
        except FAILURES:
            return ""
        if given == "SASentry" and not at_root:
            return "NXsubentry"
        return CANSAS.get(given, given)

    def _field(self, dataset: DatasetID, path: str) -> Value:
        try:
            value = self._reader.value(dataset, path)
        except FAILURES as error:
            why = " ".join(str(error).split())[:120]
            self._notes.add("fields not read", f"{path} ({why})")
            value = Value(shape=[])
        attributes = self._attributes(dataset, self._of_fields, path)
        value.units = attributes.pop("units", None)
        value.attributes = attributes
        return value

    def _attributes(
        self, target: GroupID | DatasetID, asked: frozenset[bytes], path: str
    ) -> dict[str, str]:
        found: dict[str, str] = {}
        for name in attribute_names(target):
            if name in asked:
                shown = plain_name(name)
                try:
                    text = self._reader.attribute(
                        h5a.open(target, name), f"{path}@{shown}"
                    )
                except FAILURES:
                    continue
                if text is not None:
                    found[shown] = text
        return found

    def _members(self, group: GroupID) -> list[tuple[bytes, int]]:
        try:
            return member_names(group)
        except FAILURES as error:
            raise damage(self._path, error) from None

    def _leave(self, here: Group, name: str) -> None:
        if len(here.others) < MOST_OTHERS and self._others_left > 0:
            here.others.append(name)
            self._others_left -= 1
        else:
            self._notes.add("names beyond the limit, not listed", here.path)

    def _selection(self, nx_class: str) -> _Selection:
        if nx_class not in self._selections:
            self._selections[nx_class] = _Selection.of_class(self._wanted, nx_class)
        return self._selections[nx_class]

    def _no_entry(self, root: GroupID) -> SkipError:
        if self._elsewhere:
            count = len(dict.fromkeys(self._elsewhere))
            files = "another file" if count == 1 else f"{count:,} other files"
            return SkipError(
                "file.only-links", f"{self._path}: only links to {files}: ingest those"
            )
        kind = "openPMD in HDF5" if h5a.exists(root, b"openPMD") else "HDF5"
        return SkipError(
            "file.not-nexus",
            f"{self._path}: {kind}, not NeXus (no group is an NXentry or SASentry): "
            "convert it to NeXus",
        )

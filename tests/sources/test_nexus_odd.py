"""Files made odd on purpose: types, links, names, limits, and what must stay unread."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import h5py
import numpy as np
import pytest

from panharvest.errors import SkipError
from panharvest.sources import hdf5, walk
from panharvest.sources.nexus import read_tree
from panharvest.tree import Group, Tree, Wanted, decode, encode

if TYPE_CHECKING:
    from pathlib import Path


def make(place: h5py.Group, name: str, nx_class: Any = "NXentry") -> h5py.Group:
    group = place.create_group(name)
    if nx_class is not None:
        group.attrs["NX_class"] = nx_class
    return group


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "odd.h5"


def at(tree: Tree, path: str) -> Group:
    assert decode(encode(tree)) == tree
    return next(group for group in tree.groups if group.path == path)


@pytest.mark.parametrize(
    "spelling",
    [
        "NXentry",
        np.bytes_(b"NXentry"),
        np.array(["NXentry"], dtype=h5py.string_dtype()),
        np.array([b"NXentry"]),
        np.array([[b"NXentry  "]]),
        np.array(b"NXentry\0\0garbage", dtype="S20"),
    ],
)
def test_spellings_of_a_class(path: Path, wanted: Wanted, spelling: Any) -> None:
    with h5py.File(path, "w") as file:
        make(file, "entry", spelling)["title"] = "t"
    assert at(read_tree(path, wanted), "/entry").fields["title"].values == ["t"]


@pytest.mark.parametrize(
    ("stored", "read"),
    [
        ("plain", ["plain"]),
        (np.bytes_(b"fixed   "), ["fixed"]),
        (np.array([b"one"]), ["one"]),
        (np.array([b"a", b"bc"]), ["a", "bc"]),
        (np.array(["x", "µ"], dtype=h5py.string_dtype()), ["x", "µ"]),
        (np.bytes_(b"25 \xb5m"), ["25 µm"]),
        (np.bytes_("25 µm".encode()), ["25 µm"]),
        ("", [""]),
        (np.float32(0.85), [0.85]),
        (np.float64(0.85), [0.85]),
        (np.float16(0.5), [0.5]),
        (np.longdouble(1.5), [1.5]),
        (np.array([1.5, np.nan, np.inf]), [1.5, "nan", "inf"]),
        (np.array([-np.inf], dtype="f4"), ["-inf"]),
        (np.array([3], dtype=">i2"), [3]),
        (np.uint64(2**64 - 1), [2**64 - 1]),
        (np.int8(-4), [-4]),
        (np.array([True, False]), [True, False]),
        (np.zeros(16), [0.0] * 16),
    ],
)
def test_values(path: Path, wanted: Wanted, stored: Any, read: list[Any]) -> None:
    with h5py.File(path, "w") as file:
        make(file, "entry")["title"] = stored
    value = at(read_tree(path, wanted), "/entry").fields["title"]
    assert value.values == read
    assert [type(item) for item in value.values] == [type(item) for item in read]
    assert value.shape is None


def test_enumerations_by_name(path: Path, wanted: Wanted) -> None:
    kind = h5py.enum_dtype({"OPEN": 1, "SHUT": 2}, basetype=">i2")
    with h5py.File(path, "w") as file:
        entry = make(file, "entry")
        entry.create_dataset("title", data=2, dtype=kind)
        entry.create_dataset("run_cycle", data=7, dtype=kind)
        entry.attrs.create("default", 1, dtype=kind)
    entry = at(read_tree(path, wanted), "/entry")
    assert entry.fields["title"].values == ["SHUT"]
    assert entry.fields["run_cycle"].values == [7]
    assert entry.attributes["default"] == "OPEN"


def _odd_types(entry: h5py.Group) -> None:
    make(entry, "target", None)
    entry["title"] = np.array((1, 2.0), dtype=[("a", "i4"), ("b", "f8")])
    entry.create_dataset("run_cycle", data=entry["target"].ref, dtype=h5py.ref_dtype)
    entry["duration"] = np.void(b"opaque")
    ragged = entry.create_dataset("start_time", (2,), dtype=h5py.vlen_dtype("i4"))
    ragged[0] = [1, 2, 3]
    entry.create_dataset("end_time", (), dtype=np.dtype(("f4", (3,))))
    wide = h5py.h5t.NATIVE_INT64.copy()
    wide.set_size(16)
    space = h5py.h5s.create(h5py.h5s.SCALAR)
    h5py.h5d.create(entry.id, b"scan_command", wide, space)


def test_odd_types_are_named_and_not_read(path: Path, wanted: Wanted) -> None:
    with h5py.File(path, "w") as file:
        _odd_types(make(file, "entry"))
        file["entry"].attrs["default"] = np.array((1,), dtype=[("a", "i4")])
    tree = read_tree(path, wanted)
    fields = at(tree, "/entry").fields
    assert [value.values for value in fields.values()] == [[]] * 6
    assert [name for name, value in fields.items() if value.shape is None] == []
    assert "default" not in at(tree, "/entry").attributes
    assert any(note.startswith("fields not read (6)") for note in tree.notes)


def test_nothing_in_it(path: Path, wanted: Wanted) -> None:
    with h5py.File(path, "w") as file:
        entry = make(file, "entry")
        entry["title"] = h5py.Empty("S10")
        entry["duration"] = h5py.Empty("f8")
        entry["run_cycle"] = np.zeros(0)
        entry["end_time"] = "now"
        entry["end_time"].attrs["units"] = h5py.Empty("f8")
        entry.attrs["default"] = h5py.Empty("S4")
    entry = at(read_tree(path, wanted), "/entry")
    assert entry.fields["title"].values == entry.fields["duration"].values == []
    assert entry.fields["run_cycle"].shape == [0]
    assert entry.fields["end_time"].units is None


def test_arrays_are_never_read(path: Path, wanted: Wanted) -> None:
    with h5py.File(path, "w") as file:
        entry = make(file, "entry")
        entry["duration"] = np.zeros(17)
        detector = make(make(entry, "i", "NXinstrument"), "d", "NXdetector")
        data = detector.create_dataset("data", (8, 8), chunks=(8, 8), dtype="i4")
        filters = data.id.get_create_plist()
    # The same dataset again with a filter nobody has: reading it would fail.
    with h5py.File(path, "a") as file:
        del file["entry/i/d/data"]
        space = h5py.h5s.create_simple((8, 8))
        filters.set_filter(32001, h5py.h5z.FLAG_OPTIONAL, ())
        group = file["entry/i/d"].id
        h5py.h5d.create(group, b"data", h5py.h5t.NATIVE_INT32, space, filters)
    tree = read_tree(path, wanted)
    assert at(tree, "/entry").fields["duration"].shape == [17]
    assert at(tree, "/entry/i/d").fields["data"].shape == [8, 8]
    assert tree.notes == []


def test_a_short_list_that_cannot_be_unpacked(path: Path, wanted: Wanted) -> None:
    with h5py.File(path, "w") as file:
        entry = make(file, "entry")
        entry.create_dataset("duration", data=[1.0, 2.0], chunks=(2,), fletcher32=True)
        where = entry["duration"].id.get_chunk_info(0).byte_offset
        entry["duration"].attrs["units"] = "s"
    raw = bytearray(path.read_bytes())
    raw[where] ^= 0xFF
    path.write_bytes(raw)
    tree = read_tree(path, wanted)
    value = at(tree, "/entry").fields["duration"]
    assert (value.values, value.shape, value.units) == ([], [], "s")
    assert any("/entry/duration" in note for note in tree.notes)


def test_bytes_of_other_files_are_never_read(path: Path, wanted: Wanted) -> None:
    secret = path.with_name("secret.txt")
    secret.write_bytes(b"password")
    source = path.with_name("source.h5")
    with h5py.File(source, "w") as file:
        file["x"] = np.arange(3)
        make(file, "entry")["title"] = "ELSEWHERE"
    with h5py.File(path, "w") as file:
        entry = make(file, "entry")
        entry.create_dataset("title", (1,), "S8", external=[(str(secret), 0, 8)])
        layout = h5py.VirtualLayout((3,), "i8")
        layout[:] = h5py.VirtualSource(str(source), "x", (3,))
        entry.create_virtual_dataset("duration", layout)
        entry["definition"] = h5py.ExternalLink(str(source), "/entry/title")
        file["away"] = h5py.ExternalLink(str(source), "/")
        entry["run_cycle"] = h5py.SoftLink("/away/entry/title")
        entry["start_time"] = h5py.SoftLink("/entry/run_cycle")
    tree = read_tree(path, wanted)
    entry = at(tree, "/entry")
    assert entry.fields["title"].values == entry.fields["duration"].values == []
    assert set(entry.others) == {
        "definition" + walk.EXTERNAL,
        "run_cycle" + walk.BROKEN,
        "start_time" + walk.BROKEN,
    }
    assert at(tree, "/").others == ["away" + walk.EXTERNAL]
    assert b"password" not in encode(tree)
    assert b"ELSEWHERE" not in encode(tree)
    assert str(path.parent).encode() not in encode(tree)


def test_a_chunk_that_would_fill_the_memory(path: Path, wanted: Wanted) -> None:
    with h5py.File(path, "w") as file:
        entry = make(file, "entry")
        shape = {"shape": (1,), "maxshape": (None,), "chunks": (1 << 23,)}
        entry.create_dataset("duration", dtype="f8", compression="gzip", **shape)
        entry.create_dataset("title", data=np.bytes_(b"x" * (hdf5.LONGEST_TEXT + 1)))
        entry["run_cycle"] = "y" * (hdf5.LONGEST_TEXT + 9)
    tree = read_tree(path, wanted)
    fields = at(tree, "/entry").fields
    assert fields["duration"].values == fields["title"].values == []
    assert len(str(fields["run_cycle"].values[0])) == hdf5.LONGEST_TEXT
    assert any("chunk too large" in note for note in tree.notes)


def test_links_inside_the_file(path: Path, wanted: Wanted) -> None:
    with h5py.File(path, "w") as file:
        entry = make(file, "entry")
        sample = make(entry, "sample", "NXsample")
        sample["name"] = "foil"
        sample["description"] = h5py.SoftLink("name")
        sample["type"] = h5py.SoftLink("/entry/./sample/description")
        sample["situation"] = h5py.SoftLink("/nowhere")
        entry["same"] = sample
        instrument = make(entry, "instrument", "NXinstrument")
        instrument["source"] = h5py.SoftLink("/beam")
        make(file, "beam", "NXsource")["name"] = "ring"
        file["default"] = h5py.SoftLink("/entry")
    tree = read_tree(path, wanted)
    assert [g.path for g in tree.groups if g.nx_class == "NXentry"] == ["/default"]
    inside = at(tree, "/default/same").fields
    assert [inside[n].values for n in ("name", "description", "type")] == [["foil"]] * 3
    assert at(tree, "/default/same").others == ["situation" + walk.BROKEN]
    assert at(tree, "/default").others == ["sample" + walk.LOOP]
    assert at(tree, "/default/instrument/source").fields["name"].values == ["ring"]


def test_a_datatype_where_a_field_or_group_is_expected(
    path: Path, wanted: Wanted
) -> None:
    with h5py.File(path, "w") as file:
        entry = make(file, "entry")
        entry["title"] = np.dtype("f8")
        entry["sample"] = np.dtype("i4")
        entry["run_cycle"] = h5py.SoftLink("/entry/title")
        entry["start_time"] = h5py.SoftLink("/entry/title/deeper")
        make(entry, "end_time", "NXlog")
    entry = at(read_tree(path, wanted), "/entry")
    assert entry.fields == {}
    names = ["end_time", "run_cycle", "sample", "start_time" + walk.BROKEN, "title"]
    assert entry.others == names


def test_soft_links_in_circles_end(path: Path, wanted: Wanted) -> None:
    with h5py.File(path, "w") as file:
        entry = make(file, "entry")
        entry["title"] = h5py.SoftLink("/entry/run_cycle")
        entry["run_cycle"] = h5py.SoftLink("/entry/title")
        entry["self"] = entry
        entry["up"] = h5py.SoftLink("/")
        make(entry, "deeper", "NXsubentry")["back"] = entry
    tree = read_tree(path, wanted)
    assert [g.path for g in tree.groups] == ["/", "/entry", "/entry/deeper"]
    assert "title" + walk.BROKEN in at(tree, "/entry").others


def test_circles_of_wanted_groups_end(path: Path) -> None:
    below = frozenset({"NXentry", "NXsubentry"})
    nested = Wanted({}, dict.fromkeys(below, below))
    with h5py.File(path, "w") as file:
        entry = make(file, "entry")
        make(entry, "sub", "NXsubentry")["entry"] = entry
        entry["again"] = entry
        deep = entry
        for _ in range(20):
            deep = make(deep, "deeper", "NXsubentry")
    tree = read_tree(path, nested)
    assert at(tree, "/entry/sub").others == ["entry" + walk.LOOP]
    assert at(tree, "/entry").others == ["again" + walk.LOOP]
    assert max(g.path.count("/") for g in tree.groups) == walk.DEEPEST
    assert any("beyond the limit" in note for note in tree.notes)


def test_limits_are_told(
    path: Path, wanted: Wanted, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(walk, "MOST_GROUPS", 30)
    monkeypatch.setattr(walk, "MOST_OTHERS", 5)
    with h5py.File(path, "w") as file:
        for number in range(60):
            make(file, f"{number:02}")
        for number in range(9):
            file[f"00/x{number}"] = number
    tree = read_tree(path, wanted)
    assert len(tree.groups) == 30
    assert at(tree, "/00").others == [f"x{number}" for number in range(5)]
    limits = [note.partition(":")[0] for note in tree.notes]
    assert "groups beyond the limit, not entered (31)" in limits
    assert "names beyond the limit, not listed (30)" in limits


@pytest.mark.parametrize("libver", ["earliest", "latest"])
def test_entries_in_a_group_without_class(
    path: Path, wanted: Wanted, libver: str
) -> None:
    with h5py.File(path, "w", libver=libver) as file:
        make(make(file, "run", None), "entry")["title"] = "inside"
        make(file, "plain", None)["x"] = 1
        make(make(make(file, "deep", None), "er", None), "entry")
        make(make(file, "collection", "NXcollection"), "entry")
    tree = read_tree(path, wanted)
    assert [g.path for g in tree.groups] == ["/", "/run/entry"]
    assert tree.groups[1].parent == 0
    assert tree.groups[0].others == ["collection", "deep", "plain"]


def test_names_from_hell(path: Path, wanted: Wanted) -> None:
    with h5py.File(path, "w") as file:
        entry = make(file, "..")
        entry["title"] = "dots"
        h5py.h5g.create(entry.id, b"line\nbreak")
        h5py.h5g.create(entry.id, b"caf\xe9")
        entry["identifier\N{SNOWMAN}"] = "x"
        entry["lost"] = h5py.SoftLink("\n/../x")
    tree = read_tree(path, wanted)
    entry = at(tree, "/..")
    assert entry.fields["identifier\N{SNOWMAN}"].values == ["x"]
    assert {"line\nbreak", "caf\\xe9"} <= set(entry.others)
    assert not [note for note in tree.notes if "\n" in note]


@pytest.mark.parametrize("size", [512, 1024, 4096])
def test_a_user_block(path: Path, wanted: Wanted, size: int) -> None:
    with h5py.File(path, "w", userblock_size=size) as file:
        make(file, "entry")["title"] = "after the block"
    with path.open("r+b") as file:
        file.write(b"<?xml version='1.0'?>")
    for io in ("auto", "direct", "image", "blocks"):
        tree = read_tree(path, wanted, io=io)
        assert at(tree, "/entry").fields["title"].values == ["after the block"]


def test_attributes_that_were_asked_for(path: Path, wanted: Wanted) -> None:
    with h5py.File(path, "w") as file:
        file.attrs["creator"] = np.array([b"Bliss "])
        file.attrs["default"] = np.array([1, 2])
        file.attrs["HDF5_Version"] = "1.14"
        entry = make(file, "entry")
        entry["identifier1"] = "10.5072/x"
        entry["identifier1"].attrs["type"] = "DOI"
        entry["identifier1"].attrs["noise"] = "n"
        entry["duration"] = 3
        entry["duration"].attrs["units"] = np.bytes_(b"\xb5s")
        entry["definition"] = "NXsas"
        entry["definition"].attrs["version"] = 1.1
    tree = read_tree(path, wanted)
    assert tree.attributes == {"creator": "Bliss"}
    fields = at(tree, "/entry").fields
    assert fields["identifier1"].attributes == {"type": "DOI"}
    assert fields["duration"].units == "µs"
    assert fields["definition"].attributes == {"version": "1.1"}


PERSONAL = [
    "email",
    "e-mail",
    "E_Mail",
    "email_address",
    "telephone",
    "telephone_number",
    "phone",
    "fax",
    "fax_number",
    "address",
    "postal_address",
    "facility_user_id",
    "Facility-User-ID",
    "mobile",
]


def test_personal_data_is_not_read_even_if_asked_for(path: Path) -> None:
    asked = frozenset({*PERSONAL, "name", "*", "e*", "owner*"})
    greedy = Wanted(
        fields={"NXuser": asked, "NXentry": asked},
        children={"NXentry": frozenset({"NXuser"})},
        root_attributes=asked | {"owner", "owner_email", "owner_fax_number"},
        group_attributes=asked,
        field_attributes=asked,
    )
    with h5py.File(path, "w") as file:
        for name in ("owner", "owner_email", "owner_fax_number", "email"):
            file.attrs[name] = "SECRET"
        user = make(make(file, "entry"), "user", "NXuser")
        user["name"] = "Josiah Carberry"
        for name in PERSONAL:
            user[name] = "SECRET"
            user.attrs[name] = "SECRET"
            user["name"].attrs[name] = "SECRET"
    tree = read_tree(path, greedy)
    assert b"SECRET" not in encode(tree)
    assert list(at(tree, "/entry/user").fields) == ["name"]
    assert set(at(tree, "/entry/user").others) == set(PERSONAL)


def test_damage_is_told_without_names(path: Path, wanted: Wanted) -> None:
    with h5py.File(path, "w", libver="latest") as file:
        make(file, "entry")["title"] = "x"
        where = h5py.h5o.get_info(file["entry/title"].id).addr
    raw = bytearray(path.read_bytes())
    raw[where + 8] ^= 0xFF  # object headers of this version carry a checksum
    path.write_bytes(raw)
    with pytest.raises(SkipError, match="checksum") as refusal:
        read_tree(path, wanted)
    assert refusal.value.code == "file.damaged"


def test_no_hdf5_object_outlives_the_call(path: Path, wanted: Wanted) -> None:
    with h5py.File(path, "w") as file:
        make(file, "entry")["title"] = "x"
    kinds = h5py.h5f.OBJ_FILE | h5py.h5f.OBJ_GROUP | h5py.h5f.OBJ_DATASET
    before = h5py.h5f.get_obj_count(h5py.h5f.OBJ_ALL, kinds)
    for io in ("auto", "direct", "image", "blocks"):
        read_tree(path, wanted, io=io)
    assert h5py.h5f.get_obj_count(h5py.h5f.OBJ_ALL, kinds) == before

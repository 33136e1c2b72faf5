"""Every real file is read as it is, or refused for the right reason."""

from __future__ import annotations

import csv
from pathlib import Path

import pytest

from panharvest.errors import SkipError
from panharvest.sources.nexus import identify, read_tree
from panharvest.tree import Group, Wanted, decode, encode

SHARED = Path(__file__).resolve().parents[3] / "shared" / "data" / "nexus"

REFUSED = {
    "psi/hdf4/dmc02.hdf": "file.hdf4",
    "nasty/NXtest_hdf4.hdf": "file.hdf4",
    "nasty/nxext.h5": "file.hdf4",
    "nasty/pl_savu_24_mangled_utf8.nxs": "file.text-mangled",
    "nasty/stxm_is_html.nxs": "file.xml",  # a nxclient settings file in truth
    "nasty/TestExtensions_is_xml.nxs": "file.xml",
    "dls/k11-18014/k11-18014-pcompPanda.h5": "file.not-nexus",
    "desy/FLASH1_USER3_run43878.h5": "file.not-nexus",
    "other/openpmd_femm-thetaMode.h5": "file.not-nexus",
    "manual/external_angles.hdf5": "file.not-nexus",
    "nasty/h5cpp_string_attributes.h5": "file.not-nexus",
    "nasty/pniio_boolattr.h5": "file.not-nexus",
}
# Entries that the index, made by NX_class alone, counts otherwise.
ENTRIES = {
    "sas/nocansas_33837rear_1D_v1.h5": 1,  # NX_class is SASentry
    "sas/nxcansas_multisasentry.h5": 2,  # canSAS_class only
    "sas/x25000_no_di.h5": 1,  # canSAS_class only
    "lab/SiO2onSi.ellips.nxs": 1,  # the second lies inside an instrument
}
DEFINITIONS = {
    "sas/nocansas_33837rear_1D_v1.h5": {"NXcanSAS"},
    "sas/nxcansas_multisasentry.h5": {"NXcanSAS"},
    "sas/x25000_no_di.h5": {"NXcanSAS"},
}


def _index() -> list[dict[str, str]]:
    if not SHARED.is_dir():
        return []
    with (SHARED / "index.csv").open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


INDEX = _index()


@pytest.fixture(autouse=True)
def _needs(shared: Path) -> None:
    """Skip where the real files are not."""


@pytest.mark.parametrize("row", INDEX, ids=[row["file"] for row in INDEX])
def test_a_real_file_is_read_or_refused(row: dict[str, str], wanted: Wanted) -> None:
    path = SHARED / row["file"]
    if row["file"] in REFUSED:
        with pytest.raises(SkipError) as refusal:
            read_tree(path, wanted)
        assert refusal.value.code == REFUSED[row["file"]]
        assert refusal.value.message.startswith(f"{path}: ")
        assert "\n" not in refusal.value.message
        with pytest.raises(SkipError):
            identify(path)
        return
    tree = read_tree(path, wanted)
    entries = [g for g in tree.groups if g.nx_class in ("NXentry", "NXsubentry")]
    assert len(entries) == ENTRIES.get(row["file"], int(row["entries"]))
    found = {str(g.fields["definition"].values[0]) for g in entries if _defined(g)}
    said = {part.removesuffix(" {}") for part in row["definition"].split(" | ")}
    assert found == DEFINITIONS.get(row["file"], said - {""})
    assert tree.size == int(row["bytes"])
    assert decode(encode(tree)) == tree


def _defined(group: Group) -> bool:
    return "definition" in group.fields


@pytest.mark.parametrize("io", ["direct", "image", "blocks"])
@pytest.mark.parametrize("row", INDEX, ids=[row["file"] for row in INDEX])
def test_how_it_is_read_does_not_matter(
    row: dict[str, str], io: str, wanted: Wanted
) -> None:
    path = SHARED / row["file"]
    if row["file"] in REFUSED:
        with pytest.raises(SkipError) as refusal:
            read_tree(path, wanted, io=io)
        assert refusal.value.code == REFUSED[row["file"]]
    else:
        same = read_tree(path, wanted, io=io)
        assert same == read_tree(path, wanted)


def _group(wanted: Wanted, file: str, path: str) -> Group:
    return next(g for g in read_tree(SHARED / file, wanted).groups if g.path == path)


def test_lists_of_one_latin_letters_and_old_floats(wanted: Wanted) -> None:
    entry = _group(wanted, "ill/d22_073162.nxs", "/entry0")
    assert entry.fields["start_time"].values == ["19-Jun-21 10:36:06"]
    assert entry.fields["experiment_identifier"].values == ["8-02-912"]
    crystal = _group(wanted, "soleil/scan101.nxs", "/com_05551/SIXS/Monochromator")
    assert crystal.fields["wavelength"].units == "Å"
    focus = read_tree(SHARED / "psi/focus2007n001335.hdf", wanted)
    energy = next(
        g.fields["energy"] for g in focus.groups if g.nx_class == "NXmonochromator"
    )
    assert energy.values == [2.272162]  # a 32-bit float, in its own precision
    assert energy.units == "meV"


def test_notes_tell_what_was_not_followed_or_decoded(wanted: Wanted) -> None:
    notes = read_tree(SHARED / "manual/external_master.hdf5", wanted).notes
    assert notes == [
        "external links not followed (1): /entry/instrument -> external_counts.hdf5"
    ]
    notes = read_tree(SHARED / "soleil/scan101.nxs", wanted).notes
    assert any(note.startswith("texts not in UTF-8") for note in notes)


def test_nothing_personal_of_the_real_files_is_read(wanted: Wanted) -> None:
    for row in INDEX:
        if row["file"] not in REFUSED:
            tree = read_tree(SHARED / row["file"], wanted)
            held = [value for group in tree.groups for value in group.fields]
            assert not {"email", "address", "facility_user_id"} & set(held)
            assert not [name for name in tree.attributes if name.startswith("owner")]
            assert b"@esrf.fr" not in encode(tree)


def test_the_same_class_under_two_spellings(wanted: Wanted) -> None:
    tree = read_tree(SHARED / "sas/nxcansas_multisasentry.h5", wanted)
    classes = [g.nx_class for g in tree.groups if g.parent == 1]
    assert classes == ["NXinstrument", "NXsample"]
    assert tree.groups[1].attributes["canSAS_class"] == "SASentry"

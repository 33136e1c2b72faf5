"""The catalogue: every file is told, each source is the very one, commands repeat."""

from __future__ import annotations

import hashlib
import shlex
from collections import Counter
from importlib.util import find_spec
from pathlib import Path

import langcodes
import pytest
from click.testing import CliRunner

from panharvest.cli import app
from panharvest.codelists import import_datacite
from panharvest.errors import ConfigError
from panharvest.facilities import load_facilities
from panharvest.sssom import read_sssom
from panharvest.tables import read_table, resource
from panharvest.vocabulary import CURRENT, PANET
from panharvest.vocabulary.catalog import catalog, own, read_catalog
from panharvest.vocabulary.schemes import SCHEMES

FOLDER = Path(str(resource()))
IMPORT = "panharvest ontology import "
SOURCES = {
    "panet/1.3.0.tsv": "ontologies/PaNET.owl",
    "panet/head-7b19189.tsv": "ontologies/PaNET_source/PaNET.csv",
    "esrfet/0.1.0.tsv": "ontologies/ESRFET.owl",
    "schemaorg/used.tsv": "ontologies/schemaorg/schemaorg-current-https.ttl",
    **{
        f"datacite/{kernel}.tsv": f"schemas/datacite/kernel-{kernel}/metadata.xsd"
        for kernel in ("4.4", "4.5", "4.6", "4.7")
    },
    "access-rights.tsv": "ontologies/coar/coar_access_rights_v1.0.rdf",
    "kinds.tsv": "ontologies/coar/coar_resource_types_v3.1.rdf",
    "licences.tsv": "ontologies/spdx/spdx.json",
    "units.tsv": "ontologies/qudt/qudt_units_pan_subset.ttl",
    "unit-categories.tsv": "schemas/nxdl/nxdlTypes.xsd",
    "probes.tsv": "schemas/nxdl/base_classes/NXsource.nxdl.xml",
    "mappings/icatesrf-nexus.sssom.tsv": "records/icat/esrf_hdf5_cfg.xml",
}
MADE = [entry.file for entry in catalog() if entry.command.startswith(IMPORT)]


def test_every_file_is_told_once() -> None:
    """Nothing is shipped whose origin and terms are not known."""
    patterns = [entry.file for entry in catalog()]
    patterns += [pattern for one in own() for pattern in one.files]
    told = Counter(
        file.relative_to(FOLDER).as_posix()
        for pattern in patterns
        for file in FOLDER.glob(pattern)
        if file.is_file()
    )
    shipped = {
        file.relative_to(FOLDER).as_posix()
        for file in FOLDER.rglob("*")
        if file.is_file() and file.suffix != ".pyc"
    }
    assert set(told) == shipped
    assert [name for name, count in told.items() if count > 1] == []
    assert [one for one in patterns if not [*FOLDER.glob(one)]] == []


def test_every_entry_is_whole() -> None:
    for entry in catalog():
        assert entry.source.startswith("https://")
        assert entry.licence
        assert entry.attribution
        assert entry.command.startswith((IMPORT, "by hand"))
        assert entry.status in ("current", "superseded", "unreleased")
        assert (len(entry.sha256) == 64) != (entry.id == "iso-639")
    current = {(e.id, e.version) for e in catalog() if e.status == "current"}
    assert {("panet", CURRENT), ("esrfet", SCHEMES["esrfet"].current)} <= current
    assert {e.namespace for e in catalog() if e.id == "panet"} == {PANET}
    assert all(one.licence and one.what for one in own())


def test_mapping_sets_state_the_licence_that_the_catalogue_has() -> None:
    known = {
        "CC0-1.0": "https://creativecommons.org/publicdomain/zero/1.0/",
        "CC-BY-4.0": "https://creativecommons.org/licenses/by/4.0/",
    }
    for one in own():
        for file in (f for pattern in one.files for f in FOLDER.glob(pattern)):
            if file.name.endswith(".sssom.tsv"):
                assert read_sssom(file).metadata["license"] == known[one.licence]


# --- sources ----------------------------------------------------------------------


@pytest.mark.parametrize("file", SOURCES)
def test_the_catalogue_names_the_very_source(shared: Path, file: str) -> None:
    (entry,) = (one for one in catalog() if one.file == file)
    data = (shared / SOURCES[file]).read_bytes()
    assert hashlib.sha256(data).hexdigest() == entry.sha256


@pytest.mark.parametrize("file", MADE)
def test_the_recorded_command_gives_the_very_file(
    shared: Path, tmp_path: Path, file: str
) -> None:
    (entry,) = (one for one in catalog() if one.file == file)
    command, name = entry.command.rsplit(" ", 1)
    place = nxdl() if entry.id == "nexus" else shared / SOURCES[file]
    assert place.as_posix().endswith(name)
    made = tmp_path / "made"
    done = CliRunner().invoke(
        app, [*shlex.split(command)[1:], str(place), "-o", str(made)]
    )
    assert done.exit_code == 0, done.output
    assert made.read_bytes() == (FOLDER / file).read_bytes()


def nxdl() -> Path:
    """Find the definitions that nexusformat ships, without importing it."""
    found = find_spec("nexusformat")
    if found is None or found.origin is None:
        pytest.skip("no NXDL of the release: pip install --no-deps nexusformat==2.1.0")
    return Path(found.origin).parent / "definitions"


def test_facilities_are_compared_with_the_records_that_are_named(shared: Path) -> None:
    (entry,) = (one for one in catalog() if one.id == "ror")
    rors = {(one.ror or "")[-9:] for one in load_facilities()}
    records = [shared / "ontologies" / "ror" / f"{name}.json" for name in sorted(rors)]
    lines = [
        f"{hashlib.sha256(record.read_bytes()).hexdigest()}  {record.name}\n"
        for record in records
        if record.is_file()
    ]
    assert len(lines) > 30
    assert hashlib.sha256("".join(lines).encode()).hexdigest() == entry.sha256


def test_languages_have_the_codes_of_the_standard() -> None:
    for row in read_table(resource("languages.tsv"), ("code", "long")):
        language = langcodes.Language.get(row["code"])
        both = (language.to_alpha3(), language.to_alpha3(variant="B"))
        assert row["long"] == "|".join(dict.fromkeys(both)), row["code"]


@pytest.mark.parametrize("kernel", ["4.4", "4.5", "4.6", "4.7"])
def test_no_documentation_of_datacite_is_carried_over(
    shared: Path, kernel: str
) -> None:
    from lxml import etree

    file = shared / SOURCES[f"datacite/{kernel}.tsv"]
    table = import_datacite(file)
    docs = [
        " ".join((e.text or "").split())
        for e in etree.parse(file).iter("{*}documentation")
    ]
    long = [text for text in docs if len(text.split()) > 3]
    assert len(long) > 5
    assert [text for text in long if text in table] == []


# --- the file itself --------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("x =", "is not TOML"),
        ("x = 1", "unknown key 'x'"),
        (
            '[[vocabulary]]\nid = "a"\nversions = "1"',
            r"vocabulary 1 \(a\): unknown key 'versions'",
        ),
        ('[[vocabulary]]\nid = "a"', r"1 \(a\): missing: .*'version'"),
        ('[[own]]\nfiles = ["a"]', r"own 1 \(no id\): missing: .*'licence'"),
    ],
)
def test_a_damaged_catalogue_names_its_entry(
    tmp_path: Path, text: str, message: str
) -> None:
    file = tmp_path / "catalog.toml"
    file.write_text(text)
    with pytest.raises(ConfigError, match=message):
        read_catalog(file)

"""The other vocabularies as facts: NeXus and schema.org."""

from __future__ import annotations

import gzip
from typing import TYPE_CHECKING

import pytest

from panharvest.errors import ConfigError
from panharvest.tables import resource
from panharvest.vocabulary import ESRFET, PANET, curie
from panharvest.vocabulary.nexus import (
    NEXUS,
    definitions,
    import_nxdl,
    nexus,
    nexus_iri,
    normalise_nexus,
    read_nexus,
)
from panharvest.vocabulary.schemaorg import import_schemaorg, schemaorg

if TYPE_CHECKING:
    from pathlib import Path


# --- NeXus ------------------------------------------------------------------------


def test_the_paths_of_nxdl() -> None:
    terms = nexus()
    kinds = [term.kind for term in terms.values()]
    assert kinds.count("field") == 5055
    assert kinds.count("definition") == 142 + 45 + 93
    distance = terms["NXdetector/distance"]
    assert (distance.type, distance.units) == ("NX_FLOAT", "NX_LENGTH")
    assert distance.iri == NEXUS + "nxdetector-distance-field"
    assert "x-ray" in terms["NXsource/probe"].enum
    assert terms["NXmpes_arpes"].extends == "NXmpes"
    assert terms["NXtomo"].is_application
    assert not terms["NXsource"].is_application
    assert terms["NXtomo"].iri == NEXUS + "NXtomo"


def test_no_two_paths_have_one_iri() -> None:
    iris = [term.iri for term in nexus().values()]
    assert len(set(iris)) == len(iris)


def test_the_table_is_what_the_definitions_say(shared: Path) -> None:
    """The folder has no contributed definitions: all of its lines are in the table."""
    text = import_nxdl(shared / "schemas" / "nxdl")
    table = gzip.decompress(resource("nexus", "2026.01.tsv.gz").read_bytes()).decode()
    ours = [line for line in table.splitlines() if "\tcontributed" not in line]
    assert set(text.splitlines()) <= set(ours)
    mine = read_nexus(text, "nxdl")
    official = [one for one in definitions() if one.type == "application"]
    assert [one.path for one in official] == sorted(
        path for path, term in mine.items() if term.is_application
    )
    # Nothing of base and application definitions is missing; the release itself has
    # more in five base classes than the files at hand.
    roots = {path for path, term in mine.items() if term.kind == "definition"}
    roots -= {"NXactuator", "NXcomponent", "NXinstrument", "NXmonochromator"}
    roots -= {"NXsensor"}
    covered = {
        path for path in nexus() if path.replace("@", "/").partition("/")[0] in roots
    }
    assert covered == {
        path for path in mine if path.replace("@", "/").partition("/")[0] in roots
    }


def test_no_documentation_is_carried_over(shared: Path) -> None:
    from lxml import etree

    table = gzip.decompress(resource("nexus", "2026.01.tsv.gz").read_bytes()).decode()
    file = shared / "schemas" / "nxdl" / "base_classes" / "NXsource.nxdl.xml"
    docs = [e.text or "" for e in etree.parse(file).iter("{*}doc")]
    long = [" ".join(text.split()) for text in docs if len(text.split()) > 3]
    assert len(long) > 5
    assert [text for text in long if text in table] == []


@pytest.mark.parametrize(
    ("path", "kind", "local"),
    [
        ("NXafm", "definition", "NXafm"),
        ("NXdetector/polar_angle", "field", "nxdetector-polar-angle-field"),
        ("NXroot@file_time", "attribute", "nxroot-file-time-attribute"),
        ("NXtomo/ENTRY/INSTRUMENT", "group", "nxtomo-entry-instrument-group"),
    ],
)
def test_the_iri_of_a_path(path: str, kind: str, local: str) -> None:
    assert nexus_iri(path, kind) == NEXUS + local


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (NEXUS + "nxsource-probe-field", "nxsource-probe-field"),
        ("nxo:nxsource-probe-field", "nxsource-probe-field"),
        ("http://purl.org/nexusformat/definitions/NXsource", "NXsource"),
        ("http://purl.org/nexusformat/definitions/BaseClass/NXsource", "NXsource"),
        (
            "http://purl.org/nexusformat/definitions/NXsource-probe",
            "nxsource-probe-field",
        ),
        (
            "http://purl.org/nexusformat/definitions/Field/NXsource/top_up",
            "nxsource-top-up-field",
        ),
        (
            "http://purl.org/nexusformat/definitions/Group/NXentry/USER",
            "nxentry-user-group",
        ),
        ("http://example.org/NXsource", None),
        ("NXsource", None),
    ],
)
def test_iris_of_all_generations(text: str, expected: str | None) -> None:
    assert normalise_nexus(text) == (NEXUS + expected if expected else None)


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (None, "holds no .*nxdl.xml in base_classes"),
        ("<a/>", "is no NXDL 3.1 definition"),
        ("<definition", r"NXbad.nxdl.xml:1: "),
        (
            '<!DOCTYPE a [<!ENTITY x SYSTEM "file:///etc/passwd">]><a>&x;</a>',
            "is no NXDL 3.1 definition",
        ),
    ],
)
def test_what_is_no_nxdl_is_refused(
    tmp_path: Path, content: str | None, message: str
) -> None:
    (tmp_path / "base_classes").mkdir()
    if content is not None:
        (tmp_path / "base_classes" / "NXbad.nxdl.xml").write_text(content)
    with pytest.raises(ConfigError, match=message):
        import_nxdl(tmp_path)


def test_a_damaged_table_of_paths_names_its_line() -> None:
    head = "path\tkind\ttype\tunits\tenum\tdeprecated\textends"
    row = "NXa\tdefinition\tbase\t\t\t\t"
    with pytest.raises(ConfigError, match="x:3: 'NXa' is there twice"):
        read_nexus(f"{head}\n{row}\n{row}\n", "x")
    with pytest.raises(ConfigError, match="NXDL 1 is not among"):
        nexus("1")


# --- schema.org -------------------------------------------------------------------


def test_the_terms_of_schema_org_are_those_of_its_release(shared: Path) -> None:
    file = shared / "ontologies" / "schemaorg" / "schemaorg-current-https.ttl"
    table = resource("schemaorg", "used.tsv").read_text("utf-8")
    assert import_schemaorg(file, schemaorg(), "30.0") == table
    funding = schemaorg()["funding"]
    assert (funding.kind, funding.range) == ("property", ("Grant",))
    assert schemaorg()["Dataset"].kind == "class"


def test_a_term_that_schema_org_does_not_have(shared: Path, tmp_path: Path) -> None:
    file = shared / "ontologies" / "schemaorg" / "schemaorg-current-https.ttl"
    with pytest.raises(ConfigError, match="has no term 'datasett'"):
        import_schemaorg(file, ["datasett"], "30.0")
    bad = tmp_path / "bad.ttl"
    bad.write_text("@prefix a")
    with pytest.raises(ConfigError, match="is not correct Turtle"):
        import_schemaorg(bad, ["name"], "30.0")


def test_curies() -> None:
    assert curie(PANET + "PaNET01101") == "panet:PaNET01101"
    assert curie(ESRFET + "XMχD") == "esrfet:XMχD"
    assert curie("http://example.org/a") == "http://example.org/a"

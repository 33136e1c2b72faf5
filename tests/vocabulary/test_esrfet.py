"""ESRFET: our own reader of OWL/XML, its table, its hierarchy."""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING

import pytest

from panharvest.errors import ConfigError
from panharvest.tables import resource
from panharvest.vocabulary import (
    ESRFET,
    PANET,
    esrfet,
    load_vocabulary,
    panet,
    vocabulary,
)
from panharvest.vocabulary.extraction import extract
from panharvest.vocabulary.rdf import to_graph
from panharvest.vocabulary.robot import write_template
from panharvest.vocabulary.schemes import SCHEMES

if TYPE_CHECKING:
    from pathlib import Path

    from panharvest.vocabulary import Vocabulary

SCHEME = SCHEMES["esrfet"]
OWX = """<?xml version="1.0"?>
<Ontology xmlns="http://www.w3.org/2002/07/owl#"
  xml:base="https://w3id.org/PaN/ESRFET" ontologyIRI="https://w3id.org/PaN/ESRFET">
<Prefix name="rdfs" IRI="http://www.w3.org/2000/01/rdf-schema#"/>
<Prefix name="owl" IRI="http://www.w3.org/2002/07/owl#"/>
<Prefix name="E" IRI="https://w3id.org/PaN/ESRFET/v0.2.0/#"/>
<Annotation><AnnotationProperty abbreviatedIRI="rdfs:seeAlso"/><IRI></IRI></Annotation>
<Declaration><Class IRI="#experimental_technique"/></Declaration>
{declared}
{body}
</Ontology>
"""


def owx(folder: Path, names: str, body: str) -> Path:
    declared = "".join(f'<Declaration><Class IRI="#{n}"/></Declaration>' for n in names)
    declared += '<Declaration><ObjectProperty IRI="#r"/></Declaration>'
    file = folder / "some.owl"
    file.write_text(OWX.format(declared=declared, body=body), encoding="utf-8")
    return file


def rows(text: str) -> dict[str, dict[str, str]]:
    header, *lines = (line.split("\t") for line in text.splitlines())
    return {line[0]: dict(zip(header, line, strict=True)) for line in lines}


def cls(name: str) -> str:
    return f'<Class IRI="#{name}"/>'


def some(name: str) -> str:
    role = '<ObjectProperty IRI="#r"/>'
    return f"<ObjectSomeValuesFrom>{role}{cls(name)}</ObjectSomeValuesFrom>"


def test_the_committed_snapshot_is_what_the_file_gives(shared: Path) -> None:
    found = extract(shared / "ontologies" / "ESRFET.owl", SCHEME)
    table = resource("esrfet", "0.1.0.tsv").read_text(encoding="utf-8")
    assert found.text == table
    assert found.notes == (
        "soft_x-ray: its definition uses DataHasValue, DataSomeValuesFrom; kept: it is "
        "a kind of the rest",
        "total_electrons: its definition uses ObjectUnionOf; kept: its members are "
        "kinds of it",
    )


def test_no_comment_is_carried_over(shared: Path) -> None:
    known = json.loads((shared / "ontologies" / "ESRFET_techniques.json").read_text())
    table = resource("esrfet", "0.1.0.tsv").read_text(encoding="utf-8")
    texts = [one["description"][50:90] for one in known if one["description"]]
    assert len(texts) > 100
    assert [one for one in texts if one and one in table] == []


def test_techniques_and_their_names(shared: Path) -> None:
    """The list that the ESRF's own software works with."""
    known = json.loads((shared / "ontologies" / "ESRFET_techniques.json").read_text())
    found = {iri: t for iri, t in esrfet().terms.items() if t.kind == "technique"}
    assert {one["iri"] for one in known} == set(found)
    for one in known:
        term = found[one["iri"]]
        assert one["names"][0] == term.label
        assert sorted(one["names"][1:]) == list(term.alt_labels)


def test_another_reader_and_reasoner_agrees(shared: Path) -> None:
    """Rustdl reads the file once the empty IRI in its header is filled in."""
    rustdl = pytest.importorskip("rustdl", reason="rustdl is not installed")
    data = (shared / "ontologies" / "ESRFET.owl").read_bytes()
    data = data.replace(b"<IRI></IRI>", b"<IRI>https://w3id.org/PaN/ESRFET</IRI>")
    data = re.sub(rb"\s*<Import>[^<]*</Import>", b"", data)
    assert agrees(rustdl.classify_bytes(data, format="owx"), esrfet()) == 637


def agrees(found: object, ours: Vocabulary) -> int:
    """Compare a classification of rustdl with a closure of ours; count the pairs."""
    assert found.complete
    expected = {
        (a, b)
        for a in found.classes
        for b in found.superclasses_of(a)
        if a != b and a in ours.terms and b in ours.terms
    }
    assert {pair for pair in ours.pairs() if pair[0] in ours.terms} == expected
    return len(expected)


@pytest.mark.parametrize(
    ("name", "version", "count"),
    [("panet", "1.3.0", 3645), ("panet", "head-7b19189", 3674), ("esrfet", None, 637)],
)
def test_another_reasoner_agrees_on_every_pinned_version(
    name: str, version: str | None, count: int
) -> None:
    """From the snapshot, written as RDF/XML: our hierarchy is what it implies."""
    rustdl = pytest.importorskip("rustdl", reason="rustdl is not installed")
    ours = vocabulary(name, version)
    data = to_graph(ours).serialize(format="xml").encode()
    assert agrees(rustdl.classify_bytes(data, format="rdf-xml"), ours) == count


@pytest.mark.parametrize("form", ["turtle", "xml"])
@pytest.mark.parametrize("name", ["panet", "esrfet"])
def test_what_is_written_as_rdf_reads_back_the_same(
    name: str, form: str, tmp_path: Path
) -> None:
    ours = vocabulary(name)
    file = tmp_path / "some.rdf"
    to_graph(ours).serialize(file, format=form)
    text = resource(name, f"{ours.version}.tsv").read_text(encoding="utf-8")
    assert extract(file, ours.scheme).text == text


@pytest.mark.parametrize("version", ["1.3.0", "head-7b19189"])
def test_the_template_and_the_owl_of_one_version_agree(
    version: str, tmp_path: Path
) -> None:
    """CSV in, OWL in: the same table, also with labels that terms share."""
    ours = panet(version)
    file = tmp_path / "PaNET.csv"
    file.write_bytes(write_template(ours))
    text = resource("panet", f"{version}.tsv").read_text(encoding="utf-8")
    assert extract(file, ours.scheme).text == text
    assert b"'x-ray probe" in file.read_bytes()


def test_the_template_is_panets_only() -> None:
    with pytest.raises(ConfigError, match="ESRFET has no CSV template"):
        write_template(esrfet())


def test_the_published_head_is_the_pinned_one(shared: Path) -> None:
    file = shared / "ontologies" / "PaNET_source" / "PaNET.csv"
    table = resource("panet", "head-7b19189.tsv").read_text(encoding="utf-8")
    assert extract(file, SCHEMES["panet"]).text == table


def test_panet_in_owl_xml_is_panet(tmp_path: Path) -> None:
    """As Protégé would save it: the third syntax gives the same table."""
    from panharvest.vocabulary.closure import Both, Some, read_expression

    def write(expression: object) -> str:
        if isinstance(expression, str):
            iri = expression if "://" in expression else PANET + expression
            return f'<Class IRI="{iri}"/>'
        if isinstance(expression, Some):
            role = f'<ObjectProperty IRI="{PANET}{expression.role}"/>'
            inner = write(expression.filler)
            return f"<ObjectSomeValuesFrom>{role}{inner}</ObjectSomeValuesFrom>"
        assert isinstance(expression, Both)
        parts = "".join(map(write, expression.parts))
        return f"<ObjectIntersectionOf>{parts}</ObjectIntersectionOf>"

    def note(prop: str, iri: str, text: str) -> str:
        from xml.sax.saxutils import escape

        return (
            f'<AnnotationAssertion><AnnotationProperty abbreviatedIRI="{prop}"/>'
            f"<IRI>{iri}</IRI><Literal>{escape(text)}</Literal></AnnotationAssertion>"
        )

    lines = []
    for row in panet().rows:
        kind = "ObjectProperty" if row["kind"] == "property" else "Class"
        this = f'<{kind} IRI="{PANET}{row["id"]}"/>'
        lines += [f"<Declaration>{this}</Declaration>"]
        lines += [note("rdfs:label", PANET + row["id"], row["label"])]
        for label in filter(None, row["alt_labels"].split("|")):
            lines += [note("skos:altLabel", PANET + row["id"], label)]
        for text in filter(None, row["sub_class_of"].split("|")):
            if kind == "Class":
                axiom = f"{this}{write(read_expression(text))}"
                lines += [f"<SubClassOf>{axiom}</SubClassOf>"]
            else:
                other = f'<ObjectProperty IRI="{PANET}{text}"/>'
                lines += [f"<SubObjectPropertyOf>{this}{other}</SubObjectPropertyOf>"]
        for text in filter(None, row["equivalent"].split("|")):
            axiom = f"{this}{write(read_expression(text))}"
            lines += [f"<EquivalentClasses>{axiom}</EquivalentClasses>"]
        for text in filter(None, row["disjoint"].split("|")):
            lines += [f"<DisjointClasses>{this}{write(text)}</DisjointClasses>"]
        for end in ("domain", "range"):
            for text in filter(None, row[end].split("|")):
                name = f"ObjectProperty{end.title()}"
                lines += [f"<{name}>{this}{write(text)}</{name}>"]
    file = tmp_path / "PaNET.owx"
    file.write_text(
        '<Ontology xmlns="http://www.w3.org/2002/07/owl#">'
        '<Prefix name="rdfs" IRI="http://www.w3.org/2000/01/rdf-schema#"/>'
        '<Prefix name="skos" IRI="http://www.w3.org/2004/02/skos/core#"/>'
        + "\n".join(lines)
        + "</Ontology>",
        encoding="utf-8",
    )
    table = resource("panet", "1.3.0.tsv").read_text(encoding="utf-8")
    assert extract(file, SCHEMES["panet"]).text == table


def test_an_axiom_of_every_kind_is_read(tmp_path: Path) -> None:
    found = extract(
        owx(
            tmp_path,
            "ABCDE",
            f"""
            <SubClassOf><Annotation/>{cls("A")}{cls("experimental_technique")}</SubClassOf>
            <SubClassOf><Class abbreviatedIRI="E:B"/>{some("C")}</SubClassOf>
            <EquivalentClasses>{cls("D")}
              <ObjectIntersectionOf>{cls("A")}{some("E")}</ObjectIntersectionOf>
            </EquivalentClasses>
            <ObjectPropertyDomain><ObjectProperty IRI="#r"/>{cls("A")}
            </ObjectPropertyDomain>
            <ObjectPropertyRange><ObjectProperty IRI="#r"/>{cls("C")}
            </ObjectPropertyRange>
            <DisjointClasses>{cls("C")}{cls("E")}{cls("A")}</DisjointClasses>
            <AnnotationAssertion><AnnotationProperty abbreviatedIRI="rdfs:label"/>
              <IRI>#A</IRI><Literal> a  label </Literal></AnnotationAssertion>
            <AnnotationAssertion><AnnotationProperty abbreviatedIRI="owl:deprecated"/>
              <AbbreviatedIRI>E:B</AbbreviatedIRI><Literal>true</Literal>
            </AnnotationAssertion>
            """,
        ),
        SCHEME,
    )
    table = rows(found.text)
    assert found.notes == ()
    assert table["A"]["sub_class_of"] == "experimental_technique"
    assert table["A"]["label"] == "a label"
    assert table["A"]["disjoint"] == "C|E"
    assert table["B"]["sub_class_of"] == "r some C"
    assert table["B"]["status"] == "deprecated"
    assert table["C"]["disjoint"] == "E"
    assert table["D"]["equivalent"] == "A and (r some E)"
    assert (table["r"]["domain"], table["r"]["range"]) == ("A", "C")
    assert [table[one]["kind"] for one in "ABCDr"] == [
        *("technique", "technique", "specifier", "technique", "property")
    ]


@pytest.mark.parametrize(
    ("body", "note"),
    [
        (
            f"<SubClassOf>{cls('A')}<ObjectComplementOf>{cls('B')}"
            "</ObjectComplementOf></SubClassOf>",
            "A: left out of what it is a kind of: ObjectComplementOf",
        ),
        (
            f"<SubClassOf>{some('B')}{cls('A')}</SubClassOf>",
            "SubClassOf of an expression is left out",
        ),
        (
            f"<EquivalentClasses>{some('A')}{some('B')}</EquivalentClasses>",
            "EquivalentClasses without a name is left out",
        ),
        (
            f"<DisjointUnion>{cls('A')}{cls('B')}</DisjointUnion>",
            "DisjointUnion is left out",
        ),
        (
            '<SubObjectPropertyOf><ObjectPropertyChain/><ObjectProperty IRI="#r"/>'
            "</SubObjectPropertyOf>",
            "a property chain or inverse is left out",
        ),
        (
            f'<ObjectPropertyRange><ObjectProperty IRI="#r"/>{some("A")}'
            "</ObjectPropertyRange>",
            "r: its range is ObjectSomeValuesFrom: left out",
        ),
        (
            f"<EquivalentClasses>{cls('A')}<ObjectSomeValuesFrom><ObjectInverseOf>"
            f'<ObjectProperty IRI="#r"/></ObjectInverseOf>{cls("B")}'
            "</ObjectSomeValuesFrom></EquivalentClasses>",
            "A: its definition uses ObjectSomeValuesFrom",
        ),
    ],
)
def test_what_is_left_out_is_said(tmp_path: Path, body: str, note: str) -> None:
    found = extract(owx(tmp_path, "AB", body), SCHEME)
    assert len(found.notes) == 1
    assert note in found.notes[0]
    load_vocabulary(found.text, "some", "x", SCHEME)


@pytest.mark.parametrize(
    ("body", "message"),
    [
        ('<SubClassOf><Class IRI="#A"/></SubClassOf>', r":\d+: <SubClassOf> lacks"),
        (
            '<SubClassOf><Class abbreviatedIRI="x:A"/><Class IRI="#A"/></SubClassOf>',
            r":\d+: the prefix of 'x:A' is not declared",
        ),
        ('<SubClassOf><Class/><Class IRI="#A"/></SubClassOf>', "<Class> names nothing"),
        (
            f"<SubClassOf>{cls('A')}{'<ObjectIntersectionOf>' * 60}"
            f"{'</ObjectIntersectionOf>' * 60}</SubClassOf>",
            "an expression is nested too deep",
        ),
        ("<a>" * 250 + "</a>" * 250, "elements are nested deeper than 200"),
    ],
)
def test_a_damaged_document_names_its_line(
    tmp_path: Path, body: str, message: str
) -> None:
    with pytest.raises(ConfigError, match=message) as caught:
        extract(owx(tmp_path, "A", body), SCHEME)
    assert str(caught.value).startswith("some.owl")


def test_a_file_cut_off_is_refused_anywhere(shared: Path, tmp_path: Path) -> None:
    data = (shared / "ontologies" / "ESRFET.owl").read_bytes()
    file = tmp_path / "cut.owl"
    for part in range(1, 20):
        file.write_bytes(data[: len(data) * part // 20])
        with pytest.raises(ConfigError, match=r"^cut\.owl:\d+: is not complete"):
            extract(file, SCHEME)


def test_the_wrong_vocabulary_is_said(shared: Path) -> None:
    with pytest.raises(ConfigError, match="holds no class of PaNET"):
        extract(shared / "ontologies" / "ESRFET.owl", SCHEMES["panet"])
    with pytest.raises(ConfigError, match="is a ROBOT template as PaNET has it"):
        extract(shared / "ontologies" / "PaNET_source" / "PaNET.csv", SCHEME)


def test_the_hierarchy_joins_what_the_file_keeps_apart() -> None:
    def under(name: str) -> set[str]:
        return {one.removeprefix(ESRFET) for one in esrfet().ancestors(ESRFET + name)}

    assert {"XRD", "XRPD", "XRAYS", "experimental_technique"} <= under("HR-XRPD")
    assert "HR-XRPD" not in under("XRPD")
    assert "tomography" in under("laminography")
    assert under("ARPES") == {"experimental_technique"}

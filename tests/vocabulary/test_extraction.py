"""The snapshot is what the published files say, and bad files are refused clearly."""

from __future__ import annotations

import csv
from typing import TYPE_CHECKING, Literal

import pytest

from panharvest.errors import ConfigError
from panharvest.mapcheck.kinds import kind_of
from panharvest.tables import resource
from panharvest.vocabulary import PANET, Vocabulary, load_vocabulary, panet
from panharvest.vocabulary.extraction import extract
from panharvest.vocabulary.robot import write_template
from panharvest.vocabulary.schemes import SCHEMES

if TYPE_CHECKING:
    from pathlib import Path

RDF = """<?xml version="1.0"?>
{doctype}<rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#"
  xmlns:rdfs="http://www.w3.org/2000/01/rdf-schema#"
  xmlns:owl="http://www.w3.org/2002/07/owl#"
  xmlns:skos="http://www.w3.org/2004/02/skos/core#"
  xmlns:obo="http://purl.obolibrary.org/obo/"
  xml:base="http://purl.org/pan-science/PaNET/">
{body}
</rdf:RDF>
"""
ROOT = '<owl:Class rdf:about="PaNET00001"><rdfs:label>root</rdfs:label></owl:Class>'


def rdf(folder: Path, body: str, doctype: str = "") -> Path:
    file = folder / "some.owl"
    file.write_text(RDF.format(body=body, doctype=doctype), encoding="utf-8")
    return file


def import_panet(file: Path) -> str:
    """Give the snapshot table of a PaNET file."""
    return extract(file, SCHEMES["panet"]).text


def rows(text: str) -> dict[str, dict[str, str]]:
    header, *lines = (line.split("\t") for line in text.splitlines())
    return {line[0]: dict(zip(header, line, strict=True)) for line in lines}


def pairs(vocabulary: Vocabulary) -> set[tuple[str, str]]:
    return {(a, b) for a in vocabulary.terms for b in vocabulary.ancestors(a)}


def test_the_committed_snapshot_is_what_the_file_gives(shared: Path) -> None:
    found = import_panet(shared / "ontologies" / "PaNET.owl")
    assert found == resource("panet", "1.3.0.tsv").read_text(encoding="utf-8")
    # asserted axioms only: the file has 823 named sub-class edges
    assert sum(bool(row["sub_class_of"]) for row in rows(found).values()) < 250


def test_no_definition_is_carried_over(shared: Path) -> None:
    rdflib = pytest.importorskip("rdflib")
    graph = rdflib.Graph()
    graph.parse(shared / "ontologies" / "PaNET.owl")
    snapshot = resource("panet", "1.3.0.tsv").read_text(encoding="utf-8")
    definition = rdflib.URIRef("http://purl.obolibrary.org/obo/IAO_0000115")
    texts = [str(text) for text in graph.objects(None, definition)]
    assert len(texts) > 20
    assert not [text for text in texts if text in snapshot]


def test_the_unreleased_source_reads_with_its_own_hierarchy(shared: Path) -> None:
    """HEAD of PaNET: 3,674 pairs by HermiT; without ranges two of them are lost."""
    text = import_panet(shared / "ontologies" / "PaNET_source" / "PaNET.csv")
    head = load_vocabulary(text, "PaNET.csv", "head")
    assert len(pairs(head)) == 3674
    assert set(panet().terms) < set(head.terms)
    old = rows(resource("panet", "1.3.0.tsv").read_text(encoding="utf-8"))
    new = rows(text)
    axioms = ("sub_class_of", "equivalent")
    changed = {
        term for term in old if any(old[term][key] != new[term][key] for key in axioms)
    }
    assert len(changed) == 12
    assert len(pairs(panet()) - pairs(head)) == 49
    assert len(pairs(head) - pairs(panet())) == 78


def test_turtle_gives_the_same_as_xml(shared: Path, tmp_path: Path) -> None:
    rdflib = pytest.importorskip("rdflib")
    source = shared / "ontologies" / "PaNET.owl"
    graph = rdflib.Graph()
    graph.parse(source)
    turtle = tmp_path / "PaNET.ttl"
    graph.serialize(turtle, format="turtle")
    assert import_panet(turtle) == import_panet(source)


ONTOLOGY = "<http://www.w3.org/2002/07/owl#Ontology>"


@pytest.mark.parametrize(
    "start",
    [
        "",
        "# a comment\n" * 300,
        f"<http://purl.org/pan-science/PaNET/x> a {ONTOLOGY} .\n",
        "\ufeff",
        "@base <http://purl.org/pan-science/PaNET/> .\n",
        "prefix owl: <http://www.w3.org/2002/07/owl#>\n",
        f"[] a {ONTOLOGY} .\n",
        f"_:a a {ONTOLOGY} .\n",
    ],
)
def test_turtle_is_told_however_it_begins(tmp_path: Path, start: str) -> None:
    file = tmp_path / "some.owl"
    body = (
        f"<{PANET}PaNET00001> a <http://www.w3.org/2002/07/owl#Class> ; "
        '<http://www.w3.org/2000/01/rdf-schema#label> "root" .\n'
    )
    file.write_text(start + body, encoding="utf-8")
    assert list(rows(import_panet(file))) == ["PaNET00001"]


@pytest.mark.parametrize("separator", [",", ";", "\t"])
@pytest.mark.parametrize("quoting", [csv.QUOTE_MINIMAL, csv.QUOTE_ALL])
def test_a_template_is_told_however_it_was_saved(
    tmp_path: Path, separator: str, quoting: Literal[0, 1]
) -> None:
    """Also without the empty first column that PaNET's has."""
    expected = resource("panet", "1.3.0.tsv").read_text(encoding="utf-8")
    lines = write_template(panet()).decode().splitlines(keepends=True)
    saved = list(csv.reader(lines))
    for skip in (0, 1):
        file = tmp_path / f"{skip}.csv"
        with file.open("w", encoding="utf-8", newline="") as out:
            writer = csv.writer(out, delimiter=separator, quoting=quoting)
            writer.writerows(row[skip:] for row in saved)
        assert import_panet(file) == expected
        assert kind_of(file) == "source"


def test_utf_16_is_told(tmp_path: Path) -> None:
    file = tmp_path / "some.owl"
    file.write_bytes(RDF.format(body=ROOT, doctype="").encode("utf-16"))
    with pytest.raises(ConfigError, match=r"some\.owl: is UTF-16; save it as UTF-8"):
        import_panet(file)


def test_what_a_reasoner_added_goes_away(tmp_path: Path) -> None:
    body = (
        ROOT
        + """
<owl:Class rdf:about="PaNET01001"><rdfs:label> a  b </rdfs:label>
  <rdfs:subClassOf rdf:resource="PaNET00001"/>
  <skos:altLabel>A|B</skos:altLabel></owl:Class>
<owl:Class rdf:about="PaNET01002"><rdfs:label>c</rdfs:label>
  <rdfs:subClassOf rdf:resource="PaNET01001"/>
  <rdfs:subClassOf rdf:resource="PaNET00001"/>
  <owl:deprecated rdf:datatype="http://www.w3.org/2001/XMLSchema#boolean">true</owl:deprecated>
  <obo:IAO_0100001 rdf:resource="PaNET01001"/></owl:Class>
<owl:Class rdf:about="http://example.org/stray"/>
<owl:Class rdf:about="PaNET01003"><rdfs:label>d</rdfs:label>
  <owl:equivalentClass rdf:resource="http://example.org/twin"/></owl:Class>
<owl:Class rdf:about="PaNET01004"><rdfs:label>e</rdfs:label>
  <rdfs:subClassOf rdf:resource="http://example.org/twin"/>
  <rdfs:subClassOf rdf:resource="http://www.w3.org/2002/07/owl#Thing"/></owl:Class>
"""
    )
    found = rows(import_panet(rdf(tmp_path, body)))
    assert found["PaNET00001"]["kind"] == "facet"
    assert found["PaNET01001"]["label"] == "a b"
    assert found["PaNET01001"]["alt_labels"] == "A B"
    assert found["PaNET01001"]["kind"] == "technique"
    assert found["PaNET01002"]["sub_class_of"] == "PaNET01001"
    assert found["PaNET01002"]["status"] == "deprecated"
    assert found["PaNET01002"]["replaced_by"] == "PaNET01001"
    assert found["PaNET01003"]["kind"] == "class"
    assert found["PaNET01003"]["equivalent"] == "http://example.org/twin"
    assert found["PaNET01004"]["sub_class_of"] == "PaNET01003"
    assert len(found) == 5


def test_short_internal_entities_are_read(tmp_path: Path) -> None:
    doctype = '<!DOCTYPE rdf:RDF [<!ENTITY p "http://purl.org/pan-science/PaNET/">]>\n'
    body = '<owl:Class rdf:about="&p;PaNET00001"><rdfs:label>x</rdfs:label></owl:Class>'
    assert list(rows(import_panet(rdf(tmp_path, body, doctype)))) == ["PaNET00001"]


@pytest.mark.parametrize(
    ("doctype", "message"),
    [
        ('<!DOCTYPE a SYSTEM "file:///etc/passwd">', "an external document type"),
        ('<!DOCTYPE a [<!ENTITY x SYSTEM "file:///etc/passwd">]>', "entity 'x' is not"),
        ('<!DOCTYPE a [<!ENTITY % x "y">]>', "entity 'x' is not"),
        ('<!DOCTYPE a [<!ENTITY x "1"><!ENTITY y "&x;&x;">]>', "entity 'y' is not"),
        (f'<!DOCTYPE a [<!ENTITY x "{"1" * 201}">]>', "entity 'x' is not"),
    ],
)
def test_other_entities_are_refused(tmp_path: Path, doctype: str, message: str) -> None:
    with pytest.raises(ConfigError, match=message):
        import_panet(rdf(tmp_path, ROOT, doctype))


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"", "neither RDF/XML nor Turtle"),
        (b"\x89HDF\r\n\x1a\n", "neither RDF/XML nor Turtle"),
        (b"<html><body>404</body></html>", "is XML <html>; save it as RDF/XML"),
        (b"<rdf:RDF", "is not complete, correct XML"),
        (
            b'<Ontology xmlns="http://www.w3.org/2002/07/owl#"/>',
            "holds no class of PaNET",
        ),
        (b"@prefix a: <http://a> .\na:b c", "is not correct turtle"),
        (b"@prefix a: <http://a/> .\na:b a a:c .", "holds no class of PaNET"),
        (b",ID,Label\n,ID,rdfs:label\n", "the row of ROBOT template codes"),
        (b",ID,Label,T\n,ID,A rdfs:label,TYPE\n,\xff", "is not UTF-8"),
        (b",ID,Label,T\n,ID,A rdfs:label,TYPE\n", "holds no class of PaNET"),
    ],
)
def test_what_is_no_panet_is_refused_in_one_line(
    tmp_path: Path, content: bytes, message: str
) -> None:
    file = tmp_path / "some.owl"
    file.write_bytes(content)
    with pytest.raises(ConfigError, match=message) as caught:
        import_panet(file)
    assert str(caught.value).startswith("some.owl")
    assert "\n" not in str(caught.value)


def test_a_file_cut_off_is_refused_anywhere(shared: Path, tmp_path: Path) -> None:
    data = (shared / "ontologies" / "PaNET.owl").read_bytes()
    file = tmp_path / "cut.owl"
    for part in range(1, 20):
        file.write_bytes(data[: len(data) * part // 20])
        with pytest.raises(ConfigError, match=r"^cut\.owl:\d+: is not complete"):
            import_panet(file)


def test_a_missing_or_huge_file_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match=r"^none\.owl: No such file"):
        import_panet(tmp_path / "none.owl")
    huge = tmp_path / "huge.owl"
    with huge.open("wb") as stream:
        stream.truncate(65 * 1024 * 1024)
    with pytest.raises(ConfigError, match=r"^huge\.owl: \d+ bytes; at most"):
        import_panet(huge)


def test_axioms_beyond_the_reasoner_are_weakened_and_noted(tmp_path: Path) -> None:
    """What a union implies within EL stays: its members are kinds of it."""
    union = """<owl:Class rdf:about="PaNET01001"><owl:equivalentClass><owl:Class>
      <owl:unionOf rdf:parseType="Collection"><owl:Class rdf:about="PaNET01002"/>
      <owl:Class rdf:about="PaNET01003"/></owl:unionOf></owl:Class>
      </owl:equivalentClass></owl:Class>
      <owl:Class rdf:about="PaNET01002"/><owl:Class rdf:about="PaNET01003"/>
      <owl:Class rdf:about="PaNET01004"><rdfs:subClassOf><owl:Restriction>
      <owl:onProperty rdf:resource="PaNET1000000"/>
      <owl:allValuesFrom rdf:resource="PaNET01001"/></owl:Restriction>
      </rdfs:subClassOf><rdfs:subClassOf rdf:resource="PaNET01001"/></owl:Class>"""
    found = extract(rdf(tmp_path, ROOT + union), SCHEMES["panet"])
    table = rows(found.text)
    assert table["PaNET01001"]["equivalent"] == ""
    assert table["PaNET01002"]["sub_class_of"] == "PaNET01001"
    assert table["PaNET01003"]["sub_class_of"] == "PaNET01001"
    assert table["PaNET01004"]["sub_class_of"] == "PaNET01001"
    assert found.notes == (
        "PaNET01001: its definition uses ObjectUnionOf; kept: its members are kinds of "
        "it",
        "PaNET01004: left out of what it is a kind of: allValuesFrom",
    )


def test_a_class_made_of_nothing_is_refused(tmp_path: Path) -> None:
    empty = """<owl:Class rdf:about="PaNET01001"><owl:equivalentClass><owl:Class>
      </owl:Class></owl:equivalentClass></owl:Class>"""
    with pytest.raises(ConfigError, match="neither an intersection nor some"):
        import_panet(rdf(tmp_path, ROOT + empty))


CODES = ",ID,A rdfs:label,TYPE,SC %,EC %,EC %,SP %,DOMAIN,RANGE\n"


def template(folder: Path, *lines: str) -> Path:
    file = folder / "PaNET.csv"
    head = CODES.replace("A rdfs:label", "Label").replace("%", "")
    body = "".join(f",{line}\n" for line in lines)
    file.write_text(head + CODES + body, encoding="utf-8")
    return file


def test_a_template_row_is_read_as_robot_reads_it(tmp_path: Path) -> None:
    found = rows(
        import_panet(
            template(
                tmp_path,
                f"{PANET}PaNET00001,root,owl:Class,owl:Thing,,,,,",
                f"{PANET}PaNET01001,same,owl:Class,PaNET:PaNET00001,,,,,",
                f"{PANET}PaNET01002,b,owl:Class,'root',,,,,",
                f"{PANET}PaNET01003,c,owl:Class,,b,('has' some 'same'),,,",
                f"{PANET}PaNET2000000,specifiers,owl:Class,,,,,,",
                f"{PANET}PaNET2000001,same,owl:Class,specifiers,,,,,",
                f"{PANET}PaNET1000000,has,owl:ObjectProperty,,,,,root,specifiers",
            )
        )
    )
    assert found["PaNET01002"]["sub_class_of"] == "PaNET00001"
    # several EC cells are one intersection; the last term with a label is meant
    expected = "PaNET01002 and (PaNET1000000 some PaNET2000001)"
    assert found["PaNET01003"]["equivalent"] == expected
    assert found["PaNET1000000"]["domain"] == "PaNET00001"
    assert found["PaNET1000000"]["range"] == "PaNET2000000"
    assert found["PaNET2000001"]["kind"] == "specifier"


@pytest.mark.parametrize(
    ("cell", "message"),
    [
        ("unheard of", r"PaNET\.csv: row 3: 'unheard of' is not the label"),
        ("('root' and 'x')", r"PaNET\.csv: row 3: 'x' is not the label"),
        ("('root'", "a bracket is not closed"),
    ],
)
def test_an_axiom_with_an_unknown_label_names_its_row(
    tmp_path: Path, cell: str, message: str
) -> None:
    file = template(tmp_path, f"{PANET}PaNET00001,root,owl:Class,{cell},,,,,")
    with pytest.raises(ConfigError, match=message):
        import_panet(file)

"""The mapping sets from NeXus to other models: complete, and true of what is said."""

from __future__ import annotations

import re
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest
from lxml import etree

from panharvest.facilities import load_facilities
from panharvest.formats import FORMATS
from panharvest.mapping import load_tables, map_trees
from panharvest.record import Moment
from panharvest.sharing import rules_as_mappings
from panharvest.sssom import read_sssom
from panharvest.tables import read_table, resource, split_cell
from panharvest.tree import Group, Tree, Value
from panharvest.vocabulary.nexus import nexus, nexus_iri
from panharvest.vocabulary.schemaorg import schemaorg

if TYPE_CHECKING:
    from panharvest.mapping import Rule

NO_TERM = "sssom:NoTermFound"
SETS = ("nexus-datacite", "nexus-schemaorg", "nexus-searchapi")
ALL = sorted(
    one.name.removesuffix(".sssom.tsv")
    for one in resource("mappings").iterdir()
    if one.name.endswith(".sssom.tsv")
)
DATACITE = {
    row["path"]: row
    for row in read_table(
        resource("datacite", "4.7.tsv"), ("path", "occurrence", "values")
    )
}
RULES = {rule.label: rule for rule in load_tables().rules if rule.id.startswith("nx-")}


def rows(name: str) -> list[dict[str, str]]:
    return list(read_sssom(resource("mappings", f"{name}.sssom.tsv")))


@pytest.mark.parametrize("name", ALL)
def test_every_set_says_what_it_is(name: str) -> None:
    found = read_sssom(resource("mappings", f"{name}.sssom.tsv"))
    metadata = found.metadata
    assert metadata["mapping_set_id"] == f"https://w3id.org/panharvest/mappings/{name}"
    for key in ("subject_source_version", "object_source_version", "mapping_set_title"):
        assert metadata[key]
    pairs = [(r["subject_id"], r["subject_label"], r["object_id"]) for r in found]
    assert len(pairs) == len(set(pairs))
    for row in found:
        assert row["mapping_justification"].startswith("semapv:")
        assert 0.5 <= float(row["confidence"]) <= 1
        if row["object_id"] == NO_TERM:
            assert (row["predicate_id"], row["object_label"]) == ("skos:exactMatch", "")


@pytest.mark.parametrize("name", SETS)
def test_every_rule_for_a_nexus_field_has_its_row(name: str) -> None:
    """What a file may tell has a place in every model, or is said to have none."""
    assert {row["subject_label"] for row in rows(name)} >= set(RULES)


@pytest.mark.parametrize("name", [*SETS, "nexus-record", "icatesrf-nexus"])
def test_nexus_labels_and_iris_agree(name: str) -> None:
    side = "object" if name.endswith("nexus") else "subject"
    for row in rows(name):
        label = row[f"{side}_label"]
        kind = "attribute" if "@" in label else "field"
        local = nexus_iri(label, kind).rpartition("#")[2]
        if label.endswith("*"):
            # NXDL defines it once, for every class
            local = "nxobject-identifiername-field"
            assert "NXobject/identifierNAME" in nexus()
        else:
            assert label in nexus() or label.replace("@", "/") in nexus(), label
        assert row[f"{side}_id"] == f"nxo:{local}"


def test_personal_data_of_a_user_has_no_term_anywhere() -> None:
    for name in SETS:
        silent = {r["subject_label"] for r in rows(name) if r["object_id"] == NO_TERM}
        fields = ("email", "telephone_number", "address", "facility_user_id")
        assert {f"NXuser/{field}" for field in fields} <= silent


def path_of(row: dict[str, str]) -> tuple[str, str]:
    """Give path and controlled value of a DataCite object."""
    match = re.fullmatch(r"dcite:([^\[\]]+)(?:\[(\w+)\])?", row["object_id"])
    assert match
    return match[1], match[2] or ""


@pytest.mark.parametrize("name", ["nexus-datacite", "roles"])
def test_paths_and_values_of_datacite_exist(name: str) -> None:
    for row in rows(name):
        if row["object_id"] == NO_TERM:
            continue
        path, value = path_of(row)
        assert path in DATACITE, path
        if value:
            allowed = {
                one
                for other, known in DATACITE.items()
                if other == path or other.startswith(f"{path}@")
                for one in split_cell(known["values"])
            }
            assert value in allowed


def test_terms_of_schema_org_are_pinned_and_current() -> None:
    for row in rows("nexus-schemaorg"):
        if row["object_id"] != NO_TERM:
            term = schemaorg()[row["object_id"].removeprefix("schema:")]
            assert (term.kind, term.status) != ("property", "superseded")


def test_places_of_the_search_api_are_those_of_its_own_mapping() -> None:
    known = {
        re.sub(r"\[\]|\.\*", "", f"{entity}.{one}")
        for row in rows("searchapi-record")
        for entity, _, path in [row["subject_label"].partition(".")]
        for one in path.split("|")
    }
    known |= {one.rpartition(".")[0] for one in known}
    for row in rows("nexus-searchapi"):
        if row["object_id"] != NO_TERM:
            assert row["object_label"] in known


def test_the_rules_for_any_probe_are_a_mapping_set() -> None:
    """For others; made by ``panharvest ontology export rules``."""
    shipped = resource("mappings", "nexus-panet.sssom.tsv").read_text("utf-8")
    assert rules_as_mappings() == shipped
    found = {row["subject_label"] for row in rows("nexus-panet")}
    assert {"NXtomo", "NXmonopd", "NXscan"} <= found
    # it needs neutrons: no mapping without them
    assert "NXtofraw" not in found
    assert "NXentry" in found


# --- what is written is where the table says --------------------------------------

# What must stand beside a field for it to come out: a name, a facility that is known.
BESIDE = {
    "NXuser": ("name", "Somebody, Some"),
    "NXinstrument": ("name", "DEMO"),
    "NXsource": ("name", "ISIS"),
}
VALUES = {
    "text": "Quartz 4711",
    "moment": "2021-05-29T08:00:00Z",
    "definition": "NXmonopd",
    "identifier": "4711",
    "orcid": "0000-0002-1825-0097",
    "doi": "10.1234/quartz",
    "url": "https://example.org/quartz",
}
SPECIAL = {
    "NXuser/role": ("local_contact", "ContactPerson"),
    "NXsource/name": ("ISIS", "ISIS"),
    "NXsource/probe": ("neutron", "neutron"),
    "NXsource/type": ("Reactor Neutron Source", "Reactor Neutron Source"),
    "NXentry/identifier*": ("https://example.org/quartz", "https://example.org/quartz"),
    "NXsample/identifier*": ("10.1234/sample", "10.1234/sample"),
    "NXinstrument/identifier*": ("10.1234/i", "10.1234/i"),
}
UNITS = {"NX_ENERGY": "keV", "NX_WAVELENGTH": "angstrom", "NX_TIME": "s"}
UNITS |= {"NX_LENGTH": "mm", "NX_TEMPERATURE": "K", "NX_PRESSURE": "Pa", "T": "T"}
UNITS |= {"NX_CURRENT": "mA", "NX_ANY": "V/m"}


def value_for(rule: Rule) -> tuple[Value, str]:
    """Give a value for a field and the text to look for in what is written."""
    if rule.label in SPECIAL:
        said, wanted = SPECIAL[rule.label]
        return Value([said]), wanted
    if rule.convert == "quantity":
        return Value([4.711], UNITS[rule.category]), "4.711"
    said = VALUES[rule.convert]
    return Value([said]), said[:10] if rule.convert == "moment" else said


def written(rule: Rule, value: Value) -> etree._Element:
    """Write what a file says that has one field."""
    fields: dict[str, Value] = {}
    attributes: dict[str, str] = {}
    if rule.nx_class in BESIDE:
        name, said = BESIDE[rule.nx_class]
        fields[name] = Value([said])
    root_attributes: dict[str, str] = {}
    if rule.attribute and rule.field:
        fields[rule.field].attributes[rule.attribute] = str(value.values[0])
    elif rule.nx_class == "NXroot":
        root_attributes[rule.attribute] = str(value.values[0])
    elif rule.attribute:
        attributes[rule.attribute] = str(value.values[0])
    else:
        fields[rule.field.replace("*", "_1")] = value
    groups = [Group("/", "NXroot"), Group("/entry", "NXentry", 0)]
    if rule.nx_class == "NXentry":
        groups[1].fields.update(fields)
    elif rule.nx_class != "NXroot":
        path = f"/entry/{rule.nx_class.lower()}"
        groups.append(Group(path, rule.nx_class, 1, fields, attributes))
    tree = Tree("a.nxs", 1, "HDF5", "test", root_attributes, groups)
    hints = {"manifest": {"doi": "10.1234/abc"}, "facility": "isis"}
    if rule.label == "NXentry/identifier*":
        hints = {"facility": "isis"}
    record = map_trees([tree], load_tables(), load_facilities(), hints).record
    page = "https://example.org/page"
    record = replace(record, issued=Moment("2024"), landing_page=page)
    body = FORMATS["datacite"].write(record)
    assert body is not None
    return etree.fromstring(body)


def found_at(root: etree._Element, path: str, value: str) -> list[str]:
    """Give the texts at a path of DataCite, of the elements that have a value."""
    steps, _, attribute = path.partition("@")
    xpath = "./" + "/".join(f"*[local-name()='{step}']" for step in steps.split("/"))
    texts = []
    for element in root.xpath(xpath):
        kinds = set(element.attrib.values())
        kinds |= set(element.getparent().attrib.values())
        if attribute:
            texts += [v for k, v in element.attrib.items() if k == attribute]
        elif not value or value in kinds:
            texts.append(" ".join(element.itertext()))
    return texts


@pytest.mark.parametrize(
    "row",
    [row for row in rows("nexus-datacite") if row["object_id"] != NO_TERM],
    ids=lambda row: f"{row['subject_label']} {row['object_id']}",
)
def test_datacite_has_the_value_where_the_table_says(row: dict[str, str]) -> None:
    rule = RULES[row["subject_label"]]
    value, wanted = value_for(rule)
    path, controlled = path_of(row)
    if rule.label == "NXentry/definition" and path == "subjects/subject":
        wanted = "powder diffraction"
    if rule.label == "NXentry/identifier*" and path == "identifier":
        value, wanted = Value(["10.1234/quartz"]), "10.1234/quartz"
    texts = found_at(written(rule, value), path, controlled)
    assert any(wanted in text for text in texts), texts

"""The closed lists: whole, consistent, and what the sources say."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest
from lxml import etree

from panharvest.codelists import (
    KERNEL,
    access_rights,
    datacite,
    import_datacite,
    kinds,
    language_names,
    licence_of_url,
    licences,
    long_languages,
    short_languages,
)
from panharvest.derived import language_tag
from panharvest.record import AccessStatus, Kind
from panharvest.tables import resource

if TYPE_CHECKING:
    from pathlib import Path


def test_the_datacite_table_is_what_the_schema_says(shared: Path) -> None:
    xsd = shared / "schemas" / "datacite" / f"kernel-{KERNEL}" / "metadata.xsd"
    table = resource("datacite", f"{KERNEL}.tsv").read_text(encoding="utf-8")
    assert import_datacite(xsd) == table


def test_older_kernels_can_be_imported(shared: Path) -> None:
    folder = shared / "schemas" / "datacite"
    before = import_datacite(folder / "kernel-4.4" / "metadata.xsd")
    assert "subjects/subject@classificationCode\t0-1\t\n" in before
    assert "IsCollectedBy" not in before


@pytest.mark.parametrize(
    ("path", "count"),
    [
        ("contributorType", 22),
        ("dateType", 12),
        ("descriptionType", 6),
        ("funderIdentifierType", 5),
        ("relatedIdentifierType", 23),
        ("relationType", 39),
        ("resourceTypeGeneral", 34),
        ("titleType", 4),
    ],
)
def test_lengths_of_the_lists_of_datacite(path: str, count: int) -> None:
    assert len(datacite(path)) == count


def test_a_path_without_list() -> None:
    with pytest.raises(KeyError, match="schemeURI"):
        datacite("schemeURI")


def test_kinds_are_complete_and_known_to_datacite() -> None:
    assert set(kinds()) == set(Kind)
    assert {terms.general for terms in kinds().values()} <= datacite(
        "resourceTypeGeneral"
    )
    assert all(terms.text for terms in kinds().values())


SKOS = "{http://www.w3.org/2004/02/skos/core#}"
RDF = "{http://www.w3.org/1999/02/22-rdf-syntax-ns#}"
LANG = "{http://www.w3.org/XML/1998/namespace}lang"


def test_kinds_are_resource_types_of_coar(shared: Path) -> None:
    file = shared / "ontologies" / "coar" / "coar_resource_types_v3.1.rdf"
    labels = {
        node.get(f"{RDF}about"): label.text
        for node in etree.parse(file).iter()
        for label in node.iterfind(f"{SKOS}prefLabel")
        if label.get(LANG) == "en"
    }
    for terms in kinds().values():
        assert labels[terms.coar] == terms.label


def test_access_rights_are_those_of_coar(shared: Path) -> None:
    text = (shared / "ontologies" / "coar" / "coar_access_rights_v1.0.rdf").read_text(
        encoding="utf-8"
    )
    assert set(access_rights()) == set(AccessStatus)
    for terms in access_rights().values():
        assert terms.coar in text
        assert f">{terms.label}<" in text


def test_licences_are_those_of_spdx(shared: Path) -> None:
    file = shared / "ontologies" / "spdx" / "spdx.json"
    spdx = json.loads(file.read_text(encoding="utf-8"))
    for name, licence in licences().items():
        assert (licence.url, licence.name) == (spdx[name]["url"], spdx[name]["name"])


@pytest.mark.parametrize(
    ("url", "spdx"),
    [
        ("https://creativecommons.org/licenses/by/4.0/", "CC-BY-4.0"),
        ("http://creativecommons.org/licenses/by/4.0", "CC-BY-4.0"),
        ("https://creativecommons.org/licenses/by/4.0/deed.de", "CC-BY-4.0"),
        ("https://creativecommons.org/licenses/by/4.0/legalcode.fr", "CC-BY-4.0"),
        ("https://www.creativecommons.org/licenses/by-nc/4.0/", "CC-BY-NC-4.0"),
        ("https://spdx.org/licenses/CC0-1.0.html", "CC0-1.0"),
        ("https://spdx.org/licenses/MIT", "MIT"),
        ("https://example.org/licence", None),
        ("", None),
    ],
)
def test_licence_of_an_address(url: str, spdx: str | None) -> None:
    found = licence_of_url(url)
    assert (found and found.spdx) == spdx


def test_no_two_licences_share_an_address() -> None:
    for name, licence in licences().items():
        assert licence_of_url(licence.url or "") is licences()[name]


def test_languages() -> None:
    table = short_languages()
    assert table["deu"] == table["ger"] == "de"
    assert all(len(long) == 3 and len(code) == 2 for long, code in table.items())
    names = language_names()
    assert names["english"] == "en"
    assert names["deutsch"] == "de"
    assert set(names.values()) == set(long_languages())


@pytest.mark.parametrize(
    ("said", "tag"),
    [
        ("English", "en"),
        (" ENGLISH ", "en"),
        ("eng", "en"),
        ("en-GB", "en-GB"),
        ("en_us", "en-US"),
        ("Français", "fr"),
        ("ger", "de"),
        ("zh-hant", "zh-Hant"),
        ("iw", "he"),
        ("und", "und"),
        ("Klingon", None),
        ("xx", None),
        ("English, French", None),
        ("e n", None),
        ("", None),
        (None, None),
    ],
)
def test_a_language_by_whatever_names_it(said: str | None, tag: str | None) -> None:
    assert language_tag(said) == tag

"""Closed lists: what DataCite allows, kinds, access rights, licences, languages.

Each is a table in ``ontologies/``, read once when it is first asked for.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING

from panharvest.record import AccessStatus, Kind, Licence
from panharvest.tables import read_table, resource, split_cell

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from pathlib import Path

    from lxml.etree import _Element

KERNEL = "4.7"
KERNELS = ("4.4", "4.5", "4.6", "4.7")

_XS = "{http://www.w3.org/2001/XMLSchema}"
_XSI_TYPE = "{http://www.w3.org/2001/XMLSchema-instance}type"


@dataclass(frozen=True, slots=True)
class KindTerms:
    """A kind in the words of others.

    ``general`` is DataCite's ``resourceTypeGeneral``, ``text`` the free text beside it,
    ``coar`` the IRI of the COAR resource type and ``label`` its label; ``schema`` is
    the schema.org type.
    """

    general: str
    text: str
    coar: str
    label: str
    schema: str


@dataclass(frozen=True, slots=True)
class AccessTerms:
    """An access status in the words of others.

    ``info`` is the OpenAIRE URI (``info:eu-repo/semantics/...``), ``coar`` and
    ``label`` the COAR access right, ``authority`` the one of the EU vocabulary.
    """

    info: str
    coar: str
    label: str
    authority: str


@cache
def kinds() -> Mapping[str, KindTerms]:
    """Give ``kinds.tsv``: kind (a ``record.Kind`` or its text) to terms."""
    columns = ("kind", "general", "text", "coar", "label", "schema")
    return {
        Kind(row["kind"]): KindTerms(*(row[column] for column in columns[1:]))
        for row in read_table(resource("kinds.tsv"), columns)
    }


@cache
def resource_types() -> Mapping[str, tuple[Kind, str]]:
    """Give ``resource-types.tsv``: resourceTypeGeneral to kind and schema.org type."""
    columns = ("general", "kind", "schema")
    return {
        row["general"]: (Kind(row["kind"]), row["schema"])
        for row in read_table(resource("resource-types.tsv"), columns)
    }


@cache
def access_rights() -> Mapping[AccessStatus, AccessTerms]:
    """Give ``access-rights.tsv``."""
    columns = ("status", "info", "coar", "label", "authority")
    return {
        AccessStatus(row["status"]): AccessTerms(*(row[c] for c in columns[1:]))
        for row in read_table(resource("access-rights.tsv"), columns)
    }


@cache
def licences() -> Mapping[str, Licence]:
    """Give ``licences.tsv``: SPDX identifier to licence."""
    rows = read_table(resource("licences.tsv"), ("spdx", "url", "name"))
    return {row["spdx"]: Licence(row["spdx"], row["url"], row["name"]) for row in rows}


def licence_of_url(url: str) -> Licence | None:
    """Give the licence whose address this is, in any of its usual spellings."""
    return _licences_by_url().get(_licence_key(url))


@cache
def _licences_by_url() -> Mapping[str, Licence]:
    found = {}
    for licence in licences().values():
        found[_licence_key(licence.url or "")] = licence
        found[_licence_key(f"https://spdx.org/licenses/{licence.spdx}")] = licence
    return found


def _licence_key(url: str) -> str:
    """Reduce an address to what tells licences apart: ``/by/4.0/deed.de`` is by 4.0."""
    key = re.sub(r"^https?://(?:www\.)?", "", url.strip().lower())
    return re.sub(r"/+(?:legalcode|deed)?(?:\.[a-z_-]+)?$|\.html$", "", key)


_LANGUAGES = ("code", "long", "names")


@cache
def short_languages() -> Mapping[str, str]:
    """Give the two-letter code (ISO 639-1) for three-letter ones (ISO 639-2)."""
    rows = read_table(resource("languages.tsv"), _LANGUAGES)
    return {long: row["code"] for row in rows for long in split_cell(row["long"])}


@cache
def language_names() -> Mapping[str, str]:
    """Give the two-letter code for names, English and their own, in lower case."""
    rows = read_table(resource("languages.tsv"), _LANGUAGES)
    return {
        name.casefold(): row["code"]
        for row in rows
        for name in split_cell(row["names"])
    }


@cache
def long_languages() -> Mapping[str, str]:
    """Give the three-letter code (ISO 639-3) for two-letter ones."""
    rows = read_table(resource("languages.tsv"), _LANGUAGES)
    return {row["code"]: split_cell(row["long"])[0] for row in rows}


@cache
def datacite(path: str, version: str = KERNEL) -> frozenset[str]:
    """Give the values DataCite allows at a path, e.g. ``relationType``.

    Raises
    ------
    KeyError
        When the path has no closed list.
    """
    return _datacite(version)[path]


@cache
def _datacite(version: str) -> Mapping[str, frozenset[str]]:
    table = resource("datacite", f"{version}.tsv")
    rows = read_table(table, ("path", "occurrence", "values"))
    lists: dict[str, frozenset[str]] = {}
    for row in rows:
        if values := frozenset(split_cell(row["values"])):
            lists.setdefault(row["path"].rsplit("@", 1)[-1], values)
    return lists


def import_datacite(xsd: Path) -> str:
    """Extract the facts of a DataCite kernel as the text of ``datacite/<version>.tsv``.

    One row a path (``creators/creator/creatorName@nameType``), how often it may occur
    and the values it may have. No documentation of the schema is taken over.

    Parameters
    ----------
    xsd
        ``metadata.xsd`` of a kernel, with its ``include`` folder beside it.
    """
    from lxml import etree  # only maintainers of the tables need it

    parser = etree.XMLParser(
        resolve_entities=False, load_dtd=False, no_network=True, huge_tree=False
    )
    main = etree.parse(xsd, parser).getroot()
    included = [
        etree.parse(xsd.parent / _attribute(e, "schemaLocation"), parser).getroot()
        for e in main.iterchildren(f"{_XS}include")
    ]
    types = {
        _attribute(node, "name"): node
        for schema in (main, *included)
        for node in schema.iterchildren(f"{_XS}simpleType", f"{_XS}complexType")
    }
    rows = ["path\toccurrence\tvalues"]
    for resource_type in main.iterchildren(f"{_XS}element"):
        for path, occurrence, values in _walk(resource_type, "", types):
            rows.append(f"{path}\t{occurrence}\t{'|'.join(values)}")
    return "\n".join(rows) + "\n"


def _walk(
    node: _Element, path: str, types: Mapping[str, _Element]
) -> Iterator[tuple[str, str, tuple[str, ...]]]:
    """Give path, occurrence and values of what is under a type, depth first."""
    for child in node:
        if child.tag == f"{_XS}attribute":
            name = _attribute(child, "name") or _attribute(child, "ref")
            times = "1" if child.get("use") == "required" else "0-1"
            yield f"{path}@{name}", times, _values(child, types)
        elif child.tag == f"{_XS}element":
            place = f"{path}/{child.get('name')}".lstrip("/")
            least, most = child.get("minOccurs", "1"), child.get("maxOccurs", "1")
            times = f"{least}-{most}".replace("unbounded", "n").replace("1-1", "1")
            yield place, times, _values(child, types)
            yield from _walk(child, place, types)
            named = types.get(_attribute(child, "type") or _attribute(child, _XSI_TYPE))
            if named is not None:
                yield from _walk(named, place, types)
        elif child.tag != f"{_XS}annotation":
            yield from _walk(child, path, types)


def _values(node: _Element, types: Mapping[str, _Element]) -> tuple[str, ...]:
    """Give the closed list of an attribute or element, if it has one."""
    named = types.get(_attribute(node, "type"))
    if named is None:
        return ()
    return tuple(_attribute(e, "value") for e in named.iter(f"{_XS}enumeration"))


def _attribute(node: _Element, name: str) -> str:
    return node.get(name) or ""

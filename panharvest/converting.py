"""Documents told apart, checked and turned into one another."""

from __future__ import annotations

import re
from dataclasses import replace
from functools import cache
from typing import TYPE_CHECKING, Any

from panharvest.checks import check
from panharvest.documents import looks_like_xml, parse_json, parse_xml
from panharvest.errors import ConfigError, SkipError
from panharvest.formats import DOCUMENTS, READERS
from panharvest.formats.datacite import (
    DataCite,
    DataCiteJson,
    DataCiteRest,
    OaiDataCite,
)
from panharvest.formats.datacite.codes import CODES
from panharvest.formats.datacite.reading import (
    resources_in,
    values_of_found,
    values_of_json,
    values_of_xml,
)
from panharvest.formats.datacite.rules import examine
from panharvest.formats.graphs import looks_like_turtle
from panharvest.record import Level, Problem

if TYPE_CHECKING:
    from pathlib import Path

    from lxml.etree import XMLSchema, _Element

    from panharvest.protocols import Document, Format, Reading
    from panharvest.record import Record

_DATACITE = frozenset(("datacite", "oai_datacite", "datacite-json", "datacite-rest"))
_KERNEL = re.compile(r"kernel-(4\.[0-9])")


def detect(document: bytes) -> str:
    """Give the name of the form of a document.

    Raises
    ------
    SkipError
        When it is none that is read, or not readable at all.
    """
    if looks_like_turtle(document):
        return "dcat" if b"www.w3.org/ns/dcat#" in document else "rdf"
    if not looks_like_xml(document):
        if document.strip(_AROUND)[:1] not in (b"{", b"["):
            what = "is of no form that is read: no XML, JSON, Turtle"
            what = what if document.strip() else "is empty"
            raise SkipError("document.foreign", f"the document {what}")
        return _detect_json(parse_json(document))
    head = document[:4096].lower()
    if b"<!doctype html" in head or b"<html" in head:
        return "schemaorg"
    names = {str(e.tag) for e in parse_xml(document).iter("*")}
    if _RDF in names:
        return "dcat" if any("/ns/dcat#" in name for name in names) else "rdf"
    if any(name.endswith(("}resource", "}payload")) for name in names):
        return "datacite"
    if any("panharvest/pan/" in name for name in names):
        return "pan"
    if any("purl.org/dc/" in name or "oai_dc/" in name for name in names):
        return "oai_dc"
    if "resource" in names or any("datacite" in name for name in names):
        return "datacite"
    raise SkipError("document.foreign", "this XML is of no form that is read")


_AROUND = b"\xef\xbb\xbf\xff\xfe\x00 \t\r\n"  # what may stand before the first letter
_RDF = "{http://www.w3.org/1999/02/22-rdf-syntax-ns#}RDF"
_DCAT = re.compile(r"(?:^|[:/])dcat[:#](?:Dataset|DatasetSeries|Catalog)$")


def _detect_json(found: Any) -> str:  # noqa: ANN401 (JSON)
    one = found[0] if isinstance(found, list) and found else found
    if not isinstance(one, dict):
        raise SkipError("document.foreign", "this JSON is of no form that is read")
    if "@context" in one or "@type" in one or "@graph" in one:
        return "dcat" if _is_dcat(found) else "schemaorg"
    data = one.get("data", one)
    data = data[0] if isinstance(data, list) and data else data
    if isinstance(data, dict) and data.keys() & {"attributes", "types", "doi"}:
        return "datacite"
    if one.keys() >= {"id", "kind"}:
        return "record"
    try:
        values_of_found(found)
    except SkipError:
        raise SkipError(
            "document.foreign", "this JSON is of no form that is read"
        ) from None
    return "datacite"


def _is_dcat(found: Any) -> bool:  # noqa: ANN401 (JSON-LD)
    """Whether a node at the top of a document is a dataset of DCAT."""
    for one in found if isinstance(found, list) else [found]:
        if not isinstance(one, dict):
            continue
        context = one.get("@context")
        for part in context if isinstance(context, list) else [context]:
            if isinstance(part, dict) and str(part.get("@vocab")).endswith("ns/dcat#"):
                return True
        graph = one.get("@graph")
        for node in graph if isinstance(graph, list) else [one]:
            kinds = node.get("@type") if isinstance(node, dict) else None
            for kind in kinds if isinstance(kinds, list) else [kinds]:
                if isinstance(kind, str) and _DCAT.search(kind):
                    return True
    return False


def read_document(document: bytes, form: str | None = None) -> Reading:
    """Read a document of a form, by default the one that it looks like.

    Raises
    ------
    ValueError
        When there is no such form.
    SkipError
        When the document is none of it.
    """
    return READERS[_form_of(document, form)].read(document)


def _form_of(document: bytes, form: str | None) -> str:
    """Give the form that a document is to be read as."""
    name = form or detect(document)
    if name not in READERS:
        raise ValueError(f"{name} is not read; these are: {', '.join(sorted(READERS))}")
    return name


def writer(form: str, payload_version: str | None = None) -> Document | Format:
    """Give what writes a form, for DataCite in a version of its kernel.

    Raises
    ------
    ValueError
        When there is no such form or version, or the form has no versions.
    """
    if form not in DOCUMENTS:
        raise ValueError(
            f"unknown form {form!r}; there are {', '.join(sorted(DOCUMENTS))}"
        )
    if payload_version is None:
        return DOCUMENTS[form]
    makers = {
        "datacite": DataCite,
        "oai_datacite": OaiDataCite,
        "datacite-json": DataCiteJson,
        "datacite-rest": DataCiteRest,
    }
    if form not in makers:
        raise ValueError(f"{form} has no versions; DataCite has")
    found: Document | Format = makers[form](payload_version)
    return found


def write_document(
    record: Record, form: str, payload_version: str | None = None
) -> bytes:
    """Write a record in a form, as a whole document.

    Raises
    ------
    ValueError
        When there is no such form, or the record cannot be written in it; the message
        says what it lacks.
    """
    body = writer(form, payload_version).write(record)
    if body is None:
        errors = [p for p in check(record) if p.level is Level.ERROR]
        lacks = [f"{p.field}: {p.message}" for p in errors]
        why = " ".join(lacks) or "it has no title or no address."
        name = record.id or "without identifier"
        raise ValueError(f"record {name} cannot be written as {form}: {why}")
    if body[:1] == b"<" and not body.startswith(b"<?xml"):
        return b'<?xml version="1.0" encoding="UTF-8"?>\n' + body + b"\n"
    return body if body.endswith(b"\n") else body + b"\n"


def validate(
    document: bytes, form: str | None = None, *, schemas: Path | None = None
) -> tuple[Problem, ...]:
    """Say everything that is wrong with a document.

    Parameters
    ----------
    document
        DataCite (XML of any kernel, JSON), schema.org, DCAT, Dublin Core, ``pan``, a
        record.
    form
        Its name; by default the one that it looks like.
    schemas
        A folder with the XML Schemas of DataCite (``kernel-4.7/metadata.xsd`` below it
        or below ``datacite``): with it XML of kernel 4 is checked against its own.

    Raises
    ------
    SkipError
        When the document cannot be read.
    ValueError
        When there is no such form.
    ConfigError
        When the folder has no such schemas.
    """
    name = _form_of(document, form)
    if name not in _DATACITE:
        reading = READERS[name].read(document)
        return (*reading.problems, *check(reading.record))
    if not looks_like_xml(document):
        found = [examine(values) for values in values_of_json(document)]
    else:
        found = []
        for element in resources_in(parse_xml(document)):
            problems = examine(values_of_xml(element))
            if schemas is not None:
                problems = (*_schema_problems(element, schemas), *problems)
            found.append(problems)
    if len(found) == 1:
        return found[0]
    return tuple(
        replace(p, field=f"records[{i}].{p.field}")
        for i, problems in enumerate(found)
        for p in problems
    )


def _schema_problems(root: _Element, schemas: Path) -> tuple[Problem, ...]:
    """Check the kernel-4 resource of a document against the schema that it names."""
    resource = next(root.iter("{http://datacite.org/schema/kernel-4}resource"), None)
    if resource is None:
        return ()
    named = _KERNEL.search(" ".join(map(str, resource.attrib.values())))
    schema = _schema(schemas, named[1] if named else None)
    from lxml import etree

    alone = etree.fromstring(etree.tostring(resource, with_tail=False))
    if schema.validate(alone):
        return ()
    level, meaning, advice = CODES["DC-XSD-001"]
    return tuple(
        Problem("DC-XSD-001", level, _place(entry.path), _plain(entry.message), advice)
        for entry in list(schema.error_log)  # type: ignore[call-overload]  # stubs lag
    ) or (Problem("DC-XSD-001", level, "resource", meaning, advice),)


def _place(path: str | None) -> str:
    return re.sub(r"\*\[?|\]", "", path or "resource").strip("/") or "resource"


def _plain(message: str) -> str:
    return re.sub(r"\{[^}]*\}", "", message)


@cache
def _schema(folder: Path, version: str | None) -> XMLSchema:
    """Load the schema of a version, else the newest that the folder has."""
    from lxml import etree

    for root in (folder, folder / "datacite"):
        found = sorted(root.glob("kernel-4.*/metadata.xsd"))
        if not found:
            continue
        wanted = root / f"kernel-{version}" / "metadata.xsd"
        file = wanted if version and wanted.is_file() else found[-1]
        parser = etree.XMLParser(no_network=True, resolve_entities=False)
        return etree.XMLSchema(etree.parse(file, parser))
    raise ConfigError(f"{folder}: has no kernel-4.*/metadata.xsd of DataCite")

"""Formats: documents that a record is written in, and read from.

A new one is a module with a class that follows :class:`panharvest.protocols.Format`,
and its line in :data:`FORMATS` when OAI-PMH serves it, or in :data:`DOCUMENTS` when it
is a file or an answer to a browser. A ``read``
(:class:`panharvest.protocols.Reader`) makes it one to convert from and to harvest.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from panharvest.formats.datacite import (
    DataCite,
    DataCiteJson,
    DataCiteRest,
    OaiDataCite,
)
from panharvest.formats.dcat import DcatJson, DcatTurtle
from panharvest.formats.dublincore import DublinCore
from panharvest.formats.pan import Pan
from panharvest.formats.plain import RecordJson
from panharvest.formats.schemaorg import SchemaOrg
from panharvest.formats.schemaorg.rdfxml import RdfXml
from panharvest.protocols import Reader

if TYPE_CHECKING:
    from collections.abc import Mapping

    from panharvest.protocols import Document, Format

__all__ = ["DOCUMENTS", "FORMATS", "READERS", "with_versions"]

_ALL: tuple[Format, ...] = (
    DublinCore(),
    OaiDataCite(),
    DataCite(),
    RdfXml(),
    Pan(),
)
_FILES: tuple[Document, ...] = (
    SchemaOrg(),
    DataCiteJson(),
    DataCiteRest(),
    DcatTurtle(),
    DcatJson(),
    RecordJson(),
)
#: Every format that OAI-PMH serves, by its metadata prefix.
FORMATS: Mapping[str, Format] = {form.prefix: form for form in _ALL}

#: Every form that a record is written in, by name: those of OAI-PMH and the others.
DOCUMENTS: Mapping[str, Document | Format] = {
    **FORMATS,
    **{form.name: form for form in _FILES},
}
#: What documents are read by; the metadata prefixes are those of harvests.
READERS: Mapping[str, Reader] = {
    name: form for name, form in DOCUMENTS.items() if isinstance(form, Reader)
}


def with_versions(versions: Mapping[str, str]) -> Mapping[str, Format]:
    """Give the formats, DataCite in other versions of its kernel for some prefixes.

    Parameters
    ----------
    versions
        Prefix to version. ``datacite`` and ``oai_datacite`` are written in that version
        instead of the newest; another name that begins like one of them is a further
        prefix for consumers that know no newer version (``oai_datacite44 = "4.4"``).

    Raises
    ------
    ValueError
        When a prefix is none of DataCite's, or its version cannot be written.
    """
    found = dict(FORMATS)
    for prefix, version in versions.items():
        if prefix.startswith("oai_datacite"):
            found[prefix] = OaiDataCite(version, prefix)
        elif prefix.startswith("datacite"):
            found[prefix] = DataCite(version, prefix)
        else:
            raise ValueError(
                f"{prefix}: only prefixes that begin with datacite or oai_datacite "
                "have versions"
            )
    return found

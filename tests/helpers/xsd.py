"""Validate whole OAI-PMH responses, payloads included, against the real schemas.

One driver schema imports every namespace that we serve; imports that name a web address
are answered from the folder of schemas, and nothing is ever fetched.
"""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import Any

import pytest
from lxml import etree

SCHEMAS = Path(__file__).resolve().parents[3] / "shared" / "data" / "schemas"

_DATACITE = "datacite/kernel-4.7/metadata.xsd"
_IMPORTS = {
    "http://www.openarchives.org/OAI/2.0/": "oai-pmh/OAI-PMH.xsd",
    "http://www.openarchives.org/OAI/2.0/oai-identifier": "oai-pmh/oai-identifier.xsd",
    "http://www.openarchives.org/OAI/2.0/oai_dc/": "oai-pmh/oai_dc.xsd",
    "http://www.openarchives.org/OAI/2.0/provenance": "oai-pmh/provenance.xsd",
    "http://www.openarchives.org/OAI/2.0/friends/": "friends.xsd",
    "http://www.openarchives.org/OAI/2.0/rights/": "rights.xsd",
    "http://schema.datacite.org/oai/oai-1.1/": "datacite/oai-1.1/oai.xsd",
    "http://datacite.org/schema/kernel-4": _DATACITE,
    "http://www.w3.org/1999/02/22-rdf-syntax-ns#": "rdf.xsd",
    "https://w3id.org/panharvest/pan/1.0/": str(
        Path(__file__).resolve().parents[2] / "ontologies" / "pan" / "1.0.xsd"
    ),
}
# Where a document may say that a namespace's schema is; lxml does not check that.
LOCATIONS = {
    "http://www.openarchives.org/OAI/2.0/": (
        "http://www.openarchives.org/OAI/2.0/OAI-PMH.xsd"
    ),
    "http://www.openarchives.org/OAI/2.0/oai-identifier": (
        "http://www.openarchives.org/OAI/2.0/oai-identifier.xsd"
    ),
    "http://www.openarchives.org/OAI/2.0/oai_dc/": (
        "http://www.openarchives.org/OAI/2.0/oai_dc.xsd"
    ),
    "http://www.openarchives.org/OAI/2.0/provenance": (
        "http://www.openarchives.org/OAI/2.0/provenance.xsd"
    ),
    "http://www.openarchives.org/OAI/2.0/friends/": (
        "http://www.openarchives.org/OAI/2.0/friends.xsd"
    ),
    "http://www.openarchives.org/OAI/2.0/rights/": (
        "http://www.openarchives.org/OAI/2.0/rights.xsd"
    ),
    "http://schema.datacite.org/oai/oai-1.1/": (
        "http://schema.datacite.org/oai/oai-1.1/oai.xsd"
    ),
    "http://datacite.org/schema/kernel-4": (
        "http://schema.datacite.org/meta/kernel-4.7/metadata.xsd"
    ),
    "https://w3id.org/panharvest/pan/1.0/": (
        "https://w3id.org/panharvest/pan/1.0/pan.xsd"
    ),
}
# Schemas that the folder does not have, in our words.
_FRIENDS = """
<schema xmlns="http://www.w3.org/2001/XMLSchema" elementFormDefault="qualified"
  targetNamespace="http://www.openarchives.org/OAI/2.0/friends/">
 <element name="friends"><complexType><sequence>
  <element name="baseURL" type="anyURI" maxOccurs="unbounded"/>
 </sequence></complexType></element>
</schema>"""
_RIGHTS = """
<schema xmlns="http://www.w3.org/2001/XMLSchema" elementFormDefault="qualified"
  xmlns:r="http://www.openarchives.org/OAI/2.0/rights/"
  targetNamespace="http://www.openarchives.org/OAI/2.0/rights/">
 <complexType name="rights"><choice>
  <element name="rightsReference"><complexType>
   <attribute name="ref" type="anyURI" use="required"/>
  </complexType></element>
  <element name="rightsDefinition"><complexType><sequence>
   <any namespace="##other" processContents="strict"/>
  </sequence></complexType></element>
 </choice></complexType>
 <element name="rights" type="r:rights"/>
 <element name="rightsManifest"><complexType><sequence>
  <element name="rights" type="r:rights" maxOccurs="unbounded"/>
 </sequence><attribute name="appliesTo" type="anyURI" use="required"/>
 </complexType></element>
</schema>"""
# RDF/XML has no schema that says more than this; rdflib reads it in its own tests.
_RDF = """
<schema xmlns="http://www.w3.org/2001/XMLSchema"
  targetNamespace="http://www.w3.org/1999/02/22-rdf-syntax-ns#">
 <element name="RDF"><complexType><sequence>
  <any namespace="##any" processContents="skip" maxOccurs="unbounded"/>
 </sequence></complexType></element>
</schema>"""
_OURS = {"friends.xsd": _FRIENDS, "rights.xsd": _RIGHTS, "rdf.xsd": _RDF}
_XSI = "{http://www.w3.org/2001/XMLSchema-instance}schemaLocation"


class _Offline(etree.Resolver):
    """Answer imports from the folder, by the last part of their address."""

    def resolve(self, system_url: str, public_id: str, context: Any) -> Any:
        name = system_url.rsplit("/", 1)[-1]
        if name in _OURS:
            return self.resolve_string(_OURS[name], context)
        if name in {"xml.xsd", "simpledc20021212.xsd"}:
            return self.resolve_filename(str(SCHEMAS / "oai-pmh" / name), context)
        if system_url.startswith(("http:", "https:", "ftp:")):
            raise etree.XMLSchemaParseError(f"no local copy of {system_url}")
        return None


@cache
def validator() -> etree.XMLSchema:
    """Give the driver schema; skip the test when the folder of schemas is absent."""
    if not SCHEMAS.is_dir():
        pytest.skip("the folder of schemas (../shared/data/schemas) is not here")
    imports = "".join(
        f'<xs:import namespace="{namespace}" '
        f'schemaLocation="{(SCHEMAS / place).as_uri()}"/>'
        for namespace, place in _IMPORTS.items()
    )
    parser = etree.XMLParser(no_network=True, resolve_entities=False)
    parser.resolvers.add(_Offline())
    driver = etree.fromstring(
        f'<xs:schema xmlns:xs="http://www.w3.org/2001/XMLSchema">{imports}</xs:schema>',
        parser,
        base_url=(SCHEMAS / "driver.xsd").as_uri(),
    )
    return etree.XMLSchema(driver)


def parse(body: bytes) -> etree._Element:
    """Parse strictly: no DTD, no entities, no network, no repair."""
    parser = etree.XMLParser(
        no_network=True, resolve_entities=False, huge_tree=False, load_dtd=False
    )
    return etree.fromstring(body, parser)


def assert_valid(body: bytes) -> etree._Element:
    """Parse a document and fail with every schema error; give its root.

    Without the folder of schemas only well-formedness and schema locations are checked.
    """
    root = parse(body)
    for element in root.iter("*"):
        pairs = str(element.get(_XSI, "")).replace("rightsManifest", "rights").split()
        assert dict(zip(pairs[::2], pairs[1::2], strict=True)).items() <= (
            LOCATIONS.items()
        ), f"{element.tag} pairs namespace and schema wrongly: {pairs}"
    if SCHEMAS.is_dir():
        schema = validator()
        assert schema.validate(root), "\n".join(str(e) for e in schema.error_log)
    return root

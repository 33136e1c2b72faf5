"""Optional containers of the implementation guidelines: ``about`` and ``description``.

Each declares its namespace as the default one, as old clients expect.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from panharvest.oai.datestamps import parse_datestamp
from panharvest.oai.names import compose_identifier, is_uri
from panharvest.oai.responses import element
from panharvest.xmltext import escape, line

if TYPE_CHECKING:
    from collections.abc import Sequence

    from panharvest.record import Origin

_OAI = "http://www.openarchives.org/OAI/2.0"
_XSI = "http://www.w3.org/2001/XMLSchema-instance"
METADATA = f"{_OAI}/entity#metadata"  # what rights apply to: metadata, never the data


def about_provenance(origin: Origin | None) -> bytes:
    """Write where a re-exposed record came from (provenance guidelines).

    Nothing is written of an origin that cannot be told validly (an identifier that is
    no URI, a datestamp that is none); the chain of origins ends before such a one.
    """
    chain = _chain(origin)
    if not chain:
        return b""
    return (
        f'<about><provenance xmlns="{_OAI}/provenance" xmlns:xsi="{_XSI}"'
        f' xsi:schemaLocation="{_OAI}/provenance {_OAI}/provenance.xsd">'
        f"{chain}</provenance></about>"
    ).encode()


def _chain(origin: Origin | None) -> str:
    """Write an origin with those behind it nested in it; nothing from a bad one on."""
    if origin is None:
        return ""
    addresses = (origin.base_url, origin.identifier, origin.namespace)
    moments = (origin.datestamp, origin.harvested)
    if not all(is_uri(one) for one in addresses) or None in map(
        parse_datestamp, moments
    ):
        return ""
    return (
        f'<originDescription harvestDate="{origin.harvested}"'
        f' altered="{str(origin.altered).lower()}">'
        f"<baseURL>{escape(origin.base_url)}</baseURL>"
        f"<identifier>{escape(origin.identifier)}</identifier>"
        f"<datestamp>{origin.datestamp}</datestamp>"
        f"<metadataNamespace>{escape(origin.namespace)}</metadataNamespace>"
        f"{_chain(origin.origin)}</originDescription>"
    )


def about_rights(terms: str) -> bytes:
    """Write under which terms the metadata of a record may be used (rights guidelines).

    Parameters
    ----------
    terms
        The address of the terms. Those of the data are said in the metadata itself.
    """
    return (
        f'<about><rights xmlns="{_OAI}/rights/" xmlns:xsi="{_XSI}"'
        f' xsi:schemaLocation="{_OAI}/rights/ {_OAI}/rights.xsd">'
        f'<rightsReference ref="{escape(terms)}"/></rights></about>'
    ).encode()


def describe_rights(terms: str) -> str:
    """Write the terms that the metadata of records carry, for Identify (§4.1 there)."""
    return _description(
        "rightsManifest",
        "rights/",
        "rightsManifest.xsd",
        f'<rights><rightsReference ref="{escape(terms)}"/></rights>\n',
        f' appliesTo="{METADATA}"',
    )


def describe_friends(base_urls: Sequence[str]) -> str:
    """Write the base URLs of befriended repositories (friends guidelines)."""
    listed = "".join(element("baseURL", url) for url in base_urls)
    return _description("friends", "friends/", "friends.xsd", listed)


def describe_identifiers(repository: str, sample: str) -> str:
    """Write of which form our identifiers are (oai-identifier guidelines §2.3)."""
    return _description(
        "oai-identifier",
        "oai-identifier",
        "oai-identifier.xsd",
        element("scheme", "oai")
        + element("repositoryIdentifier", repository)
        + element("delimiter", ":")
        + element("sampleIdentifier", compose_identifier(repository, sample)),
    )


def describe(container: str, title: str, text: str) -> str:
    """Write a description in English, in Dublin Core as OAI-PMH 2.0 §4.6 shows it."""
    return (
        f'<{container}>\n<oai_dc:dc xmlns:oai_dc="{_OAI}/oai_dc/"'
        f' xmlns:dc="http://purl.org/dc/elements/1.1/" xsi:schemaLocation="'
        f'{_OAI}/oai_dc/ {_OAI}/oai_dc.xsd">\n'
        f'<dc:title xml:lang="en">{line(title)}</dc:title>\n'
        f'<dc:description xml:lang="en">{line(text)}</dc:description>\n'
        f"</oai_dc:dc>\n</{container}>\n"
    )


def _description(
    name: str, namespace: str, schema: str, content: str, attributes: str = ""
) -> str:
    return (
        f'<description>\n<{name} xmlns="{_OAI}/{namespace}"'
        f' xsi:schemaLocation="{_OAI}/{namespace} {_OAI}/{schema}"{attributes}>\n'
        f"{content}</{name}>\n</description>\n"
    )

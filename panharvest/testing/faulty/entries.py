"""Records for a provider for tests, and their documents: small, the same each time."""

from __future__ import annotations

from html import escape

from panharvest.testing.faulty.model import Entry

EPOCH = 1_600_000_000  # 2020-09-13T12:26:40Z
_XSI = "http://www.w3.org/2001/XMLSchema-instance"
_OAI = "http://www.openarchives.org/OAI/2.0"
_KERNEL = "http://datacite.org/schema/kernel-4"
_WRAPPER = "http://schema.datacite.org/oai/oai-1.1"

FORMATS = {
    "oai_dc": (f"{_OAI}/oai_dc.xsd", f"{_OAI}/oai_dc/"),
    "oai_datacite": (f"{_WRAPPER}/oai.xsd", f"{_WRAPPER}/"),
}


def make_entries(
    count: int, *, first: int = EPOCH, apart: int = 3600, deleted_every: int = 0
) -> list[Entry]:
    """Make records whose datestamps lie so many seconds apart.

    Every second record is in set ``even``, the others in ``odd:first`` or
    ``odd:second``. With ``deleted_every=10``, every tenth is a tombstone.
    """
    return [
        Entry(
            f"oai:faulty.example.org:{number:06}",
            first + number * apart,
            f"Sample {number} & its <grains>, Ångström",
            ("even",) if number % 2 == 0 else (f"odd:{_HALF[number // 2 % 2]}",),
            bool(deleted_every) and number % deleted_every == deleted_every - 1,
        )
        for number in range(count)
    ]


_HALF = ("first", "second")


def document(entry: Entry, prefix: str) -> bytes:
    """Write the metadata of a record: its own document, or a generated one."""
    own = entry.documents.get(prefix)
    if own is not None:
        return own
    made = _dublin_core(entry) if prefix == "oai_dc" else _datacite(entry)
    return made.encode()


def _dublin_core(entry: Entry) -> str:
    number = entry.identifier.rpartition(":")[2]
    return (
        f'<oai_dc:dc xmlns:oai_dc="{_OAI}/oai_dc/"'
        ' xmlns:dc="http://purl.org/dc/elements/1.1/"'
        f' xmlns:xsi="{_XSI}" xsi:schemaLocation="{_OAI}/oai_dc/ {_OAI}/oai_dc.xsd">\n'
        f"<dc:title>{escape(entry.title)}</dc:title>\n"
        "<dc:creator>Doe, Jo</dc:creator>\n"
        f"<dc:identifier>https://doi.org/10.5072/{escape(number)}</dc:identifier>\n"
        "<dc:publisher>A Facility</dc:publisher>\n<dc:date>2020-09-13</dc:date>\n"
        "<dc:type>Dataset</dc:type>\n"
        "<dc:rights>info:eu-repo/semantics/openAccess</dc:rights>\n</oai_dc:dc>\n"
    )


def _datacite(entry: Entry) -> str:
    number = entry.identifier.rpartition(":")[2]
    return (
        f'<oai_datacite xmlns="{_WRAPPER}/" xmlns:xsi="{_XSI}"'
        f' xsi:schemaLocation="{_WRAPPER}/ {_WRAPPER}/oai.xsd">\n'
        "<schemaVersion>4</schemaVersion>\n"
        "<datacentreSymbol>TEST.FAULTY</datacentreSymbol>\n<payload>\n"
        f'<resource xmlns="{_KERNEL}" xsi:schemaLocation="{_KERNEL}'
        ' http://schema.datacite.org/meta/kernel-4.7/metadata.xsd">\n'
        f'<identifier identifierType="DOI">10.5072/{escape(number)}</identifier>\n'
        '<creators><creator><creatorName nameType="Personal">Doe, Jo</creatorName>'
        "</creator></creators>\n"
        f"<titles><title>{escape(entry.title)}</title></titles>\n"
        "<publisher>A Facility</publisher>\n<publicationYear>2020</publicationYear>\n"
        '<resourceType resourceTypeGeneral="Dataset">Dataset</resourceType>\n'
        "</resource>\n</payload>\n</oai_datacite>\n"
    )

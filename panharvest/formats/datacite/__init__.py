"""DataCite 4.4 to 4.7: the kernel (``datacite``), its OAI wrapper, and its JSON.

What is written is what harvesters of the field read rightly, where the kernel leaves
a choice (docs/reference/crosswalk): ``Collected`` comes first because B2FIND takes the
first date as temporal coverage; a creator has one nameIdentifier because EOSC Data
Commons fails on two; an instrument is a relatedItem beside its relatedIdentifier,
never with a publisher; access rights are said as info:eu-repo and as COAR. What is read
is anything that calls itself DataCite.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from panharvest.codelists import KERNEL
from panharvest.formats.datacite.kernels import kernel
from panharvest.formats.datacite.reading import read as read_datacite
from panharvest.formats.datacite.to_json import write_json, write_rest
from panharvest.formats.datacite.writing import NAMESPACE, resource
from panharvest.xmltext import line

if TYPE_CHECKING:
    from panharvest.protocols import Reading
    from panharvest.record import Record

OAI_NAMESPACE = "http://schema.datacite.org/oai/oai-1.1/"
OAI_SCHEMA = "http://schema.datacite.org/oai/oai-1.1/oai.xsd"

_OAI_HEAD = (
    f'<oai_datacite xmlns="{OAI_NAMESPACE}"'
    ' xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance"'
    f' xsi:schemaLocation="{OAI_NAMESPACE} {OAI_SCHEMA}"><schemaVersion>'
)


class DataCite:
    """The DataCite kernel as XML.

    Parameters
    ----------
    version
        Of the kernel that is written: 4.4, 4.5, 4.6 or 4.7.
    prefix
        The metadata prefix under which it is served.
    """

    namespace = NAMESPACE

    def __init__(self, version: str = KERNEL, prefix: str = "datacite") -> None:
        self.prefix = prefix
        self._kernel = kernel(version)
        self.schema = self._kernel.schema

    def write(self, record: Record) -> bytes | None:
        """Write a record; None when a property DataCite demands is missing.

        These are identifier, creator, title, publisher and year; ``check`` reports
        each as an error. Values DataCite could not take (a wrong ORCID, an impossible
        date) are left out; ``check`` reports them as warnings.
        """
        document = resource(record, self._kernel)
        return None if document is None else document.encode()

    def read(self, document: bytes, *, id: str | None = None) -> Reading:  # noqa: A002 (the word of the record)
        """Read DataCite of any kernel, as XML in any wrapper or as JSON."""
        return read_datacite(document, id=id)


class OaiDataCite:
    """The DataCite kernel in the wrapper oai-1.1, as harvesters ask for it."""

    namespace = OAI_NAMESPACE
    schema = OAI_SCHEMA

    def __init__(self, version: str = KERNEL, prefix: str = "oai_datacite") -> None:
        self.prefix = prefix
        self._kernel = kernel(version)

    def write(self, record: Record) -> bytes | None:
        """Write a record; None when it has no DataCite form."""
        document = resource(record, self._kernel)
        if document is None:
            return None
        symbol = record.facility.id.upper() if record.facility else ""
        return (
            f"{_OAI_HEAD}{self._kernel.version}</schemaVersion><datacentreSymbol>"
            f"{line(symbol) or 'PANHARVEST'}</datacentreSymbol>"
            f"<payload>{document}</payload></oai_datacite>"
        ).encode()

    def read(self, document: bytes, *, id: str | None = None) -> Reading:  # noqa: A002 (the word of the record)
        """Read DataCite of any kernel, as XML in any wrapper or as JSON."""
        return read_datacite(document, id=id)


class DataCiteJson:
    """DataCite as flat JSON, as content negotiation of DOIs gives it."""

    name = "datacite-json"
    media_type = "application/vnd.datacite.datacite+json"

    def __init__(self, version: str = KERNEL) -> None:
        self._version = kernel(version).version

    def write(self, record: Record) -> bytes | None:
        """Write a record; None when a property DataCite demands is missing."""
        return write_json(record, self._version)

    def read(self, document: bytes, *, id: str | None = None) -> Reading:  # noqa: A002 (the word of the record)
        """Read DataCite of any kernel, as XML in any wrapper or as JSON."""
        return read_datacite(document, id=id)


class DataCiteRest(DataCiteJson):
    """DataCite as the REST interface of DataCite takes and gives it."""

    name = "datacite-rest"
    media_type = "application/vnd.api+json"

    def write(self, record: Record) -> bytes | None:
        """Write a record; None when a property DataCite demands is missing."""
        return write_rest(record, self._version)

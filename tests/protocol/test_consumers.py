"""What EOSC's harvesters accept, asked of every record that is served.

B2FIND, EOSC Data Commons and OpenAIRE each read DataCite in their own way and drop what
they cannot use. Their rules are restated here and hold for all records of the demo (now
and when all embargoes are over) and of the real files.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

import pytest
import zoo
from places import SHARED
from samples import MUON, POWDER
from zoo import DAY, OAI

from panharvest.demo import make_demo
from panharvest.facilities import load_facilities
from panharvest.formats import FORMATS
from panharvest.ingest import ingest_nexus
from panharvest.manifest import read_manifest
from panharvest.mapping import load_tables
from panharvest.protocols import Item, Stage
from panharvest.publish import Context
from panharvest.record import AccessStatus
from panharvest.stores import open_store
from panharvest.testing.clock import FrozenClock

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from lxml import etree

    from panharvest.protocols import Store
    from panharvest.record import Record

NOW = 1_790_000_000.0  # in 2026: the demo makes its dates from it
DC = "{http://purl.org/dc/elements/1.1/}"
K4 = "{http://datacite.org/schema/kernel-4}"
LANG = "{http://www.w3.org/XML/1998/namespace}lang"
ISO_DATE = re.compile(
    r"\d{4}(-\d\d(-\d\d)?)?(T\d\d:\d\d:\d\d(\.\d+)?(Z|[+-]\d\d:\d\d))?"
)
INFO = "info:eu-repo/semantics/"
COAR = {
    f"http://purl.org/coar/access_right/{code}"
    for code in ("c_abf2", "c_f1cf", "c_16ec", "c_14cb")
}
REPOSITORY = zoo.repository(
    page_size=100, formats={p: (f.schema, f.namespace) for p, f in FORMATS.items()}
)


@dataclass(frozen=True)
class Served:
    """A record as it is served: its header, and both its documents."""

    header: etree._Element
    dc: etree._Element
    wrapped: etree._Element

    @property
    def name(self) -> str:
        return self.header.findtext(f"{OAI}identifier") or ""

    @property
    def sets(self) -> set[str]:
        return {one.text or "" for one in self.header.findall(f"{OAI}setSpec")}

    @property
    def resource(self) -> etree._Element:
        found = self.wrapped.find(f".//{K4}resource")
        assert found is not None
        return found

    def texts(self, path: str) -> list[str]:
        """Give the texts of elements of the DataCite document."""
        steps = "/".join(f"{K4}{step}" for step in path.split("/"))
        return [str(e.text or "") for e in self.resource.findall(steps)]

    def elements(self, path: str) -> list[etree._Element]:
        steps = "/".join(f"{K4}{step}" for step in path.split("/"))
        return self.resource.findall(steps)


def served(store: Store, clock: FrozenClock) -> list[Served]:
    """Harvest both documents of all that is public."""

    def documents(prefix: str) -> dict[str, tuple[etree._Element, etree._Element]]:
        query = f"verb=ListRecords&metadataPrefix={prefix}"
        return {
            str(record.findtext(f".//{OAI}identifier")): (record[0], metadata[0])
            for page in zoo.harvest(REPOSITORY, store, clock, query)
            for record in page.iter(f"{OAI}record")
            if (metadata := record.find(f"{OAI}metadata")) is not None
        }

    dc, wrapped = documents("oai_dc"), documents("oai_datacite")
    assert dc.keys() == wrapped.keys()
    return [Served(h, d, wrapped[name][1]) for name, (h, d) in dc.items()]


def sample_items() -> Iterator[Item]:
    """Give records with every field filled, one of them under embargo."""
    for record in (POWDER, MUON):
        yield Item(record.id, record.id, (Stage(0, _rendered(record), _sets(record)),))


def _rendered(record: Record) -> dict[str, bytes]:
    bodies = ((p, f.write(record)) for p, f in FORMATS.items())
    return {prefix: body for prefix, body in bodies if body is not None}


def _sets(record: Record) -> tuple[str, ...]:
    assert record.access is not None
    is_open = record.access.status is AccessStatus.OPEN
    return ("access:open", "openaire_data") if is_open else ("access:embargoed",)


@pytest.fixture(scope="module")
def records(tmp_path_factory: pytest.TempPathFactory) -> list[Served]:
    """Give every record served of the samples, the demo and the real files."""
    folder = tmp_path_factory.mktemp("served")
    clock = FrozenClock(NOW)
    context = Context(load_tables(), load_facilities(), FORMATS)
    store = open_store(f"sqlite:///{folder}/store.db")
    zoo.put(store, clock, *sample_items())
    (folder / "demo").mkdir()
    make_demo(folder / "demo", store, context, clock)
    _ingest_real(folder, store, context, clock)
    clock.advance(5)
    found = served(store, clock)
    clock.advance(4000 * DAY)
    later = served(store, clock)
    store.close()
    assert len(later) > len(found) > 8
    return found + later


def _ingest_real(
    folder: Path, store: Store, context: Context, clock: FrozenClock
) -> None:
    """Add the real files, where they are."""
    real = SHARED / "nexus"
    if not real.is_dir():
        return
    manifest = folder / "manifest.csv"
    manifest.write_text(f"file,release_date,facility\n{real}/**/*,2020-01-01,esrf\n")
    rows = read_manifest(manifest)
    for _ in ingest_nexus([real], store, context, clock, manifest=rows, jobs=2):
        pass


def each(records: list[Served], rule: Callable[[Served], bool]) -> list[str]:
    """Give the names of the records that break a rule."""
    return [record.name for record in records if not rule(record)]


def is_url(text: str) -> bool:
    parts = urlsplit(text)
    return parts.scheme in {"http", "https"} and bool(parts.netloc)


def identifier(record: Served) -> tuple[str, str]:
    (element,) = record.elements("identifier")
    return str(element.get("identifierType")), str(element.text)


def test_p39_dublin_core_has_what_everybody_reads(records: list[Served]) -> None:
    for name in ("title", "identifier", "creator", "date", "type", "publisher"):
        assert each(records, lambda r, n=name: r.dc.find(f"{DC}{n}") is not None) == []
    assert each(records, lambda r: r.dc.find(f"{DC}rights") is not None) == []
    for record in records:
        assert any(is_url(str(e.text)) for e in record.dc.iter(f"{DC}identifier"))
        for date in record.dc.iter(f"{DC}date"):
            parts = str(date.text).removeprefix(f"{INFO.split('/')[0]}/date/")
            parts = parts.removeprefix("embargoEnd/")
            assert all(ISO_DATE.fullmatch(part) for part in parts.split("/")), parts
        for language in record.dc.iter(f"{DC}language"):
            assert re.fullmatch(r"[a-z]{2,3}(-[A-Za-z0-9]+)*", str(language.text))
        rights = {str(e.text) for e in record.dc.iter(f"{DC}rights")}
        assert {one for one in rights if one.startswith(INFO)}, record.name


def test_p40_b2find_accepts_every_record(records: list[Served]) -> None:
    assert (
        each(records, lambda r: any(t.strip() for t in r.texts("titles/title"))) == []
    )
    assert each(records, lambda r: len("".join(r.texts("publisher"))) >= 2) == []
    assert each(records, lambda r: bool(r.texts("creators/creator/creatorName"))) == []
    for record in records:
        (year,) = record.texts("publicationYear")
        assert re.fullmatch(r"\d{4}", year)
        kind, value = identifier(record)
        assert kind in {"DOI", "URL"}, record.name
        assert is_url(value) or value.startswith("10."), record.name
        for element in record.elements("creators/creator/nameIdentifier"):
            scheme = str(element.get("nameIdentifierScheme"))
            assert scheme == "ORCID" or scheme.upper() != "ORCID"


def test_p40_b2find_sees_what_is_open_and_what_is_not(records: list[Served]) -> None:
    """It looks for three words anywhere in the rights; without rights all is open."""
    states = set()
    for record in records:
        said = " ".join(
            f"{e.text} {e.get('rightsURI')}"
            for e in record.elements("rightsList/rights")
        ).lower()
        closed = any(word in said for word in ("closed", "restricted", "embargoed"))
        assert closed == ("access:open" not in record.sets), record.name
        assert said
        states.add(closed)
    assert states == {True, False}


def test_p40_the_year_of_what_is_embargoed_is_when_it_opens(
    records: list[Served],
) -> None:
    held = [record for record in records if "access:embargoed" in record.sets]
    assert held
    for record in held:
        available = [
            str(e.text)
            for e in record.elements("dates/date")
            if e.get("dateType") == "Available"
        ]
        assert available, record.name
        assert record.texts("publicationYear") == [available[0][:4]]


def test_p40_eosc_data_commons_accepts_every_record(records: list[Served]) -> None:
    for record in records:
        kind, value = identifier(record)
        tail = record.name.rpartition(":")[2]
        assert kind in {"DOI", "URL", "URN"}
        assert kind != "DOI" or tail == value, "the DOI follows the last colon"
        for creator in record.elements("creators/creator"):
            assert len(creator.findall(f"{K4}nameIdentifier")) <= 1
            assert creator.findtext(f"{K4}creatorName")
        (resource_type,) = record.elements("resourceType")
        assert resource_type.get("resourceTypeGeneral")
        for date in record.elements("dates/date"):
            ends = str(date.text).split("/")
            assert all(ISO_DATE.fullmatch(end) for end in ends), "no open ranges"
        for element in record.elements("descriptions/description"):
            assert element.get("descriptionType")
        for element in record.resource.iter("{*}*"):
            language = element.get(LANG)
            assert language is None or re.fullmatch(r"[a-z]{2}(-.+)?", language)


def test_p40_techniques_keep_their_terms(records: list[Served]) -> None:
    found = 0
    for record in records:
        for subject in record.elements("subjects/subject"):
            if subject.get("subjectScheme") == "PaNET":
                found += 1
                assert is_url(str(subject.get("schemeURI")))
                assert is_url(str(subject.get("valueURI")))
                assert subject.text
    assert found > 10


def test_p40_openaire_accepts_every_record(records: list[Served]) -> None:
    for record in records:
        uris = [str(e.get("rightsURI")) for e in record.elements("rightsList/rights")]
        info = [uri for uri in uris if uri.startswith(INFO)]
        assert len(info) == 1, record.name
        assert len(COAR.intersection(uris)) == 1, record.name
        is_open = info == [f"{INFO}openAccess"]
        assert is_open == ("openaire_data" in record.sets)
        kinds = {str(e.get("dateType")) for e in record.elements("dates/date")}
        assert kinds & {"Issued", "Available"} or not kinds, record.name


def test_p41_schema_locations_are_pairs(records: list[Served]) -> None:
    location = "{http://www.w3.org/2001/XMLSchema-instance}schemaLocation"
    for record in records:
        for prefix, root in (("oai_dc", record.dc), ("oai_datacite", record.wrapped)):
            schema, namespace = REPOSITORY.formats[prefix]
            assert root.get(location) == f"{namespace} {schema}"
        schema, namespace = REPOSITORY.formats["datacite"]
        assert record.resource.get(location) == f"{namespace} {schema}"

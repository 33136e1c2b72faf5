"""DataCite out and in again: what is written is read back; what was read is written.

What a round trip changes is in :func:`carried`, and nothing else: each line of it says
why. Values that are wrong (a DOI that is none, a role that DataCite does not have) are
replaced by right ones before, because the writer leaves them out or says Other.
"""

from __future__ import annotations

from dataclasses import replace
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st
from lxml import etree
from samples import MUON, POWDER, differences
from xsd import SCHEMAS, assert_valid

from panharvest.codelists import KERNELS, datacite
from panharvest.derived import w3cdtf
from panharvest.formats.datacite import DataCite, OaiDataCite
from panharvest.formats.datacite.reading import read, read_all
from panharvest.formats.datacite.to_json import write_json
from panharvest.licensing import compact
from panharvest.record import (
    AccessStatus,
    Agent,
    Embargo,
    Interval,
    Moment,
    Record,
)
from panharvest.testing.datacite import carried_records

if TYPE_CHECKING:
    from collections.abc import Iterator

DATA = Path(__file__).resolve().parents[3] / "shared" / "data"
CORPUS = sorted(
    [
        *DATA.glob("records/datacite/pairs-*/*.xml"),
        *DATA.glob("records/datacite/**/*.json"),
        *DATA.glob("oai/b2find/*.xml"),
        *DATA.glob("oai/datacite-viringo/oai_getrecord_*.xml"),
    ]
)


@cache
def schema(version: str) -> etree.XMLSchema:
    file = SCHEMAS / "datacite" / f"kernel-{version}" / "metadata.xsd"
    if not file.exists():
        pytest.skip("the folder of schemas (../shared/data/schemas) is not here")
    return etree.XMLSchema(etree.parse(file))


def carried(record: Record) -> Record:
    """Give what a DataCite document keeps of a record."""
    embargo, access, licence = record.embargo, record.access, record.licence
    held = access is not None and access.status is not AccessStatus.OPEN
    issued = record.issued
    if issued is None and not (
        access is not None and access.status is AccessStatus.EMBARGOED
    ):
        issued = embargo.end if embargo else None  # Issued is Available once open
    if embargo is None and held and issued is not None:
        embargo = Embargo(None, issued)  # Available is said, so it is read as the end
    if embargo and embargo.start is None and not held and embargo.end == issued:
        embargo = None
    return replace(
        record,
        embargo=embargo,
        issued=issued,
        # evidence and confidence are for those who map, not for those who read
        facility=record.facility and replace(record.facility, confidence=1.0),
        # an address is not part of a document that has a DOI and is not ours
        licence=licence and compact(licence),
    )


@given(carried_records())
def test_what_is_written_is_read_back(record: Record) -> None:
    document = DataCite().write(record)
    assert document is not None
    assert differences(read(document).record, carried(record)) == {}
    wrapped = OaiDataCite().write(record)
    assert wrapped is not None
    assert read(wrapped).record == read(document).record


@given(carried_records())
def test_json_says_the_same(record: Record) -> None:
    document = write_json(record)
    assert document is not None
    found = read(document).record
    xml = DataCite().write(record)
    assert xml is not None
    assert differences(found, read(xml).record) == {}


@given(carried_records(), st.sampled_from(KERNELS))
def test_every_version_is_valid(record: Record, version: str) -> None:
    document = DataCite(version).write(record)
    assert document is not None
    root = etree.fromstring(document)
    assert schema(version).validate(root), schema(version).error_log
    assert f"kernel-{version}/metadata.xsd" in document.decode()


@pytest.mark.parametrize("version", KERNELS)
@pytest.mark.parametrize("name", ["resourceTypeGeneral", "relationType", "dateType"])
def test_an_older_kernel_has_a_word_for_every_newer_one(
    version: str, name: str
) -> None:
    from panharvest.formats.datacite.kernels import kernel

    words = {
        "resourceTypeGeneral": kernel(version).generals,
        "relationType": kernel(version).relations,
        "dateType": kernel(version).dates,
    }[name]
    assert set(words) == datacite(name)
    assert set(words.values()) <= datacite(name, version)


def test_a_version_that_there_is_not() -> None:
    with pytest.raises(
        ValueError, match=r"DataCite 5\.0 cannot be written; there are 4"
    ):
        DataCite("5.0")


# --- documents of others --------------------------------------------------------------


def readings() -> Iterator[tuple[str, Record]]:
    for file in CORPUS:
        content = file.read_bytes()
        if file.suffix == ".xml" and b"resource" not in content:
            continue
        if file.name == "datacite_api_clients.json":
            continue
        try:
            found = list(read_all(content))
        except Exception as problem:  # told with the name of the file
            if "document.foreign" in str(getattr(problem, "code", "")):
                continue
            raise AssertionError(file.name) from problem
        for i, reading in enumerate(found):
            yield f"{file.parent.name}/{file.name}[{i}]", reading.record


def normalised(record: Record) -> Record:
    """What writing changes of foreign documents, and why.

    - One identifier for a person or organisation: the ORCID, the ROR or the first.
    - What is wrong is left out: dates that are none, identifiers that are malformed,
      points that are not on Earth, language tags that are none.
    - A Handle is a Handle, whatever its type said; a licence is said once.
    - A related item has no publisher, and its people have no identifiers.
    - What is said twice is said once.
    - A time of an unknown zone is reduced to its day: W3CDTF has no local times.
    """

    def one(agent: Agent) -> Agent:
        best = next(
            (i for s in ("ORCID", "ROR") for i in agent.identifiers if i.scheme == s),
            next(iter(agent.identifiers), None),
        )
        return replace(agent, identifiers=(best,) if best else ())

    def bare(agent: Agent) -> Agent:
        return replace(agent, identifiers=(), affiliations=())

    def known(moment: Moment | None) -> Moment | None:
        text = w3cdtf(moment)
        return None if text is None else Moment(text)

    span = record.collected
    if span and not (known(span.start) or known(span.end)):
        span = None
    return replace(
        record,
        collected=span and Interval(known(span.start), known(span.end)),
        creators=tuple(map(one, record.creators)),
        contributors=tuple(replace(c, agent=one(c.agent)) for c in record.contributors),
        related_items=tuple(
            replace(
                item,
                publisher=None,
                creators=tuple(map(bare, item.creators)),
                contributors=tuple(
                    replace(c, agent=bare(c.agent)) for c in item.contributors
                ),
            )
            for item in record.related_items
        ),
        formats=tuple(dict.fromkeys(record.formats)),
        extents=tuple(dict.fromkeys(record.extents)),
    )


def test_documents_of_others_are_written_and_read_again_without_change() -> None:
    written = 0
    for name, record in readings():
        document = DataCite().write(record)
        if document is None:  # lacks what DataCite demands: it was not valid before
            continue
        written += 1
        assert_valid(document)
        once = read(document).record
        again = DataCite().write(once)
        assert again is not None
        assert read(again).record == once, name  # stable after the first time
        different = {
            field: (getattr(normalised(record), field), getattr(carried(once), field))
            for field in _KEPT
            if getattr(normalised(record), field) != getattr(carried(once), field)
        }
        assert different == {}, name
    if not written:
        pytest.skip("the folder of real files (../shared/data) is not here")
    assert written >= 45


# Fields that documents of others keep exactly. The dates are compared as they are read
# the second time: an impossible one is gone, and Issued may come from Available.
_KEPT = (
    *("kind", "resource_type", "pid", "titles", "descriptions", "creators"),
    *("contributors", "publisher", "facility", "instruments", "techniques", "samples"),
    *("keywords", "subjects", "collected", "size", "size_exact", "file_count"),
    *("extents", "formats", "definitions", "version", "funding", "related_items"),
    *("location", "places", "rights", "access"),
)


@pytest.mark.parametrize("record", [POWDER, MUON], ids=["powder", "muon"])
def test_the_samples_come_back(record: Record) -> None:
    document = DataCite().write(record)
    assert document is not None
    found = read(document).record
    kept = {
        *("id", "kind", "pid", "alternate_identifiers", "titles", "descriptions"),
        *("publisher", "techniques", "samples", "measured_variables", "keywords"),
        *("subjects", "created", "modified", "issued", "access", "language", "version"),
        *("formats", "definitions", "services", "funding", "location", "landing_page"),
        *("contributors", "instruments", "kind", "embargo"),
    }
    for field in kept - {"collected"}:
        assert getattr(found, field) == getattr(carried(record), field), field

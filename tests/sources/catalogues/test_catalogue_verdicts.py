"""Every real record of a catalogue has its verdict: public, hidden and why, or refused.

The numbers were judged by hand from the files: SciCat shows what is published, with
every dataset of a publication; ICAT without a release date shows nothing but data
publications; a search API shows what is public and whose date has come.
"""

from __future__ import annotations

import re
from collections import Counter
from contextlib import closing
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import pytest
import xsd
from lxml import etree

from panharvest.building import build_context
from panharvest.cataloguing import ingest_catalogue
from panharvest.config import Settings
from panharvest.formats import FORMATS
from panharvest.mapping.entries import map_entry
from panharvest.sources.catalogues.registry import open_source
from panharvest.stores import open_store
from panharvest.testing.clock import FrozenClock
from panharvest.vocabulary import panet

if TYPE_CHECKING:
    from pathlib import Path

    from panharvest.cataloguing import CatalogueDone
    from panharvest.protocols import Store

CONTEXT = build_context(Settings())
NOW = 1_800_000_000.0  # 2027-01-15
EMAIL = re.compile(rb"[\w.+-]+@[\w-]+\.[\w.]+")
NO_DATE = "embargo.no-source-date"


@dataclass(frozen=True)
class Verdict:
    """What must come of some files."""

    kind: str
    files: tuple[str, ...]
    opened: int
    hidden: dict[str, int] = field(default_factory=dict)  # by code
    refused: dict[str, int] = field(default_factory=dict)  # by code
    facility: str | None = None
    techniques: int = 0  # open records that have one


LIVE = tuple(
    f"scicat/scicatlive/{name}.json"
    for name in (
        *("Dataset", "Instrument", "Job", "OrigDatablock", "Proposal"),
        *("PublishedData", "Sample"),
    )
)
VERDICTS = {
    # dls_pub1 names a dataset that is not there; two datasets say no facility
    "scicat-live": Verdict(
        "scicat", LIVE, 27, {"embargo.not-public": 1, "check.error": 2}, techniques=27
    ),
    "scicat-live-facility": Verdict(
        "scicat",
        LIVE[:1],
        19,
        facility="psi",
        techniques=19,
    ),
    "scicat-desy": Verdict("scicat", ("scicat/desy_public_20251027.json",), 18),
    # a dataset of one publication was answered with 403
    "scicat-maxiv": Verdict(
        "scicat",
        ("scicat/maxiv_public_20250219.json",),
        28,
        {"embargo.not-public": 1},
        {"document.error": 1},
    ),
    # nothing is known of the datasets of either
    "scicat-ess": Verdict(
        "scicat",
        ("scicat/pyscicat_published_data.json",),
        0,
        {"embargo.not-public": 2},
    ),
    "scicat-schema": Verdict(
        "scicat",
        ("scicat/publishedDataConfig.example.json",),
        0,
        refused={"document.unknown": 1},
    ),
    # one release date is there and empty
    "panosc-ill": Verdict(
        "panosc",
        ("panosc/ill_manual_20250423.json",),
        1,
        {"embargo.date-nonsense": 1},
    ),
    "panosc-reference": Verdict(
        "panosc", ("panosc/search-api_db.json",), 6, techniques=6
    ),
    **{
        f"icat-{name}": Verdict(
            "icat", (f"icat/{name}",), opened, {NO_DATE: hidden}, facility="hzb"
        )
        for name, opened, hidden in (
            ("icatdump-5.0.yaml", 1, 12),
            ("icatdump-5.0.xml", 1, 12),
            ("icatdump-6.2.yaml", 1, 12),
            ("icatdump-6.2.xml", 1, 12),
            ("icatdump-simple.xml", 0, 1),
            ("icat.oaipmh_test_icatdump.data", 0, 11),
            ("example_data.yaml", 1, 10),
            ("metadata.xml", 0, 4),
            ("metadata-5.0-inl.xml", 0, 2),
            ("metadata-5.0-sep.xml", 0, 2),
            ("metadata-sample.xml", 0, 4),
            ("ingest-sample-ds.xml", 0, 4),
            ("ingest-datafiles.xml", 0, 1),
        )
    },
    "icat-parameters-only": Verdict("icat", ("icat/ingest-ds-params.xml",), 0),
    **{
        f"icat-{name}": Verdict(
            "icat", (f"icat/{name}",), 0, refused={"document.unknown": 1}
        )
        for name in ("esrf_hdf5_cfg.xml", "esrf_typical_ranges.json")
    },
}


def ingest(verdict: Verdict, shared: Path, store: Store) -> CatalogueDone:
    """Read the files of a verdict."""
    places = [str(shared / "records" / name) for name in verdict.files]
    with closing(open_source(verdict.kind, places)) as source:
        *_, done = ingest_catalogue(
            source,
            verdict.kind,
            store,
            CONTEXT,
            FrozenClock(NOW),
            facility=verdict.facility,
        )
    return done


@pytest.mark.parametrize("name", sorted(VERDICTS))
def test_verdict(name: str, shared: Path, tmp_path: Path) -> None:
    verdict = VERDICTS[name]
    with closing(open_store(f"sqlite:///{tmp_path}/s.db", create=True)) as store:
        done = ingest(verdict, shared, store)
        codes = Counter(code for _, _, code, _ in store.refusals())
        facts = dict(store.facts())
        assert done.status == "complete"
        assert dict(codes) == verdict.refused
        hidden = Counter(
            str(f["code"])
            for f in facts.values()
            if f["phases"] != [[0, "open"]]
            and (f["opens_at"] is None or f["opens_at"] > NOW)
        )
        assert dict(hidden) == verdict.hidden
        assert done.records.get("open", 0) == verdict.opened
        technical = 0
        for id_, found in facts.items():
            row = store.get(id_, "oai_datacite", int(NOW) + 60)
            if row is None:
                continue
            assert row.body is not None
            datacite = store.get(id_, "datacite", int(NOW) + 60)
            assert datacite is not None
            assert datacite.body is not None
            xsd.assert_valid(datacite.body)
            assert not EMAIL.search(row.body), "nobody's address is passed on"
            assert b"/data/visitors" not in row.body, "no disk of a site"
            technical += bool(found["techniques"])
            for technique in found["techniques"]:
                assert panet().is_technique(technique["iri"])
        assert technical == verdict.techniques


def test_no_identifier_of_a_technique_is_lost(shared: Path, tmp_path: Path) -> None:
    """In whatever spelling: bare, with a prefix, as a web address."""
    verdict = VERDICTS["scicat-live-facility"]
    with closing(open_store(f"sqlite:///{tmp_path}/s.db", create=True)) as store:
        ingest(verdict, shared, store)
        for dataset in store.datasets():
            for raw in store.raws(dataset):
                mapped = map_entry(raw, CONTEXT.tables, CONTEXT.facilities)
                said = [
                    row.value
                    for row in mapped.trace
                    if row.target == "technique.identifier"
                ]
                assert said
                assert len(mapped.record.techniques) >= 1
                assert not [p for p in mapped.problems if p.code == "MAP-TECHNIQUE"]


def test_both_forms_of_a_dump_say_the_same(shared: Path, tmp_path: Path) -> None:
    """YAML and XML of one ICAT give the same records."""
    for version in ("5.0", "6.2"):
        found = []
        for form in ("yaml", "xml"):
            verdict = VERDICTS[f"icat-icatdump-{version}.{form}"]
            url = f"sqlite:///{tmp_path}/{version}{form}.db"
            with closing(open_store(url, create=True)) as store:
                ingest(verdict, shared, store)
                found.append(
                    {
                        raw.native_id: map_entry(
                            raw, CONTEXT.tables, CONTEXT.facilities
                        ).record
                        for dataset in store.datasets()
                        for raw in store.raws(dataset)
                    }
                )
        assert found[0].keys() == found[1].keys()
        for key, record in found[0].items():
            other = found[1][key]
            for name in ("titles", "techniques", "collected", "instruments", "files"):
                assert getattr(record, name) == getattr(other, name), (key, name)


def test_every_format_is_written_for_a_public_record(
    shared: Path, tmp_path: Path
) -> None:
    with closing(open_store(f"sqlite:///{tmp_path}/s.db", create=True)) as store:
        ingest(VERDICTS["scicat-desy"], shared, store)
        for id_, _ in store.facts():
            for prefix in FORMATS:
                row = store.get(id_, prefix, int(NOW) + 60)
                assert row is not None, (id_, prefix)
                assert row.body is not None
                etree.fromstring(row.body)

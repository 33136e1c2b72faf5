"""Every value of a harvested record has an origin, and what has none is told."""

from __future__ import annotations

import re
from dataclasses import fields
from pathlib import Path
from typing import TYPE_CHECKING

import msgspec
import pytest
from answers import as_stored

from panharvest.errors import SkipError
from panharvest.harvested import Feed, Harvested, Standing
from panharvest.harvester import tracing
from panharvest.harvester.foreign import read
from panharvest.harvester.tracing import explain
from panharvest.record import Record
from panharvest.sources.oaipmh.pages import parse
from panharvest.tables import read_table, resource
from panharvest.testing import FaultyProvider
from panharvest.testing.faulty import EPOCH, Entry

if TYPE_CHECKING:
    from afield import Field

    from panharvest.mapping import TraceRow

DATA = Path(__file__).resolve().parents[3] / "shared" / "data" / "oai"
RULES = {
    f"crosswalk:{form}/{row['field']}"
    for row in read_table(
        resource("crosswalk.tsv"), ("field", "datacite", "schemaorg", "dcat", "oai_dc")
    )
    for form in ("datacite", "oai_dc")
}
DATACITE = """<resource xmlns="http://datacite.org/schema/kernel-4">
<identifier identifierType="DOI">10.5072/e</identifier>
<creators>
<creator><creatorName>Doe, Jo</creatorName></creator>
<creator><creatorName nameType="Personal">Roe, Al</creatorName>
<nameIdentifier nameIdentifierScheme="ORCID">0000-0002-1825-0097</nameIdentifier>
</creator>
</creators>
<titles><title>One</title><title titleType="AlternativeTitle">Two</title></titles>
<publisher>A Facility</publisher><publicationYear>2024</publicationYear>
<subjects><subject>powder</subject><subject>powder</subject>
<subject subjectScheme="PaNET">powder diffraction</subject></subjects>
<dates><date dateType="Issued">2024-05-06</date></dates>
<resourceType resourceTypeGeneral="Dataset">raw data</resourceType>
<rightsList><rights rightsURI="https://creativecommons.org/licenses/by/4.0/">CC</rights>
</rightsList>
<descriptions><description descriptionType="Abstract">Ask a@example.org</description>
</descriptions><sizes><size>12 samples</size></sizes><nothing>of use</nothing>
</resource>"""


def harvested(metadata: str, about: str = "") -> Harvested:
    record = (
        "<record><header><identifier>oai:x:1</identifier>"
        "<datestamp>2024-06-01T00:00:00Z</datestamp><setSpec>s</setSpec></header>"
        f"<metadata>{metadata}</metadata>{about}</record>"
    )
    return Harvested(
        feed=Feed(1, "https://x.example.org/oai", "oai_datacite"),
        identifier="oai:x:1",
        datestamp="2024-06-01T00:00:00Z",
        standing=Standing.LIVE,
        sets=("s",),
        digest=b"",
        flags=(),
        page=1,
        fetched=EPOCH,
        record=record.encode(),
    )


def by_target(rows: tuple[TraceRow, ...]) -> dict[str, list[tuple[str, str]]]:
    found: dict[str, list[tuple[str, str]]] = {}
    for row in rows:
        if row.outcome != "absent":
            short = row.path.removeprefix("/record/metadata/resource/")
            found.setdefault(row.target, []).append((short, row.value))
    return found


def test_every_value_has_its_element() -> None:
    found = by_target(explain(harvested(DATACITE)).trace)
    assert found["pid"] == [("identifier", "10.5072/e")]
    assert found["creators[0].name"] == [("creators/creator[1]/creatorName", "Doe, Jo")]
    name = "creators/creator[2]/creatorName"
    assert found["creators[1].name"] == [(name, "Roe, Al")]
    assert found["creators[1].nature"] == [(f"{name}@nameType", "Personal")]
    place = "creators/creator[2]/nameIdentifier"
    assert (place, "0000-0002-1825-0097") in found["creators[1].identifiers[0]"]
    assert found["titles[1]"] == [("titles/title[2]", "Two")]
    assert found["issued"] == [
        ("dates/date@dateType", "Issued"),
        ("dates/date", "2024-05-06"),
    ]
    technique = "subjects/subject[3]"
    assert (technique, "powder diffraction") in found["techniques[0]"]
    rights = "rightsList/rights@rightsURI"
    assert rights in {path for path, _ in found["licence"]}


def test_what_is_said_twice_is_told_as_that_and_addresses_are_not_shown() -> None:
    rows = explain(harvested(DATACITE)).trace
    twice = [row for row in rows if row.path.endswith(("subject[1]", "subject[2]"))]
    assert {row.value for row in twice} == {"powder"}
    first, second = (row.outcome for row in twice)
    assert first == "used"
    assert "said elsewhere" in second
    (year,) = (row for row in rows if row.path.endswith("/publicationYear"))
    assert "said elsewhere" in year.outcome
    (abstract,) = (row for row in rows if row.path.endswith("s/description"))
    assert (abstract.target, abstract.value) == ("descriptions[0]", "(not shown)")


def test_what_nothing_reads_is_left_over_and_what_is_not_said_is_absent() -> None:
    told = explain(harvested(DATACITE))
    assert told.leftovers == (
        "/record/header/setSpec",
        "/record/metadata/resource/nothing",
    )
    absent = {row.target for row in told.trace if row.outcome == "absent"}
    assert {"funding", "version", "language"} <= absent
    assert not absent & {"titles", "creators", "issued", "id", "provenance"}


def test_the_protocol_and_the_repository_behind_are_sources_too() -> None:
    about = (
        '<about><provenance><originDescription harvestDate="2024-01-01" altered="true">'
        "<baseURL>https://y.example.org/oai</baseURL></originDescription></provenance>"
        "</about>"
    )
    found = by_target(explain(harvested(DATACITE, about)).trace)
    assert found["id"] == [("/record/header/identifier", "oai:x:1")]
    assert found["provenance.origin.datestamp"] == [
        ("/record/header/datestamp", "2024-06-01T00:00:00Z")
    ]
    assert found["provenance.origin.base_url"] == [
        ("baseURL", "https://x.example.org/oai")
    ]
    assert found["provenance.origin.origin"] == [
        ("/record/about/provenance/originDescription", "https://y.example.org/oai")
    ]


def test_an_explanation_changes_nothing() -> None:
    one = harvested(DATACITE)
    before = read(one, id="oai:x:1")
    assert explain(one).record == before.record
    assert read(one, id="oai:x:1") == before


def test_a_document_without_end_is_looked_at_up_to_a_limit(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(tracing, "MOST", 20)
    rows = explain(harvested(DATACITE)).trace
    skipped = [row.path for row in rows if "too long" in row.outcome]
    assert "/record/metadata/resource/nothing" in skipped
    assert not any("titles" in path for path in skipped)
    with pytest.raises(SkipError):
        explain(harvested("<mods xmlns='http://www.loc.gov/mods/v3'><a>b</a></mods>"))


def _filled(record: Record) -> set[str]:
    """Give the fields of a record that are not as they are by themselves."""
    bare = msgspec.to_builtins(Record(id="", kind=record.kind))
    full = msgspec.to_builtins(record)
    return {f.name for f in fields(Record) if full[f.name] != bare[f.name]} - {"id"}


@pytest.mark.parametrize(
    "file",
    sorted(DATA.rglob("*.xml")) if DATA.exists() else [],
    ids=lambda file: file.name,
)
def test_no_field_of_a_real_record_is_without_origin(file: Path) -> None:
    try:
        answer = parse(file.read_bytes())
    except Exception:
        pytest.skip("no answer with records")
    looked = 0
    for one in as_stored(answer)[:3]:
        try:
            told = explain(one)
        except SkipError:
            continue
        looked += 1
        used = {
            re.split(r"[.\[]", row.target)[0]
            for row in told.trace
            if row.outcome != "absent"
        }
        assert _filled(told.record) <= used
        assert {r.rule for r in told.trace if r.rule.startswith("crosswalk:")} <= RULES
    if not looked:
        pytest.skip("no record of a format that is read")


def test_replay_explains_a_record(afield: Field) -> None:
    entry = Entry("oai:x:1", EPOCH, "x", documents={"oai_datacite": DATACITE.encode()})
    with FaultyProvider([entry]) as provider:
        afield.harvest(provider.url)
        afield.harvest(provider.url, prefix="oai_dc")
    from click.testing import CliRunner

    from panharvest.cli import app

    store = f"sqlite:///{afield.path}"
    done = CliRunner().invoke(app, ["replay", "--store", store, "--trace", "oai:x:1"])
    assert done.exit_code == 0, done.output
    assert f"{provider.url} oai_datacite: oai:x:1" in done.output
    assert f"{provider.url} oai_dc: oai:x:1" in done.output
    line = next(x for x in done.output.splitlines() if "creators[1].name" in x)
    assert line.split()[:4] == [
        *("creators[1].name", "<-", "crosswalk:datacite/creators", "<-"),
    ]
    assert "/creator[2]/creatorName = Roe, Al" in line
    assert list(afield.store.datasets()) == []  # nothing is published by it
    done = CliRunner().invoke(app, ["replay", "--store", store, "--trace", "oai:x:2"])
    assert done.exit_code != 0
    assert "no record 'oai:x:2' was harvested" in done.output

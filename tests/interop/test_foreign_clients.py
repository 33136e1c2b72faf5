"""Other people's harvesters read everything, over a real socket (P48)."""

from __future__ import annotations

import shutil
import subprocess
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING

import oaipmh.client
import oaipmh.error
import oaipmh_scythe
import oaipmh_scythe.exceptions
import pytest
import sickle
import sickle.oaiexceptions
import zoo
from live import serving
from oaipmh.metadata import MetadataRegistry, oai_dc_reader
from zoo import DAY, SECRET, START

from panharvest import oai
from panharvest.stores import open_store
from panharvest.testing.clock import FrozenClock

if TYPE_CHECKING:
    from collections.abc import Iterator

NOW = START + 3 * DAY
ODD = oai.compose_identifier("pan.example.org", "esrf/hg 12/<réf>#1&2.nxs")
GONE = "oai:pan.example.org:10.1234/a1"
LIVE = {
    *(f"oai:pan.example.org:10.1234/a{n}" for n in (0, 2, 3, 4)),
    *(f"oai:pan.example.org:10.1234/b{n}" for n in range(4)),
    "oai:pan.example.org:10.1234/dc-only",
    ODD,
}
ILL = {f"oai:pan.example.org:10.1234/b{n}" for n in range(4)}
DAY2 = oai.format_datestamp(START + 2 * DAY)


@pytest.fixture(scope="module")
def url(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """Serve the zoo on a free port of this machine, two records a page."""
    clock = FrozenClock(START)
    store = open_store(f"sqlite:///{tmp_path_factory.mktemp('live')}/store.db")
    zoo.fill(store, clock)
    with serving(store, zoo.repository(page_size=2), clock) as address:
        yield address
    store.close()


@dataclass
class Harvest:
    live: set[str]
    gone: set[str]
    count: int

    @classmethod
    def of(cls, headers: list[tuple[str, bool]]) -> Harvest:
        return cls(
            {name for name, deleted in headers if not deleted},
            {name for name, deleted in headers if deleted},
            len(headers),
        )


EVERYTHING = Harvest(LIVE, {GONE}, 11)


# --- sickle ---------------------------------------------------------------------------


@pytest.mark.parametrize("method", ["GET", "POST"])
def test_p48_sickle(url: str, method: str) -> None:
    client = sickle.Sickle(url, http_method=method, max_retries=3)
    records = list(client.ListRecords(metadataPrefix="oai_dc"))
    found = Harvest.of([(r.header.identifier, r.deleted) for r in records])
    assert found == EVERYTHING
    titles = [r.metadata["title"][0] for r in records if not r.deleted]
    assert all(title.startswith("Title of ") for title in titles)
    assert SECRET not in "".join(titles)

    heads = list(client.ListIdentifiers(metadataPrefix="oai_dc"))
    assert Harvest.of([(h.identifier, h.deleted) for h in heads]) == EVERYTHING
    some = client.ListRecords(metadataPrefix="oai_datacite", set="facility:ill")
    assert {r.header.identifier for r in some} == ILL
    some = client.ListRecords(metadataPrefix="oai_dc", ignore_deleted=True)
    assert {r.header.identifier for r in some} == LIVE
    late = client.ListRecords(**{"metadataPrefix": "oai_dc", "from": DAY2})
    assert [r.header.identifier for r in late] == [GONE]
    late = client.ListRecords(**{"metadataPrefix": "oai_dc", "from": DAY2[:10]})
    assert GONE in [r.header.identifier for r in late]

    assert {s.setSpec for s in client.ListSets()} == {*zoo.LISTED_SETS}
    assert [f.metadataPrefix for f in client.ListMetadataFormats()] == [*zoo.FORMATS]
    assert client.GetRecord(identifier=ODD, metadataPrefix="oai_dc").header.identifier
    assert client.Identify().repositoryName == "PaN & friends"


def test_p48_sickle_knows_our_errors(url: str) -> None:
    client = sickle.Sickle(url)
    errors = sickle.oaiexceptions
    with pytest.raises(errors.IdDoesNotExist):
        client.GetRecord(identifier="oai:x.org:1", metadataPrefix="oai_dc")
    with pytest.raises(errors.CannotDisseminateFormat):
        client.ListRecords(metadataPrefix="marc")
    with pytest.raises(errors.NoRecordsMatch):
        client.ListRecords(metadataPrefix="oai_dc", set="no:such")
    with pytest.raises(errors.BadArgument):
        client.ListRecords(metadataPrefix="oai_dc", until="junk")
    with pytest.raises(errors.BadResumptionToken):
        client.ListRecords(resumptionToken="junk")


# --- oaipmh 4 (once pyoai) ------------------------------------------------------------


def old_client(url: str, *, get: bool) -> oaipmh.client.Client:
    registry = MetadataRegistry()
    registry.registerReader("oai_dc", oai_dc_reader)
    client = oaipmh.client.Client(url, registry, force_http_get=get)
    client.updateGranularity()
    return client


@pytest.mark.parametrize("get", [True, False], ids=["GET", "POST"])
def test_p48_oaipmh(url: str, get: bool) -> None:
    client = old_client(url, get=get)
    records = list(client.listRecords(metadataPrefix="oai_dc"))
    heads = [(h.identifier(), h.isDeleted()) for h, _, _ in records]
    assert Harvest.of(heads) == EVERYTHING
    assert all(
        (metadata is None) if header.isDeleted() else metadata.getField("title")
        for header, metadata, _ in records
    )
    heads = client.listIdentifiers(metadataPrefix="oai_dc")
    assert Harvest.of([(h.identifier(), h.isDeleted()) for h in heads]) == EVERYTHING
    some = client.listIdentifiers(metadataPrefix="oai_datacite", set="facility:ill")
    assert {h.identifier() for h in some} == ILL
    since = datetime.fromisoformat(DAY2).replace(tzinfo=None)
    late = client.listIdentifiers(metadataPrefix="oai_dc", from_=since)
    assert [h.identifier() for h in late] == [GONE]
    assert {spec for spec, _, _ in client.listSets()} == {*zoo.LISTED_SETS}
    assert [p for p, _, _ in client.listMetadataFormats()] == [*zoo.FORMATS]
    header, _, _ = client.getRecord(identifier=ODD, metadataPrefix="oai_dc")
    assert header.identifier() == ODD
    identify = client.identify()
    assert identify.granularity() == "YYYY-MM-DDThh:mm:ssZ"
    assert identify.deletedRecord() == "persistent"
    assert identify.baseURL() == "https://pan.example.org/oai"


def test_p48_oaipmh_knows_our_errors(url: str) -> None:
    client = old_client(url, get=True)
    with pytest.raises(oaipmh.error.IdDoesNotExistError):
        client.getRecord(identifier="oai:x.org:1", metadataPrefix="oai_dc")
    with pytest.raises(oaipmh.error.CannotDisseminateFormatError):
        list(client.listIdentifiers(metadataPrefix="marc"))
    with pytest.raises(oaipmh.error.NoRecordsMatchError):
        list(client.listIdentifiers(metadataPrefix="oai_dc", set="no:such"))
    with pytest.raises(oaipmh.error.BadResumptionTokenError):
        # its public methods take no token, so this is how it resumes a list itself
        client.makeRequestErrorHandling(verb="ListIdentifiers", resumptionToken="junk")


# --- oaipmh-scythe --------------------------------------------------------------------


def test_p48_scythe(url: str) -> None:
    with oaipmh_scythe.Scythe(url) as client:
        records = list(client.list_records(metadata_prefix="oai_dc"))
        heads = [(r.header.identifier, r.deleted) for r in records]
        assert Harvest.of(heads) == EVERYTHING
        listed = client.list_identifiers(metadata_prefix="oai_dc")
        heads = [(h.identifier, h.deleted) for h in listed]
        assert Harvest.of(heads) == EVERYTHING
        some = client.list_records(
            metadata_prefix="oai_datacite",
            set_="facility:ill",
            from_="2000-01-01T00:00:00Z",
            until=oai.format_datestamp(NOW),
        )
        assert {r.header.identifier for r in some} == ILL
        assert {s.setSpec for s in client.list_sets()} == {*zoo.LISTED_SETS}
        prefixes = [f.metadataPrefix for f in client.list_metadata_formats()]
        assert prefixes == [*zoo.FORMATS]
        record = client.get_record(identifier=ODD, metadata_prefix="oai_dc")
        assert record.header.identifier == ODD
        assert client.identify().baseURL == "https://pan.example.org/oai"


def test_p48_scythe_knows_our_errors(url: str) -> None:
    errors = oaipmh_scythe.exceptions
    with oaipmh_scythe.Scythe(url) as client:
        with pytest.raises(errors.IdDoesNotExist):
            client.get_record(identifier="oai:x.org:1", metadata_prefix="oai_dc")
        with pytest.raises(errors.CannotDisseminateFormat):
            list(client.list_records(metadata_prefix="marc"))
        with pytest.raises(errors.NoRecordsMatch):
            list(client.list_records(metadata_prefix="oai_dc", set_="no:such"))
        with pytest.raises(errors.BadResumptionToken):
            list(client.list_records(resumption_token="junk"))


# --- HTTP::OAI (Perl) -----------------------------------------------------------------

_PERL = """
use strict; use HTTP::OAI;
my $h = HTTP::OAI::Harvester->new(baseURL => shift);
my $i = $h->Identify; print "granularity ", scalar(($i->content)[-1]->granularity);
for my $ask (["ListRecords", metadataPrefix => "oai_dc"],
             ["ListIdentifiers", metadataPrefix => "oai_dc"],
             ["ListRecords", metadataPrefix => "oai_datacite", set => "facility:ill"],
             ["ListSets"]) {
    my ($verb, @rest) = @$ask; my ($all, $deleted) = (0, 0);
    my $r = $h->$verb(@rest, onRecord => sub {
        $all++; $deleted++ if $verb ne "ListSets" && $_[0]->is_deleted; });
    print "\n$verb ", $r->is_error ? $r->message : "$all $deleted";
}
my $r = $h->GetRecord(identifier => "oai:x.org:1", metadataPrefix => "oai_dc");
print "\n", join(" ", map { $_->code } $r->errors);
"""


def test_p48_http_oai(url: str) -> None:
    """Debian: libhttp-oai-perl."""
    perl = shutil.which("perl")
    if (
        perl is None
        or subprocess.run(
            [perl, "-MHTTP::OAI", "-e1"], check=False, capture_output=True
        ).returncode
    ):
        pytest.skip("Perl's HTTP::OAI is not installed")
    run = subprocess.run(
        [perl, "-e", _PERL, url], check=True, capture_output=True, text=True, timeout=60
    )
    assert run.stdout.splitlines() == [
        "granularity YYYY-MM-DDThh:mm:ssZ",
        "ListRecords 11 1",
        "ListIdentifiers 11 1",
        "ListRecords 4 0",
        f"ListSets {len(zoo.LISTED_SETS)} 0",
        "idDoesNotExist",
    ]

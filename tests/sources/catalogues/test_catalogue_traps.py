"""The traps of real services, one by one, as they were measured."""

from __future__ import annotations

import json
from contextlib import closing
from typing import TYPE_CHECKING, Any

import catalogue_content as content
import pytest
from catalogue_content import options

from panharvest.catalogued import Access, Position
from panharvest.errors import ConfigError, RetryError, StopError
from panharvest.sources.catalogues.http import base_url
from panharvest.sources.catalogues.icat_client import Icat
from panharvest.sources.catalogues.icatplus_client import IcatPlus
from panharvest.sources.catalogues.panosc_client import Panosc
from panharvest.sources.catalogues.registry import open_source
from panharvest.sources.catalogues.scicat_client import SciCat, api_of
from panharvest.testing.catalogues import Answer, SciCatServer

if TYPE_CHECKING:
    from panharvest.catalogued import CatalogueSource, Entry
    from panharvest.testing.catalogues import (
        IcatPlusServer,
        IcatServer,
        PanoscServer,
    )


def entries(
    source: CatalogueSource, position: Position | None = None
) -> dict[str, Entry]:
    with closing(source):
        pages = source.pages(position or Position(), 1_800_000_000.0)
        return {one.id: one for page in pages for one in page.entries}


class TestSciCat:
    @pytest.mark.parametrize(
        "end", ["", "/", "/api", "/api/", "/api/v3", "/api/v3/", "/api/v4/datasets"]
    )
    def test_any_part_of_its_address_will_do(self, end: str) -> None:
        assert api_of(f"https://scicat.example.org{end}") == (
            "https://scicat.example.org/api"
        )

    def test_every_list_is_asked_for_with_a_limit(self, scicat: SciCatServer) -> None:
        """Interface 4 gives ten unless told."""
        found = entries(SciCat(scicat.url, options()))
        assert sum(id_.startswith("PublishedData") for id_ in found) == 13
        lists = [one for one in scicat.log if "filter" in one.query]
        assert lists
        for one in lists:
            filter_ = json.loads(one.query["filter"])
            assert filter_["limits"]["limit"] > 0
            assert filter_.get("where", {}) != []

    def test_dates_are_asked_of_interface_3_only(self, scicat: SciCatServer) -> None:
        mark = Position(bookmark=json.dumps({"updatedAt": "2022-05-18T07:25:20.000Z"}))
        entries(SciCat(scicat.url, options()), mark)
        dated = [
            one
            for one in scicat.log
            if "updatedAt"
            in json.dumps(json.loads(one.query.get("filter", "{}")).get("where", {}))
        ]
        assert dated
        assert all("/v3/" in one.path for one in dated)

    def test_what_changed_meanwhile_is_read_with_an_overlap(
        self, scicat: SciCatServer
    ) -> None:
        for number, one in enumerate(scicat.datasets):
            one["updatedAt"] = f"2022-05-{number % 27 + 1:02}T00:00:00.000Z"
        mark = Position(bookmark=json.dumps({"updatedAt": "2022-05-20T00:05:00.000Z"}))
        found = entries(SciCat(scicat.url, options(**{"datasets-only": "yes"})), mark)
        days = {one.document["updatedAt"][:10] for one in found.values()}
        assert days == {"2022-05-20", "2022-05-21"}

    def test_orcids_survive(self, scicat: SciCatServer) -> None:
        found = entries(SciCat(scicat.url, options()))
        creators = found["PublishedData:10.99999/pub01"].document["metadata"][
            "creators"
        ]
        assert "0000-0002-1825-0097" in json.dumps(creators)
        scicat.version4 = False
        with closing(SciCat(scicat.url, options())) as source:
            *_, last = source.pages(Position(), 0)
        assert any("version 4" in note for note in last.notes)

    def test_a_bulk_update_does_not_stop_the_list(self, scicat: SciCatServer) -> None:
        """All datasets changed in one instant, and the server gives three at a time."""
        for one in scicat.datasets:
            one["updatedAt"] = "2022-05-18T07:25:00.000Z"
        scicat.most = 3
        found = entries(SciCat(scicat.url, options(**{"datasets-only": "yes"})))
        assert len(found) == 21

    def test_samples_that_are_not_public_stay_away(self, scicat: SciCatServer) -> None:
        access = Access(token=scicat.token)  # who sees everything
        found = entries(SciCat(scicat.url, options(access)))
        assert content.SECRET not in json.dumps(
            [one.document for one in found.values()]
        )
        assert found["Dataset:20.500.99999/ds1"].document["samples"][0]["sampleId"] == (
            "sam-1"
        )

    def test_a_server_that_leaks_is_not_followed(self, scicat: SciCatServer) -> None:
        """Some give, beside what is asked for, what is not published."""
        leaking = [*scicat.datasets]
        for one in leaking:
            one.setdefault("isPublished", False)
        scicat.blocks = []
        with closing(SciCat(scicat.url, options(Access(token=scicat.token)))) as source:
            hidden = next(one for one in scicat.datasets if not one["isPublished"])
            assert source.fetch(f"Dataset:{hidden['pid']}") is None

    def test_logging_in(self, scicat: SciCatServer) -> None:
        access = Access(user="eve", password="a-password")
        assert entries(SciCat(scicat.url, options(access)))
        with pytest.raises(StopError, match="401"):
            entries(SciCat(scicat.url, options(Access(user="eve", password="wrong"))))

    def test_a_pid_with_a_stroke_and_a_blank(self, scicat: SciCatServer) -> None:
        with closing(SciCat(scicat.url, options())) as source:
            found = source.fetch("Dataset:20.500.99999/ds 3/a")
        assert found is not None
        assert scicat.log[0].path.endswith("/datasets/20.500.99999%2Fds%203%2Fa")

    @pytest.mark.parametrize("count", [5, 99, 100, 101, 250])
    def test_servers_before_version_4(self, count: int) -> None:
        """Their filters are LoopBack's: limits of ours they do not heed."""
        datasets = [content.scicat_dataset(n) for n in range(count)]
        for number, one in enumerate(datasets):
            one["updatedAt"] = f"2022-05-18T07:25:{number * 7 % 60:02}.000Z"
        published = [content.scicat_published(1, [datasets[0]["pid"]])]
        with SciCatServer(
            datasets=datasets,
            published=published,
            samples=content.SAMPLES,
            loopback=True,
            version4=False,
        ) as server:
            found = entries(SciCat(server.url, options()))
            assert len(found) == count + 1
            assert len(server.log) < 40
            access = Access(user="reader", password=server.password)
            entries(SciCat(server.url, options(access)))
            assert server.log[-1].headers["authorization"] == "Bearer a-token"

    def test_one_that_does_not_compare_dates_is_not_taken_for_read(
        self, scicat: SciCatServer
    ) -> None:
        scicat.dates = False
        with pytest.raises(RetryError, match="does not compare dates"):
            entries(SciCat(scicat.url, options()))


class TestIcat:
    def test_limits_of_the_server_are_kept(self, icat: IcatServer) -> None:
        assert len(entries(Icat(icat.url, options()))) == 7
        asked = [one.query["query"] for one in icat.log if "query" in one.query]
        assert asked
        assert all(one.endswith(("LIMIT 0, 1", "LIMIT 0, 2")) for one in asked)

    @pytest.mark.parametrize("version", ["4.10.0", "4.11.1", "5.0.1", "6.0.0", "6.2.1"])
    def test_nothing_is_asked_for_that_a_version_has_not(
        self, version: str, icat: IcatServer
    ) -> None:
        icat.version = version
        found = entries(Icat(icat.url, options()))
        assert len(found) == (6 if version.startswith("4") else 7)

    @pytest.mark.parametrize("most", [4, 9, 30])
    def test_what_is_included_counts_too(self, most: int, icat: IcatServer) -> None:
        """Then less is asked for; a list that is too long for itself is left out."""
        icat.most, icat.most_included = 100, most
        found = entries(Icat(icat.url, options()))
        assert len(found) == 7
        lists = [one.document.get("parameters") for one in found.values()]
        assert any(lists) == (most > 9)

    def test_a_wrong_password_is_told_once_and_kept_secret(
        self, icat: IcatServer
    ) -> None:
        access = Access(user="reader", password="not-the-password")
        with pytest.raises(StopError, match="does not let us in") as told:
            entries(Icat(icat.url, options(access)))
        assert "not-the-password" not in str(told.value)
        assert sum(one.method == "POST" for one in icat.log) == 1

    def test_an_id_from_elsewhere_is_no_part_of_a_query(self, icat: IcatServer) -> None:
        with closing(Icat(icat.url, options())) as source:
            assert source.fetch("Dataset:1 OR 1=1") is None
            assert source.fetch("User:1") is None
        assert not [one for one in icat.log if "query" in one.query]

    def test_errors_do_not_tell_the_session(self, icat: IcatServer) -> None:
        with closing(Icat(icat.url, options())) as source:
            list(source.identifiers())
            icat.faults = [Answer(500, {"message": "down"})] * 5
            with pytest.raises(RetryError) as told:
                list(source.identifiers())
        assert "session-" not in str(told.value)
        assert "SELECT" not in str(told.value)

    def test_what_is_no_icat_says_so(self, scicat: SciCatServer) -> None:
        with pytest.raises(StopError, match="404"):
            entries(Icat(scicat.url, options()))


class TestIcatPlus:
    def test_creators_come_from_the_doi(self, icatplus: IcatPlusServer) -> None:
        access = Access(user="reader", password="a-password")
        found = entries(IcatPlus(icatplus.url, options(access)))
        assert found["Investigation:101"].document["datacite"]["creators"]
        assert "datacite" not in found["Investigation:102"].document

    def test_datasets_have_their_investigations_date(
        self, icatplus: IcatPlusServer
    ) -> None:
        access = Access(user="reader", password="a-password")
        found = entries(IcatPlus(icatplus.url, options(access)))
        held = found["Dataset:1"].document["investigation"]
        assert held["releaseDate"] == "2022-03-05T00:00:00.000Z"
        without = entries(IcatPlus(icatplus.url, options()))
        assert set(without) == {"Dataset:1", "Dataset:2", "Dataset:3"}
        assert "releaseDate" not in without["Dataset:1"].document["investigation"]


class TestPanosc:
    def test_every_request_has_an_include(self, panosc: PanoscServer) -> None:
        entries(Panosc(panosc.api, options()))
        asked = [
            json.loads(o.query["filter"]) for o in panosc.log if "filter" in o.query
        ]
        assert asked
        assert all(one["include"] for one in asked)

    def test_the_federation_is_refused(self, panosc: PanoscServer) -> None:
        panosc.federated = True
        with pytest.raises(StopError, match="federation"):
            entries(Panosc(panosc.api, options()))

    def test_a_list_that_begins_anew_is_not_an_end(self, panosc: PanoscServer) -> None:
        panosc.stuck = True
        with pytest.raises(RetryError, match="50 of 60 Datasets"):
            entries(Panosc(panosc.api, options()))

    def test_the_dates_of_documents_hold_for_their_datasets(
        self, panosc: PanoscServer
    ) -> None:
        found = entries(Panosc(panosc.api, options()))
        held = found["Dataset:20.500.12269/set2"].document["documents"]
        assert held[0]["releaseDate"] == "2030-01-01T00:00:00.000Z"

    def test_what_is_not_public_is_not_passed_on_by_its_parent(
        self, panosc: PanoscServer
    ) -> None:
        secret = content.panosc_dataset(99, public=False)
        panosc.documents.append(content.panosc_document(7, [secret]))
        found = entries(Panosc(panosc.api, options()))
        held = json.dumps(found["Document:10.17199/doc7"].document)
        assert content.SECRET not in held
        assert "20.500.12269/set99" not in held, "nor what it is called"
        assert '"isPublic": false' in held, "that there is one keeps its parent closed"

    def test_an_unknown_id_that_is_an_error_of_the_server(
        self, panosc: PanoscServer
    ) -> None:
        panosc.kind = "ill"
        with closing(Panosc(panosc.api, options())) as source:
            assert source.fetch("Document:10.17199/nowhere") is None


class TestAddresses:
    @pytest.mark.parametrize(
        "place",
        ["ftp://x.org", "https://", "x.org", "https://eve:pw@a.example.org/api"],
    )
    def test_what_is_no_address(self, place: str) -> None:
        with pytest.raises(ConfigError) as told:
            base_url(place)
        assert "pw" not in str(told.value)

    @pytest.mark.parametrize(
        ("kind", "places", "said"),
        [
            ("nothing", ["x"], "no source 'nothing'; there are"),
            ("scicat", [], "name an address, or files"),
            ("scicat", ["https://a.org", "b.json"], "one address at a time"),
        ],
    )
    def test_what_cannot_be_opened(
        self, kind: str, places: list[str], said: str
    ) -> None:
        with pytest.raises(ConfigError, match=said):
            open_source(kind, places)

    def test_a_file_that_is_not_there(self) -> None:
        source = open_source("scicat", ["/nowhere/at-all.json"])
        with pytest.raises(StopError, match="No such file"):
            list(source.pages(Position(), 0))


def test_a_token_goes_to_its_host_alone(
    scicat: SciCatServer, panosc: PanoscServer
) -> None:
    """A redirect to another host is not followed, with or without a token."""
    elsewhere = panosc.url.replace("127.0.0.1", "localhost")
    scicat.faults = [Answer(302, None, headers={"Location": f"{elsewhere}/api"})]
    with pytest.raises(StopError, match="another host"):
        entries(SciCat(scicat.url, options(Access(token="secret-token"))))
    assert not panosc.log
    assert all("secret-token" not in str(one.query) for one in scicat.log)


@pytest.mark.parametrize("kind", ["scicat", "icatplus", "panosc"])
def test_answers_of_any_shape_end_in_an_error_that_is_ours(
    kind: str, scicat: SciCatServer
) -> None:
    shapes: list[Any] = [None, 3, "text", {}, {"a": 1}, True]
    for shape in shapes:
        scicat.faults = [Answer(200, shape)] * 8
        with pytest.raises((RetryError, StopError)):
            entries(open_source(kind, [scicat.url], options()))

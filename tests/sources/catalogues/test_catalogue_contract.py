"""Every source of ours under the contract that is shipped for those of others."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import catalogue_content as content
import pytest
from catalogue_content import options

from panharvest.catalogued import Access
from panharvest.sources.catalogues.from_files import FileSource
from panharvest.sources.catalogues.icat_client import Icat
from panharvest.sources.catalogues.icatplus_client import IcatPlus
from panharvest.sources.catalogues.panosc_client import Panosc
from panharvest.sources.catalogues.scicat_client import SciCat
from panharvest.testing.sources import SourceContract

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from panharvest.catalogued import CatalogueSource
    from panharvest.testing.catalogues import (
        IcatPlusServer,
        IcatServer,
        PanoscServer,
        SciCatServer,
    )

    Opened = Callable[[], CatalogueSource]


class TestSciCat(SourceContract):
    @pytest.fixture
    def opened(self, scicat: SciCatServer) -> Opened:
        return lambda: SciCat(scicat.url, options())

    @pytest.fixture
    def expected(self, scicat: SciCatServer) -> set[str]:
        public = [one for one in scicat.datasets if one["isPublished"]]
        return {f"Dataset:{one['pid']}" for one in public} | {
            f"PublishedData:{one['doi']}" for one in scicat.published
        }


class TestSciCatThatGivesLittle(TestSciCat):
    """The same with a limit of the server's own, and interface 3 only."""

    @pytest.fixture
    def opened(self, scicat: SciCatServer) -> Opened:
        scicat.most = 3
        scicat.version4 = False
        return lambda: SciCat(f"{scicat.url}/api/v3", options())


class TestIcat(SourceContract):
    @pytest.fixture
    def opened(self, icat: IcatServer) -> Opened:
        return lambda: Icat(icat.url, options())

    @pytest.fixture
    def expected(self, icat: IcatServer) -> set[str]:
        return {
            *("Investigation:1", "Investigation:2", "DataPublication:9"),
            *("Dataset:3", "Dataset:4", "Dataset:6", "Dataset:7"),
        }


class TestIcatAsAPerson(TestIcat):
    """Who logs in sees what is not released, too."""

    @pytest.fixture
    def opened(self, icat: IcatServer) -> Opened:
        icat.lifetime = 3  # and the session ends on the way
        access = Access(user="reader", password="a-password")
        return lambda: Icat(f"{icat.url}/icat", options(access))

    @pytest.fixture
    def expected(self, icat: IcatServer) -> set[str]:
        return {
            f"{entity}:{one['id']}"
            for entity, objects in icat.objects.items()
            for one in objects
        }


class TestIcatPlus(SourceContract):
    @pytest.fixture
    def opened(self, icatplus: IcatPlusServer) -> Opened:
        access = Access(user="reader", password="a-password")
        return lambda: IcatPlus(icatplus.url, options(access))

    @pytest.fixture
    def expected(self) -> set[str]:
        return {
            *("Investigation:101", "Investigation:102"),
            *("Dataset:1", "Dataset:2", "Dataset:3"),
        }


class TestPanosc(SourceContract):
    @pytest.fixture
    def opened(self, panosc: PanoscServer) -> Opened:
        return lambda: Panosc(panosc.api, options())

    @pytest.fixture
    def expected(self, panosc: PanoscServer) -> set[str]:
        return {f"Document:{one['pid']}" for one in panosc.documents} | {
            f"Dataset:{one['pid']}" for one in panosc.datasets
        }


class TestPanoscOfTheIll(TestPanosc):
    @pytest.fixture
    def opened(self, panosc: PanoscServer) -> Opened:
        panosc.kind = "ill"
        panosc.most = 7
        return lambda: Panosc(panosc.api, options())


class TestPanoscFacade(TestPanosc):
    @pytest.fixture
    def opened(self, panosc: PanoscServer) -> Opened:
        panosc.kind = "facade"
        return lambda: Panosc(panosc.api, options())


class TestFiles(SourceContract):
    @pytest.fixture
    def opened(self, tmp_path: Path) -> Opened:
        datasets = [content.scicat_dataset(n) for n in range(250)]
        file = tmp_path / "datasets.json"
        file.write_text(json.dumps(datasets))
        return lambda: FileSource("scicat", [file])

    @pytest.fixture
    def expected(self) -> set[str]:
        return {f"Dataset:{content.scicat_dataset(n)['pid']}" for n in range(250)}

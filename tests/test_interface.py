"""What ``import panharvest`` offers does what its docstrings say, errors too."""

from __future__ import annotations

import inspect
from typing import TYPE_CHECKING

import h5py
import pytest
from samples import POWDER

import panharvest
from panharvest.errors import ConfigError, SkipError, StoreError
from panharvest.formats import DOCUMENTS
from panharvest.record import Kind, Record

if TYPE_CHECKING:
    from pathlib import Path

BARE = Record(id="x", kind=Kind.RAW)


@pytest.fixture
def scan(tmp_path: Path) -> Path:
    path = tmp_path / "scan.nxs"
    with h5py.File(path, "w") as file:
        entry = file.create_group("entry")
        entry.attrs["NX_class"] = "NXentry"
        entry["title"] = "A title"
    return path


def test_everything_public_is_described() -> None:
    for name in panharvest.__all__:
        found = getattr(panharvest, name)
        assert name == "__version__" or inspect.getdoc(found), name


def test_a_file_is_read(scan: Path) -> None:
    (record,) = panharvest.read(scan, facility="ill", base_url="https://x.example.org/")
    assert [one.value for one in record.titles] == ["A title"]
    assert record.facility is not None
    assert record.facility.id == "ill"
    assert (record.landing_page or "").startswith("https://x.example.org/records/")


@pytest.mark.parametrize("lacking", ["none.nxs", ""])
def test_what_cannot_be_read_says_so(tmp_path: Path, lacking: str) -> None:
    with pytest.raises(SkipError):
        panharvest.read(tmp_path / lacking)


def test_a_facility_that_is_not_known_is_an_error(scan: Path) -> None:
    with pytest.raises(ConfigError, match=r"no facility 'nowhere'; known are: .*esrf"):
        panharvest.read(scan, facility="nowhere")


@pytest.mark.parametrize("form", [*DOCUMENTS])
def test_every_form_is_named_written_and_read_back(form: str) -> None:
    assert f"``{form}``" in (panharvest.write.__doc__ or "")
    document = panharvest.write(POWDER, form)
    assert panharvest.convert(document, form, source=form)
    assert panharvest.convert(document, "record")


def test_what_cannot_be_written_is_a_value_error() -> None:
    with pytest.raises(ValueError, match="cannot be written as datacite"):
        panharvest.write(BARE, "datacite")
    with pytest.raises(ValueError, match="unknown form 'marc'"):
        panharvest.write(POWDER, "marc")
    with pytest.raises(ValueError, match=r"3\.1 cannot be written"):
        panharvest.write(POWDER, "datacite", payload_version="3.1")
    with pytest.raises(ValueError, match="marc is not read"):
        panharvest.convert(b"{}", "oai_dc", source="marc")
    with pytest.raises(ValueError, match="marc is not read"):
        panharvest.validate(b"{}", "marc")
    with pytest.raises(ValueError, match="no part of a graph"):
        panharvest.to_graph(POWDER, "marc")


@pytest.mark.parametrize("document", [b"", b"<x/>", b"[1]", b"\xff\xfe"])
def test_what_is_no_document_is_skipped(document: bytes) -> None:
    with pytest.raises(SkipError):
        panharvest.convert(document, "oai_dc")
    with pytest.raises(SkipError):
        panharvest.validate(document)


def test_a_folder_without_schemas_is_an_error(tmp_path: Path) -> None:
    document = panharvest.write(POWDER, "datacite")
    with pytest.raises(ConfigError):
        panharvest.validate(document, schemas=tmp_path)


@pytest.mark.parametrize("document", [b"{}", b"\xff", "[]", '{"id": 1, "kind": "raw"}'])
def test_what_is_no_record_is_a_value_error(document: bytes | str) -> None:
    with pytest.raises(ValueError, match=r"\w"):
        panharvest.from_json(document)
    assert panharvest.from_json(panharvest.to_json(POWDER)) == POWDER


def test_stores_that_cannot_be(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="it has no scheme"):
        panharvest.open_store("records.db")
    with pytest.raises(StoreError, match="cannot be made"):
        panharvest.open_store(f"sqlite:///{tmp_path}/none/records.db")
    with pytest.raises(ConfigError, match="not the address of a repository"):
        list(panharvest.harvest("ftp://x", f"sqlite:///{tmp_path}/records.db"))

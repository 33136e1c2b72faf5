"""Any form into any other, by command and by function; refusals say why."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest
from click.testing import CliRunner
from samples import MUON, POWDER

import panharvest
from panharvest.cli import app
from panharvest.cli.converting import READ, WRITTEN
from panharvest.converting import detect, read_document, write_document
from panharvest.errors import ConfigError, SkipError
from panharvest.formats import DOCUMENTS, READERS

if TYPE_CHECKING:
    from pathlib import Path


def test_the_command_knows_every_form() -> None:
    assert set(WRITTEN) == set(DOCUMENTS)
    assert set(READ) == set(READERS) == set(DOCUMENTS)


@pytest.mark.parametrize("to", sorted(DOCUMENTS))
@pytest.mark.parametrize("source", sorted(READERS))
def test_from_every_form_to_every_other(source: str, to: str) -> None:
    given = panharvest.write(POWDER, source)
    assert detect(given) == {
        "oai_datacite": "datacite",
        "datacite-json": "datacite",
        "datacite-rest": "datacite",
        "dcat-json": "dcat",
    }.get(source, source)
    document = panharvest.convert(given, to)
    assert document == panharvest.convert(given, to, source=source)
    assert b"Powder diffraction" in document
    if to in READERS:
        assert read_document(document).record.titles[0].value == POWDER.titles[0].value


def test_the_facts_survive_a_chain_of_all_forms() -> None:
    document = panharvest.write(POWDER, "datacite")
    for form in ("datacite-json", "schemaorg", "pan", "record", "oai_datacite"):
        document = panharvest.convert(document, form)
    found = read_document(document).record
    assert found.pid == POWDER.pid
    assert found.techniques == POWDER.techniques
    assert found.instruments == POWDER.instruments
    assert found.samples == POWDER.samples
    assert found.funding == POWDER.funding


def test_an_older_kernel() -> None:
    document = panharvest.write(POWDER, "datacite", payload_version="4.4")
    assert b"kernel-4.4/metadata.xsd" in document
    assert b"relationTypeInformation" not in document
    with pytest.raises(ValueError, match="pan has no versions"):
        panharvest.write(POWDER, "pan", payload_version="4.4")
    with pytest.raises(ValueError, match=r"DataCite 3 cannot be written"):
        panharvest.write(POWDER, "datacite", payload_version="3")


@pytest.mark.parametrize(
    "document",
    [
        b"",
        b"plain text",
        b"<a/>",
        b"[]",
        b"3",
        b'{"a": 1}',
        b"\xff\xfe\x00",
        b"<a>" * 9,
    ],
)
def test_what_is_nothing_we_know(document: bytes) -> None:
    with pytest.raises(SkipError):
        panharvest.convert(document, "datacite")
    with pytest.raises(SkipError):
        panharvest.validate(document)


def test_errors_of_the_caller() -> None:
    good = panharvest.write(POWDER, "datacite")
    with pytest.raises(ValueError, match="nonsense is not read; these are"):
        panharvest.convert(good, "datacite", source="nonsense")
    with pytest.raises(ValueError, match="unknown form 'nonsense'; there are"):
        panharvest.convert(good, "nonsense")
    with pytest.raises(ValueError, match=r"cannot be written as datacite: .*creator"):
        write_document(replace(MUON, creators=()), "datacite")
    with pytest.raises(ConfigError, match="has no kernel"):
        panharvest.validate(good, schemas="/nonexistent")


def test_convert(tmp_path: Path) -> None:
    source, target = tmp_path / "in.xml", tmp_path / "out.jsonld"
    source.write_bytes(panharvest.write(POWDER, "datacite"))
    run = CliRunner().invoke(
        app, ["convert", str(source), str(target), "--to", "schemaorg"]
    )
    assert (run.exit_code, run.output) == (0, "")
    assert json.loads(target.read_bytes())["name"] == POWDER.titles[0].value


def test_convert_in_a_pipe() -> None:
    given = panharvest.write(POWDER, "datacite")
    arguments = ["convert", "-", "-", "--from", "datacite", "--to", "datacite"]
    run = CliRunner().invoke(app, [*arguments, "--payload-version", "4.5"], input=given)
    assert run.exit_code == 0
    assert b"kernel-4.5" in run.stdout_bytes


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"", "is empty"),
        (b"a,b\n1,2", "no XML, JSON, Turtle"),
        (b"<!DOCTYPE a [<!ENTITY b 'c'>]><a>&b;</a>", "document type declaration"),
        (b"{", "not JSON"),
        (b"<resource><titles><title>T</title></titles></resource>", "creator"),
    ],
)
def test_convert_says_what_it_cannot(tmp_path: Path, content: bytes, said: str) -> None:
    source = tmp_path / "in"
    source.write_bytes(content)
    run = CliRunner().invoke(app, ["convert", str(source), "-", "--to", "datacite"])
    assert run.exit_code == 2
    assert said in run.stderr
    assert run.stdout == ""


def test_convert_of_a_file_that_is_not_there(tmp_path: Path) -> None:
    arguments = ["convert", str(tmp_path / "no"), "-", "--to", "pan"]
    run = CliRunner().invoke(app, arguments)
    assert run.exit_code == 2
    assert "No such file" in run.stderr


def test_validate(tmp_path: Path) -> None:
    file = tmp_path / "a.xml"
    good = panharvest.write(POWDER, "datacite")
    file.write_bytes(good)
    run = CliRunner().invoke(app, ["validate", str(file)])
    assert (run.exit_code, run.output) == (0, "")
    file.write_bytes(good.replace(b"<language>en", b"<language>English"))
    run = CliRunner().invoke(app, ["validate", str(file)])
    assert run.exit_code == 1
    assert run.output == (
        "warning DC-LANGUAGE-001 language: A language is not a valid tag of BCP 47: "
        "English. Use the code en.\n"
    )
    run = CliRunner().invoke(app, ["validate", "--errors-only", str(file)])
    assert run.exit_code == 0
    run = CliRunner().invoke(app, ["validate", "-"], input=b"<html")
    assert run.exit_code == 2
    assert "standard input" in run.stderr


@pytest.mark.parametrize("form", ["schemaorg", "oai_dc", "pan", "record"])
def test_validate_other_forms(form: str) -> None:
    document = panharvest.write(replace(POWDER, creators=()), form)
    assert "PH-CREATOR-001" in {p.code for p in panharvest.validate(document)}


def test_a_record_as_a_graph() -> None:
    assert len(panharvest.to_graph(POWDER)) > 100

"""The house is in order: versions agree, data is found, the text is true."""

from __future__ import annotations

import json
import re
import shlex
import subprocess
import sys
import sysconfig
import tomllib
from dataclasses import fields
from importlib import import_module
from importlib.resources import files
from pathlib import Path
from typing import TYPE_CHECKING, get_args, get_origin

import click
import msgspec
import pytest

import panharvest
from panharvest.checks.checklist import CHECKS
from panharvest.cli import app
from panharvest.config import Settings
from panharvest.endpoints import KnownEndpoint, load_endpoints
from panharvest.facilities import EmbargoPolicy, FacilityProfile, load_facilities
from panharvest.formats import DOCUMENTS, FORMATS
from panharvest.formats.datacite.codes import CODES
from panharvest.manifest import COLUMNS
from panharvest.record import Record

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT / "docs" / "_ext"))
FILL: Callable[[str], str] = import_module("generated").fill

TEXT = {".md", ".py", ".toml", ".cfg", ".tsv", ".cff", ".json", ".yaml", ".yml", ""}


def tracked() -> list[Path]:
    """Give the files under version control, or skip where there is none."""
    if not (ROOT / ".git").exists():
        pytest.skip("not a clone: what is tracked is not known")
    names = subprocess.run(
        ["git", "ls-files", "-z"], cwd=ROOT, capture_output=True, check=True
    ).stdout
    return [ROOT / name for name in names.decode().split("\0") if name]


def read(*parts: str) -> str:
    return ROOT.joinpath(*parts).read_text(encoding="utf-8")


def pages() -> list[Path]:
    return [
        *ROOT.glob("*.md"),
        *(p for p in (ROOT / "docs").rglob("*.md") if "_build" not in p.parts),
    ]


# --- versions ---------------------------------------------------------------------


def test_versions_agree() -> None:
    project = tomllib.loads(read("pyproject.toml"))["project"]
    citation = re.search(r"^version: (.+)$", read("CITATION.cff"), re.MULTILINE)
    newest = re.search(r"^## \[(\d.*?)\]", read("CHANGELOG.md"), re.MULTILINE)
    assert citation
    assert newest
    assert {
        project["version"],
        panharvest.__version__,
        citation[1],
        json.loads(read("codemeta.json"))["version"],
        newest[1],
    } == {project["version"]}


def test_descriptions_and_licence_agree() -> None:
    project = tomllib.loads(read("pyproject.toml"))["project"]
    codemeta = json.loads(read("codemeta.json"))
    assert codemeta["description"] == project["description"]
    assert codemeta["license"].endswith("/" + project["license"])
    assert f"license: {project['license']}" in read("CITATION.cff")
    assert read("LICENSE").startswith("BSD 3-Clause License")


# --- ontologies -------------------------------------------------------------------


def test_ontologies_are_found_where_the_package_is_installed() -> None:
    data = files("panharvest.ontologies")
    missing = [
        str(path.relative_to(ROOT))
        for path in tracked()
        if path.is_relative_to(ROOT / "ontologies")
        and not data.joinpath(*path.relative_to(ROOT / "ontologies").parts).is_file()
    ]
    assert missing == []


def test_ontologies_are_found_in_a_plain_checkout() -> None:
    """Libraries are on the path, but panharvest is not installed: only cloned."""
    libraries = {sysconfig.get_path("purelib"), sysconfig.get_path("platlib")}
    script = (
        "import sys\n"
        f"sys.path[:0] = [{str(ROOT)!r}]\n"
        f"sys.path += {sorted(libraries)!r}\n"
        "from importlib.resources import files\n"
        "import panharvest.ontologies\n"
        "assert files('panharvest.ontologies').joinpath('units.tsv').is_file()\n"
        "print(panharvest.ontologies.__file__)\n"
    )
    # -S: without site no editable install of panharvest can answer instead
    found = subprocess.run(
        [sys.executable, "-S", "-c", script],
        capture_output=True,
        text=True,
        check=False,
        cwd=ROOT.parent,
    )
    assert found.returncode == 0, found.stderr
    assert Path(found.stdout.strip()) == ROOT / "ontologies" / "__init__.py"


# --- the text of the project ------------------------------------------------------


def test_every_package_is_installed() -> None:
    tool = tomllib.loads(read("pyproject.toml"))["tool"]["setuptools"]
    found = {
        ".".join(path.parent.relative_to(ROOT).parts)
        for path in (ROOT / "panharvest").rglob("__init__.py")
    }
    assert set(tool["packages"]) == found | {"panharvest.ontologies"}


def test_links_between_pages_lead_somewhere() -> None:
    broken = [
        f"{page.relative_to(ROOT)}: {target}"
        for page in pages()
        for target in re.findall(r"\]\(([^)#]+?)(?:#[^)]*)?\)", page.read_text("utf-8"))
        if "://" not in target and not (page.parent / target).exists()
    ]
    assert broken == []


def filled(page: str) -> str:
    """Give a page of docs/reference with its generated parts."""
    return FILL(read("docs", "reference", page))


def first_cells(page: str) -> set[str]:
    """Give what stands in type in the first column of the tables of a page."""
    return set(re.findall(r"^\| `([^`]+)` \|", filled(page), re.MULTILINE))


def setting_keys(section: type = Settings, path: str = "") -> Iterator[str]:
    for field in msgspec.structs.fields(section):
        name = path + field.encode_name
        if hasattr(field.type, "__struct_fields__"):
            yield from setting_keys(field.type, name + ".")
            continue
        yield name
        for inner in get_args(field.type):  # a list of tables
            if hasattr(inner, "__struct_fields__") and get_origin(field.type) is list:
                yield from setting_keys(inner, name + ".")


def test_every_column_of_the_manifest_is_described() -> None:
    assert first_cells("manifest.md") == set(COLUMNS)


def test_every_setting_is_described() -> None:
    assert first_cells("config.md") == set(setting_keys())
    silent = re.findall(r"^\| `([^`]+)` \|.*\|  \|$", filled("config.md"), re.MULTILINE)
    assert silent == []


def test_every_field_of_the_record_is_in_the_crosswalk() -> None:
    assert first_cells("crosswalk.md") == {field.name for field in fields(Record)}


def test_every_key_of_a_facility_file_is_described() -> None:
    keys = {field.name for field in fields(FacilityProfile)} - {"policies"}
    keys |= {f"policy.{field.name}" for field in fields(EmbargoPolicy)}
    known = {facility.id for facility in load_facilities()}
    assert first_cells("facilities.md") == keys | known


def test_every_key_of_an_endpoint_is_described() -> None:
    keys = {field.name for field in fields(KnownEndpoint)}
    assert first_cells("endpoints.md") == keys | set(load_endpoints())


def test_every_format_has_its_section() -> None:
    sections = set(re.findall(r"^## ([\w-]+)$", filled("formats.md"), re.MULTILINE))
    described = {name for name in DOCUMENTS if f"`{name}`" in filled("formats.md")}
    assert sections == {*FORMATS, "record", "schemaorg", "dcat", "datacite-json"}
    assert described == set(DOCUMENTS)


def test_every_code_is_described_and_none_is_made_up() -> None:
    """Codes are found in the source as texts that look like one."""
    source = "\n".join(
        p.read_text("utf-8") for p in (ROOT / "panharvest").rglob("*.py")
    )
    raised = set(
        re.findall(r"\"((?:file|embargo|check|document)\.[a-z0-9-]+)\"", source)
    )
    described = first_cells("errors.md")
    assert raised - described == {"embargo.end"}  # a field of the record
    plain = {code for code in described if not code.startswith(("PH-", "DC-"))}
    assert [
        c
        for c in plain
        if f'"{c.partition(".")[2] or c}"' not in source and f'"{c}"' not in source
    ] == []
    assert described - plain == set(CHECKS) | set(CODES)


def quoted_commands() -> Iterator[tuple[str, list[str]]]:
    """Give every command line of ours that a page shows, in a block or in a line."""
    for page in pages():
        text = page.read_text("utf-8")
        for found in re.finditer(
            r"(?:`|^\$ |bin/)(panharvest [a-z-][^`\n]*)", text, re.MULTILINE
        ):
            yield page.name, shlex.split(found[1], comments=True)


def misused(words: list[str]) -> str | None:
    """Say what of a command line does not exist."""
    command: click.Command = app
    known = {"--help"}
    for word in words[1:]:
        known |= {opt for p in command.params for opt in p.opts}
        if word.startswith("--"):
            if word.partition("=")[0] not in known:
                return word
        elif isinstance(command, click.Group) and not word.endswith(".toml"):
            if word not in command.commands:
                return word
            command = command.commands[word]
    return None


def test_commands_in_the_text_exist() -> None:
    wrong = [
        f"{page}: {' '.join(words)}: {what}"
        for page, words in quoted_commands()
        if (what := misused(words))
    ]
    assert wrong == []


def test_every_command_is_used_in_the_text() -> None:
    text = "\n".join(" ".join(words) for _, words in quoted_commands())
    unused = [name for name, _ in leaves(app) if f"panharvest {name}" not in text]
    assert unused == []


def leaves(group: click.Group, path: str = "") -> Iterator[tuple[str, click.Command]]:
    for name, command in group.commands.items():
        if isinstance(command, click.Group):
            yield from leaves(command, f"{path}{name} ")
        else:
            yield f"{path}{name}", command


def test_every_module_has_its_place_in_the_house() -> None:
    text = read("docs", "explanation", "house.md")
    package = ROOT / "panharvest"
    modules = {
        path.relative_to(package).parts[0].removesuffix(".py")
        for path in package.rglob("*.py")
    } - {"__init__", "__main__"}
    assert [m for m in sorted(modules) if f"`{m}" not in text] == []


def test_decisions_are_numbered_once_and_in_order() -> None:
    numbers = sorted(
        int(path.name[:4]) for path in (ROOT / "docs" / "decisions").glob("0*.md")
    )
    assert numbers == list(range(1, len(numbers) + 1))


def test_make_targets_named_in_the_text_exist() -> None:
    targets = set(re.findall(r"^([a-z]+):", read("Makefile"), re.MULTILINE))
    named = {
        target
        for page in pages()
        for target in re.findall(
            r"(?:`|^\$ )make ([a-z]+)", page.read_text("utf-8"), re.MULTILINE
        )
    }
    assert {"demo", "test"} <= named <= targets


def test_nothing_of_one_machine_or_person_is_in_the_text() -> None:
    machine = re.compile("|".join(["/wo" + "rk/", "/ro" + "ot/", "/tm" + "p/v"]))
    unfinished = re.compile(r"\b(TO" + r"DO|FIX" + r"ME|XX" + r"X)\b")
    address = re.compile(r"[\w.+-]+@([\w-]+\.)+[a-z]{2,}\b", re.IGNORECASE)
    allowed = re.compile(r"@([\w-]+\.)*(example(\.(org|com|net|eu))?|invalid|test)\b")
    found = []
    for path in tracked():
        if path.suffix not in TEXT or not path.is_file():
            continue
        for number, line in enumerate(path.read_text("utf-8").splitlines(), 1):
            mails = [m[0] for m in address.finditer(line) if not allowed.search(m[0])]
            if machine.search(line) or unfinished.search(line) or mails:
                found.append(f"{path.relative_to(ROOT)}:{number}: {line.strip()[:80]}")
    assert found == []

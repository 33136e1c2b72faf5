"""Markdown for the reference pages, from the code and the tables themselves."""

from __future__ import annotations

import inspect
import re
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import click
import msgspec

from panharvest.checks.checklist import CHECKS
from panharvest.cli import app as command_line
from panharvest.config import Settings
from panharvest.endpoints import load_endpoints
from panharvest.facilities import load_facilities
from panharvest.formats import DOCUMENTS, FORMATS, READERS
from panharvest.formats.datacite.codes import CODES
from panharvest.mapcheck.catalogue import MAPCHECKS
from panharvest.sssom import read_sssom
from panharvest.tables import read_table, resource
from panharvest.testing import faulty
from panharvest.testing.losses import round_trip
from panharvest.vocabulary.catalog import catalog, own

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Sequence


PAGES: dict[str, Callable[[], str]] = {}


def generated(make: Callable[[], str]) -> Callable[[], str]:
    """Make a function's result available to pages under its name."""
    PAGES[make.__name__] = make
    return make


def table(head: Sequence[str], rows: Iterable[Sequence[object]]) -> str:
    """Write a Markdown table; cells may hold anything but line ends."""
    lines = [head, ["---"] * len(head), *rows]
    return "\n".join("| " + " | ".join(map(cell, line)) + " |" for line in lines)


def cell(value: object) -> str:
    """Write a value so that it stays in its cell."""
    text = "" if value is None else str(value)
    return " ".join(text.replace("|", "\\|").split())


def code(value: object) -> str:
    """Write a value in type, or nothing."""
    return f"`{value}`" if value not in (None, "") else ""


def rows_of(*path: str) -> list[dict[str, str]]:
    """Read a table of ontologies/."""
    return read_table(resource(*path), ())


# --- commands and settings --------------------------------------------------------


def commands(
    command: click.Command = command_line, path: tuple[str, ...] = ("panharvest",)
) -> Iterator[tuple[str, click.Command]]:
    """Give every command with its full name, groups before their members."""
    yield " ".join(path), command
    if isinstance(command, click.Group):
        for name, member in command.commands.items():
            yield from commands(member, (*path, name))


def options(command: click.Command) -> Iterator[tuple[str, str, str, str]]:
    """Give long name, spelling, default and meaning of each option."""
    context = click.Context(command)
    for parameter in command.get_params(context):
        if isinstance(parameter, click.Option) and not parameter.hidden:
            names, meaning = parameter.get_help_record(context) or ("", "")
            found = re.fullmatch(
                r"(.*?)(?:\s+\[(?:default: )?(.*)\])?", meaning, re.DOTALL
            )
            assert found
            name = parameter.opts[-1].removeprefix("--")
            yield name, code(names), found[2] or "", found[1]


@generated
def cli() -> str:
    """Describe every command as its own help does."""
    parts = []
    for name, command in commands():
        context = click.Context(command, info_name=name)
        usage = command.get_usage(context).removeprefix("Usage: ")
        parts += [
            f"## {name}",
            f"```text\n{usage}\n```",
            inspect.cleandoc(command.help or "").replace("\b\n", ""),
            table(("option", "default", "meaning"), (o[1:] for o in options(command))),
        ]
    return "\n\n".join(parts)


@generated
def settings() -> str:
    """Describe the tables named like commands, in the words of their options."""
    meanings = {
        (name.split()[1], option): (default, meaning)
        for name, command in commands()
        for option, _, default, meaning in options(command)
        if " " in name
    }
    parts = []
    for section in msgspec.structs.fields(Settings):
        if section.name == "repository" or not hasattr(
            section.type, "__struct_fields__"
        ):
            continue
        parts += [f"## {section.name}", inspect.cleandoc(section.type.__doc__ or "")]
        rows = []
        for field in msgspec.structs.fields(section.type):
            key = (section.name, field.encode_name)
            default, meaning = meanings.get(key, OWN_MEANINGS.get(key, ("", "")))
            rows.append((code(".".join(key)), default, meaning))
        parts.append(table(("key", "default", "meaning"), rows))
    return "\n\n".join(parts)


# Settings that are no options of a command.
OWN_MEANINGS = {
    ("serve", "signing-key-file"): ("", "file of the keys that sign resumption tokens"),
    ("serve", "rate-limit"): ("no limit", "requests a second of one client"),
    ("serve", "burst"): ("`30`", "requests at once of a client after a rest"),
    ("serve", "trusted-proxies"): ("none", "addresses or networks of proxies"),
    ("serve", "metrics"): ("`true`", "whether `/metrics` is served"),
}


# --- formats and tables -----------------------------------------------------------


@generated
def formats() -> str:
    """List the formats as ListMetadataFormats does."""
    rows = [
        (f"[{code(f.prefix)}](#{f.prefix})", code(f.namespace), f"<{f.schema}>")
        for f in FORMATS.values()
    ]
    return table(("format", "namespace", "schema"), rows)


@generated
def mappings() -> str:
    """Show the rows of the NeXus mapping set."""
    rows = [
        (
            code(row["subject_label"]),
            code(row["object_label"]),
            code(row["predicate_id"]),
            row["ext_rank"],
            code(row["ext_rule"]),
            row["comment"],
        )
        for row in read_sssom(resource("mappings", "nexus-record.sssom.tsv"))
    ]
    return table(("NeXus", "record", "relation", "rank", "rule", ""), rows)


@generated
def legacy() -> str:
    """Show the rules for fields outside the standard."""
    rows = [
        (code(r["path"]), code(r["target"]), r["rank"], code(r["rule_id"]), r["writer"])
        for r in rows_of("rules", "legacy-paths.tsv")
    ]
    return table(("field", "record", "rank", "rule", "seen from"), rows)


@generated
def techniques() -> str:
    """Show the rules from application definitions to techniques."""
    rows = []
    for row in rows_of("rules", "technique.tsv"):
        ids, labels = row["object_id"].split("|"), row["object_label"].split("|")
        terms = [
            f"{label} ({code(term.partition(':')[2])})"
            for term, label in zip(ids, labels, strict=True)
            if label
        ]
        probe = row["probe"].replace("*", "any")
        known = ", ".join(terms) or "none"
        rows.append((code(row["definition"]), probe, known, row["confidence"]))
    head = ("definition", "probe", "technique", "confidence")
    return table(head, rows)


@generated
def probes() -> str:
    """Show how the probe is known."""
    rows = [
        (row["kind"], code(row["value"]), row["probe"] + limit(row))
        for row in rows_of("probes.tsv")
    ]
    return table(("from", "value", "probe"), rows)


def limit(row: dict[str, str]) -> str:
    """Say from which energy on a photon is an x-ray."""
    above = row["above_ev"]
    return f" (above {above} eV: {row['refined']})" if above else ""


@generated
def placeholders() -> str:
    """Show what counts as a missing value."""
    rows = [
        (r["scope"], code(r["pattern"]), r["comment"])
        for r in rows_of("rules", "placeholders.tsv")
    ]
    return table(("where", "text", ""), rows)


@generated
def roles() -> str:
    """Show the roles of people."""
    rows = [
        (row["subject_label"], row["object_label"])
        for row in read_sssom(resource("mappings", "roles.sssom.tsv"))
    ]
    return table(("role in the file", "contributor type"), rows)


# --- facilities -------------------------------------------------------------------


@generated
def facilities() -> str:
    """List the facilities with the policy that holds now."""
    rows = []
    for facility in load_facilities():
        policy = facility.policies[-1] if facility.policies else None
        name = f"[{facility.name}]({facility.ror})" if facility.ror else facility.name
        rows.append(
            (
                code(facility.id),
                name,
                facility.timezone,
                code(policy.period) if policy else "default",
                policy.during if policy else "",
                facility.licence.spdx if facility.licence else "",
                f"[{policy.id}]({policy.url})" if policy and policy.url else "",
            )
        )
    head = (
        "id",
        "name",
        "time zone",
        "embargo",
        "meanwhile",
        "licence after",
        "policy",
    )
    return table(head, rows)


# --- endpoints --------------------------------------------------------------------


@generated
def endpoints() -> str:
    """List the endpoints with where and when each was seen last."""
    rows = []
    for one in load_endpoints().values():
        last = one.seen[-1]
        rows.append(
            (
                code(one.name),
                f"<{one.url}>",
                code(one.prefix),
                ", ".join(code(spec) for spec in one.sets) or "all",
                one.software or "not known",
                f"[{last.source}]({last.url}), {last.when}",
            )
        )
    head = ("name", "address", "format", "sets", "program", "seen last")
    return table(head, rows)


@generated
def quirks() -> str:
    """List the quirks with the endpoints that have them."""
    known = load_endpoints().values()
    found = {quirk.id: quirk for one in known for quirk in one.quirks}
    rows = [
        (
            id_,
            quirk.meaning,
            ", ".join(one.name for one in known if quirk in one.quirks),
            code(quirk.fault),
        )
        for id_, quirk in sorted(found.items())
    ]
    return table(("quirk", "meaning", "endpoints", "in a test"), rows)


# --- checks -----------------------------------------------------------------------


@generated
def checks() -> str:
    """List what is checked of a record."""
    rows = [
        (code(name), check.level.value, check.meaning, check.advice)
        for name, check in CHECKS.items()
    ]
    return table(("code", "level", "what", "what to do"), rows)


# --- the faulty provider ----------------------------------------------------------


@generated
def faults() -> str:
    """List what the faulty provider does wrong, by the names of its catalogue."""
    parts = []
    for title, named in (("Faults", faulty.FAULTS), ("Quirks", faulty.QUIRKS)):
        rows = [
            (name, "; ".join(fault.meaning for fault in several), several[0].best)
            for name, several in named.items()
        ]
        parts += [f"### {title}", table(("name", "the provider", "best"), rows)]
    return "\n\n".join(parts)


@generated
def fault_matrix() -> str:
    """Show the table that tests/interop/test_fault_matrix.py writes."""
    file = Path(__file__).parents[2] / "tests" / "golden" / "fault-matrix.md"
    return file.read_text(encoding="utf-8")


# --- vocabularies and mapping sets ------------------------------------------------


@generated
def catalogue() -> str:
    """List the vocabularies as the catalogue has them."""
    rows = [
        (
            f"[{entry.id}]({entry.source})",
            entry.version + (f" ({entry.status})" if entry.status != "current" else ""),
            code(entry.file),
            entry.licence,
            entry.attribution,
            code(entry.command) if entry.command.startswith("pan") else entry.command,
        )
        for entry in catalog()
    ]
    return table(("id", "version", "table", "licence", "from", "made by"), rows)


@generated
def own_tables() -> str:
    """List what is the project's own, as the catalogue has it."""
    rows = [
        (", ".join(map(code, entry.files)), entry.licence, entry.what)
        for entry in own()
    ]
    return table(("files", "licence", "what"), rows)


@generated
def esrfet() -> str:
    """Show the mapping of ESRFET to PaNET."""
    rows = [
        (
            code(row["subject_label"]),
            row["predicate_id"].removeprefix("skos:").removesuffix("Match"),
            f"{row['object_label']} ({code(row['object_id'].partition(':')[2])})",
            row["confidence"],
            row["comment"],
        )
        for row in read_sssom(resource("mappings", "esrfet-panet.sssom.tsv"))
    ]
    return table(("ESRFET", "", "PaNET", "confidence", ""), rows)


@generated
def targets() -> str:
    """Show where the fields of NeXus end in DataCite, schema.org and search API."""
    found: dict[str, list[list[str]]] = {}
    for place, name in enumerate(("datacite", "schemaorg", "searchapi")):
        for row in read_sssom(resource("mappings", f"nexus-{name}.sssom.tsv")):
            cells = found.setdefault(row["subject_label"], [[], [], []])
            cells[place].append(code(row["object_label"]) or "none")
    rows = [
        (code(label), *(", ".join(dict.fromkeys(cell)) for cell in cells))
        for label, cells in sorted(found.items())
    ]
    return table(("NeXus", "DataCite", "schema.org", "search API"), rows)


def system(name: str) -> str:
    """Show the rows of the mapping set of a catalogue."""
    rows = [
        (
            code(row["subject_label"].replace("|", " or ")),
            code(row["object_label"]) or "never",
            code(row["ext_convert"].partition(":")[0]),
            row["ext_rank"] if row["object_label"] else "",
            row["comment"],
        )
        for row in read_sssom(resource("mappings", f"{name}-record.sssom.tsv"))
    ]
    return table(("field", "record", "read as", "rank", ""), rows)


@generated
def scicat() -> str:
    """Show the mapping of SciCat."""
    return system("scicat")


@generated
def icat() -> str:
    """Show the mapping of ICAT."""
    return system("icat")


@generated
def release() -> str:
    """Show what says that something of a catalogue is public."""
    rows = [
        (
            f"{r['system']} {r['entity']}",
            code(r["path"]),
            code(r["what"]),
            r["argument"],
            r["comment"],
        )
        for r in rows_of("rules", "release.tsv")
    ]
    return table(("document", "member", "what", "argument", ""), rows)


@generated
def searchapi() -> str:
    """Show the mapping of the PaNOSC search API."""
    return system("searchapi")


@generated
def parameters() -> str:
    """Show the names of parameters."""
    rows = [
        (
            r["names"].replace("|", ", "),
            code(r["convert"].partition(":")[2] or r["target"]),
            r["category"],
        )
        for r in rows_of("rules", "parameters.tsv")
    ]
    return table(("names", "quantity or field", "category of units"), rows)


@generated
def words() -> str:
    """Show what catalogues say in one word."""
    rows = [
        (name, code(row["subject_label"]), code(row["object_label"]), row["comment"])
        for name in ("kinds", "access")
        for row in read_sssom(resource("mappings", f"{name}.sssom.tsv"))
    ]
    return table(("", "word", "record", ""), rows)


# --- checks of mappings -----------------------------------------------------------

# Findings in the four tables of PaNET's mappings/, by code and level; the tests compare
# them with what is found (tests/mapcheck/test_published.py).
PUBLISHED = {
    ("M001", "error"): 9,
    ("M001", "warning"): 2,
    ("M003", "error"): 214,
    ("M004", "error"): 40,
    ("M010", "error"): 4,
    ("M012", "error"): 9,
    ("M012", "warning"): 1,
    ("M013", "error"): 7,
    ("M020", "error"): 4,
    ("M021", "warning"): 12,
    ("M022", "warning"): 16,
    ("M060", "warning"): 123,
}


@generated
def mapchecks() -> str:
    """List what is checked of mapping tables."""
    rows = [
        (code(name), check.level, check.title, check.meaning, check.why)
        for name, check in MAPCHECKS.items()
    ]
    return table(("code", "level", "check", "what must hold", "why"), rows)


@generated
def published() -> str:
    """List what is found in PaNET's own tables."""
    rows = [
        (f"{name} {MAPCHECKS[name].title}", level, count)
        for (name, level), count in PUBLISHED.items()
    ]
    return table(("check", "level", "findings"), rows)


# --- crosswalk --------------------------------------------------------------------

_FORMS = ("datacite", "schemaorg", "dcat", "oai_dc")


@generated
def crosswalk() -> str:
    """Show where each field is written in each form."""
    rows = [
        (code(row["field"]), *(row[form] for form in _FORMS))
        for row in rows_of("crosswalk.tsv")
    ]
    head = ("field", "DataCite", "schema.org", "DCAT-AP", "Dublin Core")
    return table(head, rows)


@generated
def losses() -> str:
    """Show what a round trip through each form keeps of a full record."""
    sys.path.insert(0, str(Path(__file__).parents[2] / "tests" / "helpers"))
    from samples import RICH

    forms = ("datacite", "datacite-json", "schemaorg", "rdf", "dcat", "oai_dc", "pan")
    found = {form: round_trip(RICH, form) for form in forms}
    rows = [
        (f"{name.replace('_', ' ')}", *(found[form][name] for form in forms))
        for name in found["pan"]
    ]
    return table(("field", *(code(form) for form in forms)), rows)


@generated
def findings() -> str:
    """List what is checked of DataCite documents."""
    rows = [
        (code(name), one.level.value, one.meaning, one.advice)
        for name, one in CODES.items()
    ]
    return table(("code", "level", "what", "what to do"), rows)


@generated
def documents() -> str:
    """List the forms that are no formats of OAI-PMH."""
    rows = [
        (
            code(name),
            code(getattr(form, "media_type", "application/xml")),
            can_read(name),
        )
        for name, form in DOCUMENTS.items()
    ]
    return table(("form", "media type", "read"), rows)


def can_read(name: str) -> str:
    """Say whether a form is read."""
    return "yes" if name in READERS else ""

"""Markdown for the reference pages, from the code and the tables themselves."""

from __future__ import annotations

import csv
import inspect
import re
from importlib.resources import files
from typing import TYPE_CHECKING

import click
import msgspec

from panharvest.cli import main as command_line
from panharvest.config import Settings
from panharvest.formats import FORMATS

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Sequence


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
    """Read a table of ontologies/, without its comment lines."""
    text = files("panharvest.ontologies").joinpath(*path).read_text(encoding="utf-8")
    lines = [line for line in text.splitlines() if line and not line.startswith("#")]
    return list(csv.DictReader(lines, delimiter="\t", quoting=csv.QUOTE_NONE))


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
}


# --- formats and tables -----------------------------------------------------------


def formats() -> str:
    """List the formats as ListMetadataFormats does."""
    rows = [
        (f"[{code(f.prefix)}](#{f.prefix})", code(f.namespace), f"<{f.schema}>")
        for f in FORMATS.values()
    ]
    return table(("format", "namespace", "schema"), rows)


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
        for row in rows_of("mappings", "nexus-record.sssom.tsv")
    ]
    return table(("NeXus", "record", "relation", "rank", "rule", ""), rows)


def legacy() -> str:
    """Show the rules for fields outside the standard."""
    rows = [
        (code(r["path"]), code(r["target"]), r["rank"], code(r["rule_id"]), r["writer"])
        for r in rows_of("rules", "legacy-paths.tsv")
    ]
    return table(("field", "record", "rank", "rule", "seen from"), rows)


def placeholders() -> str:
    """Show what counts as a missing value."""
    rows = [
        (r["scope"], code(r["pattern"]), r["comment"])
        for r in rows_of("rules", "placeholders.tsv")
    ]
    return table(("where", "text", ""), rows)


def roles() -> str:
    """Show the roles of people."""
    rows = [(r["role"], r["contributor_type"]) for r in rows_of("rules", "roles.tsv")]
    return table(("role in the file", "contributor type"), rows)


PAGES: dict[str, Callable[[], str]] = {
    page.__name__: page
    for page in (cli, settings, formats, mappings, legacy, placeholders, roles)
}

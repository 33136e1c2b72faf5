"""M030: NeXus paths and unit categories against the pinned NXDL."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from panharvest.vocabulary.nexus import nexus_iri

if TYPE_CHECKING:
    from collections.abc import Iterator

    from panharvest.mapcheck.context import Context
    from panharvest.mapcheck.lexicon import Lexicon
    from panharvest.mapcheck.mending import Mapping
    from panharvest.vocabulary.nexus import NexusTerm

PATH = re.compile(r"(?P<class>NX\w+)(?P<below>(?:[/@][\w*]+)*)")


def ancestry(name: str, lexicon: Lexicon) -> Iterator[str]:
    """Give a class and those that it extends, NXobject last."""
    seen: set[str] = set()
    while name and name not in seen:
        seen.add(name)
        yield name
        term = lexicon.paths.get(name)
        name = term.extends if term else ""
    if seen and "NXobject" not in seen:
        yield "NXobject"


def find_path(path: str, lexicon: Lexicon) -> NexusTerm | None:
    """Give the term of a path, inherited ones and those with free names too.

    ``NXuser/identifier*`` is NXobject's ``identifierNAME``; ``NXsubentry`` holds what
    ``NXentry`` holds.
    """
    match = PATH.fullmatch(path)
    if match is None:
        return None
    for name in ancestry(match["class"], lexicon):
        if (term := lexicon.paths.get(name + match["below"])) is not None:
            return term
        if "*" in match["below"]:
            free = re.compile(re.escape(name + match["below"]).replace(r"\*", "[A-Z]+"))
            for known, term in lexicon.paths.items():
                if known.startswith(name) and free.fullmatch(known):
                    return term
    return None


def check_paths_of(context: Context) -> None:
    """Check the NeXus side of a mapping set."""
    for side in ("subject", "object"):
        for mapping, iri in zip(context.mappings, context.iris[side], strict=True):
            lexicon = context.lexicons.of(iri) if iri else None
            if lexicon is not None and lexicon.id == "nexus":
                check_path(context, mapping, side, iri, lexicon)


def check_path(
    context: Context, mapping: Mapping, side: str, iri: str, lexicon: Lexicon
) -> None:
    """Check that label and identifier are one path, and its category of units."""
    label = mapping[f"{side}_label"]
    term = find_path(label, lexicon) if label else None
    if label and term is None and PATH.fullmatch(label):
        context.at(
            mapping,
            f"{side}_label",
            "M030",
            f"'{label}' is not a path of NXDL {lexicon.version}",
        )
    elif term is not None and term.iri != iri:
        context.at(
            mapping,
            f"{side}_id",
            "M030",
            f"{mapping[f'{side}_id']} is not the identifier of '{label}'",
            f"write nxo:{nexus_iri(term.path, term.kind).rpartition('#')[2]}",
        )
    if term is not None:
        check_unit_category(context, mapping, "ext_category", term)


def check_unit_category(
    context: Context, mapping: Mapping, column: str, term: NexusTerm | None
) -> None:
    """Check the category of units that a row expects, a literal unit in its place."""
    from panharvest.units import dimension_of

    category = mapping[column]
    if not category:
        return
    try:
        wanted = dimension_of(category)
    except ValueError as problem:
        context.at(mapping, column, "M030", str(problem), "write one, or a unit: T, m")
        return
    if term is None or term.units in {"", category}:
        return
    try:
        given = dimension_of(term.units)
    except ValueError:
        return
    if wanted is not None and given is not None and not wanted & given:
        context.at(
            mapping,
            column,
            "M030",
            f"{term.path} is in {term.units}, not in {category}",
            f"write {term.units}",
        )

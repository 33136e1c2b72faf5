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
ANY_UNIT = {"", "NX_ANY", "NX_TRANSFORMATION"}


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
    if term is not None and "ext_category" in mapping.cells:
        check_category(context, mapping, term)


def check_category(context: Context, mapping: Mapping, term: NexusTerm) -> None:
    """Check the category of units that a row expects."""
    category = mapping["ext_category"]
    known = categories()
    if category and category not in known:
        context.at(
            mapping,
            "ext_category",
            "M030",
            f"'{category}' is not a category of units: {', '.join(sorted(known)[:3])} ...",
        )
    elif category and category != term.units and not {category, term.units} & ANY_UNIT:
        if term.units in known and not known[category] & known[term.units]:
            context.at(
                mapping,
                "ext_category",
                "M030",
                f"{term.path} is in {term.units}, not in {category}",
                f"write {term.units}",
            )


def categories() -> dict[str, frozenset[str]]:
    """Give the categories of units with their dimensions."""
    from panharvest.tables import read_table, resource, split_cell

    rows = read_table(resource("unit-categories.tsv"), ("category", "dimensions"))
    return {row["category"]: frozenset(split_cell(row["dimensions"])) for row in rows}

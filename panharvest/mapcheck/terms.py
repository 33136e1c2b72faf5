"""M010-M014: the terms of a table against the pinned vocabularies."""

from __future__ import annotations

import re
import unicodedata
from typing import TYPE_CHECKING

from panharvest.mapcheck.slots import SIDES
from panharvest.vocabulary import PANET, fold

if TYPE_CHECKING:
    from collections.abc import Callable

    from panharvest.mapcheck.context import Context
    from panharvest.mapcheck.lexicon import Lexicon
    from panharvest.mapcheck.mending import Mapping
    from panharvest.vocabulary import Term


def check_terms(context: Context) -> None:
    """Check every identifier of a pinned vocabulary, and the labels of the others."""
    for side in SIDES:
        for mapping, iri in zip(context.mappings, context.iris[side], strict=True):
            lexicon = context.lexicons.of(iri) if iri else None
            if lexicon is not None and lexicon.id != "nexus":
                check_term(context, mapping, side, iri, lexicon)
        check_labels(context, side)


def check_term(
    context: Context, mapping: Mapping, side: str, iri: str, lexicon: Lexicon
) -> None:
    """Check one identifier: that the term exists, is current, and is the one meant."""
    term = lexicon.terms.get(iri)
    label = mapping[f"{side}_label"]
    pinned = f"{lexicon.id} {lexicon.version}"
    if term is None:
        context.at(
            mapping,
            f"{side}_id",
            "M010",
            f"{mapping[f'{side}_id']} is not in {pinned}",
            near(iri, label, lexicon, context.spelling),
        )
        return
    if term.status == "deprecated":
        successor = term.replaced_by
        context.at(
            mapping,
            f"{side}_id",
            "M011",
            f"{mapping[f'{side}_id']} is deprecated in {pinned}",
            f"use {named(successor, lexicon, context.spelling)}" if successor else "",
        )
    check_label(context, mapping, side, term, lexicon)
    if side == "object" and lexicon.namespace == PANET:
        check_use(context, mapping, term, lexicon)


def check_label(
    context: Context, mapping: Mapping, side: str, term: Term, lexicon: Lexicon
) -> None:
    """M012: compare a label with that of its term."""
    label = mapping[f"{side}_label"]
    if not label or loose(label) == loose(term.label):
        return
    pinned = f"{lexicon.id} {lexicon.version}"
    name = mapping[f"{side}_id"]
    if loose(label) in map(loose, term.alt_labels):
        context.at(
            mapping,
            f"{side}_label",
            "M012",
            f"'{label}' is an alternative label of {name}",
            f"write '{term.label}'",
            level="warning",
        )
        return
    others = [iri for iri in lexicon.named(label) if iri != term.iri]
    advice = f"write '{term.label}'"
    if others:
        choice = " or ".join(
            named(iri, lexicon, context.spelling) for iri in others[:3]
        )
        advice = f"is {choice} meant? else {advice}"
    context.at(
        mapping,
        f"{side}_label",
        "M012",
        f"{name} is '{term.label}' in {pinned}, not '{label}'",
        advice,
    )


def check_use(context: Context, mapping: Mapping, term: Term, lexicon: Lexicon) -> None:
    """M014: tell whether a term may describe a dataset."""
    name = f"{mapping['object_id']} '{term.label}'"
    if term.kind != "technique":
        what = {"facet": "only sorts techniques", "specifier": "is a specifier"}
        same = [
            iri
            for iri in lexicon.named(term.label)
            if lexicon.terms[iri].kind == "technique"
        ]
        context.at(
            mapping,
            "object_id",
            "M014",
            f"{name} {what.get(term.kind, 'is not a technique')}: it cannot describe "
            "a dataset",
            f"is {named(same[0], lexicon, context.spelling)} meant?" if same else "",
        )
    elif term.iri in lexicon.facet_only:
        context.at(
            mapping,
            "object_id",
            "M014",
            f"{name} says only the probe, or what is varied: of little use as a "
            "technique",
            level="info" if "probe" in term.label else "warning",
        )


def check_labels(context: Context, side: str) -> None:
    """M013: find terms of other vocabularies that have two labels in the set."""
    seen: dict[str, tuple[str, str, int]] = {}
    for mapping, iri in zip(context.mappings, context.iris[side], strict=True):
        label = mapping[f"{side}_label"]
        if not iri or not label or context.lexicons.of(iri) is not None:
            continue
        folded, first, line = seen.setdefault(
            iri, (loose(label), label, mapping.row.line)
        )
        if folded != loose(label):
            context.at(
                mapping,
                f"{side}_label",
                "M013",
                f"{mapping[f'{side}_id']} is '{label}', and '{first}' in line {line}",
                "one of the two rows means another term",
            )


def loose(label: str) -> str:
    """Give the form in which labels are compared: case, blanks, NFC do not count."""
    return fold(unicodedata.normalize("NFC", label))


def named(
    iri: str, lexicon: Lexicon, spelling: Callable[[str], str] | None = None
) -> str:
    """Give a term with its label, written as a table would where that is known."""
    term = lexicon.terms.get(iri)
    name = (spelling or lexicon.short)(iri)
    return f"{name} '{term.label}'" if term else name


def near(
    iri: str,
    label: str,
    lexicon: Lexicon,
    spelling: Callable[[str], str] | None = None,
) -> str:
    """Suggest the term that was meant, by its label or by a slip in the identifier."""
    local = iri.removeprefix(lexicon.namespace)
    halves = re.fullmatch(r"(.+)\1(.*)", local)  # PaNETPaNET01211
    tries = [halves[1] + halves[2]] if halves else []
    tries.append(local.strip("_-./"))
    known = [
        one for part in tries if (one := lexicon.namespace + part) in lexicon.terms
    ]
    found = known[:1] or (lexicon.named(label)[:3] if label else [])
    if not found:
        found = lexicon.resembling(local)
    shown = " or ".join(named(one, lexicon, spelling) for one in found)
    return f"is {shown} meant?" if shown else ""

"""``explain``: why one term is a kind of another, and what a row of a table says."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from panharvest.cli.frame import REFUSED, State
from panharvest.cli.ontology import (
    as_json,
    chosen,
    json_option,
    ontology_option,
    parse_choice,
    told,
)
from panharvest.cli.output import document, plain
from panharvest.errors import ConfigError

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from panharvest.mapcheck.lexicon import Lexicons
    from panharvest.mapcheck.rows import Consequence, End, RowExplained
    from panharvest.vocabulary import Vocabulary
    from panharvest.vocabulary.explaining import Explanation

FEW = 12
PLACE = re.compile(r"(?P<file>.+?):(?P<line>\d+)(?::\d+)?:?")


@click.command()
@click.argument("lower", metavar="ROW|A")
@click.argument("upper", metavar="[B]", required=False)
@click.option("--probe", help="The radiation, when A is an application definition.")
@ontology_option
@json_option
@click.pass_context
def explain(
    ctx: click.Context,
    lower: str,
    upper: str | None,
    probe: str | None,
    choices: tuple[str, ...],
    form: str,
) -> None:
    """Tell why A is a kind of B, or what a ROW of a table says and whether it holds.

    A and B are terms of PaNET or ESRFET, as IRI, CURIE, bare id or label. An ESRFET
    term and a PaNET term are connected by the mapping. A may also be an application
    definition of NeXus (NXmonopd): the technique rules lead to PaNET. Exit code 1: A is
    no kind of B.

    A ROW is FILE:LINE, as the checks name it, of a mapping table or of technique rules;
    or the id of a rule in the tables in use, as --trace shows it. Exit code 1: the
    checks found something in it.
    """
    if upper is None:
        explain_place(ctx, lower, choices, form)
    else:
        explain_terms(ctx, lower, upper, probe, choices, form)


# --- terms ------------------------------------------------------------------------


def explain_terms(
    ctx: click.Context,
    lower: str,
    upper: str,
    probe: str | None,
    choices: tuple[str, ...],
    form: str,
) -> None:
    """Explain why one term is a kind of another."""
    from panharvest.vocabulary.explaining import explain as explained

    vocabularies = chosen(choices)
    second = find(upper, vocabularies)
    lines: list[str] = []
    if lower.casefold() in known_rules():
        first, lines = by_rules(lower, probe, second)
    else:
        first = find(lower, vocabularies)
        if first[0].scheme is not second[0].scheme:
            first, lines = across(first, second)
    vocabulary = second[0]
    found = explained(vocabulary, first[1], second[1])
    if form == "json":
        import msgspec

        document(as_json({"by": lines, **msgspec.to_builtins(found)}))
    else:
        for line in (*lines, *written(found, vocabulary)):
            click.echo(line)
    if not found.holds:
        ctx.exit(REFUSED)


Place = tuple["Vocabulary", str]


def find(text: str, vocabularies: Mapping[str, Any]) -> Place:
    """Give the vocabulary and IRI of a term in any spelling, or by its only label.

    A main label counts more than an alternative one of another term, a technique more
    than what it is defined by.
    """
    from panharvest.vocabulary import fold, normalise_term

    iri = normalise_term(text)
    wanted = fold(text)
    for vocabulary in vocabularies.values():
        if iri is not None and iri in vocabulary.terms:
            return vocabulary, iri
        terms = vocabulary.terms.values()
        main = [one.iri for one in terms if wanted and fold(one.label) == wanted]
        other = [one.iri for one in terms if wanted in map(fold, one.alt_labels)]
        for found in (main, other):
            labelled = [one for one in found if vocabulary.is_technique(one)] or found
            if len(labelled) == 1:
                return vocabulary, labelled[0]
            if labelled:
                several = ", ".join(told(vocabulary, one) for one in labelled[:FEW])
                raise ConfigError(f"'{plain(text)}' names several terms: {several}")
    raise ConfigError(
        f"'{plain(text)}' is no term of PaNET or ESRFET; {near(text, vocabularies)}"
    )


def near(text: str, vocabularies: Mapping[str, Any]) -> str:
    """Say which terms may have been meant."""
    from panharvest.vocabulary.searching import search

    hits = search(vocabularies["panet"], text, limit=3)
    if not hits:
        return "'panharvest techniques search' finds terms by words"
    named = (told(vocabularies["panet"], hit.term.iri) for hit in hits)
    return f"is one of these meant: {', '.join(named)}?"


def across(first: Place, second: Place) -> tuple[Place, list[str]]:
    """Go from an ESRFET term to PaNET over the mapping, on the way to a PaNET term."""
    from panharvest.knowledge import load_knowledge
    from panharvest.vocabulary.schemes import curie

    vocabulary, iri = first
    if vocabulary.scheme.id != "esrfet":
        raise ConfigError(
            "the mapping goes from ESRFET to PaNET: name the ESRFET term first"
        )
    targets = load_knowledge().esrfet.get(iri, ())
    if not targets:
        raise ConfigError(f"{curie(iri)} is mapped to no term of PaNET")
    panet = second[0]
    best = next(
        (
            target
            for target in targets
            if second[1] in {target.iri, *panet.ancestors(target.iri)}
        ),
        targets[0],
    )
    line = (
        f"{curie(iri)} {best.predicate} {told(panet, best.iri)} "
        f"(esrfet-panet.sssom.tsv, confidence {best.confidence:g})"
    )
    return (panet, best.iri), [line]


def known_rules() -> Mapping[str, object]:
    """Give the technique rules by folded definition."""
    from panharvest.knowledge import load_knowledge

    return load_knowledge().rules


def by_rules(
    definition: str, probe: str | None, second: Place
) -> tuple[Place, list[str]]:
    """Go from an application definition to PaNET by the rules, towards a term."""
    from panharvest.knowledge import load_knowledge
    from panharvest.probes import ProbeClues, infer_probes
    from panharvest.techniques import TechniqueClue, infer_techniques

    panet, goal = second
    if panet.scheme.id != "panet":
        raise ConfigError("the rules lead to PaNET: name a term of PaNET second")
    known = replace(load_knowledge(), vocabulary=panet)
    probes = infer_probes(ProbeClues(names=[(probe, "--probe")] if probe else ()))
    if probe and not probes:
        raise ConfigError(
            f"'{plain(probe)}' is no probe that is known (x-ray, neutron)"
        )
    clue = TechniqueClue("definition", definition, "A")
    found = infer_techniques([clue], probes, known)
    if not found:
        more = "" if probe else "; --probe may lead further"
        raise ConfigError(f"the rules give no technique for {definition}{more}")
    best = next(
        (one for one in found if goal in {one.iri, *panet.ancestors(one.iri)}),
        found[0],
    )
    rules = ", ".join(dict.fromkeys(one.rule for one in best.evidence))
    line = (
        f"{definition} {best.predicate} {told(panet, best.iri)} "
        f"({rules}; confidence {best.confidence:g})"
    )
    return (panet, best.iri), [line]


def written(found: Explanation, vocabulary: Vocabulary) -> Iterator[str]:
    """Write an explanation for people."""
    from panharvest.vocabulary.explaining import words

    lower, upper = told(vocabulary, found.lower), told(vocabulary, found.upper)
    if found.lower == found.upper:
        yield f"{lower} is the same term"
        return
    if found.holds:
        also = ", and the other way round: they are the same" * found.reverse
        yield f"{lower} is a kind of {upper}{also}:"
        for place, step in enumerate(found.steps, 1):
            why = {
                "asserted": f"asserted of {step.of}",
                "definition": f"definition of {step.of or step.upper}",
                "domain": f"whatever has {words(vocabulary, step.of)} is one",
            }[step.axiom]
            if step.via:
                why += f"; a property of {', '.join(step.via)}"
            uses = ", ".join(map(str, step.uses))
            said = f"{words(vocabulary, step.lower)} is {words(vocabulary, step.upper)}"
            yield f"  {place}. {said}  [{why}{f'; by {uses}' if uses else ''}]"
        return
    yield f"{lower} is no kind of {upper}"
    if found.reverse:
        yield "  it is the other way round"
    if found.parts:
        yield f"  {vocabulary.scheme.short(found.upper)} is defined as all of:"
        for part in found.parts:
            mark = "met    " if part.met else "missing"
            yield f"    {mark} {words(vocabulary, part.expression)}"
    else:
        yield "  it has no definition: only an asserted axiom can put a term under it"
    both = ", ".join(told(vocabulary, iri) for iri in found.common)
    yield f"  both are: {both or 'nothing in common'}"


# --- rows -------------------------------------------------------------------------


def explain_place(
    ctx: click.Context, text: str, choices: tuple[str, ...], form: str
) -> None:
    """Explain a row of a table."""
    from panharvest.mapcheck.rows import explain_row

    state: State = ctx.obj
    path, line = place_in(text, state)
    given = {
        name: version
        for name, version in map(parse_choice, choices)
        if version is not None
    }
    today = datetime.fromtimestamp(state.clock(), UTC).date()
    found, lexicons = explain_row(path, line, today=today, ontologies=given)
    if form == "json":
        document(as_json(found))
    else:
        for one in of_row(found, lexicons):
            click.echo(one)
    if found.findings:
        ctx.exit(REFUSED)


def place_in(text: str, state: State) -> tuple[Path, int]:
    """Find the row that a text names."""
    from panharvest.mapcheck.rows import place_of
    from panharvest.tables import resource

    match = PLACE.fullmatch(text)
    if match is not None and Path(match["file"]).is_file():
        return Path(match["file"]), int(match["line"])
    found = place_of(text, Path(state.configured.ontologies or str(resource())))
    if found is not None:
        return found
    if match is not None and ("." in match["file"] or "/" in match["file"]):
        raise ConfigError(f"{plain(match['file'])}: there is no such file")
    raise ConfigError(
        f"'{plain(text)}' is neither FILE:LINE nor the id of a rule; to explain a "
        "term, name a second one"
    )


def of_row(found: RowExplained, lexicons: Lexicons) -> Iterator[str]:
    """Write a row with all that is known of it for people."""
    yield f"{plain(found.file)}:{found.line}: {plain(found.says)}"
    if found.meaning:
        yield f"  {found.meaning}"
    width = max(len(one.side) for one in found.ends)
    for one in found.ends:
        yield f"  {one.side.ljust(width)}  {plain(of_end(one))}"
    yield from of_few(
        "beside it:", [f"line {one.line}: {one.says}" for one in found.beside]
    )
    for follows in found.consequences:
        yield from of_consequence(follows, lexicons)
    if found.gives:
        yield "  files with it get:"
        for technique in found.gives:
            rules = ", ".join(dict.fromkeys(e.rule for e in technique.evidence))
            yield (
                f"    {technique.label}, {technique.predicate}, "
                f"confidence {technique.confidence:g} ({plain(rules)})"
            )
    for finding in found.findings:
        yield f"  {finding.level} {finding.code}: {plain(finding.message)}"
        if finding.suggestion:
            yield f"    {plain(finding.suggestion)}"
    for finding, reason in found.suppressed:
        yield f"  accepted {finding.code}: {plain(finding.message)}"
        yield f"    {plain(reason)}"
    if not found.findings:
        yield "  the checks find nothing in it"


def of_consequence(one: Consequence, lexicons: Lexicons) -> Iterator[str]:
    """Write what a row implies, and whether the axioms say it."""
    lexicon = lexicons.of(one.proof.lower)
    if lexicon is None or lexicon.vocabulary is None:
        return
    lower, upper = (
        told(lexicon.vocabulary, iri) for iri in (one.proof.lower, one.proof.upper)
    )
    because = f" with line {one.line}" if one.line else ""
    verdict = "and so it is" if one.met else "and it is not so"
    yield f"  it implies{because} that {lower} is a kind of {upper}, {verdict}:"
    yield from (f"    {line}" for line in written(one.proof, lexicon.vocabulary))


def of_end(one: End) -> str:
    """Write one end of a row."""
    if one.side != "definition" and not one.iri:
        return f"{one.written}: an identifier that cannot be read"
    if not one.vocabulary:
        return f"{one.written}: of no vocabulary that is pinned here"
    if not one.label:
        return f"{one.written}: is not in {one.vocabulary}"
    same = "" if one.said in {"", one.label} else f" (the row says '{one.said}')"
    state = "" if one.status == "current" else f"{one.status} "
    above = f", under {' and '.join(one.above)}" if one.above else ""
    return (
        f"{one.written} '{one.label}'{same}: {state}{one.kind} of "
        f"{one.vocabulary}{above}"
    )


def of_few(title: str, lines: Sequence[str]) -> Iterator[str]:
    """Write the first of some lines below a title."""
    if lines:
        yield f"  {title}"
    yield from (f"    {plain(line)}" for line in lines[:FEW])
    if len(lines) > FEW:
        yield f"    ... and {len(lines) - FEW:,} more"

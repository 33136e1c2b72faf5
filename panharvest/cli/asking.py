"""``explain``, ``coverage`` and ``techniques search``: questions about the tables."""

from __future__ import annotations

from contextlib import closing
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import click

from panharvest.cli.frame import REFUSED, State, opened
from panharvest.cli.ontology import as_json, chosen, json_option, ontology_option, told
from panharvest.cli.output import document, number, plain, table
from panharvest.errors import ConfigError

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from panharvest.coverage import Coverage, Subject
    from panharvest.vocabulary import Vocabulary
    from panharvest.vocabulary.explaining import Explanation

FEW = 12


@click.command()
@click.argument("lower", metavar="A")
@click.argument("upper", metavar="B")
@click.option("--probe", help="The radiation, when A is an application definition.")
@ontology_option
@json_option
@click.pass_context
def explain(
    ctx: click.Context,
    lower: str,
    upper: str,
    probe: str | None,
    choices: tuple[str, ...],
    form: str,
) -> None:
    """Tell why A is a kind of B, or what is missing for it to be one.

    A and B are terms of PaNET or ESRFET, as IRI, CURIE, bare id or label. An ESRFET
    term and a PaNET term are connected by the mapping. A may also be an application
    definition of NeXus (NXmonopd): the technique rules lead to PaNET. Exit code 1: A is
    no kind of B.
    """
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
    if first[1] == second[1]:
        for line in (*lines, f"{told(vocabulary, first[1])} is the same term"):
            click.echo(line)
        return
    found = explained(vocabulary, first[1], second[1])
    if form == "json":
        document(as_json(found))
    else:
        for line in (*lines, *written(found, vocabulary)):
            click.echo(line)
    if not found.holds:
        ctx.exit(REFUSED)


Place = tuple["Vocabulary", str]


def find(text: str, vocabularies: Mapping[str, Any]) -> Place:
    """Give the vocabulary and IRI of a term in any spelling, or by its only label."""
    from panharvest.vocabulary import fold, normalise_term

    iri = normalise_term(text)
    wanted = fold(text)
    labelled: list[Place] = []
    for vocabulary in vocabularies.values():
        if iri is not None and iri in vocabulary.terms:
            return vocabulary, iri
        found = [
            term.iri
            for term in vocabulary.terms.values()
            if wanted and wanted in {fold(o) for o in (term.label, *term.alt_labels)}
        ]
        # techniques share their labels with what they are defined by
        techniques = [one for one in found if vocabulary.is_technique(one)]
        labelled += [(vocabulary, one) for one in techniques or found]
        if labelled:
            break
    if len(labelled) == 1:
        return labelled[0]
    if labelled:
        several = ", ".join(told(v, one) for v, one in labelled[:FEW])
        raise ConfigError(f"'{plain(text)}' names several terms: {several}")
    raise ConfigError(
        f"'{plain(text)}' is no term of PaNET or ESRFET; "
        "'panharvest techniques search' finds terms by words"
    )


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
    if found.holds:
        also = ", and the other way round: they are the same" * found.reverse
        yield f"{lower} is a kind of {upper}{also}:"
        for place, step in enumerate(found.steps, 1):
            why = {
                "asserted": f"asserted of {step.of}",
                "definition": f"definition of {step.of or step.upper}",
                "domain": f"whatever has {step.of} is one",
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


@click.command()
@click.option(
    "--store", metavar="URL", help="Show also what the records of this store leave."
)
@click.option("--missing", is_flag=True, help="List everything that is missing.")
@json_option
@click.pass_obj
def coverage(state: State, store: str | None, missing: bool, form: str) -> None:
    """Count what the tables cover: definitions, ESRFET, PaNET, NeXus fields.

    With a store also, by facility, what the files hold that no rule uses.
    """
    from panharvest.coverage import coverage as counted

    tables = state.context().tables
    if store is None:
        found = counted(tables)
    else:
        with closing(opened(store)) as place:
            found = counted(tables, place.facts())
    if form == "json":
        document(as_json(found))
        return
    for line in of_coverage(found, missing=missing):
        click.echo(line)


def of_coverage(found: Coverage, *, missing: bool) -> Iterator[str]:
    """Write what is covered for people."""
    width = max(len(subject.title) for subject in found.subjects)
    for subject in found.subjects:
        yield f"{subject.title.ljust(width)}  {summary(subject)}"
        if missing and subject.missing:
            yield from (f"  {one.name}  {one.label}" for one in subject.missing)
    for one in found.facilities:
        unknown = f"{one.unknown:,} without technique"
        yield f"{plain(one.facility)}: {number(one.records, 'record')}, {unknown}"
        for name, count in one.fields[: None if missing else FEW]:
            yield f"  {count:>6,}  {plain(name)}"
        if not missing and len(one.fields) > FEW:
            yield f"  ... and {len(one.fields) - FEW:,} more (--missing lists them)"


def summary(subject: Subject) -> str:
    """Write the counts of a subject."""
    share = f"{subject.mapped / subject.total:.0%}" if subject.total else "-"
    text = f"{subject.mapped:,} of {subject.total:,} mapped ({share})"
    if subject.settled > subject.mapped:
        text += f", {subject.settled - subject.mapped:,} have no term"
    if subject.missing:
        text += f", {len(subject.missing):,} missing"
    return text


@click.group()
def techniques() -> None:
    """Look up techniques."""


@techniques.command()
@click.argument("text", nargs=-1, required=True)
@click.option("--limit", type=click.IntRange(1), default=20, show_default=True)
@click.option(
    "--all-kinds",
    is_flag=True,
    help="Look also at facets, specifiers and properties.",
)
@ontology_option
@json_option
@click.pass_context
def search(
    ctx: click.Context,
    text: Sequence[str],
    limit: int,
    all_kinds: bool,
    choices: tuple[str, ...],
    form: str,
) -> None:
    """Find techniques of PaNET by words, acronym or id, the best first.

    Every word must begin a word of a label. Exit code 1: nothing was found.
    """
    from panharvest.vocabulary import KINDS
    from panharvest.vocabulary.searching import search as searched

    vocabulary = chosen(choices)["panet"]
    kinds = KINDS if all_kinds else ("technique",)
    hits = searched(vocabulary, " ".join(text), kinds, limit)
    if form == "json":
        document(as_json(hits))
    elif hits:
        rows: list[tuple[object, ...]] = [
            (
                vocabulary.scheme.short(hit.term.iri),
                hit.term.label,
                f"({hit.matched})" if hit.matched in hit.term.alt_labels else "",
                f"{hit.narrower} narrower" if hit.narrower else "",
                "" if hit.term.kind == "technique" else hit.term.kind,
            )
            for hit in hits
        ]
        table(rows)
    if not hits:
        click.echo(f"no technique is called '{plain(' '.join(text))}'", err=True)
        ctx.exit(REFUSED)

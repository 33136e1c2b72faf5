"""Parts of the HTML report that look at vocabularies: coverage, tree, other version."""

from __future__ import annotations

import json
from collections import Counter
from html import escape
from typing import TYPE_CHECKING

from panharvest.tables import split_cell
from panharvest.vocabulary import PANET, normalise_term

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from panharvest.mapcheck.findings import Report
    from panharvest.mapcheck.lexicon import Lexicon
    from panharvest.vocabulary import Term, Vocabulary
    from panharvest.vocabulary.difference import VocabularyDiff

ROOT = PANET + "PaNET00001"
MAX_LISTED = 400


def reached(report: Report) -> Counter[str]:
    """Count the rows that name each PaNET term."""
    found: Counter[str] = Counter()
    for context in report.contexts:
        rows: dict[int, set[str]] = {}
        for side in ("subject", "object"):
            for number, iri in enumerate(context.iris.get(side, ())):
                if iri.startswith(PANET):
                    rows.setdefault(number, set()).add(iri)
        for number, mapping in enumerate(context.mappings):
            if "rule_id" in context.sheet.columns:
                curies = split_cell(mapping["object_id"])
                named = {normalise_term(one) or "" for one in curies} - {""}
                rows.setdefault(number, set()).update(named)
        for iris in rows.values():
            found.update(iris)
    return found


def panet_of(report: Report) -> Lexicon | None:
    """Give the PaNET that was checked against, if it was."""
    return report.lexicons.loaded.get("panet") if report.lexicons else None


def coverage_bars(report: Report) -> str:
    """Give what is covered, as bars: of the tables' own subjects, and of PaNET."""
    bars = []
    if report.coverage is not None:
        for subject in report.coverage.subjects:
            known = subject.settled - subject.mapped
            bars.append(bar(subject.title, subject.mapped, known, subject.total))
    lexicon = panet_of(report)
    if lexicon is not None and report.contexts:
        techniques = {i for i, t in lexicon.terms.items() if t.kind == "technique"}
        named = len(techniques & set(reached(report)))
        title = f"PaNET {lexicon.version} techniques that a checked row names"
        bars.append(bar(title, named, 0, len(techniques)))
    if not bars:
        return ""
    note = (
        '<p class="soft">Filled: mapped. Hatched: looked at, and there is nothing to '
        "map it to.</p>"
    )
    return note + "".join(bars)


def bar(title: str, done: int, known: int, total: int) -> str:
    """Give one bar."""
    whole = max(total, 1)
    shares = (done * 100 / whole, known * 100 / whole)
    more = f" + {known}" if known else ""
    return (
        f'<div class="bar"><span>{escape(title)}</span>'
        f'<span class="track" role="img" aria-label="{done} of {total}">'
        f'<span class="fill" style="width:{shares[0]:.1f}%"></span>'
        f'<span class="known" style="width:{shares[1]:.1f}%"></span></span>'
        f'<span class="n">{done}{more} of {total}</span></div>'
    )


def technique_tree(report: Report) -> str:
    """Give the techniques of PaNET as a tree, with the rows that name each."""
    lexicon = panet_of(report)
    if lexicon is None or lexicon.vocabulary is None:
        return ""
    nodes = tree_nodes(lexicon.vocabulary, reached(report))
    if ROOT not in lexicon.terms:
        return ""
    data = {"root": ROOT.removeprefix(PANET), "nodes": nodes}
    written = json.dumps(data, ensure_ascii=True, separators=(",", ":"))
    safe = written.replace("<", "\\u003c").replace("&", "\\u0026")
    return (
        '<p class="soft">How many rows name a technique, and how many name it or '
        "something below it. A technique with several parents stands under each.</p>"
        '<div class="tools"><input id="technique" type="search" aria-label="technique" '
        'placeholder="technique: a label, an acronym, an id">'
        '<label><input id="reached" type="checkbox">only those that rows name</label>'
        f'</div><ul id="tree" class="tree"></ul>'
        f'<script type="application/json" id="tree-data">{safe}</script>'
    )


def tree_nodes(vocabulary: Vocabulary, counts: Counter[str]) -> dict[str, object]:
    """Give every technique with its children and counts, by short id."""
    wanted = [
        iri
        for iri, term in vocabulary.terms.items()
        if iri == ROOT or term.kind in {"technique", "facet"}
    ]
    above = {iri: vocabulary.ancestors(iri) for iri in wanted}
    below: dict[str, list[str]] = {iri: [] for iri in wanted}
    for iri in wanted:
        for parent in direct(iri, above):
            if parent in below:
                below[parent].append(iri)
    totals: Counter[str] = Counter()
    for iri in wanted:
        for one in {iri, *above[iri]}:
            totals[one] += counts[iri]
    return {
        iri.removeprefix(PANET): {
            "label": vocabulary.terms[iri].label,
            "alt": " ".join(vocabulary.terms[iri].alt_labels),
            "own": counts[iri],
            "total": totals[iri],
            "below": [
                one.removeprefix(PANET)
                for one in sorted(below[iri], key=lambda i: vocabulary.terms[i].label)
            ],
        }
        for iri in wanted
    }


def direct(iri: str, above: dict[str, frozenset[str]]) -> Iterator[str]:
    """Give the parents of a term that no other parent is below.

    Of terms that are the same one is the other's parent, so that both are shown.
    """
    mine = {a for a in above[iri] if iri not in above.get(a, ()) or a < iri}
    for one in mine:
        others = (two for two in mine if two != one and one in above.get(two, ()))
        if all(two in above.get(one, ()) and one < two for two in others):
            yield one


def changes(report: Report) -> str:
    """Give what another version than the pinned one changes, where one was chosen."""
    if report.lexicons is None:
        return ""
    from panharvest.vocabulary import vocabulary
    from panharvest.vocabulary.difference import difference

    parts = []
    for name in ("panet", "esrfet"):
        lexicon = report.lexicons.loaded.get(name)
        if lexicon is None or lexicon.vocabulary is None:
            continue
        pinned = vocabulary(name)
        if pinned.version != lexicon.version:
            terms = {**pinned.terms, **lexicon.vocabulary.terms}
            diff = difference(pinned, lexicon.vocabulary)
            parts.append(diff_part(diff, report, terms))
    return "".join(parts)


def diff_part(diff: VocabularyDiff, report: Report, terms: Mapping[str, Term]) -> str:
    """Give the differences of two versions, and the rows they touch."""
    named = reached(report)
    touched = {one.iri for one in diff.removed} | {one.iri for one in diff.relabelled}
    rows = sum(count for iri, count in named.items() if iri in touched)
    lists = (
        ("added", [f"{short(t.iri)} {t.label}" for t in diff.added]),
        ("removed", [f"{short(t.iri)} {t.label}" for t in diff.removed]),
        ("relabelled", [f"{short(r.iri)} {r.old} → {r.new}" for r in diff.relabelled]),
        ("with other axioms", list(axioms(diff))),
        ("pairs gained in the hierarchy", pairs(diff.gained, terms)),
        ("pairs lost in the hierarchy", pairs(diff.lost, terms)),
    )
    return (
        f"<h3>{escape(diff.id)} {escape(diff.old)} → {escape(diff.new)}</h3>"
        f"<p>{rows:,} of the checked rows {'names' if rows == 1 else 'name'} a term "
        "that is relabelled or removed.</p>"
        + "".join(listed(title, items) for title, items in lists)
    )


def axioms(diff: VocabularyDiff) -> Iterator[str]:
    """Give the axioms that changed, a line for each term."""
    found: dict[str, list[str]] = {}
    for one in diff.axioms:
        signed = [*(f"- {x}" for x in one.removed), *(f"+ {x}" for x in one.added)]
        found.setdefault(f"{short(one.iri)} {one.label}", []).extend(signed)
    yield from (f"{term}: {'; '.join(signed)}" for term, signed in found.items())


def pairs(given: Sequence[tuple[str, str]], terms: Mapping[str, Term]) -> list[str]:
    """Give pairs of the hierarchy as text."""
    return [
        f"{short(lower)} {terms[lower].label} under {short(upper)} {terms[upper].label}"
        for lower, upper in given
    ]


def short(iri: str) -> str:
    """Give a term as people write it."""
    return iri.rpartition("/")[2].rpartition("#")[2]


def listed(title: str, items: Iterable[str]) -> str:
    """Give a list that opens."""
    lines = list(items)
    if not lines:
        return f'<p class="soft">{escape(title)}: none</p>'
    inside = "".join(f"<li>{escape(one)}</li>" for one in lines[:MAX_LISTED])
    more = len(lines) - MAX_LISTED
    rest = f"<li>and {more:,} more</li>" if more > 0 else ""
    return (
        f"<details><summary>{escape(title)}: {len(lines):,}</summary>"
        f"<ul>{inside}{rest}</ul></details>"
    )

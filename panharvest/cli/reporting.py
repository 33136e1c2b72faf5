"""``panharvest status``: what the store holds, what opens next, what is held back."""

from __future__ import annotations

import json as jsons
from collections import Counter
from contextlib import closing
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, NamedTuple

import click

from panharvest.cli.frame import State, opened, store_option
from panharvest.cli.output import counted, cut, document, number, plain
from panharvest.cli.private import private_option, save_json
from panharvest.telling import HIDDEN, Leftovers, said_of, state_at, technique_of

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping
    from pathlib import Path

DAY = 86_400
SPANS = (7, 30, 365)  # days
TOP = 20


@dataclass(slots=True)
class Overview:
    """The counts of ``panharvest status``.

    ``named``: with the ids of what is held; ``paths``: files that were refused, of
    which ``hidden`` are those of records that are not public.
    """

    named: bool = False
    paths: frozenset[str] = frozenset()
    records: int = 0
    access: Counter[str] = field(default_factory=Counter)
    facilities: Counter[str] = field(default_factory=Counter)
    techniques: Counter[str] = field(default_factory=Counter)
    # instant, id, and whether the id is public
    releases: list[tuple[int, str, bool]] = field(default_factory=list)
    held: dict[str, dict[str, Any]] = field(default_factory=dict)
    leftovers: Leftovers = field(default_factory=Leftovers)
    hidden: set[str] = field(default_factory=set)
    outdated: int = 0

    def add(self, id_: str, facts: Mapping[str, Any], now: float, version: str) -> None:
        """Count one record."""
        phases = facts.get("phases")
        if phases is None:  # a former id: it has no facts
            return
        state, opens = state_at(facts, now), _opens(phases, now)
        self.records += 1
        self.access[state] += 1
        self.facilities[facts["facility"] or "unknown"] += 1
        for technique in facts["techniques"]:
            self.techniques[technique_of(technique, state)] += 1
        if not facts["techniques"]:
            self.techniques["unknown"] += 1
        self.leftovers.add(facts, now)
        if state == HIDDEN:
            files = {one.partition("#/")[0] for one in facts.get("files", ())}
            self.hidden |= files & self.paths
        self.outdated += facts["mapping"] != version
        if opens is not None:
            self.releases.append((opens, id_, state != HIDDEN))
        elif state in {"hidden", "embargoed"}:
            why = self.held.setdefault(
                facts["code"], {"count": 0, "reason": facts["reason"], "ids": []}
            )
            why["count"] += 1
            why["ids"] += [id_] if self.named else []

    def soon(self, now: float) -> dict[str, int]:
        """Count the releases of the next days."""
        return {
            str(days): sum(at <= now + days * DAY for at, _, _ in self.releases)
            for days in SPANS
        }

    def opening(self, *, named: bool = False) -> list[tuple[int, list[str], int]]:
        """Give what opens when: instant, ids that may be told, how many have none."""
        found: dict[int, tuple[list[str], int]] = {}
        for at, id_, public in self.releases:
            ids, unnamed = found.get(at, ([], 0))
            told = [id_] if named or public else []
            found[at] = ([*ids, *told], unnamed + 1 - len(told))
        return [(at, *one) for at, one in sorted(found.items())]


def _opens(phases: Iterable[tuple[int, str]], now: float) -> int | None:
    """Say when a record is open if it is not yet."""
    return next(
        (start for start, name in phases if start > now and name == "open"), None
    )


def survey(
    facts: Iterable[tuple[str, Mapping[str, Any]]],
    now: float,
    version: str,
    *,
    named: bool = False,
    paths: Iterable[str] = (),
) -> Overview:
    """Count the records of a store."""
    found = Overview(named=named, paths=frozenset(paths))
    for id_, one in facts:
        found.add(id_, one, now, version)
    found.releases.sort()
    return found


@click.command()
@store_option
@click.option("--json", is_flag=True, help="Write JSON, with everything.")
@private_option("all of it, with ids, names and files of hidden records,")
@click.pass_obj
def status(state: State, store: str, json: bool, private: Path | None) -> None:
    """Show what the store holds: by facility, technique and access; what opens next;
    what is held back and why; what no mapping rule uses; what was refused.

    What is hidden is counted, and named with --private only.
    """  # noqa: D205 - click shows the paragraph
    now = state.clock()
    version = state.context().tables.version
    with closing(opened(store)) as place:
        refused = [Refusal(*one) for one in place.refusals()]
        found = survey(
            place.facts(),
            now,
            version,
            named=private is not None,
            paths=(one.path for one in refused),
        )
    if private is not None:
        save_json(private, _as_json(found, refused, now, named=True))
    if json:
        document(jsons.dumps(_as_json(found, refused, now), indent=2).encode())
    else:
        for line in _as_text(found, refused, now):
            click.echo(line)


class Refusal(NamedTuple):
    """What was refused: a file, or a document of a catalogue by its id there."""

    source: str
    path: str
    code: str
    reason: str

    def named(self, hidden: set[str]) -> str | None:
        """Give the path of a file, unless a hidden record has it; else None.

        What a catalogue calls a document is not told: nobody knows if it is public.
        """
        return self.path if self.source == "nexus" and self.path not in hidden else None


def _as_json(
    found: Overview, refused: list[Refusal], now: float, *, named: bool = False
) -> dict[str, Any]:
    leftovers = found.leftovers.told()
    return {
        "at": _date(now),
        "records": found.records,
        "access": dict(found.access),
        "facilities": dict(found.facilities.most_common()),
        "techniques": dict(found.techniques.most_common()),
        "releases": {
            "days": found.soon(now),
            "next": [
                {"at": _date(at), "records": len(ids) + unnamed, "ids": ids}
                for at, ids, unnamed in found.opening(named=named)
            ],
        },
        "held": {
            code: why if named else {k: v for k, v in why.items() if k != "ids"}
            for code, why in found.held.items()
        },
        "leftovers": dict(
            found.leftovers.counts.most_common() if named else leftovers.named
        ),
        "leftovers_not_public": leftovers.unnamed,
        "refused": [
            {
                "path": one.path if named else one.named(found.hidden),
                "code": one.code,
                "reason": one.reason,
            }
            for one in refused
        ],
        "outdated": found.outdated,
    }


def _as_text(found: Overview, refused: list[Refusal], now: float) -> Iterator[str]:
    words = counted(dict(sorted(found.access.items())))
    yield f"{number(found.records, 'record')}{': ' if words else ''}{words}"
    if found.outdated:
        records = number(found.outdated, "record")
        yield f"{records} made with other mapping tables: run 'panharvest publish'"
    for title, counts in (
        ("by facility", found.facilities),
        ("by technique", found.techniques),
    ):
        if counts:
            yield f"{title}:"
            yield from _columns(counts)
    soon = found.soon(now)
    yield "opening: " + ", ".join(f"{n:,} in {days} days" for days, n in soon.items())
    year = [one for one in found.opening() if one[0] <= now + SPANS[-1] * DAY]
    for at, ids, unnamed in year[:TOP]:
        yield f"  {_date(at)}  {number(len(ids) + unnamed, 'record')}"
        yield from (f"    {plain(id_)}" for id_ in ids[:5])
        yield from _more(len(ids), 5, "    ")
    yield from _more(len(year))
    if found.held:
        yield "hidden, with no date to open:"
    for code, why in sorted(found.held.items()):
        yield f"  {number(why['count'], 'record')} ({code}): {cut(why['reason'], 160)}"
    leftovers = found.leftovers.told()
    if found.leftovers.counts:
        yield "most frequent in files, and used by no rule:"
    if leftovers.named:
        yield from _columns(Counter(leftovers.named))
    if leftovers.unnamed:
        yield f"  {'... and ' if leftovers.named else ''}{said_of(leftovers.unnamed)}"
    if refused:
        yield f"{number(len(refused), 'file')} refused:"
    for one in refused[:TOP]:
        path = one.named(found.hidden)
        yield f"  {plain(path or one.source)}: {plain(one.reason)}"
    yield from _more(len(refused))


def _columns(counts: Counter[str]) -> Iterator[str]:
    rows = counts.most_common(TOP)
    width = max(len(f"{count:,}") for _, count in rows)
    yield from (f"  {count:>{width},}  {plain(name)}" for name, count in rows)
    yield from _more(len(counts))


def _more(count: int, shown: int = TOP, indent: str = "  ") -> Iterator[str]:
    if count > shown:
        yield f"{indent}... and {count - shown:,} more (--json has all)"


def _date(instant: float) -> str:
    return datetime.fromtimestamp(instant, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")

"""``panharvest status``: what the store holds, what opens next, what is held back."""

from __future__ import annotations

import json as jsons
from collections import Counter
from contextlib import closing
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import click

from panharvest.cli.frame import State, opened, store_option
from panharvest.cli.output import counted, cut, document, number, plain

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

DAY = 86_400
SPANS = (7, 30, 365)  # days
TOP = 20


@dataclass(slots=True)
class Overview:
    """The counts of ``panharvest status``."""

    records: int = 0
    access: Counter[str] = field(default_factory=Counter)
    facilities: Counter[str] = field(default_factory=Counter)
    techniques: Counter[str] = field(default_factory=Counter)
    releases: list[tuple[int, str]] = field(default_factory=list)  # (instant, id)
    held: dict[str, dict[str, Any]] = field(default_factory=dict)
    leftovers: Counter[str] = field(default_factory=Counter)
    outdated: int = 0

    def add(self, id_: str, facts: Mapping[str, Any], now: float, version: str) -> None:
        """Count one record."""
        phases = facts.get("phases")
        if phases is None:  # a former id: it has no facts
            return
        state, opens = _state(phases, now)
        self.records += 1
        self.access[state] += 1
        self.facilities[facts["facility"] or "unknown"] += 1
        for technique in facts["techniques"]:
            name = technique["iri"].rpartition("/")[2]
            self.techniques[f"{technique['label']} ({name})"] += 1
        if not facts["techniques"]:
            self.techniques["unknown"] += 1
        self.leftovers.update(facts["leftovers"])
        self.outdated += facts["mapping"] != version
        if opens is not None:
            self.releases.append((opens, id_))
        elif state in {"hidden", "embargoed"}:
            why = self.held.setdefault(
                facts["code"], {"count": 0, "reason": facts["reason"], "ids": []}
            )
            why["count"] += 1
            why["ids"] += [id_] if len(why["ids"]) < TOP else []

    def soon(self, now: float) -> dict[str, int]:
        """Count the releases of the next days."""
        return {
            str(days): sum(at <= now + days * DAY for at, _ in self.releases)
            for days in SPANS
        }


def _state(phases: Iterable[tuple[int, str]], now: float) -> tuple[str, int | None]:
    """Give the state of a record, and when it is open if it is not yet."""
    state, opens = "hidden", None
    for start, name in phases:
        if start <= now:
            state = name
        elif name == "open" and opens is None:
            opens = start
    return state, opens


def survey(
    facts: Iterable[tuple[str, Mapping[str, Any]]], now: float, version: str
) -> Overview:
    """Count the records of a store."""
    found = Overview()
    for id_, one in facts:
        found.add(id_, one, now, version)
    found.releases.sort()
    return found


@click.command()
@store_option
@click.option("--json", is_flag=True, help="Write JSON, with everything.")
@click.pass_obj
def status(state: State, store: str, json: bool) -> None:
    """Show what the store holds: by facility, technique and access; what opens next;
    what is held back and why; what no mapping rule uses; what was refused.
    """  # noqa: D205 - click shows the paragraph
    now = state.clock()
    version = state.context().tables.version
    with closing(opened(store)) as place:
        found = survey(place.facts(), now, version)
        refused = [
            {"path": path, "code": code, "reason": why}
            for _, path, code, why in place.refusals()
        ]
    if json:
        document(jsons.dumps(_as_json(found, refused, now), indent=2).encode())
    else:
        for line in _as_text(found, refused, now):
            click.echo(line)


def _as_json(
    found: Overview, refused: list[dict[str, str]], now: float
) -> dict[str, Any]:
    return {
        "at": _date(now),
        "records": found.records,
        "access": dict(found.access),
        "facilities": dict(found.facilities.most_common()),
        "techniques": dict(found.techniques.most_common()),
        "releases": {
            "days": found.soon(now),
            "next": [{"at": _date(at), "id": id_} for at, id_ in found.releases],
        },
        "held": found.held,
        "leftovers": dict(found.leftovers.most_common()),
        "refused": refused,
        "outdated": found.outdated,
    }


def _as_text(
    found: Overview, refused: list[dict[str, str]], now: float
) -> Iterator[str]:
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
    year = [(at, id_) for at, id_ in found.releases if at <= now + SPANS[-1] * DAY]
    yield from (f"  {_date(at)}  {plain(id_)}" for at, id_ in year[:TOP])
    yield from _more(len(year))
    if found.held:
        yield "hidden, with no date to open:"
    for code, why in sorted(found.held.items()):
        yield f"  {number(why['count'], 'record')} ({code}): {cut(why['reason'], 160)}"
        yield from (f"    {plain(id_)}" for id_ in why["ids"][:5])
        yield from _more(why["count"], 5, "    ")
    if found.leftovers:
        yield "most frequent in files, and used by no rule:"
        yield from _columns(found.leftovers)
    if refused:
        yield f"{number(len(refused), 'file')} refused:"
    for one in refused[:TOP]:
        yield f"  {plain(one['path'])}: {plain(one['reason'])}"
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

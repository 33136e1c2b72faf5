"""``panharvest embargo``: what opens, what is held back and why, what was closed."""

from __future__ import annotations

import json as jsons
from contextlib import closing
from dataclasses import asdict
from datetime import UTC, datetime
from typing import TYPE_CHECKING

import click

from panharvest.cli.frame import State, opened, store_option
from panharvest.cli.output import cut, document, number, plain
from panharvest.cli.private import private_option, save_json

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from panharvest.embargoes import Embargoes, Opening

TOP = 25


@click.command()
@store_option
@click.option("--json", is_flag=True, help="Write all of it as JSON.")
@private_option("the report with the ids of hidden records")
@click.option(
    "--days",
    type=click.IntRange(1),
    default=365,
    show_default=True,
    help="List what opens within so many days.",
)
@click.pass_obj
def embargo(
    state: State, store: str, json: bool, private: Path | None, days: int
) -> None:
    """Show what opens next week, month and year; what is held back and why; and what
    was public and is no longer, of which others are to be told.

    Records of which nothing is public are counted by day and facility; their ids are
    written with --private only.
    """  # noqa: D205 - click shows the paragraph
    from panharvest.embargoes import survey

    now = state.clock()
    with closing(opened(store)) as place:
        found = survey(place, now)
    if private is not None:
        save_json(private, _as_json(found, now, named=True))
    if json:
        document(jsons.dumps(_as_json(found, now), indent=2).encode())
        return
    for line in _as_text(found, now, days):
        click.echo(line)


def _as_json(found: Embargoes, now: float, *, named: bool = False) -> dict[str, object]:
    from panharvest.embargoes import DUTY

    return {
        "at": _date(now),
        "open": found.open,
        "opening": {
            "within": found.within(now),
            "records": [
                {
                    "at": _date(one.at),
                    "records": len(ids) + unnamed,
                    "facility": one.facility,
                    "code": one.code,
                    "reason": one.reason,
                    "ids": ids,
                }
                for one, ids, unnamed in _grouped(found.opening, named=named)
            ],
        },
        "held": {
            code: {"count": one.count, "reason": one.reason}
            | ({"ids": one.ids} if named else {})
            for code, one in sorted(found.held.items())
        },
        "closed": [asdict(one) for one in found.closed],
        "duty": DUTY if found.closed else "",
        "withdrawn": found.withdrawn,
    }


def _as_text(found: Embargoes, now: float, days: int) -> Iterator[str]:
    from panharvest.embargoes import DAY, DUTY

    yield f"{number(found.open, 'record')} open, {found.withdrawn:,} withdrawn"
    spans = found.within(now)
    yield (
        f"opening: {spans['week']:,} in a week, {spans['month']:,} in a month, "
        f"{spans['year']:,} in a year, {spans['later']:,} later"
    )
    soon = _grouped([one for one in found.opening if one.at <= now + days * DAY])
    for one, ids, unnamed in soon[:TOP]:
        records = number(len(ids) + unnamed, "record")
        yield f"  {_date(one.at)}  {records} ({plain(one.facility or 'unknown')})"
        yield f"    {cut(one.reason, 160)}"
        yield from (f"    {plain(id_)}" for id_ in ids[:5])
        yield from _more(len(ids), 5)
    yield from _more(len(soon), TOP)
    if found.held:
        yield "held back, with no date to open:"
    for code, held in sorted(found.held.items()):
        yield f"  {number(held.count, 'record')} ({code}): {cut(held.reason, 200)}"
    if found.closed:
        yield f"{number(len(found.closed), 'record')} public once, and no longer:"
        for closing_ in found.closed[:TOP]:
            yield f"  {closing_.at}  {plain(closing_.id)}: {cut(closing_.reason, 160)}"
        yield from _more(len(found.closed), TOP)
        yield DUTY


def _grouped(
    opening: list[Opening], *, named: bool = False
) -> list[tuple[Opening, list[str], int]]:
    """Bring together what opens at once for one reason, by facility.

    Gives one of them, the ids that may be told, and how many have none.
    """
    groups: dict[tuple[object, ...], list[Opening]] = {}
    for one in opening:
        key = (one.at, one.facility, one.code, one.reason)
        groups.setdefault(key, []).append(one)
    found = []
    for group in groups.values():
        ids = [one.id for one in group if named or one.named]
        found.append((group[0], ids, len(group) - len(ids)))
    return found


def _more(count: int, shown: int) -> Iterator[str]:
    if count > shown:
        yield f"  ... and {count - shown:,} more (--json has all)"


def _date(instant: float) -> str:
    return datetime.fromtimestamp(instant, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")

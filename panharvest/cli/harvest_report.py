"""What came of a harvest, as a table and as JSON."""

from __future__ import annotations

import json
from collections import Counter
from dataclasses import asdict
from typing import TYPE_CHECKING

import click

from panharvest.cli.output import counted, number, plain, table

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from panharvest.harvester import EndpointDone
    from panharvest.harvester.exposing import Exposed


def tell(done: Sequence[EndpointDone]) -> None:
    """Write the report of a run as a table."""
    head = ("endpoint", "status", "pages", "records", "new", "changed", "deleted")
    rows: list[tuple[object, ...]] = [(*head, "repaired", "quarantined")]
    rows += [
        (
            *(one.endpoint, one.status, f"{one.pages:,}", f"{one.records:,}"),
            *(f"{one.new:,}", f"{one.changed:,}", f"{one.deleted + one.vanished:,}"),
            *(f"{one.repaired:,}", f"{one.quarantined:,}"),
        )
        for one in done
    ]
    table(rows)
    for one in done:
        if one.reason:
            click.echo(f"{plain(one.endpoint)}: {plain(one.reason)}")
    if any(one.quarantined for one in done):
        click.echo("what was quarantined: panharvest quarantine list")


def tell_exposed(exposed: Sequence[Exposed]) -> None:
    """Say what became of the records, and why some are not served."""
    states = Counter(one.state for one in exposed)
    changes = Counter(one.change for one in exposed)
    changes.pop("unchanged", None)
    if exposed:
        click.echo(f"{number(len(exposed), 'record')} read: {counted(states)}")
        words = counted(dict(sorted(changes.items()))) or "nothing"
        click.echo(f"what harvesters of ours see changed: {words}")
    reasons = Counter(
        (one.code, one.reason) for one in exposed if one.state in ("hidden", "unread")
    )
    for (code, reason), count in reasons.most_common(12):
        click.echo(f"  not served: {count:,} ({code}: {plain(reason)[:120]})")


def write_report(
    file: Path, done: Sequence[EndpointDone], begun: float, ended: float
) -> None:
    """Write the report of a run as JSON."""
    from panharvest.oai import format_datestamp

    document = {
        "started": format_datestamp(int(begun)),
        "ended": format_datestamp(int(ended)),
        "endpoints": [asdict(one) for one in done],
    }
    text = json.dumps(document, indent=2, ensure_ascii=False)
    file.write_text(f"{text}\n", encoding="utf-8")

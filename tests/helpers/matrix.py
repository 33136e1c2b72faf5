"""What becomes of a harvest of 50 records under each fault, for each client."""

from __future__ import annotations

import re
from importlib.metadata import version
from typing import TYPE_CHECKING, Literal

from clients import CLIENTS, PATIENCE, Client, with_our_sickle

from panharvest.harvester import Endpoint, EndpointDone, HarvestSettings, harvest
from panharvest.stores import open_store
from panharvest.testing import FaultyProvider
from panharvest.testing.faulty import QUIRKS, make_entries, make_faults
from panharvest.transport import Manners, Timing, Transport

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

    from panharvest.testing.faulty import Fault

Verdict = Literal["complete", "flagged", "silent loss", "hang"]

OURS, OUR_SICKLE = "panharvest", "panharvest.sickle"
RECORDS = 50
ENDLESS = 6 * RECORDS  # records after which a list is taken for one that goes round
# Seconds of a stall, and of the patience that clients have with it. With all else they
# have more: a machine may be busy.
STALL, SHORT = 1.2, 0.8

CASES: Mapping[str, tuple[Fault, ...]] = {**make_faults(STALL), **QUIRKS}
DISTRIBUTIONS = {"sickle": "sickle", "oaipmh": "oaipmh", "scythe": "oaipmh-scythe"}


def _patience(faults: Sequence[Fault]) -> float:
    return SHORT if any("stall" in fault.name for fault in faults) else PATIENCE


def judge(client: Client, faults: Sequence[Fault]) -> Verdict:
    """Harvest once with a client, and say how it went."""
    with FaultyProvider(make_entries(RECORDS), faults=faults) as provider:
        wanted = {entry.identifier for entry in provider.entries}
        found: set[str | None] = set()
        try:
            for count, identifier in enumerate(client(provider.url, _patience(faults))):
                found.add(identifier and identifier.strip())
                if count > ENDLESS:
                    return "hang"
        except Exception:
            return "flagged"
        return "complete" if wanted <= found else "silent loss"


def judge_ours(faults: Sequence[Fault], folder: Path) -> Verdict:
    """Harvest once into a store, and compare what it says with what it has."""
    manners = Manners(pace=0, read_timeout=_patience(faults))
    store = open_store(f"sqlite:///{folder}/store.db")
    transport = Transport(manners, Timing(sleep=lambda _seconds: None))
    settings = HarvestSettings(manners=manners)
    with FaultyProvider(make_entries(RECORDS), faults=faults) as provider:
        run = harvest(
            [Endpoint(url=provider.url)], store, settings=settings, transport=transport
        )
        for event in run:
            if isinstance(event, EndpointDone):
                done = event
            elif provider.asked() > 20 * RECORDS:
                run.close()
                return "hang"
        feed = store.harvests().feed(provider.url, "oai_dc").num
        found = {record.identifier for record in store.harvests().records(feed)}
        wanted = {entry.identifier for entry in provider.entries}
    transport.close()
    store.close()
    if done.status != "complete" or done.quarantined:
        return "flagged"
    return "complete" if wanted <= found else "silent loss"


def measure(name: str, folder: Path) -> dict[str, Verdict]:
    """Try a fault on every client: verdicts by client."""
    faults = CASES[name]
    return {
        OURS: judge_ours(faults, folder),
        OUR_SICKLE: judge(with_our_sickle, faults),
        **{client: judge(make, faults) for client, make in CLIENTS.items()},
    }


def heads() -> dict[str, str]:
    """Name the clients, foreign ones with their versions."""
    return {OURS: OURS, OUR_SICKLE: OUR_SICKLE} | {
        client: f"{client} {version(distribution)}"
        for client, distribution in DISTRIBUTIONS.items()
    }


def write(verdicts: Mapping[str, Mapping[str, str]], columns: Mapping[str, str]) -> str:
    """Write the matrix as a Markdown table that is also readable as it is."""
    rows = [("fault", *columns.values(), "best possible")]
    rows += [
        (name, *(by_client[column] for column in columns), CASES[name][0].best)
        for name, by_client in verdicts.items()
    ]
    rows = [tuple(cell.replace("|", "\\|") for cell in row) for row in rows]
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    rows.insert(1, tuple("-" * width for width in widths))
    return "".join(
        "| " + " | ".join(c.ljust(w) for c, w in zip(r, widths, strict=True)) + " |\n"
        for r in rows
    )


def count(verdicts: Mapping[str, Mapping[str, str]], column: str) -> dict[str, int]:
    """Count the verdicts of a column."""
    found: dict[str, int] = {}
    for by_client in verdicts.values():
        found[by_client[column]] = found.get(by_client[column], 0) + 1
    return found


def read(table: str) -> dict[str, list[str]]:
    """Read the rows of a table that was written: the verdicts by fault."""
    rows = [
        [cell.strip().replace("\\|", "|") for cell in re.split(r"(?<!\\)\|", line)]
        for line in table.splitlines()[2:]
    ]
    return {row[1]: row[2:-2] for row in rows}

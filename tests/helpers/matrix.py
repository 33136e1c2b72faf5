"""What becomes of a harvest of 50 records under each fault, for each client."""

from __future__ import annotations

from importlib.metadata import version
from typing import TYPE_CHECKING, Literal

from clients import CLIENTS

from panharvest.testing import FaultyProvider
from panharvest.testing.faulty import QUIRKS, make_entries, make_faults

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence

    from panharvest.testing.faulty import Fault

Verdict = Literal["complete", "flagged", "silent loss", "hang"]

RECORDS = 50
ENDLESS = 6 * RECORDS  # records after which a list is taken for one that goes round
STALL = 1.6  # seconds; longer than the patience of the clients

CASES: Mapping[str, tuple[Fault, ...]] = {**make_faults(STALL), **QUIRKS}
DISTRIBUTIONS = {"sickle": "sickle", "oaipmh": "oaipmh", "scythe": "oaipmh-scythe"}


def judge(
    client: Callable[[str], Iterator[str | None]], faults: Sequence[Fault]
) -> Verdict:
    """Harvest once with a client, and say how it went."""
    with FaultyProvider(make_entries(RECORDS), faults=faults) as provider:
        wanted = {entry.identifier for entry in provider.entries}
        found: set[str | None] = set()
        try:
            for count, identifier in enumerate(client(provider.url)):
                found.add(identifier and identifier.strip())
                if count > ENDLESS:
                    return "hang"
        except Exception:
            return "flagged"
        return "complete" if wanted <= found else "silent loss"


def foreign() -> dict[str, dict[str, Verdict]]:
    """Try every fault on every foreign client: verdicts by fault and client."""
    return {
        name: {client: judge(make, faults) for client, make in CLIENTS.items()}
        for name, faults in CASES.items()
    }


def heads() -> dict[str, str]:
    """Name the foreign clients with their versions."""
    return {
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

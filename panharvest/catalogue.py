"""All that is visible as a catalogue of DCAT-AP, in one file of Turtle.

It is written as it is read, line by line, in the subset of Turtle that N-Triples is: a
graph of a million records would not fit anywhere.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from panharvest.export import replacing, visible_rows
from panharvest.formats.dcat.terms import CONTEXT
from panharvest.formats.dcat.writing import catalogue, dataset
from panharvest.protocols import Query
from panharvest.record import from_json
from panharvest.repository import address_in_json
from panharvest.triples import lines_of

if TYPE_CHECKING:
    from pathlib import Path

    from panharvest.protocols import Clock, Store
    from panharvest.repository import Repository


def write_catalogue(
    store: Store, repository: Repository, file: Path, clock: Clock
) -> int:
    """Write every visible record as a dataset of one catalogue; give their number.

    Parameters
    ----------
    file
        Where to write; what is there stays until the new one is whole.
    """
    base_url = repository.base_url
    head = catalogue(
        [],
        base_url=base_url,
        title=repository.name,
        description=repository.description,
        publisher=repository.name,
    )
    query = Query("_record", math.floor(clock()), address=address_in_json(base_url))
    count = 0
    with replacing(file) as out:
        out.writelines(line.encode() for line in lines_of(head, CONTEXT, "c"))
        for row in visible_rows(store, query, clock):
            if row.body is None or row.deleted:
                continue
            tree = dataset(from_json(row.body))
            if "@id" not in tree:
                continue
            link = {"@id": head["@id"], "dcat:dataset": tree}
            lines = lines_of(link, CONTEXT, f"r{count}x")
            out.writelines(line.encode() for line in lines)
            count += 1
    return count

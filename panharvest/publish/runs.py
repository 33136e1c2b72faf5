"""Runs over the store: everything derived again, one record withdrawn."""

from __future__ import annotations

import json
import time
from itertools import islice
from typing import TYPE_CHECKING

from panharvest.harvested import FOREIGN
from panharvest.oai import format_datestamp
from panharvest.publish.context import Outcome
from panharvest.publish.dataset import close_dataset, publish_dataset, try_to_publish
from panharvest.publish.withdrawals import withdrawal_keys

if TYPE_CHECKING:
    from collections.abc import Iterator

    from panharvest.protocols import Clock, Store
    from panharvest.publish.context import Context


BATCH = 200  # records a transaction
LONGEST_WAIT = 10  # seconds; a stamp further ahead is a clock that was set back


def publish_all(
    store: Store, context: Context, clock: Clock, batch: int = BATCH
) -> Iterator[Outcome]:
    """Derive every item again, ``batch`` datasets a transaction.

    Only what is served differently gets a new datestamp.
    """
    # those of other repositories are derived from what was harvested
    datasets = (name for name in store.datasets() if not name.startswith(FOREIGN))
    while names := list(islice(datasets, batch)):
        with store.write(clock) as writer:
            outcomes = [try_to_publish(writer, n, context, clock()) for n in names]
        yield from outcomes


def withdraw(
    store: Store, item_id: str, reason: str, context: Context, clock: Clock
) -> Outcome:
    """Withdraw a record for good: harvesters see it deleted; publishing keeps it so.

    Raises
    ------
    KeyError
        When the store has no record of this identifier.
    """
    dataset = store.dataset_of(item_id)
    if dataset is None:
        raise KeyError(item_id)
    with store.write(clock) as writer:
        now = clock()
        row = {"date": format_datestamp(int(now)), "reason": reason}
        raws = writer.raws(dataset)
        for key in withdrawal_keys(dataset, item_id, raws):
            writer.put_meta(key, json.dumps(row))
        if raws:
            return publish_dataset(writer, dataset, context, now)
        # one of another repository, which is derived from what was harvested
        why = f"withdrawn on {row['date']}"
        change = close_dataset(writer, dataset, why, context, now)
        return Outcome(dataset, item_id, "withdrawn", None, "withdrawn", why, change)


def await_visible(store: Store, clock: Clock) -> None:
    """Wait until what was committed last is visible: a second or two at the most.

    So that what a command says when it ends is what a harvester sees.
    """
    left = store.stamp() - clock()
    if 0 < left <= LONGEST_WAIT:
        time.sleep(left)

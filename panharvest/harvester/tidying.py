"""What is kept of pages that nothing needs any more, and for how long."""

from __future__ import annotations

from typing import TYPE_CHECKING

from panharvest.harvested import Vacuumed

if TYPE_CHECKING:
    from panharvest.protocols import Clock, Store

META = "harvest_vacuumed"  # when that was, in seconds since the epoch
EVERY = 7 * 86_400  # seconds


def tidy(store: Store, clock: Clock, keep: float) -> Vacuumed | None:
    """Drop pages that are older than ``keep`` seconds and of no use; once a week.

    None when it was done in the last days. What is freed is used again; the file does
    not become smaller.
    """
    now = clock()
    last = store.meta(META)
    if last is not None and now - float(last) < EVERY:
        return None
    done = store.harvests().vacuum(now - keep) if last is not None else Vacuumed()
    with store.write(clock) as writer:
        writer.put_meta(META, str(now))
    return done

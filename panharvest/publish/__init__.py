"""The life of a record: raw -> map -> check -> policy -> render -> item.

Everything that is served is derived here from what is kept raw, so that a change of a
mapping or of a policy is one run of :func:`publish_all`. Nothing here reads the clock:
when a stage begins is decided by the policy and, at the earliest, by the commit.
"""

from __future__ import annotations

from panharvest.publish.context import FAILED, Context, Outcome
from panharvest.publish.dataset import close_dataset, publish_dataset, try_to_publish
from panharvest.publish.deriving import map_raws
from panharvest.publish.runs import await_visible, publish_all, withdraw
from panharvest.publish.showing import landing_page, shown_in, shown_stage
from panharvest.publish.withdrawals import WITHDRAWN

__all__ = [
    "FAILED",
    "WITHDRAWN",
    "Context",
    "Outcome",
    "await_visible",
    "close_dataset",
    "landing_page",
    "map_raws",
    "publish_all",
    "publish_dataset",
    "shown_in",
    "shown_stage",
    "try_to_publish",
    "withdraw",
]

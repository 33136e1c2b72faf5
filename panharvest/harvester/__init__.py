"""Harvesting: other people's repositories into a store, and nothing lost in silence.

>>> for event in harvest(["https://data.example.org/oai"], store):  # doctest: +SKIP
...     print(event)
"""

from __future__ import annotations

from panharvest.harvester.engine import harvest
from panharvest.harvester.events import (
    EndpointDone,
    EndpointStarted,
    Event,
    HarvestDone,
    Noted,
    PageDone,
    RecordQuarantined,
    SweepDone,
    Waiting,
)
from panharvest.harvester.settings import Endpoint, HarvestSettings, Quirks

__all__ = [
    "Endpoint",
    "EndpointDone",
    "EndpointStarted",
    "Event",
    "HarvestDone",
    "HarvestSettings",
    "Noted",
    "PageDone",
    "Quirks",
    "RecordQuarantined",
    "SweepDone",
    "Waiting",
    "harvest",
]

"""The canonical record: plain frozen values, and a check that reports every problem.

A record holds what a facility knows about one dataset, experiment or publication in the
terms of the field, independent of where it came from and of how it is written. It can
hold wrong values (harvested data is wrong at times); :func:`panharvest.check` says what
is wrong.
"""

from __future__ import annotations

from panharvest.record.access import (
    Access,
    AccessStatus,
    Embargo,
    Licence,
    Right,
    Withdrawal,
)
from panharvest.record.agents import Affiliation, Agent, Contributor, Funding, Nature
from panharvest.record.canonical import Kind, Record, ResourceType, from_json, to_json
from panharvest.record.contents import Checksum, File, Service
from panharvest.record.experiment import (
    Evidence,
    Facility,
    Instrument,
    Parameter,
    Probe,
    RadiationSource,
    Sample,
    Technique,
)
from panharvest.record.places import Box, Location, Point, Polygon
from panharvest.record.problems import Level, Problem
from panharvest.record.provenance import Origin, Provenance
from panharvest.record.related import RelatedItem, Relation
from panharvest.record.values import (
    DatedEvent,
    Identifier,
    Interval,
    Moment,
    Subject,
    Text,
)

# In the order of the documentation: the record, then what it is made of.
__all__ = [  # noqa: RUF022 - sorted by meaning
    # canonical
    "Record",
    "Kind",
    "ResourceType",
    "to_json",
    "from_json",
    # problems
    "Problem",
    "Level",
    # values
    "Identifier",
    "Moment",
    "Interval",
    "DatedEvent",
    "Text",
    "Subject",
    # agents
    "Agent",
    "Nature",
    "Affiliation",
    "Contributor",
    "Funding",
    # experiment
    "Facility",
    "Probe",
    "RadiationSource",
    "Instrument",
    "Technique",
    "Sample",
    "Parameter",
    "Evidence",
    # contents
    "File",
    "Checksum",
    "Service",
    # access
    "Access",
    "AccessStatus",
    "Embargo",
    "Licence",
    "Right",
    "Withdrawal",
    # related
    "Relation",
    "RelatedItem",
    # places
    "Location",
    "Point",
    "Box",
    "Polygon",
    # provenance
    "Provenance",
    "Origin",
]

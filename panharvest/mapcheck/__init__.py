"""Tests of mapping tables: what an ontology maintainer runs every day.

``panharvest check`` reads tables as they are (:mod:`.reading`), mends what needs no
knowledge (:mod:`.mending`), checks form, terms and contradictions against pinned
vocabularies, and reports every finding with its place. Nothing is dropped: rows read
and rows rejected are the rows of the file.
"""

from __future__ import annotations

__all__ = ["Finding", "Report", "check_paths"]

from panharvest.mapcheck.findings import Finding, Report
from panharvest.mapcheck.running import check_paths

"""The content that python-icat's example scripts fill an ICAT with."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Mapping

    from panharvest.sources.catalogues.icat_graph import Document, Graph


def read_example(content: Mapping[str, Any], graph: Graph) -> None:
    """Read the content that python-icat's example scripts fill an ICAT with."""
    tables = {
        "facilities": "Facility",
        "users": "User",
        "instruments": "Instrument",
        "techniques": "Technique",
        "fundings": "FundingReference",
        "investigation_types": "InvestigationType",
        "dataset_types": "DatasetType",
        "parameter_types": "ParameterType",
        "sample_types": "SampleType",
        "datafile_formats": "DatafileFormat",
        "data_publication_types": "DataPublicationType",
    }
    for table, kind in tables.items():
        for key, held in (content.get(table) or {}).items():
            if isinstance(held, dict):
                graph.add(kind, str(key), dict(held))
    for key, held in (content.get("investigations") or {}).items():
        if isinstance(held, dict):
            _example_investigation(str(key), dict(held), graph)
    for key, held in (content.get("data_publications") or {}).items():
        if isinstance(held, dict):
            made = {k: v for k, v in held.items() if k not in ("dataset", "users")}
            made["fundingReferences"] = [
                {"funding": one} for one in held.get("fundingReferences") or ()
            ]
            made["users"] = held.get("users") or []
            graph.add("DataPublication", str(key), made)


def _example_investigation(key: str, held: Document, graph: Graph) -> None:
    people = [("Principal Investigator", held.pop("invpi", None))]
    people += [("Investigator", one) for one in held.pop("invcol", None) or ()]
    held.pop("invguest", None)
    held["investigationUsers"] = [{"role": r, "user": u} for r, u in people if u]
    instrument, sample = held.pop("instrument", None), held.pop("sample", None)
    if instrument:
        held["investigationInstruments"] = [{"instrument": instrument}]
    held["keywords"] = [
        {"name": one} for one in held.get("keywords") or () if isinstance(one, str)
    ]
    held["fundingReferences"] = [
        {"funding": one} for one in held.get("fundingReferences") or ()
    ]
    datasets = held.pop("datasets", None) or []
    samples = sample if isinstance(sample, list) else [sample] if sample else []
    for index, one in enumerate(samples):
        if isinstance(one, dict):
            graph.add("Sample", f"{key}/{index}", {**one, "investigation": key})
    graph.add("Investigation", key, held)
    for index, one in enumerate(datasets):
        if isinstance(one, dict):
            graph.add("Dataset", f"{key}/{index}", {**one, "investigation": key})

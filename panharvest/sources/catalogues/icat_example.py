"""The content that python-icat's example scripts fill an ICAT with."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

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
        for key, held in items(content.get(table)):
            if isinstance(held, dict):
                graph.add(kind, str(key), dict(held))
    for key, held in items(content.get("investigations")):
        if isinstance(held, dict):
            _example_investigation(str(key), dict(held), graph)
    for key, held in items(content.get("data_publications")):
        if isinstance(held, dict):
            made = {k: v for k, v in held.items() if k not in ("dataset", "users")}
            made["fundingReferences"] = [
                {"funding": one} for one in listed(held.get("fundingReferences"))
            ]
            made["users"] = held.get("users") or []
            graph.add("DataPublication", str(key), made)


def _example_investigation(key: str, held: Document, graph: Graph) -> None:
    people = [("Principal Investigator", held.pop("invpi", None))]
    people += [("Investigator", one) for one in listed(held.pop("invcol", None))]
    held.pop("invguest", None)
    held["investigationUsers"] = [{"role": r, "user": u} for r, u in people if u]
    instrument, sample = held.pop("instrument", None), held.pop("sample", None)
    if instrument:
        held["investigationInstruments"] = [{"instrument": instrument}]
    held["keywords"] = [
        {"name": one} for one in listed(held.get("keywords")) if isinstance(one, str)
    ]
    held["fundingReferences"] = [
        {"funding": one} for one in listed(held.get("fundingReferences"))
    ]
    datasets = listed(held.pop("datasets", None))
    samples = sample if isinstance(sample, list) else [sample] if sample else []
    for index, one in enumerate(samples):
        if isinstance(one, dict):
            graph.add("Sample", f"{key}/{index}", {**one, "investigation": key})
    graph.add("Investigation", key, held)
    for index, one in enumerate(datasets):
        if isinstance(one, dict):
            graph.add("Dataset", f"{key}/{index}", {**one, "investigation": key})


def items(value: object) -> Iterable[tuple[Any, Any]]:
    """Give what a table holds; nothing when it is none."""
    return value.items() if isinstance(value, dict) else ()


def listed(value: object) -> list[Any]:
    """Give what a list holds; nothing when it is none."""
    return value if isinstance(value, list) else []

"""M052: the graphs of records against the shapes of ``ontologies/shapes`` (SHACL).

The graphs of a batch of records are merged and validated at once: what a validation
costs beside the records is paid once a batch.
"""

from __future__ import annotations

from contextlib import closing
from dataclasses import replace
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING, Any

from panharvest.errors import ConfigError
from panharvest.mapcheck.findings import Checked, Finding
from panharvest.tables import resource

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from rdflib import Graph
    from rdflib.term import Node

    from panharvest.mapcheck.findings import Level
    from panharvest.mapcheck.lexicon import Lexicons
    from panharvest.publish import Context
    from panharvest.record import Record

BATCH = 100
SHACL = "http://www.w3.org/ns/shacl#"
LEVELS: dict[str, Level] = {
    f"{SHACL}Violation": "error",
    f"{SHACL}Warning": "warning",
    f"{SHACL}Info": "info",
}


def check_records(
    url: str,
    lexicons: Lexicons,
    context: Context | None = None,
    shapes: Path | None = None,
) -> tuple[Checked, list[Finding]]:
    """Validate every record of a store.

    Parameters
    ----------
    url
        The store.
    context
        What records are mapped with (default: our tables).
    shapes
        A folder of shapes in Turtle (default: ours).

    Raises
    ------
    ConfigError
        When pyshacl is missing or a shape is not Turtle.
    """
    refused: list[Finding] = []
    count = 0

    def counted() -> Iterator[Record]:
        nonlocal count
        for record in records_of(url, refused, context):
            count += 1
            yield record

    findings = list(validate(counted(), lexicons, url, shapes))
    checked = Checked(url, "records", count, len(refused))
    return checked, [*refused, *findings]


def records_of(
    url: str, refused: list[Finding], context: Context | None = None
) -> Iterator[Record]:
    """Map every dataset of a store again; note those that cannot be mapped."""
    from panharvest.building import build_context
    from panharvest.config import Settings
    from panharvest.stores import open_store

    context = context or build_context(Settings())
    with closing(open_store(url, create=False)) as store:
        for name in store.datasets():
            try:
                yield mapped(store.raws(name), context)
            except (ValueError, LookupError) as problem:
                message = f"{name}: it cannot be mapped: {problem}"
                refused.append(Finding(url, 0, 0, "M052", "error", message))


def mapped(raws: Any, context: Context) -> Record:  # noqa: ANN401 - the store's raws
    """Map the raws of a dataset."""
    from panharvest.publish import map_raws

    return addressed(map_raws(raws, context).record)


def addressed(record: Record) -> Record:
    """Give a record with the address of its page, where it has none."""
    from panharvest.publish import landing_page

    if record.landing_page is None:
        record = replace(record, landing_page=landing_page(record.id))
    return record


def validate(
    records: Iterable[Record],
    lexicons: Lexicons,
    name: str,
    shapes: Path | None = None,
    size: int = BATCH,
) -> Iterator[Finding]:
    """Validate records, some at a time; give what their graphs fail."""
    validator = shacl()
    rules = read_shapes(shapes)
    waiting = iter(records)
    while batch := list(islice(waiting, size)):
        graph, ids = merged(batch)
        add_kinds(graph, lexicons)
        _, results, _ = validator(
            graph,
            shacl_graph=rules,
            inference="none",
            advanced=False,
            inplace=True,
            do_owl_imports=False,
        )
        yield from found(results, ids, name)


def shacl() -> Any:  # noqa: ANN401 - pyshacl is an extra without types
    """Give pyshacl's validator.

    Raises
    ------
    ConfigError
        When it is not installed.
    """
    try:
        from pyshacl import validate as validator
    except ImportError:
        raise ConfigError(
            "records are validated with pyshacl: pip install 'panharvest[validate]'"
        ) from None
    return validator


def read_shapes(folder: Path | None = None) -> Graph:
    """Read all shapes of a folder.

    Raises
    ------
    ConfigError
        When there is none, or one is not Turtle.
    """
    from rdflib import Graph

    place = folder or Path(str(resource("shapes")))
    files = sorted(place.glob("*.ttl"))
    if not files:
        raise ConfigError(f"{place}: there are no shapes (*.ttl)")
    graph = Graph(bind_namespaces="none")
    for file in files:
        try:
            graph.parse(data=file.read_text("utf-8"), format="turtle")
        except (SyntaxError, ValueError, LookupError, TypeError) as problem:
            first = str(problem).strip().splitlines()[0]
            raise ConfigError(f"{file.name}: is not Turtle: {first}") from None
    return graph


def add_kinds(graph: Graph, lexicons: Lexicons) -> None:
    """Say of every pinned term that a graph names what it is."""
    from rdflib import RDF, URIRef

    from panharvest.mapcheck.questions import KIND

    for node in set(graph.objects()):
        iri = str(node) if isinstance(node, URIRef) else ""
        lexicon = lexicons.of(iri) if iri else None
        term = lexicon.terms.get(iri) if lexicon else None
        if term is not None:
            graph.add((node, RDF.type, URIRef(KIND + term.kind)))


def merged(records: Iterable[Record]) -> tuple[Graph, dict[str, str]]:
    """Give the graph of several records, and which record each dataset is of."""
    from rdflib import Graph

    from panharvest.derived import address

    graph = Graph(bind_namespaces="none")
    ids: dict[str, str] = {}
    for record in records:
        for triple in record.to_graph():
            graph.add(triple)
        ids[address(record) or record.id] = record.id
    return graph, ids


def found(results: Graph, ids: dict[str, str], name: str) -> Iterator[Finding]:
    """Give the results of a validation as findings."""
    from rdflib import RDF, Namespace

    sh = Namespace(SHACL)
    for result in results.subjects(RDF.type, sh.ValidationResult):
        focus = text(results.value(result, sh.focusNode))
        path = text(results.value(result, sh.resultPath))
        value = text(results.value(result, sh.value))
        said = text(results.value(result, sh.resultMessage)) or "does not fit its shape"
        severity = text(results.value(result, sh.resultSeverity))
        shown = f" ('{value[:120]}')" if value and value != focus else ""
        record = ids.get(focus, focus)
        place = path.rpartition("/")[2].rpartition("#")[2]
        yield Finding(
            name,
            0,
            0,
            "M052",
            LEVELS.get(severity, "error"),
            f"{record}: {place + ': ' if place else ''}{said}{shown}",
            "",
            subject=record,
        )


def text(node: Node | None) -> str:
    """Give a term of a graph as text."""
    return "" if node is None else str(node)

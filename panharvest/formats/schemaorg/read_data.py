"""What was measured, the files, and what made them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from panharvest.formats.datacite.read_content import sizes_of
from panharvest.formats.schemaorg.read_texts import read_identifier
from panharvest.formats.schemaorg.read_values import (
    each,
    nodes,
    number,
    text,
    types,
    words,
)
from panharvest.record import (
    Checksum,
    File,
    Instrument,
    Parameter,
    Sample,
    Service,
)

if TYPE_CHECKING:
    from panharvest.formats.schemaorg.terms import (
        Node,
    )


def variables_of(node: Node) -> tuple[tuple[Parameter, ...], tuple[str, ...]]:
    """Read quantities with a value, and the names of those without."""
    parameters: list[Parameter] = []
    measured: list[str] = []
    for one in each(node.get("variableMeasured")):
        if not isinstance(one, dict):
            measured += words(one)
            continue
        name = text(one.get("name"))
        if name is None:
            continue
        low, high = number(one.get("minValue")), number(one.get("maxValue"))
        value = one.get("value")
        plain = value if isinstance(value, int | float) else None
        if isinstance(plain, bool):
            plain = None
        first: float | str | None = (
            low if low is not None and high is not None else None
        )
        first = first if first is not None else _quantity(value, plain)
        if first is None:
            measured.append(name)
            continue
        parameters.append(
            Parameter(
                name,
                first,
                text(one.get("unitText")),
                high if low is not None else None,
                iri=text(one.get("propertyID")),
            )
        )
    return tuple(parameters), tuple(measured)


def _quantity(value: Any, plain: float | None) -> float | str | None:  # noqa: ANN401 (JSON)
    return float(plain) if plain is not None else text(value)


def size_of(node: Node) -> tuple[int | None, bool, list[str]]:
    """Read the size of the whole, whether it is exact, and sizes that are no bytes."""
    size = node.get("size")
    if isinstance(size, dict) and text(size.get("unitText")) in ("By", "B", "byte"):
        found = number(size.get("value"))
        exact = text(size.get("description")) != "rounded"
        if found is not None:
            value = size.get("value")
            return (value if type(value) is int else int(found)), exact, []
    if isinstance(size, dict):
        parts = (text(size.get("value")), text(size.get("unitText")))
        said = [" ".join(filter(None, parts))]
    else:
        said = list(words(size))
    found_, exact, _, others = sizes_of({"sizes": [one for one in said if one]})
    return found_, exact, others


def files_of(node: Node) -> tuple[File, ...]:
    """Read what can be downloaded, and the files whose addresses are not public."""
    found = []
    listed = [*nodes(node.get("distribution"))]
    listed += [n for n in nodes(node.get("hasPart")) if _FILES.intersection(types(n))]
    for one in listed:
        url = text(one.get("contentUrl"))
        name = text(one.get("name")) or (url or "").rstrip("/").rpartition("/")[2]
        if not name or (url is None and "contentSize" not in one and "@id" in one):
            continue
        digest = next(nodes(one.get("spdx:checksum")), {})
        checksum = None
        if sha := text(one.get("sha256")):
            checksum = Checksum("sha256", sha.lower())
        elif value := text(digest.get("spdx:checksumValue")):
            kind = (text(digest.get("spdx:algorithm")) or "").rpartition("_")[2]
            checksum = Checksum(kind, value)
        size = number(one.get("size"))
        if size is None:  # words are rounded; a number is of bytes
            size = number(one.get("contentSize"))
        found.append(
            File(
                name,
                text(one.get("alternateName")),
                url,
                int(size) if size is not None else None,
                text(one.get("encodingFormat")),
                checksum,
            )
        )
    return tuple(found)


_FILES = frozenset(("DigitalDocument", "MediaObject", "DataDownload", "File"))


def services_of(node: Node) -> tuple[Service, ...]:
    """Read how the data are used remotely."""
    found = []
    for one in nodes(node.get("potentialAction")):
        target = next(each(one.get("target")), None)
        inside = target if isinstance(target, dict) else {"url": target}
        url = text(inside.get("urlTemplate")) or text(inside.get("url"))
        name = text(one.get("name"))
        if url and name:
            found.append(Service(name, url))
    return tuple(found)


def made_by(node: Node) -> tuple[tuple[Sample, ...], tuple[Instrument, ...]]:
    """Read samples and instruments of the activity that made the data."""
    samples, instruments = [], []
    for act in nodes(node.get("prov:wasGeneratedBy") or node.get("wasGeneratedBy")):
        used = [*nodes(act.get("prov:used")), act]
        for one in (
            inner for thing in used for inner in nodes(thing.get("instrument"))
        ):
            if name := text(one.get("name")):
                numbers = map(read_identifier, each(one.get("identifier")))
                instruments.append(
                    Instrument(
                        name,
                        text(one.get("alternateName")),
                        tuple(n for n in numbers if n),
                    )
                )
        for one in nodes(act.get("object")):
            more: dict[str, str] = {}
            for extra in nodes(one.get("additionalProperty")):
                key = (text(extra.get("propertyID")) or "").rpartition("/")[2]
                if said := text(extra.get("value")):
                    more[key] = said
            numbers = map(read_identifier, each(one.get("identifier")))
            samples.append(
                Sample(
                    text(one.get("name")),
                    more.get("formula"),
                    text(one.get("description")),
                    more.get("state"),
                    more.get("type"),
                    tuple(n for n in numbers if n),
                )
            )
    return tuple(samples), tuple(instruments)

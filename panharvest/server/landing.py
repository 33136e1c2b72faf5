"""The page of a record."""

from __future__ import annotations

from typing import TYPE_CHECKING

from panharvest.derived import (
    address,
    extents,
    parameter_text,
    publication_year,
    sample_text,
    size_text,
)
from panharvest.formats.schemaorg import SchemaOrg
from panharvest.record import AccessStatus, Kind
from panharvest.server.layout import FORMAT_NAMES, escape, link, page
from panharvest.syntax import url_of

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from panharvest.record import (
        Agent,
        File,
        Identifier,
        Interval,
        Moment,
        Record,
        Relation,
    )

_KINDS = {
    Kind.DATASET: "Dataset",
    Kind.RAW: "Raw dataset",
    Kind.PROCESSED: "Processed dataset",
    Kind.SIMULATION: "Simulation dataset",
    Kind.EXPERIMENT: "Experiment",
    Kind.DOCUMENT: "Document",
    Kind.PUBLICATION: "Publication",
    Kind.INSTRUMENT: "Instrument",
    Kind.SAMPLE: "Sample",
    Kind.SOFTWARE: "Software",
    Kind.TRAINING: "Training material",
    Kind.COLLECTION: "Collection",
    Kind.OTHER: "Resource",
}
_ACCESS = {
    AccessStatus.OPEN: "Open access",
    AccessStatus.EMBARGOED: "Under embargo",
    AccessStatus.RESTRICTED: "Restricted access",
    AccessStatus.METADATA_ONLY: "Metadata only",
}
_MANY = 50  # rows of a table that a page shows


def landing(
    record: Record,
    *,
    name: str,
    base_url: str,
    exports: Mapping[str, str],
    changed: str,
) -> str:
    """Write the page of a record.

    Parameters
    ----------
    record
        What may be shown of it now, with our public address in it.
    exports
        Format (metadata prefix) to the address where the record is had in it.
    changed
        When it last changed in public, as text.
    """
    title = record.titles[0].value if record.titles else record.id
    documents = "".join(
        f"<li>{link(url, FORMAT_NAMES.get(prefix, prefix))}</li>"
        for prefix, url in exports.items()
    )
    return page(
        title,
        base_url,
        name,
        f"<p class=over>{escape(_KINDS[record.kind])} {_state(record)}</p>"
        f"<h1>{escape(title)}</h1>"
        + _people("", [(agent, "") for agent in record.creators])
        + "".join(
            f"<p>{escape(text.value)}</p>" for text in record.descriptions if text.value
        )
        + f"<h2>Details</h2><dl>{''.join(_details(record))}</dl>"
        + _parameters(record)
        + _files(record.files)
        + _people("Contributors", [(c.agent, c.role) for c in record.contributors])
        + _relations(record.relations)
        + f"<h2>How to cite</h2><blockquote>{_citation(record)}</blockquote>"
        + (
            f"<h2>Metadata of this record</h2><ul class=line>{documents}</ul>"
            if documents
            else ""
        ),
        data=_data(record),
        foot=(
            f"Record <code>{escape(record.id)}</code>, last changed {escape(changed)}."
        ),
    )


def _data(record: Record) -> str:
    """Give the JSON-LD by which search engines know a dataset."""
    found = SchemaOrg().write(record)
    return found.decode() if found else ""


# --- parts of a record ----------------------------------------------------------------


def _details(record: Record) -> Iterable[str]:
    """Give the facts of a record as terms and descriptions."""
    licence = record.licence
    url = address(record)
    yield _row("Identifier", [link(url, url)] if url else [])
    yield _row("Also known as", map(_identifier, record.alternate_identifiers))
    if record.facility:
        yield _row("Facility", [link(record.facility.ror, record.facility.name)])
    yield _row("Instrument", (escape(one.name) for one in record.instruments))
    yield _row("Probe", (link(probe.iri, probe.name) for probe in record.probes))
    yield _row("Techniques", (link(t.iri, t.label) for t in record.techniques))
    yield _row("Sample", (escape(text) for text in map(sample_text, record.samples)))
    yield _row("Collected", [_interval(record.collected)] if record.collected else [])
    yield _row("Created", _moments(record.created))
    yield _row("Issued", _moments(record.issued))
    is_open = record.access and record.access.status is AccessStatus.OPEN
    yield _row(
        "Embargo ended" if is_open else "Embargo until",
        _moments(record.embargo.end if record.embargo else None),
    )
    if record.access:
        yield _row("Access", map(escape, filter(None, [record.access.note])))
    if licence:
        yield _row(
            "Licence",
            [link(licence.url, licence.name or licence.spdx or licence.url or "")],
        )
    yield _row("Publisher", [_agent(record.publisher)] if record.publisher else [])
    yield _row(
        "Funding",
        (
            link(grant.award_uri, " ".join(filter(None, words)))
            for grant in record.funding
            for words in [(grant.funder, grant.award_number, grant.award_title)]
        ),
    )
    yield _row(
        "Keywords", [escape(", ".join(record.keywords))] if record.keywords else []
    )
    yield _row("Measured", map(escape, record.measured_variables))
    yield _row("Extent", map(escape, extents(record)))
    yield _row("Format", map(escape, (*record.formats, *record.definitions)))
    yield _row("Version", map(escape, filter(None, [record.version])))
    yield _row("Use it with", (link(one.url, one.name) for one in record.services))


def _row(term: str, values: Iterable[str]) -> str:
    """Write a term with its values (HTML); nothing when there are none."""
    rows = [f"<dd>{value}</dd>" for value in values if value]
    if not rows:
        return ""
    if len(rows) > 1:
        items = "".join(f"<li>{row[4:-5]}</li>" for row in rows)
        rows = [f"<dd><ul class=plain>{items}</ul></dd>"]
    return f"<dt>{escape(term)}</dt>{rows[0]}"


def _state(record: Record) -> str:
    if record.access is None:
        return ""
    style = "open" if record.access.status is AccessStatus.OPEN else "held"
    return f'<span class="state {style}">{escape(_ACCESS[record.access.status])}</span>'


def _people(heading: str, people: Sequence[tuple[Agent, str]]) -> str:
    """List agents with their roles, ORCID iDs and affiliations.

    Creators stand under the title and need no heading.
    """
    if not people:
        return ""
    items = "".join(
        f"<li>{_agent(agent)}{said}</li>"
        for agent, role in people
        for said in [f" <span class=soft>({escape(role)})</span>" if role else ""]
    )
    head = f"<h2>{escape(heading)}</h2>" if heading else ""
    return f'{head}<ul class="plain">{items}</ul>'


def _agent(agent: Agent) -> str:
    links = "".join(
        f" {link(url_of(one), one.scheme)}"
        for one in agent.identifiers
        if url_of(one) is not None
    )
    places = ", ".join(link(place.ror, place.name) for place in agent.affiliations)
    where = f" <span class=soft>– {places}</span>" if places else ""
    return f"{escape(agent.name)}{links}{where}"


def _parameters(record: Record) -> str:
    """Show what was measured or set."""
    if not record.parameters:
        return ""
    items = "".join(f"<li>{escape(parameter_text(p))}</li>" for p in record.parameters)
    return f"<h2>Parameters</h2><ul>{items}</ul>"


def _files(files: Sequence[File]) -> str:
    """Show the first files in a table."""
    if not files:
        return ""
    rows = "".join(
        f"<tr><td>{link(file.url, file.path or file.name)}</td>"
        f"<td class=number>{escape(size)}</td></tr>"
        for file in files[:_MANY]
        for size in ["" if file.size is None else size_text(file.size)]
    )
    rest = len(files) - _MANY
    more = f"<p class=soft>and {rest:,} more files</p>" if rest > 0 else ""
    return (
        "<h2>Files</h2><div class=scroll><table><thead><tr><th scope=col>Name</th>"
        "<th scope=col class=number>Size</th></tr></thead>"
        f"<tbody>{rows}</tbody></table></div>{more}"
    )


def _relations(relations: Sequence[Relation]) -> str:
    if not relations:
        return ""
    items = "".join(
        f"<li><span class=soft>{escape(_words(one.type))}</span> "
        f"{link(url_of(one.identifier), one.title or one.identifier.value)}</li>"
        for one in relations
    )
    return f'<h2>Related</h2><ul class="plain">{items}</ul>'


def _citation(record: Record) -> str:
    """Write a citation: creators (year): title. Publisher. [kind]. address."""
    creators = "; ".join(agent.name for agent in record.creators)
    year = publication_year(record)
    head = " ".join(filter(None, [creators, f"({year})" if year else ""]))
    title = record.titles[0].value if record.titles else record.id
    publisher = record.publisher.name if record.publisher else ""
    parts = [f"{head}: {title}" if head else title, publisher, _KINDS[record.kind]]
    text = ". ".join(part.rstrip(".") for part in parts if part)
    url = address(record)
    return f"{escape(text)}. {link(url, url)}" if url else f"{escape(text)}."


def _identifier(identifier: Identifier) -> str:
    shown = f"{identifier.value} ({identifier.scheme})"
    return link(url_of(identifier), shown)


def _moments(moment: Moment | None) -> list[str]:
    return [] if moment is None else [_time(moment)]


def _interval(interval: Interval) -> str:
    ends = [_time(one) for one in (interval.start, interval.end) if one is not None]
    if len(ends) == 2 and ends[0] == ends[1]:
        ends.pop()
    local = any(
        one is not None and one.has_time and not one.zone_known
        for one in (interval.start, interval.end)
    )
    note = " <span class=soft>(local time, zone not known)</span>" if local else ""
    return " to ".join(ends) + note


def _time(moment: Moment) -> str:
    shown = moment.text.replace("T", " ", 1).removesuffix("Z")
    utc = " UTC" if moment.text.endswith("Z") else ""
    return f'<time datetime="{escape(moment.text)}">{escape(shown)}{utc}</time>'


def _words(camel: str) -> str:
    """Write ``IsDerivedFrom`` as ``Is derived from``."""
    spaced = "".join(f" {c.lower()}" if c.isupper() else c for c in camel).strip()
    return spaced[:1].upper() + spaced[1:]

"""The pages that people read, as plain HTML: no script, nothing from elsewhere.

Every text of a record goes through :func:`_e` (escaping) and every address through
:func:`_link`, which knows no scheme but http and https.
"""

from __future__ import annotations

import hashlib
from base64 import b64encode
from html import escape as _e
from typing import TYPE_CHECKING
from urllib.parse import urlencode

from panharvest.derived import (
    address,
    extents,
    parameter_text,
    publication_year,
    sample_text,
    size_text,
)
from panharvest.record import AccessStatus, Kind
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

_STYLE = """
:root{color-scheme:light dark;--ink:#1b1f24;--soft:#57606a;--line:#d8dee4;
--link:#0b57a4;--paper:#fff;--tint:#f4f6f8;--ok:#1a6b32;--wait:#8a4b00}
@media(prefers-color-scheme:dark){:root{--ink:#e6e9ec;--soft:#a3acb5;--line:#3a424b;
--link:#7fbdf5;--paper:#15191d;--tint:#1e2429;--ok:#7bd396;--wait:#f0b36a}}
*{box-sizing:border-box}
body{margin:0;background:var(--paper);color:var(--ink);
font:1rem/1.55 system-ui,"Segoe UI",Roboto,"Helvetica Neue",Arial,sans-serif}
header,main,footer{max-width:52rem;margin:0 auto;padding:0 1.25rem}
header{padding-top:1rem;padding-bottom:1rem}
header a{color:var(--soft);text-decoration:none;font-weight:600}
footer{margin-top:3rem;padding-top:1rem;padding-bottom:2rem;color:var(--soft);
font-size:.875rem;border-top:1px solid var(--line)}
h1{font-size:1.75rem;line-height:1.25;margin:.25rem 0 .75rem;overflow-wrap:anywhere}
h2{font-size:1.125rem;margin:2rem 0 .5rem}
a{color:var(--link)}
a:focus-visible{outline:3px solid var(--link);outline-offset:2px}
p{margin:.5rem 0}
.over{color:var(--soft);margin:1rem 0 0}
.state{display:inline-block;padding:0 .6em;border:1px solid currentColor;
border-radius:1em;font-size:.875rem;font-weight:600}
.open{color:var(--ok)}.held{color:var(--wait)}
.soft{color:var(--soft)}
dl{display:grid;grid-template-columns:minmax(8rem,11rem) 1fr;
gap:.4rem 1rem;margin:1rem 0}
dt{color:var(--soft)}dd{margin:0;overflow-wrap:anywhere}
ul{padding-left:1.25rem;margin:.5rem 0}li{margin:.2rem 0;overflow-wrap:anywhere}
ul.plain{list-style:none;padding:0}
ul.line{list-style:none;padding:0;display:flex;flex-wrap:wrap;gap:.2rem 1.25rem}
.scroll{overflow-x:auto}
table{border-collapse:collapse;width:100%}
th,td{text-align:left;padding:.35rem .75rem .35rem 0;
border-bottom:1px solid var(--line);vertical-align:top}
th{color:var(--soft);font-weight:600}
th.number,td.number{text-align:right;white-space:nowrap}
dd ul{margin:0}dd li{margin:0 0 .2rem}
blockquote,pre{margin:.5rem 0;padding:.75rem 1rem;background:var(--tint);
border-left:3px solid var(--line);overflow-wrap:anywhere}
code{font:0.9em ui-monospace,SFMono-Regular,Consolas,monospace;overflow-wrap:anywhere}
@media(max-width:36rem){dl{grid-template-columns:1fr;gap:0}dd{margin-bottom:.5rem}}
"""

STYLE_HASH = b64encode(hashlib.sha256(_STYLE.encode()).digest()).decode()

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
}
_ACCESS = {
    AccessStatus.OPEN: "Open access",
    AccessStatus.EMBARGOED: "Under embargo",
    AccessStatus.RESTRICTED: "Restricted access",
    AccessStatus.METADATA_ONLY: "Metadata only",
}
_FORMATS = {
    "oai_dc": "Dublin Core",
    "oai_datacite": "DataCite for OAI-PMH",
    "datacite": "DataCite",
}
_MANY = 50  # rows of a table that a page shows


# --- pages ----------------------------------------------------------------------------


def home(
    *,
    name: str,
    description: str,
    base_url: str,
    formats: Sequence[str],
    listed: int,
    set_count: int,
) -> str:
    """Write the front page: what this is, how much is in it, and what to try."""
    oai = f"{base_url}/oai"
    first = formats[0]
    tries = (
        ("Who we are and how we answer", {"verb": "Identify"}),
        ("Formats", {"verb": "ListMetadataFormats"}),
        ("Sets", {"verb": "ListSets"}),
        *(
            (
                f"All records in {_FORMATS.get(prefix, prefix)}",
                {"verb": "ListRecords", "metadataPrefix": prefix},
            )
            for prefix in formats
        ),
        ("Only their headers", {"verb": "ListIdentifiers", "metadataPrefix": first}),
    )
    items = "".join(
        f"<li>{_link(f'{oai}?{urlencode(query)}', text)}<br>"
        f"<code>{_e(f'{oai}?{urlencode(query)}')}</code></li>"
        for text, query in tries
    )
    records = "1 record" if listed == 1 else f"{listed:,} records"
    sets = "1 set" if set_count == 1 else f"{set_count:,} sets"
    about = f"<p>{_e(description)}</p>" if description else ""
    return _page(
        name,
        base_url,
        name,
        f"<h1>{_e(name)}</h1>{about}"
        "<p>This service offers metadata of photon and neutron experiments to "
        "harvesters by OAI-PMH&nbsp;2.0. Records appear when their embargo ends.</p>"
        f"<dl><dt>Offered now</dt><dd>{records} in {sets}, withdrawn ones included</dd>"
        f"<dt>OAI-PMH address</dt><dd><code>{_e(oai)}</code></dd></dl>"
        f"<h2>What to try</h2><ul>{items}</ul>"
        "<p class=soft>Lists continue with a <code>resumptionToken</code>; "
        "<code>from</code>, <code>until</code> (days or seconds, UTC) and "
        "<code>set</code> narrow them.</p>",
    )


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
        f"<li>{_link(url, _FORMATS.get(prefix, prefix))}</li>"
        for prefix, url in exports.items()
    )
    return _page(
        title,
        base_url,
        name,
        f"<p class=over>{_e(_KINDS[record.kind])} {_state(record)}</p>"
        f"<h1>{_e(title)}</h1>"
        + _people("", [(agent, "") for agent in record.creators])
        + "".join(
            f"<p>{_e(text.value)}</p>" for text in record.descriptions if text.value
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
        foot=f"Record <code>{_e(record.id)}</code>, last changed {_e(changed)}.",
    )


def gone(*, local: str, name: str, base_url: str, since: str) -> str:
    """Write the notice that stands where a record was."""
    return _page(
        "Record no longer available",
        base_url,
        name,
        "<h1>Record no longer available</h1>"
        f"<p>The record <code>{_e(local)}</code> was public and is not any more. "
        "It was withdrawn, or its access was restricted again, at "
        f"<time datetime='{_e(since)}'>{_e(since)}</time>.</p>"
        "<p>Its identifier stays reserved for it.</p>",
    )


def missing(*, name: str, base_url: str) -> str:
    """Write the answer for an identifier that is not known (or not yet public)."""
    return _page(
        "Not found",
        base_url,
        name,
        "<h1>Not found</h1><p>There is no public record at this address.</p>",
    )


def _page(title: str, base_url: str, name: str, body: str, *, foot: str = "") -> str:
    """Put a page around its body."""
    heading = title if title == name else f"{title} – {name}"
    footer = f"{foot} " if foot else ""
    way_home = "" if title == name else _link(f"{base_url}/", name)
    return (
        '<!DOCTYPE html>\n<html lang="en"><head><meta charset="utf-8">'
        '<meta name="viewport" content="width=device-width, initial-scale=1">'
        f"<title>{_e(heading)}</title><style>{_STYLE}</style></head><body>"
        f"<header>{way_home}</header><main>{body}</main>"
        f"<footer>{footer}Served by panharvest.</footer></body></html>\n"
    )


# --- parts of a record ----------------------------------------------------------------


def _details(record: Record) -> Iterable[str]:
    """Give the facts of a record as terms and descriptions."""
    licence = record.licence
    page = address(record)
    yield _row("Identifier", [_link(page, page)] if page else [])
    yield _row("Also known as", map(_identifier, record.alternate_identifiers))
    if record.facility:
        yield _row("Facility", [_link(record.facility.ror, record.facility.name)])
    yield _row("Instrument", (_e(one.name) for one in record.instruments))
    yield _row("Probe", (_link(probe.iri, probe.name) for probe in record.probes))
    yield _row("Techniques", (_link(t.iri, t.label) for t in record.techniques))
    yield _row("Sample", (_e(text) for text in map(sample_text, record.samples)))
    yield _row("Collected", [_interval(record.collected)] if record.collected else [])
    yield _row("Created", _moments(record.created))
    yield _row("Issued", _moments(record.issued))
    is_open = record.access and record.access.status is AccessStatus.OPEN
    yield _row(
        "Embargo ended" if is_open else "Embargo until",
        _moments(record.embargo.end if record.embargo else None),
    )
    if record.access:
        yield _row("Access", map(_e, filter(None, [record.access.note])))
    if licence:
        yield _row(
            "Licence",
            [_link(licence.url, licence.name or licence.spdx or licence.url or "")],
        )
    yield _row("Publisher", [_agent(record.publisher)] if record.publisher else [])
    yield _row(
        "Funding",
        (
            _link(grant.award_uri, " ".join(filter(None, words)))
            for grant in record.funding
            for words in [(grant.funder, grant.award_number, grant.award_title)]
        ),
    )
    yield _row("Keywords", [_e(", ".join(record.keywords))] if record.keywords else [])
    yield _row("Measured", map(_e, record.measured_variables))
    yield _row("Extent", map(_e, extents(record)))
    yield _row("Format", map(_e, (*record.formats, *record.definitions)))
    yield _row("Version", map(_e, filter(None, [record.version])))
    yield _row("Use it with", (_link(one.url, one.name) for one in record.services))


def _row(term: str, values: Iterable[str]) -> str:
    """Write a term with its values (HTML); nothing when there are none."""
    rows = [f"<dd>{value}</dd>" for value in values if value]
    if not rows:
        return ""
    if len(rows) > 1:
        items = "".join(f"<li>{row[4:-5]}</li>" for row in rows)
        rows = [f"<dd><ul class=plain>{items}</ul></dd>"]
    return f"<dt>{_e(term)}</dt>{rows[0]}"


def _state(record: Record) -> str:
    if record.access is None:
        return ""
    style = "open" if record.access.status is AccessStatus.OPEN else "held"
    return f'<span class="state {style}">{_e(_ACCESS[record.access.status])}</span>'


def _people(heading: str, people: Sequence[tuple[Agent, str]]) -> str:
    """List agents with their roles, ORCID iDs and affiliations.

    Creators stand under the title and need no heading.
    """
    if not people:
        return ""
    items = "".join(
        f"<li>{_agent(agent)}{f' <span class=soft>({_e(role)})</span>' if role else ''}"
        "</li>"
        for agent, role in people
    )
    head = f"<h2>{_e(heading)}</h2>" if heading else ""
    return f'{head}<ul class="plain">{items}</ul>'


def _agent(agent: Agent) -> str:
    links = "".join(
        f" {_link(url_of(one), one.scheme)}"
        for one in agent.identifiers
        if url_of(one) is not None
    )
    places = ", ".join(_link(place.ror, place.name) for place in agent.affiliations)
    where = f" <span class=soft>– {places}</span>" if places else ""
    return f"{_e(agent.name)}{links}{where}"


def _parameters(record: Record) -> str:
    """Show what was measured or set."""
    if not record.parameters:
        return ""
    items = "".join(f"<li>{_e(parameter_text(p))}</li>" for p in record.parameters)
    return f"<h2>Parameters</h2><ul>{items}</ul>"


def _files(files: Sequence[File]) -> str:
    """Show the first files in a table."""
    if not files:
        return ""
    rows = "".join(
        f"<tr><td>{_link(file.url, file.path or file.name)}</td>"
        f"<td class=number>{'' if file.size is None else _e(size_text(file.size))}</td>"
        "</tr>"
        for file in files[:_MANY]
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
        f"<li><span class=soft>{_e(_words(one.type))}</span> "
        f"{_link(url_of(one.identifier), one.title or one.identifier.value)}</li>"
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
    page = address(record)
    return f"{_e(text)}. {_link(page, page)}" if page else f"{_e(text)}."


def _identifier(identifier: Identifier) -> str:
    shown = f"{identifier.value} ({identifier.scheme})"
    return _link(url_of(identifier), shown)


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
    return f'<time datetime="{_e(moment.text)}">{_e(shown)}{utc}</time>'


def _words(camel: str) -> str:
    """Write ``IsDerivedFrom`` as ``Is derived from``."""
    spaced = "".join(f" {c.lower()}" if c.isupper() else c for c in camel).strip()
    return spaced[:1].upper() + spaced[1:]


def _link(url: str | None, text: str) -> str:
    """Link a text to an http or https address; give the text alone for any other."""
    if url is None or not url.startswith(("https://", "http://")):
        return _e(text)
    return f'<a href="{_e(url)}">{_e(text)}</a>'

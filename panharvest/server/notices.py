"""The front page, and what stands where a record is not."""

from __future__ import annotations

from typing import TYPE_CHECKING
from urllib.parse import urlencode

from panharvest.server.layout import FORMAT_NAMES, escape, link, page

if TYPE_CHECKING:
    from collections.abc import Sequence


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
                f"All records in {FORMAT_NAMES.get(prefix, prefix)}",
                {"verb": "ListRecords", "metadataPrefix": prefix},
            )
            for prefix in formats
        ),
        ("Only their headers", {"verb": "ListIdentifiers", "metadataPrefix": first}),
    )
    items = "".join(
        f"<li>{link(f'{oai}?{urlencode(query)}', text)}<br>"
        f"<code>{escape(f'{oai}?{urlencode(query)}')}</code></li>"
        for text, query in tries
    )
    records = "1 record" if listed == 1 else f"{listed:,} records"
    sets = "1 set" if set_count == 1 else f"{set_count:,} sets"
    about = f"<p>{escape(description)}</p>" if description else ""
    return page(
        name,
        base_url,
        name,
        f"<h1>{escape(name)}</h1>{about}"
        "<p>This service offers metadata of photon and neutron experiments to "
        "harvesters by OAI-PMH&nbsp;2.0. Records appear when their embargo ends.</p>"
        f"<dl><dt>Offered now</dt><dd>{records} in {sets}, withdrawn ones included</dd>"
        f"<dt>OAI-PMH address</dt><dd><code>{escape(oai)}</code></dd></dl>"
        f"<h2>What to try</h2><ul>{items}</ul>"
        "<p class=soft>Lists continue with a <code>resumptionToken</code>; "
        "<code>from</code>, <code>until</code> (days or seconds, UTC) and "
        "<code>set</code> narrow them.</p>",
    )


def gone(*, local: str, name: str, base_url: str, since: str) -> str:
    """Write the notice that stands where a record was."""
    return page(
        "Record no longer available",
        base_url,
        name,
        "<h1>Record no longer available</h1>"
        f"<p>The record <code>{escape(local)}</code> was public and is not any more. "
        "It was withdrawn, or its access was restricted again, at "
        f"<time datetime='{escape(since)}'>{escape(since)}</time>.</p>"
        "<p>Its identifier stays reserved for it.</p>",
    )


def missing(*, name: str, base_url: str) -> str:
    """Write the answer for an identifier that is not known (or not yet public)."""
    return page(
        "Not found",
        base_url,
        name,
        "<h1>Not found</h1><p>There is no public record at this address.</p>",
    )

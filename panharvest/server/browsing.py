"""OAI-PMH answers as pages: what a browser shows in place of XML.

A page is made from the very document that harvesters get, and can show nothing else.
"""

from __future__ import annotations

from typing import TYPE_CHECKING
from urllib.parse import quote, urlencode

from lxml import etree

from panharvest import oai
from panharvest.documents import xml_parser
from panharvest.oai import Verb
from panharvest.protocols import BASE_URL
from panharvest.publish import landing_page
from panharvest.server.layout import FORMAT_NAMES, escape, link, page

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from panharvest.repository import Repository

_OAI = "{http://www.openarchives.org/OAI/2.0/}"
_DC = "{http://purl.org/dc/elements/1.1/}"
_HEADINGS = {
    Verb.IDENTIFY: "About this repository",
    Verb.LIST_METADATA_FORMATS: "Formats",
    Verb.LIST_SETS: "Sets",
    Verb.LIST_RECORDS: "Records",
    Verb.LIST_IDENTIFIERS: "Headers of records",
}
_TERMS = (
    ("repositoryName", "Name"),
    ("baseURL", "OAI-PMH address"),
    ("protocolVersion", "Protocol version"),
    ("adminEmail", "Contact"),
    ("earliestDatestamp", "First change"),
    ("deletedRecord", "Deleted records"),
    ("granularity", "Granularity"),
    ("compression", "Compression"),
)
_FILTERS = (
    ("metadataPrefix", "Format"),
    ("set", "Set"),
    ("from", "Changed from"),
    ("until", "Changed until"),
)
_PEOPLE = 3  # creators that a list names
_LONGEST = 2000  # characters of a query that is linked to


def browse(document: bytes, repository: Repository, query: bytes) -> str:
    """Write an OAI-PMH answer as a page.

    Parameters
    ----------
    document
        The answer as harvesters get it.
    query
        The query string that was asked, for the link to the same as XML.
    """
    root = etree.fromstring(document, xml_parser())
    view = _View(repository, {str(k): str(v) for k, v in root[1].attrib.items()})
    errors = root.findall(f"{_OAI}error")
    if errors:
        title, body = "This request has no answer", view.errors(errors)
    else:
        title, body = view.answer(root[2])
    return page(
        f"{title} – OAI-PMH" if title != repository.name else title,
        repository.base_url,
        repository.name,
        f"{view.ways()}<h1>{escape(title)}</h1>{body}",
        foot=view.foot(root.findtext(f"{_OAI}responseDate") or "", query),
    )


class _View:
    """The parts of a page about one answer."""

    def __init__(self, repository: Repository, asked: Mapping[str, str]) -> None:
        self.repository, self.asked = repository, asked
        self.prefix = asked.get("metadataPrefix") or next(iter(repository.formats))

    def ask(self, text: str, verb: Verb, **arguments: str | None) -> str:
        """Link to another request."""
        given = {name.rstrip("_"): v for name, v in arguments.items() if v is not None}
        query = urlencode({"verb": verb, **given}, safe=":/", quote_via=quote)
        return link(f"{self.repository.oai_url}?{query}", text)

    def ways(self) -> str:
        """Link to what there is to see."""
        first = next(iter(self.repository.formats))
        links = (
            self.ask("About", Verb.IDENTIFY),
            self.ask("Formats", Verb.LIST_METADATA_FORMATS),
            *([self.ask("Sets", Verb.LIST_SETS)] if self.repository.with_sets else []),
            self.ask("Records", Verb.LIST_RECORDS, metadataPrefix=first),
            self.ask("Headers", Verb.LIST_IDENTIFIERS, metadataPrefix=first),
        )
        items = "".join(f"<li>{one}</li>" for one in links)
        return f'<nav aria-label="OAI-PMH"><ul class=line>{items}</ul></nav>'

    def foot(self, when: str, query: bytes) -> str:
        """Say what this page is, and where the same is for machines."""
        shown = quote(query, safe="%&=+:/;,!~*'()@$-._?")
        address = f"{self.repository.oai_url}.xml?{shown}"
        same = link(address, "as XML") if len(shown) <= _LONGEST else "as XML"
        return (
            f"An OAI-PMH answer of {_time(when)}. Harvesters get the same {same}; "
            "so do you here."
        )

    def errors(self, errors: Iterable[etree._Element]) -> str:
        """Say what is wrong and where to go on."""
        items = "".join(
            f"<li>{escape(error.text or '')} <code>{escape(error.get('code', ''))}"
            "</code></li>"
            for error in errors
        )
        return (
            f"<ul>{items}</ul><p>The links above are requests that have an answer.</p>"
        )

    def answer(self, content: etree._Element) -> tuple[str, str]:
        """Give title and body for the element of a verb."""
        verb = Verb(etree.QName(content).localname)
        if verb is Verb.GET_RECORD:
            return self.record(content[0])
        body = {
            Verb.IDENTIFY: self.identity,
            Verb.LIST_METADATA_FORMATS: self.formats,
            Verb.LIST_SETS: self.sets,
        }.get(verb, self.listing)(content)
        return _HEADINGS[verb], body

    def identity(self, content: etree._Element) -> str:
        """Show Identify."""
        about = content.findtext(f".//{_DC}description")
        rows = [
            (label, [escape(e.text or "") for e in content.findall(f"{_OAI}{name}")])
            for name, label in _TERMS
        ]
        sample = content.findtext(".//{*}sampleIdentifier")
        rows += [
            ("Identifiers", [f"like <code>{escape(sample)}</code>"] if sample else []),
            ("Terms of the metadata", _references(content)),
            (
                "See also",
                [
                    link(e.text, e.text or "")
                    for e in content.findall(".//{*}friends/{*}baseURL")
                ],
            ),
        ]
        return (f"<p>{escape(about)}</p>" if about else "") + _facts(rows)

    def formats(self, content: etree._Element) -> str:
        """Show the formats, each with a way to what is in it."""
        identifier = self.asked.get("identifier")
        rows = []
        for form in content:
            prefix, schema, namespace = (one.text or "" for one in form)
            if identifier:
                see = self.ask(
                    "Record",
                    Verb.GET_RECORD,
                    identifier=identifier,
                    metadataPrefix=prefix,
                )
            else:
                see = self.ask("Records", Verb.LIST_RECORDS, metadataPrefix=prefix)
            name = FORMAT_NAMES.get(prefix, prefix)
            rows.append(
                (
                    f"{escape(name)}<br><code>{escape(prefix)}</code>",
                    f"{link(namespace, namespace)}<br>{link(schema, 'Schema')}",
                    see,
                )
            )
        of = (
            f"<p>Formats of <code>{escape(identifier)}</code></p>" if identifier else ""
        )
        return of + _table(("Format", "Namespace", "See"), rows)

    def sets(self, content: etree._Element) -> str:
        """Show the sets, those within others below them."""
        rows = []
        for one in content:
            spec, name = (one[n].text or "" for n in (0, 1))
            text = one.findtext(f".//{_DC}description") or ""
            more = f"<br><span class=soft>{escape(text)}</span>" if text else ""
            depth = min(spec.count(":"), 3)
            terms = {"metadataPrefix": self.prefix, "set": spec}
            rows.append(
                (
                    f"<span class=depth{depth}>{escape(name)}{more}</span>",
                    f"<code>{escape(spec)}</code>",
                    self.ask("Records", Verb.LIST_RECORDS, **terms),
                )
            )
        return _table(("Set", "setSpec", "See"), rows)

    def listing(self, content: etree._Element) -> str:
        """Show a page of a list, and the way to the next one."""
        token = content.find(f"{_OAI}resumptionToken")
        items = [one for one in content if one is not token]
        verb = Verb(etree.QName(content).localname)
        start = int(token.get("cursor", 0)) if token is not None else 0
        size = (
            int(token.get("completeListSize", 0)) if token is not None else len(items)
        )
        which = [
            (label, [escape(self.asked[name])])
            for name, label in _FILTERS
            if name in self.asked
        ]
        next_page = ""
        if token is not None and token.text:
            words = f"Next page: from {start + len(items) + 1:,} on"
            way = self.ask(words, verb, resumptionToken=token.text)
            until = _time(token.get("expirationDate", ""))
            next_page = (
                f"<p class=next>{way}</p>"
                f"<p class=soft>The link is good until {until}.</p>"
            )
        return (
            f"<p>{start + 1:,} to {start + len(items):,} of {size:,}, "
            f"the longest unchanged first</p>{_facts(which)}"
            + _table(("Record", "Last change"), map(self.line, items))
            + next_page
        )

    def line(self, item: etree._Element) -> tuple[str, str]:
        """Show a record of a list."""
        header = item if item.tag == f"{_OAI}header" else item[0]
        identifier = header.findtext(f"{_OAI}identifier") or ""
        title = _title(item) or identifier
        way = self.ask(
            title,
            Verb.GET_RECORD,
            identifier=identifier,
            metadataPrefix=self.format_of(item),
        )
        names = [_text(name) for name in item.iter("{*}creator")]
        who = "; ".join(names[:_PEOPLE]) + (" et al." if len(names) > _PEOPLE else "")
        soft = [who] if who else []
        soft += [identifier] if identifier != title else []
        state = " <span class=state>deleted</span>" if header.get("status") else ""
        below = "".join(f"<br><span class=soft>{escape(one)}</span>" for one in soft)
        when = _time(header.findtext(f"{_OAI}datestamp") or "")
        return f"{way}{state}{below}", when

    def format_of(self, item: etree._Element) -> str:
        """Tell in which format a record is: a resumed list does not repeat it."""
        metadata = item.find(f"{_OAI}metadata")
        if "metadataPrefix" in self.asked or metadata is None:
            return self.prefix
        namespace = etree.QName(metadata[0]).namespace
        return next(
            (p for p, (_, ns) in self.repository.formats.items() if ns == namespace),
            self.prefix,
        )

    def record(self, record: etree._Element) -> tuple[str, str]:
        """Show GetRecord: title and body of the page."""
        header, metadata = record[0], record.find(f"{_OAI}metadata")
        identifier = header.findtext(f"{_OAI}identifier") or ""
        specs = [one.text or "" for one in header.findall(f"{_OAI}setSpec")]
        title = _title(record) or identifier
        rows = [
            ("Identifier", [f"<code>{escape(identifier)}</code>"]),
            ("Page", self.page_of(identifier)),
            ("Last change", [_time(header.findtext(f"{_OAI}datestamp") or "")]),
            ("State", ["deleted"] if header.get("status") else []),
            ("Sets", self.sets_of(specs)),
            (
                "Formats",
                [
                    self.ask(
                        "All of this record",
                        Verb.LIST_METADATA_FORMATS,
                        identifier=identifier,
                    )
                ],
            ),
            ("Terms of the metadata", _references(record)),
            ("Came from", list(_hops(record))),
        ]
        if metadata is None:
            return title, _facts(rows)
        name = FORMAT_NAMES.get(self.prefix, self.prefix)
        etree.indent(metadata[0])
        text = etree.tostring(metadata[0], encoding="unicode", with_tail=False)
        return title, (
            f"{_facts(rows)}<h2>Metadata in {escape(name)}</h2>"
            f"<pre><code>{escape(text)}</code></pre>"
        )

    def sets_of(self, specs: Iterable[str]) -> list[str]:
        """Link to the sets of a record, on few lines."""
        links = "".join(
            f"<li>{self.ask(name, Verb.LIST_RECORDS, **terms)}</li>"
            for spec in specs
            for name in [self.repository.describe_set(spec).name]
            for terms in [{"metadataPrefix": self.prefix, "set": spec}]
        )
        return [f"<ul class=line>{links}</ul>"] if links else []

    def page_of(self, identifier: str) -> list[str]:
        """Link to the record's own page."""
        local = oai.decompose_identifier(self.repository.identifier, identifier)
        if local is None:
            return []
        url = landing_page(local).replace(BASE_URL, self.repository.base_url)
        return [link(url, url)]


def _title(item: etree._Element) -> str:
    title = item.find(".//{*}title")
    return "" if title is None else _text(title)


def _text(element: etree._Element) -> str:
    """Give the words of an element; of a person, the name that comes first."""
    named = element.find("{*}creatorName")
    words = (element if named is None else named).itertext()
    return " ".join("".join(map(str, words)).split())


def _references(element: etree._Element) -> list[str]:
    refs = [str(one.get("ref", "")) for one in element.findall(".//{*}rightsReference")]
    return [link(ref, ref) for ref in refs]


def _hops(record: etree._Element) -> Iterator[str]:
    """Tell the repositories that a record went through, the nearest first."""
    for hop in record.iter(
        "{http://www.openarchives.org/OAI/2.0/provenance}originDescription"
    ):
        url = hop.findtext("{*}baseURL") or ""
        yield (
            f"{link(url, url)} as <code>{escape(hop.findtext('{*}identifier') or '')}"
            f"</code>, harvested {_time(str(hop.get('harvestDate', '')))}"
        )


def _time(stamp: str) -> str:
    shown = stamp.replace("T", " ").replace("Z", " UTC")
    return f'<time datetime="{escape(stamp)}">{escape(shown)}</time>'


def _facts(rows: Iterable[tuple[str, list[str]]]) -> str:
    """Write terms with their values; those without a value are left out."""
    written = "".join(
        f"<dt>{escape(term)}</dt><dd>{'<br>'.join(values)}</dd>"
        for term, values in rows
        if values
    )
    return f"<dl>{written}</dl>" if written else ""


def _table(heads: Iterable[str], rows: Iterable[Iterable[str]]) -> str:
    head = "".join(f"<th scope=col>{escape(one)}</th>" for one in heads)
    body = "".join(
        f"<tr>{''.join(f'<td>{cell}</td>' for cell in row)}</tr>" for row in rows
    )
    return (
        f"<div class=scroll><table><thead><tr>{head}</tr></thead>"
        f"<tbody>{body}</tbody></table></div>"
    )

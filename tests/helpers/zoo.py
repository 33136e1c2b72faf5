"""A small repository with one of everything, and a way to ask it."""

from __future__ import annotations

from typing import TYPE_CHECKING
from urllib.parse import parse_qsl, quote
from xml.sax.saxutils import escape

from xsd import assert_valid

from panharvest import oai
from panharvest.protocols import BASE_URL, Item, Stage
from panharvest.provider import Reply, Repository, SetInfo, answer
from panharvest.record import (
    Access,
    AccessStatus,
    Agent,
    Identifier,
    Kind,
    Record,
    Text,
    to_json,
)

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from typing import Any

    from lxml import etree

    from panharvest.protocols import Clock, Store
    from panharvest.testing.clock import FrozenClock

OAI = "{http://www.openarchives.org/OAI/2.0/}"
BASE = "https://pan.example.org"
DAY = 86_400
START = 1_700_000_000  # 2023-11-14T22:13:20Z
SECRET = "xyzzysecret"  # a word that stands in hidden records only
SETS = ("access:open", "facility:esrf", "kind:raw", "openaire_data", "technique:T1")
LISTED_SETS = (  # what ListSets says of the zoo
    *("access", "access:open", "facility", "facility:esrf", "facility:ill", "kind"),
    *("kind:raw", "openaire_data", "technique", "technique:T1"),
)

OAI_DC = "http://www.openarchives.org/OAI/2.0/oai_dc/"
DATACITE = "http://datacite.org/schema/kernel-4"
OAI_DATACITE = "http://schema.datacite.org/oai/oai-1.1/"
FORMATS = {
    "oai_dc": ("http://www.openarchives.org/OAI/2.0/oai_dc.xsd", OAI_DC),
    "oai_datacite": ("http://schema.datacite.org/oai/oai-1.1/oai.xsd", OAI_DATACITE),
    "datacite": (
        "http://schema.datacite.org/meta/kernel-4.7/metadata.xsd",
        DATACITE,
    ),
}
_XSI = 'xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance"'


def repository(**changes: Any) -> Repository:
    settings: dict[str, Any] = {
        "name": "PaN & friends",
        "base_url": BASE,
        "identifier": "pan.example.org",
        "admin_emails": ("data@pan.example.org",),
        "keys": (b"sixteen bytes or more",),
        "formats": FORMATS,
        "description": "Datasets of a photon & neutron facility.",
        "page_size": 5,
        "describe_set": lambda spec: SetInfo(f"Set {spec}", f"All of {spec}"),
    }
    return Repository(**{**settings, **changes})


def oai_dc(id_: str, title: str) -> bytes:
    location = f"{OAI_DC} {FORMATS['oai_dc'][0]}"
    return (
        f'<oai_dc:dc xmlns:oai_dc="{OAI_DC}"'
        f' xmlns:dc="http://purl.org/dc/elements/1.1/" {_XSI}'
        f' xsi:schemaLocation="{location}"><dc:title>{escape(title)}</dc:title>'
        f"<dc:identifier>{BASE_URL}/records/{quote(id_)}</dc:identifier></oai_dc:dc>"
    ).encode()


def datacite(id_: str, title: str) -> bytes:
    location = f"{DATACITE} {FORMATS['datacite'][0]}"
    return (
        f'<resource xmlns="{DATACITE}" {_XSI} xsi:schemaLocation="{location}">'
        f'<identifier identifierType="DOI">{escape(id_)}</identifier>'
        "<creators><creator><creatorName>Team</creatorName></creator></creators>"
        f"<titles><title>{escape(title)}</title></titles>"
        "<publisher>PaN</publisher><publicationYear>2023</publicationYear>"
        '<resourceType resourceTypeGeneral="Dataset">Raw</resourceType></resource>'
    ).encode()


def oai_datacite(id_: str, title: str) -> bytes:
    location = f"{OAI_DATACITE} {FORMATS['oai_datacite'][0]}"
    return (
        f'<oai_datacite xmlns="{OAI_DATACITE}" {_XSI} xsi:schemaLocation="{location}">'
        "<schemaVersion>4.7</schemaVersion><datacentreSymbol>PAN</datacentreSymbol>"
        f"<payload>{datacite(id_, title).decode()}</payload></oai_datacite>"
    ).encode()


def record(id_: str, title: str, **more: Any) -> Record:
    settings: dict[str, Any] = {
        "id": id_,
        "kind": Kind.RAW,
        "pid": Identifier(id_, "DOI") if id_.startswith("10.") else None,
        "titles": (Text(title),),
        "creators": (Agent("Team"),),
        "publisher": Agent("PaN"),
        "access": Access(AccessStatus.OPEN),
        "landing_page": f"{BASE_URL}/records/{quote(id_)}",
    }
    return Record(**{**settings, **more})


def bodies(id_: str, title: str, **more: Any) -> dict[str, bytes]:
    return {
        "oai_dc": oai_dc(id_, title),
        "oai_datacite": oai_datacite(id_, title),
        "datacite": datacite(id_, title),
        "_record": to_json(record(id_, title, **more)),
    }


def stage(
    id_: str,
    title: str,
    *,
    start: int = 0,
    sets: Iterable[str] = SETS,
    only: Iterable[str] | None = None,
    **more: Any,
) -> Stage:
    """Make a stage that shows a record, in all formats or in some."""
    all_bodies: Mapping[str, bytes] = bodies(id_, title, **more)
    chosen = all_bodies.keys() if only is None else only
    return Stage(start, {p: all_bodies[p] for p in chosen}, tuple(sets))


def item(id_: str, *stages: Stage) -> Item:
    return Item(id_, f"dataset of {id_}", stages)


def put(store: Store, clock: Clock, *items: Item) -> None:
    with store.write(clock) as writer:
        for one in items:
            writer.put_item(one)


def plain(id_: str, title: str | None = None, **options: Any) -> Item:
    return item(id_, stage(id_, title or f"Title of {id_}", **options))


def fill(store: Store, clock: Any) -> None:
    """Put one of everything; afterwards it is the fourth day and all is visible.

    Day 0: five open records. Day 1: six more, one of them in Dublin Core only, one with
    an odd identifier; and a hidden one. Day 2: one of day 0 is withdrawn.
    """
    put(store, clock, *(plain(f"10.1234/a{n}") for n in range(5)))
    clock.advance(DAY)
    put(
        store,
        clock,
        *(plain(f"10.1234/b{n}", sets=("kind:raw", "facility:ill")) for n in range(4)),
        plain("10.1234/dc-only", only=("oai_dc", "_record"), sets=("kind:raw",)),
        plain("esrf/hg 12/<réf>#1&2.nxs"),
        item(
            f"10.1234/{SECRET}",
            Stage(0),
            stage(
                f"10.1234/{SECRET}",
                f"Title {SECRET}",
                start=START + 1000 * DAY,
                sets=(f"kind:{SECRET}", "openaire_data"),
            ),
        ),
    )
    clock.advance(DAY)
    put(store, clock, item("10.1234/a1", Stage(0)))
    clock.advance(DAY)


def raw(
    query: str, store: Store, clock: FrozenClock, repo: Repository | None = None
) -> Reply:
    return answer(repo or repository(), parse_qsl(query), store, clock.now)


def ask(repo: Repository, store: Store, now: float, query: str) -> etree._Element:
    """Ask, check the answer against every schema, and give its root."""
    reply = answer(repo, parse_qsl(query, keep_blank_values=True), store, now)
    assert reply.status == 200
    return assert_valid(reply.body)


def errors(root: etree._Element) -> list[str]:
    return [str(e.get("code")) for e in root.findall(f"{OAI}error")]


def texts(root: etree._Element, name: str) -> list[str]:
    return [str(e.text or "") for e in root.iter(f"{OAI}{name}")]


def token_of(root: etree._Element) -> etree._Element | None:
    return root.find(f".//{OAI}resumptionToken")


def harvest(
    repo: Repository, store: Store, clock: Clock, query: str
) -> list[etree._Element]:
    """Follow a list to its end; give the root of every page."""
    verb = query.split("&")[0]
    pages = [ask(repo, store, clock(), query)]
    while (token := token_of(pages[-1])) is not None and token.text:
        pages.append(ask(repo, store, clock(), f"{verb}&resumptionToken={token.text}"))
    return pages


def headers(pages: Iterable[etree._Element]) -> list[tuple[str, str, str | None]]:
    """Give identifier, datestamp and status of every record on the pages."""
    return [
        (
            str(h.findtext(f"{OAI}identifier")),
            str(h.findtext(f"{OAI}datestamp")),
            h.get("status"),
        )
        for page in pages
        for h in page.iter(f"{OAI}header")
    ]


def identifier(local: str) -> str:
    """Give the OAI identifier of a local one."""
    return oai.compose_identifier("pan.example.org", local)


def get(local: str, prefix: str = "oai_dc") -> str:
    """Give the query for one record."""
    return (
        f"verb=GetRecord&metadataPrefix={prefix}"
        f"&identifier={quote(identifier(local), safe='')}"
    )

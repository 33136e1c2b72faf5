"""The parts of a schema.org node: each function reads one, whatever form it has."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from panharvest.codelists import access_rights
from panharvest.facilities import load_facilities
from panharvest.formats.schemaorg.terms import (
    DEFINITION,
    PROPERTIES,
    RECORD,
    SCHEMES_BACK,
    Node,
)
from panharvest.licensing import compact, licence_of
from panharvest.record import (
    Access,
    AccessStatus,
    Affiliation,
    Agent,
    Box,
    Checksum,
    Contributor,
    DatedEvent,
    Embargo,
    Facility,
    File,
    Funding,
    Identifier,
    Instrument,
    Interval,
    Level,
    Licence,
    Location,
    Moment,
    Nature,
    Parameter,
    Point,
    Polygon,
    Probe,
    Problem,
    RadiationSource,
    RelatedItem,
    Relation,
    ResourceType,
    Right,
    Sample,
    Service,
    Subject,
    Technique,
    Text,
    Withdrawal,
)
from panharvest.syntax import (
    bare_doi,
    bare_handle,
    bare_orcid,
    is_doi,
    is_orcid,
    is_ror,
)
from panharvest.times import read_moment
from panharvest.vocabulary import normalise_term

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

Extras = dict[str, list[Node]]


# --- values ---------------------------------------------------------------------------


def each(value: Any) -> Iterator[Any]:  # noqa: ANN401 (JSON)
    """Give the values there are, be it one or a list."""
    if value is None or value == "":
        return
    yield from value if isinstance(value, list) else [value]


def prose(value: Any) -> str | None:  # noqa: ANN401 (JSON)
    """Give a text with its line ends; of a node its value, name or address."""
    if isinstance(value, str):
        return value.strip() or None
    if isinstance(value, bool) or value is None:
        return None
    if isinstance(value, int | float):
        return f"{value:g}" if isinstance(value, float) else str(value)
    if isinstance(value, dict):
        for key in ("@value", "value", "name", "url", "@id"):
            if key in value and (found := prose(value[key])):
                return found
    if isinstance(value, list):
        return next((found for one in value if (found := prose(one))), None)
    return None


def text(value: Any) -> str | None:  # noqa: ANN401 (JSON)
    """Give a text on one line."""
    found = prose(value)
    return " ".join(found.split()) if found else None


def words(value: Any) -> Iterator[str]:  # noqa: ANN401 (JSON)
    """Give the texts of a list, each on one line."""
    for one in each(value):
        if found := text(one):
            yield found


def ids(value: Any) -> Iterator[str]:  # noqa: ANN401 (JSON)
    """Give addresses, written as texts or as nodes."""
    for one in each(value):
        found = one.get("@id") if isinstance(one, dict) else one
        if isinstance(found, str) and found:
            yield found


def nodes(value: Any) -> Iterator[Node]:  # noqa: ANN401 (JSON)
    """Give the objects of a list."""
    for one in each(value):
        if isinstance(one, dict):
            yield one


def tagged(value: Any, kind: str | None, language: str | None) -> Text | None:  # noqa: ANN401
    """Give a text with its language, which is the record's when it has none."""
    found = prose(value)
    if found is None:
        return None
    tag = value.get("@language") if isinstance(value, dict) else None
    return Text(found, kind, tag if isinstance(tag, str) else language)


def number(value: Any) -> float | None:  # noqa: ANN401 (JSON)
    """Give a number, also one that is written as text."""
    if isinstance(value, dict):
        value = value.get("value", value.get("@value"))
    if isinstance(value, bool) or value is None:
        return None
    try:
        found = float(value)
    except (TypeError, ValueError, OverflowError):
        return None
    return found if abs(found) < 1e300 else None


def types(node: Node) -> list[str]:
    """Give the types of a node."""
    found = node.get("@type")
    return [str(one) for one in each(found)]


# --- extras ---------------------------------------------------------------------------


def extras_of(node: Node) -> Extras:
    """Give the additional properties that are fields of the record, by field."""
    found: Extras = {}
    for one in nodes(node.get("additionalProperty")):
        name = text(one.get("propertyID")) or ""
        if name.startswith(RECORD):
            found.setdefault(name.removeprefix(RECORD), []).append(one)
    return found


def extra_text(extras: Extras, field: str) -> str | None:
    """Give the value of a field that is one text."""
    return next((text(one.get("value")) for one in extras.get(field, ())), None)


def probes_of(extras: Extras) -> tuple[Probe, ...]:
    """Read the probes."""
    return tuple(
        Probe(name, text(one.get("valueReference")))
        for one in extras.get("probes", ())
        if (name := text(one.get("value")))
    )


def sources_of(extras: Extras) -> tuple[RadiationSource, ...]:
    """Read the radiation sources."""
    found = []
    for one in extras.get("sources", ()):
        name = text(one.get("name"))
        name = None if name == "sources" else name
        kind, probe = text(one.get("value")), text(one.get("valueReference"))
        found.append(RadiationSource(name, kind, probe))
    return tuple(found)


def count_of(extras: Extras) -> int | None:
    """Read the number of files."""
    found = next(
        (number(one.get("value")) for one in extras.get("file_count", ())), None
    )
    return None if found is None else int(found)


def withdrawal_of(extras: Extras) -> Withdrawal | None:
    """Read the withdrawal."""
    for one in extras.get("withdrawal", ()):
        if date := text(one.get("value")):
            return Withdrawal(Moment(date), text(one.get("description")) or "")
    return None


def resource_type_of(extras: Extras) -> ResourceType | None:
    """Read DataCite's own words for the type."""
    for one in extras.get("resource_type", ()):
        if general := text(one.get("value")):
            return ResourceType(general, text(one.get("description")))
    return None


def dates_of(extras: Extras) -> tuple[DatedEvent, ...]:
    """Read the dates that have no field of their own."""
    found = []
    for one in extras.get("dates", ()):
        value = text(one.get("value")) or ""
        first, _, last = value.partition("/")
        found.append(
            DatedEvent(
                text(one.get("name")) or "Other",
                Moment(first) if first else None,
                Moment(last) if last else None,
                text(one.get("description")),
            )
        )
    return tuple(found)


def definitions_of(node: Node, extras: Extras) -> tuple[str, ...]:
    """Read the application definitions of NeXus."""
    head, _, tail = DEFINITION.partition("{}")
    found = [
        url.removeprefix(head).removesuffix(tail)
        for url in ids(node.get("dct:conformsTo") or node.get("conformsTo"))
        if url.startswith(head)
    ]
    found += [
        t for one in extras.get("definitions", ()) if (t := text(one.get("value")))
    ]
    return tuple(found)


# --- identity -------------------------------------------------------------------------


class Identity:
    """What a node says about its identity."""

    def __init__(self) -> None:
        self.pid: Identifier | None = None
        self.local: str | None = None
        self.others: list[Identifier] = []


def identifier_of(value: Any) -> Identifier | None:  # noqa: ANN401 (JSON)
    """Read an identifier, a text, an address or a PropertyValue."""
    if isinstance(value, dict):
        said = (
            text(value.get("value")) or text(value.get("@id")) or text(value.get("url"))
        )
        scheme = text(value.get("propertyID")) or text(value.get("name")) or ""
        scheme = SCHEMES_BACK.get(scheme.replace("http:", "https:"), scheme)
    else:
        said, scheme = text(value), ""
    if said is None:
        return None
    bare = bare_doi(said)
    if scheme in ("DOI", "doi", "") or scheme.endswith("doi"):
        if is_doi(bare):
            return Identifier(bare, "DOI")
        if scheme == "DOI":
            return Identifier(said, "DOI")
    if scheme in ("Handle", "hdl") or "hdl.handle.net/" in said:
        return Identifier(bare_handle(said), "Handle")
    if scheme == "ORCID":
        return Identifier(bare_orcid(said), scheme)
    if not scheme:
        scheme = "URL" if said.startswith(("http://", "https://")) else "Local"
    home = text(value.get("adms:schemaAgency")) if isinstance(value, dict) else None
    return Identifier(said, scheme, home)


def identity_of(node: Node, *, wants_local: bool) -> Identity:
    """Find the persistent identifier, the local one and all others."""
    found = Identity()
    listed = [i for one in each(node.get("identifier")) if (i := identifier_of(one))]
    for name in ("@id", "sameAs"):
        address = text(node.get(name))
        if address and (bare := identifier_of(address)) and bare.scheme == "DOI":
            listed.append(bare)
    pids = [i for i in listed if i.scheme not in ("Local", "URL", "Proposal")]
    found.pid = next((i for i in pids if i.scheme == "DOI"), next(iter(pids), None))
    for one in nodes(node.get("adms:identifier")):
        if value := text(one.get("skos:notation")):
            scheme = text(one.get("adms:schemaAgency"))
            listed.append(Identifier(value, scheme or "Other"))
    pages = (text(node.get("url")), text(node.get("@id")))
    for other in dict.fromkeys(listed):
        if other.scheme == "Local" and wants_local and found.local is None:
            found.local = other.value
        elif other != found.pid and not (
            other.scheme == "URL" and other.value in pages
        ):
            found.others.append(other)
    return found


# --- texts ----------------------------------------------------------------------------


def titles_of(node: Node, language: str | None, local: str) -> tuple[Text, ...]:
    """Read the titles; a name in another language is a translation of the first."""
    found: list[Text] = []
    name_value = next(each(node.get("name")), node.get("headline"))
    name = tagged(name_value, None, language)
    if name is not None:
        found.append(Text(" ".join(name.value.split()), None, name.language))
    for one in each(node.get("alternateName")):
        other = tagged(one, "AlternativeTitle", language)
        if other is None or other.value == local:
            continue
        translated = isinstance(one, dict) and "@language" in one
        kind = "TranslatedTitle" if translated else "AlternativeTitle"
        found.append(Text(other.value, kind, other.language))
    if _is_pid_name(node, found):
        found.pop()
    for one in each(node.get("alternativeHeadline")):
        other = tagged(one, "Subtitle", language)
        found += [other] if other else []
    return tuple(found)


def _is_pid_name(node: Node, found: Sequence[Text]) -> bool:
    """Whether the only other name is the identifier, which stands for none."""
    if len(found) != 2:
        return False
    main = next(each(node.get("identifier")), None)
    known = identifier_of(main) if main else None
    return known is not None and known.value == found[1].value


def descriptions_of(
    node: Node, extras: Extras, language: str | None
) -> tuple[Text, ...]:
    """Read the descriptions; the abstract is what was written, where there is one."""
    found: list[Text | None] = [
        tagged(one, "Abstract", language) for one in each(node.get("abstract"))
    ]
    if not any(found):
        found = [
            tagged(one, "Abstract", language) for one in each(node.get("description"))
        ]
    found += [
        tagged(one, "Methods", language) for one in each(node.get("measurementMethod"))
    ]
    for one in extras.get("descriptions", ()):
        found.append(tagged(one.get("value"), text(one.get("name")), language))
    return tuple(one for one in found if one is not None)


def keywords_of(node: Node) -> Iterator[str]:
    """Read the keywords; a single text may be a list."""
    found = node.get("keywords")
    if isinstance(found, str):
        yield from filter(None, (part.strip() for part in re.split(r"[,;]", found)))
        return
    yield from dict.fromkeys(words(found))


def terms_of(
    node: Node,
) -> tuple[tuple[Subject, ...], tuple[Technique, ...]]:
    """Read the subjects and the techniques."""
    subjects, techniques = [], []
    listed: list[tuple[Any, bool]] = [(one, False) for one in nodes(node.get("about"))]
    listed += [(one, False) for one in nodes(node.get("keywords"))]
    listed += [(one, True) for one in each(node.get("measurementTechnique"))]
    for thing, is_technique in listed:
        one: Node = thing if isinstance(thing, dict) else {"name": thing}
        address = text(one.get("@id")) or text(one.get("url"))
        address = address or text(one.get("identifier"))
        label = tagged(one.get("name"), None, None)
        term = normalise_term(address) if address and "PaNET" in address else None
        if term:
            techniques.append(Technique(term, label.value if label else term))
        elif is_technique and address and label:
            techniques.append(Technique(address, label.value))
        elif label is not None:
            scheme = one.get("inDefinedTermSet")
            inside = scheme if isinstance(scheme, dict) else {}
            url = text(inside.get("url")) or text(inside.get("@id"))
            if isinstance(scheme, str):
                url = scheme
            subjects.append(
                Subject(
                    label.value,
                    text(inside.get("name")),
                    url,
                    address,
                    text(one.get("termCode")),
                    label.language,
                )
            )
    return tuple(subjects), tuple(techniques)


# --- people ---------------------------------------------------------------------------


def agents_of(value: Any) -> tuple[Agent, ...]:  # noqa: ANN401 (JSON)
    """Read people and organisations; roles are read through."""
    found = []
    for one in each(value):
        agent = agent_of(one)
        if agent is not None:
            found.append(agent)
    return tuple(found)


def agent_of(value: Any) -> Agent | None:  # noqa: ANN401 (JSON)
    """Read a person or an organisation."""
    if isinstance(value, str):
        name = text(value)
        return Agent(name) if name else None
    if not isinstance(value, dict):
        return None
    if "Role" in types(value):
        inner = value.get("creator") or value.get("contributor") or value.get("author")
        return agent_of(next(each(inner), None))
    given, family = text(value.get("givenName")), text(value.get("familyName"))
    label = tagged(value.get("name"), None, None)
    name = text(label.value) if label else None
    if name is None and family:
        name = f"{family}, {given}" if given else family
    if name is None:
        return None
    kind = types(value)
    nature = Nature.PERSONAL if "Person" in kind else None
    if any("Organization" in one for one in kind):
        nature = Nature.ORGANISATIONAL
    numbers = [
        i
        for one in each(value.get("identifier"))
        if (i := identifier_of(one)) is not None
    ]
    for address in (*ids(value.get("@id")), *ids(value.get("sameAs"))):
        if (known := _person_number(address)) and known not in numbers:
            numbers.insert(0, known)
    return Agent(
        name,
        nature,
        given,
        family,
        tuple(_normal(one) for one in numbers),
        tuple(_affiliations(value.get("affiliation"))),
        label.language if label else None,
    )


def _person_number(address: str) -> Identifier | None:
    if is_orcid(bare_orcid(address)):
        return Identifier(bare_orcid(address), "ORCID")
    return Identifier(address, "ROR") if is_ror(address) else None


def _normal(one: Identifier) -> Identifier:
    return _person_number(one.value) or one


def _affiliations(value: Any) -> Iterator[Affiliation]:  # noqa: ANN401 (JSON)
    for one in each(value):
        if isinstance(one, str):
            if name := text(one):
                yield Affiliation(name)
            continue
        agent = agent_of(one)
        if agent is None:
            continue
        ror = agent.identifier("ROR")
        other = next((i for i in agent.identifiers if i.scheme != "ROR"), None)
        yield Affiliation(agent.name, ror, None if ror else other)


def contributors_of(node: Node) -> tuple[Contributor, ...]:
    """Read the contributors with their roles."""
    found = []
    for one in each(node.get("contributor")):
        agent = agent_of(one)
        if agent is not None:
            role = text(one.get("roleName")) if isinstance(one, dict) else None
            found.append(Contributor(agent, role or "Other"))
    for name, role in (("editor", "Editor"), ("maintainer", "DataManager")):
        found += [Contributor(agent, role) for agent in agents_of(node.get(name))]
    return tuple(found)


def facility_of(node: Node) -> Facility | None:
    """Read the facility, where the organisation says that it is one we know."""
    for one in nodes(node.get("sourceOrganization")):
        agent = agent_of(one)
        if agent is None:
            continue
        ror = agent.identifier("ROR")
        short = next(
            (i.value for i in agent.identifiers if i.scheme == f"{RECORD}facility"),
            None,
        )
        if short is None:
            short = next(
                (f.id for f in load_facilities() if ror is not None and f.ror == ror),
                None,
            )
        if short is not None:
            return Facility(short, agent.name, ror)
    return None


# --- times, rights --------------------------------------------------------------------


def moment(value: Any, place: str, problems: list[Problem]) -> Moment | None:  # noqa: ANN401
    """Read a date; one that is none is kept as the text it is."""
    said = text(value)
    if said is None:
        return None
    found = read_moment(said)
    if found is None:
        problems.append(
            Problem(
                "SO-DATE-001", Level.WARNING, place, f"This is no date: {said[:60]}"
            )
        )
        return Moment(said)
    return found


def interval(value: Any, problems: list[Problem]) -> Interval | None:  # noqa: ANN401
    """Read when the data were collected."""
    said = text(next(each(value), None))
    if said is None:
        return None
    first, slash, last = said.partition("/")
    sides = [
        moment(side, "temporalCoverage", problems) if side not in ("", "..") else None
        for side in ((first.strip(), last.strip()) if slash else (said, ""))
    ]
    return Interval(sides[0], sides[1]) if any(sides) else None


def embargo_of(node: Node, problems: list[Problem]) -> Embargo | None:
    """Read begin and end of the embargo."""
    start = moment(node.get("dct:dateAccepted"), "dct:dateAccepted", problems)
    end = moment(node.get("dct:available"), "dct:available", problems)
    return Embargo(start, end) if start or end else None


def access_of(node: Node) -> tuple[Access | None, str | None]:
    """Read who may have the data; and what contradicts it."""
    statuses = {}
    for status, terms in access_rights().items():
        statuses[terms.coar] = statuses[terms.info] = status
        statuses[terms.label] = status
    found: AccessStatus | None = None
    note: str | None = None
    for said in words(node.get("conditionsOfAccess")):
        known = statuses.get(said.replace("https:", "http:"))
        if known is None:
            note = note or said
        else:
            found = found or known
    free = node.get("isAccessibleForFree")
    is_free = str(prose(free) if not isinstance(free, bool) else free).lower()
    if found is None and is_free in ("true", "http://schema.org/true"):
        found = AccessStatus.OPEN
    contradiction = None
    if found not in (None, AccessStatus.OPEN) and is_free == "true":
        contradiction = f"The data are {found}, and free of charge all the same."
    return (Access(found, note) if found else None), contradiction


def rights_of(node: Node, extras: Extras) -> tuple[Licence | None, tuple[Right, ...]]:
    """Read the licence, and other statements about rights."""
    licence: Licence | None = None
    rights: list[Right] = []
    name = extra_text(extras, "licence")
    for one in each(node.get("license")):
        inside = one if isinstance(one, dict) else {}
        said = text(inside.get("url")) or text(inside.get("@id")) or text(one)
        label = text(inside.get("name")) or name
        if said is None:
            continue
        url = said if said.startswith(("http://", "https://")) else None
        known = licence_of(text(inside.get("identifier")), url, said)
        if known is None and url is None:
            found = Licence(name=said)
        elif known is None:
            found = Licence(url=url, name=label)
        else:
            address = None if (url or "").startswith("https://spdx.org/") else url
            found = compact(Licence(known.spdx, address, label))
        if licence is None:
            licence = found
        elif known is None or known.spdx != licence.spdx:
            rights.append(Right(label or said, url, known.spdx if known else None))
    for one in nodes(node.get("usageInfo")):
        label_of = tagged(one.get("name"), None, None)
        rights.append(
            Right(
                label_of.value if label_of else None,
                text(one.get("url")),
                text(one.get("identifier")),
                text(one.get("inDefinedTermSet")),
                text(one.get("schemaVersion")),
                label_of.language if label_of else None,
            )
        )
    return licence, tuple(rights)


# --- data -----------------------------------------------------------------------------


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


def _quantity(value: Any, plain: float | None) -> float | str | None:  # noqa: ANN401
    return float(plain) if plain is not None else text(value)


def size_of(node: Node) -> tuple[int | None, bool]:
    """Read the size of the whole; bytes only."""
    size = node.get("size")
    if isinstance(size, dict) and text(size.get("unitText")) in ("By", "B", "byte"):
        found = number(size.get("value"))
        exact = text(size.get("description")) != "rounded"
        if found is not None:
            value = size.get("value")
            return (value if type(value) is int else int(found)), exact
    return None, True


def files_of(node: Node) -> tuple[File, ...]:
    """Read what can be downloaded, and the files whose addresses are not public."""
    found = []
    listed = [*nodes(node.get("distribution"))]
    listed += [n for n in nodes(node.get("hasPart")) if "DigitalDocument" in types(n)]
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
                numbers = map(identifier_of, each(one.get("identifier")))
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
            numbers = map(identifier_of, each(one.get("identifier")))
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


# --- relations, funding, places -------------------------------------------------------


def relations_of(node: Node) -> tuple[tuple[Relation, ...], tuple[RelatedItem, ...]]:
    """Read the links; schema.org's own properties where nobody wrote links."""
    relations, items = [], []
    for one in nodes(node.get("relatedLink")):
        target = next(nodes(one.get("target")), {})
        kind = text(one.get("linkRelationship"))
        if kind is None:
            continue
        if text(one.get("roleName")) == "related item":
            items.append(_item(one, target, kind))
            continue
        identifier = identifier_of(next(each(target.get("identifier")), None))
        if identifier is None:
            identifier = identifier_of(
                text(target.get("url")) or text(target.get("@id"))
            )
        if identifier is not None:
            relations.append(
                Relation(
                    identifier,
                    kind,
                    text(target.get("name")),
                    text(target.get("additionalType")),
                    text(one.get("description")),
                    text(target.get("encodingFormat")),
                    text(target.get("schemaVersion")),
                    text(target.get("usageInfo")),
                )
            )
    if not relations and not items:
        relations = list(_natural_relations(node))
    return tuple(relations), tuple(items)


_NATURAL: Mapping[str, str] = {
    **{name: kind for kind, name in reversed(PROPERTIES.items())},
    "citation": "References",
    "isBasedOn": "IsDerivedFrom",
    "subjectOf": "IsDescribedBy",
    "isBasedOnUrl": "IsDerivedFrom",
}


def _natural_relations(node: Node) -> Iterator[Relation]:
    for name, kind in _NATURAL.items():
        for one in each(node.get(name)):
            inside = one if isinstance(one, dict) else {}
            if "DigitalDocument" in types(inside) or "DataCatalog" in types(inside):
                continue
            address = text(inside.get("@id")) or text(inside.get("url")) or one
            listed = [address, *each(inside.get("identifier"))]
            found = [i for i in map(identifier_of, listed) if i and i.scheme != "Local"]
            if found:
                best = next((i for i in found if i.scheme == "DOI"), found[0])
                title = text(inside.get("name"))
                yield Relation(best, kind, title if title != best.value else None)


def _item(link: Node, target: Node, kind: str) -> RelatedItem:
    titles = [*each(target.get("name")), *each(target.get("alternateName"))]
    identifier = identifier_of(next(each(target.get("identifier")), None))
    general = text(target.get("additionalType"))
    return RelatedItem(
        kind=general or "Other",
        type=kind,
        titles=tuple(t for one in titles if (t := tagged(one, None, None))),
        identifier=identifier,
        creators=agents_of(target.get("creator")),
        contributors=contributors_of(target),
        year=text(target.get("datePublished")),
        volume=text(target.get("volumeNumber")),
        issue=text(target.get("issueNumber")),
        number=text(target.get("position")),
        number_type=text(target.get("genre")),
        first_page=text(target.get("pageStart")),
        last_page=text(target.get("pageEnd")),
        publisher=text(target.get("publisher")),
        edition=text(target.get("bookEdition")),
        information=text(link.get("description")),
        metadata_scheme=text(target.get("encodingFormat")),
        metadata_scheme_iri=text(target.get("schemaVersion")),
        metadata_scheme_type=text(target.get("usageInfo")),
    )


def funding_of(node: Node) -> tuple[Funding, ...]:
    """Read the grants, and funders without one."""
    found = []
    for one in nodes(node.get("funding")):
        inside = one if "funder" in one else {"funder": one}
        for giver in nodes(inside.get("funder")):
            agent = agent_of(giver)
            if agent is None:
                continue
            number_ = inside.get("identifier")
            award = text(number_) if "funder" in one else None
            found.append(
                Funding(
                    agent.name,
                    next(iter(agent.identifiers), None),
                    award,
                    text(inside.get("url")),
                    text(inside.get("name")),
                )
            )
    if not found:
        found += [
            Funding(agent.name, next(iter(agent.identifiers), None))
            for agent in agents_of(node.get("funder"))
        ]
    return tuple(found)


def places_of(
    node: Node, extras: Extras, facility: Facility | None
) -> tuple[Location | None, tuple[Location, ...]]:
    """Read the places; one that only repeats the facility's name says nothing."""
    found = [p for one in each(node.get("spatialCoverage")) if (p := place_of(one))]
    others = [
        p
        for one in extras.get("places", ())
        if (p := place_of(next(nodes(one.get("valueReference")), None)))
    ]
    if facility and found[:1] == [Location(" ".join(facility.name.split()))]:
        found = found[1:]
    return (found[0] if found else None), (*found[1:], *others)


def place_of(value: Any) -> Location | None:  # noqa: ANN401 (JSON)
    """Read a place, its position, box and polygons."""
    if not isinstance(value, dict):
        name = text(value)
        return Location(name) if name else None
    north = east = None
    box = None
    polygons = []
    for geo in nodes(value.get("geo")):
        if "latitude" in geo:
            north, east = number(geo.get("latitude")), number(geo.get("longitude"))
        if (corners := _numbers(geo.get("box"))) and len(corners) == 4:
            box = Box(corners[1], corners[3], corners[0], corners[2])
        line = _numbers(geo.get("polygon"))
        if line and len(line) % 2 == 0:
            points = tuple(Point(*line[i : i + 2]) for i in range(0, len(line), 2))
            spot = _numbers(geo.get("circle"))
            inside = Point(*spot[:2]) if len(spot) >= 2 else None
            polygons.append(Polygon(points, inside))
    found = Location(text(value.get("name")), north, east, box, tuple(polygons))
    return found if found != Location() else None


def _numbers(value: Any) -> list[float]:  # noqa: ANN401 (JSON)
    parts = (text(value) or "").replace(",", " ").split()
    found = [number(part) for part in parts]
    return [one for one in found if one is not None] if None not in found else []

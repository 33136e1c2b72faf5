"""Identity, titles, descriptions and terms of a schema.org node."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from panharvest.formats.schemaorg.read_values import (
    Extras,
    each,
    nodes,
    tagged,
    text,
    words,
)
from panharvest.formats.schemaorg.terms import (
    SCHEMES_BACK,
    Node,
)
from panharvest.record import (
    Identifier,
    Subject,
    Technique,
    Text,
)
from panharvest.syntax import (
    bare_doi,
    bare_handle,
    bare_orcid,
    is_doi,
)
from panharvest.vocabulary import normalise_term, panet

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence


class Identity:
    """What a node says about its identity."""

    def __init__(self) -> None:
        self.pid: Identifier | None = None
        self.local: str | None = None
        self.others: list[Identifier] = []


def read_identifier(value: Any) -> Identifier | None:  # noqa: ANN401 (JSON)
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
    listed = [i for one in each(node.get("identifier")) if (i := read_identifier(one))]
    for name in ("@id", "sameAs"):
        address = text(node.get(name))
        if address and (bare := read_identifier(address)) and bare.scheme == "DOI":
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
    known = read_identifier(main) if main else None
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
        if is_technique and address is None:  # a text: an address, or a name
            said = text(one.get("name"))
            address = said if said and "PaNET" in said else panet().find(said or "")
        term = normalise_term(address) if address and "PaNET" in address else None
        if term:
            known = panet().term(term)
            name = label.value if label and label.value != address else None
            name = name or (known.label if known else term)
            techniques.append(Technique(term, name))
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

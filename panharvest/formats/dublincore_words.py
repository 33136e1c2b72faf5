"""What the words of Dublin Core stand for: terms, kinds, rights, languages."""

from __future__ import annotations

import re
from functools import cache
from typing import TYPE_CHECKING

from panharvest.codelists import (
    access_rights,
    kinds,
    resource_types,
    short_languages,
)
from panharvest.licensing import compact, licence_of, sounds_like_licence
from panharvest.probes import probe_terms
from panharvest.record import (
    Access,
    AccessStatus,
    Kind,
    Licence,
    Probe,
    ResourceType,
    Right,
    Subject,
    Technique,
)
from panharvest.vocabulary import normalise_term, panet

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from panharvest.record import Text


def line_of(text: str) -> str:
    """Give a text on one line."""
    return " ".join(text.split())


def subjects_of(
    texts: Iterable[Text],
) -> tuple[list[Technique], list[Probe], list[Subject], list[str]]:
    """Tell terms of PaNET by their addresses; the label stands before or is known."""
    techniques: list[Technique] = []
    probes: list[Probe] = []
    subjects: list[Subject] = []
    keywords: list[str] = []
    for text in texts:
        value = line_of(text.value)
        term = normalise_term(value) if "panet" in value.lower() else None
        known = panet().term(term) if term else None
        if term and known:
            if keywords and _same(keywords[-1], known.label, term):
                label = keywords.pop()
            else:
                label = known.label
            if term in probe_terms():
                probes.append(Probe(label, term))
            else:
                techniques.append(Technique(term, label))
        elif value.startswith(("http://", "https://")) and keywords:
            subjects.append(Subject(keywords.pop(), iri=value))
        elif text.language:
            subjects.append(Subject(value, language=text.language))
        else:
            keywords.append(value)
    return techniques, probes, subjects, keywords


def _same(word: str, label: str, term: str) -> bool:
    """Whether a keyword is the label of a term, or the short name of a probe."""
    return word.casefold() == label.casefold() or term in probe_terms()


def kind_of(texts: Iterable[Text]) -> tuple[Kind, ResourceType | None]:
    """Tell the kind by COAR's address or a word; words that nobody knows are kept."""
    values = [line_of(t.value) for t in texts]
    for value in values:
        bare = value.lower().removeprefix("info:eu-repo/semantics/")
        kind = _words().get(bare.rpartition("/")[2] if "/" in bare else bare)
        if kind is not None:
            return kind, None
        if "investigation" in bare:
            return Kind.EXPERIMENT, None
        for general, (named, _) in resource_types().items():
            if general.lower() == "".join(bare.split()):
                return named, None if named is not Kind.OTHER else ResourceType(general)
    return Kind.OTHER, ResourceType("Other", values[0]) if values else None


@cache
def _words() -> Mapping[str, Kind]:
    """Give the kinds by their words, and by the ends of their addresses of COAR."""
    found: dict[str, Kind] = {}
    for name, terms in kinds().items():
        for word in (terms.text, terms.coar.rpartition("/")[2], terms.label):
            if word.lower() not in ("other", "c_1843"):
                found.setdefault(word.lower(), Kind(name))
    for name, terms in kinds().items():
        if terms.general.lower() != "other":
            found.setdefault(terms.general.lower(), Kind(name))
    return {**found, "dataset": Kind.DATASET, "c_ddb1": Kind.DATASET}


def rights_of(
    texts: Iterable[Text],
) -> tuple[Access | None, Licence | None, list[Right]]:
    """Tell access and licence from other statements; the strictest access counts."""
    found: list[AccessStatus] = []
    licence: Licence | None = None
    others: list[Right] = []
    for text in texts:
        value = line_of(text.value)
        status = _statuses().get(_key(value))
        url = value if value.startswith(("http://", "https://")) else None
        known = licence_of(None, url, value)
        if status is not None:
            found.append(status)
        elif known is not None:
            named = compact(Licence(known.spdx, url, None if url else value))
            if licence is None:
                licence = named if named.name != known.spdx else Licence(known.spdx)
            elif licence.spdx != known.spdx:
                others.append(Right(value, url))
        elif licence is None and sounds_like_licence(value):
            licence = Licence(url=url) if url else Licence(name=value)
        else:
            others.append(Right(None if url else value, url))
    order = list(AccessStatus)
    access = Access(max(found, key=order.index)) if found else None
    return access, licence, others


def _key(text: str) -> str:
    return "".join(re.sub(r"^https?:", "", text.lower()).split()).rstrip("/")


@cache
def _statuses() -> Mapping[str, AccessStatus]:
    found: dict[str, AccessStatus] = {}
    for status, terms in access_rights().items():
        word = terms.info.rpartition("/")[2]
        for text in (terms.info, word, terms.coar, terms.label):
            found[_key(text)] = status
        found.setdefault(_key(terms.authority), status)
    return found


def language_of(texts: Iterable[Text]) -> str | None:
    """Give the first language, with its short code where it has one."""
    for text in texts:
        value = line_of(text.value)
        return short_languages().get(value.lower(), value)
    return None

"""The vocabularies that we know how to reason over, and how their ids are written."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING
from urllib.parse import unquote

from panharvest.errors import ConfigError

if TYPE_CHECKING:
    from collections.abc import Mapping

PANET = "http://purl.org/pan-science/PaNET/"
ESRFET = "https://w3id.org/PaN/ESRFET#"
THING = "http://www.w3.org/2002/07/owl#Thing"


@dataclass(frozen=True, slots=True)
class Scheme:
    """What tells one vocabulary from another.

    Parameters
    ----------
    id
        Its name here: its folder in ``ontologies/``, its key in ``catalog.toml`` and
        its prefix in a CURIE.
    name
        What people call it.
    namespace
        The canonical IRI before the local id.
    current
        The version in use.
    local
        Pattern of a local id.
    root, specifiers
        Local ids below which techniques are, and what techniques are defined by; where
        ``specifiers`` is None everything that is not below the root is.
    facets
        Pattern of the ids that only sort techniques.
    """

    id: str
    name: str
    namespace: str
    current: str
    local: re.Pattern[str]
    root: str
    specifiers: str | None
    facets: re.Pattern[str]

    def short(self, iri: object) -> str:
        """Give the local id of a term in any spelling; any other IRI in full."""
        text = str(iri)
        if text.startswith(self.namespace) and self.local.fullmatch(
            text, len(self.namespace)
        ):
            return text.removeprefix(self.namespace)
        found = normalise_term(text) or text
        local = found.removeprefix(self.namespace)
        return local if local != found and self.local.fullmatch(local) else found

    def expand(self, name: str) -> str:
        """Give the IRI of a local id; an IRI stays."""
        return name if "://" in name else self.namespace + name

    def curie(self, name: str) -> str:
        """Give the CURIE of a local id or IRI of this vocabulary."""
        return f"{self.id}:{name.removeprefix(self.namespace)}"


SCHEMES: Mapping[str, Scheme] = {
    scheme.id: scheme
    for scheme in (
        Scheme(
            id="panet",
            name="PaNET",
            namespace=PANET,
            current="1.3.0",
            local=re.compile(r"PaNET\d{5,7}"),
            root="PaNET00001",
            specifiers="PaNET2000000",
            facets=re.compile(r"PaNET0000\d"),
        ),
        Scheme(
            id="esrfet",
            name="ESRFET",
            namespace=ESRFET,
            current="0.1.0",
            local=re.compile(r"[^\W_][^\s/#?:<>\"'()|]*"),
            root="experimental_technique",
            specifiers=None,
            facets=re.compile(r"experimental_technique"),
        ),
    )
}


def scheme_of(name: str) -> Scheme:
    """Give a vocabulary by its id, in any case.

    Raises
    ------
    ConfigError
        Naming those that are known.
    """
    found = SCHEMES.get(name.casefold())
    if found is None:
        known = ", ".join(SCHEMES)
        raise ConfigError(f"'{name}' is not a vocabulary with a hierarchy: {known}")
    return found


PANET_ID = re.compile(
    r"(?:(?:https?://)?(?:www\.)?purl\.org/pan-science/PaNET[/#]|PaNET:)?"
    r"(?:PaNET)?(?P<digits>\d{7}|\d{5})/?",
    re.IGNORECASE,
)
ESRFET_ID = re.compile(
    r"(?:(?:https?://)?(?:www\.)?"
    r"(?:purl\.org/pan-science/ESRFET|w3id\.org/PaN/ESRFET(?:/v[\w.-]+)?/?)[#/]|ESRFET:)"
    r"(?P<name>[^\W_][^\s/#?:<>\"]*)/?",
    re.IGNORECASE,
)


def normalise_term(text: str) -> str | None:
    """Give the canonical IRI of a PaNET or ESRFET term in any of its spellings.

    Known are http and https, ``www.purl.org``, ``PaNET:01196``, ``panet:PaNET01196``,
    bare ``PaNET01196``, and ESRFET's three generations of IRIs, the versioned too.
    Whether such a term exists is not looked at. Anything else is None, digits too.
    """
    bare = unquote(text.strip().strip("<>").strip())
    if found := PANET_ID.fullmatch(bare):
        return None if bare[0].isdigit() else f"{PANET}PaNET{found['digits']}"
    if found := ESRFET_ID.fullmatch(bare):
        return ESRFET + found["name"]
    return None


def curie(iri: str) -> str:
    """Give the CURIE of a term of a known vocabulary; any other text stays."""
    for scheme in SCHEMES.values():
        if iri.startswith(scheme.namespace):
            return scheme.curie(iri)
    return iri

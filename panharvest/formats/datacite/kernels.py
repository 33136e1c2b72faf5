"""What each version of the DataCite kernel can say, and what is written instead.

Harvesters check documents against the version they know; one that does not know
``Poster`` or ``RAiD`` refuses the document or drops the value. An older kernel is
written without what came later: a word is replaced by the nearest older one, an
attribute is left out, an identifier is given by its address.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING

from panharvest.codelists import KERNEL, KERNELS, datacite

if TYPE_CHECKING:
    from collections.abc import Mapping

__all__ = ["KERNEL", "KERNELS", "Kernel", "kernel"]

_OLDER = {
    "resourceTypeGeneral": {
        "Instrument": "Other",
        "StudyRegistration": "Other",
        "Award": "Other",
        "Project": "Other",
        "Poster": "Text",
        "Presentation": "Text",
    },
    "relationType": {
        "Collects": "IsReferencedBy",
        "IsCollectedBy": "References",
        "HasTranslation": "IsOriginalFormOf",
        "IsTranslationOf": "IsVariantFormOf",
        "Other": "References",
    },
    "dateType": {"Coverage": "Other"},
    "contributorType": {"Translator": "Other"},
}


@dataclass(frozen=True, slots=True, eq=False)
class Kernel:
    """A version: each mapping has the words of the newest and what is written.

    ``identifiers`` are the types that a related identifier may have;
    ``publisher_identified`` and ``informed`` tell whether the publisher may have an
    identifier, and a relation ``relationTypeInformation``.
    """

    version: str
    generals: Mapping[str, str]
    relations: Mapping[str, str]
    dates: Mapping[str, str]
    roles: Mapping[str, str]
    identifiers: frozenset[str]
    funder_schemes: frozenset[str]
    title_types: frozenset[str]
    description_types: frozenset[str]
    publisher_identified: bool
    informed: bool

    @property
    def schema(self) -> str:
        """Where its XML Schema is."""
        return f"http://schema.datacite.org/meta/kernel-{self.version}/metadata.xsd"


@cache
def kernel(version: str = KERNEL) -> Kernel:
    """Give a version of the kernel.

    Raises
    ------
    ValueError
        When it is not one that can be written.
    """
    if version not in KERNELS:
        known = ", ".join(KERNELS)
        raise ValueError(f"DataCite {version} cannot be written; there are {known}")
    number = float(version)
    return Kernel(
        version,
        _words("resourceTypeGeneral", version),
        _words("relationType", version),
        _words("dateType", version),
        _words("contributorType", version),
        datacite("relatedIdentifierType", version),
        datacite("funderIdentifierType", version),
        datacite("titleType", version),
        datacite("descriptionType", version),
        publisher_identified=number >= 4.5,
        informed=number >= 4.7,
    )


def _words(name: str, version: str) -> dict[str, str]:
    """Give each word of the newest kernel and what it is in this one."""
    allowed = datacite(name, version)
    found = {}
    for word in datacite(name):
        word_then = word if word in allowed else _OLDER[name][word]
        found[word] = word_then
    return found

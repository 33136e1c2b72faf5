"""Licences by whatever names them: SPDX identifier, address or text.

The list of SPDX is that of ``license-expression``; names and addresses of the licences
that are used for data are in ``ontologies/licences.tsv``.
"""

from __future__ import annotations

import re
from functools import cache
from typing import TYPE_CHECKING

from panharvest.codelists import licence_of_url, licences
from panharvest.record import Licence

if TYPE_CHECKING:
    from collections.abc import Mapping

_WORDS = re.compile(
    r"licen[cs]|creative commons|\bcc[ -](?:by|0)|public domain|copyright|©|"
    r"rights? reserved",
    re.IGNORECASE,
)
_CC = re.compile(
    r"https?://(?:www\.)?creativecommons\.org/"
    r"(?:licenses/(?P<terms>by(?:-nc)?(?:-nd|-sa)?)|publicdomain/(?P<zero>zero))"
    r"/(?P<version>[1-4]\.[0-9])(?:/(?:legalcode|deed)?(?:\.[a-z-]+)?)?/?",
    re.IGNORECASE,
)


def spdx_of(identifier: str) -> str | None:
    """Give an SPDX identifier in its spelling; None when SPDX has none such."""
    return _spdx().get(identifier.strip().lower())


@cache
def _spdx() -> Mapping[str, str]:
    from license_expression import get_spdx_licensing

    symbols = get_spdx_licensing().known_symbols
    return {key.lower(): key for key in symbols if not key.startswith("LicenseRef-")}


def licence_of(
    identifier: str | None = None, url: str | None = None, name: str | None = None
) -> Licence | None:
    """Give the licence that an identifier, an address or a name stands for.

    Where they are of different licences the identifier decides. None when it is not
    known, whatever it looks like.
    """
    spdx = spdx_of(identifier) if identifier else None
    if spdx is None and url:
        known = licence_of_url(url)
        spdx = (known.spdx if known else None) or _creative_commons(url)
    if spdx is None and name and not identifier:
        spdx = _by_name(name)
    if spdx is None:
        return None
    return licences().get(spdx) or Licence(spdx)


def _creative_commons(url: str) -> str | None:
    """Read the address of a Creative Commons licence, also of one not in our table."""
    match = _CC.fullmatch(url.strip())
    if match is None:
        return None
    terms = "CC0" if match["zero"] else f"CC-{match['terms']}"
    return spdx_of(f"{terms}-{match['version']}")


def _by_name(name: str) -> str | None:
    words = " ".join(name.lower().replace("_", " ").split())
    found = _names().get(words)
    return found or spdx_of(words.replace(" ", "-"))


@cache
def _names() -> Mapping[str, str]:
    found = {}
    for spdx, licence in licences().items():
        found[(licence.name or "").lower()] = spdx
        if spdx.startswith("CC-"):
            terms, _, version = spdx[3:].lower().rpartition("-")
            found[f"creative commons {terms} {version}"] = spdx
    return found


def sounds_like_licence(text: str) -> bool:
    """Whether a text is probably about a licence, known or not."""
    return _WORDS.search(text) is not None


def compact(licence: Licence) -> Licence:
    """Leave out of a licence what our table says of its identifier anyway."""
    known = licences().get(licence.spdx or "")
    if known is None:
        return licence
    return Licence(
        licence.spdx,
        licence.url if licence.url != known.url else None,
        licence.name if licence.name != known.name else None,
    )

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
    r"/(?P<version>[1-4]\.[0-9])(?:/(?P<port>[a-z]{2}))?"
    r"(?:/(?:legalcode|deed)?(?:\.[a-z_-]+)?)?/?",
    re.IGNORECASE,
)
# Addresses that end with an identifier of SPDX, be it with other marks.
_ENDS = re.compile(
    r"https?://(?:(?:www\.)?(?:spdx\.org|opensource\.org)/licen[cs]es?/"
    r"|publications\.europa\.eu/resource/authority/licence/)"
    r"(?P<name>[A-Za-z0-9._+-]+?)(?:\.html|\.txt|/)?",
    re.IGNORECASE,
)
# How people write the licences of Creative Commons, hyphens as blanks.
_SHORT = re.compile(
    r"\bcc ?(?P<terms>by(?: ?nc)?(?: ?(?:sa|nd))?) ?v?(?P<version>[1-4]\.[0-9])\b"
)
_LONG = re.compile(
    r"(?:creative commons )?attribution(?P<nc> non ?commercial)?"
    r"(?P<more> share ?alike| no ?deriv\w*)? v?(?P<version>[1-4]\.[0-9])"
    r"(?: (?:international|unported|generic))?(?: (?:public )?licen[cs]e)?"
)
_ZERO = re.compile(
    r"(?:creative commons )?(?:cc ?0|cc zero|zero)(?: v?1\.0)?(?: universal)?"
    r"(?: public domain dedication)?(?: licen[cs]e)?"
)
_LONGEST = 200  # letters of a name or address that is looked at


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
    if spdx is None and url and len(url) <= _LONGEST:
        address = re.split("[?#]", url.strip(), maxsplit=1)[0]
        if "://" not in address:
            address = f"https://{address}"
        known = licence_of_url(address)
        spdx = (known.spdx if known else None) or _creative_commons(address)
        spdx = spdx or _by_end(address)
    if spdx is None and name and not identifier and len(name) <= _LONGEST:
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
    plain = f"{terms}-{match['version']}"
    return spdx_of(f"{plain}-{match['port']}" if match["port"] else plain)


def _by_end(url: str) -> str | None:
    """Read an address that ends with the name of a licence (``CC_BY_4_0``)."""
    match = _ENDS.fullmatch(url)
    if match is None:
        return None
    name = re.sub(r"_([0-9])_([0-9])$", r"-\1.\2", match["name"]).replace("_", "-")
    return spdx_of(name)


def _by_name(name: str) -> str | None:
    words = " ".join(name.lower().replace("_", " ").split())
    found = _names().get(words) or spdx_of(words.replace(" ", "-"))
    return found or _creative_commons_name(re.sub('[-–()"“”,:]+', " ", words))


def _creative_commons_name(words: str) -> str | None:
    """Read what people call a licence of Creative Commons, if it is one alone."""
    words = " ".join(words.split())
    if _ZERO.fullmatch(words):
        return "CC0-1.0"
    if match := _LONG.fullmatch(words):
        more = (match["more"] or "").replace(" ", "")
        ending = {"s": "-sa", "n": "-nd"}.get(more[:1], "")
        terms = f"by{'-nc' if match['nc'] else ''}{ending}"
        return spdx_of(f"CC-{terms}-{match['version']}")
    found = {
        spdx_of(f"CC-{_dashed(one['terms'])}-{one['version']}")
        for one in _SHORT.finditer(words)
    }
    return found.pop() if len(found) == 1 else None


def _dashed(terms: str) -> str:
    return re.sub("(?<=[a-z]) ?(nc|sa|nd)", r"-\1", terms)


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

"""What follows from a record and is said by more than one format and check."""

from __future__ import annotations

import re
from functools import lru_cache
from typing import TYPE_CHECKING
from urllib.parse import quote

from panharvest.codelists import (
    kinds,
    language_names,
    licence_of_url,
    licences,
    long_languages,
    short_languages,
)
from panharvest.record import AccessStatus, Moment
from panharvest.syntax import bare_doi, is_doi, is_language, is_moment, url_of

if TYPE_CHECKING:
    from panharvest.record import (
        Access,
        Interval,
        Licence,
        Location,
        Parameter,
        Record,
        Sample,
    )

LOSSLESS = "pan"  # our own form, which says all of a record
LOSSLESS_NAMESPACE = "https://w3id.org/panharvest/pan/1.0/"
LOSSLESS_SUFFIX = f"?format={LOSSLESS}"  # below our page of a record

_ENOUGH = 60  # letters of a description; search engines show none that is shorter
# Words by which B2FIND decides that a record is not open, whoever they are about.
_CLOSED_WORDS = ("closed", "restricted", "embargoed")
_UNITS = ("B", "kB", "MB", "GB", "TB", "PB", "EB")
# UCUM codes that a reader would not recognise.
_SYMBOLS = {
    "Ao": "Å",
    "Ao-1": "1/Å",
    "/Ao": "1/Å",
    "Cel": "°C",
    "deg": "°",
    "Ohm": "Ω",
    "um": "µm",
    "us": "µs",
    "ueV": "µeV",
    "[degF]": "°F",
    "1": "",
    "{count}": "counts",
}
_UNITS_OF_SYMBOLS = {
    symbol: unit for unit, symbol in reversed(_SYMBOLS.items()) if symbol
}


def w3cdtf(moment: Moment | None) -> str | None:
    """Give a moment as W3CDTF; None when it is not one.

    A time whose zone is unknown is reduced to its day: W3CDTF has no local times, and
    completing the zone would invent it.
    """
    return None if moment is None else _w3cdtf(moment.text)


@lru_cache(maxsize=4096)
def _w3cdtf(text: str) -> str | None:
    """Work a text out once: each format states it, and so do several of its fields."""
    if not is_moment(text):
        return None
    return text if Moment(text).zone_known else text[:10]


def interval_text(interval: Interval | None) -> str | None:
    """Give an interval as ``start/end`` (RKMS-ISO8601), or the one side that is known.

    Harvesters fail on open ranges (``2020/``), so there are none. When one side has no
    time the other loses its own.
    """
    if interval is None:
        return None
    start, end = w3cdtf(interval.start), w3cdtf(interval.end)
    if start is None or end is None:
        return start or end
    if ("T" in start) != ("T" in end):
        start, end = start[:10], end[:10]
    return f"{start}/{end}"


def available(record: Record) -> str | None:
    """Give when the data can be had: the end of the embargo, else the issue date."""
    embargo = record.embargo
    end = w3cdtf(embargo.end) if embargo is not None else None
    return end or w3cdtf(record.issued)


def publication_year(record: Record) -> str | None:
    """Give the year of publication, four digits.

    It is the year in which the embargo ends (DataCite 4.7, ``publicationYear``), else
    the one that is stated, else that of issue, else the best that is known: end or
    begin of collection, creation.
    """
    collected = record.collected
    embargo, stated = record.embargo, record.publication_year
    end = w3cdtf(embargo.end) if embargo is not None else None
    if end is None and stated is not None and re.fullmatch("[0-9]{4}", stated):
        return stated
    day = (
        end
        or w3cdtf(record.issued)
        or (collected and (w3cdtf(collected.end) or w3cdtf(collected.start)))
        or w3cdtf(record.created)
        or w3cdtf(record.modified)
    )
    return day[:4] if day else None


def address(record: Record) -> str | None:
    """Give the URL that identifies a record: of its PID, else of its landing page."""
    pid = record.pid
    if pid is not None:
        if pid.scheme == "DOI" and not is_doi(bare_doi(pid.value)):
            return record.landing_page
        if url := url_of(pid):
            return url
    return record.landing_page


def page_path(record_id: str) -> str:
    """Give the path of our page of a record below the base URL."""
    return f"/records/{quote(record_id, safe='/:()!,;~')}"


def lossless_address(record: Record) -> str | None:
    """Give where the lossless form of a record is: beside our page of it.

    None when the landing page is somebody else's, who does not have that form.
    """
    page = record.landing_page
    if page is None or not page.endswith(page_path(record.id)):
        return None
    return page + LOSSLESS_SUFFIX


def extents(record: Record) -> tuple[str, ...]:
    """Give the size of the data in words: ``12.5 GB``, ``42 files``."""
    size, count = record.size, record.file_count
    files = record.files
    if files:
        if count is None:
            count = len(files)
        if size is None:
            sizes = [file.size for file in files if file.size is not None]
            size = sum(sizes) if len(sizes) == len(files) else None
    found = []
    if size is not None and size >= 0:
        found.append(size_text(size))
    if count is not None and count > 0:
        found.append("1 file" if count == 1 else f"{count} files")
    return tuple(found)


def size_text(size: int) -> str:
    """Give a number of bytes in decimal units and three digits, e.g. ``12.5 GB``."""
    number, power = float(size), 0
    while number >= 999.5 and power < len(_UNITS) - 1:
        number /= 1000
        power += 1
    digits = f"{number:.3g}" if number < 999.5 else f"{number:.0f}"
    return f"{digits} {_UNITS[power]}"


def parameter_text(parameter: Parameter) -> str:
    """Give one parameter in words: ``photon energy 12.4 keV``."""
    value = _number(parameter.value)
    if parameter.maximum is not None:
        value = f"{value} to {_number(parameter.maximum)}"
    name, unit = parameter.name.replace("_", " "), parameter.unit
    if not unit:
        return f"{name} {value}"
    return f"{name} {value} {_SYMBOLS.get(unit, unit)}".rstrip()


def unit_of_symbol(symbol: str) -> str:
    """Give the UCUM code of a unit as :func:`parameter_text` writes it."""
    return _UNITS_OF_SYMBOLS.get(symbol, symbol)


def _number(value: float | str) -> str:
    return value if isinstance(value, str) else f"{value:.7g}"


def sample_text(sample: Sample) -> str:
    """Give one sample in words: ``YBCO (YBa2Cu3O7), single crystal``."""
    name, formula = sample.name, sample.formula
    head = f"{name} ({formula})" if name and formula else name or formula
    parts = (head, sample.type, sample.state, sample.description)
    return ", ".join(part for part in parts if part)


def summary_text(record: Record) -> str:
    """Say in a sentence what a record is of: kind, technique, sample, place and time.

    For those who must have a description where nobody wrote one.
    """
    words = [kinds()[record.kind].text]
    if record.techniques:
        words.append("by " + ", ".join(one.label for one in record.techniques))
    samples = [text for text in map(sample_text, record.samples) if text]
    if samples:
        words.append("of " + "; ".join(samples[:3]))
    if record.instruments:
        words.append("from " + ", ".join(one.name for one in record.instruments))
    if record.facility:
        words.append("at " + record.facility.name)
    if span := interval_text(record.collected):
        words.append("collected " + span.replace("/", " to "))
    text = " ".join(" ".join(words).split())
    if record.publisher and record.publisher.name not in text:
        text += f", published by {' '.join(record.publisher.name.split())}"
    if len(text) < _ENOUGH and record.titles:
        text += f": {' '.join(record.titles[0].value.split())}"
    if len(text) < _ENOUGH:
        text += f". More is told at {address(record) or record.id}"
    return f"{text}."


def citation_text(record: Record) -> str:
    """Give a citation: creators (year): title. Publisher. kind. address."""
    creators = "; ".join(" ".join(agent.name.split()) for agent in record.creators)
    year = publication_year(record)
    head = " ".join(filter(None, [creators, f"({year})" if year else ""]))
    title = " ".join(record.titles[0].value.split()) if record.titles else record.id
    publisher = record.publisher.name if record.publisher else ""
    parts = [f"{head}: {title}" if head else title, publisher]
    parts += [kinds()[record.kind].text, address(record) or ""]
    return ". ".join(part.rstrip(".") for part in parts if part)


def misleading(access: Access) -> bool:
    """Whether harvesters would read an open record as closed because of its note."""
    if access.note is None or access.status is not AccessStatus.OPEN:
        return False
    return any(word in access.note.lower() for word in _CLOSED_WORDS)


def known_licence(licence: Licence) -> Licence:
    """Give a licence as our table has it, found by SPDX identifier or else by URL."""
    by_url = licence_of_url(licence.url) if licence.url else None
    return licences().get(licence.spdx or "") or by_url or licence


def licence_address(licence: Licence) -> str | None:
    """Give the address of a licence: its own, the usual one, that at SPDX."""
    url = licence.url or known_licence(licence).url
    if url is None and licence.spdx:
        return f"https://spdx.org/licenses/{licence.spdx}"
    return url


def degrees(location: Location) -> tuple[float, float] | None:
    """Give latitude and longitude; None when one is missing or not on Earth."""
    north, east = location.latitude, location.longitude
    if north is None or east is None:
        return None
    return (north, east) if abs(north) <= 90 and abs(east) <= 180 else None


def language_tag(text: str | None) -> str | None:
    """Give a language tag with a two-letter code where one exists; None when bad.

    Harvesters cut longer codes at two letters, which turns ``deu`` into another tongue.
    The name of a language (``English``, ``Deutsch``) becomes its code.
    """
    return None if text is None or len(text) > 64 else _language_tag(text)


@lru_cache(maxsize=256)
def _language_tag(text: str) -> str | None:
    if (code := language_names().get(" ".join(text.casefold().split()))) is not None:
        return code
    tag = text.strip().replace("_", "-")
    if not is_language(tag):
        return None
    head, *rest = tag.split("-")
    code = short_languages().get(head.lower(), head.lower())
    if not rest and code in long_languages():
        return code
    from langcodes import standardize_tag, tag_is_valid

    tag = "-".join((code, *rest))  # a word has the form of a tag, and may be none
    return standardize_tag(tag) if tag_is_valid(tag) else None

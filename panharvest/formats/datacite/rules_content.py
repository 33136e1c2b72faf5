"""Rules for texts and their languages, terms, rights and places."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from panharvest.checks.wording import has_html
from panharvest.codelists import licence_of_url
from panharvest.formats.datacite.findings import found, is_tag, no_tag
from panharvest.formats.datacite.values import is_null_code, number_of
from panharvest.licensing import spdx_of
from panharvest.xmltext import is_uri

if TYPE_CHECKING:
    from collections.abc import Iterator

    from panharvest.formats.datacite.values import Values
    from panharvest.record import Problem


def _texts(values: Values) -> Iterator[Problem]:
    for name, key in (
        ("titles", "title"),
        ("descriptions", "description"),
        ("subjects", "subject"),
        ("creators", "name"),
        ("rightslist", "rights"),
    ):
        for i, one in enumerate(values.get(name, ())):
            tag = one.get("lang")
            if tag is not None and not is_tag(tag):
                yield no_tag(f"{name}[{i}]@xml:lang", tag)
            text = one.get(key, "")
            if "markup" in one:
                yield found("DC-TEXT-001", f"{name}[{i}]", f"<{one['markup']}>")
            elif has_html(text):
                yield found("DC-TEXT-001", f"{name}[{i}]", text)
            if name not in ("titles", "creators") and is_null_code(text):
                yield found("DC-NULL-001", f"{name}[{i}]", text)
    language = values.get("language")
    if language is not None and not is_tag(language):
        yield no_tag("language", language)
    for name in ("version", "language"):
        if (said := values.get(name)) and is_null_code(said):
            yield found("DC-NULL-001", name, said)
    for element in values.get("unread", ()):
        yield found("DC-READ-001", str(element), element)


def _subjects(values: Values) -> Iterator[Problem]:
    for i, one in enumerate(values.get("subjects", ())):
        if len(one) == 1:  # its text
            continue
        for name in ("valueuri", "schemeuri"):
            uri = one.get(name)
            if uri is not None and not is_uri(uri):
                yield found("DC-URI-001", f"subjects[{i}]@{name}", uri)
        if " " in (code := one.get("classificationcode", "")):
            yield found("DC-URI-001", f"subjects[{i}]@classificationcode", code)


def _rights(values: Values) -> Iterator[Problem]:
    for i, one in enumerate(values.get("rightslist", ())):
        uri, code = one.get("rightsuri"), one.get("rightsidentifier")
        if uri is not None and not is_uri(uri):
            yield found("DC-URI-001", f"rightslist[{i}]@rightsuri", uri)
        if code and one.get("rightsidentifierscheme", "").upper() == "SPDX":
            spdx = spdx_of(code)
            if spdx is None:
                yield found("DC-RIGHTS-001", f"rightslist[{i}]@rightsidentifier", code)
            known = licence_of_url(uri) if uri else None
            if spdx and known and known.spdx != spdx:
                yield found("DC-RIGHTS-002", f"rightslist[{i}]", f"{code}, {uri}")


def _places(values: Values) -> Iterator[Problem]:
    for i, one in enumerate(values.get("geolocations", ())):
        for latitude, longitude in _spots(one):
            if not (abs(latitude) <= 90 and abs(longitude) <= 180):
                at = f"{latitude:g}, {longitude:g}"
                yield found("DC-PLACE-001", f"geolocations[{i}]", at)


def _spots(value: Any) -> Iterator[tuple[float, float]]:  # noqa: ANN401 (JSON)
    if isinstance(value, dict):
        if "pointlatitude" in value:
            north = number_of(value["pointlatitude"])
            east = number_of(value.get("pointlongitude"))
            yield (999.0 if north is None else north), (999.0 if east is None else east)
        for inner in value.values():
            if not isinstance(inner, str):
                yield from _spots(inner)
    elif isinstance(value, list):
        for inner in value:
            yield from _spots(inner)


RULES = (_texts, _subjects, _rights, _places)

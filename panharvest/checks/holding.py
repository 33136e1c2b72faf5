"""Checks of what a record has and leads to: files, relations, services, funding."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from panharvest.checks.checklist import problem
from panharvest.codelists import datacite
from panharvest.syntax import bare_doi, bare_handle, is_doi, is_handle, is_ror, url_of
from panharvest.xmltext import fold, is_uri

if TYPE_CHECKING:
    from collections.abc import Iterator

    from panharvest.record import Identifier, Problem, Record

_DIGEST_LENGTHS = {"md5": 32, "sha1": 40, "sha256": 64, "sha384": 96, "sha512": 128}


def files(record: Record) -> Iterator[Problem]:
    """Check sizes, paths, addresses and digests of files."""
    for place, number in (("size", record.size), ("file_count", record.file_count)):
        if number is not None and number < 0:
            yield problem("PH-SIZE-001", place, number)
    for i, file in enumerate(record.files):
        place = f"files[{i}]"
        if file.size is not None and file.size < 0:
            yield problem("PH-SIZE-001", f"{place}.size", file.size)
        if file.path is not None and _shows_disk(file.path):
            yield problem("PH-FILE-001", f"{place}.path", file.path)
        if file.url is not None and not is_uri(file.url):
            yield problem("PH-URL-001", f"{place}.url", file.url)
        digest = file.checksum
        if digest is not None and not (
            re.fullmatch("(?:[0-9a-f]{2})+", digest.value)
            and len(digest.value)
            == _DIGEST_LENGTHS.get(digest.algorithm, len(digest.value))
        ):
            yield problem("PH-CHECKSUM-001", f"{place}.checksum", digest.value)


def _shows_disk(path: str) -> bool:
    parts = path.replace("\\", "/").split("/")
    return parts[0] in ("", "~") or ":" in parts[0] or ".." in parts


def relations(record: Record) -> Iterator[Problem]:
    """Check what a record leads to: works, instruments, samples, services."""
    for i, relation in enumerate(record.relations):
        place = f"relations[{i}]"
        if relation.type not in datacite("relationType"):
            yield problem("PH-RELATION-001", f"{place}.type", relation.type)
        elif relation.type == "Other" and not relation.information:
            yield problem("PH-RELATION-003", f"{place}.information")
        yield from _related(relation.identifier, f"{place}.identifier")
    for name in ("instruments", "samples"):
        for i, thing in enumerate(getattr(record, name)):
            for k, identifier in enumerate(thing.identifiers):
                yield from _related(identifier, f"{name}[{i}].identifiers[{k}]")
    for i, service in enumerate(record.services):
        if not is_uri(service.url):
            yield problem("PH-URL-001", f"services[{i}].url", service.url)


def _related(identifier: Identifier, place: str) -> Iterator[Problem]:
    value, scheme = identifier.value, identifier.scheme
    said = f"{scheme} {value}"
    if (
        (scheme == "DOI" and not is_doi(bare_doi(value)))
        or (scheme == "Handle" and not is_handle(bare_handle(value)))
        or not fold(value)
    ):
        yield problem("PH-RELATION-004", place, said)
    elif scheme not in datacite("relatedIdentifierType") and not url_of(identifier):
        yield problem("PH-RELATION-002", place, said)


def funding(record: Record) -> Iterator[Problem]:
    """Check who paid."""
    for i, grant in enumerate(record.funding):
        place, identifier = f"funding[{i}]", grant.funder_identifier
        if not fold(grant.funder):
            yield problem("PH-FUNDING-001", f"{place}.funder")
        if identifier:
            if identifier.scheme not in datacite("funderIdentifierType"):
                yield problem(
                    "PH-FUNDING-002", f"{place}.funder_identifier", identifier.scheme
                )
            elif identifier.scheme == "ROR" and not is_ror(identifier.value):
                yield problem(
                    "PH-ROR-001", f"{place}.funder_identifier", identifier.value
                )

"""Foreign harvesters, each as one function: all identifiers of a repository, in order.

They are set up as generously as they allow and with the shortest waits; what they raise
is raised.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator

import oaipmh.client
import oaipmh_scythe
import sickle
from oaipmh.metadata import MetadataRegistry, oai_dc_reader
from oaipmh_scythe.config import HTTPConfig, RetryConfig

import panharvest.sickle

PATIENCE = 20.0  # seconds without a byte before a client gives up, where it can


def with_sickle(
    url: str, patience: float = PATIENCE, kind: type[sickle.Sickle] = sickle.Sickle
) -> Iterator[str | None]:
    client = kind(url, max_retries=3, default_retry_after=0, timeout=patience)
    for record in client.ListRecords(metadataPrefix="oai_dc"):
        yield record.header.identifier


def with_oaipmh(url: str, _patience: float = PATIENCE) -> Iterator[str | None]:
    registry = MetadataRegistry()
    registry.registerReader("oai_dc", oai_dc_reader)
    client = oaipmh.client.Client(
        url,
        registry,
        force_http_get=True,
        custom_retry_policy={"wait-default": 0, "retry": 3},
    )
    for header, _, _ in client.listRecords(metadataPrefix="oai_dc"):
        yield header.identifier()


def with_scythe(url: str, patience: float = PATIENCE) -> Iterator[str | None]:
    retry = RetryConfig(max_retries=3, default_retry_after=0.01)
    http = HTTPConfig(timeout=patience)
    with oaipmh_scythe.Scythe(url, retry_config=retry, http_config=http) as client:
        for record in client.list_records(metadata_prefix="oai_dc"):
            yield record.header.identifier


class _Hasty(panharvest.sickle.Sickle):
    page_waits = (0, 0)


def with_our_sickle(url: str, patience: float = PATIENCE) -> Iterator[str | None]:
    return with_sickle(url, patience, _Hasty)


Client = Callable[..., Iterator[str | None]]  # of an address and seconds of patience
CLIENTS: dict[str, Client] = {
    "sickle": with_sickle,
    "oaipmh": with_oaipmh,
    "scythe": with_scythe,
}

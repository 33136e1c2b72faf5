"""Records of an answer to a harvest, as the store gives them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from panharvest.harvested import Feed, Harvested, Standing

if TYPE_CHECKING:
    from panharvest.sources.oaipmh.pages import Answer

FEED = Feed(1, "https://other.example.org/oai", "oai_datacite")


def as_stored(answer: Answer, feed: Feed = FEED) -> list[Harvested]:
    """Give the records of an answer that are not deleted, as the store gives them."""
    return [
        Harvested(
            feed=feed,
            identifier=entry.identifier,
            datestamp=entry.datestamp,
            standing=Standing.LIVE,
            sets=entry.sets,
            digest=entry.digest,
            flags=entry.flags,
            page=1,
            fetched=1_700_000_000.5,
            context=answer.context,
            record=bytes(answer.document[entry.start : entry.start + entry.length]),
        )
        for entry in answer.entries
        if entry.length and not entry.deleted
    ]

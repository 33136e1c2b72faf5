"""What an operator withdrew, and the keys that this is noted under."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from panharvest.record import Moment, Withdrawal

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from panharvest.protocols import Raw, Writer


WITHDRAWN = "withdrawn:"  # meta key of an operator's withdrawal; see withdrawal_keys


def withdrawal_keys(dataset: str, item_id: str, raws: Sequence[Raw]) -> set[str]:
    """Give the keys that a withdrawal stands under: dataset, identifier and files.

    So what was withdrawn stays withdrawn when its file is moved within the same
    identifier, joins a dataset, or is read again entry by entry.
    """
    files = {f"{WITHDRAWN}file:{raw.native_id.partition('#/')[0]}" for raw in raws}
    return {f"{WITHDRAWN}{dataset}", f"{WITHDRAWN}id:{item_id}", *files}


def withdrawal_of(writer: Writer, keys: Iterable[str]) -> Withdrawal | None:
    """Give the withdrawal that stands under one of the keys, or None.

    Of several, of files that one record has now, it is the earliest.
    """
    rows = [json.loads(said) for said in map(writer.meta, keys) if said]
    if not rows:
        return None
    first = min(rows, key=lambda row: (row["date"], row["reason"]))
    return Withdrawal(Moment(first["date"]), first["reason"])

"""What came in and what was refused: kept as it came, never served."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from panharvest.stores import codec

if TYPE_CHECKING:
    from collections.abc import Mapping

    from panharvest.protocols import Raw
    from panharvest.stores.database import Database


def json_text(value: Mapping[str, Any]) -> str:
    """Write what the operator's side keeps, the same for equal values."""
    return json.dumps(dict(value), sort_keys=True, separators=(",", ":"))


def put_raw(db: Database, raw: Raw) -> bool:
    """Keep a raw record; whether anything but ``modified`` differs from before."""
    db.execute(
        "DELETE FROM refusal WHERE source = ? AND native_id = ?",
        (raw.source, raw.native_id),
    )
    old = db.execute(
        "SELECT dataset, media_type, sha256, hints, codec, payload, modified "
        "FROM raw WHERE source = ? AND native_id = ?",
        (raw.source, raw.native_id),
    ).fetchone()
    hints = json_text(raw.hints)
    if old is not None:
        same = (raw.dataset, raw.media_type, raw.sha256, hints) == old[:4]
        if same and codec.unpack(old[4], old[5]) == raw.payload:
            if raw.modified != old[6]:
                db.execute(
                    "UPDATE raw SET modified = ? WHERE source = ? AND native_id = ?",
                    (raw.modified, raw.source, raw.native_id),
                )
            return False
    code, payload = codec.pack(raw.payload)
    db.execute(
        "INSERT INTO raw (source, native_id, dataset, media_type, sha256, "
        "modified, hints, codec, payload) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?) "
        "ON CONFLICT (source, native_id) DO UPDATE SET dataset = excluded.dataset, "
        "media_type = excluded.media_type, sha256 = excluded.sha256, "
        "modified = excluded.modified, hints = excluded.hints, "
        "codec = excluded.codec, payload = excluded.payload",
        (
            *(raw.source, raw.native_id, raw.dataset, raw.media_type, raw.sha256),
            *(raw.modified, hints, code, payload),
        ),
    )
    if old is None or old[0] != raw.dataset:
        db.execute(
            "UPDATE item SET released = 0 WHERE dataset = ? AND released = 1",
            (raw.dataset,),
        )
    if old is not None and old[0] != raw.dataset:
        _release(db, old[0])
    return True


def drop_raw(db: Database, source: str, native_id: str) -> str | None:
    """Forget a raw record and its refusal; gives the dataset it was part of."""
    place = (source, native_id)
    db.execute("DELETE FROM refusal WHERE source = ? AND native_id = ?", place)
    found = db.execute(
        "SELECT dataset FROM raw WHERE source = ? AND native_id = ?", place
    ).fetchone()
    if found is None:
        return None
    db.execute("DELETE FROM raw WHERE source = ? AND native_id = ?", place)
    _release(db, found[0])
    return str(found[0])


def kin(db: Database, source: str, native_id: str) -> dict[str, str]:
    """Give the native ids of a raw record and of its parts, with their datasets.

    A part is called ``<native id>#<name>``: one entry of a file.
    """
    rows = db.execute(
        "SELECT native_id, dataset FROM raw WHERE source = ? "
        "AND (native_id = ? OR (native_id > ? AND native_id < ?)) ORDER BY native_id",
        (source, native_id, f"{native_id}#", f"{native_id}$"),  # $ comes after #
    ).fetchall()
    return dict(rows)


def _release(db: Database, dataset: str) -> None:
    """Let others have the ids of a dataset that has lost its last raw."""
    db.execute(
        "UPDATE item SET released = 1 WHERE dataset = ? "
        "AND NOT EXISTS (SELECT 1 FROM raw WHERE raw.dataset = item.dataset)",
        (dataset,),
    )


def put_refusal(db: Database, source: str, native_id: str, code: str, why: str) -> None:
    """Keep why an input could not be used; replaces an earlier refusal of it."""
    db.execute(
        "INSERT INTO refusal (source, native_id, code, why) VALUES (?, ?, ?, ?) "
        "ON CONFLICT (source, native_id) DO UPDATE "
        "SET code = excluded.code, why = excluded.why",
        (source, native_id, code, why),
    )


def put_meta(db: Database, key: str, value: str) -> None:
    """Keep a value under a name."""
    db.execute(
        "INSERT INTO meta (name, value) VALUES (?, ?) "
        "ON CONFLICT (name) DO UPDATE SET value = excluded.value",
        (key, value),
    )

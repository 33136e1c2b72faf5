"""What the raw records of a dataset say, mapped and merged."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from panharvest import tree
from panharvest.mapping import Mapped, entries, map_trees
from panharvest.mapping.merging import merge

if TYPE_CHECKING:
    from collections.abc import Sequence

    from panharvest.protocols import Raw
    from panharvest.publish.context import Context


def map_raws(raws: Sequence[Raw], context: Context) -> Mapped:
    """Map the raw records of one dataset.

    Raises
    ------
    ValueError
        When a raw record is of a media type that no mapping reads.
    """
    for raw in raws:
        if raw.media_type not in (tree.MEDIA_TYPE, entries.MEDIA_TYPE):
            raise ValueError(f"no mapping reads {raw.media_type}")
    found = [
        entries.map_entry(raw, context.tables, context.facilities)
        for raw in raws
        if raw.media_type == entries.MEDIA_TYPE
    ]
    files = [raw for raw in raws if raw.media_type == tree.MEDIA_TYPE]
    if files:
        trees = [tree.decode(raw.payload) for raw in files]
        hints = _hints(files, trees)
        found.append(map_trees(trees, context.tables, context.facilities, hints))
    return merge(found)


def _hints(raws: Sequence[Raw], trees: Sequence[tree.Tree]) -> dict[str, Any]:
    """Merge what the operator said of each file of the dataset."""
    manifest: dict[str, Any] = {}
    hints: dict[str, Any] = {"manifest": manifest}
    for raw in raws:
        for key, value in (raw.hints.get("manifest") or {}).items():
            held = manifest.setdefault(key, value)
            if isinstance(held, list) and held is not value:
                manifest[key] = held + [one for one in value if one not in held]
        if raw.hints.get("facility"):
            hints.setdefault("facility", raw.hints["facility"])
    first = raws[0]
    if first.dataset != first.native_id:
        hints["dataset"] = first.dataset.rpartition("/")[2]
    entry = first.native_id.rpartition("#")[2]
    if entry != first.native_id and any(g.path == entry for g in trees[0].groups):
        hints["entry"] = entry
    return hints


def missing_files(raws: Sequence[Raw]) -> set[str]:
    """Give the files of a dataset that were refused and have not been read since."""
    refused = {path for raw in raws for path in raw.hints.get("missing", ())}
    return refused - {raw.native_id.partition("#/")[0] for raw in raws}


def leftovers_of(raws: Sequence[Raw], mapped: Mapped) -> dict[str, int]:
    """Count the members that no rule reads, by class and name."""
    counts = dict(entries.leftovers(mapped))
    for raw in raws:
        if raw.media_type != tree.MEDIA_TYPE:
            continue
        for group in tree.decode(raw.payload).groups:
            for name in group.others:
                key = f"{group.nx_class}/{name}"
                counts[key] = counts.get(key, 0) + 1
    return counts

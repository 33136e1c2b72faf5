"""NeXus files written from nested mappings: what the demo files are made with."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

import h5py
import numpy as np

if TYPE_CHECKING:
    from pathlib import Path

# What a group or file holds: name -> value, (value, units), a link, or more groups,
# whose names are followed by a colon and their class. ``@name`` is an attribute.
Content = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Span:
    """When an experiment began and ended, in the words of its facility's clock."""

    start: datetime
    end: datetime

    def iso(self) -> dict[str, str]:
        """Give both fields with the offset of the zone."""
        return {
            "start_time": self.start.isoformat(timespec="seconds"),
            "end_time": self.end.isoformat(timespec="seconds"),
        }

    def written(self, pattern: str) -> dict[str, str]:
        """Give both fields in a form of ``strftime``."""
        return {
            "start_time": self.start.strftime(pattern),
            "end_time": self.end.strftime(pattern),
        }


def write_bliss_like(path: Path, scans: int = 50, datasets: int = 200) -> Path:
    """Write a file in the manner of ESRF's BLISS: one NXentry for each scan.

    Parameters
    ----------
    scans
        Number of entries, named ``1.1``, ``2.1`` ...
    datasets
        About how many datasets each has: a third of them motor positions, a third
        counters, the rest links to these.
    """
    start = datetime(2021, 3, 14, 9, tzinfo=ZoneInfo("Europe/Paris"))
    span = Span(start, start + timedelta(minutes=5 * scans))
    titles = ["ascan mono 12 13 100 0.1"] * scans
    return write_bliss_scans(path, titles, span, max(datasets // 3, 1))


def write_bliss_scans(path: Path, titles: list[str], span: Span, counters: int) -> Path:
    """Write a BLISS file with one scan for each title, sharing the time equally."""
    duration = (span.end - span.start) / len(titles)
    with h5py.File(path, "w") as file:
        _bliss_root(file, path.name, span.start)
        for number, title in enumerate(titles):
            start = span.start + number * duration
            part = Span(start, start + duration)
            _bliss_scan(file, f"{number + 1}.1", title, part, counters)
    return path


def span_before(now: datetime, days: int, hours: int, zone: str) -> Span:
    """Give a span of some hours that ended some days before an instant."""
    end = (now - timedelta(days=days)).astimezone(ZoneInfo(zone))
    end = end.replace(microsecond=0)
    return Span(end - timedelta(hours=hours), end)


def write_nexus(path: Path, content: Content, *, fixed: bool = False) -> Path:
    """Write a file; ``fixed`` makes every value a list of one, as NAPI wrote them."""
    with h5py.File(path, "w") as file:
        _fill(file, content, fixed=fixed)
    return path


def _fill(group: h5py.Group, content: Content, *, fixed: bool = False) -> None:
    for name, value in content.items():
        if name.startswith("@"):
            group.attrs[name[1:]] = np.bytes_(value) if fixed else value
        elif isinstance(value, Mapping):
            bare, _, nx_class = name.rpartition(":")
            child = group.create_group(bare)
            child.attrs["NX_class"] = np.bytes_(nx_class) if fixed else nx_class
            _fill(child, value, fixed=fixed)
        elif isinstance(value, h5py.SoftLink | h5py.ExternalLink):
            group[name] = value
        else:
            plain, units = value if isinstance(value, tuple) else (value, None)
            group[name] = _as_napi(plain) if fixed else plain
            if units is not None:
                group[name].attrs["units"] = np.bytes_(units) if fixed else units


def _as_napi(value: Any) -> Any:  # noqa: ANN401 - whatever h5py can write
    if isinstance(value, str):
        return np.array([value.encode()])
    if isinstance(value, float):
        return np.array([value], "float32")
    return np.atleast_1d(value)


def _bliss_root(file: h5py.File, name: str, start: datetime) -> None:
    place = f"/data/visitor/ma1234/bm23/{start:%Y%m%d}/RAW_DATA/FeNi/FeNi_0001"
    _fill(
        file,
        {
            "@NX_class": "NXroot",
            "@creator": "Bliss",
            "@default": "1.1",
            "@file_name": f"{place}/{name}",
            "@file_time": start.isoformat(),
        },
    )


def _bliss_scan(
    file: h5py.File, name: str, title: str, span: Span, counters: int
) -> None:
    kinds = ["NXdetector" if i < 20 else "NXpositioner" for i in range(counters)]
    _fill(
        file,
        {
            f"{name}:NXentry": {
                "title": title,
                **span.iso(),
                "end_reason": "SUCCESS",
                "instrument:NXinstrument": {
                    "name": "esrf-bm23",
                    "positioners:NXcollection": {
                        f"motor{i}": (float(i), "mm") for i in range(counters)
                    },
                    **{
                        f"counter{i}:{kinds[i]}": {
                            "data": np.zeros(101),
                            "type": "counter",
                        }
                        for i in range(counters)
                    },
                },
                "sample:NXsample": {"name": "FeNi"},
                "measurement:NXcollection": {
                    f"counter{i}": h5py.SoftLink(f"/{name}/instrument/counter{i}/data")
                    for i in range(counters)
                },
            }
        },
    )

"""What the operator counts, in Prometheus' text form.

Everything here was public when it was counted: no figure knows of a hidden record.
"""

from __future__ import annotations

from bisect import bisect_left
from collections import Counter
from itertools import accumulate
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

CONTENT_TYPE = "text/plain; version=0.0.4; charset=utf-8"
_BOUNDS = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 10.0)


class Metrics:
    """Counters of this process since it started; used by one thread."""

    def __init__(self) -> None:
        self._answers: Counter[tuple[str, str]] = Counter()
        self._pages: Counter[tuple[str, int]] = Counter()
        self._within = [0] * (len(_BOUNDS) + 1)  # by the first bound that holds
        self._seconds = 0.0
        self._records = 0

    def answered(
        self, verb: str, outcome: str, seconds: float, records: int = 0
    ) -> None:
        """Count an answer of OAI-PMH; labels are verbs, error codes and few words."""
        self._answers[verb, outcome] += 1
        self._seconds += seconds
        self._records += records
        self._within[bisect_left(_BOUNDS, seconds)] += 1

    def shown(self, page: str, status: int) -> None:
        """Count an answer of another page."""
        self._pages[page, status] += 1

    def render(self, up: bool, visible: int | None, age: float | None) -> str:
        """Write all figures.

        Parameters
        ----------
        up
            Whether the store answers.
        visible
            Records in the list of the first format, withdrawn ones included.
        age
            Seconds since the newest datestamp; None when there is none.
        """
        return "\n".join((*self._counters(), *_gauges(up, visible, age), ""))

    def _counters(self) -> Iterator[str]:
        name = "panharvest_oai_requests_total"
        yield from _head(name, "counter", "OAI-PMH requests by verb and outcome.")
        for (verb, outcome), count in sorted(self._answers.items()):
            yield f'{name}{{verb="{verb}",outcome="{outcome}"}} {count}'
        name = "panharvest_oai_request_duration_seconds"
        yield from _head(name, "histogram", "Time to answer an OAI-PMH request.")
        total = sum(self._answers.values())
        for bound, within in zip(_BOUNDS, accumulate(self._within), strict=False):
            yield f'{name}_bucket{{le="{bound}"}} {within}'
        yield f'{name}_bucket{{le="+Inf"}} {total}'
        yield f"{name}_sum {self._seconds:.6f}"
        yield f"{name}_count {total}"
        name = "panharvest_records_served_total"
        yield from _head(name, "counter", "Records and headers in OAI-PMH answers.")
        yield f"{name} {self._records}"
        name = "panharvest_page_requests_total"
        yield from _head(name, "counter", "Requests for other pages.")
        for (page, status), count in sorted(self._pages.items()):
            yield f'{name}{{page="{page}",status="{status}"}} {count}'


def _gauges(up: bool, visible: int | None, age: float | None) -> Iterator[str]:
    name = "panharvest_store_up"
    yield from _head(name, "gauge", "Whether the store answers.")
    yield f"{name} {int(up)}"
    if visible is not None:
        name = "panharvest_visible_records"
        yield from _head(name, "gauge", "Records listed, withdrawn ones included.")
        yield f"{name} {visible}"
    if age is not None:
        name = "panharvest_newest_datestamp_age_seconds"
        yield from _head(name, "gauge", "Time since the newest datestamp.")
        yield f"{name} {age:.0f}"


def _head(name: str, kind: str, text: str) -> tuple[str, str]:
    return f"# HELP {name} {text}", f"# TYPE {name} {kind}"

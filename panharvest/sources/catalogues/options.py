"""How a source is opened: what it is told besides its place."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from panharvest.catalogued import Access
from panharvest.transport import Manners, Timing

if TYPE_CHECKING:
    import threading
    from collections.abc import Callable, Mapping

    from panharvest.transport import Wait


@dataclass(frozen=True, slots=True, kw_only=True)
class SourceOptions:
    """What a source is opened with.

    Parameters
    ----------
    access
        How to come in.
    manners, timing, stop
        For :class:`panharvest.transport.Transport`.
    told
        Is called before every wait.
    name
        What files are called in the store.
    extra
        Options of the source's own, as texts.
    """

    access: Access = field(default_factory=Access)
    manners: Manners = field(default_factory=Manners)
    timing: Timing | None = None
    stop: threading.Event | None = None
    told: Callable[[Wait], None] | None = None
    name: str = "files"
    extra: Mapping[str, str] = field(default_factory=dict)

"""The sources that are known by name: ours, and those of installed packages.

A package adds one by an entry point of the group ``panharvest.sources``: a callable
that is given the places (addresses or files) and :class:`SourceOptions`, and gives a
:class:`panharvest.catalogued.CatalogueSource`.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from importlib.metadata import entry_points
from pathlib import Path
from typing import TYPE_CHECKING

from panharvest.catalogued import CatalogueSource
from panharvest.errors import ConfigError
from panharvest.sources.catalogues.from_files import FileSource
from panharvest.sources.catalogues.icat_client import Icat
from panharvest.sources.catalogues.icatplus_client import IcatPlus
from panharvest.sources.catalogues.options import SourceOptions
from panharvest.sources.catalogues.panosc_client import Panosc
from panharvest.sources.catalogues.scicat_client import SciCat

if TYPE_CHECKING:
    from importlib.metadata import EntryPoint

GROUP = "panharvest.sources"
Opener = Callable[[Sequence[str], SourceOptions], CatalogueSource]
CLIENTS: dict[str, Callable[[str, SourceOptions], CatalogueSource]] = {
    "scicat": SciCat,
    "icat": Icat,
    "icatplus": IcatPlus,
    "panosc": Panosc,
}


def kinds() -> list[str]:
    """Give the names of all sources."""
    return sorted({*CLIENTS, *(point.name for point in _points())})


def open_source(
    kind: str, places: Sequence[str], options: SourceOptions | None = None
) -> CatalogueSource:
    """Open a source.

    Parameters
    ----------
    kind
        ``scicat``, ``icat``, ``icatplus``, ``panosc``, or what a package has added.
    places
        One address, or files that are read together.
    options
        Who asks, how fast, and options of the kind; without them, those of a guest.

    Returns
    -------
    CatalogueSource
        Nothing is asked of it before the first page is; close it when you are done.

    Raises
    ------
    ConfigError
        When there is no such kind, or the places do not fit.
    """
    options = options or SourceOptions()
    if not places:
        raise ConfigError(f"{kind}: name an address, or files")
    if kind not in CLIENTS:
        return _theirs(kind)(places, options)
    web = [place for place in places if "://" in place]
    if not web:
        return FileSource(kind, [Path(place) for place in places], options.name)
    if len(places) > 1:
        raise ConfigError(f"{kind}: one address at a time, and no files with it")
    return CLIENTS[kind](web[0], options)


def _points() -> list[EntryPoint]:
    return [point for point in entry_points(group=GROUP) if point.name not in CLIENTS]


def _theirs(kind: str) -> Opener:
    found = [point for point in _points() if point.name == kind]
    if not found:
        raise ConfigError(f"no source '{kind}'; there are {', '.join(kinds())}")
    try:
        opener = found[0].load()
    except Exception as error:
        raise ConfigError(
            f"the source '{kind}' of {found[0].value} cannot be loaded: {error}"
        ) from error
    if not callable(opener):
        raise ConfigError(f"the source '{kind}' of {found[0].value} is not callable")
    made: Opener = opener
    return made

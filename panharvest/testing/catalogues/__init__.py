"""Catalogues in this process that answer as the real ones do, with their traps.

For tests of whoever reads a catalogue: SciCat (interfaces 3 and 4), ICAT over REST,
ICAT+ and the PaNOSC search API in three of its implementations, each with what was
measured of its permissions, defaults, filters and mistakes. They listen on loopback.
"""

from __future__ import annotations

from panharvest.testing.catalogues.base import Answer, Asked, CatalogueServer
from panharvest.testing.catalogues.icat import IcatServer
from panharvest.testing.catalogues.icatplus import IcatPlusServer
from panharvest.testing.catalogues.panosc import PanoscServer
from panharvest.testing.catalogues.scicat import SciCatServer

__all__ = [
    "Answer",
    "Asked",
    "CatalogueServer",
    "IcatPlusServer",
    "IcatServer",
    "PanoscServer",
    "SciCatServer",
]

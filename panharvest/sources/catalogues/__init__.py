"""Catalogues of facilities: SciCat, ICAT, ICAT+ and the PaNOSC search API."""

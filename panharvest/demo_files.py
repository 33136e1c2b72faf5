"""Small NeXus files in the manner of several facilities, for demos and tests.

Every person, sample and experiment is invented (Josiah Carberry and his ORCID are the
fictitious researcher of ORCID's own examples; DOIs have the test prefix 10.5072).
Experiments ended long before the given instant, so that their embargoes are over, with
two exceptions: see :func:`write_demo_manifest`.
"""

from __future__ import annotations

import csv
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import h5py
import numpy as np

from panharvest.demo_writing import (
    Content,
    span_before,
    write_bliss_scans,
    write_nexus,
)

if TYPE_CHECKING:
    from pathlib import Path

RELEASE_AFTER = timedelta(seconds=120)
CARBERRY = "Carberry, Josiah <0000-0002-1825-0097>"
COLUMNS = (
    "file",
    "dataset",
    "doi",
    "release_date",
    "title",
    "creators",
    "licence",
    "facility",
    "technique",
)


def write_demo_files(folder: Path, now: datetime) -> list[Path]:
    """Write ten NeXus files of nine facilities.

    Parameters
    ----------
    now
        Experiments are dated relative to it; must have a time zone.

    Returns
    -------
    The files, in the order they were written.
    """
    folder.mkdir(parents=True, exist_ok=True)
    made = [_esrf(folder, number, now) for number in (1, 2)]
    made += [
        write_nexus(folder / "074211.nxs", _ill(now), fixed=True),
        write_nexus(folder / "odin_000123.hdf", _ess(now)),
        write_nexus(folder / "thaumatin_3_master.nxs", _diamond(now)),
        write_nexus(folder / "flash_run_0042.nxs", _desy(now)),
        write_nexus(folder / "bessy_xps_0017.nxs", _hzb(now)),
        write_nexus(folder / "SANS2D00061234_reduced.h5", _isis(now)),
        write_nexus(folder / "cosaxs_00871.h5", _maxiv(now)),
        write_nexus(folder / "dmc_004711.hdf", _psi(now), fixed=True),
    ]
    return made


def write_demo_manifest(folder: Path, now: datetime) -> Path:
    """Write ``manifest.csv`` for the files of :func:`write_demo_files`.

    The MAX IV file is released two minutes after ``now``; the ESS file has no line, and
    its experiment ended a month ago: it stays under the embargo of its facility.
    """
    release = (now + RELEASE_AFTER).astimezone(UTC)
    path = folder / "manifest.csv"
    rows = [
        {
            "file": "FeNi_00*.h5",
            "dataset": "FeNi",
            "doi": "10.5072/panharvest-demo-1",
            "title": "Iron-nickel foils under pressure, Fe K edge",
            "creators": f"{CARBERRY}; Psychoceramicist, Ada",
            "facility": "esrf",
            "technique": "PaNET01198",
        },
        {
            "file": "074211.nxs",
            "doi": "10.5072/panharvest-demo-2",
            "title": "Vesicles in heavy water, a concentration series",
            "creators": "Earthenware, Tom; Porcelain, Mei",
            "facility": "ill",
            "technique": "PaNET01189",
        },
        {
            "file": "thaumatin_3_master.nxs",
            "doi": "10.5072/panharvest-demo-3",
            "title": "Thaumatin test crystals",
            "creators": CARBERRY,
            "facility": "diamond",
        },
        {
            "file": "cosaxs_00871.h5",
            "doi": "10.5072/panharvest-demo-4",
            "release_date": release.strftime("%Y-%m-%dT%H:%M:%SZ"),
            "title": "Casein micelles during acidification",
            "creators": f"Stoneware, Ines; {CARBERRY}",
            "facility": "maxiv",
        },
    ]
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, COLUMNS, restval="")
        writer.writeheader()
        writer.writerows({**row, "licence": "CC-BY-4.0"} for row in rows)
    return path


def _esrf(folder: Path, number: int, now: datetime) -> Path:
    return write_bliss_scans(
        folder / f"FeNi_{number:04d}.h5",
        ["scans.exafs_step FeK 649 points"] * 3,
        span_before(now, 1500 - number, 6, "Europe/Paris"),
        counters=6,
    )


def _ill(now: datetime) -> Content:
    span = span_before(now, 1900, 1, "Europe/Paris")
    return {
        "@NeXus_version": "4.4.2",
        "@file_name": "/users/data/074211.nxs",
        "entry0:NXentry": {
            "title": "vesicles D2O 2 mg/ml",
            **span.written("%d-%b-%y %H:%M:%S"),
            "experiment_identifier": "9-13-9999",
            "run_number": 74211,
            "duration": (3600.0, "s"),
            "D22:NXinstrument": {
                "name": "D22",
                "selector:NXvelocity_selector": {"wavelength": (6.0, "Angstrom")},
                "Detector 1:NXdetector": {"det1_actual": (17.6, "m")},
            },
            "sample:NXsample": {"temperature": (298.15, "K")},
            "user:NXuser": {"name": "earthenware", "proposal": "9-13-9999"},
            "data1:NXdata": {"data1": np.zeros((16, 16), "int32")},
        },
    }


def _ess(now: datetime) -> Content:
    return {
        "entry:NXentry": {
            "title": "odin",
            "definition": "NXtomo",
            **span_before(now, 30, 3, "UTC").iso(),
            "experiment_identifier": "990001",
            "experiment_description": "Water uptake of a bonsai root",
            "entry_identifier_uuid": "00000000-0000-4000-8000-000000000123",
            "instrument:NXinstrument": {
                "name": "ODIN",
                "source:NXsource": {
                    "name": "ESS",
                    "type": "Spallation Neutron Source",
                    "probe": "neutron",
                },
                "detector:NXdetector": {"data": np.zeros((4, 8, 8), "uint16")},
            },
            "sample:NXsample": {"name": "Bonsai root"},
            "user_1:NXuser": {
                "name": "Mei Porcelain",
                "role": "principal_investigator",
                "affiliation": "Institute of Psychoceramics",
                "email": "mei.porcelain@example.org",  # is never read
            },
        },
    }


def _diamond(now: datetime) -> Content:
    zone = "Europe/London"
    return {
        "entry:NXentry": {
            "definition": "NXmx",
            **span_before(now, 1300, 1, zone).written("%Y-%m-%dT%H:%M:%S"),
            "instrument:NXinstrument": {
                "name": "DIAMOND BEAMLINE I03",
                "source:NXsource": {
                    "name": "Diamond Light Source",
                    "type": "Synchrotron X-ray Source",
                    "probe": "x-ray",
                },
                "beam:NXbeam": {"incident_wavelength": (0.976254, "angstrom")},
                "detector:NXdetector": {
                    "description": "Eiger 16M",
                    "type": "Pixel",
                    "distance": (0.289, "m"),
                },
            },
            "sample:NXsample": {"name": "thaumatin"},
            # The images stay where the detector wrote them.
            "data:NXdata": {
                "data_000001": h5py.ExternalLink(
                    "thaumatin_3_000001.h5", "/entry/data/data"
                )
            },
        },
    }


def _desy(now: datetime) -> Content:
    return {
        "@file_name": "flash_run_0042.nxs",
        "entry:NXentry": {
            "title": "Electron dynamics of a layered crystal",
            "definition": "NXarpes",
            **span_before(now, 2300, 2, "Europe/Berlin").iso(),
            "entry_identifier": "Run 42",
            "experiment_identifier": "F-20990001",
            "instrument:NXinstrument": {
                "name": "HEXTOF @ PG-2, Flash",
                "source:NXsource": {
                    "name": "FLASH",
                    "type": "Free Electron Laser",
                    "probe": "x-ray",
                },
                "source_pump:NXsource": {
                    "name": "User Laser @ FLASH",
                    "type": "OPCPA",
                    "probe": "NIR",
                },
                "beam_probe_0:NXbeam": {"photon_energy": (36.5, "eV")},
                "beam_pump_0:NXbeam": {"photon_energy": (1.55, "eV")},
            },
            "sample:NXsample": {
                "name": "MoTe2",
                "chemical_formula": "MoTe2",
                "temperature": (300.0, "K"),
            },
        },
    }


def _hzb(now: datetime) -> Content:
    return {
        "Cu_0017__VB:NXentry": {
            "title": "Copper valence band",
            "definition": "NXxps",
            **span_before(now, 1600, 1, "Europe/Berlin").iso(),
            "instrument:NXinstrument": {
                "name": "R3000-0AB000",
                "source_probe:NXsource": {
                    "name": "BESSY II",
                    "type": "Synchrotron X-ray Source",
                    "probe": "photon",
                },
                "beam_probe:NXbeam": {"incident_energy": (153.0, "eV")},
            },
            "sample:NXsample": {
                "name": "Copper foil",
                "chemical_formula": "Cu",
                "physical_form": "foil",
                "situation": "vacuum",
            },
        },
    }


def _isis(now: datetime) -> Content:
    span = span_before(now, 2000, 1, "Europe/London")
    return {
        "sasentry01:NXentry": {
            "@canSAS_class": "SASentry",
            "@version": "1.1",
            "definition": "NXcanSAS",
            "title": "Block copolymer 5 mg/ml",
            "run": "61234",
            **span.written("%Y-%m-%dT%H:%M:%S"),
            "sasdata:NXdata": {
                "@canSAS_class": "SASdata",
                "I": (np.ones(64), "1/cm"),
                "Q": (np.linspace(0.005, 0.5, 64), "1/angstrom"),
            },
            "sasinstrument:NXinstrument": {
                "@canSAS_class": "SASinstrument",
                "name": "SANS2D",
                "sassource:NXsource": {
                    "@canSAS_class": "SASsource",
                    "radiation": "Spallation Neutron Source",
                },
            },
            "sasprocess:NXprocess": {"name": "Mantid"},
        },
    }


def _maxiv(now: datetime) -> Content:
    return {
        "entry:NXentry": {
            "title": "casein pH 4.6",
            "definition": "NXsas",
            **span_before(now, 400, 1, "Europe/Stockholm").iso(),
            "experiment_identifier": "20990042",
            "instrument:NXinstrument": {
                "name": "CoSAXS",
                "source:NXsource": {
                    "name": "MAX IV",
                    "type": "Synchrotron X-ray Source",
                    "probe": "x-ray",
                },
                "monochromator:NXmonochromator": {
                    "energy": (12.4, "keV"),
                    "wavelength": (0.99987, "angstrom"),
                },
                "detector:NXdetector": {
                    "distance": (3.2, "m"),
                    "data": np.zeros((16, 16), "uint32"),
                },
            },
            "sample:NXsample": {"name": "Casein micelles"},
        },
    }


def _psi(now: datetime) -> Content:
    span = span_before(now, 2600, 4, "Europe/Zurich")
    return {
        "@NeXus_version": "4.2.1",
        "@file_name": "dmc_004711.hdf",
        "@instrument": "DMC",
        "@owner": "porcelain",
        "@owner_email": "mei.porcelain@example.org",  # is never read
        "entry1:NXentry": {
            "title": "HoMnO3 6mm 2.45A T=10",
            "definition": "NXmonopd",
            **span.written("%Y-%m-%d %H:%M:%S"),
            "DMC:NXinstrument": {
                "name": "DMC at SINQ",
                "SINQ:NXsource": {
                    "name": "SINQ",
                    "type": "Continuous flux spallation source",
                    "probe": "neutron",
                },
                "Monochromator:NXcrystal": {"wavelength": (2.4508, "Angstroem")},
            },
            "sample:NXsample": {"name": "HoMnO3", "temperature": (10.0, "K")},
            "data1:NXdata": {"counts": np.zeros(400, "int32")},
        },
    }

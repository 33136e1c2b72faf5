"""Every real file has its verdict: mapped, with facility and techniques, or refused.

The last column of ``index.csv`` is a curator's judgement of the technique, made with
knowledge that is not in the file. What the file says must never contradict it.
"""

from __future__ import annotations

import csv
from collections import Counter
from typing import TYPE_CHECKING

import pytest

from panharvest.errors import SkipError
from panharvest.facilities import load_facilities
from panharvest.formats import FORMATS
from panharvest.mapping import Mapped, load_tables
from panharvest.mapping.findings import EMAIL
from panharvest.publish import Context, map_raws
from panharvest.sources.nexus import read_raws
from panharvest.vocabulary import PANET, panet

if TYPE_CHECKING:
    from pathlib import Path

Verdict = str | tuple[str | None, tuple[str, ...]]

# file: code of the refusal, or facility (None: the file does not say) and techniques
VERDICTS: dict[str, Verdict] = {
    "esrf/esrf_bm23_dac6_10.1.h5": ("esrf", ()),
    "ill/d22_073162.nxs": ("ill", ()),
    "psi/focus2007n001335.hdf": ("psi", ()),
    "psi/sans2009n012333.hdf": ("psi", ()),
    "psi/dmc01.h5": ("psi", ()),
    "psi/hdf4/dmc02.hdf": "file.hdf4",
    "nasty/NXtest_hdf4.hdf": "file.hdf4",
    "nasty/NXtest.h5": (None, ()),
    "nasty/nxext.h5": "file.hdf4",
    "soleil/scan101.nxs": ("soleil", ()),
    "aps/USAXS_flyScan_GC_M4_NewD_15.h5": ("aps", ("PaNET01124",)),
    "aps/33id_spec_22_2D.hdf5": (None, ()),
    "aps/02_03_setup.h5": (None, ()),
    "dls/Therm_6_2_nxmx.nxs": ("diamond", ("PaNET01216",)),
    "sas/cs_af1410.h5": ("ncnr", ("PaNET01189",)),
    "nasty/gov_5.h5": (None, ()),
    "dls/example_mapping.nxs": ("diamond", ()),
    "dls/i16_1040323.nxs": ("diamond", ("PaNET01216",)),
    "dls/i06_353130_peem.nxs": ("diamond", ()),
    "dls/k11-18014.nxs": ("diamond", ()),
    "dls/k11-18014/k11-18014-pcompPanda.h5": "file.not-nexus",
    "dls/i13_24888_nxtomo.nxs": ("diamond", ("PaNET01207",)),
    "dls/i18_fluo.nxs": ("diamond", ("PaNET01177",)),
    "dls/stxm_single_sino.nxs": (None, ("PaNET01219",)),
    "dls/i13_24737_processed.nxs": (None, ()),
    "nasty/pl_savu_24_mangled_utf8.nxs": "file.text-mangled",
    "nasty/stxm_is_html.nxs": "file.xml",
    "dls/i07_404876_xrr.nxs": ("diamond", ()),
    "sas/isis_sans2d_33837rear_1D_v3.h5": ("isis", ("PaNET01189",)),
    "sas/nocansas_33837rear_1D_v1.h5": ("isis", ("PaNET01189",)),
    "sas/nxcansas_multisasentry.h5": ("isis", ("PaNET01189",)),
    "sas/x25000_no_di.h5": (None, ("PaNET01189",)),
    "nasty/TestExtensions_is_xml.nxs": "file.xml",
    "nist/pbr_fp7355.nxs.pbr": ("ncnr", ("PaNET01239",)),
    "nist/usans_5wt_R972.h5": (None, ("PaNET01189",)),
    "ess/small-coda_odin.hdf": ("ess", ("PaNET01129", "PaNET00101")),
    "desy/WSe2_arpes_flash_hextof.nxs": ("desy", ("PaNET01089",)),
    "desy/FLASH1_USER3_run43878.h5": "file.not-nexus",
    "ansto/mx3_simplon_master.h5": ("australian-synchrotron", ("PaNET01022",)),
    "ipns/chopper.nxs": ("ipns", ("PaNET01245", "PaNET01244")),
    "lab/SiO2onSi.ellips.nxs": (None, ("PaNET01255",)),
    "hzb/xps_bessy_Cu-HHTP.ibw.nxs": ("hzb", ("PaNET01204",)),
    "lab/raman_rod_ref.nxs": (None, ("PaNET01195",)),
    "other/openpmd_femm-thetaMode.h5": "file.not-nexus",
    "other/pyscicat_cylinderHex.nxs": (None, ("PaNET01124",)),
    "manual/external_master.hdf5": (None, ()),
    "manual/external_angles.hdf5": "file.not-nexus",
    "manual/external_counts.hdf5": (None, ()),
    "manual/mrinal_001.h5": (None, ()),
    "manual/writer_2_1.hdf5": (None, ()),
    "manual/verysimple.nx5": (None, ()),
    "nasty/h5cpp_string_attributes.h5": "file.not-nexus",
    "nasty/pniio_boolattr.h5": "file.not-nexus",
}
# Inferred techniques that are neither the curator's nor wider than it in PaNET.
ARGUED = {
    "dls/i18_fluo.nxs": "NXfluo says x-ray fluorescence; that the map is tomographic "
    "is not said, and PaNET does not place fluorescence tomography under it",
    "dls/i16_1040323.nxs": "NXmx says diffraction, and the scan is along hkl; PaNET "
    "does not place resonant elastic scattering under diffraction",
    "dls/Therm_6_2_nxmx.nxs": "NXmx is written by detectors for any diffraction, so "
    "only x-ray diffraction is claimed; PaNET keeps MX apart from it",
    "nist/usans_5wt_R972.h5": "NXcanSAS and neutrons make it SANS; that the angles "
    "are ultra small is not said, and PaNET keeps USANS apart",
    "sas/x25000_no_di.h5": "the curator did not know the radiation, the file says it",
    "ess/small-coda_odin.hdf": "neutron probe beside tomography, as PaNET has no "
    "neutron tomography",
    "ipns/chopper.nxs": "time-of-flight spectrometry beside the curator's term",
}
PLACEHOLDERS = ("{", "Default Sample", "Unknown", "FROM_DIALS", "SAMPLE-CHAR-DATA")


def read(shared: Path, name: str) -> Mapped:
    context = Context(load_tables(), load_facilities(), FORMATS)
    raws = read_raws(shared / "nexus" / name, context.tables.wanted)
    return map_raws(raws, context)


def index(shared: Path) -> dict[str, dict[str, str]]:
    with (shared / "nexus" / "index.csv").open() as lines:
        return {row["file"]: row for row in csv.DictReader(lines)}


def test_every_file_of_the_index_has_a_verdict(shared: Path) -> None:
    assert set(index(shared)) == set(VERDICTS)


@pytest.mark.parametrize("name", VERDICTS)
def test_verdict(shared: Path, name: str) -> None:
    verdict = VERDICTS[name]
    if isinstance(verdict, str):
        with pytest.raises(SkipError) as refusal:
            read(shared, name)
        assert refusal.value.code == verdict
        assert name in refusal.value.message
        assert "\n" not in refusal.value.message
        return
    result = read(shared, name)
    facility = result.record.facility
    techniques = tuple(t.iri.removeprefix(PANET) for t in result.record.techniques)
    assert (facility and facility.id, techniques) == verdict
    assert all(t.evidence for t in result.record.techniques)


@pytest.mark.parametrize(
    "name", [name for name, verdict in VERDICTS.items() if not isinstance(verdict, str)]
)
def test_no_placeholder_and_no_address_reaches_the_record(
    shared: Path, name: str
) -> None:
    record = read(shared, name).record
    texts = [text.value for text in (*record.titles, *record.descriptions)]
    texts += [s.name for s in record.samples if s.name is not None]
    texts += [c.agent.name for c in record.contributors]
    for text in texts:
        assert text.strip()
        assert not text.startswith(PLACEHOLDERS)
        assert not EMAIL.search(text)


def test_no_inferred_technique_is_wrong(shared: Path) -> None:
    vocabulary = panet()
    count: Counter[str] = Counter()
    for name, row in index(shared).items():
        verdict = VERDICTS[name]
        if isinstance(verdict, str) or not row["panet_suggested"]:
            continue
        suggested = PANET + row["panet_suggested"]
        allowed = {suggested, *vocabulary.ancestors(suggested)}
        inferred = {PANET + one for one in verdict[1]}
        if not inferred:
            count["unknown"] += 1
        elif suggested in inferred:
            count["the curator's"] += 1
            assert inferred <= allowed or name in ARGUED, name
        elif inferred <= allowed:
            count["wider"] += 1
        else:
            count["argued"] += 1
            assert name in ARGUED, name
    assert count == {
        "the curator's": 12,
        "wider": 3,
        "argued": 5,
        "unknown": 11,
    }

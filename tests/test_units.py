"""Units: the category decides, what is not certain is refused and says why."""

from __future__ import annotations

import math
import xml.etree.ElementTree as ET
from typing import TYPE_CHECKING

import h5py
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from panharvest.errors import ConfigError
from panharvest.tables import read_table, resource
from panharvest.units import (
    Unit,
    convert,
    dimension_of,
    load_units,
    read_spelling,
    read_unit,
    refusal,
)

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

NXDL = "{http://definition.nexusformat.org/nxdl/3.1}"


def code(text: str, category: str | None = None) -> str | None:
    unit = read_unit(text, category)
    return unit.ucum if unit else None


@pytest.mark.parametrize(
    ("text", "category", "ucum"),
    [
        ("A", "NX_WAVELENGTH", "Ao"),
        ("A", "NX_LENGTH", "Ao"),
        ("A", "NX_CURRENT", "A"),
        ("A", "NX_ANY", None),
        ("A", None, None),
        ("A", "NX_ENERGY", None),
        ("C", "NX_TEMPERATURE", "Cel"),
        ("C", "NX_CHARGE", "C"),
        ("C", "NX_ANY", None),
        ("deg", "NX_ANGLE", "deg"),
        ("deg", "NX_TEMPERATURE", None),
        ("deg_C", "NX_TEMPERATURE", "Cel"),
        ("degC", None, "Cel"),
        ("Celsius", "NX_TEMPERATURE", "Cel"),
        ("°C", "NX_ANY", "Cel"),
        ("Å", "NX_WAVELENGTH", "Ao"),
        ("\u212b", "NX_WAVELENGTH", "Ao"),  # the ångström sign
        ("Angstroem", "NX_LENGTH", "Ao"),
        ("Angstroms", None, "Ao"),
        ("ANGSTROM", None, "Ao"),
        ("Ang", None, "Ao"),
        ("µm", "NX_LENGTH", "um"),  # U+00B5
        ("μm", "NX_LENGTH", "um"),  # U+03BC
        ("Âµm", "NX_LENGTH", "um"),  # read as Latin-1
        ("µrad", "NX_ANGLE", "urad"),
        ("1/Å", "NX_PER_LENGTH", "Ao-1"),
        ("Å⁻¹", "NX_PER_LENGTH", "Ao-1"),
        ("A^-1", None, "Ao-1"),
        ("1 / nm", "NX_WAVENUMBER", "nm-1"),
        ("cm-1", "NX_WAVENUMBER", "cm-1"),
        ("cm-1", "NX_ENERGY", None),
        ("photons/s", None, "{photon}.s-1"),
        ("mJ/cm^2", "mJ/cm^2", "mJ.cm-2"),
        ("mJ/cm**2", "mJ/cm^2", "mJ.cm-2"),
        ("keV", "keV", "keV"),
        ("nm", "keV", None),
        ("KeV", "NX_ENERGY", "keV"),
        ("kev", "NX_ENERGY", "keV"),
        ("meV", "NX_ENERGY", "meV"),
        ("MeV", "NX_ENERGY", "MeV"),
        ("mev", "NX_ENERGY", None),
        ("MEV", "NX_ENERGY", None),
        ("ueV", "NX_ENERGY", "ueV"),
        ("Kw", None, "kW"),
        ("MBAR", "NX_PRESSURE", None),
        ("mbar", "NX_PRESSURE", "mbar"),
        ("kbar", "NX_PRESSURE", "kbar"),
        ("GPa", "NX_PRESSURE", "GPa"),
        ("mpa", "NX_PRESSURE", None),
        ("PA", "NX_PRESSURE", "Pa"),
        ("PA", "NX_CURRENT", "pA"),
        ("k", "NX_TEMPERATURE", "K"),
        ("k", None, None),
        ("T", None, "T"),
        ("Oe", None, "Oe"),
        ("us", "NX_TIME_OF_FLIGHT", "us"),
        ("Sec", "NX_TIME", "s"),
        ("rpm", "NX_FREQUENCY", "{#}.min-1"),
        ("", "NX_UNITLESS", "1"),
        ("", "NX_LENGTH", None),
        (" ", "NX_ANY", None),
        ("none", "NX_DIMENSIONLESS", "1"),
        ("none", "NX_LENGTH", None),
        ("NX_WAVELENGTH", "NX_WAVELENGTH", None),
        ("secORcounts", "NX_ANY", None),
        ("pixels", "NX_LENGTH", None),
        ("nm", "NX_ENERGY", None),
        ("furlong", "NX_LENGTH", None),
    ],
)
def test_spellings(text: str, category: str | None, ucum: str | None) -> None:
    assert code(text, category) == ucum
    assert (refusal(text, category) is None) == (ucum is not None)


@pytest.mark.parametrize(
    ("text", "category", "reason"),
    [
        ("", "NX_LENGTH", "no unit is given"),
        ("furlong", "NX_LENGTH", "'furlong' is not in the table of units"),
        ("nm", "NX_ENERGY", "'nm' is a unit of length, which NX_ENERGY is not"),
        ("C", "NX_ANY", "'C' does not say clearly C or Cel"),
        ("mev", "NX_ENERGY", "'mev' does not say clearly MeV or meV"),
        ("UU", "NX_ANY", "'UU' is no unit: placeholder"),
    ],
)
def test_a_refusal_says_why(text: str, category: str, reason: str) -> None:
    assert refusal(text, category) == reason


def test_a_category_that_nxdl_does_not_have_is_a_mistake_of_the_caller() -> None:
    with pytest.raises(ValueError, match="'NX_ENERGIE' is not a unit category"):
        read_unit("eV", "NX_ENERGIE")


@pytest.mark.parametrize(
    ("value", "text", "to", "result"),
    [
        (12.4, "keV", "eV", 12400.0),
        (1, "nm", "Ao", 10.0),
        (5, "meV", "ueV", 5000.0),
        (20, "degC", "K", 293.15),
        (0, "K", "Cel", -273.15),
        (212, "degF", "Cel", 100.0),
        (180, "deg", "rad", math.pi),
        (1, "1/Å", "nm-1", 10.0),
        (10, "kG", "T", 1.0),
        (600, "rpm", "Hz", 10.0),
    ],
)
def test_conversion(value: float, text: str, to: str, result: float) -> None:
    unit = read_unit(text)
    assert unit is not None
    assert convert(value, unit, to) == pytest.approx(result, rel=1e-12, abs=1e-9)


def test_decimal_prefixes_leave_no_noise() -> None:
    unit = read_unit("nm")
    assert unit is not None
    assert convert(0.1, unit, "Ao") == 1.0
    assert convert(0.3, unit, "pm") == 300.0


def test_conversion_between_dimensions_is_refused() -> None:
    unit = read_unit("nm")
    assert unit is not None
    with pytest.raises(ValueError, match=r"nm \(length\) cannot be written in eV"):
        convert(1, unit, "eV")
    with pytest.raises(ValueError, match="'parsec' is not a UCUM code"):
        convert(1, unit, "parsec")


CODES = sorted(load_units().codes)


@given(
    st.sampled_from(CODES),
    st.sampled_from(CODES),
    st.floats(min_value=-1e12, max_value=1e12, allow_nan=False),
)
def test_there_and_back_is_the_same(one: str, other: str, value: float) -> None:
    units = load_units().codes
    if units[one].dimension != units[other].dimension:
        other = one
    there = convert(value, units[one], other)
    back = convert(there, units[other], one)
    scale = abs(units[one].offset / units[one].factor) + abs(
        units[other].offset / units[one].factor
    )
    assert back == pytest.approx(value, rel=1e-9, abs=1e-9 * scale + 1e-300)


@given(st.text(max_size=12), st.sampled_from([None, "NX_ANY", "NX_ENERGY", "keV"]))
def test_any_text_is_read_or_refused(text: str, category: str | None) -> None:
    assert (read_unit(text, category) is None) == (refusal(text, category) is not None)
    unit = read_unit(text, category)
    allowed = dimension_of(category)
    assert unit is None or allowed is None or unit.dimension in allowed


def test_the_table_is_in_order() -> None:
    table = load_units()
    seen: dict[str, set[tuple[str, str | None]]] = {}
    for key, rows in table.exact.items():
        for row in rows:
            meaning = (row.category, row.unit.ucum if row.unit else None)
            assert meaning not in seen.setdefault(key, set()), (key, meaning)
            seen[key].add(meaning)
            assert row.category == "*" or row.category in table.categories
    dimensions = {unit.dimension for unit in table.codes.values()}
    for category, allowed in table.categories.items():
        assert allowed is None or allowed <= dimensions, category


def test_a_damaged_row_names_its_line() -> None:
    row = {
        **dict.fromkeys(("qudt", "refused"), ""),
        "spelling": "x",
        "category": "*",
        "ucum": "x",
        "dimension": "length",
        "factor": "1",
        "offset": "0",
    }
    assert read_spelling(row, "units.tsv:7").unit == Unit("x", None, "length", 1.0)
    for damage in ({"factor": "one"}, {"factor": "0"}, {"ucum": ""}):
        with pytest.raises(ConfigError, match=r"units\.tsv:7: "):
            read_spelling(row | damage, "units.tsv:7")


def test_a_code_has_one_definition(monkeypatch: pytest.MonkeyPatch) -> None:
    rows = read_table(resource("units.tsv"), ("spelling",))[:1]
    twice = [rows[0], rows[0] | {"factor": "2"}]
    monkeypatch.setattr("panharvest.units.read_table", lambda *_: twice)
    with pytest.raises(ConfigError, match=r"units\.tsv:3: Ao has two definitions"):
        load_units.__wrapped__()


def test_qudt_agrees(shared: Path) -> None:
    rdflib = pytest.importorskip("rdflib")
    graph = rdflib.Graph()
    graph.parse(shared / "ontologies" / "qudt" / "qudt_units_pan_subset.ttl")
    schema = rdflib.Namespace("http://qudt.org/schema/qudt/")
    checked = 0
    for unit in load_units().codes.values():
        if unit.qudt is None:
            continue
        subject = rdflib.URIRef(unit.qudt)
        assert (subject, rdflib.RDF.type, schema.Unit) in graph, unit
        # QUDT counts a revolution as 2 pi radian and a pixel as nothing
        if unit.ucum in {"{#}.min-1", "{pixel}"}:
            continue
        factor = float(graph.value(subject, schema.conversionMultiplier))
        offset = float(graph.value(subject, schema.conversionOffset) or 0)
        assert unit.factor == pytest.approx(factor, rel=1e-5), unit
        assert unit.offset == pytest.approx(offset), unit
        codes = {str(one) for one in graph.objects(subject, schema.ucumCode)}
        assert not codes or unit.ucum in codes, unit
        checked += 1
    assert checked > 70


def test_every_unit_of_nxdl_is_known(shared: Path) -> None:
    found = set()
    for file in (shared / "schemas" / "nxdl").rglob("*.nxdl.xml"):
        for field in ET.parse(file).getroot().iter(f"{NXDL}field"):
            found.add(field.get("units"))
    found -= {None, ""}
    categories = {unit for unit in found if unit.startswith("NX_")}
    assert len(categories) > 25
    assert categories <= set(load_units().categories)
    for unit in found - categories:
        assert dimension_of(unit) is not None, unit


def test_every_category_of_nxdl_is_in_the_table(shared: Path) -> None:
    types = ET.parse(shared / "schemas" / "nxdl" / "nxdlTypes.xsd").getroot()
    schema = "{http://www.w3.org/2001/XMLSchema}"
    (units,) = types.iterfind(f"{schema}simpleType[@name='anyUnitsAttr']")
    members = " ".join(
        node.get("memberTypes", "") for node in units.iter(f"{schema}union")
    )
    named = {one.removeprefix("nxdl:") for one in members.split()}
    assert set(load_units().categories) == named - {"xs:string"}


def unit_attributes(file: Path) -> Iterator[str]:
    """Give the units of every field of an HDF5 file."""
    found: list[str] = []

    def visit(_: str, node: object) -> None:
        if not isinstance(node, h5py.Dataset):
            return
        for key in ("units", "unit"):
            try:
                value = node.attrs.get(key)
            except (OSError, RuntimeError, TypeError, UnicodeDecodeError):
                continue
            if value is not None:
                found.append(decode(value))

    try:
        with h5py.File(file, "r") as handle:
            handle.visititems(visit)
    except (OSError, RuntimeError):
        return
    yield from found


def decode(value: object) -> str:
    plain = value.ravel()[0] if isinstance(value, np.ndarray) and value.size else value
    if isinstance(plain, bytes):
        try:
            return plain.decode()
        except UnicodeDecodeError:
            return plain.decode("latin-1")
    return str(plain)


def test_no_unit_of_the_real_files_is_dropped_unseen(shared: Path) -> None:
    files = sorted(file for file in (shared / "nexus").rglob("*") if file.is_file())
    units = [unit for file in files for unit in unit_attributes(file)]
    unknown = {unit for unit in units if "is not in the table" in (refusal(unit) or "")}
    assert unknown == set()
    read = sum(read_unit(unit) is not None for unit in units)
    assert len(units) > 1500
    # the rest: blanks, placeholders, arbitrary units, and A and C without a category
    assert read / sum(bool(unit.strip()) for unit in units) > 0.95

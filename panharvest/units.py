"""Units: what a spelling means for a quantity, as ``ontologies/units.tsv`` says.

The NXDL unit category decides: ``A`` is an ångström where a wavelength is expected and
an ampere where a current is. A unit that does not fit its category is refused, and a
spelling that is not in the table is not guessed at. Codes are UCUM (case sensitive).
"""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from decimal import Decimal
from functools import cache
from typing import TYPE_CHECKING

from panharvest.errors import ConfigError
from panharvest.tables import read_table, resource, split_cell

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

ANY = "*"
TABLE = "units.tsv"
CATEGORIES = "unit-categories.tsv"
COLUMNS = (
    *("spelling", "category", "ucum", "qudt", "dimension", "factor", "offset"),
    "refused",
)


@dataclass(frozen=True, slots=True)
class Unit:
    """A unit: its UCUM code, its QUDT IRI where one exists, and its way to SI.

    A value in the unit times ``factor`` plus ``offset`` is the value in the coherent SI
    unit of ``dimension`` (kelvin for temperatures, radian for angles).
    """

    ucum: str
    qudt: str | None
    dimension: str
    factor: float
    offset: float = 0.0


@dataclass(frozen=True, slots=True)
class Spelling:
    """A row of the table: ``unit`` is None for a text that is known to mean none."""

    text: str
    category: str
    unit: Unit | None
    refused: str


@dataclass(frozen=True, slots=True)
class Units:
    """The table, indexed by the spelling as compared and by its folded form."""

    exact: dict[str, tuple[Spelling, ...]]
    folded: dict[str, tuple[Spelling, ...]]
    codes: dict[str, Unit]
    categories: dict[str, frozenset[str] | None]


def read_unit(text: str, category: str | None = None) -> Unit | None:
    """Give the unit that a text means for a quantity, or None when it is not certain.

    Parameters
    ----------
    text
        The unit as written in a file, such as ``Å`` or ``1/nm``.
    category
        NXDL unit category (``NX_ENERGY``) or literal unit (``keV``) of the field; None
        and ``NX_ANY`` accept every unit whose spelling has one meaning.

    Raises
    ------
    ValueError
        When the category is neither a category of NXDL nor a unit.
    """
    found = look_up(text, category)
    return found if isinstance(found, Unit) else None


@cache
def qudt_of(ucum: str) -> str | None:
    """Give the address in QUDT of a unit of UCUM; None when the table has none."""
    unit = load_units().codes.get(ucum)
    return unit.qudt if unit else None


def refusal(text: str, category: str | None = None) -> str | None:
    """Say why :func:`read_unit` gives None, or None when it gives a unit."""
    found = look_up(text, category)
    return found if isinstance(found, str) else None


def look_up(text: str, category: str | None) -> Unit | str:
    """Give the unit, or the reason why there is none."""
    table = load_units()
    allowed = dimension_of(category)
    key = canonical(text)
    rows = table.exact.get(key, ())
    if found := pick(rows, category, allowed):
        return found
    loose = table.folded.get(key.casefold(), ())
    found = pick(loose, category, allowed)
    if found and may_fold(key, allowed, loose, found):
        return found
    return reason(text, loose, category)


def reason(text: str, rows: Sequence[Spelling], category: str | None) -> str:
    """Say why none of the rows found for a text serves."""
    units = {row.unit.ucum: row.unit.dimension for row in rows if row.unit}
    if not text.strip():
        return "no unit is given"
    if not rows:
        return f"'{text}' is not in the table of units"
    refused = [row.refused for row in rows if row.unit is None]
    if refused:
        return f"'{text}' is no unit: {refused[0]}"
    kinds = set(units.values())
    allowed = dimension_of(category)
    if allowed is None or kinds & allowed:
        return f"'{text}' does not say clearly {' or '.join(sorted(units))}"
    kind = " or ".join(sorted(kinds))
    return f"'{text}' is a unit of {kind}, which {category} is not"


def pick(
    rows: Iterable[Spelling], category: str | None, allowed: frozenset[str] | None
) -> Unit | None:
    """Give the one unit among rows that a category allows; None when not exactly one.

    A row with a category serves all of the same dimension (``A`` as written for
    NX_WAVELENGTH also reads NX_LENGTH), and no field whose category is open.
    """
    fitting = [
        row
        for row in rows
        if row.unit
        and (
            row.category in {ANY, category}
            if allowed is None
            else row.unit.dimension in allowed
        )
    ]
    units = {row.unit.ucum: row.unit for row in fitting if row.unit}
    return next(iter(units.values())) if len(units) == 1 else None


def may_fold(
    key: str, allowed: frozenset[str] | None, rows: Sequence[Spelling], unit: Unit
) -> bool:
    """Tell whether a text may stand for a unit that is spelt in another case.

    A single letter may when the category is known. A short symbol must agree in its
    ``m`` or ``M``: between ``mrad`` and ``Mrad`` lie nine orders of magnitude.
    """
    if len(key) == 1:
        return allowed is not None
    firsts = {canonical(row.text)[0] for row in rows if row.unit == unit}
    return len(key) > 4 or key[0] not in "mM" or key[0] in firsts


def canonical(text: str) -> str:
    """Bring the ways to write one symbol to one: Å, µ, ², ⁻¹, ``^``, ``**``, blanks."""
    plain = unicodedata.normalize("NFC", text.strip())
    plain = re.sub(r"Â(?=[°µ])", "", plain)  # UTF-8 that was read as Latin-1
    plain = plain.translate(SYMBOLS)
    plain = re.sub(r"\*\*|\^", "", plain)
    plain = re.sub(r"\s*([/*·])\s*", r"\1", plain)
    return re.sub(r"[\s_]+", " ", plain)


SYMBOLS = str.maketrans(
    {
        "µ": "u",  # U+00B5, also Latin-1
        "μ": "u",  # U+03BC
        "º": "°",
        "˚": "°",
        "−": "-",
        "⁻": "-",
        "·": "*",
        "⋅": "*",
        **{mark: str(digit) for digit, mark in enumerate("⁰¹²³⁴⁵⁶⁷⁸⁹")},
    }
)


def dimension_of(category: str | None) -> frozenset[str] | None:
    """Give the dimensions a category allows; None when it allows all.

    Source: NXDL v2026.01, nxdlTypes.xsd (the 33 unit categories) and the literal units
    that a few of its fields have in their place.

    Raises
    ------
    ValueError
        When the category is neither a category of NXDL nor a unit.
    """
    if category is None:
        return None
    table = load_units()
    if category in table.categories:
        return table.categories[category]
    unit = pick(table.exact.get(canonical(category), ()), None, None)
    if unit is None:
        raise ValueError(f"'{category}' is not a unit category of NXDL")
    return frozenset({unit.dimension})


def convert(value: float, unit: Unit, ucum_to: str) -> float:
    """Express a value of one unit in another, given by its UCUM code.

    Raises
    ------
    ValueError
        When the code is not in the table or measures something else.
    """
    target = load_units().codes.get(ucum_to)
    if target is None:
        raise ValueError(f"'{ucum_to}' is not a UCUM code of the table of units")
    if target.dimension != unit.dimension:
        raise ValueError(
            f"{unit.ucum} ({unit.dimension}) cannot be written in {ucum_to} "
            f"({target.dimension})"
        )
    if target == unit:
        return float(value)
    # Decimal keeps 1e-9 / 1e-10 at 10: the factors are decimal by definition.
    into_si = exact(value) * exact(unit.factor) + exact(unit.offset)
    return float((into_si - exact(target.offset)) / exact(target.factor))


def exact(number: float) -> Decimal:
    """Give the decimal number that a float is written as."""
    return Decimal(repr(float(number)))


@cache
def load_units() -> Units:
    """Read the two tables.

    Raises
    ------
    ConfigError
        Naming the file and the line that is wrong.
    """
    by_exact: dict[str, list[Spelling]] = {}
    by_fold: dict[str, list[Spelling]] = {}
    codes: dict[str, Unit] = {}
    for line, row in enumerate(read_table(resource(TABLE), COLUMNS), 2):
        spelling = read_spelling(row, f"{TABLE}:{line}")
        unit = spelling.unit
        if unit and codes.setdefault(unit.ucum, unit) != unit:
            raise ConfigError(f"{TABLE}:{line}: {unit.ucum} has two definitions")
        key = canonical(spelling.text)
        by_exact.setdefault(key, []).append(spelling)
        by_fold.setdefault(key.casefold(), []).append(spelling)
    return Units(
        exact={key: tuple(rows) for key, rows in by_exact.items()},
        folded={key: tuple(rows) for key, rows in by_fold.items()},
        codes=codes,
        categories=load_categories(),
    )


def read_spelling(row: dict[str, str], place: str) -> Spelling:
    """Read one row of the table of units."""
    if row["refused"]:
        return Spelling(row["spelling"], row["category"], None, row["refused"])
    try:
        factor, offset = float(row["factor"]), float(row["offset"])
    except ValueError:
        raise ConfigError(f"{place}: factor and offset must be numbers") from None
    if not row["ucum"] or not row["dimension"] or not factor > 0:
        raise ConfigError(f"{place}: ucum, dimension and a factor above 0 are needed")
    unit = Unit(row["ucum"], row["qudt"] or None, row["dimension"], factor, offset)
    return Spelling(row["spelling"], row["category"], unit, "")


def load_categories() -> dict[str, frozenset[str] | None]:
    """Read which dimensions each NXDL category allows."""
    found: dict[str, frozenset[str] | None] = {}
    for row in read_table(resource(CATEGORIES), ("category", "dimensions")):
        names = split_cell(row["dimensions"])
        found[row["category"]] = None if ANY in names else frozenset(names)
    return found

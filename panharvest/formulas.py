"""Chemical formulas in one order, where they can be read; the text is always kept.

``periodictable`` reads what crystallographers write, isotopes and fractions included.
It is asked only when the text has the form of a formula, and is not believed where it
is known to misread: a hydrate is written with a dot (``CuSO4.5H2O``).
"""

from __future__ import annotations

import re
from functools import lru_cache

_FORM = re.compile(r"[A-Z0-9(\[][A-Za-z0-9().\[\]+·* ]{0,80}")
_HYDRATE = re.compile(r"\s*[.·*]\s*(?=[0-9]*\s*(?:H2O|D2O)\b)")


@lru_cache(maxsize=4096)
def hill_formula(text: str) -> str | None:
    """Give a formula in Hill order (carbon, hydrogen, then by letter).

    None when the text is no formula, or one that cannot be read with certainty
    (variables, charges, names).
    """
    said = " ".join(text.split())
    if _FORM.fullmatch(said) is None:
        return None
    import periodictable
    from pyparsing import ParseException

    try:
        atoms = periodictable.formula(_HYDRATE.sub(" + ", said)).atoms
    except (ValueError, TypeError, KeyError, ParseException, ZeroDivisionError):
        return None
    counts = {str(atom): count for atom, count in atoms.items()}
    first = [name for name in ("C", "H") if "C" in counts and name in counts]
    order = first + sorted(counts.keys() - set(first))
    return (
        "".join(
            name if counts[name] == 1 else f"{name}{counts[name]:g}" for name in order
        )
        or None
    )

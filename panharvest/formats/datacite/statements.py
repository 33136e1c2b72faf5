"""Samples and parameters as sentences of a description, and back.

DataCite has no place for them; what is written in words so that people see it is
written so regularly that it can be read again. The lossless form is linked beside.
"""

from __future__ import annotations

import re
from dataclasses import replace
from typing import TYPE_CHECKING

from panharvest.derived import parameter_text, unit_of_symbol
from panharvest.record import Parameter, Sample

if TYPE_CHECKING:
    from collections.abc import Sequence

SAMPLE = "Sample: "
PARAMETERS = "Parameters: "
WITHDRAWN = "Withdrawn: "

_MEASURED = "measured: "
_NUMBER = r"-?[0-9]+(?:\.[0-9]+)?(?:e[+-]?[0-9]+)?"
_VALUE = re.compile(
    rf"(?P<value>{_NUMBER})(?: to (?P<maximum>{_NUMBER}))?(?: (?P<unit>\S+))?"
)
_FIELDS = ("name", "formula", "type", "state", "description")


def sample_statement(sample: Sample) -> str:
    """Write what a sample is; nothing when only its name or formula is known.

    Those two are subjects already.
    """
    parts = [
        f"{field}: {' '.join(value.split())}"
        for field in _FIELDS
        if (value := getattr(sample, field))
    ]
    if not (sample.type or sample.state or sample.description):
        return ""
    return SAMPLE + "; ".join(parts)


def sample_of(text: str) -> Sample | None:
    """Read what :func:`sample_statement` wrote; None when it is something else."""
    found: dict[str, str] = {}
    for part in text.removeprefix(SAMPLE).split("; "):
        field, _, value = part.partition(": ")
        if field not in _FIELDS or field in found or not value:
            return None
        found[field] = value
    sample = Sample(
        name=found.get("name"),
        formula=found.get("formula"),
        description=found.get("description"),
        state=found.get("state"),
        type=found.get("type"),
    )
    return sample if sample_statement(sample) == text else None


def parameter_statement(
    parameters: Sequence[Parameter], measured: Sequence[str]
) -> str:
    """Write parameters and measured variables."""
    parts = [_parameter(parameter) for parameter in parameters]
    if measured:
        names = (" ".join(name.split()) for name in measured)
        parts.append(_MEASURED + ", ".join(filter(None, names)))
    return PARAMETERS + "; ".join(parts) if parts else ""


def _parameter(parameter: Parameter) -> str:
    """Write ``photon energy = 12.4 keV``: where the name ends is certain."""
    name, value = parameter.name.replace("_", " "), parameter.value
    quantity = parameter_text(replace(parameter, name=""))
    said = quantity if not isinstance(value, str) else value
    return " ".join(f"{name} = {said}".split())


def parameters_of(text: str) -> tuple[list[Parameter], list[str]] | None:
    """Read what :func:`parameter_statement` wrote; None when it is something else."""
    parameters: list[Parameter] = []
    measured: list[str] = []
    for part in text.removeprefix(PARAMETERS).split("; "):
        if part.startswith(_MEASURED):
            measured = part.removeprefix(_MEASURED).split(", ")
            continue
        name, _, said = part.partition(" = ")
        if not name or not said:
            return None
        match = _VALUE.fullmatch(said)
        if match is None:
            parameters.append(Parameter(name, said))
            continue
        maximum, unit = match["maximum"], match["unit"]
        parameters.append(
            Parameter(
                name,
                float(match["value"]),
                unit_of_symbol(unit) if unit else None,
                float(maximum) if maximum else None,
            )
        )
    if parameter_statement(parameters, measured) != text:
        return None
    return parameters, measured

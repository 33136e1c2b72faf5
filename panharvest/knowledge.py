"""What is known about techniques: the tables that inference works with, read once.

``rules/technique.tsv`` (application definition and probe to PaNET), ``probes.tsv`` and
``mappings/esrfet-panet.sssom.tsv``, together with the version of PaNET that they are
read against.
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, field
from functools import cache
from typing import TYPE_CHECKING

from panharvest.errors import ConfigError
from panharvest.probes import load_probes
from panharvest.sssom import read_sssom
from panharvest.tables import read_table, resource, split_cell
from panharvest.vocabulary import Vocabulary, fold, normalise_term, panet

if TYPE_CHECKING:
    from collections.abc import Mapping
    from importlib.resources.abc import Traversable

    from panharvest.probes import ProbeTable

NO_TERM = "sssom:NoTermFound"
RULES = "technique.tsv"
RULE_COLUMNS = (
    *("rule_id", "definition", "probe", "predicate_id", "object_id", "object_label"),
    "confidence",
)
ESRFET_SET = "esrfet-panet.sssom.tsv"
FILES = (("rules", RULES), ("probes.tsv",), ("mappings", ESRFET_SET))


@dataclass(frozen=True, slots=True)
class TechniqueRule:
    """A row of ``technique.tsv``; no ``iris``: the definition says no technique."""

    id: str
    definition: str
    probe: str
    predicate: str
    iris: tuple[str, ...]
    confidence: float


@dataclass(frozen=True, slots=True)
class Target:
    """The PaNET technique of an identifier, and the relation of the two."""

    iri: str
    predicate: str
    confidence: float
    rule: str


@dataclass(frozen=True, slots=True)
class Knowledge:
    """The tables and the vocabulary that techniques are inferred with.

    ``rules`` are by folded definition and probe; ``esrfet`` by the IRI of the ESRFET
    term, empty when it was looked for and PaNET has no such term; ``names`` are the
    folded names of ESRFET terms that only one of them has.
    """

    vocabulary: Vocabulary
    rules: Mapping[str, Mapping[str, TechniqueRule]]
    esrfet: Mapping[str, tuple[Target, ...]]
    probes: ProbeTable
    names: Mapping[str, str] = field(default_factory=dict)


def load_knowledge(
    root: Traversable | None = None, vocabulary: Vocabulary | None = None
) -> Knowledge:
    """Read the tables of a folder laid out like ``ontologies/`` (default: ours).

    Parameters
    ----------
    vocabulary
        Another PaNET than the one in use, to see what it would change: terms that it
        does not have as techniques are then left out of the rules instead of refused.

    Raises
    ------
    ConfigError
        Naming file and line: a rule given twice, a term that is not a technique.
    """
    if root is None and vocabulary is None:
        return builtin()
    return read_knowledge(root or resource(), vocabulary)


@cache
def builtin() -> Knowledge:
    """Read the tables of the project."""
    return read_knowledge(resource(), None)


def read_knowledge(root: Traversable, vocabulary: Vocabulary | None) -> Knowledge:
    """Read the tables of a folder."""
    lenient = vocabulary is not None
    used = vocabulary or panet()
    return Knowledge(
        vocabulary=used,
        rules=read_rules(root.joinpath("rules", RULES), used, lenient=lenient),
        esrfet=read_esrfet(
            root.joinpath("mappings", ESRFET_SET), used, lenient=lenient
        ),
        probes=load_probes(root),
        names=esrfet_names(),
    )


def read_rules(
    source: Traversable, vocabulary: Vocabulary, *, lenient: bool = False
) -> dict[str, dict[str, TechniqueRule]]:
    """Read a table of rules, by folded definition and probe."""
    found: dict[str, dict[str, TechniqueRule]] = defaultdict(dict)
    for line, row in enumerate(read_table(source, RULE_COLUMNS), 2):
        by_probe = found[row["definition"].casefold()]
        place = f"{source.name}:{line}"
        if row["probe"] in by_probe:
            raise ConfigError(f"{place}: the rule {row['rule_id']} is there twice")
        by_probe[row["probe"]] = read_rule(row, place, vocabulary, lenient=lenient)
    return dict(found)


def read_rule(
    row: Mapping[str, str],
    place: str,
    vocabulary: Vocabulary | None = None,
    *,
    lenient: bool = False,
) -> TechniqueRule:
    """Read one row of ``technique.tsv``."""
    used = vocabulary or panet()
    iris = []
    for curie in split_cell(row["object_id"]):
        iri = normalise_term(curie)
        usable = iri is not None and used.is_technique(iri)
        if curie != NO_TERM and not usable and not lenient:
            raise ConfigError(f"{place}: '{curie}' is not a technique of PaNET")
        if iri is not None and usable:
            iris.append(iri)
    return TechniqueRule(
        row["rule_id"],
        row["definition"],
        row["probe"],
        row["predicate_id"],
        tuple(iris),
        read_confidence(row, place),
    )


def read_confidence(row: Mapping[str, str], place: str) -> float:
    """Read the confidence of a row."""
    try:
        return float(row["confidence"])
    except ValueError:
        raise ConfigError(f"{place}: the confidence is not a number") from None


def read_esrfet(
    source: Traversable, vocabulary: Vocabulary, *, lenient: bool = False
) -> dict[str, tuple[Target, ...]]:
    """Read the mapping of ESRFET to PaNET, by the IRI of the ESRFET term."""
    mappings = read_sssom(source)
    found: dict[str, tuple[Target, ...]] = {}
    for row in mappings.rows:
        subject = mappings.expand(row["subject_id"])
        known = found.setdefault(subject, ())
        if row["object_id"] == NO_TERM:
            continue
        iri = mappings.expand(row["object_id"])
        place = f"{source.name}: {row['subject_id']}"
        if not vocabulary.is_technique(iri):
            if lenient:
                continue
            raise ConfigError(
                f"{place}: '{row['object_id']}' is not a technique of PaNET"
            )
        target = Target(
            iri,
            row["predicate_id"],
            read_confidence(row, place),
            f"esrfet-{row['subject_label']}",
        )
        found[subject] = (*known, target)
    return found


def esrfet_names() -> dict[str, str]:
    """Give the folded names of ESRFET techniques that no two of them share."""
    from panharvest.vocabulary import esrfet

    return {
        fold(label): iris[0]
        for label, iris in esrfet().labels.items()
        if len(iris) == 1
    }

"""The checks of mapping tables: codes, levels, meanings and what to do.

A code is stable: it is never given another meaning and never used again.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from panharvest.mapcheck.findings import Level


class MapCheck(NamedTuple):
    """What a code stands for.

    ``level`` is the level of its gravest finding unless ``checks.toml`` says otherwise,
    ``why`` the harm that it prevents.
    """

    level: Level
    title: str
    meaning: str
    why: str


MAPCHECKS: dict[str, MapCheck] = {
    "M001": MapCheck(
        "error",
        "Front matter",
        "The front matter is YAML of SSSOM; the set has an absolute id, a licence, and "
        "the versions of the vocabularies it was made for; the columns are those of "
        "SSSOM or declared.",
        "Without them nobody can cite the set, reuse it, or know what it was true of.",
    ),
    "M002": MapCheck(
        "error",
        "Required cells",
        "Every row can be read and says subject, predicate, object and justification; "
        "the predicate is a mapping predicate, the confidence is between 0 and 1, and "
        "dates are days.",
        "Tools drop such rows in silence.",
    ),
    "M003": MapCheck(
        "error",
        "Identifiers",
        "Identifiers are CURIEs whose prefix is declared, in the same case, and hold "
        "no blanks.",
        "Another case is another prefix: the row maps a term that does not exist.",
    ),
    "M004": MapCheck(
        "error",
        "Swapped columns",
        "No label stands where the identifier belongs.",
        "The row maps nothing, and tools drop it in silence.",
    ),
    "M010": MapCheck(
        "error",
        "Unknown term",
        "The term exists in the pinned version of its vocabulary.",
        "A mapping to a term that does not exist is lost.",
    ),
    "M011": MapCheck(
        "error",
        "Deprecated term",
        "The term is not deprecated.",
        "Its successor is what others use from now on.",
    ),
    "M012": MapCheck(
        "error",
        "Wrong label",
        "The label is that of the term in the pinned version; an alternative label "
        "is a warning.",
        "Another label mostly means another term: the identifier is wrong.",
    ),
    "M013": MapCheck(
        "error",
        "Two labels",
        "One term has one label throughout the set.",
        "One of the two rows means another term.",
    ),
    "M014": MapCheck(
        "error",
        "Not a technique",
        "What a dataset's technique is mapped to is a technique of PaNET, not a "
        "facet and not a specifier; a term that says only the probe or what is "
        "varied is a warning.",
        "Such a term cannot describe a dataset: a search for techniques misses it.",
    ),
    "M020": MapCheck(
        "error",
        "Duplicate or contradiction",
        "No pair of terms is mapped twice, nor by two predicates.",
        "Two answers to one question: which one is used is chance.",
    ),
    "M021": MapCheck(
        "warning",
        "Ambiguous exact match",
        "An exact match has one partner on each side, unless the vocabulary says that "
        "they are equivalent; partners that are disjoint are an error.",
        "Exact matches are transitive: they would make the partners the same.",
    ),
    "M022": MapCheck(
        "warning",
        "Hierarchy",
        "Broad and narrow matches agree with the exact match of the same term and the "
        "hierarchy of the vocabulary, as do rows between two of its terms; no term is "
        "wider than itself.",
        "Either a row or the vocabulary is wrong.",
    ),
    "M023": MapCheck(
        "warning",
        "Chains of exact matches",
        "Exact matches that lead from one term to a vocabulary over several sets "
        "end at the same term.",
        "The answer would depend on the way.",
    ),
    "M024": MapCheck(
        "warning",
        "Probe",
        "The technique that a rule gives for a probe uses that probe; a technique "
        "that names no probe is for information.",
        "Records of one probe would claim the technique of another.",
    ),
    "M025": MapCheck(
        "warning",
        "Inheritance of definitions",
        "A definition that extends another gives the same technique or a narrower one.",
        "A search for the wider technique misses the data.",
    ),
    "M030": MapCheck(
        "error",
        "NeXus path",
        "The path exists in the pinned NXDL and is of the right kind; its unit "
        "category fits; every value of an enumeration is covered by the value map.",
        "The rule never fires, or takes a unit for another.",
    ),
    "M031": MapCheck(
        "error",
        "Target",
        "The target exists: a path and a controlled value of DataCite, a term of "
        "schema.org, a field of the record, a unit of QUDT.",
        "Documents with a made-up target do not validate.",
    ),
    "M032": MapCheck(
        "warning",
        "Cardinality",
        "A target that holds one value is not fed by two sources without an order.",
        "Which value is published is chance.",
    ),
    "M040": MapCheck(
        "info",
        "Coverage",
        "How much of a vocabulary the tables reach; below the threshold of "
        "checks.toml it is an error.",
        "What is not mapped is not found.",
    ),
    "M050": MapCheck(
        "error",
        "Competency question",
        "A question of questions/*.rq has its expected answer.",
        "The vocabularies and records no longer answer what users ask.",
    ),
    "M051": MapCheck(
        "error",
        "Golden case",
        "A case of cases/ gives its expected record, and a set that is written again "
        "is the same byte for byte.",
        "A table was changed, and records change with it.",
    ),
    "M052": MapCheck(
        "error",
        "Shape",
        "The graph of a record conforms to the SHACL shapes.",
        "Aggregators refuse or misread such a record.",
    ),
    "M060": MapCheck(
        "warning",
        "Canonical form",
        "Rows and columns are in SSSOM's canonical order, lines end in LF, cells "
        "have no blanks around them.",
        "A difference between versions shows nothing but what has changed.",
    ),
    "M090": MapCheck(
        "warning",
        "Suppression",
        "A suppression of checks.toml still takes something out and has not ended.",
        "A suppression that outlives its reason hides the next mistake.",
    ),
    "R001": MapCheck(
        "warning",
        "Source of a vocabulary",
        "The source table of a vocabulary has no ambiguous and no unknown label in an "
        "axiom, no stray blank in a label, no label of two techniques, no two named "
        "terms that are the same, no technique without probe or process, and no term "
        "fewer than the pinned version.",
        "An ambiguous label moves a class in the hierarchy without anybody noticing.",
    ),
}

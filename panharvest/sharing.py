"""The technique rules as mappings for others: those that hold whatever the probe.

A rule that needs a probe is no mapping: *NXmonopd is x-ray powder diffraction* is false
without the x-rays. What holds for any probe is, and is written as SSSOM/TSV.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from panharvest.knowledge import NO_TERM, RULE_COLUMNS, RULES
from panharvest.tables import read_table, resource, split_cell
from panharvest.vocabulary import CURRENT
from panharvest.vocabulary.nexus import CURRENT as NXDL
from panharvest.vocabulary.nexus import nexus

if TYPE_CHECKING:
    from importlib.resources.abc import Traversable

COLUMNS = (
    *("subject_id", "subject_label", "predicate_id", "object_id", "object_label"),
    *("mapping_justification", "mapping_date", "confidence", "comment"),
)
HEAD = f"""\
#sssom_version: "1.0"
#mapping_set_id: https://w3id.org/panharvest/mappings/nexus-panet
#mapping_set_title: Application definitions of NeXus to techniques of PaNET
#mapping_set_version: 0.1.0
#license: https://creativecommons.org/publicdomain/zero/1.0/
#subject_source: nxo:NeXus
#subject_source_version: v{NXDL}
#object_source: http://purl.org/pan-science/PaNET/PaNET.owl
#object_source_version: {CURRENT}
#curie_map:
#  nxo: https://w3id.org/PaN/NeXus/definitions#
#  panet: http://purl.org/pan-science/PaNET/
#  semapv: https://w3id.org/semapv/vocab/
#  skos: http://www.w3.org/2004/02/skos/core#
#  sssom: https://w3id.org/sssom/
"""


def rules_as_mappings(root: Traversable | None = None) -> str:
    """Give the rules for any probe as a mapping set.

    Left out are rules that need a probe, also where a definition implies one, and names
    that are in no NXDL. A rule with several terms is a row for each.
    """
    source = (root or resource()).joinpath("rules", RULES)
    rows = []
    for rule in read_table(source, (*RULE_COLUMNS, "date", "comment")):
        if rule["probe"] != "*" or rule["definition"] not in nexus():
            continue
        terms = split_cell(rule["object_id"])
        labels = rule["object_label"].split("|")
        for term, label in zip(terms, labels, strict=True):
            rows.append(
                (
                    f"nxo:{rule['definition']}",
                    rule["definition"],
                    rule["predicate_id"],
                    term,
                    "" if term == NO_TERM else label,
                    "semapv:ManualMappingCuration",
                    rule["date"],
                    rule["confidence"],
                    rule["comment"],
                )
            )
    lines = ["\t".join(row) for row in sorted(rows)]
    return HEAD + "\t".join(COLUMNS) + "\n" + "\n".join(lines) + "\n"

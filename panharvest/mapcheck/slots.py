"""The slots of SSSOM 1.0 (facts): which columns there are, and their order.

Source: the classes MappingSet and Mapping of the SSSOM schema.
"""

from __future__ import annotations

SET_SLOTS = (
    *("sssom_version", "curie_map", "mapping_set_id", "mapping_set_version"),
    *("mapping_set_source", "mapping_set_title", "mapping_set_description"),
    *("mapping_set_confidence", "creator_id", "creator_label", "license"),
    *("subject_type", "subject_source", "subject_source_version", "object_type"),
    *("object_source", "object_source_version", "predicate_type", "mapping_provider"),
    *("cardinality_scope", "mapping_tool", "mapping_tool_id", "mapping_tool_version"),
    *("mapping_date", "publication_date", "subject_match_field", "object_match_field"),
    *("subject_preprocessing", "object_preprocessing", "similarity_measure"),
    *("curation_rule", "curation_rule_text", "see_also", "issue_tracker", "other"),
    *("comment", "extension_definitions"),
)

COLUMNS = (
    *("record_id", "subject_id", "subject_label", "subject_category", "predicate_id"),
    *("predicate_label", "predicate_modifier", "object_id", "object_label"),
    *("object_category", "mapping_justification", "author_id", "author_label"),
    *("reviewer_id", "reviewer_label", "creator_id", "creator_label", "license"),
    *("subject_type", "subject_source", "subject_source_version", "object_type"),
    *("object_source", "object_source_version", "predicate_type", "mapping_provider"),
    *("mapping_source", "mapping_cardinality", "cardinality_scope", "mapping_tool"),
    *("mapping_tool_id", "mapping_tool_version", "mapping_date", "publication_date"),
    *("review_date", "confidence", "reviewer_agreement", "curation_rule"),
    *("curation_rule_text", "subject_match_field", "object_match_field"),
    *("match_string", "subject_preprocessing", "object_preprocessing"),
    *("similarity_score", "similarity_measure", "see_also", "issue_tracker_item"),
    *("other", "comment"),
)
ORDER = {name: place for place, name in enumerate(COLUMNS)}
REQUIRED = ("subject_id", "predicate_id", "object_id", "mapping_justification")
# columns that hold identifiers; in the second group several, with | between them
IDENTIFIERS = (*REQUIRED, "author_id", "reviewer_id", "creator_id")
SEVERAL = ("author_id", "reviewer_id", "creator_id")
SIDES = ("subject", "object")

EXACT = "skos:exactMatch"
BROAD = "skos:broadMatch"
NARROW = "skos:narrowMatch"
PREDICATES = frozenset(
    {
        *(EXACT, BROAD, NARROW, "skos:closeMatch", "skos:relatedMatch"),
        *("skos:mappingRelation", "owl:equivalentClass", "owl:equivalentProperty"),
        *("owl:sameAs", "rdfs:subClassOf", "rdfs:subPropertyOf", "rdf:type"),
        *("rdfs:seeAlso", "owl:differentFrom", "owl:disjointWith"),
    }
)
NO_TERM = "sssom:NoTermFound"
DATES = ("mapping_date", "publication_date", "review_date")
# the matching processes of semapv, the vocabulary of justifications
JUSTIFICATIONS = frozenset(
    f"semapv:{name}"
    for name in (
        *("BackgroundKnowledgeBasedMatching", "CompositeMatching"),
        *("InstanceBasedMatching", "LexicalMatching", "LogicalReasoning"),
        *("LexicalSimilarityThresholdMatching", "ManualMappingCuration"),
        *("MappingChaining", "MappingInversion", "MappingReview"),
        *("SemanticSimilarityThresholdMatching", "StructuralMatching"),
        "UnspecifiedMatching",
    )
)


def column_key(name: str) -> tuple[int, str]:
    """Sort columns as SSSOM's canonical form does: its slots, then the others."""
    return (ORDER.get(name, len(ORDER)), name if name not in ORDER else "")

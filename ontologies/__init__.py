"""Vocabularies, mappings, rules and facility facts: data with its own maintainers."""

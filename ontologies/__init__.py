"""Vocabularies, mappings, rules and facility facts: data, owned by their maintainers."""

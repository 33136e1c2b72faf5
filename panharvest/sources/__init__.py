"""Connectors: somebody's data as raw records."""

"""Formats: documents that a record is written in."""

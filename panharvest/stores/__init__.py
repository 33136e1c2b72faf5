"""Stores: where raws, items and renditions live."""

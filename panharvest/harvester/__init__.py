"""Harvesting: other people's repositories into a store, and nothing lost in silence."""

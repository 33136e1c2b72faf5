"""Test kit for those who build on panharvest: contracts and strategies."""

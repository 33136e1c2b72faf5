"""Photon and neutron metadata, mapped, published when its embargo ends, and harvested."""

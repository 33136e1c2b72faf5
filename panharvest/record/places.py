"""Where it happened."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Point:
    """A position; degrees north and east (WGS 84)."""

    latitude: float
    longitude: float


@dataclass(frozen=True, slots=True)
class Box:
    """A region between two meridians and two parallels, in degrees (WGS 84)."""

    west: float
    east: float
    south: float
    north: float


@dataclass(frozen=True, slots=True)
class Polygon:
    """A region within a closed line; ``inside`` tells which side of it is meant."""

    points: tuple[Point, ...]
    inside: Point | None = None


@dataclass(frozen=True, slots=True)
class Location:
    """Where it happened; degrees north and east (WGS 84)."""

    place: str | None = None
    latitude: float | None = None
    longitude: float | None = None
    box: Box | None = None
    polygons: tuple[Polygon, ...] = ()

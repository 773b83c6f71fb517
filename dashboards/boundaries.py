"""Boundaries of the counties on the map: where each is and where its label goes.

Read from static/maps; that folder's README says where the shapes come from and what they are not for.
"""

import json
from collections.abc import Iterable
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path
from typing import Any

CODE_DIGITS = 6  # the map's codes are the first six of a division's twelve
SMALL_SHARE = 0.04  # below this share of the whole area a label does not fit inside

Point = tuple[float, float]
Ring = list[Point]


@dataclass(frozen=True)
class Shape:
    """One polygon's label point (longitude, latitude) and its share of the whole area."""

    code: str
    point: Point
    area_share: float

    @property
    def is_small(self) -> bool:
        """Whether its label needs a call-out."""
        return self.area_share < SMALL_SHARE


@dataclass(frozen=True)
class Boundaries:
    """Shapes by map code, and the box around them: west, south, east, north."""

    shapes: dict[str, Shape]
    box: tuple[float, float, float, float]

    def has(self, code: str) -> bool:
        """Whether a division has a polygon."""
        return code[:CODE_DIGITS] in self.shapes

    def of(self, code: str) -> Shape:
        """A division's shape."""
        return self.shapes[code[:CODE_DIGITS]]


def read_boundaries(path: Path) -> Boundaries:
    """Label points and box of a GeoJSON file whose features carry `properties.code`."""
    rings: dict[str, Ring] = {}
    for feature in json.loads(path.read_text("utf-8"))["features"]:
        outer = max(_outer_rings(feature["geometry"]), key=lambda ring: abs(_area(ring)))
        rings[feature["properties"]["code"]] = outer
    whole = sum(abs(_area(ring)) for ring in rings.values())
    shapes = {code: Shape(code, _label_point(ring), abs(_area(ring)) / whole) for code, ring in rings.items()}
    longitudes = [x for ring in rings.values() for x, _ in ring]
    latitudes = [y for ring in rings.values() for _, y in ring]
    return Boundaries(shapes, (min(longitudes), min(latitudes), max(longitudes), max(latitudes)))


def _outer_rings(geometry: dict[str, Any]) -> Iterable[Ring]:
    polygons = geometry["coordinates"] if geometry["type"] == "MultiPolygon" else [geometry["coordinates"]]
    return ([(x, y) for x, y in polygon[0]] for polygon in polygons)


def _area(ring: Ring) -> float:
    return sum(x1 * y2 - x2 * y1 for (x1, y1), (x2, y2) in pairwise(ring)) / 2


def _label_point(ring: Ring) -> Point:
    """The centre of gravity, moved west or east to the middle of the widest stretch of its level:
    a centre alone can fall outside a crescent, or near its edge.
    """
    _, level = _centre(ring)
    left, right = max(_inside(ring, level), key=lambda stretch: stretch[1] - stretch[0])
    return (left + right) / 2, level


def _centre(ring: Ring) -> Point:
    sides = list(pairwise(ring))
    six_areas = 6 * _area(ring)
    x = sum((x1 + x2) * (x1 * y2 - x2 * y1) for (x1, y1), (x2, y2) in sides) / six_areas
    y = sum((y1 + y2) * (x1 * y2 - x2 * y1) for (x1, y1), (x2, y2) in sides) / six_areas
    return x, y


def _inside(ring: Ring, level: float) -> list[tuple[float, float]]:
    crossings = sorted(
        x1 + (level - y1) * (x2 - x1) / (y2 - y1)
        for (x1, y1), (x2, y2) in pairwise(ring)
        if (y1 <= level) != (y2 <= level)
    )
    return list(zip(crossings[::2], crossings[1::2], strict=False))

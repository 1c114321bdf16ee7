"""How far two places on the earth are from each other."""

from math import asin, cos, radians, sin, sqrt

import msgspec

from spoina.errors import InvalidInput

EARTH_METRES = 6_371_009
"""Its mean radius: a sphere is right within half a percent."""


class Point(msgspec.Struct, frozen=True):
    """In degrees, WGS 84: north and east are above zero."""

    latitude: float
    longitude: float


def check_point(point: Point, field: str = "") -> None:
    """`field` is what holds the point, with its dot. Raises InvalidInput."""
    if not -90 <= point.latitude <= 90:
        raise InvalidInput(f"{field}latitude", "must be between -90 and 90 degrees")
    if not -180 <= point.longitude <= 180:
        raise InvalidInput(f"{field}longitude", "must be between -180 and 180 degrees")


def metres_between(one: Point, other: Point) -> int:
    """Along the great circle (the haversine formula)."""
    north, other_north = radians(one.latitude), radians(other.latitude)
    half_east = radians(other.longitude - one.longitude) / 2
    haversine = sin((other_north - north) / 2) ** 2 + cos(north) * cos(other_north) * sin(half_east) ** 2
    return round(2 * EARTH_METRES * asin(min(sqrt(haversine), 1.0)))

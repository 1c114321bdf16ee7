"""What a channel may sell, and why: one golden case for each rule."""

from datetime import timedelta

import pytest

from spoina.inventory.rules import availability, quota
from spoina.inventory.types import Cap, ChannelBuffer, Location, LocationOwner, SharePolicy, Shelf, StockRules
from tests.spoina.inventory.stocking import ALLEGRO, APP, NOON, POS, WEB

WEIGHTS = {WEB: 4, APP: 3, POS: 2, ALLEGRO: 1}
SHARES = SharePolicy(scarce_at=10, open_after=timedelta(hours=1), weights=WEIGHTS)


def place(number: int, *, ships_online: bool = True, active: bool = True) -> Location:
    return Location(
        id=number,
        code=f"place-{number}",
        name=f"Place {number}",
        owner=LocationOwner.SPOINA,
        address="",
        timezone="Europe/Warsaw",
        pickup_enabled=False,
        pickup_minutes=0,
        ships_online=ships_online,
        active=active,
    )


PLACES = (place(1), place(2), place(3, ships_online=False), place(4, active=False))


def shelf(location: int = 1, on_hand: int = 20, held: int = 3, buffer: int = 0, **more) -> Shelf:
    return Shelf(location, on_hand, held, buffer, 5, NOON - timedelta(minutes=location), **more)


@pytest.mark.parametrize(
    ("case", "shelves", "buffer", "shares", "available", "cap", "parts"),
    [
        ("all of it", shelf(), None, None, 17, Cap.STOCK, {}),
        ("a buffer", shelf(buffer=2), None, None, 15, Cap.BUFFER, {"buffer": 2}),
        ("a channel's buffer", shelf(buffer=2), 4, None, 11, Cap.CHANNEL_BUFFER, {"buffer": 2, "channel_buffer": 4}),
        ("a channel's buffer beyond what is there", shelf(), 99, None, 0, Cap.CHANNEL_BUFFER, {"channel_buffer": 17}),
        ("sold out", shelf(held=20), 4, SHARES, 0, Cap.STOCK, {"held": 20}),
        ("oversold", shelf(on_hand=-2), None, SHARES, 0, Cap.STOCK, {"oversold": 5}),
        ("all that is there is buffer", shelf(buffer=30), None, None, 0, Cap.BUFFER, {"oversold": 13}),
        ("plenty: the last ten are shared", shelf(), None, SHARES, 11, Cap.SHARE, {"share_withheld": 6}),
        ("scarce", shelf(on_hand=13), None, SHARES, 4, Cap.SHARE, {"share_withheld": 6}),
        (
            "scarce, and some was taken",
            shelf(on_hand=10, scarce_since=NOON, taken=((WEB, 3),)),
            None,
            SHARES,
            1,
            Cap.SHARE,
            {"share_withheld": 6},
        ),
        ("scarce, and open to all", shelf(on_hand=10, scarce_since=NOON - timedelta(hours=1)), None, SHARES, 7, Cap.STOCK, {}),
        ("a buffer larger than what shares withhold", shelf(on_hand=13), 8, SHARES, 2, Cap.CHANNEL_BUFFER, {"channel_buffer": 8}),
        ("a location that does not ship", shelf(3), None, None, 0, Cap.NOT_ONLINE, {"not_offered": 17}),
        ("a closed location", shelf(4), 1, None, 0, Cap.CLOSED, {"not_offered": 16, "channel_buffer": 1}),
    ],
)
def test_what_caps_it(case, shelves, buffer, shares, available, cap, parts):
    rules = StockRules(locations=PLACES, buffers=() if buffer is None else (ChannelBuffer(channel=WEB, units=buffer),), shares=shares)
    found = availability(1, [shelves], WEB, rules, NOON)
    (part,) = found.shelves
    assert (found.available, part.available, part.capped_by) == (available, available, cap), case
    assert {name: getattr(part, name) for name in parts} == parts, case
    withheld = part.held + part.buffer + part.channel_buffer + part.share_withheld + part.not_offered
    assert part.on_hand - withheld + part.oversold == part.available


def test_all_locations_that_ship_add_up():
    found = availability(1, [shelf(1), shelf(2, on_hand=5), shelf(3), shelf(4), shelf(99)], WEB, StockRules(locations=PLACES), NOON)
    assert (found.available, found.as_of) == (17 + 2, NOON - timedelta(minutes=2))
    assert [(part.location, part.available) for part in found.shelves] == [(1, 17), (2, 2), (3, 0), (4, 0)]


def test_at_one_location_it_does_not_matter_whether_it_ships():
    found = availability(1, [shelf(1), shelf(3)], POS, StockRules(locations=PLACES), NOON, location=3)
    assert (found.available, [part.location for part in found.shelves]) == (17, [3])


@pytest.mark.parametrize(
    ("case", "shelves", "expected"), [("ships", [shelf(1)], True), ("does not", [shelf(3)], False), ("none", [], False)]
)
def test_backorders_are_taken_where_goods_ship_from(case, shelves, expected):
    found = availability(1, shelves, WEB, StockRules(locations=PLACES), NOON, backorders=True)
    assert found.backorders is expected, case


def test_nothing_known():
    found = availability(1, [], WEB, StockRules(locations=PLACES), NOON)
    assert (found.available, found.as_of, found.shelves) == (0, None, ())


@pytest.mark.parametrize(
    ("pool", "expected"),
    [(10, [4, 3, 2, 1]), (9, [3, 3, 2, 1]), (1, [1, 0, 0, 0]), (0, [0, 0, 0, 0]), (7, [3, 2, 1, 1]), (3, [1, 1, 1, 0])],
)
def test_quotas_go_to_the_largest_remainders(pool, expected):
    assert [quota(pool, channel, WEIGHTS) for channel in WEIGHTS] == expected
    assert quota(pool, "kiosk", WEIGHTS) == 0

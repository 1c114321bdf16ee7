"""Whatever the shelves and the rules are: the parts of an explanation add up, and every way of asking gives the same number."""

from datetime import UTC, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from api.availability.answers import Parts, entry
from spoina.ids import Channel, LocationId, ProductId, StockItemId, VariantId
from spoina.inventory.known_codes import KnownVariant, Sells
from spoina.inventory.offers import Asked, ChannelRules, offer
from spoina.inventory.types import ChannelBuffer, Location, LocationOwner, SharePolicy, Shelf, StockRules

NOW = datetime(2026, 3, 1, 12, tzinfo=UTC)
ITEM = StockItemId(7)
CHANNELS = [Channel(name) for name in ("web", "app", "pos", "allegro")]
PLACES = [LocationId(number) for number in (1, 100, 101, 102)]

flags = st.booleans()
locations = st.tuples(
    *(
        st.builds(
            Location,
            id=st.just(place),
            code=st.just(f"place-{place}"),
            name=st.just("Place"),
            owner=st.sampled_from(LocationOwner),
            address=st.just(""),
            timezone=st.just("Europe/Warsaw"),
            pickup_enabled=flags,
            pickup_minutes=st.just(60),
            ships_online=flags,
            active=flags,
        )
        for place in PLACES
    )
)
units = st.integers(0, 30)
taken = st.dictionaries(st.sampled_from(CHANNELS), st.integers(0, 9)).map(lambda each: tuple(sorted(each.items())))


@st.composite
def shelves(draw):
    return tuple(
        Shelf(
            place,
            draw(st.integers(-5, 40)),
            draw(units),
            draw(st.integers(0, 5)),
            draw(st.integers(0, 9)),
            NOW - timedelta(hours=draw(units)),
            draw(st.none() | st.just(NOW - timedelta(minutes=30))),
            draw(taken),
        )
        for place in draw(st.lists(st.sampled_from([*PLACES, LocationId(999)]), unique=True))
    )


buffers = st.lists(
    st.builds(
        ChannelBuffer,
        channel=st.sampled_from(CHANNELS),
        units=st.integers(0, 12),
        item=st.sampled_from([None, ITEM, StockItemId(8)]),
        location=st.sampled_from([None, *PLACES]),
    ),
    unique_by=lambda each: (each.channel, each.item, each.location),
).map(tuple)
shares = st.none() | st.builds(
    SharePolicy,
    scarce_at=st.integers(1, 20),
    open_after=st.sampled_from([timedelta(minutes=10), timedelta(hours=1)]),
    weights=st.dictionaries(st.sampled_from(CHANNELS), st.integers(1, 9), min_size=1),
)
rules = st.builds(StockRules, locations=locations, buffers=buffers, shares=shares)


def known(sells: Sells) -> KnownVariant:
    return KnownVariant(VariantId(7), ProductId(7), ITEM, sells, True, "SKU", None, ())


def adds_up(parts: Parts) -> bool:
    left = parts.on_hand - parts.held - parts.buffer - parts.channel_buffer - parts.share_withheld - parts.not_offered + parts.oversold
    return left == parts.available >= 0


@given(shelves(), rules, st.sampled_from(CHANNELS[:3]), st.sampled_from([None, *PLACES]), st.sampled_from(Sells))
def test_the_parts_add_up_at_each_location_and_in_the_sum(lying, ruling, channel, location, sells):
    found = offer(known(sells), lying, ChannelRules(ruling, channel), Asked(channel, location), NOW)
    shown = entry("SKU", found, {each.id: each.code for each in ruling.locations}, explain=True)
    assert all(adds_up(each.explain) and each.explain.available == each.available for each in shown.locations)
    assert adds_up(shown.explain)
    assert shown.explain.available == shown.available == sum(each.available for each in shown.locations)
    assert shown.for_sale == (sells is not Sells.NEVER and (shown.available > 0 or shown.backorders))


@given(shelves(), rules, st.sampled_from(CHANNELS[:3]))
def test_the_short_way_gives_the_same_number(lying, ruling, channel):
    """What listings and product pages show is what the explanation comes to."""
    through = ChannelRules(ruling, channel)
    found = offer(known(Sells.COUNTED), lying, through, Asked(channel), NOW)
    assert through.left(ITEM, lying, NOW) == (found.stock.available if lying else None)


@given(shelves(), rules, st.sampled_from(CHANNELS[:3]))
def test_what_can_be_collected_is_what_is_sold_at_that_location(lying, ruling, channel):
    through = ChannelRules(ruling, channel)
    found = offer(known(Sells.COUNTED), lying, through, Asked(channel), NOW)
    for place, left in found.pickup.items():
        assert offer(known(Sells.COUNTED), lying, through, Asked(channel, place), NOW).stock.available == left

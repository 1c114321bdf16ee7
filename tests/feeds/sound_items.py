"""An item that every channel takes, and definitions of a feed in each format."""

from datetime import UTC, datetime

import msgspec

from feeds.formats import FORMATS
from feeds.types import FeedChannel, FeedDefinition, FeedItem, ShippingPrice

BEGINS, ENDS = datetime(2026, 3, 1, tzinfo=UTC), datetime(2026, 3, 15, 22, 30, tzinfo=UTC)

ITEM = FeedItem(
    product_id=100,
    variant_id=101,
    id="BUT-42-CZ",
    title="Buty trekkingowe Kowalski Rysy czarne",
    link="https://sklep.example/produkt/buty-rysy?utm_source=feed&utm_medium=cpc",
    currency="PLN",
    price=39900,
    sku="BUT-42-CZ",
    group_id="100",
    gtin="5901234123457",
    mpn="RYSY-42",
    brand="Kowalski",
    description="Wodoodporne buty na szlak, podeszwa z gumy, zażółć gęślą jaźń.",
    summary="Buty na szlak",
    description_html="<h2>Na szlak</h2><p>Wodoodporne <strong>buty</strong>.</p><ul><li>membrana</li><li>waga 900 g</li></ul>",
    image_link="https://sklep.example/obrazy/rysy.jpg",
    additional_image_links=("https://sklep.example/obrazy/rysy-bok.jpg", "https://sklep.example/obrazy/rysy-spod.jpg"),
    quantity=7,
    category_path=("Obuwie", "Buty trekkingowe"),
    channel_category="187",
    product_type="Obuwie > Buty trekkingowe",
    color="czarny",
    size="42",
    material="skóra",
    gender="male",
    age_group="adult",
    weight_grams=1250,
    length_mm=320,
    width_mm=205,
    height_mm=120,
    shipping=(ShippingPrice("PL", "Kurier", 1299),),
    shipping_class="paczka",
    custom_labels=("nowość", "", "", "", "marża-a"),
    options=(("Kolor", "czarny"), ("Rozmiar", "42")),
    attributes={"kraj-pochodzenia": "Polska"},
)
ALLEGRO_TERMS = {
    "shipping_rates": "Standard",
    "handling_time": "PT24H",
    "city": "Kraków",
    "province": "MALOPOLSKIE",
    "post_code": "30-001",
    "return_policy": "14 dni",
    "implied_warranty": "2 lata",
    "responsible_producer": "Kowalski sp. z o.o.",
    "invoice": "VAT",
}


def definition(form: str, **more: object) -> FeedDefinition:
    facts = {"base_url": "https://sklep.example", "override": "de_DE" if "language" in form else ""}
    return FeedDefinition(name="feed", channel=channel_of(form), format=form, **{**facts, **more})


def channel_of(form: str) -> FeedChannel:
    return FeedChannel(form.partition("-")[0])


def sound(channel: FeedChannel, **changes: object) -> FeedItem:
    """`extra` is added to what the channel needs."""
    needed = ALLEGRO_TERMS if channel is FeedChannel.ALLEGRO else {}
    extra = {**needed, **changes.pop("extra", {})}
    return msgspec.structs.replace(ITEM, extra={name: text for name, text in extra.items() if text is not None}, **changes)


def every_format() -> list[str]:
    return sorted(FORMATS)

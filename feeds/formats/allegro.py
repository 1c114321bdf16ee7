"""Allegro: an offer per line, as POST /sale/product-offers takes it, and the same as a table for a person.

Limits are those of Allegro's OpenAPI and its staff's answers (allegro/allegro-api). What our catalogue does not know an offer's definition
says in fields of these names: `EXTRAS`, "parameter:NAME" for an offer's parameter and "product_parameter:NAME" for a product's, where
NAME is
the parameter's name or number and the value one of several texts, numbers of the dictionary ("11323_1") or a range ("1..5"), between "|".
"""

import re
from collections.abc import Iterator, Mapping
from functools import lru_cache

from msgspec.structs import replace

from feeds.formats.allegro_description import allegro_html
from feeds.formats.allegro_offer import (
    AfterSalesServices,
    Amount,
    B2b,
    Delivery,
    Description,
    DescriptionItem,
    IdType,
    Location,
    MessageToSeller,
    OfferedProduct,
    Parameter,
    Payments,
    ProductOffer,
    ProductSetElement,
    Publication,
    Range,
    Reference,
    SafetyInformation,
    Section,
    SellingMode,
    Stock,
    TaxRate,
    TaxSettings,
)
from feeds.formats.text import cut, one_line, several_lines
from feeds.formats.values import sellable_gtin, web_link, whole_name
from feeds.types import Availability, Condition, FeedItem
from spoina.money import decimal_text

NAME, SHORTEST_NAME, EXTERNAL_ID, IMAGES = 75, 12, 100, 16
IMAGE_TYPES = (".jpg", ".jpeg", ".png", ".webp")
HANDLING_TIMES = ("PT0S", "PT24H", "P2D", "P3D", "P4D", "P5D", "P7D", "P10D", "P14D", "P21D", "P30D", "P60D")
INVOICES = ("VAT", "VAT_MARGIN", "WITHOUT_VAT", "NO_INVOICE")
UNITS = ("UNIT", "PAIR", "SET")
MESSAGES = ("OPTIONAL", "HIDDEN", "REQUIRED")
PROVINCES = (
    "DOLNOSLASKIE",
    "KUJAWSKO_POMORSKIE",
    "LUBELSKIE",
    "LUBUSKIE",
    "LODZKIE",
    "MALOPOLSKIE",
    "MAZOWIECKIE",
    "OPOLSKIE",
    "PODKARPACKIE",
    "PODLASKIE",
    "POMORSKIE",
    "SLASKIE",
    "SWIETOKRZYSKIE",
    "WARMINSKO_MAZURSKIE",
    "WIELKOPOLSKIE",
    "ZACHODNIOPOMORSKIE",
)
EXTRAS = (
    "shipping_rates",
    "handling_time",
    "implied_warranty",
    "return_policy",
    "warranty",
    "invoice",
    "province",
    "city",
    "post_code",
    "responsible_person",
    "responsible_producer",
    "safety_information",
    "before_gpsr",
    "tax_rate",
    "tax_subject",
    "tax_exemption",
    "duration",
    "stock_unit",
    "uncounted_stock",
    "size_table",
    "message_to_seller",
    "buyable_only_by_business",
)
OF_OFFER, OF_PRODUCT = "parameter:", "product_parameter:"
STATES = {Condition.NEW: "Nowy", Condition.USED: "Używany"}
"""What the parameter "Stan" says; for a refurbished item the definition has to."""

_DICTIONARY_VALUE = re.compile(r"\d+_\w+", re.ASCII)
_RANGE = re.compile(r"(-?[\d.,]+)\.\.(-?[\d.,]+)", re.ASCII)
_ID = re.compile(r"\d+|[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}", re.ASCII)


def offer(item: FeedItem) -> ProductOffer:
    """The offer of one variant: Allegro groups them itself since it has switched off sellers' own groups (issue 12899)."""
    extra, gtin = item.extra, sellable_gtin(item.gtin)
    available = pieces(item)
    return ProductOffer(
        name=_name(item),
        external=Reference(id=whole_name(item.id)),
        product_set=(_element(item, gtin),),
        category=None if gtin else _category(item),
        parameters=_offer_parameters(item),
        images=_images(item),
        description=_description(item),
        selling_mode=SellingMode(format="BUY_NOW", price=_amount(item)),
        stock=Stock(available=available, unit=extra.get("stock_unit", "UNIT")),
        delivery=_delivery(item),
        after_sales_services=_services(extra),
        location=_location(item),
        payments=Payments(invoice=extra["invoice"]) if extra.get("invoice") else None,
        tax_settings=_taxes(item),
        publication=Publication(status="ACTIVE" if available else "INACTIVE", duration=extra.get("duration") or None),
        message_to_seller_settings=MessageToSeller(mode=extra["message_to_seller"]) if extra.get("message_to_seller") else None,
        size_table=reference(extra.get("size_table", "")),
        b2b=B2b(buyable_only_by_business=True) if extra.get("buyable_only_by_business") == "yes" else None,
    )


def pieces(item: FeedItem) -> int:
    """Of what nobody counts, as many as the definition says while it is in stock: an offer needs a number."""
    if item.quantity is not None:
        return max(0, item.quantity)
    said = item.extra.get("uncounted_stock", "")
    return int(said) if said.isascii() and said.isdigit() and item.availability is Availability.IN_STOCK else 0


@lru_cache(maxsize=1024)
def reference(text: str) -> Reference | None:
    """Numbers and UUIDs are ids, everything else is a name."""
    text = one_line(text)
    if not text:
        return None
    return Reference(id=text) if _ID.fullmatch(text) else Reference(name=text)


@lru_cache(maxsize=4096)
def parameter(name: str, value: str) -> Parameter:
    named = Parameter(id=name) if name.isdigit() else Parameter(name=one_line(name))
    if found := _RANGE.fullmatch(value.strip()):
        return replace(named, range_value=Range(from_=found[1], to=found[2]))
    values = tuple(text for each in value.split("|") if (text := one_line(each)))
    if all(_DICTIONARY_VALUE.fullmatch(each) for each in values):
        return replace(named, values_ids=values)
    return replace(named, values=values)


def _element(item: FeedItem, gtin: str) -> ProductSetElement:
    extra = item.extra
    safety = several_lines(extra.get("safety_information", ""))
    before = extra.get("before_gpsr")
    return ProductSetElement(
        product=OfferedProduct(id=gtin, id_type=IdType.GTIN) if gtin else _described(item),
        responsible_person=reference(extra.get("responsible_person", "")),
        responsible_producer=reference(extra.get("responsible_producer", "")),
        safety_information=SafetyInformation(type="TEXT", description=safety) if safety else None,
        marketed_before_gpsr_obligation=None if before is None else before == "yes",
    )


def _described(item: FeedItem) -> OfferedProduct:
    return OfferedProduct(name=_name(item), category=_category(item), parameters=_product_parameters(item), images=_images(item))


def _category(item: FeedItem) -> Reference | None:
    return Reference(id=one_line(item.channel_category)) if item.channel_category.strip() else None


def _name(item: FeedItem) -> str:
    return cut(one_line(item.title), NAME)


def _offer_parameters(item: FeedItem) -> tuple[Parameter, ...]:
    given = dict(_given(item.extra, OF_OFFER))
    state = STATES.get(item.condition)
    if state is not None and "Stan" not in given and "11323" not in given:
        given = {"Stan": state, **given}
    return tuple(parameter(name, value) for name, value in given.items())


def _product_parameters(item: FeedItem) -> tuple[Parameter, ...]:
    known = {"Marka": one_line(item.brand), "Kod producenta": one_line(item.mpn)}
    given = {name: value for name, value in known.items() if value} | dict(_given(item.extra, OF_PRODUCT))
    return tuple(parameter(name, value) for name, value in given.items())


def _given(extra: Mapping[str, str], prefix: str) -> Iterator[tuple[str, str]]:
    for name, value in extra.items():
        if name.startswith(prefix) and value.strip("| \t\n"):
            yield name[len(prefix) :], value


def _images(item: FeedItem) -> tuple[str, ...]:
    links = (item.image_link, *item.additional_image_links)
    return tuple([web_link(link) for link in links if link][:IMAGES])


def _description(item: FeedItem) -> Description | None:
    content = allegro_html(item.description_html, item.description)
    if not content:
        return None
    return Description(sections=(Section(items=(DescriptionItem(type="TEXT", content=content),)),))


def _amount(item: FeedItem) -> Amount | None:
    now = item.current_price
    return None if now is None else Amount(amount=decimal_text(now, item.currency), currency=one_line(item.currency))


def _delivery(item: FeedItem) -> Delivery | None:
    date = item.availability_date
    found = Delivery(
        shipping_rates=reference(item.extra.get("shipping_rates", "")),
        handling_time=item.extra.get("handling_time") or None,
        shipment_date=date.strftime("%Y-%m-%dT%H:%M:%SZ") if date is not None and item.availability.value == "preorder" else None,
    )
    return None if found == Delivery() else found


def _services(extra: Mapping[str, str]) -> AfterSalesServices | None:
    found = AfterSalesServices(
        implied_warranty=reference(extra.get("implied_warranty", "")),
        return_policy=reference(extra.get("return_policy", "")),
        warranty=reference(extra.get("warranty", "")),
    )
    return None if found == AfterSalesServices() else found


def _location(item: FeedItem) -> Location | None:
    extra = item.extra
    if not extra.get("city"):
        return None
    return Location(
        country_code=one_line(item.country),
        province=extra.get("province") or None,
        city=one_line(extra["city"]),
        post_code=extra.get("post_code") or None,
    )


def _taxes(item: FeedItem) -> TaxSettings | None:
    extra = item.extra
    rate, subject, exemption = (one_line(extra.get(name, "")) for name in ("tax_rate", "tax_subject", "tax_exemption"))
    if not (rate or subject or exemption):
        return None
    rates = (TaxRate(rate=rate, country_code=one_line(item.country)),) if rate else ()
    return TaxSettings(rates=rates, subject=subject or None, exemption=exemption or None)

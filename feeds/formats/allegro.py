"""Allegro: an offer per line, as POST /sale/product-offers takes it, and the same as a table for a person.

Limits are those of Allegro's OpenAPI and its staff's answers (allegro/allegro-api). What our catalogue does not know an offer's definition
says in fields of these names: `EXTRAS`, "parameter:NAME" for an offer's parameter and "product_parameter:NAME" for a product's, where
NAME is
the parameter's name or number and the value one of several texts, numbers of the dictionary ("11323_1") or a range ("1..5"), between "|".
"""

import re
from collections.abc import Callable, Iterator, Mapping
from functools import lru_cache

import msgspec
from msgspec.structs import replace

from feeds.formats.allegro_description import BYTES, allegro_html
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
from feeds.formats.blocks import MadeFormat
from feeds.formats.text import cut, one_line, several_lines
from feeds.formats.values import sellable_gtin, web_link, whole_name
from feeds.port import Field
from feeds.types import Availability, Condition, FeedDefinition, FeedItem
from spoina.money import decimal_text

VERSION = 1

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
_ENCODER = msgspec.json.Encoder()


def allegro_jsonl(_definition: FeedDefinition, _title: str) -> MadeFormat:
    return MadeFormat(
        name="allegro-jsonl",
        version=VERSION,
        extension="jsonl",
        media_type="application/x-ndjson",
        fields=FIELDS,
        header=b"",
        footer=b"",
        render=lambda item: _ENCODER.encode(offer(item)) + b"\n",
    )


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


def _joined(parameters: tuple[Parameter, ...]) -> str:
    return "; ".join([f"{each.id or each.name}: {_value(each)}" for each in parameters])


def _value(each: Parameter) -> str:
    if each.range_value is not None:
        return f"{each.range_value.from_}..{each.range_value.to}"
    return ", ".join(each.values or each.values_ids)


def _named(found: Reference | None) -> str:
    return "" if found is None else found.id or found.name or ""


Read = Callable[[ProductOffer], str]


def _field(name: str, sources: str, rule: str, read: Read, limit: str = "", *, required: bool = False) -> tuple[Field, Read]:
    field = Field(
        name=name,
        value=lambda item: read(offer(item)),
        sources=tuple(sources.split()),
        rule=rule,
        limit=limit,
        required=required,
    )
    return field, read


READERS: tuple[tuple[Field, Read], ...] = (
    _field("name", "title", "plain text, cut between words (OpenAPI, name)", lambda it: it.name, f"{NAME} characters", required=True),
    _field(
        "external.id",
        "id",
        "our SKU, by which the offer is found again (OpenAPI, external)",
        lambda it: it.external.id or "",
        f"{EXTERNAL_ID} characters",
        required=True,
    ),
    _field(
        "productSet.product.id",
        "gtin",
        "the GTIN where it is right (idType GTIN); otherwise the product is described (OpenAPI, productSet)",
        lambda it: it.product_set[0].product.id or "",
    ),
    _field(
        "productSet.product.parameters",
        "gtin brand mpn extra",
        "Marka, Kod producenta and each product_parameter:NAME, without a GTIN (OpenAPI, productSet)",
        lambda it: _joined(it.product_set[0].product.parameters),
    ),
    _field(
        "productSet.responsibleProducer",
        "extra",
        "responsible_producer, number or name (OpenAPI, GPSR)",
        lambda it: _named(it.product_set[0].responsible_producer),
    ),
    _field("category.id", "channel_category gtin", "a leaf; without a GTIN only (OpenAPI, category)", lambda it: _named(it.category)),
    _field(
        "parameters",
        "condition extra",
        "Stan by condition, and each parameter:NAME (OpenAPI, parameters)",
        lambda it: _joined(it.parameters),
    ),
    _field(
        "images",
        "image_link additional_image_links",
        "addresses that Allegro fetches (OpenAPI, images; the limit by third parties)",
        lambda it: ", ".join(it.images),
        f"{IMAGES} links",
        required=True,
    ),
    _field(
        "description",
        "description_html description",
        "h1, h2, p, ul, ol, li, b (issue 6559)",
        lambda it: it.description.sections[0].items[0].content if it.description else "",
        f"{BYTES} bytes",
    ),
    _field(
        "sellingMode.price.amount",
        "price sale_price on_sale currency",
        "what is to be paid now, gross (OpenAPI, sellingMode)",
        lambda it: it.selling_mode.price.amount if it.selling_mode.price else "",
        required=True,
    ),
    _field(
        "sellingMode.price.currency",
        "price sale_price on_sale currency",
        "ISO 4217 (OpenAPI, sellingMode)",
        lambda it: it.selling_mode.price.currency if it.selling_mode.price else "",
        required=True,
    ),
    _field(
        "stock.available",
        "quantity availability extra",
        "what Allegro may sell, uncounted_stock of what nobody counts; 0 ends an offer (OpenAPI, stock)",
        lambda it: str(it.stock.available),
        required=True,
    ),
    _field("stock.unit", "extra", "stock_unit: UNIT, PAIR, SET (OpenAPI, stock)", lambda it: it.stock.unit),
    _field(
        "publication.status", "quantity", "ACTIVE with stock, otherwise INACTIVE (OpenAPI, publication)", lambda it: it.publication.status
    ),
    _field(
        "delivery.shippingRates",
        "extra",
        "shipping_rates, number or name (OpenAPI, delivery)",
        lambda it: _named(it.delivery.shipping_rates) if it.delivery else "",
    ),
    _field(
        "delivery.handlingTime",
        "extra",
        f"handling_time: {', '.join(HANDLING_TIMES)}",
        lambda it: (it.delivery.handling_time or "") if it.delivery else "",
    ),
    _field(
        "delivery.shipmentDate",
        "availability availability_date",
        "when a pre-ordered item is sent (OpenAPI, delivery)",
        lambda it: (it.delivery.shipment_date or "") if it.delivery else "",
    ),
    _field(
        "afterSalesServices.impliedWarranty",
        "extra",
        "implied_warranty, number or name (OpenAPI, afterSalesServices)",
        lambda it: _named(it.after_sales_services.implied_warranty) if it.after_sales_services else "",
    ),
    _field(
        "afterSalesServices.returnPolicy",
        "extra",
        "return_policy, number or name (OpenAPI, afterSalesServices)",
        lambda it: _named(it.after_sales_services.return_policy) if it.after_sales_services else "",
    ),
    _field("location.city", "extra", "city (OpenAPI, location)", lambda it: (it.location.city or "") if it.location else ""),
    _field(
        "location.province",
        "extra",
        "province, for Poland (OpenAPI, location)",
        lambda it: (it.location.province or "") if it.location else "",
    ),
    _field(
        "location.postCode",
        "extra",
        "post_code, XX-XXX in Poland (OpenAPI, location)",
        lambda it: (it.location.post_code or "") if it.location else "",
    ),
    _field("payments.invoice", "extra", f"invoice: {', '.join(INVOICES)}", lambda it: it.payments.invoice if it.payments else ""),
    _field(
        "taxSettings.rates",
        "extra country",
        "tax_rate (GET /sale/tax-settings says which)",
        lambda it: it.tax_settings.rates[0].rate if it.tax_settings and it.tax_settings.rates else "",
    ),
)
FIELDS = tuple(field for field, _ in READERS)

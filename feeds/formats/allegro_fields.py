"""The lines of allegro-jsonl, and what explain tells of an offer: a field for each part of it that says something of the item."""

from collections.abc import Callable

import msgspec

from feeds.formats.allegro import EXTERNAL_ID, HANDLING_TIMES, IMAGES, INVOICES, NAME, offer
from feeds.formats.allegro_description import BYTES
from feeds.formats.allegro_offer import Parameter, ProductOffer, Reference
from feeds.formats.blocks import MadeFormat
from feeds.port import Field
from feeds.types import FeedDefinition

VERSION = 1

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

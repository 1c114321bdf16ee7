"""Allegro's rules for an offer that is to be published."""

import re

from feeds.checks.codes import of_gtin
from feeds.checks.limits import UNLIMITED, Limits
from feeds.checks.links import all_absolute, of_image, of_images
from feeds.checks.prices import prices
from feeds.checks.rules import AnySection, Clause, Section, SharedSection, Writer
from feeds.checks.texts import of_title, quiet
from feeds.formats import allegro as form
from feeds.formats.text import one_line
from feeds.formats.values import sellable_gtin
from feeds.types import Availability, Condition, FeedDefinition, FeedItem

_LIMITS = Limits(
    prefix="ALLEGRO",
    source="Allegro, POST /sale/product-offers",
    id_field="external.id",
    id=form.EXTERNAL_ID,
    title=form.NAME,
    description=UNLIMITED,
    images=form.IMAGES - 1,
    image_types=form.IMAGE_TYPES,
    extras=(),
)
_WRITE = Writer(_LIMITS.prefix, _LIMITS.source)
_POST_CODE = re.compile(r"\d{2}-\d{3}", re.ASCII)
_RATE = re.compile(r"\d{1,2}(?:\.\d{2})?|[A-Z]+", re.ASCII)
_DURATION = re.compile(r"P(?:T\d+H|\d+D)", re.ASCII)
_CATEGORY = re.compile(r"\d+|[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}", re.ASCII)
_WORDS = 3


def allegro(definition: FeedDefinition) -> tuple[AnySection, ...]:
    return (
        Section(
            _SOUND,
            (
                *_of_offer(),
                *_of_product(),
                *of_image(_WRITE, UNLIMITED, form.IMAGE_TYPES, "images"),
                *of_images(_WRITE, form.IMAGES - 1, "images"),
            ),
        ),
        prices(_WRITE, definition.currency),
        SharedSection(("country",), (*_of_delivery(), *_of_terms())),
    )


def _is_name(id: str) -> bool:  # noqa: A002 - named as the item's field is
    return 0 < len(id) <= form.EXTERNAL_ID and id.isascii() and id.isprintable() and " " not in id


def _is_title(title: str) -> bool:
    return (
        form.SHORTEST_NAME <= len(title) <= form.NAME
        and title[0].isalnum()
        and title.isprintable()
        and title.count(" ") >= _WORDS
        and quiet(title)
    )


def _is_counted(quantity: int | None) -> bool:
    return quantity is not None


def _is_of_known_state(condition: Condition) -> bool:
    return condition in form.STATES


def _is_right_code(gtin: str) -> bool:
    return gtin != "" and sellable_gtin(gtin) == gtin


def _is_picture(image_link: str) -> bool:
    return image_link.startswith("https://") and image_link.endswith(form.IMAGE_TYPES) and all_absolute((image_link,))


def _are_pictures(additional_image_links: tuple[str, ...]) -> bool:
    return len(additional_image_links) < form.IMAGES and all_absolute(additional_image_links)


_SOUND = (_is_name, _is_title, _is_counted, _is_of_known_state, _is_right_code, _is_picture, _are_pictures)


def _of_offer() -> tuple[Clause, ...]:
    def short(item: FeedItem) -> str | None:
        name = one_line(item.title)
        if not name or (len(name) >= form.SHORTEST_NAME and len(name.split()) >= _WORDS):
            return None
        return f"{name!r} is shorter than {form.SHORTEST_NAME} characters or {_WORDS} words"

    def length(item: FeedItem) -> str | None:
        return f"{len(item.id)} characters, at most {form.EXTERNAL_ID}" if len(item.id) > form.EXTERNAL_ID else None

    def uncounted(item: FeedItem) -> str | None:
        if item.quantity is not None or item.availability is not Availability.IN_STOCK or form.pieces(item):
            return None
        return "nobody counts it, but an offer needs a number: uncounted_stock is not set"

    return (
        _WRITE.error("ID-REQUIRED", "external.id", "every offer has an id", lambda item: None if item.id.strip() else "there is none"),
        _WRITE.error("ID-LENGTH", "external.id", f"at most {form.EXTERNAL_ID} characters", length),
        *of_title(_WRITE, form.NAME, "name"),
        _WRITE.warning("TITLE-SHORT", "name", f"at least {form.SHORTEST_NAME} characters and {_WORDS} words", short),
        _WRITE.error("STOCK-UNKNOWN", "stock.available", "a number of pieces", uncounted),
    )


def _of_product() -> tuple[Clause, ...]:
    def category(item: FeedItem) -> str | None:
        given = item.channel_category.strip()
        if sellable_gtin(item.gtin):
            return None
        if not given:
            return "without a GTIN a category has to be mapped"
        return None if _CATEGORY.fullmatch(given) else f"{given!r} is no number of a category"

    def parameters(item: FeedItem) -> str | None:
        if sellable_gtin(item.gtin) or item.brand.strip() or any(name.startswith(form.OF_PRODUCT) for name in item.extra):
            return None
        return "without a GTIN a product is described by parameters: a brand, or product_parameter:NAME"

    def state(item: FeedItem) -> str | None:
        if item.condition in form.STATES or f"{form.OF_OFFER}Stan" in item.extra or f"{form.OF_OFFER}11323" in item.extra:
            return None
        return f"for {item.condition.value} the definition has to say parameter:Stan"

    missing = _WRITE.warning(
        "GTIN-MISSING", "productSet.product.id", "products are found by GTIN", lambda item: None if item.gtin else "there is none"
    )
    return (
        missing,
        *of_gtin(_WRITE, "productSet.product.id"),
        _WRITE.error("CATEGORY", "category.id", "a leaf of Allegro's tree, without a GTIN", category),
        _WRITE.error("PARAMETERS", "productSet.product.parameters", "what describes a product that has no GTIN", parameters),
        _WRITE.error("STATE", "parameters", "the parameter Stan", state),
    )


def _of_delivery() -> tuple[Clause, ...]:
    return (
        _required("SHIPPING-RATES", "delivery.shippingRates", "shipping_rates"),
        _required("HANDLING-TIME-REQUIRED", "delivery.handlingTime", "handling_time"),
        _one_of("HANDLING-TIME", "delivery.handlingTime", "handling_time", form.HANDLING_TIMES),
        _required("CITY", "location.city", "city"),
        _WRITE.error("PROVINCE", "location.province", f"for Poland one of {', '.join(form.PROVINCES)}", _province),
        _WRITE.error("POST-CODE", "location.postCode", "in Poland XX-XXX", _post_code),
    )


def _of_terms() -> tuple[Clause, ...]:
    return (
        _required("RETURN-POLICY", "afterSalesServices.returnPolicy", "return_policy", warning=True),
        _required("IMPLIED-WARRANTY", "afterSalesServices.impliedWarranty", "implied_warranty", warning=True),
        _WRITE.warning(
            "GPSR", "productSet.responsibleProducer", "who answers for the product, unless it was sold before 13.12.2024", _gpsr
        ),
        _one_of("INVOICE", "payments.invoice", "invoice", form.INVOICES),
        _one_of("STOCK-UNIT", "stock.unit", "stock_unit", form.UNITS),
        _one_of("MESSAGE", "messageToSellerSettings.mode", "message_to_seller", form.MESSAGES),
        _matching("TAX-RATE", "taxSettings.rates", "tax_rate", _RATE, "23.00, 8.00, 5.00, 0.00 or a word"),
        _matching("DURATION", "publication.duration", "duration", _DURATION, "an ISO 8601 duration, as P30D or PT720H"),
        _WRITE.warning("FIELD-UNKNOWN", "extra", "a field of an offer", _unknown),
    )


def _required(name: str, field: str, extra: str, *, warning: bool = False) -> Clause:
    write = _WRITE.warning if warning else _WRITE.error

    def judge(item: FeedItem) -> str | None:
        return None if item.extra.get(extra, "").strip() else f"{extra} is not set"

    return write(name, field, f"{extra}, by number or name", judge)


def _one_of(name: str, field: str, extra: str, values: tuple[str, ...]) -> Clause:
    def judge(item: FeedItem) -> str | None:
        given = item.extra.get(extra, "")
        return None if not given or given in values else f"{given!r} is none of {', '.join(values)}"

    return _WRITE.error(name, field, f"{extra}: {', '.join(values)}", judge)


def _matching(name: str, field: str, extra: str, pattern: re.Pattern[str], meaning: str) -> Clause:
    def judge(item: FeedItem) -> str | None:
        given = item.extra.get(extra, "")
        return None if not given or pattern.fullmatch(given) else f"{given!r} is not {meaning}"

    return _WRITE.error(name, field, f"{extra}: {meaning}", judge)


def _province(item: FeedItem) -> str | None:
    given = item.extra.get("province", "")
    if item.country != "PL" or not item.extra.get("city") or given in form.PROVINCES:
        return None
    return f"{given!r} is none of {', '.join(form.PROVINCES)}"


def _post_code(item: FeedItem) -> str | None:
    given = item.extra.get("post_code", "")
    if not item.extra.get("city") or (given and (item.country != "PL" or _POST_CODE.fullmatch(given))):
        return None
    return f"{given!r} is no post code"


def _gpsr(item: FeedItem) -> str | None:
    known = item.extra.get("responsible_producer") or item.extra.get("before_gpsr") == "yes"
    return None if known else "neither responsible_producer nor before_gpsr is set"


def _unknown(item: FeedItem) -> str | None:
    others = [name for name in item.extra if name not in form.EXTRAS and not name.startswith((form.OF_OFFER, form.OF_PRODUCT))]
    return f"{others[0]!r} is no field of an offer: it is left out" if others else None

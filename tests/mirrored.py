"""What the mirror must hold, worked out from the simulated shop's own documents, and what it does hold, read from its tables.

Written without the channel's mapping and without the catalogue's types: two people's understanding of one shop must agree.
"""

import html
import json
import re
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from decimal import ROUND_HALF_UP, Decimal
from typing import Any
from urllib.parse import unquote

from simulators.woocommerce.shop import Shop
from spoina.db import Pool

Facts = dict[str, Any]
KINDS = ("simple", "variable", "grouped", "external")


def expected(shop: Shop, now: datetime) -> dict[int, Facts]:
    """By product: everything outside the trash that is of a kind WooCommerce itself knows."""
    documents = (shop.products.get(facts.id) for facts in shop.products.all_facts())
    wanted = (document for document in documents if document is not None and document["status"] != "trash" and document["type"] in KINDS)
    return {document["id"]: _expected_product(shop, document, now) for document in wanted}


async def held(pool: Pool) -> dict[int, Facts]:
    """The same, as the mirror has it: from the columns that listings use and from the prepared documents."""
    variants = await _variants(pool)
    rows = await pool.fetch(
        "select p.*, d.body from product p left join product_document d on d.product_id = p.id where p.deleted_at is null"
    )
    return {row["id"]: _held_product(row, json.loads(row["body"]), variants.pop(row["id"], {})) for row in rows} | {
        product_id: {"variants without a product": sorted(found)} for product_id, found in variants.items()
    }


def _expected_product(shop: Shop, document: Facts, now: datetime) -> Facts:
    children = [shop.variations.get(of) for of in document["variations"]]
    sold = [child for child in children if child is not None] if document["type"] == "variable" else [document]
    variants = {one["id"]: _expected_variant(one, document) for one in sold}
    offered = [one for one in sold if document["type"] != "variable" or (one["status"] == "publish" and one["regular_price"] != "")]
    prices = [price for one in offered if (price := _asked(one, now)) is not None]
    published = document["status"] == "publish" and bool(offered)
    return {
        "title": html.unescape(re.sub(r"</?[a-z]+>", "", document["name"])),
        "handle": unquote(document["slug"]) or f"product-{document['id']}",
        "kind": document["type"],
        "status": document["status"],
        "published": published,
        "listed": published and document["catalog_visibility"] in ("visible", "catalog"),
        "searchable": published and document["catalog_visibility"] in ("visible", "search"),
        "categories": [category["id"] for category in document["categories"]],
        "tags": [html.unescape(tag["name"]) for tag in document["tags"]],
        "vendor": html.unescape(document["brands"][0]["name"]) if document["brands"] else "",
        "words": _words(document["description"]),
        "images": [image["id"] for image in document["images"]],
        "modified": document["date_modified_gmt"],
        "price_min": min(prices, default=None),
        "price_max": max(prices, default=None),
        "available": document["type"] in ("simple", "variable") and any(_can_be_had(one) for one in offered),
        "offered": sorted(one["id"] for one in offered),
        "variants": variants,
    }


def _expected_variant(one: Facts, product: Facts) -> Facts:
    counts = one["stock_quantity"] is not None and one["manage_stock"] in (True, "parent")
    on_sale = one["sale_price"] != ""
    ends = _moment(one["date_on_sale_to_gmt"]) if on_sale else None
    return {
        "sku": one["sku"] or None,
        "barcode": one["global_unique_id"] or None,
        "regular": _minor(one["regular_price"] or (one["price"] if not on_sale else "")),
        "sale": _minor(one["sale_price"]),
        "sale_from": _moment(one["date_on_sale_from_gmt"]) if on_sale else None,
        "sale_to": ends + timedelta(seconds=1) if ends else None,
        "tax_class": one["tax_class"],
        "grams": round(float(one["weight"]) * 1000) if one["weight"] else None,
        "options": {attribute["name"]: attribute["option"] for attribute in one["attributes"]} if "options" not in _first(one) else {},
        "counted as": (product["id"] if one["manage_stock"] == "parent" else one["id"]) if counts else None,
        "on_hand": one["stock_quantity"] if counts else None,
    }


def _first(one: Facts) -> Facts:
    return one["attributes"][0] if one["attributes"] else {"options": []}


def _can_be_had(one: Facts) -> bool:
    return one["purchasable"] and one["stock_status"] != "outofstock"


def _asked(one: Facts, now: datetime) -> int | None:
    if one["type"] == "grouped":
        return _minor(one["price"])
    begins, ends = _moment(one["date_on_sale_from_gmt"]), _moment(one["date_on_sale_to_gmt"])
    open_now = (begins is None or begins <= now) and (ends is None or now < ends + timedelta(seconds=1))
    regular, sale = _minor(one["regular_price"]), _minor(one["sale_price"])
    return sale if sale is not None and regular is not None and sale < regular and open_now else regular


def _minor(text: str) -> int | None:
    return int((Decimal(text) * 100).quantize(Decimal(1), ROUND_HALF_UP)) if text else None


def _moment(gmt: str | None) -> datetime | None:
    return datetime.fromisoformat(gmt).replace(tzinfo=UTC) if gmt else None


def _words(markup: str) -> list[str]:
    return re.findall(r"\w+", html.unescape(re.sub(r"<[^>]*>", " ", markup)))


async def _variants(pool: Pool) -> dict[int, dict[int, Facts]]:
    on_hand = dict(await pool.fetch("select item_id, on_hand from stock where location_id = 1"))
    found: dict[int, dict[int, Facts]] = {}
    for row in await pool.fetch("select * from variant"):
        found.setdefault(row["product_id"], {})[row["id"]] = _held_variant(row, json.loads(row["body"]), on_hand)
    return found


def _held_variant(row: Mapping[str, Any], body: Facts, on_hand: Mapping[int, int]) -> Facts:
    prices = body["prices"]
    return {
        "sku": row["sku"],
        "barcode": row["barcode"],
        "regular": prices.get("regular"),
        "sale": prices.get("sale"),
        "sale_from": _zoned(prices.get("sale_from")),
        "sale_to": _zoned(prices.get("sale_to")),
        "tax_class": body.get("tax_class", ""),
        "grams": body.get("weight_grams"),
        "options": {option["name"]: option["value"] for option in body.get("options", [])},
        "counted as": row["stock_item"],
        "on_hand": on_hand.get(row["stock_item"]) if row["stock_item"] is not None else None,
    }


def _held_product(row: Mapping[str, Any], document: Facts, variants: dict[int, Facts]) -> Facts:
    assert (row["title"], row["handle"], row["status"]) == (document["title"], document["handle"], document["status"])
    return {
        "title": row["title"],
        "handle": row["handle"],
        "kind": row["kind"],
        "status": row["status"],
        "published": row["published"],
        "listed": row["listed"],
        "searchable": row["searchable"],
        "categories": document.get("category_ids", []),
        "tags": document.get("tags", []),
        "vendor": row["vendor"],
        "words": _words(document.get("description_html", "")),
        "images": [image["id"] for image in document.get("images", [])],
        "modified": row["updated_at"].strftime("%Y-%m-%dT%H:%M:%S"),
        "price_min": row["price_min"],
        "price_max": row["price_max"],
        "available": row["available"],
        "offered": sorted(variant["id"] for variant in document.get("variants", [])),
        "variants": variants,
    }


def _zoned(text: str | None) -> datetime | None:
    return datetime.fromisoformat(text) if text else None


def differences(wanted: Mapping[int, Facts], found: Mapping[int, Facts]) -> list[str]:
    """One line for each fact that differs; empty when the mirror equals the shop."""
    lines = [f"{product}: {'missing' if product in wanted else 'extra'}" for product in sorted(wanted.keys() ^ found.keys())]
    for product in sorted(wanted.keys() & found.keys()):
        shop, mirror = wanted[product], found[product]
        lines += [f"{product} {name}: {shop[name]!r} != {mirror.get(name)!r}" for name in shop if shop[name] != mirror.get(name)]
    return lines


async def mirror_differences(shop: Shop, pool: Pool) -> list[str]:
    """Everything in which the mirror is not the shop of this moment; rows of stock that nothing counts are told too."""
    found = await held(pool)
    counted = {row[0] for row in await pool.fetch("select distinct stock_item from variant where stock_item is not null")}
    idle = [row[0] for row in await pool.fetch("select item_id from stock order by item_id") if row[0] not in counted]
    return differences(expected(shop, datetime.now(UTC)), found) + [f"stock of {item} belongs to nothing" for item in idle]

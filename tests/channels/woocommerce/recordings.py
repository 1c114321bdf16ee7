"""What a real WooCommerce answered and delivered (tests/contract/woocommerce/recorded)."""

import json
from datetime import UTC, datetime
from functools import cache
from pathlib import Path
from typing import Any

import msgspec

from channels.woocommerce.mapping import ShopContext, map_category, map_shop, map_tax_class
from channels.woocommerce.payloads import SiteIndexPayload, items_of
from spoina.catalog.types import Category, Shop

FOLDER = Path(__file__).parents[2] / "contract" / "woocommerce" / "recorded"
AS_OF = datetime(2026, 11, 21, 23, 0, tzinfo=UTC)


@cache
def recording(name: str) -> dict[str, Any]:
    """`name` is how the file's name begins."""
    (path,) = FOLDER.glob(f"{name}*.json")
    return json.loads(path.read_bytes())


def body(name: str) -> Any:
    return recording(name)["response"]["body"]


def encoded(name: str) -> bytes:
    return json.dumps(body(name)).encode()


def items(*names: str) -> list[bytes]:
    return [bytes(item) for name in names for item in items_of(encoded(name))]


def product_payload(product_id: int) -> dict[str, Any]:
    """A recorded product by its number, to be altered and encoded."""
    pages = ("001", "002", "003", "030", "031", "032", "037", "125")
    listed = (body(name) for name in pages)
    found = (item for page in listed for item in (page if isinstance(page, list) else [page]) if item["id"] == product_id)
    return json.loads(json.dumps(next(found)))


@cache
def shop() -> Shop:
    site = msgspec.json.decode(encoded("064"), type=SiteIndexPayload)
    return map_shop(site, [encoded("056"), encoded("057"), encoded("058")], AS_OF)


@cache
def categories() -> tuple[Category, ...]:
    return tuple(map_category(item, shop(), AS_OF) for item in items("040"))


@cache
def context() -> ShopContext:
    return ShopContext.of(shop(), categories(), [map_tax_class(item, AS_OF).slug for item in items("046")])

"""The shop's frame taken over: settings, taxes, categories, tags, brands, attributes, shipping classes, pages and menus.

WooCommerce tells nobody when any of these change, and moves no product's date, so all are read with each poll. Products that carry the
name of a
term which was renamed or removed are hinted at, since only reading them again brings the new name.
"""

from collections.abc import Mapping, Sequence
from datetime import datetime

import msgspec

from channels.woocommerce.client import WooCommerceClient
from channels.woocommerce.mapping import ShopContext
from channels.woocommerce.mapping.content import map_page, menus
from channels.woocommerce.mapping.settings import map_shop
from channels.woocommerce.mapping.terms import map_category, map_tax_class, map_tax_rate, map_term
from channels.woocommerce.payloads import NavigationPayload, SiteIndexPayload, items_of, payload_of
from spoina.catalog import frame, labels
from spoina.catalog.facts import TaxClass, Taxonomy, TaxRate, Term
from spoina.catalog.types import Category, Menu, Page, Shop
from spoina.clock import Clock
from spoina.db import Connection, Pool, transaction
from spoina.errors import SourceMissing, SourceRefused
from spoina.ids import CategoryId
from spoina.jobs import Job, enqueue
from spoina.sync import hints

_BY_ID = {"orderby": "id", "order": "asc"}
_PATHS = {
    Taxonomy.TAG: "products/tags",
    Taxonomy.BRAND: "products/brands",
    Taxonomy.SHIPPING_CLASS: "products/shipping_classes",
}
_FUNCTIONAL_PAGES = {f"woocommerce_{name}_page_id" for name in ("cart", "checkout", "myaccount", "shop")}
"""Pages of WooCommerce that are no texts: a footer leaves them out."""


class _PageSetting(msgspec.Struct, frozen=True):
    id: str
    value: msgspec.Raw = msgspec.Raw(b"null")


class Frame(msgspec.Struct, frozen=True, kw_only=True):
    """Everything around the products, as the shop said it at one time."""

    shop: Shop
    categories: list[Category]
    terms: dict[str, list[Term]]
    tax_classes: list[TaxClass]
    tax_rates: list[TaxRate]
    pages: list[Page]
    menus: list[Menu]


async def take_frame(client: WooCommerceClient, pool: Pool, clock: Clock) -> ShopContext:
    """Reads the frame and stores what changed; returns what mapping products needs of it. Raises SourceError."""
    read = await read_frame(client, clock())
    async with transaction(pool) as db:
        await _store(db, read, clock())
    return ShopContext.of(read.shop, read.categories, [each.slug for each in read.tax_classes])


async def read_frame(client: WooCommerceClient, as_of: datetime) -> Frame:
    """Raises SourceError. What older shops or careful hosts do not offer (brands, pages, navigation) is empty then."""
    site = await client.get_json("/", SiteIndexPayload, {"_fields": "name,description,url,home,gmt_offset,timezone_string"})
    settings = [(await client.get_page(f"settings/{group}")).body for group in ("general", "tax", "products")]
    shop = map_shop(site, settings, as_of)
    categories = [map_category(raw, shop, as_of) for raw in await _items(client, "products/categories", _BY_ID)]
    pages = [map_page(raw, as_of) for raw in await _offered(client, "/wp/v2/pages", {**_BY_ID, "status": "publish"})]
    navigations = [payload_of("navigation", NavigationPayload, raw) for raw in await _offered(client, "/wp/v2/navigation", {})]
    return Frame(
        shop=shop,
        categories=categories,
        terms=await _terms(client, as_of),
        tax_classes=[map_tax_class(raw, as_of) for raw in items_of((await client.get_page("taxes/classes")).body)],
        tax_rates=[map_tax_rate(raw, as_of) for raw in await _items(client, "taxes", _BY_ID)],
        pages=pages,
        menus=menus(navigations, categories, pages, shop, await _functional_pages(client)),
    )


async def _terms(client: WooCommerceClient, as_of: datetime) -> dict[str, list[Term]]:
    found = {
        taxonomy.value: [map_term(taxonomy, raw, as_of) for raw in await _offered(client, path, _BY_ID)]
        for taxonomy, path in _PATHS.items()
    }
    attributes = [map_term(Taxonomy.ATTRIBUTE, raw, as_of) for raw in items_of((await client.get_page("products/attributes")).body)]
    found[Taxonomy.ATTRIBUTE.value] = attributes
    found[Taxonomy.ATTRIBUTE_TERM.value] = [
        map_term(Taxonomy.ATTRIBUTE_TERM, raw, as_of, attribute_id=attribute.id)
        for attribute in attributes
        for raw in await _items(client, f"products/attributes/{attribute.id}/terms", _BY_ID)
    ]
    return found


async def _items(client: WooCommerceClient, path: str, params: dict[str, str]) -> list[msgspec.Raw]:
    return [raw async for page in client.pages(path, params) for raw in items_of(page.body)]


async def _offered(client: WooCommerceClient, path: str, params: dict[str, str]) -> list[msgspec.Raw]:
    try:
        return await _items(client, path, params)
    except (SourceMissing, SourceRefused):
        return []


async def _functional_pages(client: WooCommerceClient) -> list[int]:
    """WordPress pages that hold the cart, the checkout, the account and the list of products."""
    try:
        settings = await client.get_json("settings/advanced", list[_PageSetting])
    except (SourceMissing, SourceRefused):
        return []
    numbers = [bytes(each.value).strip(b'"') for each in settings if each.id in _FUNCTIONAL_PAGES]
    return [int(number) for number in numbers if number.isdigit()]


async def _store(db: Connection, read: Frame, at: datetime) -> None:
    changed = [
        await frame.save_shop(db, read.shop),
        await frame.save_taxes(db, read.tax_classes, read.tax_rates),
        await frame.save_pages(db, read.pages),
        await frame.save_menus(db, read.menus, at),
    ]
    renamed = [await frame.save_terms(db, frame.CATEGORY, read.categories)]
    renamed += [await frame.save_terms(db, taxonomy, terms) for taxonomy, terms in read.terms.items()]
    await _hint_at(db, [term for terms in renamed if terms for term in terms], read.terms, at)
    if any(changed) or any(terms is not None for terms in renamed):
        await frame.announce(db)


async def _hint_at(db: Connection, renamed: Sequence[frame.Renamed], terms: Mapping[str, Sequence[Term]], at: datetime) -> None:
    wanted = [label for term in renamed for label in _labels_with(term, terms)]
    product_ids = await frame.products_with_labels(db, wanted) if wanted else []
    if product_ids:
        await hints.add(db, product_ids, "a term was renamed", at)
        await enqueue(db, Job.READ_HINTED_PRODUCTS)


def _labels_with(term: frame.Renamed, terms: Mapping[str, Sequence[Term]]) -> list[str]:
    """Under which labels products carry the old name."""
    match term.taxonomy:
        case frame.CATEGORY:
            return [labels.category(CategoryId(term.id))]
        case Taxonomy.TAG:
            return [labels.tag(term.old_name)]
        case Taxonomy.BRAND:
            return [labels.vendor(term.old_name)]
        case Taxonomy.ATTRIBUTE_TERM:
            return [
                label
                for attribute in terms[Taxonomy.ATTRIBUTE]
                for label in (
                    labels.option(attribute.name, term.old_name),
                    labels.metafield("attributes", attribute.slug.removeprefix("pa_"), term.old_name),
                )
            ]
    return []

"""The shop's frame taken over: settings, taxes, shipping zones, payment methods, categories, tags, brands, attributes, shipping classes,
pages and menus.

WooCommerce tells nobody when any of these change, and moves no product's date, so all are read with each poll. Products that carry the
name of a term which was renamed or removed are hinted at, since only reading them again brings the new name.
"""

from collections.abc import Callable, Sequence
from datetime import datetime
from typing import TypeVar

import msgspec

from channels.woocommerce.client import WooCommerceClient
from channels.woocommerce.mapping import ShopContext
from channels.woocommerce.mapping.content import map_page, menus
from channels.woocommerce.mapping.settings import map_sale_settings, map_shop
from channels.woocommerce.mapping.terms import map_category, map_tax_class, map_tax_rate, map_term
from channels.woocommerce.mapping.texts import decoded
from channels.woocommerce.payloads import NavigationPayload, PagePayload, SiteIndexPayload, Unmappable, items_of, payload_of
from channels.woocommerce.payment_methods import KIND as PAYMENT_KIND
from channels.woocommerce.payment_methods import read_payment_methods
from channels.woocommerce.zones import KIND, METHOD_KIND, read_zones
from spoina.catalog import frame, labels
from spoina.catalog.facts import TaxClass, Taxonomy, TaxRate, Term
from spoina.catalog.types import Category, Menu, Page, Shop
from spoina.clock import Clock
from spoina.db import Connection, Pool, transaction
from spoina.errors import SourceMalformed, SourceMissing, SourceRefused
from spoina.ids import CategoryId, TermId
from spoina.jobs import Job, enqueue
from spoina.pricing.cart.types import Zone
from spoina.sync import hints, quarantine
from spoina.sync.status import SOURCE
from spoina.sync.types import Quarantined
from spoina.terms import sql as terms
from spoina.terms.types import PaymentMethod, SaleSettings

T = TypeVar("T")

_BY_ID = {"orderby": "id", "order": "asc"}
_PATHS = {
    Taxonomy.TAG: "products/tags",
    Taxonomy.BRAND: "products/brands",
    Taxonomy.SHIPPING_CLASS: "products/shipping_classes",
}
_KINDS = ("category", "page", "navigation", "tax class", "tax rate", KIND, METHOD_KIND, PAYMENT_KIND, *Taxonomy)
"""What quarantine calls the parts of the frame: read whole each time, so what is not refused again is mended or gone."""
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
    sale_settings: SaleSettings
    zones: list[Zone] | None
    """None: the shop does not show them."""
    payment_methods: list[PaymentMethod] | None
    """None: the shop does not show them."""
    pages: list[Page]
    menus: list[Menu]
    refused: list[Quarantined]
    """What could not be mapped; the rest goes on without it."""


async def take_frame(client: WooCommerceClient, pool: Pool, clock: Clock) -> ShopContext:
    """Reads the frame and stores what changed; returns what mapping products needs of it. Raises SourceError."""
    read = await read_frame(client, clock())
    async with transaction(pool) as db:
        await _store(db, read, clock())
    return ShopContext.of(read.shop, read.categories, [each.slug for each in read.tax_classes])


async def read_frame(client: WooCommerceClient, as_of: datetime) -> Frame:
    """Raises SourceError. What older shops or careful hosts do not offer (brands, pages, navigation) is empty then."""
    refused: list[Quarantined] = []
    settings = [(await client.get_page(f"settings/{group}")).body for group in ("general", "tax", "products")]
    shop = await _shop(client, settings, as_of)
    categories = _mapped(await _items(client, "products/categories", _BY_ID), lambda raw: map_category(raw, shop, as_of), refused)
    public = await _offered(client, "/wp/v2/pages", {**_BY_ID, "status": "publish"})
    pages = _mapped(public, lambda raw: map_page(raw, as_of), refused)
    advanced = await _advanced_settings(client)
    classes = items_of((await client.get_page("taxes/classes")).body)
    navigations = _mapped(await _offered(client, "/wp/v2/navigation", {}), _navigation, refused)
    return Frame(
        shop=shop,
        categories=categories,
        terms=await _terms(client, as_of, refused),
        tax_classes=_mapped(classes, lambda raw: map_tax_class(raw, as_of), refused),
        tax_rates=_mapped(await _items(client, "taxes", _BY_ID), lambda raw: map_tax_rate(raw, as_of), refused),
        sale_settings=map_sale_settings([*settings, advanced], _addresses(public), as_of),
        zones=await read_zones(client, refused),
        payment_methods=await read_payment_methods(client, refused),
        pages=pages,
        menus=menus(navigations, categories, pages, shop, _functional_pages(advanced)),
        refused=refused,
    )


async def _shop(client: WooCommerceClient, settings: Sequence[bytes], as_of: datetime) -> Shop:
    site = await client.get_json("/", SiteIndexPayload, {"_fields": "name,description,url,home,gmt_offset,timezone_string"})
    try:
        return map_shop(site, settings, as_of)
    except Unmappable as problem:
        raise SourceMalformed("the shop's settings", problem.reason, "Save WooCommerce → Settings → General once more.") from None


async def _terms(client: WooCommerceClient, as_of: datetime, refused: list[Quarantined]) -> dict[str, list[Term]]:
    found = {taxonomy.value: _of(taxonomy, await _offered(client, path, _BY_ID), as_of, refused) for taxonomy, path in _PATHS.items()}
    attributes = _of(Taxonomy.ATTRIBUTE, items_of((await client.get_page("products/attributes")).body), as_of, refused)
    found[Taxonomy.ATTRIBUTE.value] = attributes
    found[Taxonomy.ATTRIBUTE_TERM.value] = [
        term
        for attribute in attributes
        for term in _of(
            Taxonomy.ATTRIBUTE_TERM, await _items(client, f"products/attributes/{attribute.id}/terms", _BY_ID), as_of, refused, attribute.id
        )
    ]
    return found


def _of(
    taxonomy: Taxonomy, raws: Sequence[msgspec.Raw], as_of: datetime, refused: list[Quarantined], attribute_id: TermId | None = None
) -> list[Term]:
    return _mapped(raws, lambda raw: map_term(taxonomy, raw, as_of, attribute_id=attribute_id), refused)


def _navigation(raw: msgspec.Raw) -> NavigationPayload:
    return payload_of("navigation", NavigationPayload, raw)


def _mapped(raws: Sequence[msgspec.Raw], map_item: Callable[[msgspec.Raw], T], refused: list[Quarantined]) -> list[T]:
    found: list[T] = []
    for raw in raws:
        try:
            found.append(map_item(raw))
        except Unmappable as problem:
            refused.append(Quarantined(kind=problem.kind, external_id=problem.external_id, reason=problem.reason, body=bytes(raw)))
    return found


async def _items(client: WooCommerceClient, path: str, params: dict[str, str]) -> list[msgspec.Raw]:
    return [raw async for page in client.pages(path, params) for raw in items_of(page.body)]


async def _offered(client: WooCommerceClient, path: str, params: dict[str, str]) -> list[msgspec.Raw]:
    try:
        return await _items(client, path, params)
    except (SourceMissing, SourceRefused):
        return []


async def _advanced_settings(client: WooCommerceClient) -> bytes:
    try:
        return (await client.get_page("settings/advanced")).body
    except (SourceMissing, SourceRefused):
        return b"[]"


def _functional_pages(advanced: bytes) -> list[int]:
    """WordPress pages that hold the cart, the checkout, the account and the list of products."""
    settings = [payload_of("setting", _PageSetting, raw) for raw in items_of(advanced)]
    numbers = [bytes(each.value).strip(b'"') for each in settings if each.id in _FUNCTIONAL_PAGES]
    return [int(number) for number in numbers if number.isdigit()]


def _addresses(pages: Sequence[msgspec.Raw]) -> dict[int, str]:
    """Of the pages that can be read; the others are told already."""
    read = _mapped(pages, lambda raw: payload_of("page", PagePayload, raw), [])
    return {page.id: decoded(page.link) for page in read}


async def _store(db: Connection, read: Frame, at: datetime) -> None:
    changed = [
        await frame.save_shop(db, read.shop),
        await frame.save_taxes(db, read.tax_classes, read.tax_rates),
        await terms.save_settings(db, read.sale_settings),
        read.zones is not None and await terms.save_zones(db, read.zones, at),
        read.payment_methods is not None and await terms.save_payment_methods(db, read.payment_methods, at),
        await frame.save_pages(db, read.pages),
        await frame.save_menus(db, read.menus, at),
    ]
    before = await frame.stored_attributes(db)
    renamed = [await frame.save_terms(db, frame.CATEGORY, read.categories)]
    renamed += [await frame.save_terms(db, taxonomy, found) for taxonomy, found in read.terms.items()]
    await _hint_at(db, [term for each in renamed if each for term in each], before, at)
    await quarantine.put(db, SOURCE, read.refused, at)
    await quarantine.clear_unseen(db, SOURCE, _KINDS, at)
    if any(changed) or any(each is not None for each in renamed):
        await frame.announce(db)


async def _hint_at(db: Connection, renamed: Sequence[frame.Renamed], before: frame.StoredAttributes, at: datetime) -> None:
    wanted = [label for term in renamed for label in _labels_with(term, before)]
    product_ids = await frame.products_with_labels(db, wanted) if wanted else []
    if product_ids:
        await hints.add(db, product_ids, "a term was renamed", at)
        await enqueue(db, Job.READ_HINTED_PRODUCTS)


def _labels_with(term: frame.Renamed, before: frame.StoredAttributes) -> list[str]:
    """Under which labels products carry the old name."""
    match term.taxonomy:
        case frame.CATEGORY:
            return [labels.category(CategoryId(term.id))]
        case Taxonomy.TAG:
            return [labels.tag(term.old_name)]
        case Taxonomy.BRAND:
            return [labels.vendor(term.old_name)]
        case Taxonomy.ATTRIBUTE:
            return [label for option in before.options if option.attribute_id == term.id for label in _option_labels(option, before)]
        case Taxonomy.ATTRIBUTE_TERM:
            return [label for option in before.options if option.id == term.id for label in _option_labels(option, before)]
    return []


def _option_labels(option: frame.StoredOption, before: frame.StoredAttributes) -> list[str]:
    name, slug = before.names.get(option.attribute_id, ("", ""))
    return [labels.option(name, option.name), labels.metafield("attributes", slug.removeprefix("pa_"), option.name)]

"""A product of the catalogue as engines index it: deterministic, so that equal products make equal documents with equal hashes."""

import struct
from collections.abc import Iterable, Iterator, Mapping
from datetime import datetime
from hashlib import blake2b

import msgspec

from search.polish.analysis import Analysis
from search.polish.codes import code_of
from search.types import ATTRIBUTE_PREFIX, AVAILABLE, CATEGORY, OPTION_PREFIX, PRODUCT_TYPE, TAG, VENDOR, FacetValue, SearchDocument
from spoina.catalog.assembly import is_available, price_range
from spoina.catalog.categories import CategoryTree
from spoina.catalog.types import Category, Product, Status, Visibility
from spoina.ids import StockItemId

DOCUMENT_FORMAT = 2
"""Part of each hash: a new number makes the drift check index every document again."""
LONGEST_BODY = 20_000
"""Characters of a description that are searched; what follows is left out."""
_SEED = struct.pack(">Q", DOCUMENT_FORMAT)
_encode = msgspec.msgpack.Encoder().encode


def is_searchable(product: Product) -> bool:
    """Published, meant for searches and with something to show: others have no document."""
    return product.status is Status.PUBLISH and product.visibility in {Visibility.VISIBLE, Visibility.SEARCH} and bool(product.variants)


def document_of(
    product: Product, categories: CategoryTree, analysis: Analysis, *, left: Mapping[StockItemId, int], at: datetime
) -> SearchDocument:
    """`left` says what is left of counted stock, `at` which prices hold: both only steer order and filters, a hit shows live ones."""
    prices = price_range(product.variants, at)
    within = tuple(_with_ancestors(product, categories))
    available = is_available(product.variants, left)
    document = SearchDocument(
        id=product.id,
        hash="",
        title=product.title,
        created_at=product.created_at,
        updated_at=product.updated_at,
        title_terms=analysis.terms([product.title], forms=True),
        head=analysis.head(product.title),
        key_terms=analysis.terms(_key_texts(product, within), forms=True),
        body_terms=analysis.terms([product.summary, product.description[:LONGEST_BODY]]),
        codes=tuple(dict.fromkeys(code for text in _codes(product) if (code := code_of(text)))),
        facets=tuple(sorted({(each.facet, each.value): each for each in _facets(product, within, available=available)}.values())),
        price_min=prices.lowest,
        price_max=prices.highest,
        available=available,
        total_sales=product.total_sales,
        position=product.position,
    )
    return msgspec.structs.replace(document, hash=blake2b(_SEED + _encode(document), digest_size=8).hexdigest())


def _with_ancestors(product: Product, categories: CategoryTree) -> Iterator[Category]:
    known = [found for category_id in product.category_ids if (found := categories.by_id(category_id)) is not None]
    seen = {each.id: each for one in known for each in (one, *categories.ancestors(one.id))}
    yield from seen.values()


def _key_texts(product: Product, within: Iterable[Category]) -> Iterator[str]:
    yield product.vendor
    yield product.product_type
    yield from (category.title for category in within)
    yield from product.tags
    for name, value, _ in _choices(product):
        yield name
        yield value


def _choices(product: Product) -> Iterator[tuple[str, str, str]]:
    """Name, value and the facet of every option that some variant offers, and of every attribute."""
    for axis in product.options:
        yield from ((axis.name, value, f"{OPTION_PREFIX}{axis.name.casefold()}") for value in axis.values)
    for field in product.metafields:
        if field.namespace == "attributes":
            for value in _values(field.value, field.type):
                yield field.label or field.key, value, f"{ATTRIBUTE_PREFIX}{field.key.casefold()}"


def _values(value: str, kind: str) -> list[str]:
    return msgspec.json.decode(value, type=list[str]) if kind.startswith("list.") else [value]


def _codes(product: Product) -> Iterator[str]:
    yield product.sku or ""
    for variant in product.variants:
        yield variant.sku or ""
        yield variant.barcode or ""


def _facets(product: Product, within: Iterable[Category], *, available: bool) -> Iterator[FacetValue]:
    yield FacetValue(AVAILABLE, "true" if available else "false", "")
    yield from (FacetValue(CATEGORY, str(category.id), category.title) for category in within)
    named = [(VENDOR, product.vendor), (PRODUCT_TYPE, product.product_type), *((TAG, name) for name in product.tags)]
    named += [(facet, value) for _, value, facet in _choices(product)]
    yield from (FacetValue(facet, value.casefold(), value) for facet, value in named if value)

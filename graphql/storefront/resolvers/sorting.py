"""The dialect's sort keys."""

from enum import StrEnum

import strawberry

from spoina.catalog.listing import SortKey


@strawberry.enum(description="RELEVANCE without a `query` is BEST_SELLING.")
class ProductSortKeys(StrEnum):
    BEST_SELLING = "BEST_SELLING"
    CREATED_AT = "CREATED_AT"
    ID = "ID"
    PRICE = "PRICE"
    PRODUCT_TYPE = "PRODUCT_TYPE"
    RELEVANCE = "RELEVANCE"
    TITLE = "TITLE"
    UPDATED_AT = "UPDATED_AT"
    VENDOR = "VENDOR"


@strawberry.enum(description="COLLECTION_DEFAULT and MANUAL are the merchant's order in WooCommerce.")
class ProductCollectionSortKeys(StrEnum):
    BEST_SELLING = "BEST_SELLING"
    COLLECTION_DEFAULT = "COLLECTION_DEFAULT"
    CREATED = "CREATED"
    ID = "ID"
    MANUAL = "MANUAL"
    PRICE = "PRICE"
    RELEVANCE = "RELEVANCE"
    TITLE = "TITLE"


@strawberry.enum
class CollectionSortKeys(StrEnum):
    ID = "ID"
    RELEVANCE = "RELEVANCE"
    TITLE = "TITLE"
    UPDATED_AT = "UPDATED_AT"


@strawberry.enum
class PageSortKeys(StrEnum):
    ID = "ID"
    RELEVANCE = "RELEVANCE"
    TITLE = "TITLE"
    UPDATED_AT = "UPDATED_AT"


@strawberry.enum
class ProductImageSortKeys(StrEnum):
    CREATED_AT = "CREATED_AT"
    ID = "ID"
    POSITION = "POSITION"
    RELEVANCE = "RELEVANCE"


@strawberry.enum
class ProductMediaSortKeys(StrEnum):
    ID = "ID"
    POSITION = "POSITION"
    RELEVANCE = "RELEVANCE"


@strawberry.enum
class ProductVariantSortKeys(StrEnum):
    ID = "ID"
    POSITION = "POSITION"
    RELEVANCE = "RELEVANCE"
    SKU = "SKU"
    TITLE = "TITLE"


@strawberry.enum
class SearchSortKeys(StrEnum):
    PRICE = "PRICE"
    RELEVANCE = "RELEVANCE"


_OWN_NAMES = {"COLLECTION_DEFAULT": SortKey.MANUAL, "CREATED": SortKey.CREATED_AT}
_PRODUCTS = {key: SortKey[key.value] for key in ProductSortKeys}
_IN_COLLECTION = {key: _OWN_NAMES.get(key.value) or SortKey[key.value] for key in ProductCollectionSortKeys}


def product_order(key: ProductSortKeys) -> SortKey:
    return _PRODUCTS[key]


def collection_order(key: ProductCollectionSortKeys) -> SortKey:
    return _IN_COLLECTION[key]


@strawberry.enum(description="DISTANCE is that from `near`; without it, and for CITY, which locations do not have here, it is ID.")
class LocationSortKeys(StrEnum):
    CITY = "CITY"
    DISTANCE = "DISTANCE"
    ID = "ID"
    NAME = "NAME"

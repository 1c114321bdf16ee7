"""Metafields: a product's other attributes and its public meta data."""

from collections.abc import Sequence
from datetime import datetime

import msgspec
from strawberry import Parent

from spoina.catalog import types as catalog
from spoina.errors import LimitExceeded
from storefront.ids import gid
from storefront.inputs import HasMetafieldsIdentifier
from storefront.limits import PAGE_SIZE

DEFAULT_NAMESPACE = "attributes"


class MetafieldOf(msgspec.Struct, frozen=True):
    owner: catalog.Product | catalog.Variant
    field: catalog.Metafield


def metafield(owner: Parent[catalog.Product | catalog.Variant], key: str, namespace: str | None = None) -> MetafieldOf | None:
    wanted = namespace or DEFAULT_NAMESPACE
    found = next((field for field in owner.metafields if field.key == key and field.namespace == wanted), None)
    return None if found is None else MetafieldOf(owner, found)


def metafields(
    owner: Parent[catalog.Product | catalog.Variant], identifiers: list[HasMetafieldsIdentifier]
) -> Sequence[MetafieldOf | None]:
    _refuse_many(identifiers)
    return [metafield(owner, one.key, one.namespace) for one in identifiers]


def no_metafield(_owner: Parent[object], key: str, namespace: str | None = None) -> None:
    """WooCommerce publishes no meta data of this kind of thing."""


def no_metafields(_owner: Parent[object], identifiers: list[HasMetafieldsIdentifier]) -> Sequence[None]:
    _refuse_many(identifiers)
    return [None] * len(identifiers)


def _refuse_many(identifiers: Sequence[HasMetafieldsIdentifier]) -> None:
    if len(identifiers) > PAGE_SIZE:
        raise LimitExceeded("identifiers", PAGE_SIZE, "metafields")


def metafield_id(metafield: Parent[MetafieldOf]) -> str:
    owner = "Product" if isinstance(metafield.owner, catalog.Product) else "ProductVariant"
    return gid("Metafield", f"{owner}-{metafield.owner.id}-{metafield.field.namespace}.{metafield.field.key}")


def metafield_namespace(metafield: Parent[MetafieldOf]) -> str:
    return metafield.field.namespace


def metafield_key(metafield: Parent[MetafieldOf]) -> str:
    return metafield.field.key


def metafield_value(metafield: Parent[MetafieldOf]) -> str:
    return metafield.field.value


def metafield_type(metafield: Parent[MetafieldOf]) -> str:
    return metafield.field.type


def metafield_description(metafield: Parent[MetafieldOf]) -> str | None:
    return metafield.field.label or None


def as_of(metafield: Parent[MetafieldOf]) -> datetime:
    return metafield.owner.as_of

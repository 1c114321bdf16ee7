"""Attributes that are no options, public meta data and search-engine texts, as metafields; and codes that plugins keep in meta data."""

import re
from collections.abc import Iterable
from functools import lru_cache
from typing import Final
from urllib.parse import unquote

import msgspec

from channels.woocommerce.mapping.texts import decoded
from channels.woocommerce.payloads import AttributePayload, MetaPayload, in_order
from spoina.catalog.labels import fold
from spoina.catalog.types import Metafield

LARGEST_VALUE: Final = 64 * 1024
"""Bytes of one encoded meta value; what page builders and caches store beyond that is left out."""

SEO_KEYS: Final = {
    "_yoast_wpseo_title": "title",
    "_yoast_wpseo_metadesc": "description",
    "rank_math_title": "title",
    "rank_math_description": "description",
}
GTIN_KEYS: Final = (
    "_gtin",
    "_ean",
    "_barcode",
    "_wpm_gtin_code",
    "_alg_ean",
    "_ts_gtin",
    "hwp_product_gtin",
    "hwp_var_gtin",
    "gtin",
    "ean",
)

_INTERNAL: Final = ("_", "rank_math_")
_PLACEHOLDER: Final = re.compile(r"%%?\w+(?:\([^)]*\))?%%?")
_NOT_IN_A_KEY: Final = re.compile(r"[^a-z0-9_]+")
_NOTHING: Final = (b"null", b'""', b"[]", b"{}")
_any = msgspec.json.Decoder()
_sorted = msgspec.json.Encoder(order="sorted")


def from_attributes(attributes: Iterable[AttributePayload]) -> list[Metafield]:
    """Of attributes that are no options, those that the merchant shows."""
    return [_attribute(attribute) for attribute in attributes if attribute.visible]


def _attribute(attribute: AttributePayload) -> Metafield:
    values = [decoded(option) for option in in_order(attribute.options)]
    several = len(values) != 1
    return Metafield(
        namespace="attributes",
        key=attribute_key(decoded(attribute.slug) or decoded(attribute.name)),
        value=_sorted.encode(values).decode() if several else values[0],
        type="list.single_line_text_field" if several else "single_line_text_field",
        label=decoded(attribute.name),
    )


@lru_cache(maxsize=4096)
def attribute_key(slug: str) -> str:
    """ "pa_kraj-pochodzenia" and "Kraj pochodzenia" both become "kraj-pochodzenia"."""
    return _NOT_IN_A_KEY.sub("-", fold(unquote(slug).removeprefix("pa_"))).strip("-") or slug


def from_meta(meta: Iterable[MetaPayload]) -> list[Metafield]:
    """Public meta data as "meta", search-engine texts as "seo"; of a key that stands twice the first, as WordPress reads it."""
    found: dict[tuple[str, str], Metafield] = {}
    for entry in meta:
        if entry.key in SEO_KEYS:
            field = _seo(SEO_KEYS[entry.key], entry.value)
        elif entry.key.startswith(_INTERNAL):
            continue
        else:
            field = _public(entry)
        if field is not None:
            found.setdefault((field.namespace, field.key), field)
    return list(found.values())


def _seo(key: str, encoded: msgspec.Raw) -> Metafield | None:
    """A text with placeholders ("%%title%%", "%sitename%") is a template of the plugin that only it can fill."""
    value = _any.decode(encoded)
    text = decoded(value) if isinstance(value, str) else ""
    return Metafield(namespace="seo", key=key, value=text) if text and not _PLACEHOLDER.search(text) else None


def _public(entry: MetaPayload) -> Metafield | None:
    encoded = bytes(entry.value)
    if encoded in _NOTHING or len(encoded) > LARGEST_VALUE:
        return None
    kind, value = _typed(_any.decode(encoded))
    return Metafield(namespace="meta", key=entry.key, value=value, type=kind)


def _typed(value: object) -> tuple[str, str]:
    match value:
        case str():
            return ("multi_line_text_field" if "\n" in value else "single_line_text_field"), value
        case bool():
            return "boolean", "true" if value else "false"
        case int():
            return "number_integer", str(value)
        case float():
            return "number_decimal", str(value)
        case _:
            return "json", _sorted.encode(value).decode()


def gtin_in(meta: Iterable[MetaPayload]) -> str:
    """The code that a plugin keeps in meta data, "" without one; the earlier of GTIN_KEYS wins."""
    codes = {entry.key: _code(entry.value) for entry in meta if entry.key in GTIN_KEYS}
    return next((codes[key] for key in GTIN_KEYS if codes.get(key)), "")


def _code(encoded: msgspec.Raw) -> str:
    value = _any.decode(encoded)
    return decoded(value) if isinstance(value, str | int) else ""

"""Labels: the exact-match facts of a product, in one array column with one index, so that any mix of filters is one condition.

A label is `kind:value` with the value folded for comparison; the same functions make them when a product is written and when it is asked
for.
"""

import re
import unicodedata

from spoina.catalog.types import Product
from spoina.ids import CategoryId

_MARKS = re.compile("[\u0300-\u036f]+")
_UNDECOMPOSED = (("ł", "l"), ("đ", "d"), ("ø", "o"), ("æ", "ae"), ("œ", "oe"))
"""Letters that Unicode does not take apart into a base and a mark; case folding has made ß to ss."""


def fold(text: str) -> str:
    """Case and diacritics removed: "Łódź Żółta" becomes "lodz zolta"."""
    if text.isascii():
        return text.lower()
    folded = text.casefold()
    for letter, base in _UNDECOMPOSED:
        folded = folded.replace(letter, base)
    return _MARKS.sub("", unicodedata.normalize("NFKD", folded))


def tag(name: str) -> str:
    return f"tag:{name.casefold()}"


def vendor(name: str) -> str:
    return f"vendor:{name.casefold()}"


def product_type(name: str) -> str:
    return f"type:{name.casefold()}"


def category(category_id: CategoryId) -> str:
    """Only a product's own categories are labelled; who asks for a category asks for its descendants too."""
    return f"category:{category_id}"


def option(name: str, value: str) -> str:
    return f"option:{name.casefold()}={value.casefold()}"


def metafield(namespace: str, key: str, value: str) -> str:
    return f"metafield:{namespace}.{key}={value.casefold()}"


def labels_of(product: Product) -> list[str]:
    """Every label of a product, each once, in a stable order."""
    found = [category(category_id) for category_id in product.category_ids]
    found += [tag(name) for name in product.tags]
    found += [option(axis.name, value) for axis in product.options for value in axis.values]
    found += [metafield(field.namespace, field.key, field.value) for field in product.metafields if field.namespace == "attributes"]
    if product.vendor:
        found.append(vendor(product.vendor))
    if product.product_type:
        found.append(product_type(product.product_type))
    return list(dict.fromkeys(found))


def search_text_of(product: Product) -> str:
    """The words a plain text query looks through: titles, codes, brand, type, tags and options, folded."""
    parts = [product.title, product.vendor, product.product_type, product.sku or "", *product.tags]
    parts += [code for variant in product.variants for code in (variant.sku, variant.barcode) if code]
    parts += [value for axis in product.options for value in axis.values]
    return fold(" ".join(parts))

"""Where the shop's first products come from, before anybody changed them, and the recorded Polish catalogue."""

import json
from collections.abc import Iterable, Mapping, Sequence
from importlib import resources
from typing import Any, NamedTuple, Protocol

from simulators.woocommerce import pictures, prices
from simulators.woocommerce.php_json import Json


class Facts(NamedTuple):
    """What lists sort and filter by, without building the whole document."""

    id: int
    created: str
    modified: str
    status: str
    type: str
    sku: str
    parent: int


class Source(Protocol):
    """Documents nobody has changed yet. Ids and facts are cheap, documents are built when asked for."""

    def facts(self) -> Iterable[Facts]: ...

    def facts_of(self, of: int) -> Facts | None: ...

    def document(self, of: int) -> Json:
        """Not to be changed: it may be the only one."""
        ...

    def last_id(self) -> int: ...

    def with_sale_dates(self) -> Iterable[int]:
        """Whatever goes on sale, or ends being so, at a given second."""
        ...

    def holder(self, field: str, value: str) -> int | None:
        """Who has this `sku`, `slug` or `global_unique_id`."""
        ...

    def rendered(self, of: int, origin: str, shape: str, turn: int) -> bytes | None:
        """The finished JSON where the source can write it faster than from a document."""
        ...


class Catalogue(NamedTuple):
    products: Source
    variations: Source
    terms: Mapping[str, Sequence[Json]]
    """By route below `products/`: categories, tags, brands, attributes, attributes/1/terms, shipping_classes."""


def facts_from(document: Json) -> Facts:
    return Facts(
        document["id"],
        document["date_created_gmt"],
        document["date_modified_gmt"],
        document["status"],
        document["type"],
        document["sku"],
        document["parent_id"],
    )


class RecordedSource:
    def __init__(self, documents: Iterable[Json]) -> None:
        self._documents: dict[int, Json] = {document["id"]: document for document in documents}

    def facts(self) -> Iterable[Facts]:
        return map(facts_from, self._documents.values())

    def facts_of(self, of: int) -> Facts | None:
        document = self._documents.get(of)
        return facts_from(document) if document else None

    def document(self, of: int) -> Json:
        return self._documents[of]

    def last_id(self) -> int:
        return max(self._documents)

    def with_sale_dates(self) -> Iterable[int]:
        return [of for of, document in self._documents.items() if any(prices.sale_window(document))]

    def holder(self, field: str, value: str) -> int | None:
        return next((of for of, document in self._documents.items() if document.get(field) == value), None)

    def rendered(self, of: int, origin: str, shape: str, turn: int) -> bytes | None:
        return None


def recorded(name: str) -> Any:
    """One file of the recorded shop."""
    return json.loads(resources.files(__package__).joinpath("shop", f"{name}.json").read_bytes())


def recorded_terms() -> dict[str, list[Json]]:
    terms: dict[str, list[Json]] = {kind: recorded(kind) for kind in ("categories", "tags", "brands", "attributes", "shipping_classes")}
    for attribute, options in recorded("attribute_terms").items():
        terms[f"attributes/{attribute}/terms"] = options
    return terms


def recorded_catalogue(images: int | None = None) -> Catalogue:
    """The Polish catalogue; every product gets `images` pictures, or as many as suit its kind."""
    products: list[Json] = recorded("products")
    variations: list[Json] = recorded("variations")
    for product in products:
        product["images"] = pictures.images_of(product, images if images is not None else pictures_for(product))
    parents = {product["id"]: product for product in products}
    for variation in variations:
        _give_picture(variation, parents[variation["parent_id"]])
    return Catalogue(RecordedSource(products), RecordedSource(variations), recorded_terms())


def pictures_for(product: Json) -> int:
    return 2 + product["id"] % 3 if product["type"] == "variable" else 1


def _give_picture(variation: Json, parent: Json) -> None:
    if not any(attribute["slug"] == "pa_kolor" for attribute in variation["attributes"]):
        return
    alt = f"{parent['name']} – {variation['name']}"
    local, gmt = variation["date_created"], variation["date_created_gmt"]
    slug = f"{parent['slug']}-{variation['id']}"
    variation["image"] = pictures.image(variation["id"], 0, slug, alt, local, gmt)

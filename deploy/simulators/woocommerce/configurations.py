"""The shop in eighteen configurations, as real carts were recorded in it: one catalogue, other settings, taxes and shipping zones."""

import gzip
import json
from collections.abc import Iterable
from functools import cache
from importlib import resources
from typing import Any

from simulators.woocommerce import blanks
from simulators.woocommerce.catalogue import Catalogue, RecordedSource, recorded_catalogue
from simulators.woocommerce.conditions import Conditions, method, recorded_conditions
from simulators.woocommerce.php_json import Json
from simulators.woocommerce.slugs import slugify

_FOLDER = resources.files(__package__).joinpath("shop", "configurations")
LETTERS = "abcdefghijklmnopqr"
_CATALOGUE = "catalogue"
_SINCE = {
    f"date_{event}{zone}": f"2026-11-21T{hour}:40:00" for event in ("created", "modified") for zone, hour in (("", "23"), ("_gmt", "22"))
}
"""About when the products that only these configurations have were made."""


@cache
def configuration(letter: str) -> Any:
    """`settings` by group, `taxes`, `tax_classes`, `shipping_zones`. Not to be changed."""
    return _read(letter)


@cache
def configured_shop() -> Any:
    """`products`, `variations`, `categories`, `coupons`, `shipping_classes` and `attributes` as they were recorded: of products only what
    decides a cart. Not to be changed."""
    return _read(_CATALOGUE)


def _read(name: str) -> Any:
    return json.loads(gzip.decompress(_FOLDER.joinpath(f"{name}.json.gz").read_bytes()))


def configured_catalogue() -> Catalogue:
    """The recorded catalogue with what these products were when the carts were recorded; the few new ones get what a new product has."""
    base, recorded = recorded_catalogue(), configured_shop()
    terms = dict(base.terms)
    terms["shipping_classes"] = [{**each, "description": ""} for each in recorded["shipping_classes"]]
    categories = {term["id"]: {field: term[field] for field in ("id", "name", "slug")} for term in terms["categories"]}
    known = {facts.id: base.products.document(facts.id) for facts in base.products.facts()}
    products = [_product(each, known.get(each["id"]) or _new(each), categories) for each in recorded["products"]]
    variations = [{**base.variations.document(each["id"]), **each} for each in recorded["variations"]]
    return Catalogue(RecordedSource(products), RecordedSource(variations), terms)


def _product(recorded: Json, before: Json, categories: dict[int, Json]) -> Json:
    attributes = before["attributes"] or recorded["attributes"]
    return {**before, **recorded, "attributes": attributes, "categories": [categories[of] for of in recorded["categories"]]}


def _new(recorded: Json) -> Json:
    document = blanks.product(recorded["id"], _SINCE)
    slug = slugify(recorded["name"])
    return document | {"slug": slug, "permalink": f"{{origin}}/product/{slug}/"}


def configured_conditions(letter: str) -> Conditions:
    base, recorded, classes = recorded_conditions(), configuration(letter), configured_shop()["shipping_classes"]
    return Conditions(
        coupons=[{**each, "description": "", "meta_data": []} for each in configured_shop()["coupons"]],
        taxes=[dict(each) for each in recorded["taxes"]],
        tax_classes=[dict(each) for each in recorded["tax_classes"]],
        zones=[_zone(zone, classes) for zone in recorded["shipping_zones"]],
        settings={group: _set(rows, recorded["settings"].get(group, {})) for group, rows in base.settings.items()},
    )


def _zone(recorded: Json, classes: list[Json]) -> Json:
    methods = [_method(each, classes) for each in recorded["methods"]]
    return {**recorded, "locations": [dict(each) for each in recorded["locations"]], "methods": methods}


def _method(recorded: Json, classes: list[Json]) -> Json:
    shown = method(recorded["method_id"], recorded["instance_id"], recorded["order"], recorded["settings"], classes)
    return shown | {"title": recorded["title"], "enabled": recorded["enabled"]}


def _set(rows: Iterable[Json], values: Json) -> list[Json]:
    return [{**row, "value": values.get(row["id"], row["value"])} for row in rows]

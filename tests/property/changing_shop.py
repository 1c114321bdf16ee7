"""A shop in which something changes between two answers: all that the fields of a product may depend on."""

from collections.abc import Callable
from random import Random

import msgspec

from spoina.catalog.categories import CategoryTree
from spoina.catalog.types import Product
from storefront.context import Context
from storefront.place import NOWHERE
from tests.storefront.catalogue import DAY, NOW, garncarnia, ports_of, shop_categories

ITEMS = (1010, 1011, 1012, 1013, 1014, 103, 105)


class ChangingShop:
    def __init__(self, random: Random) -> None:
        self._random, self._catalogue, self._now = random, garncarnia(), NOW
        self._ports = ports_of(self._catalogue, lambda: self._now)
        self._changes = (self._stock, self._moment, self._categories, self._product, self._variants, self._settings)

    def context(self) -> Context:
        return Context(self._ports, NOWHERE)

    def change(self) -> None:
        self._random.choice(self._changes)()

    def _stock(self) -> None:
        for item in ITEMS:
            self._catalogue.stock[item] = self._random.choice([-1, 0, 1, 5])

    def _moment(self) -> None:
        """Before, in and after the mug's sale."""
        self._now = NOW + self._random.choice([-2, 0, 2]) * DAY

    def _categories(self) -> None:
        named = [msgspec.structs.replace(each, title=f"{each.title}{self._random.randrange(9)}") for each in shop_categories()]
        self._catalogue.categories = CategoryTree(self._random.sample(named, 3))

    def _product(self) -> None:
        """Another product around the same variants."""
        self._put(lambda product: msgspec.structs.replace(product, images=product.images[1:], options=()))

    def _variants(self) -> None:
        self._put(lambda product: msgspec.structs.replace(product, variants=product.variants[::-1]))

    def _settings(self) -> None:
        shop = self._catalogue.shop
        currency, unit = self._random.choice(["PLN", "EUR", "JPY"]), self._random.choice(["g", "kg"])
        self._catalogue.shop = msgspec.structs.replace(shop, currency=currency, weight_unit=unit)

    def _put(self, change: Callable[[Product], Product]) -> None:
        self._catalogue.put(change(self._catalogue.known(101)))

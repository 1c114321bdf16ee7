"""What the totals of a cart cost: CPU of one full answer (lines, three coupons, taxes, a dozen shipping methods) in the recorded shop.

The judged figure is how the cost grows: ten times the lines, at most twelve times the time above the cart's own fixed part. Every cart
is one
that was never seen before; what is remembered of lines is told beside it.
"""

import time
from collections.abc import Iterator
from itertools import count

from msgspec.structs import replace

from spoina.pricing.cart.totals import answer
from spoina.pricing.cart.types import Basket, LineKey, Place
from tests.benchmarks.figures import Figure, middle
from tests.contract.carts.recordings import Recording, catalogue, recording
from tests.contract.carts.shopper import line_of

COUPONS = ("p125", "s5", "k50")
SIZES = (1, 10, 100)
ROUNDS = 9
_names = count()


def figures() -> Iterator[Figure]:
    shop = recording("a")
    plain = {size: milliseconds(shop, size, ()) for size in SIZES}
    reduced = {size: milliseconds(shop, size, COUPONS) for size in SIZES}
    for size in SIZES:
        known = f"with three coupons {reduced[size]:.2f}; of lines that were seen before {milliseconds(shop, size, (), again=True):.2f}"
        yield Figure(name=f"totals of {size} lines", value=plain[size], unit="ms CPU", detail=known)
    for name, costs in (("without coupons", plain), ("with three coupons", reduced)):
        growth = (costs[100] - costs[10]) / (costs[10] - costs[1])
        yield Figure(
            name=f"growth from 10 to 100 lines, {name}", value=growth, unit="times", limit=12.0, at_least=False, detail="10 is linear"
        )


def milliseconds(shop: Recording, size: int, codes: tuple[str, ...], *, again: bool = False) -> float:
    basket = answer(basket_of(size, codes), shop.shop, shop.at).basket
    times = max(1, 200 // size)
    return middle([_spent(shop, [basket if again else _another(basket) for _ in range(times)]) for _ in range(ROUNDS)]) * 1e3


def _spent(shop: Recording, baskets: list[Basket]) -> float:
    begun = time.process_time()
    for basket in baskets:
        answer(basket, shop.shop, shop.at)
    return (time.process_time() - begun) / len(baskets)


def _another(basket: Basket) -> Basket:
    """With lines of names that were never heard."""
    name = next(_names)
    return replace(basket, lines=tuple(replace(line, key=LineKey(f"{line.key} {name}")) for line in basket.lines))


def basket_of(size: int, codes: tuple[str, ...]) -> Basket:
    """The first simple products of the recorded catalogue that are for sale, one to nine pieces each."""
    known = catalogue()
    for_sale = [number for number, product in known.products.items() if product["type"] == "simple" and product["purchasable"]]
    lines = tuple(line_of({"id": number, "quantity": 1 + at % 9})[0] for at, number in enumerate(for_sale[:size]))
    place = Place(country="PL", postcode="02-137", city="Warszawa")
    return Basket(lines=lines, coupons=tuple(known.coupons[code] for code in codes), billing=place, shipping=place)

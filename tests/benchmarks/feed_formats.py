"""What rendering costs an item in each format, from a decoded product to the bytes, with rules and all checks on: against msgspec's
encoding of the same items as JSON, the quickest way to write them down that Python has, in the same run. CPU time of one core; products
that are all different, a third of them in four variants.
"""

import time
from collections.abc import Callable, Iterator, Sequence

import msgspec

from feeds.checks import check_for
from feeds.definitions import make_format
from feeds.frame import Frame
from feeds.recipe import Recipe
from feeds.sources import SourceProduct, decode_source
from feeds.types import FeedDefinition, FieldRule
from spoina.catalog.assembly import encode
from spoina.catalog.categories import CategoryTree
from spoina.catalog.types import Shop
from spoina.inventory.types import StockRules
from tests.benchmarks.feed_builds import definition
from tests.benchmarks.feed_catalogue import NOON, SHOP, batches, categories
from tests.benchmarks.figures import Figure, middle
from tests.feeds.sound_items import ALLEGRO_TERMS

ITEMS, ROUNDS = 4000, 7
LIMITS = {
    "google-rss": 13,
    "google-tsv": 12,
    "meta-csv": 13,
    "meta-rss": 13,
    "meta-update-csv": 5,
    "tiktok-csv": 13,
    "pinterest-tsv": 12,
    "ceneo-xml": 18,
    "allegro-jsonl": 25,
}
"""Times msgspec's encoding. Ceneo's and Allegro's are written an item at a time: what their variants share is made anew, or looked
up."""


def figures() -> Iterator[Figure]:
    made = [product for batch in batches(ITEMS) for product in batch]
    left = {int(variant.id): 5 for product in made for variant in product.variants}
    frame = Frame(shop=Shop(name="Sklep", as_of=NOON, **SHOP), categories=CategoryTree(categories()), taxes=(), stock=StockRules())
    products = [decode_source(encode(product)) for product in made]
    for form, limit in LIMITS.items():
        wanted = _definition(form)
        recipe = Recipe(wanted, frame, make_format(wanted, "Sklep"), check_for(wanted))
        items = [subject.item for product in products for subject in recipe.subjects(product, left, NOON)]
        plain, rendered = _costs(items, products, lambda product, recipe=recipe: recipe.render(product, left, NOON))
        yield Figure(
            name=f"{form}, rendered and checked",
            value=rendered / plain,
            unit="x msgspec",
            limit=limit,
            at_least=False,
            detail=f"{1 / rendered:.0f} items/s; render {rendered * 1e6:.1f} µs, msgspec {plain * 1e6:.1f} µs",
        )


def _definition(form: str) -> FeedDefinition:
    wanted = definition(form)
    if not form.startswith("allegro"):
        return wanted
    terms = tuple(FieldRule(name=name, field=name, template=text) for name, text in ALLEGRO_TERMS.items())
    return msgspec.structs.replace(wanted, fields=(*wanted.fields, *terms))


def _costs(items: Sequence[object], products: Sequence[SourceProduct], render: Callable[[SourceProduct], object]) -> tuple[float, float]:
    """Seconds of CPU an item: encoding it, rendering it; in turns."""
    encode_item = msgspec.json.Encoder().encode
    plain, rendered = [], []
    for _ in range(ROUNDS):
        plain.append(_spent(encode_item, items) / len(items))
        rendered.append(_spent(render, products) / len(items))
    return middle(plain), middle(rendered)


def _spent(work: Callable[..., object], on: Sequence[object]) -> float:
    begun = time.process_time()
    for each in on:
        work(each)
    return time.process_time() - begun

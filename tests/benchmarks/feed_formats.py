"""What writing a feed costs an item, with all checks on and nothing else: against msgspec's encoding of the same items as JSON, the
quickest
way to write them down that Python has, in the same run. CPU time of one core, items that are all different.
"""

import time
from collections.abc import Callable, Iterator, Sequence

import msgspec

from feeds.checks import check_for
from feeds.formats import FORMATS
from feeds.types import FeedItem
from tests.benchmarks.figures import Figure, middle
from tests.feeds.shop import gtin
from tests.feeds.sound_items import channel_of, definition, sound

ITEMS, ROUNDS = 5000, 7
LIMITS = {
    "google-rss": 18,
    "google-tsv": 15,
    "meta-csv": 15,
    "meta-rss": 18,
    "meta-update-csv": 5,
    "tiktok-csv": 16,
    "pinterest-tsv": 15,
    "ceneo-xml": 15,
    "allegro-jsonl": 25,
}
"""Times msgspec's encoding. Descriptions for Allegro are HTML that is taken apart, once for all variants of a product."""
SIZES, COLORS = 12, ("czarny", "biały", "zielony", "granatowy", "czerwony")


def figures() -> Iterator[Figure]:
    for form, limit in LIMITS.items():
        items = [_item(form, number) for number in range(ITEMS)]
        made, check = FORMATS[form](definition(form), "Sklep"), check_for(definition(form))
        encode = msgspec.json.Encoder().encode
        plain, rendered, checked = _costs(items, (encode, made.render, check))
        told = f"write {rendered * 1e6:.1f} µs, check {checked * 1e6:.1f} µs, msgspec {plain * 1e6:.1f} µs"
        yield Figure(
            name=f"{form}, written and checked",
            value=(rendered + checked) / plain,
            unit="x msgspec",
            limit=limit,
            at_least=False,
            detail=f"{1 / (rendered + checked):.0f} items/s; {told}",
        )


def _item(form: str, number: int) -> FeedItem:
    """Of a shop of shoes: five colours, twelve sizes, a brand for each fifty models."""
    model, size, color = number // (SIZES * len(COLORS)), number % SIZES + 36, COLORS[number // SIZES % len(COLORS)]
    item = sound(
        channel_of(form),
        id=f"BUT-{number}",
        title=f"Buty trekkingowe Kowalski Rysy {model} {color} rozmiar {size}",
        link=f"https://sklep.example/produkt/buty-rysy-{model}?wariant={number}&utm_source=feed",
        description=f"Wodoodporne buty na szlak, model {model}, podeszwa z gumy, zażółć gęślą jaźń. " * 4,
        gtin=gtin(number),
        group_id=f"{model}",
        brand=f"Kowalski {model // 50}",
        price=10000 + number % 300 * 100,
        size=f"{size}",
        color=color,
        options=(("Kolor", color), ("Rozmiar", f"{size}")),
        weight_grams=800 + size * 10,
    )
    return msgspec.json.decode(msgspec.json.encode(item), type=FeedItem)


def _costs(items: Sequence[FeedItem], works: Sequence[Callable[[FeedItem], object]]) -> list[float]:
    """Seconds of CPU an item of each work, in turns."""
    spent: list[list[float]] = [[] for _ in works]
    for _ in range(ROUNDS):
        for at, work in enumerate(works):
            begun = time.process_time()
            for item in items:
                work(item)
            spent[at].append((time.process_time() - begun) / len(items))
    return [middle(each) for each in spent]

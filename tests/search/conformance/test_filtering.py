"""Filters and the counts of facets."""

from search.types import FacetCounts, HasValue, IsAvailable, IsOneOf, PriceBetween, ValueCount
from spoina.catalog.types import Metafield, Option, SelectedOption, StockPolicy, StockStatus
from spoina.ids import ProductId
from tests.search.conformance.conftest import Shop
from tests.spoina.catalog.builders import product, variant

GONE = StockPolicy(status=StockStatus.OUT_OF_STOCK)


def coloured(number: int, *colours: str, price: int = 1000, gone: bool = False, **more):
    variants = tuple(
        variant(number * 10 + place, number, price=price, options=(SelectedOption("Kolor", colour),), stock=GONE if gone else StockPolicy())
        for place, colour in enumerate(colours)
    )
    return product(number, title=f"Koszulka {number}", options=(Option("Kolor", colours),), variants=variants, **more)


async def stocked(shop: Shop) -> None:
    steel = (Metafield(namespace="attributes", key="material", label="Materiał", value="Stal"),)
    await shop.sells(
        coloured(1, "Czarny", "Biały", price=1000, vendor="Halny", categories=[2]),
        coloured(2, "Czarny", price=2000, vendor="Halny", categories=[1], tags=("Nowość",)),
        coloured(3, "Biały", price=3000, vendor="Wilga", categories=[3], gone=True),
        product(4, title="Koszulka bez ceny", price=None, vendor="wilga", metafields=steel),
    )


async def test_each_filter(shop: Shop):
    await stocked(shop)
    expected = {
        HasValue("option:kolor", ("czarny",)): [1, 2],
        HasValue("option:kolor", ("Czarny", "Biały")): [1, 2, 3],
        HasValue("vendor", ("WILGA",)): [3, 4],
        HasValue("category", ("1",)): [1, 2],
        HasValue("category", ("2",)): [1],
        HasValue("tag", ("nowość",)): [2],
        HasValue("attribute:material", ("stal",)): [4],
        HasValue("vendor", ("nikt",)): [],
        HasValue("vendor", ()): [],
        IsAvailable(): [1, 2],
        IsAvailable(False): [3, 4],
        PriceBetween(2000, 3000): [2, 3],
        PriceBetween(None, 1999): [1],
        PriceBetween(2001): [3],
        PriceBetween(None, -1): [],
        IsOneOf((ProductId(1), ProductId(4), ProductId(99))): [1, 4],
        IsOneOf((ProductId(1),), negated=True): [2, 3, 4],
    }
    for condition, found in expected.items():
        result = await shop.search("koszulki", filters=(condition,))
        assert (condition, sorted(hit.id for hit in result.hits), result.total) == (condition, found, len(found))


async def test_filters_all_hold_at_once(shop: Shop):
    await stocked(shop)
    both = (HasValue("option:kolor", ("Biały",)), IsAvailable())
    assert await shop.found("", filters=both) == [1]


async def test_counts_are_disjunctive(shop: Shop):
    """A facet's own filter does not narrow it; those of others do."""
    await stocked(shop)
    filters = (HasValue("option:kolor", ("Czarny",)), IsAvailable())
    facets = ("option:kolor", "vendor", "available")
    result = await shop.search("koszulka", filters=filters, facets=facets)
    assert result.facets == (
        FacetCounts(facet="option:kolor", values=(ValueCount("czarny", "Czarny", 2), ValueCount("biały", "Biały", 1))),
        FacetCounts(facet="vendor", values=(ValueCount("halny", "Halny", 2),)),
        FacetCounts(facet="available", values=(ValueCount("true", "", 2),)),
    )


async def test_where_a_listing_lies_narrows_its_own_counts_too(shop: Shop):
    await stocked(shop)
    page, chosen = HasValue("category", ("1",), fixed=True), HasValue("category", ("2",))
    for filters in ((page,), (page, chosen)):
        (counted,) = (await shop.search(filters=filters, facets=("category",))).facets
        assert [(value.value, value.count) for value in counted.values] == [("1", 2), ("2", 1)]
    assert await shop.found("", filters=(page, chosen)) == [1]


async def test_counts_of_everything(shop: Shop):
    await stocked(shop)
    facets = ("vendor", "category", "tag", "option", "attribute", "price", "type")
    counted = {each.facet: each for each in (await shop.search(facets=facets)).facets}
    assert {value.value: value.count for value in counted["vendor"].values} == {"halny": 2, "wilga": 2}
    assert [(value.value, value.label, value.count) for value in counted["category"].values] == [
        ("1", "Narzędzia", 2),
        ("2", "Wiertarki", 1),
        ("3", "Kuchnia", 1),
    ]
    assert counted["option:kolor"].values == (ValueCount("biały", "Biały", 2), ValueCount("czarny", "Czarny", 2))
    assert counted["attribute:material"].values == (ValueCount("stal", "Stal", 1),)
    assert counted["price"] == FacetCounts(facet="price", lowest=1000, highest=3000)
    assert counted["type"] == FacetCounts(facet="type")


async def test_a_filter_does_not_turn_an_exact_answer_into_a_guess(shop: Shop):
    await shop.sells(product(1, title="Kubek", vendor="Halny"), product(2, title="Kubeł", vendor="Wilga"))
    assert await shop.found("kubek", prefix=False, filters=(HasValue("vendor", ("wilga",)),)) == []

"""Differences planted on either side are found, each once and by its kind; repair mends them; then there are none."""

from collections.abc import Awaitable, Callable

import msgspec
import pytest

from channels.woocommerce.comparing import DriftKind
from simulators.woocommerce.generator import Scale, generated_catalogue
from spoina.db import Pool
from tests.channels.woocommerce.syncing import imported, syncing
from tests.mirrored import mirror_differences
from tests.shop_server import ShopServer, served_shop

Found = tuple[DriftKind, int, int | None, str]


async def edit_document(pool: Pool, number: int, change: Callable[[dict], None]) -> None:
    await edit(pool, "product_document", "product_id", number, change)


async def edit_variant(pool: Pool, number: int, change: Callable[[dict], None]) -> None:
    await edit(pool, "variant", "id", number, change)


async def edit(pool: Pool, table: str, column: str, number: int, change: Callable[[dict], None]) -> None:
    body = msgspec.json.decode(await pool.fetchval(f"select body from {table} where {column} = $1", number))
    change(body)
    await pool.execute(f"update {table} set body = $2 where {column} = $1", number, msgspec.json.encode(body))


class Plants:
    """Each plants one difference at one product and tells how it must be found."""

    def __init__(self, server: ShopServer, pool: Pool) -> None:
        self.server, self.pool = server, pool

    def variation_of(self, number: int) -> int:
        return self.server.shop.products.get(number)["variations"][0]

    async def text_in_the_shop(self, number: int) -> Found:
        self.server.change_silently(number, name="Po cichu")
        return DriftKind.TEXT, number, None, "title"

    async def text_in_the_document(self, number: int) -> Found:
        await edit_document(self.pool, number, lambda body: body.update(title="Tampered"))
        return DriftKind.TEXT, number, None, "title"

    async def text_in_the_listing(self, number: int) -> Found:
        await self.pool.execute("update product set title = 'Tampered' where id = $1", number)
        return DriftKind.TEXT, number, None, "listing.title"

    async def price_in_the_shop(self, number: int) -> Found:
        self.server.change_silently(number, regular_price="4321.00", sale_price="", price="4321.00", on_sale=False)
        return DriftKind.PRICE, number, number, "prices"

    async def price_in_the_document(self, number: int) -> Found:
        await edit_document(self.pool, number, lambda body: body["variants"][0]["prices"].update(regular=1))
        return DriftKind.PRICE, number, number, "prices"

    async def price_in_the_listing(self, number: int) -> Found:
        await self.pool.execute("update product set price_max = 1 where id = $1", number)
        return DriftKind.PRICE, number, None, "listing.price_max"

    async def stock_in_the_shop(self, number: int) -> Found:
        counted = self.server.shop.products.get(number)["stock_quantity"]
        self.server.change_silently(number, stock_quantity=counted + 7)
        return DriftKind.STOCK, number, number, "on_hand"

    async def stock_in_the_mirror(self, number: int) -> Found:
        await self.pool.execute("update stock set on_hand = -5 where item_id = $1", number)
        return DriftKind.STOCK, number, number, "on_hand"

    async def stock_lost(self, number: int) -> Found:
        await self.pool.execute("delete from stock where item_id = $1", number)
        return DriftKind.STOCK, number, number, "on_hand"

    async def status_in_the_shop(self, number: int) -> Found:
        self.server.change_silently(number, status="draft")
        return DriftKind.STATUS, number, None, "status"

    async def status_in_the_listing(self, number: int) -> Found:
        await self.pool.execute("update product set listed = not listed where id = $1", number)
        return DriftKind.STATUS, number, None, "listing.listed"

    async def category_in_the_shop(self, number: int) -> Found:
        """One at the root, last: the most specific one stays what it was."""
        named = self.server.shop.products.get(number)["categories"]
        taken = {one["id"] for one in named}
        other = next(term for term in self.server.shop.terms["categories"] if term["id"] not in taken and not term["parent"])
        self.server.change_silently(number, categories=[*named, {"id": other["id"], "name": other["name"], "slug": other["slug"]}])
        return DriftKind.CATEGORY, number, None, "category_ids"

    async def category_in_the_listing(self, number: int) -> Found:
        await self.pool.execute("update product set labels = '{}' where id = $1", number)
        return DriftKind.CATEGORY, number, None, "listing.labels"

    async def missing(self, number: int) -> Found:
        await self.pool.execute("delete from product where id = $1", number)
        return DriftKind.MISSING, number, None, "id"

    async def missing_document(self, number: int) -> Found:
        await self.pool.execute("delete from product_document where product_id = $1", number)
        return DriftKind.MISSING, number, None, "id"

    async def extra(self, number: int) -> Found:
        self.server.shop.delete_silently(number)
        return DriftKind.EXTRA, number, None, "id"

    async def variant_lost(self, number: int) -> Found:
        await self.pool.execute("delete from variant where id = $1", number)
        await edit_document(self.pool, number, lambda body: body.update(variants=[]))
        return DriftKind.VARIATION, number, number, "id"

    async def variation_price(self, number: int) -> Found:
        self.server.change_silently(self.variation_of(number), regular_price="4321.00", sale_price="", price="4321.00", on_sale=False)
        return DriftKind.PRICE, number, self.variation_of(number), "prices"

    async def variation_sku(self, number: int) -> Found:
        self.server.change_silently(self.variation_of(number), sku=f"OTHER-{number}")
        return DriftKind.VARIATION, number, self.variation_of(number), "sku"

    async def variation_tampered(self, number: int) -> Found:
        def change(body: dict) -> None:
            body["variants"][0]["sku"] = "TAMPERED"

        await edit_document(self.pool, number, change)
        body = msgspec.json.decode(await self.pool.fetchval("select body from product_document where product_id = $1", number))
        return DriftKind.VARIATION, number, body["variants"][0]["id"], "sku"

    async def variation_created(self, number: int) -> Found:
        template = self.server.shop.variations.get(self.variation_of(number))
        new = self.server.shop.take_id()
        self.server.shop.variations.put({**template, "id": new, "sku": f"NEW-{new}", "global_unique_id": ""})
        self.server.change_silently(number, variations=[*self.server.shop.products.get(number)["variations"], new])
        return DriftKind.VARIATION, number, new, "id"

    async def variation_deleted(self, number: int) -> Found:
        gone, *kept = self.server.shop.products.get(number)["variations"]
        self.server.shop.variations.drop(gone)
        self.server.change_silently(number, variations=kept)
        return DriftKind.VARIATION, number, gone, "id"


SIMPLE = {"text", "price", "stock", "status", "category", "missing", "extra", "variant"}
OF_SIMPLE = [name for name in vars(Plants) if name.partition("_")[0] in SIMPLE]
OF_VARIABLE = [name for name in vars(Plants) if name.startswith("variation_") and name != "variation_of"]


async def planted(plants: Plants, kinds: list[str], numbers: list[int], rounds: int) -> list[Found]:
    free = iter(numbers)
    plant: dict[str, Callable[[int], Awaitable[Found]]] = {kind: getattr(plants, kind) for kind in kinds}
    return [await plant[kind](next(free)) for _ in range(rounds) for kind in kinds]


def products(server: ShopServer, kind: str) -> list[int]:
    """Published, and counted where it is simple, so that any difference can be planted at any of them."""
    found = [server.shop.products.get(facts.id) for facts in server.shop.products.all_facts() if facts.type == kind]
    fit = [one["id"] for one in found if one["status"] == "publish" and (kind != "simple" or one["manage_stock"] is True)]
    return sorted(fit)


async def drift(server: ShopServer, pool: Pool, *, repair: bool = False) -> list[Found]:
    async with syncing(server, pool) as sync:
        found = [difference async for difference in sync.drift()]
        if repair:
            await sync.repair(found)
    return sorted((one.kind, one.product_id, one.variant_id, one.field) for one in found)


async def test_planted_differences_are_found_and_mended(pool: Pool):
    async with served_shop() as server:
        await imported(server, pool)
        assert await drift(server, pool) == []
        plants = Plants(server, pool)
        wanted = await planted(plants, OF_SIMPLE, products(server, "simple"), 3)
        wanted += await planted(plants, OF_VARIABLE, products(server, "variable"), 3)
        assert (len(wanted), len({kind for kind, *_ in wanted})) == (66, 8)
        assert await drift(server, pool, repair=True) == sorted(wanted)
        assert await drift(server, pool) == []
        assert await mirror_differences(server.shop, pool) == []


@pytest.mark.parametrize("kind", OF_VARIABLE)
async def test_differences_of_variations_are_found_in_a_shop_without_a_list_of_all(pool: Pool, kind: str):
    async with served_shop(generated_catalogue(Scale(10, (3, 3))), global_variations=False) as server:
        await imported(server, pool)
        wanted = await planted(Plants(server, pool), [kind], products(server, "variable"), 1)
        assert await drift(server, pool, repair=True) == wanted
        assert await drift(server, pool) == []


async def test_what_is_in_quarantine_is_no_drift(pool: Pool):
    async with served_shop(generated_catalogue(Scale(10, (3, 3)))) as server:
        await imported(server, pool)
        server.change_silently(products(server, "simple")[0], type="bundle")
        assert await drift(server, pool) == []

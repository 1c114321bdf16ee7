from base64 import urlsafe_b64encode
from hashlib import md5

import pytest

from spoina.catalog.types import Metafield
from spoina.clock import utc_now
from spoina.ids import VariantId
from spoina.inventory.barcodes import InStoreRule, ValueKind, add_barcode, drop_in_store_rule, remove_barcode, set_in_store_rule
from spoina.pricing.types import PriceSchedule, PriorPrice
from tests.api.pos.till import Counter, line, sale, stock_up
from tests.spoina.catalog.builders import NOON, insert_products, product, variant
from tests.sql_statements import count_statements

BEYOND = urlsafe_b64encode(b"[0,0,99999999999999999999]").decode()


@pytest.fixture
async def beer(counter: Counter):
    """Reduced, for adults, in a bottle that is returned; its label is a GTIN-8. Gone afterwards."""
    one = variant(
        50,
        sku="PIWO",
        barcode="96385074",
        counted=True,
        prices=PriceSchedule(regular=900, sale=700),
        prior_price=PriorPrice(minor=650, since=NOON, window_from=NOON, reduced_at=NOON, evidence=()),
        metafields=(
            Metafield(namespace="meta", key="_minimum_age", value="od 18 lat"),
            Metafield(namespace="meta", key="kaucja", value="0,50"),
        ),
    )
    version = await insert_products(counter.pool, [product(50, title="Piwo", variants=(one,))])
    await stock_up(counter.pool, {50: 24}, 10)
    await stock_up(counter.pool, {50: 6}, 11)
    yield version
    await counter.pool.execute("delete from product where id = 50")
    await counter.pool.execute("delete from variant where id = 50")


async def test_a_scanned_product_says_all_the_till_needs(counter: Counter, till_services, beer):
    await till_services.reader.settled(beer)
    answer = await counter.get("products", params={"code": "96385074"})
    (found,) = answer.json()["products"]
    assert (answer.status_code, found["product"], found["currency"], found["priceNow"], found["onSale"]) == (200, "Piwo", "PLN", 700, True)
    assert found["variant"] == {
        "id": 50,
        "title": "Variant 50",
        "price": {"regular": 900, "sale": 700, "prior": 650},
        "taxClass": "",
        "letter": "A",
        "rate": 2300,
        "sku": "PIWO",
        "barcode": "96385074",
        "stockItem": 50,
        "minimumAge": 18,
        "deposit": 50,
    }
    assert (found["here"]["location"], found["here"]["onHand"], found["here"]["available"]) == (10, 24, 24)
    assert [(each["location"], each["onHand"]) for each in found["elsewhere"]] == [(11, 6)]


@pytest.mark.parametrize("code", ["PIWO", "96385074", "000096385074", "0000096385074", "00000096385074", " PIWO "])
async def test_every_way_to_write_its_code(counter: Counter, till_services, beer, code):
    await till_services.reader.settled(beer)
    (found,) = (await counter.get("products", params={"code": code})).json()["products"]
    assert found["variant"]["id"] == 50


async def test_further_codes_of_the_same_product(counter: Counter, till_services, beer):
    await till_services.reader.settled(beer)
    await add_barcode(counter.pool, VariantId(50), "5901234123457", utc_now)
    (found,) = (await counter.get("products", params={"code": "5901234123457"})).json()["products"]
    await counter.pool.execute("delete from known_barcode")
    assert found["variant"]["id"] == 50


@pytest.mark.parametrize(("kind", "told"), [(ValueKind.WEIGHT, "weightGrams"), (ValueKind.PRICE, "price")])
async def test_the_shops_own_scales_print_what_was_weighed(counter: Counter, till_services, beer, kind, told):
    await till_services.reader.settled(beer)
    await set_in_store_rule(counter.pool, InStoreRule(prefix="21", reference_digits=5, value_digits=5, value_kind=kind))
    await add_barcode(counter.pool, VariantId(50), "2100123000005", utc_now)
    answer = (await counter.get("products", params={"code": "2100123012503"})).json()
    unruled = await counter.get("products", params={"code": "2900123012509"})
    await drop_in_store_rule(counter.pool, "21")
    await remove_barcode(counter.pool, "2100123000005")
    assert (answer["inStore"], answer["products"][0]["variant"]["id"]) == ({"reference": "00123", told: 1250}, 50)
    assert unruled.status_code == 404


@pytest.mark.parametrize(("code", "status"), [("5901234123457", 404), ("nothing", 404), ("", 400), ("x" * 101, 400)])
async def test_codes_of_nothing(counter: Counter, code, status):
    assert (await counter.get("products", params={"code": code})).status_code == status


async def test_what_the_numbers_of_locations_mean(counter: Counter):
    told = {each["id"]: each for each in (await counter.get("locations")).json()}
    assert told[counter.terminal["location"]] == {"id": 10, "code": "krakow", "name": "Kraków", "address": ""}
    assert {10, 11} <= told.keys()


async def followed(counter: Counter, limit: int) -> tuple[dict[int, int], dict[tuple[int, int], int], int]:
    """What a till that begins with nothing ends with: versions by product, counts by item and location, pages."""
    products: dict[int, int] = {}
    stock: dict[tuple[int, int], int] = {}
    cursor, pages = None, 0
    while True:
        answer = (await counter.get("changes", params={"limit": limit} | ({"cursor": cursor} if cursor else {}))).json()
        pages += 1
        for entry in answer["products"]:
            products[entry["id"]] = entry["version"]
            if entry.get("gone"):
                del products[entry["id"]]
        stock.update({(entry["item"], entry["location"]): entry["onHand"] for entry in answer["stock"]})
        cursor = answer["cursor"]
        if not answer["more"]:
            return products, stock, pages


async def test_a_till_follows_the_catalogue_page_by_page(counter: Counter):
    await counter.post("sales", sale(line(1, 3), line(2, 4)))
    products, stock, pages = await followed(counter, 1)
    assert products == dict(await counter.pool.fetch("select id, version from product where deleted_at is null"))
    assert stock == {(1, 10): 7, (2, 10): 6}
    assert pages >= 3


async def test_letters_that_change_reach_every_till(counter: Counter):
    before = (await counter.get("vat-letters")).json()
    first = (await counter.get("changes", params={"limit": 500})).json()
    renamed = [{**each, "letter": "G"} if each["taxClass"] == "" else each for each in before]
    assert (await counter.client.put("/v1/pos/vat-letters", headers=counter.staff, json=renamed)).status_code == 200
    told = (await counter.get("changes", params={"cursor": first["cursor"], "limit": 500})).json()
    quiet = (await counter.get("changes", params={"cursor": told["cursor"]})).json()
    assert (await counter.client.put("/v1/pos/vat-letters", headers=counter.staff, json=before)).status_code == 200
    assert [entry["id"] for entry in told["products"]] == [entry["id"] for entry in first["products"]]
    assert {variant["letter"] for entry in told["products"] for variant in entry["variants"] if variant["taxClass"] == ""} == {"G"}
    assert (told["stock"], quiet["products"]) == ([], [])


async def test_an_idle_till_is_told_that_nothing_changed(counter: Counter):
    first = await counter.get("changes", params={"limit": 500})
    cursor = first.json()["cursor"]
    idle = await counter.get("changes", params={"cursor": cursor})
    again = await counter.get("changes", params={"cursor": cursor}, headers={"if-none-match": idle.headers["etag"]})
    assert (idle.json(), again.status_code, again.content) == ({"products": [], "stock": [], "cursor": cursor, "more": False}, 304, b"")
    await counter.post("sales", sale(line(3)))
    moved = await counter.get("changes", params={"cursor": cursor}, headers={"if-none-match": idle.headers["etag"]})
    assert moved.json()["stock"] == [] or [entry["item"] for entry in moved.json()["stock"]] == [3]
    _, stock, _ = await followed(counter, 100)
    assert stock[3, 10] == 9


COUNTED = (
    "insert into stock_move (item_id, location_id, delta, reason, source, reference, line, occurred_at, recorded_at)"
    " values ($1, 10, 0, 'count', 'test', $2, 0, now(), now())"
)


async def counts_since(counter: Counter, cursor: str | None) -> tuple[list[int], str]:
    seen, more = [], True
    while more:
        answer = (await counter.get("changes", params={"limit": 500} | ({"cursor": cursor} if cursor else {}))).json()
        cursor, more = answer["cursor"], answer["more"]
        seen += [entry["item"] for entry in answer["stock"]]
    return seen, cursor


@pytest.mark.parametrize(("case", "before", "first"), [("new", [], [2]), ("waiting to be numbered already", [1], [2])])
async def test_a_count_that_commits_late_is_not_missed(counter: Counter, case, before, first):
    """It has the lower id in the ledger, and is seen after the cursor has passed the higher one."""
    for item in before:
        await counter.pool.execute(COUNTED, item, "before")
    async with counter.pool.acquire() as late:
        slow = late.transaction()
        await slow.start()
        await late.execute(COUNTED, 1, "first")
        await counter.pool.execute(COUNTED, 2, "second")
        seen, cursor = await counts_since(counter, None)
        await slow.commit()
    assert (seen, (await counts_since(counter, cursor))[0]) == (first, [1])


async def test_what_is_not_sold_any_more_is_told(counter: Counter, beer):
    first = (await counter.get("changes", params={"limit": 500})).json()
    assert 50 in [entry["id"] for entry in first["products"]]
    version = await counter.pool.fetchval("select nextval('catalog_version')")
    await counter.pool.execute("update product set deleted_at = now(), published = false, version = $1 where id = 50", version)
    after = (await counter.get("changes", params={"cursor": first["cursor"]})).json()
    assert [(entry["id"], entry["gone"]) for entry in after["products"]] == [(50, True)]


@pytest.mark.parametrize(
    ("cursor", "limit", "field"),
    [("nonsense", 5, "cursor"), ("WzEsMSw5ZTk5XQ==", 5, "cursor"), (BEYOND, 5, "cursor"), (None, 0, "limit"), (None, 501, "limit")],
)
async def test_questions_that_cannot_be_answered(counter: Counter, cursor, limit, field):
    answer = await counter.get("changes", params={"limit": limit} | ({"cursor": cursor} if cursor else {}))
    assert (answer.status_code, answer.json()["field"]) == (400, field)


async def test_a_page_costs_the_same_wherever_it_begins(counter: Counter, till_services):
    cursor = (await counter.get("changes", params={"limit": 1})).json()["cursor"]
    await followed(counter, 500)
    costs = []
    for params in ({"limit": 1}, {"limit": 1, "cursor": cursor}):
        async with count_statements(till_services.pool, of_requests=True) as statements:
            await counter.get("changes", params=params)
        costs.append(len(statements))
    assert costs == [7, 7]


def bucket_hash(lines: list[str]) -> str:
    return md5(",".join(lines).encode(), usedforsecurity=False).hexdigest()


async def test_the_digest_leads_to_the_bucket_that_differs(counter: Counter):
    await insert_products(counter.pool, [product(number) for number in (257, 258, 513)])
    held, _, _ = await followed(counter, 500)
    held[257] -= 1  # the difference: an old version of one product
    theirs = (await counter.get("digest")).json()
    ours = {
        bucket: bucket_hash([f"{number}:{held[number]}" for number in sorted(held) if number % 256 == bucket])
        for bucket in {number % 256 for number in held}
    }
    assert [each["bucket"] for each in theirs["products"] if ours.get(each["bucket"]) != each["hash"]] == [1]
    healed = (await counter.get("digest/1")).json()
    held = {number: version for number, version in held.items() if number % 256 != 1} | {
        entry["id"]: entry["version"] for entry in healed["products"]
    }
    assert bucket_hash([f"{number}:{held[number]}" for number in sorted(held) if number % 256 == 1]) == next(
        each["hash"] for each in theirs["products"] if each["bucket"] == 1
    )
    await counter.pool.execute("delete from product where id > 256")
    await counter.pool.execute("delete from variant where id > 256")


async def test_the_digest_of_stock_finds_a_count_that_nobody_told(counter: Counter):
    before = {each["bucket"]: each["hash"] for each in (await counter.get("digest")).json()["stock"]}
    assert before[2] == bucket_hash(["2:10:10"])
    await counter.pool.execute("update stock set on_hand = 4 where item_id = 2 and location_id = 10")
    after = {each["bucket"]: each["hash"] for each in (await counter.get("digest")).json()["stock"]}
    assert [bucket for bucket, hash_ in after.items() if before[bucket] != hash_] == [2]
    (entry,) = (await counter.get("digest/2")).json()["stock"]
    assert (entry["item"], entry["location"], entry["onHand"]) == (2, 10, 4)
    assert (await counter.get("digest/256")).json()["field"] == "bucket"

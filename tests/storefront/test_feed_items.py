"""Why an item is in a feed or not: for staff keys, and made anew each time."""

from collections.abc import Sequence

import msgspec
import pytest

from feeds.explain import Change, Checked, ExplainedField, Explanation, Judged
from feeds.port import Finding, Severity
from feeds.types import Effect
from projection import State
from spoina.access.rules import SCOPES
from spoina.access.types import KeyKind
from storefront.callers import READER, Caller
from storefront.execution import Storefront
from storefront.limits import DEFAULT_LIMITS
from tests.storefront.catalogue import BY_NAME, NOW, SCHEMA, TRUSTED, garncarnia, ports_of

TOLD = Explanation(
    feed="google-pl",
    sku="MISA",
    variant=103,
    included=False,
    decided_by="dear",
    reason="excluded by the filter 'dear' of feed google-pl",
    filters=(Judged(rule="dear", effect=Effect.EXCLUDE, fits=True, note="so it seems"),),
    changes=(Change(rule="short", field="title", before="Misa duża", after="Misa", reads={"title": "Misa duża", "brand": ""}),),
    fields=(
        ExplainedField(
            field="g:title",
            value="Misa",
            sources={"title": "Misa"},
            origins={"title": "rule 'short'"},
            rule="the title",
            limit="150 characters",
            required=True,
        ),
    ),
    checks=(Checked(rule="GOOGLE-LINK", severity=Severity.WARNING, field="link", meaning="a link", spoke=True),),
    findings=(Finding("GOOGLE-LINK", Severity.WARNING, "link", "'x' is no link"),),
    written="",
)
IN_GRAPHQL = {
    "feed": "google-pl",
    "sku": "MISA",
    "variantId": "gid://spoina/ProductVariant/103",
    "included": False,
    "decidedBy": "dear",
    "reason": "excluded by the filter 'dear' of feed google-pl",
    "filters": [{"rule": "dear", "effect": "EXCLUDE", "fits": True, "note": "so it seems"}],
    "changes": [
        {
            "rule": "short",
            "field": "title",
            "before": "Misa duża",
            "after": "Misa",
            "reads": [{"name": "title", "value": "Misa duża"}, {"name": "brand", "value": ""}],
        }
    ],
    "fields": [
        {
            "name": "g:title",
            "value": "Misa",
            "sources": [{"name": "title", "value": "Misa", "origin": "rule 'short'"}],
            "rule": "the title",
            "limit": "150 characters",
            "required": True,
        }
    ],
    "checks": [{"rule": "GOOGLE-LINK", "severity": "WARNING", "field": "link", "meaning": "a link", "spoke": True}],
    "findings": [{"rule": "GOOGLE-LINK", "severity": "WARNING", "field": "link", "message": "'x' is no link"}],
    "written": "",
}

DOCUMENT = BY_NAME["staff/feed_item"]
VARIABLES = {"feed": "google-pl", "sku": "MISA"}
BY_HASH = msgspec.json.encode({"documentId": DOCUMENT.sha256, "variables": VARIABLES})
BESIDE_THE_SHOP = msgspec.json.encode({"query": '{ shop { name } feedItem(feed: "google-pl", sku: "MISA") { included } }'})
STAFF = Caller(SCOPES[KeyKind.STAFF])
OTHERS = [kind for kind in KeyKind if kind is not KeyKind.STAFF]


class Told:
    """Notes what was asked for."""

    def __init__(self) -> None:
        self.asked: list[tuple[str, str]] = []

    async def explain(self, feed: str, sku: str) -> Explanation:
        self.asked.append((feed, sku))
        return TOLD


class Shop:
    def __init__(self, **settings) -> None:
        self.feeds, catalogue = Told(), garncarnia()
        catalogue.edition = 1
        ports = msgspec.structs.replace(ports_of(catalogue, lambda: NOW), feeds=self.feeds)
        self.served = Storefront(SCHEMA, ports, trusted=TRUSTED, **settings)

    async def post(self, body: bytes, caller: Caller = STAFF) -> dict:
        return msgspec.json.decode((await self.served.post(body, caller=caller)).body)


@pytest.fixture
def shop() -> Shop:
    return Shop()


async def test_everything_that_is_known_of_an_item(shop):
    assert (await shop.post(BY_HASH))["data"] == {"feedItem": IN_GRAPHQL}
    assert shop.feeds.asked == [("google-pl", "MISA")]
    assert DOCUMENT.operation(None).projection.state is State.COMPILED


async def test_graphql_core_says_the_same_as_the_compiled_document(shop):
    new_text = msgspec.json.encode({"query": DOCUMENT.text + " ", "variables": VARIABLES})
    assert (await shop.post(new_text))["data"] == (await shop.post(BY_HASH))["data"]


@pytest.mark.parametrize("kind", OTHERS)
@pytest.mark.parametrize("body", [BY_HASH, BESIDE_THE_SHOP])
async def test_no_other_key_learns_anything_and_nothing_is_looked_up(shop, kind, body):
    told = await shop.post(body, Caller(SCOPES[kind]))
    [error] = told["errors"]
    assert (error["message"], error["path"]) == ("this key has no scope 'feeds:read'", ["feedItem"])
    assert (error["extensions"], told["data"]["feedItem"], shop.feeds.asked) == ({"code": "FORBIDDEN"}, None, [])


@pytest.mark.parametrize("body", [BY_HASH, BESIDE_THE_SHOP])
async def test_it_is_explained_anew_each_time_and_nobody_is_given_what_staff_were_told(shop, body):
    answers: Sequence[dict] = [await shop.post(body) for _ in range(4)]
    assert (answers[0] == answers[-1], len(shop.feeds.asked)) == (True, 4)
    assert shop.served.again(body, "application/json", READER.client) is None
    assert (await shop.post(body, READER))["errors"][0]["extensions"]["code"] == "FORBIDDEN"


async def test_no_cache_keeps_it(shop):
    parameters = {"documentId": DOCUMENT.sha256, "variables": msgspec.json.encode(VARIABLES).decode()}
    for caller, status in ((STAFF, 200), (STAFF, 200), (READER, 200)):
        answer = await shop.served.get(parameters, "*", caller)
        assert (answer.status, answer.header("cache-control"), answer.header("etag")) == (status, "no-store", None)
    assert len(shop.feeds.asked) == 2


async def test_with_trusted_documents_only_staff_can_ask(shop):
    careful = Shop(trusted_only=True)
    assert (await careful.post(BY_HASH))["data"]["feedItem"] == IN_GRAPHQL
    assert (await careful.post(BESIDE_THE_SHOP))["errors"][0]["extensions"]["code"] == "DOCUMENT_NOT_TRUSTED"


async def test_each_item_costs_what_its_making_does(shop):
    asked = " ".join(f'i{number}: feedItem(feed: "google-pl", sku: "{number}") {{ included }}' for number in range(DEFAULT_LIMITS.aliases))
    paid: list[int] = []
    told = await shop.post(msgspec.json.encode({"query": f"{{ {asked} }}"}), Caller(SCOPES[KeyKind.STAFF], pay=paid.append))
    assert (told["extensions"]["cost"]["requested"], sum(paid), len(shop.feeds.asked)) == (5000 * 30, 150, 30)

"""Why an item is in a feed or not: the same at the command line, by REST and in GraphQL."""

import asyncio
import os
from collections.abc import AsyncIterator
from pathlib import Path
from time import monotonic
from unittest.mock import patch

import httpx
import msgspec
import pytest
from click.testing import CliRunner
from litestar import Litestar

from api.cli import main
from api.feeding import definitions
from api.problems import answer_problem
from api.rest.feeds import FeedDesk, feed_desk_routes
from feeds.inspecting import FeedItems
from spoina.access.rules import SCOPES
from spoina.access.service import KeyRing
from spoina.access.types import KeyKind
from spoina.db import Pool
from spoina.settings import Settings
from storefront.callers import Caller
from storefront.execution import Storefront
from tests.api.conftest import key_of, served
from tests.api.test_cli import _logging_as_it_was, env  # noqa: F401 - fixtures
from tests.feeds.shop import NOW, good, good_variant, open_shop
from tests.sql_statements import count_statements, within
from tests.storefront.catalogue import BY_NAME, SCHEMA, TRUSTED, garncarnia, ports_of

DEFINITION = """
channel = "google"
format = "google-rss"
base_url = "https://sklep.example"

[[filters]]
name = "no bargains"
price_below = "15.00"

[[fields]]
name = "with brand"
field = "title"
template = "{brand} {title}"
"""
UPDATED = 'channel = "meta"\nformat = "meta-csv"\nbase_url = "https://sklep.example"\nupdate = true\n'
DOCUMENT = BY_NAME["staff/feed_item"]
STAFF = Caller(SCOPES[KeyKind.STAFF])
RIVAL = "SAME"
SKUS = {
    "in the feed": "SKU-1",
    "a cheap one, which a filter keeps out": "SKU-2",
    "without a picture, which the channel refuses": "SKU-3",
    "the first of two with one SKU": RIVAL,
    "the second, by its number": "5",
}


@pytest.fixture
def items(tmp_path: Path, pool: Pool) -> FeedItems:
    (tmp_path / "feeds").mkdir()
    (tmp_path / "feeds" / "google-pl.toml").write_text(DEFINITION)
    (tmp_path / "feeds" / "meta-pl.toml").write_text(UPDATED)
    return FeedItems(pool, definitions(Settings(data_dir=tmp_path)), lambda: NOW)


@pytest.fixture
async def shop(pool: Pool) -> None:
    cheap = good_variant(2, prices=msgspec.structs.replace(good_variant(2).prices, regular=999))
    same = [good(number, variants=(good_variant(number, sku=RIVAL),)) for number in (4, 5)]
    await open_shop(pool, [good(1), good(2, variants=(cheap,)), good(3, images=()), *same])


@pytest.fixture
def graphql(items: FeedItems, shop: None) -> Storefront:
    return Storefront(SCHEMA, msgspec.structs.replace(ports_of(garncarnia(), lambda: NOW), feeds=items), trusted=TRUSTED)


@pytest.fixture
async def rest(items: FeedItems, shop: None, pool: Pool) -> AsyncIterator[httpx.AsyncClient]:
    routes = feed_desk_routes(KeyRing(pool, monotonic), FeedDesk(pool, items, lambda: NOW))
    application = Litestar(routes, exception_handlers={Exception: answer_problem}, openapi_config=None, logging_config=None)
    async with served(application) as client:
        client.headers.update(await key_of(pool, KeyKind.STAFF))
        yield client


async def asked(graphql: Storefront, feed: str, sku: str) -> dict:
    body = msgspec.json.encode({"documentId": DOCUMENT.sha256, "variables": {"feed": feed, "sku": sku}})
    return msgspec.json.decode((await graphql.post(body, caller=STAFF)).body)


def in_rests_words(told: dict) -> dict:
    """What GraphQL says, as REST spells it."""
    told["variant"] = int(told.pop("variantId").removeprefix("gid://spoina/ProductVariant/"))
    told["decided_by"] = told.pop("decidedBy")
    for judged in told["filters"]:
        judged["effect"] = judged["effect"].lower()
    for spoken in (*told["checks"], *told["findings"]):
        spoken["severity"] = spoken["severity"].lower()
    for change in told["changes"]:
        change["reads"] = {read["name"]: read["value"] for read in change["reads"]}
    for field in told["fields"]:
        sources = field.pop("sources")
        field["field"] = field.pop("name")
        field["sources"] = {source["name"]: source["value"] for source in sources}
        field["origins"] = {source["name"]: source["origin"] for source in sources}
    return told


@pytest.mark.parametrize("case", SKUS)
async def test_one_answer_wherever_it_is_asked_for(case, graphql, rest, env, tmp_path):  # noqa: F811
    sku = SKUS[case]
    by_rest = (await rest.get(f"/v1/feeds/google-pl/explain/{sku}")).json()
    with patch.dict(os.environ, {**env, "SPOINA_DATA_DIR": str(tmp_path)}, clear=True):
        command = ["feeds", "explain", "google-pl", sku, "--json"]
        at_the_command_line = (await asyncio.to_thread(CliRunner().invoke, main, command, prog_name="spoina")).stdout
    in_graphql = (await asked(graphql, "google-pl", sku))["data"]["feedItem"]
    assert in_rests_words(in_graphql) == by_rest == msgspec.json.decode(at_the_command_line)
    assert by_rest["included"] == (case in {"in the feed", "the first of two with one SKU"})


async def test_each_filter_and_check_says_whether_it_spoke(graphql):
    told = {case: (await asked(graphql, "google-pl", sku))["data"]["feedItem"] for case, sku in SKUS.items()}
    assert [(each["decidedBy"], *(judged["fits"] for judged in each["filters"])) for each in told.values()] == [
        ("", False),
        ("no bargains", True),
        ("GOOGLE-IMAGE-REQUIRED", False),
        ("", False),
        ("GOOGLE-ID-DUPLICATE", False),
    ]
    spoke = [[check["rule"] for check in each["checks"] if check["spoke"]] for each in told.values()]
    assert spoke == [[], [], ["GOOGLE-IMAGE-REQUIRED"], [], ["GOOGLE-ID-DUPLICATE"]]
    asked_of = [len(each["checks"]) for each in told.values()]
    assert asked_of == [63, 62, 62, 63, 63]  # whether its id is taken is asked of what nothing else keeps out
    assert [finding["rule"] for each in told.values() for finding in each["findings"]] == ["GOOGLE-IMAGE-REQUIRED", "GOOGLE-ID-DUPLICATE"]


async def test_where_a_value_comes_from(graphql):
    told = (await asked(graphql, "google-pl", "SKU-1"))["data"]["feedItem"]
    [title] = [field for field in told["fields"] if field["name"] == "g:title"]
    assert (title["value"], title["limit"]) == ("Emalia Olkusz Kubek emaliowany 1", "150 characters")
    assert title["sources"] == [{"name": "title", "value": title["value"], "origin": "rule 'with brand'"}]
    reads = [{"name": "brand", "value": "Emalia Olkusz"}, {"name": "title", "value": "Kubek emaliowany 1"}]
    assert told["changes"] == [
        {"rule": "with brand", "field": "title", "before": "Kubek emaliowany 1", "after": title["value"], "reads": reads}
    ]


async def test_an_update_feed_is_a_feed_of_its_own(graphql):
    told = (await asked(graphql, "meta-pl-update", "SKU-1"))["data"]["feedItem"]
    assert (told["feed"], told["included"], len(told["fields"]) < 20) == ("meta-pl-update", True, True)


UNKNOWN_BEARER = 10
"""The transaction's two, seven of the shop's frame, one for who bears the SKU."""
TWICE = 2
"""What was refused to a compiled document is asked for by graphql-core again."""
REFUSED = {
    "no such feed": ("none", "SKU-1", 404, "NOT_FOUND", "there is no feed none", 0),
    "a feed's name that is too long": ("g" * 68, "SKU-1", 400, "LIMIT_EXCEEDED", "feed: at most 67 characters", 0),
    "no such SKU": ("google-pl", "SKU-9", 404, "NOT_FOUND", "there is no published item SKU-9", UNKNOWN_BEARER * TWICE),
    "an SKU that is too long": ("google-pl", "K" * 10_000, 400, "LIMIT_EXCEEDED", "sku: at most 200 characters", 0),
}


@pytest.mark.parametrize("case", REFUSED)
async def test_what_cannot_be_explained(case, graphql, rest, pool):
    feed, sku, status, code, message, statements = REFUSED[case]
    answer = await rest.get(f"/v1/feeds/{feed}/explain/{sku}")
    async with count_statements(pool) as sent:
        told = await asked(graphql, feed, sku)
    [error] = told["errors"]
    assert (answer.status_code, answer.json()["detail"], error["message"]) == (status, message, message)
    assert (error["extensions"], told["data"]) == ({"code": code}, {"feedItem": None})
    within({statements}, case, sent)


async def test_without_an_sku_nothing_is_looked_for(graphql, pool):
    async with count_statements(pool) as sent:
        told = await asked(graphql, "google-pl", "")
    assert [(error["message"], error["extensions"]["code"]) for error in told["errors"]] == [("sku: must not be empty", "BAD_USER_INPUT")]
    assert len(sent) == 0


async def test_the_document_keeps_to_its_statements_each_time(graphql, pool):
    for _ in range(2):
        async with count_statements(pool) as sent:
            assert (await asked(graphql, "google-pl", "SKU-1"))["data"]["feedItem"]["included"]
        within({DOCUMENT.budget.sql}, DOCUMENT.name, sent)


async def test_many_in_one_request(graphql):
    """More than there are connections."""
    fields = " ".join(f'i{number}: feedItem(feed: "google-pl", sku: "SKU-1") {{ included }}' for number in range(30))
    answer = await asyncio.wait_for(graphql.post(msgspec.json.encode({"query": f"{{ {fields} }}"}), caller=STAFF), 60)
    assert msgspec.json.decode(answer.body)["data"] == {f"i{number}": {"included": True} for number in range(30)}


@pytest.mark.parametrize("kind", list(KeyKind))
async def test_the_application_answers_staff_keys_and_no_others(shared_client, shared, kind):
    body = {"documentId": DOCUMENT.sha256, "variables": {"feed": "none", "sku": "SKU-1"}}
    answer = await shared_client.post("/graphql", json=body, headers=await key_of(shared.pool, kind))
    [error] = answer.json()["errors"]
    expected = ("NOT_FOUND", "there is no feed none") if kind is KeyKind.STAFF else ("FORBIDDEN", "this key has no scope 'feeds:read'")
    assert (answer.status_code, error["extensions"]["code"], error["message"]) == (200, *expected)

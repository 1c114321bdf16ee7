"""Documents by hash, over POST and over GET, and what a cache between may keep."""

import hashlib
from pathlib import Path

import graphql
import msgspec
import pytest
from graphql import NoSchemaIntrospectionCustomRule, build_schema, specified_rules, validate

from spoina.errors import InvalidInput
from storefront.documents import load_trusted, operations_folder, sha256_of
from storefront.execution import Storefront
from storefront.limits import CACHED_DOCUMENTS, DEFAULT_LIMITS
from storefront.validity import known_valid, write_valid
from tests.storefront.catalogue import BY_NAME, NOW, SCHEMA, TRUSTED, garncarnia, ports_of, storefront

PAGE = BY_NAME["web/page"]
ABOUT = '{"handle":"o-nas"}'


def code_of(response) -> str:
    return msgspec.json.decode(response.body)["errors"][0]["extensions"]["code"]


def test_a_document_is_addressed_by_the_hash_of_its_file() -> None:
    path = operations_folder() / "web" / "page.graphql"
    assert PAGE.sha256 == hashlib.sha256(path.read_bytes()).hexdigest()


@pytest.mark.parametrize("name", sorted(BY_NAME))
def test_a_document_costs_what_its_budget_says(name) -> None:
    document = BY_NAME[name]
    assert document.operation(None).measure.cost(document.budget.at) == document.budget.cost


@pytest.mark.parametrize(
    "body",
    [
        {"documentId": PAGE.sha256},
        {"documentId": f"sha256:{PAGE.sha256}"},
        {"id": PAGE.sha256},
        {"extensions": {"persistedQuery": {"version": 1, "sha256Hash": PAGE.sha256}}},
        {"query": PAGE.text},
        {"query": PAGE.text, "extensions": {"persistedQuery": {"version": 1, "sha256Hash": PAGE.sha256}}},
    ],
)
@pytest.mark.parametrize("trusted_only", [False, True])
async def test_each_way_of_naming_a_trusted_document(body, trusted_only) -> None:
    served = storefront(garncarnia(), trusted_only=trusted_only)
    response = await served.post(msgspec.json.encode({**body, "variables": {"handle": "o-nas"}}))
    assert (response.status, msgspec.json.decode(response.body)["data"]["page"]["title"]) == (200, "O nas")


async def test_with_trusted_documents_only_nothing_else_is_served() -> None:
    served = storefront(garncarnia(), trusted_only=True)
    assert code_of(await served.post(b'{"query": "{ shop { name } }"}')) == "DOCUMENT_NOT_TRUSTED"
    assert code_of(await served.post(b'{"query": "{ __schema { description } }"}')) == "DOCUMENT_NOT_TRUSTED"
    assert code_of(await served.post(b'{"documentId": "abc"}')) == "PERSISTED_QUERY_NOT_FOUND"


async def test_an_unknown_hash_is_answered_as_apollo_expects_and_learnt_from_the_text() -> None:
    served = storefront(garncarnia())
    text = "{ shop { name } }"
    extensions = {"persistedQuery": {"version": 1, "sha256Hash": hashlib.sha256(text.encode()).hexdigest()}}
    unknown = await served.post(msgspec.json.encode({"extensions": extensions}))
    problem = msgspec.json.decode(unknown.body)["errors"][0]
    assert (problem["message"], problem["extensions"]["code"]) == ("PersistedQueryNotFound", "PERSISTED_QUERY_NOT_FOUND")
    assert (await served.post(msgspec.json.encode({"query": text, "extensions": extensions}))).status == 200
    assert (await served.post(msgspec.json.encode({"extensions": extensions}))).status == 200


async def test_a_hash_of_another_text_is_refused() -> None:
    body = {"query": "{ shop { name } }", "extensions": {"persistedQuery": {"sha256Hash": PAGE.sha256}}}
    assert code_of(await storefront(garncarnia()).post(msgspec.json.encode(body))) == "BAD_REQUEST"


async def test_a_trusted_document_keeps_to_its_own_budget() -> None:
    listing = BY_NAME["app/listing"]
    served = storefront(garncarnia())
    assert (await served.post(msgspec.json.encode({"documentId": listing.sha256, "variables": {"first": 100}}))).status == 200
    refused = await served.post(msgspec.json.encode({"documentId": listing.sha256, "variables": {"first": 101}}))
    assert (refused.status, code_of(refused)) == (400, "LIMIT_EXCEEDED")


async def test_get_is_cacheable_and_revalidated() -> None:
    served = storefront(garncarnia())
    first = await served.get({"documentId": PAGE.sha256, "variables": ABOUT})
    assert (first.status, first.header("cache-control")) == (200, "public, max-age=5, stale-while-revalidate=25")
    etag = first.header("etag")
    assert (etag[0], etag[-1]) == ('"', '"')
    for sent in (etag, f'"x", {etag}', f"W/{etag}", "*"):
        again = await served.get({"documentId": PAGE.sha256, "variables": ABOUT}, sent)
        assert (again.status, again.body, again.header("etag")) == (304, b"", etag)
    other = await served.get({"documentId": PAGE.sha256, "variables": '{"handle":"kontakt"}'}, etag)
    assert (other.status, other.header("etag") != etag) == (200, True)


async def test_the_tag_changes_with_stock_and_with_a_sale() -> None:
    catalogue = garncarnia()
    asked = {"documentId": BY_NAME["app/product"].sha256, "variables": '{"id":"gid://spoina/Product/101"}'}
    tags = [(await storefront(catalogue).get(asked)).header("etag")]
    catalogue.stock[1011] = 2
    tags.append((await storefront(catalogue).get(asked)).header("etag"))
    tags.append((await storefront(catalogue, now=NOW.replace(day=5)).get(asked)).header("etag"))
    assert len(set(tags)) == 3


async def test_only_trusted_answers_without_errors_may_be_kept() -> None:
    served = storefront(garncarnia())
    plain = await served.get({"query": "{ shop { name } }"})
    assert (plain.status, plain.header("cache-control"), plain.header("etag")) == (200, "no-store", None)
    wrong = await served.get({"documentId": BY_NAME["app/product"].sha256, "variables": '{"id":"x"}'})
    assert (wrong.header("cache-control"), wrong.header("etag"), code_of(wrong)) == ("no-store", None, "BAD_USER_INPUT")
    posted = await served.post(msgspec.json.encode({"documentId": PAGE.sha256, "variables": {"handle": "o-nas"}}))
    assert (posted.header("cache-control"), posted.header("etag")) == ("no-store", None)


@pytest.mark.parametrize(
    "parameters", [{}, {"query": "{ shop { name } }", "variables": "{"}, {"query": "{ shop { name } }", "extensions": "[]"}]
)
async def test_a_query_string_that_cannot_be_read_is_refused(parameters) -> None:
    response = await storefront(garncarnia()).get(parameters)
    assert (response.status, code_of(response)) == (400, "BAD_REQUEST")


async def test_valid_documents_are_kept_parsed_and_the_one_that_waited_longest_goes_first() -> None:
    served = storefront(garncarnia())
    text = "query Q%d { shop { name } }"
    for number in range(CACHED_DOCUMENTS):
        await served.get({"query": text % number})
    await served.get({"query": text % 0})
    await served.get({"query": text % CACHED_DOCUMENTS})
    hashes = [hashlib.sha256((text % number).encode()).hexdigest() for number in (0, 1, 2, CACHED_DOCUMENTS)]
    assert [(await served.get({"documentId": each})).status for each in hashes] == [200, 400, 200, 200]


@pytest.mark.parametrize("introspection", [False, True])
async def test_introspection_is_a_setting(introspection) -> None:
    served = storefront(garncarnia(), introspection=introspection)
    response = await served.post(b'{"query": "{ __schema { queryType { name } } __typename }"}')
    assert response.status == (200 if introspection else 400)


def test_a_wrong_operations_folder_names_the_file(tmp_path: Path) -> None:
    folder = tmp_path / "web"
    folder.mkdir()
    for text, reason in [
        ("{ shop { name } }", "no line begins with '# budget:'"),
        ('# budget: {"sql": 1}\n{ shop { name } }', "missing required field `cost`"),
        ('# budget: {"sql": 1, "cost": 1}\n{ shop { nam } }', "Cannot query field 'nam'"),
    ]:
        (folder / "wrong.graphql").write_text(text)
        with pytest.raises(InvalidInput) as refused:
            load_trusted(SCHEMA, tmp_path)
        assert (refused.value.field, reason in str(refused.value)) == ("web/wrong", True)


def test_trusted_documents_are_valid_and_known_to_be() -> None:
    rules = (*specified_rules, NoSchemaIntrospectionCustomRule)
    assert {each.name: found for each in TRUSTED.values() if (found := validate(SCHEMA, each.document, rules))} == {}
    assert known_valid(SCHEMA, operations_folder()) == TRUSTED.keys(), "run spoina operations check --write"


def test_only_the_texts_that_were_validated_against_this_schema_are_not_validated_again(tmp_path: Path) -> None:
    (tmp_path / "web").mkdir()
    wrong = '# budget: {"sql": 1, "cost": 1}\n{ shop { nam } }'
    (tmp_path / "web" / "wrong.graphql").write_text(wrong)
    write_valid(SCHEMA, [sha256_of(wrong)], tmp_path)
    assert [each.name for each in load_trusted(SCHEMA, tmp_path).values()] == ["web/wrong"]
    assert known_valid(build_schema("type Query { shop: String }"), tmp_path) == frozenset()
    with pytest.raises(InvalidInput, match="Cannot query field 'nam'"):
        load_trusted(SCHEMA, tmp_path, anew=True)


def test_trusted_documents_need_no_more_than_anyone_may_ask() -> None:
    assert max(document.budget.cost for document in TRUSTED.values()) <= DEFAULT_LIMITS.cost


async def test_a_mutation_needs_post() -> None:
    schema = graphql.build_schema("type Query { a: Int } type Mutation { b: Int }")
    catalogue = garncarnia()
    served = Storefront(schema, ports_of(catalogue, lambda: NOW), trusted={})
    refused = await served.get({"query": "mutation { b }"})
    assert (refused.status, refused.header("allow"), code_of(refused)) == (405, "POST", "METHOD_NOT_ALLOWED")
    assert (await served.post(b'{"query": "mutation { b }"}')).status == 200

"""What a client hears when something goes wrong, and what it does not."""

import msgspec
import pytest
import structlog

from spoina import errors
from storefront.errors import HIDDEN, TOLD, Code
from tests.storefront.catalogue import Stock, garncarnia, storefront


def subclasses(kind: type) -> set[type]:
    return {found for each in kind.__subclasses__() for found in {each, *subclasses(each)}}


def test_every_domain_error_has_its_code() -> None:
    known = {**TOLD, **HIDDEN}
    missing = {kind for kind in subclasses(errors.SpoinaError) if not any(base in known for base in kind.__mro__)}
    assert {kind.__name__ for kind in missing if kind.__module__ == "spoina.errors"} == set()


class Broken:
    """A port that fails as it is told to."""

    def __init__(self, failure: Exception) -> None:
        self._failure = failure

    def __getattr__(self, name: str):
        if name in {"shop", "categories", "pages", "menus", "stock"}:
            return getattr(garncarnia(), name)

        async def fail(*_arguments: object):
            raise self._failure

        return fail


async def fails_with(failure: Exception) -> tuple[dict, list]:
    with structlog.testing.capture_logs() as logs:
        query = '{ shop { name } product(handle: "x") { id } }'
        response = await storefront(Broken(failure)).post(msgspec.json.encode({"query": query}))
    assert response.status == 200
    return msgspec.json.decode(response.body), logs


async def test_an_unexpected_error_leaves_no_trace_but_a_reference() -> None:
    told, logs = await fails_with(RuntimeError("password=hunter2 at 10.0.0.1"))
    assert told["data"] == {"shop": {"name": "Garncarnia"}, "product": None}
    assert told["errors"] == [
        {
            "message": "internal error; reference REF1",
            "locations": [{"line": 1, "column": 17}],
            "path": ["product"],
            "extensions": {"code": "INTERNAL_SERVER_ERROR", "reference": "REF1"},
        }
    ]
    [entry] = logs
    assert (entry["event"], entry["reference"], str(entry["exc_info"])) == ("storefront_error", "REF1", "password=hunter2 at 10.0.0.1")


async def test_an_outage_says_so_without_naming_the_server() -> None:
    told, _ = await fails_with(errors.DependencyUnavailable("PostgreSQL at 10.0.0.1", "refused", "start it"))
    [problem] = told["errors"]
    assert problem["extensions"] == {"code": "SERVICE_UNAVAILABLE", "reference": "REF1"}
    assert problem["message"] == "the catalogue cannot be read just now; reference REF1"


@pytest.mark.parametrize(("failure", "code"), [(errors.NotFound("page", "x"), Code.NOT_FOUND), (errors.Conflict("a", "b"), Code.CONFLICT)])
async def test_an_error_meant_for_the_client_is_told(failure, code) -> None:
    told, logs = await fails_with(failure)
    assert (told["errors"][0]["message"], told["errors"][0]["extensions"], logs) == (str(failure), {"code": code}, [])


async def test_before_the_first_synchronisation_there_is_nothing_to_read() -> None:
    class Empty:
        @property
        def shop(self):
            raise errors.NotFound("shop", "before the first synchronisation")

        stock = Stock()
        edition = None

    response = await storefront(Empty()).post(b'{"query": "{ shop { name } }"}')
    assert response.status == 503
    assert msgspec.json.decode(response.body)["errors"][0]["extensions"]["code"] == "SERVICE_UNAVAILABLE"


@pytest.mark.parametrize(
    ("query", "status", "code", "message"),
    [
        ("{ shop { name }", 400, "GRAPHQL_PARSE_FAILED", "Syntax Error: Expected Name, found <EOF>."),
        ("{ shop { nam } }", 400, "GRAPHQL_VALIDATION_FAILED", "Cannot query field 'nam' on type 'Shop'. Did you mean 'name'?"),
        ("query A { shop { name } } query B { shop { name } }", 400, "OPERATION_RESOLUTION_FAILURE", None),
        ("query($x: Int!) { products(first: $x) { nodes { id } } }", 400, "BAD_USER_INPUT", None),
        ('{ product(handle: "a", id: "b") { id } }', 200, "BAD_USER_INPUT", "id or handle: exactly one is needed"),
        ("{ product { id } }", 200, "BAD_USER_INPUT", "id or handle: exactly one is needed"),
        ('{ node(id: "101") { id } }', 200, "BAD_USER_INPUT", "id: '101' is no global id such as gid://spoina/Product/1"),
        ('{ product(id: "gid://other/Product/1") { id } }', 200, "BAD_USER_INPUT", None),
    ],
)
async def test_a_wrong_request_is_told_what_is_wrong(query, status, code, message) -> None:
    response = await storefront(garncarnia()).post(msgspec.json.encode({"query": query}))
    problem = msgspec.json.decode(response.body)["errors"][0]
    assert (response.status, problem["extensions"]["code"]) == (status, code)
    assert message is None or problem["message"] == message


@pytest.mark.parametrize(
    ("body", "code", "message"),
    [
        (b"", "BAD_REQUEST", None),
        (b"{", "BAD_REQUEST", None),
        (b"\xff", "BAD_REQUEST", None),
        (b'{"variables": {"a": ' + b"[" * 100_000 + b"]" * 100_000 + b"}}", "BAD_REQUEST", None),
        (b"5", "BAD_REQUEST", None),
        (b'{"variables": 1}', "BAD_REQUEST", "body: Expected `object | null`, got `int` - at `$.variables`"),
        (b"{}", "BAD_REQUEST", "query: missing; so are documentId and extensions.persistedQuery.sha256Hash"),
        (b' [{"query": "{ shop { name } }"}]', "BATCH_REFUSED", "body: one request each; batches are not accepted"),
    ],
)
async def test_a_body_that_cannot_be_read_is_refused(body, code, message) -> None:
    response = await storefront(garncarnia()).post(body)
    problem = msgspec.json.decode(response.body)["errors"][0]
    assert (response.status, problem["extensions"]["code"]) == (400, code)
    assert message is None or problem["message"] == message


async def test_the_operation_is_chosen_by_name() -> None:
    query = "query A { shop { name } } query B { shop { id } }"
    served = storefront(garncarnia())
    response = await served.post(msgspec.json.encode({"query": query, "operationName": "B"}))
    assert msgspec.json.decode(response.body)["data"] == {"shop": {"id": "gid://spoina/Shop/1"}}
    response = await served.post(msgspec.json.encode({"query": query, "operationName": "C"}))
    assert b"the document has no operation 'C'" in response.body


async def test_the_dialects_own_content_type_carries_the_bare_document() -> None:
    response = await storefront(garncarnia()).post(b"{ shop { name } }", "application/graphql; charset=utf-8")
    assert msgspec.json.decode(response.body)["data"] == {"shop": {"name": "Garncarnia"}}

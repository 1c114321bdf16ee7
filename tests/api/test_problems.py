import importlib
import json
import logging
import pkgutil
from types import ModuleType

import asyncpg
import pytest
from litestar import Litestar, get, post
from litestar.exceptions import NotFoundException, ValidationException
from litestar.params import FromQuery, JSONBody
from litestar.testing import AsyncTestClient

import api
import channels
import spoina
import storefront
from api.bodies import BodyTooLarge
from api.problems import TABLE, TYPE_PREFIX, answer_problem, problem_of
from spoina import errors
from spoina.access.types import Scope


def import_everything(package: ModuleType) -> None:
    for module in pkgutil.walk_packages(package.__path__, package.__name__ + "."):
        if not module.name.endswith("__main__"):
            importlib.import_module(module.name)


def subclasses(of: type) -> set[type]:
    return {found for child in of.__subclasses__() for found in {child, *subclasses(child)}}


def test_every_error_has_its_row():
    for package in (spoina, channels, storefront, api):
        import_everything(package)
    ours = {
        error for error in subclasses(errors.SpoinaError) if error.__module__.split(".")[0] in {"spoina", "channels", "storefront", "api"}
    }
    assert ours - TABLE.keys() == set()
    assert TABLE.keys() - ours == set()


def answered(error: Exception) -> dict:
    problem = problem_of(error)
    body = json.loads(problem.body)
    assert body["status"] == problem.status
    return body


def test_a_wrong_field_is_named():
    assert answered(errors.InvalidInput("first", "must be above zero")) == {
        "type": TYPE_PREFIX + "invalid-input",
        "title": "A field has a wrong value",
        "status": 400,
        "detail": "first: must be above zero",
        "field": "first",
        "reason": "must be above zero",
    }


def test_a_limit_is_in_the_answer():
    assert answered(BodyTooLarge(1_048_576)) == {
        "type": TYPE_PREFIX + "body-too-large",
        "title": "The request is larger than its limit",
        "status": 413,
        "detail": "body: at most 1048576 bytes",
        "field": "body",
        "reason": "at most 1048576 bytes",
        "limit": 1048576,
        "unit": "bytes",
    }


def test_who_has_no_key_hears_how_to_send_one():
    assert problem_of(errors.Unauthorized("no key")).headers == {"www-authenticate": "Bearer"}


def test_a_shop_that_asks_for_patience_has_it_passed_on():
    problem = problem_of(errors.SourceUnavailable("https://shop.example", "429", "wait", retry_after=7))
    assert (problem.status, dict(problem.headers)) == (503, {"retry-after": "7"})


@pytest.mark.parametrize(
    ("error", "status"),
    [
        (ValueError("password=hunter2"), 500),
        (errors.DependencyUnavailable("PostgreSQL", "password=hunter2", "start it"), 503),
        (errors.MigrationFailed("password=hunter2"), 500),
        (errors.SourceRefused("https://hunter2.example", "401", "check the key"), 502),
        (ConnectionRefusedError("hunter2"), 503),
        (asyncpg.ConnectionDoesNotExistError("hunter2"), 503),
    ],
)
def test_what_happens_inside_stays_inside_and_is_found_by_its_reference(caplog, error, status):
    with caplog.at_level(logging.ERROR):
        body = answered(error)
    assert body["status"] == status
    assert "hunter2" not in json.dumps(body)
    assert f"reference {body['reference']}" in caplog.text
    assert "hunter2" in caplog.text


def test_the_frameworks_own_refusals_are_problems_too():
    assert answered(NotFoundException()) == {"type": "about:blank", "title": "Not Found", "status": 404, "detail": "Not Found"}


@pytest.mark.parametrize(
    ("wrong", "field", "reason"),
    [
        (
            {"message": "Expected `int`, got `str`", "key": "lines.0.quantity", "source": "body"},
            "lines.0.quantity",
            "Expected `int`, got `str`",
        ),
        ({"message": "Expected `object`, got `array`", "key": "data", "source": "body"}, "body", "Expected `object`, got `array`"),
        ({"message": "Object missing required field `id`", "key": "data", "source": "body"}, "id", "must be there"),
        ({"message": "Object missing required field `id`", "key": "lines[0]", "source": "body"}, "lines[0].id", "must be there"),
        ({"message": "Object contains unknown field `x`", "key": "data", "source": "body"}, "x", "is not known here"),
        ({"message": r"Expected `str` matching regex '^[^\\x00]*$'", "key": "name"}, "name", "contains the character NUL"),
        ({"message": "'data'", "key": "data", "source": "body"}, "body", "must be there"),
        ({"message": "Expected `str` of length <= 200", "key": "a_key", "source": "header"}, "a-key", "Expected `str` of length <= 200"),
    ],
)
def test_what_the_framework_finds_wrong_is_told_like_our_own(wrong, field, reason):
    body = answered(ValidationException(detail="Validation failed", extra=[wrong]))
    assert (body["type"], body["field"], body["reason"], body["detail"]) == (
        TYPE_PREFIX + "invalid-input",
        field,
        reason,
        f"{field}: {reason}",
    )
    assert body["errors"] == [wrong]


@pytest.mark.parametrize(
    ("sent", "field", "reason"),
    [
        ("", "code", "must be there"),
        ("{", "body", "is no JSON: Input data was truncated"),
        ('{"a": "\\ud800"}', "body", None),
        ('{"ż": 1}'.encode("iso-8859-2"), "body", "is no UTF-8: 'utf-8' codec can't decode byte 0xbf in position 0: invalid start byte"),
        ('{"a": ' + "[" * 100_000 + "]" * 100_000 + "}", "body", "is nested too deeply"),
    ],
)
async def test_a_parameter_that_is_missing_and_a_body_that_is_no_json(sent, field, reason):
    @get("/asked")
    async def asked(code: FromQuery[str]) -> None: ...

    @post("/told")
    async def told(data: JSONBody[dict[str, int]]) -> None: ...

    async with AsyncTestClient(Litestar([asked, told], exception_handlers={Exception: answer_problem})) as client:
        answer = await (client.post("/told", content=sent) if sent else client.get("/asked"))
    body = answer.json()
    assert (answer.status_code, body["type"], body["field"]) == (400, TYPE_PREFIX + "invalid-input", field)
    assert reason in {None, body["reason"]}


def test_a_scope_that_is_missing_is_told_as_keys_name_it():
    assert answered(errors.Forbidden(Scope.POS_USE))["detail"] == "this key has no scope 'pos:use'"

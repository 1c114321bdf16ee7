"""How a till's commands come in and are answered: an idempotency key that is the document's id, and bytes that are the same every time."""

from http import HTTPStatus
from typing import Annotated, Any
from uuid import UUID

import msgspec
from litestar import Response
from litestar.params import HeaderParameter

from spoina.errors import InvalidInput

HEADER = "idempotency-key"
IdempotencyKey = Annotated[str, HeaderParameter(name="Idempotency-Key", description="The document's id.")]


def check_key(given: str, document: UUID) -> None:
    """The header says what the body says. Raises InvalidInput."""
    try:
        same = UUID(given) == document
    except ValueError:
        same = False
    if not same:
        raise InvalidInput(HEADER, f"must be the document's id, {document}")


def stored(answer: bytes) -> "Response[Any]":
    """201 for the first and for every repeated time: a retry cannot be told from what it repeats."""
    return Response(msgspec.Raw(answer), status_code=HTTPStatus.CREATED)

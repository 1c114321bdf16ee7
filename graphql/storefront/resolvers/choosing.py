"""Arguments that name one thing."""

from typing import Annotated

import strawberry

from spoina.errors import InvalidInput

GlobalId = Annotated[strawberry.ID, strawberry.argument(name="id")]
MaybeGlobalId = Annotated[strawberry.ID | None, strawberry.argument(name="id")]


def require_one(**given: object) -> None:
    """Exactly one of them must be given. Raises InvalidInput naming them."""
    if sum(value is not None for value in given.values()) != 1:
        raise InvalidInput(" or ".join(given), "exactly one is needed")

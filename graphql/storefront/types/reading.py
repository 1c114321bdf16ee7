"""A field that a resolver reads: the class says its GraphQL type, the resolver the Python type it returns."""

from collections.abc import Callable
from typing import Any

import strawberry


def read(
    resolver: Callable[..., object], *, name: str | None = None, description: str | None = None, deprecation_reason: str | None = None
) -> Any:
    field: Any = strawberry.field(resolver=resolver, name=name, description=description, deprecation_reason=deprecation_reason)
    # Strawberry would otherwise look for GraphQL types in what the resolver says it returns, and finds Structs.
    field.base_resolver.type_annotation = None
    return field

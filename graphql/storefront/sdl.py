"""The published schema: `graphql/schema.graphql` is what this returns."""

from graphql import print_schema

from storefront.schema import build_schema


def sdl() -> str:
    return print_schema(build_schema()) + "\n"

"""Which trusted documents are valid, found out once and written beside them: validating them takes as long as starting all the rest.

`spoina operations check --write` writes it, the suite compares it. It is believed for the schema that it names and the texts that it
names; whatever is not in it is validated at the start like any other document.
"""

import hashlib
from collections.abc import Iterable
from pathlib import Path

import graphql
import msgspec
from graphql import GraphQLSchema, print_schema

FILE = "valid.json"


class Valid(msgspec.Struct, frozen=True):
    """`schema`: of its text and of graphql-core, whose rules they are. `documents`: of their texts."""

    schema: str = ""
    documents: tuple[str, ...] = ()


def known_valid(schema: GraphQLSchema, folder: Path) -> frozenset[str]:
    """Documents by hash."""
    try:
        known = msgspec.json.decode((folder / FILE).read_bytes(), type=Valid)
    except (FileNotFoundError, msgspec.DecodeError):
        return frozenset()
    return frozenset(known.documents) if known.schema == _fingerprint(schema) else frozenset()


def write_valid(schema: GraphQLSchema, documents: Iterable[str], folder: Path) -> None:
    """`documents`: by hash, each of them validated just now."""
    content = Valid(_fingerprint(schema), tuple(sorted(documents)))
    (folder / FILE).write_bytes(msgspec.json.format(msgspec.json.encode(content), indent=2) + b"\n")


def _fingerprint(schema: GraphQLSchema) -> str:
    return hashlib.sha256(f"graphql-core {graphql.__version__}\n{print_schema(schema)}".encode()).hexdigest()

"""The parts of a connection."""

from collections.abc import Sequence

from strawberry import Parent

from storefront.connections import Connection, Edge


def edges(connection: Parent[Connection[object]]) -> Sequence[Edge[object]]:
    return connection.edges()


def page_info(connection: Parent[Connection[object]]) -> Connection[object]:
    return connection


def start_cursor(connection: Parent[Connection[object]]) -> str | None:
    return connection.start_cursor()


def end_cursor(connection: Parent[Connection[object]]) -> str | None:
    return connection.end_cursor()

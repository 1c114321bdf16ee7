"""Tables of text: CSV (RFC 4180, each value in quotes) and TSV (quotes only where a value holds one)."""

from collections.abc import Callable, Sequence

from feeds.formats.blocks import LIST, AnyBlock, MadeFormat, Spec, Values, Writer, fields_of, writer
from feeds.types import FeedItem

Render = Callable[[FeedItem], bytes]


def csv_format(name: str, blocks: Sequence[AnyBlock], *, version: int, update: str | None = None) -> MadeFormat:
    return MadeFormat(
        name=name,
        version=version,
        extension="csv",
        media_type="text/csv; charset=utf-8",
        fields=fields_of(blocks, between=","),
        header=header(blocks, ","),
        footer=b"",
        render=csv_rows(blocks),
        update=update,
    )


def tsv_format(name: str, blocks: Sequence[AnyBlock], *, version: int, update: str | None = None) -> MadeFormat:
    return MadeFormat(
        name=name,
        version=version,
        extension="tsv",
        media_type="text/tab-separated-values; charset=utf-8",
        fields=fields_of(blocks, between=","),
        header=header(blocks, "\t"),
        footer=b"",
        render=tsv_rows(blocks),
        update=update,
    )


def header(blocks: Sequence[AnyBlock], delimiter: str) -> bytes:
    return (delimiter.join(spec.name for block in blocks for spec in block.specs) + "\n").encode()


def csv_rows(blocks: Sequence[AnyBlock]) -> Render:
    return _rows(b",", [writer(block, _csv_cells) for block in blocks])


def tsv_rows(blocks: Sequence[AnyBlock]) -> Render:
    return _rows(b"\t", [writer(block, _tsv_cells) for block in blocks])


def _rows(delimiter: bytes, writers: Sequence[Writer]) -> Render:
    return lambda item: delimiter.join([write(item) for write in writers]) + b"\n"


def _csv_cells(specs: Sequence[Spec], values: Values) -> str:
    """Values in quotes; between several of one field stands a comma."""
    quoted = '","'.join(values)
    if quoted.count('"') >= 2 * len(values) - 1 or LIST in quoted:
        quoted = '","'.join([value.replace('"', '""').replace(LIST, ",") for value in values])
    return f'"{quoted}"'


def _tsv_cells(specs: Sequence[Spec], values: Values) -> str:
    row = "\t".join(values)
    if '"' not in row and LIST not in row:
        return row
    return "\t".join([_tsv_cell(value.replace(LIST, ",")) for value in values])


def _tsv_cell(value: str) -> str:
    if '"' not in value:
        return value
    doubled = value.replace('"', '""')
    return f'"{doubled}"'

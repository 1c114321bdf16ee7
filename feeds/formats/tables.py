"""Tables of text: CSV (RFC 4180, each value in quotes) and TSV (quotes only where a value holds one)."""

from collections.abc import Callable, Sequence

from feeds.formats.blocks import LIST, Block, Layout, MadeFormat, Spec, fields_of


def csv_format(name: str, blocks: tuple[Block, ...], *, version: int, update: str | None = None) -> MadeFormat:
    layout = Layout(blocks=blocks, cell=csv_cell, between=",", after="\n")
    return MadeFormat(
        name=name,
        version=version,
        extension="csv",
        media_type="text/csv; charset=utf-8",
        fields=fields_of(blocks, between=None),
        header=header(blocks, ","),
        footer=b"",
        render=layout.render,
        update=update,
        layout=layout,
    )


def tsv_format(name: str, blocks: tuple[Block, ...], *, version: int, update: str | None = None) -> MadeFormat:
    layout = Layout(blocks=blocks, cell=tsv_cell, between="\t", after="\n")
    return MadeFormat(
        name=name,
        version=version,
        extension="tsv",
        media_type="text/tab-separated-values; charset=utf-8",
        fields=fields_of(blocks, between=None),
        header=header(blocks, "\t"),
        footer=b"",
        render=layout.render,
        update=update,
        layout=layout,
    )


def header(blocks: Sequence[Block], delimiter: str) -> bytes:
    return (delimiter.join(spec.name for block in blocks for spec in block.specs) + "\n").encode()


def csv_cell(spec: Spec) -> Callable[[str], str]:
    between = spec.between

    def plain(value: str) -> str:
        return f'"{value}"'

    def text(value: str) -> str:
        return f'"{value}"' if '"' not in value else f'"{doubled(value)}"'

    def several(value: str) -> str:
        return f'"{doubled(value).replace(LIST, between)}"'

    return several if spec.several else plain if spec.plain else text


def tsv_cell(spec: Spec) -> Callable[[str], str]:
    between = spec.between

    def plain(value: str) -> str:
        return value

    def text(value: str) -> str:
        return value if '"' not in value else f'"{doubled(value)}"'

    def several(value: str) -> str:
        return text(value.replace(LIST, between))

    return several if spec.several else plain if spec.plain else text


def doubled(text: str) -> str:
    return text.replace('"', '""')

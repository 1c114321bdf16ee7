"""RSS 2.0 with Google's namespace, which Google, Meta, TikTok and Pinterest read: each field an element g:name, none for an empty value.

Each element ends its line, so that no line grows beyond what Meta accepts (5,242,880 bytes).
"""

from collections.abc import Callable, Sequence

from feeds.formats.blocks import LIST, AnyBlock, Block, MadeFormat, Spec, Values, Writer, fields_of, writer
from feeds.formats.text import one_line
from feeds.formats.values import web_link
from feeds.types import FeedDefinition, FeedItem

NAMESPACE = "http://base.google.com/ns/1.0"
FOOTER = b"</channel>\n</rss>\n"


def rss_format(
    name: str, blocks: Sequence[AnyBlock], definition: FeedDefinition, title: str, *, version: int, update: str | None = None
) -> MadeFormat:
    return MadeFormat(
        name=name,
        version=version,
        extension="xml",
        media_type="application/xml; charset=utf-8",
        fields=fields_of(blocks, prefix="g:"),
        header=header(one_line(title), web_link(definition.base_url)),
        footer=FOOTER,
        render=items(blocks),
        update=update,
    )


def header(title: str, link: str) -> bytes:
    return (
        '<?xml version="1.0" encoding="UTF-8"?>\n'
        f'<rss version="2.0" xmlns:g="{NAMESPACE}">\n<channel>\n'
        f"<title>{escaped(title)}</title>\n<link>{escaped(link)}</link>\n<description>{escaped(title)}</description>\n"
    ).encode()


def escaped(text: str) -> str:
    if "&" in text or "<" in text or ">" in text:
        return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
    return text


def items(blocks: Sequence[AnyBlock]) -> Callable[[FeedItem], bytes]:
    writers = [_own_writer(block) if isinstance(block, Block) else writer(block, _elements) for block in blocks]
    return lambda item: b"<item>\n" + b"".join([write(item) for write in writers]) + b"</item>\n"


def _own_writer(block: Block) -> Writer:
    """Tags and values joined alternately is the fastest way to write elements; which elements there are differs little between items."""
    specs, values_of = block.specs, block.values
    texts = [at for at, spec in enumerate(specs) if not spec.plain]
    whole, frames = _frame(specs), dict[tuple[bool, ...], list[str]]()

    def write(item: FeedItem) -> bytes:
        values = list(values_of(item))
        for at in texts:
            value = values[at]
            if "&" in value or "<" in value or ">" in value:
                values[at] = escaped(value)
        if "" not in values:
            parts = whole.copy()
            parts[1::2] = values
            return "".join(parts).encode()
        given = tuple(map(bool, values))
        frame = frames.get(given)
        if frame is None:
            frame = frames[given] = _frame([spec for spec, there in zip(specs, given, strict=True) if there])
        parts = frame.copy()
        parts[1::2] = filter(None, values)
        return "".join(parts).encode()

    return write


def _frame(specs: Sequence[Spec]) -> list[str]:
    """What stands around the values: at each second place, from the second on, a value will be put."""
    frame, before = [], ""
    for spec in specs:
        frame += [f"{before}<g:{spec.name}>", ""]
        before = f"</g:{spec.name}>\n"
    return [*frame, before]


def _elements(specs: Sequence[Spec], values: Values) -> str:
    return "".join([_element(spec, escaped(value)) for spec, value in zip(specs, values, strict=True) if value])


def _element(spec: Spec, value: str) -> str:
    if spec.parts:
        return "".join([_nested(spec, each) for each in value.split(LIST)])
    if spec.several:
        value = value.replace(LIST, f"</g:{spec.name}>\n<g:{spec.name}>")
    return f"<g:{spec.name}>{value}</g:{spec.name}>\n"


def _nested(spec: Spec, value: str) -> str:
    texts = zip(spec.parts, value.split(":", len(spec.parts) - 1), strict=False)
    inner = "".join([f"<g:{part}>{text}</g:{part}>" for part, text in texts if text])
    return f"<g:{spec.name}>{inner}</g:{spec.name}>\n"

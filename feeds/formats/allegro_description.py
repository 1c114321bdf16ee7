"""A product's description in the subset of HTML that Allegro takes.

h1, h2, p, ul and ol stand at the top, li in the lists, b within p and li (allegro/allegro-api issues 6559, 8576, 11286); nothing is nested
otherwise and nothing has attributes. All text together is 40 000 bytes at most (issue 3856).
"""

import re
from functools import lru_cache
from html.parser import HTMLParser

from feeds.formats.text import cut_bytes, legal, one_line

BYTES = 40_000

_HEADINGS = {"h1": "h1", "h2": "h2", "h3": "h2", "h4": "h2", "h5": "h2", "h6": "h2"}
_BREAKS = frozenset(("p", "div", "br", "tr", "td", "th", "table", "section", "article", "blockquote", "pre", "hr", "dt", "dd", "figure"))
_BOLD = frozenset(("b", "strong"))
_SILENT = frozenset(("script", "style"))
_PARAGRAPH = re.compile("<(p|h1|h2)>([^<>&]*)</")
_PARAGRAPHS = re.compile(r"(?:<(p|h1|h2)>[^<>&\x00-\x08\x0b-\x1f]*</\1>\s*)+")
_ON, _OFF = "\x01", "\x02"
"""Stand for <b> and </b> until text is escaped; no text holds them."""


@lru_cache(maxsize=64)
def allegro_html(html: str, plain: str, most: int = BYTES) -> str:
    """Of the HTML, or where there is none of the plain text; "" where there is neither."""
    if not html.strip():
        text = cut_bytes(_escaped(one_line(plain)), most - len("<p></p>"))
        return f"<p>{_whole_entities(text)}</p>" if text else ""
    return _paragraphs(html, most) or _taken_apart(html, most)


def _paragraphs(html: str, most: int) -> str:
    """Of paragraphs and headings with nothing in them but text, which is how most descriptions are written; "" for anything else."""
    if not _PARAGRAPHS.fullmatch(html):
        return ""
    texts = [(tag, " ".join(legal(inner).split())) for tag, inner in _PARAGRAPH.findall(html)]
    made = "".join([f"<{tag}>{text}</{tag}>" for tag, text in texts if text])
    return made if len(made.encode()) <= most else ""


def _taken_apart(html: str, most: int) -> str:
    subset = _Subset(most)
    subset.feed(html)
    subset.close()
    return subset.result()


class _Subset(HTMLParser):
    def __init__(self, most: int) -> None:
        super().__init__(convert_charrefs=True)
        self._left, self._done = most, False
        self._blocks: list[str] = []
        self._text: list[str] = []
        self._tag, self._bold, self._silent = "p", 0, 0
        self._list, self._items = "", list[str]()
        self._depth = 0

    def result(self) -> str:
        self._end_block()
        self._end_list()
        return "".join(self._blocks)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag in _SILENT:
            self._silent += 1
        elif tag in ("ul", "ol"):
            self._begin_list(tag)
        elif tag in _HEADINGS:
            self._end_block()
            self._tag = _HEADINGS[tag]
        elif tag == "li" or tag in _BREAKS:
            self._end_block()
        elif tag in _BOLD:
            self._bold += 1
            self._text.append(_ON if self._bold == 1 else "")

    def handle_endtag(self, tag: str) -> None:
        if tag in _SILENT:
            self._silent = max(0, self._silent - 1)
        elif tag in ("ul", "ol"):
            self._end_block()
            self._depth = max(0, self._depth - 1)
            if not self._depth:
                self._end_list()
        elif tag in _HEADINGS or tag == "li" or tag in _BREAKS:
            self._end_block()
        elif tag in _BOLD and self._bold:
            self._bold -= 1
            self._text.append("" if self._bold else _OFF)

    def handle_data(self, data: str) -> None:
        if not self._silent:
            self._text.append(legal(data))

    def _begin_list(self, tag: str) -> None:
        """A list within a list goes on with the outer one."""
        self._end_block()
        self._depth += 1
        self._list = self._list or tag

    def _end_block(self) -> None:
        heading, self._tag = self._tag, "p"
        raw, self._text = "".join(self._text), [_ON] if self._bold else []
        text = " ".join(raw.replace("\t", " ").split())
        if not text.strip(f"{_ON}{_OFF} "):
            return
        if self._list:
            self._add_item(_marked(text))
        else:
            self._add(heading, _plain(text) if heading != "p" else _marked(text))

    def _end_list(self) -> None:
        if self._items:
            self._blocks.append(f"<{self._list}>{''.join(self._items)}</{self._list}>")
        self._list, self._items = "", []

    def _add(self, tag: str, inner: str) -> None:
        if self._takes(block := f"<{tag}>{inner}</{tag}>"):
            self._blocks.append(block)

    def _add_item(self, inner: str) -> None:
        if not self._items:
            self._left -= len("<ul></ul>")
        if self._takes(item := f"<li>{inner}</li>"):
            self._items.append(item)

    def _takes(self, piece: str) -> bool:
        """After the first piece that does not fit nothing does: a text with a hole would be worse than one that ends."""
        size = len(piece.encode())
        self._done = self._done or size > self._left
        if self._done:
            return False
        self._left -= size
        return True


def _marked(text: str) -> str:
    """With its bold parts, each closed where the block ends."""
    open_ends = text.count(_ON) - text.count(_OFF)
    text = _escaped(text + _OFF * max(0, open_ends))
    return text.replace(_ON, "<b>").replace(_OFF, "</b>").replace("<b></b>", "").replace("<b> </b>", " ")


def _plain(text: str) -> str:
    return _escaped(text.replace(_ON, "").replace(_OFF, ""))


def _escaped(text: str) -> str:
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")


def _whole_entities(text: str) -> str:
    """Without the half of an entity that a cut left at the end."""
    start = text.rfind("&")
    return text[:start].rstrip() if start >= 0 and ";" not in text[start:] else text

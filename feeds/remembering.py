"""What is made once for all items that have it in common."""

import ast
from collections.abc import Callable, Hashable, Mapping, Sequence
from typing import Any

from feeds.checks.rules import SharedSection, judged
from feeds.compiling import Compiler, Level
from feeds.formats.blocks import Block, Layout, Spec
from feeds.nodes import Node, node
from feeds.port import Finding
from feeds.types import FeedItem

REMEMBERED = 4096
"""Different cases of what items have in common that are kept, written down and judged: a few megabytes."""


REPEATED = 16_384
"""The same of single short values, prices above all."""


class Remembering:
    """Calls a function once for the same values, as long as it remembers them."""

    def __init__(self, function: Callable[..., object], arguments: int, most: int = REMEMBERED) -> None:
        self._function, self._several, self._most = function, arguments != 1, most
        self.known: dict[Any, object] = {}

    def __call__(self, *values: Hashable) -> object:
        return self._keep(values if self._several else values[0])

    def written(self, arguments: Sequence[str], compiler: Compiler) -> ast.expr:
        compiler.memories.append(self.known)
        known, keep = compiler.bind(self.known).name, compiler.bind(self._keep).name
        if not self._several:
            key = again = arguments[0]
        else:
            key, again = f"(key := ({', '.join(arguments)}))", "key"
        return ast.parse(f"{known}[{again}] if {key} in {known} else {keep}({again})", mode="eval").body

    def _keep(self, key: Any) -> object:
        if key in self.known:
            return self.known[key]
        if len(self.known) >= self._most:
            self.known.clear()
        made = self.known[key] = self._function(*key) if self._several else self._function(key)
        return made


class Otherwise:
    """The first value, or where it is empty what a function makes of the rest."""

    def __init__(self, function: Callable[..., object]) -> None:
        self._function = function

    def __call__(self, usual: object, *sources: object) -> object:
        return usual or self._function(*sources)

    def written(self, arguments: Sequence[str], compiler: Compiler) -> ast.expr:
        usual, *sources = arguments
        return ast.parse(f"{usual} or {compiler.bind(self._function).name}({', '.join(sources)})", mode="eval").body


def _pairs(extra: Mapping[str, str]) -> tuple[tuple[str, str], ...]:
    return tuple(extra.items())


_NOTHING_KNOWN: dict[str, Any] = {"product_id": 0, "variant_id": 0, "id": "", "title": "", "link": "", "currency": "", "price": None}


class SharedTexts:
    """What many items have in common, looked up by the values that it is made of: how a block is written, and what is found wrong."""

    def __init__(self, compiler: Compiler, layout: Layout | None, sections: Sequence[SharedSection]) -> None:
        self.texts: dict[int, str] = {}
        """Names of values, by the block's identity."""
        self.findings: list[str] = []
        self._compiler = compiler
        compiler.add(node(_pairs, "extra pairs"))
        left = list(sections)
        for block in layout.blocks if layout is not None else ():
            if block.shared:
                judging = [section for section in left if set(section.sources) <= set(block.sources)]
                left = [section for section in left if section not in judging]
                self._add(layout, block, judging)
        for section in left:
            self._add(None, None, [section])

    def _add(self, layout: Layout | None, block: Block | None, sections: Sequence[SharedSection]) -> None:
        sources = dict.fromkeys(name for each in (block, *sections) if each is not None for name in each.sources)
        if sections:
            sources["extra"] = None
        names = [name for name in sources if self._compiler.level(name) is not Level.CONSTANT]
        fixed = {name: self._compiler.value(name) for name in sources if name not in names}
        clauses = [clause for section in sections for clause in section.clauses]
        cells = [self._cell(layout, spec) for spec in block.specs] if layout is not None and block is not None else []
        between = layout.between if layout is not None else ""

        def made(*values: object) -> tuple[bytes, tuple[Finding, ...]]:
            known: dict[str, Any] = {**fixed, **dict(zip(names, values, strict=True))}
            if "extra" in names:
                known["extra"] = dict(known["extra"])
            text = between.join([str(cell(*[known[name] for name in read])) for cell, read in cells]).encode()
            return text, judged(clauses, FeedItem(**{**_NOTHING_KNOWN, **known})) if clauses else ()

        key = tuple("extra pairs" if name == "extra" else name for name in names)
        text, found = f"text {len(self.findings)} {len(self.texts)}", f"found {len(self.findings)} {len(self.texts)}"
        self._compiler.add(Node((text, found), Remembering(made, len(key)), key))
        if block is not None:
            self.texts[id(block)] = text
        if clauses and (self._compiler.level(found) is not Level.CONSTANT or self._compiler.value(found)):
            self.findings.append(found)

    def _cell(self, layout: Layout, spec: Spec) -> tuple[Callable[..., object], tuple[str, ...]]:
        """What writes a field down, and what it reads. Remembered, because cases differ in one or two fields."""
        write, make = layout.cell(spec), spec.make

        def written(*values: object) -> str:
            return write(make(*values))

        if "extra" in spec.sources:
            return written, spec.sources
        remembered = Remembering(written, len(spec.sources))
        self._compiler.memories.append(remembered.known)
        return remembered, spec.sources

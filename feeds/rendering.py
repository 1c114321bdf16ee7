"""The one function that a build calls for each product, made of everything that a definition, a format and its checks say.

    def render(product, left, at):
        ...                                                   what the variants have in common, from the page's address to the cells
        for variant in wanted(product, left):
            ...                                               what is the variant's own
            if fits: excluded += 1; ...; continue             for each filter
            if not (sound and sound and ...): ...             findings, where a quick test is not sure that there are none
            written.append(f"<item>...")

What it writes and finds is what the format's and the check's own functions come to, called one by one.
"""

from collections.abc import Callable, Iterable, Sequence
from datetime import datetime
from functools import cache

import msgspec

from feeds.checks.rules import ItemCheck, judged
from feeds.compiling import Compiler, Level
from feeds.formats.blocks import Layout, MadeFormat, Spec
from feeds.items import ITEM, ItemMaker, Left
from feeds.nodes import PLAIN, Formula, Node, node
from feeds.outcomes import NOT_INCLUDED, WITHOUT_PRICE, Rendered, is_failing, refusal_of, told, well
from feeds.port import Finding, Format
from feeds.remembering import REPEATED, Otherwise, Remembering, SharedTexts
from feeds.sources import SourceProduct
from feeds.steps import Step
from feeds.templates import Joined
from feeds.types import Effect, FeedItem

Claim = Callable[[str], tuple[Finding, ...]]

Render = Callable[[SourceProduct, Left, datetime], Rendered]

_RENDER = """
def render(product, left, at):
    refusal = refusal_of(product)
    if refusal is not None:
        count = len(wanted(product, left))
        return told(b"", 0, 0, count, [refusal] * count)
    rules = None
    items = failing = excluded = 0
    written = []
    PRODUCT
    for variant in wanted(product, left):
        VARIANT
    if rules is None:
        return well(joined(written), items)
    return told(joined(written), items, failing, excluded, rules)
"""
_REFUSE = "if $0: rules = [*(rules or ()), $rule]; excluded += 1; continue"
_FINDINGS = """
if found:
    rules = [*(rules or ()), *[each.rule for each in found]]
    if $is_failing(found): failing += 1; continue
"""
_CLAIM = """
found = $claim($0)
if found: rules = [*(rules or ()), *[each.rule for each in found]]; failing += 1; continue
"""
_ITEM = """
def item(product, variant, left, at):
    PRODUCT
    VARIANT
"""


def renderer(
    maker: ItemMaker,
    filters: Sequence[tuple[str, Effect, Formula]],
    steps: Sequence[Step],
    form: Format,
    check: ItemCheck,
    claim: Claim | None,
) -> Render:
    layout = form.layout if isinstance(form, MadeFormat) else None
    compiler = maker.compiler(whole=layout is None)
    _refuse(compiler, filters)
    _prepare(compiler, steps)
    shared = SharedTexts(compiler, layout, check.shared)
    _judge(compiler, check, shared, _item_maker(maker, steps))
    if claim is not None:
        compiler.act(_CLAIM, "id", claim=claim)
    if layout is None:
        compiler.add(ITEM)
        compiler.act("written.append($render($0))", "item", render=form.render)
    else:
        _write(compiler, layout, shared)
    compiler.act("items += 1")
    return compiler.function(_RENDER, refusal_of=refusal_of, wanted=maker.wanted, told=told, well=well, joined=b"".join)


def _item_maker(maker: ItemMaker, steps: Sequence[Step]) -> Callable[[], Callable[..., FeedItem]]:
    """What makes the whole item after all rules, for what is found wrong with it; made when first asked for."""

    @cache
    def item_of() -> Callable[..., FeedItem]:
        compiler = maker.compiler()
        _prepare(compiler, steps)
        compiler.add(ITEM)
        compiler.act("return $0", "item")
        return compiler.function(_ITEM)

    return item_of


def _refuse(compiler: Compiler, filters: Iterable[tuple[str, Effect, Formula]]) -> None:
    compiler.add(node(_has_no_price, "has no price"))
    compiler.act(_REFUSE, "has no price", rule=WITHOUT_PRICE)
    including: list[str] = []
    for name, effect, formula in filters:
        compiler.add_all(formula.nodes)
        if effect is Effect.EXCLUDE:
            compiler.act(_REFUSE, formula.result, rule=name)
        else:
            including.append(formula.result)
    if including:
        needed = " or ".join(f"${at}" for at in range(len(including)))
        compiler.act(_REFUSE.replace("$0", f"not ({needed})"), *including, rule=NOT_INCLUDED)


def _has_no_price(price: int | None) -> bool:
    return price is None


def _prepare(compiler: Compiler, steps: Iterable[Step]) -> None:
    for step in steps:
        compiler.add_all(step.nodes)
        if "description" in step.writes:
            compiler.add(node(_not_sure, PLAIN))


def _not_sure() -> bytes:
    return b""


def _judge(compiler: Compiler, check: ItemCheck, shared: SharedTexts, item_of: Callable[[], Callable[..., FeedItem]]) -> None:
    names: list[str] = []
    for section in check.own:
        for at, sound in enumerate(section.sound):
            names.append(f"sound {id(section)} {at}")
            compiler.add(node(sound, names[-1]))
    clauses = [clause for section in check.own for clause in section.clauses]

    def found_in(product: SourceProduct, variant: object, left: Left, at: datetime) -> tuple[Finding, ...]:
        return judged(clauses, item_of()(product, variant, left, at))

    unsure = [name for name in names if compiler.level(name) is not Level.CONSTANT or not compiler.value(name)]
    test = " and ".join(f"${at}" for at in range(len(unsure))) or "True"
    compiler.act(f"found = () if {test} else $found_in(product, variant, left, at)", *unsure, found_in=found_in)
    for name in shared.findings:
        compiler.act("if $0: found = found + $0", name)
    compiler.act(_FINDINGS, is_failing=is_failing)


def _write(compiler: Compiler, layout: Layout, shared: SharedTexts) -> None:
    """What is long, and the same for all variants, is encoded once."""
    names: list[str] = []
    results: list[str] = []
    parts: list[str | None] = [layout.before]

    def end() -> None:
        if not (parts or names):
            return
        results.append(f"piece {len(results)}")
        compiler.add(Node(("text",), Joined(parts), tuple(names)))
        compiler.add(Node((results[-1],), str.encode, ("text",)))
        parts.clear()
        names.clear()

    between: list[str | None] = []
    for block in layout.blocks:
        text = shared.texts.get(id(block))
        for spec in block.specs[: 1 if text else None]:
            parts += between
            between = [layout.between] if layout.between else []
            if text is not None:
                end()
                results.append(text)
                continue
            cell = _cell(compiler, layout, spec)
            if spec.described:
                end()
                results.append(cell)
            else:
                parts.append(None)
                names.append(cell)
    parts.append(layout.after)
    end()
    compiler.act(f"written += ({', '.join(f'${at}' for at in range(len(results)))},)", *results)


def _cell(compiler: Compiler, layout: Layout, spec: Spec) -> str:
    """The name of the value."""
    value, cell = f"value {spec.name}", f"cell {spec.name}"
    write = layout.cell(spec)
    if spec.repeated:
        names = tuple(name for name in spec.sources if compiler.level(name) is not Level.CONSTANT)
        fixed = {name: compiler.value(name) for name in spec.sources if name not in names}

        def written(*values: object) -> str:
            known = {**fixed, **dict(zip(names, values, strict=True))}
            return write(spec.make(*[known[name] for name in spec.sources]))

        compiler.add(Node((cell,), Remembering(written, len(names), REPEATED), names))
        return cell
    if not spec.described:
        compiler.add(Node((value,), spec.make, spec.sources))
        compiler.add(Node((cell,), write, (value,)))
        return cell

    def otherwise(*sources: object) -> bytes:
        return write(spec.make(*sources)).encode()

    before, after = layout.cell(msgspec.structs.replace(spec, plain=True))(_MARK).encode().split(_MARK.encode())

    def usual(plain_description: bytes) -> bytes:
        return before + plain_description + after if 0 < len(plain_description) <= longest else b""

    longest = spec.most or 0
    compiler.add(node(usual, f"usual {cell}"))
    compiler.add(Node((cell,), Otherwise(otherwise), (f"usual {cell}", *spec.sources)))
    return cell


_MARK = "\x00"

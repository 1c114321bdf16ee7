"""A definition's rules, compiled into steps that change an item in the making. A step touches nothing but the fields it names."""

from collections.abc import Callable, Iterator, Mapping
from datetime import UTC, datetime
from typing import Any
from urllib.parse import quote

import msgspec
from msgspec.structs import force_setattr

from feeds.amounts import Convert, price_change
from feeds.filters import compile_filter
from feeds.names import TEXTS, reader, text_of
from feeds.nodes import Formula, Node, Values, node, run
from feeds.placing import Branches
from feeds.sources import Subject
from feeds.templates import Joined, compile_template
from feeds.types import ITEM_FIELDS, FeedDefinition, FieldRule, Filter, PriceRule, Replacement
from spoina.errors import InvalidInput

WRITABLE = frozenset(
    {"id", "title", "link", "group_id", "gtin", "mpn", "brand", "description", "summary", "description_html", "image_link"}
    | {"channel_category", "product_type", "color", "size", "material", "pattern", "gender", "age_group", "shipping_class"}
    | {"availability_date"}
)
"""Fields of an item that a template may write; a name that is no field of an item is one of the channel's own."""
MOST_LABELS = 5


_PRICES = ("price", "sale_price", "prior_price")
_PRICE_FIELDS = ("price", "sale_price", "on_sale", "prior_price")


class Step(msgspec.Struct, frozen=True):
    """`rule` is its name in explanations, `reads` what its template names, `writes` the fields it may change; `nodes` change them."""

    rule: str
    reads: tuple[str, ...]
    writes: tuple[str, ...]
    nodes: tuple[Node, ...]

    def apply(self, subject: Subject) -> None:
        values = Values(subject.item, product=subject.product, variant=subject.variant, at=subject.at)
        run(self.nodes, values)
        for name in ITEM_FIELDS:
            if name in values:
                force_setattr(subject.item, name, values[name])


def compile_steps(definition: FeedDefinition, branches: Branches) -> list[Step]:
    """In the order in which they are applied: prices, fields, replacements, labels, and the link's parameters last."""
    return [
        *(_price_step(rule, definition, branches) for rule in definition.prices),
        *(_field_step(rule, definition, branches) for rule in definition.fields),
        *(_replacement_step(rule) for rule in definition.replacements),
        *_label_steps(definition),
        *_utm_step(definition),
    ]


def _price_step(rule: PriceRule, definition: FeedDefinition, branches: Branches) -> Step:
    field = f"prices.{rule.name}"
    change = price_change(rule, definition.currency)
    changed = tuple(Node((f"{field}.{name}",), _where_known(change), (name,)) for name in _PRICES)
    regular, sale, prior = (each.targets[0] for each in changed)
    nodes = (*changed, Node(_PRICE_FIELDS, _settled, (regular, sale, "on_sale", prior)))
    return Step(rule.name, _PRICES, _PRICE_FIELDS, _only_when(rule.when, f"{field}.when", definition, branches, nodes, _PRICE_FIELDS))


def _where_known(change: Convert) -> Callable[[int | None], int | None]:
    def changed(amount: int | None) -> int | None:
        return None if amount is None else change(amount)

    return changed


def _settled(price: int | None, sale_price: int | None, on_sale: bool, prior_price: int | None) -> tuple[Any, ...]:
    """Rounding may have made the prices equal: then nothing is reduced."""
    still = sale_price is None or price is None or sale_price < price
    return (price, sale_price, on_sale, prior_price) if still else (price, None, False, None)


def _field_step(rule: FieldRule, definition: FeedDefinition, branches: Branches) -> Step:
    field = f"fields.{rule.name}"
    if rule.field in ITEM_FIELDS and rule.field not in WRITABLE:
        raise InvalidInput(f"{field}.field", f"{rule.field!r} cannot be written by a template; use one of {', '.join(sorted(WRITABLE))}")
    template = compile_template(rule.template, f"{field}.template", reader(definition.base_url))
    target = rule.field if rule.field in WRITABLE else "extra"
    nodes = _written(rule.field, template.formula)
    if rule.only_if_empty:
        read = _reading_of(rule.field)
        empty = Node((f"{field}.empty",), _is_empty, (read.result,))
        nodes = _instead(nodes, (target,), Formula((*read.nodes, empty), f"{field}.empty"))
    return Step(rule.name, template.names, (rule.field,), _only_when(rule.when, f"{field}.when", definition, branches, nodes, (target,)))


def _written(name: str, text: Formula) -> tuple[Node, ...]:
    """The text made the value of a field, or of one of the channel's own."""
    match name:
        case "group_id":
            return *text.nodes, Node((name,), _or_none, (text.result,))
        case "availability_date":
            return *text.nodes, Node((name,), _moment, (text.result,))
        case _ if name in WRITABLE:
            return *text.nodes, Node((name,), _same, (text.result,))
        case _:
            return *text.nodes, Node(("extra",), _with(name), ("extra", text.result))


def _same(text: str) -> str:
    return text


def _or_none(text: str) -> str | None:
    return text or None


def _moment(text: str) -> datetime | None:
    """ISO 8601; without a zone UTC. None for anything else."""
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        return None
    return moment if moment.tzinfo is not None else moment.replace(tzinfo=UTC)


def _with(name: str) -> Callable[[Mapping[str, str], str], Mapping[str, str]]:
    def written(extra: Mapping[str, str], text: str) -> Mapping[str, str]:
        return {**extra, name: text}

    return written


def _is_empty(text: str) -> bool:
    return not text


def _only_when(
    when: Filter | None, field: str, definition: FeedDefinition, branches: Branches, nodes: tuple[Node, ...], targets: tuple[str, ...]
) -> tuple[Node, ...]:
    return nodes if when is None else _instead(nodes, targets, compile_filter(when, field, definition, branches))


def _instead(nodes: tuple[Node, ...], targets: tuple[str, ...], condition: Formula) -> tuple[Node, ...]:
    """With what the nodes make of the targets in their place where the condition holds."""
    names = {name: f"{condition.result}.{name}" for name in targets}
    apart = [each._replace(targets=tuple(names.get(name, name) for name in each.targets)) for each in nodes]
    chosen = [Node((name,), _chosen, (condition.result, new, name)) for name, new in names.items()]
    return (*condition.nodes, *apart, *chosen)


def _chosen(fits: bool, new: object, old: object) -> object:
    return new if fits else old


def _replacement_step(rule: Replacement) -> Step:
    field = f"replacements.{rule.name}"
    if not rule.find:
        raise InvalidInput(f"{field}.find", "must not be empty")
    if rule.field in ITEM_FIELDS and rule.field not in WRITABLE:
        raise InvalidInput(f"{field}.field", f"{rule.field!r} is no text; use one of {', '.join(sorted(WRITABLE))}")
    read = _reading_of(rule.field)
    replaced = Node((f"{field}.replaced",), _whole(rule) if rule.whole else _parts(rule), (read.result,))
    nodes = _written(rule.field, Formula((*read.nodes, replaced), f"{field}.replaced"))
    if not rule.whole:
        found = Node((f"{field}.found",), _finding(rule.find), (read.result,))
        target = rule.field if rule.field in WRITABLE else "extra"
        nodes = _instead(nodes, (target,), Formula((*read.nodes, found), f"{field}.found"))
    return Step(rule.name, (rule.field,), (rule.field,), nodes)


def _reading_of(name: str) -> Formula:
    """A field as text."""

    def of_extra(extra: Mapping[str, str]) -> str:
        return extra.get(name, "")

    if name in TEXTS:
        return Formula((), name)
    target = f"{name} as text"
    return Formula((Node((target,), text_of, (name,)) if name in WRITABLE else node(of_extra, target),), target)


def _whole(rule: Replacement) -> Callable[[str], str]:
    folded, put = rule.find.casefold(), rule.put

    def replaced(text: str) -> str:
        return put if text.casefold() == folded else text

    return replaced


def _parts(rule: Replacement) -> Callable[[str], str]:
    find, put = rule.find, rule.put

    def replaced(text: str) -> str:
        return text.replace(find, put)

    return replaced


def _finding(find: str) -> Callable[[str], bool]:
    def found(text: str) -> bool:
        return find in text

    return found


def _label_steps(definition: FeedDefinition) -> Iterator[Step]:
    if not definition.labels:
        return
    results = dict.fromkeys(range(MOST_LABELS), "no label")
    nodes: list[Node] = [node(_nothing, "no label")]
    names: list[str] = []
    for place, text in definition.labels.items():
        if place not in {str(number) for number in range(MOST_LABELS)}:
            raise InvalidInput(f"labels.{place}", "labels are numbered 0 to 4")
        template = compile_template(text, f"labels.{place}", reader(definition.base_url))
        results[int(place)] = template.formula.result
        nodes += template.formula.nodes
        names += template.names
    nodes.append(Node(("custom_labels",), _five, tuple(results.values())))
    yield Step("labels", tuple(names), ("custom_labels",), tuple(nodes))


def _nothing() -> str:
    return ""


def _five(first: str, second: str, third: str, fourth: str, fifth: str) -> tuple[str, str, str, str, str]:
    return (first, second, third, fourth, fifth)


def _utm_step(definition: FeedDefinition) -> Iterator[Step]:
    if not definition.utm:
        return
    look_up = reader(definition.base_url)
    templates = {name: compile_template(text, f"utm.{name}", look_up) for name, text in definition.utm.items()}
    parts: list[str | None] = []
    nodes: list[Node] = []
    for name, template in templates.items():
        parts += [f"{'&' if parts else ''}utm_{quote(name, safe='')}=", None]
        nodes += [*template.formula.nodes, Node((f"utm.{name}.quoted",), _quoted, (template.formula.result,))]
    nodes.append(Node(("utm",), Joined(parts), tuple(f"utm.{name}.quoted" for name in templates)))
    nodes.append(Node(("link",), _tagged, ("link", "utm")))
    yield Step("utm", tuple(name for template in templates.values() for name in template.names), ("link",), tuple(nodes))


def _quoted(text: str) -> str:
    return quote(text, safe="")


def _tagged(link: str, query: str) -> str:
    return f"{link}{'&' if '?' in link else '?'}{query}" if "#" not in link else _tagged_before_fragment(link, query)


def _tagged_before_fragment(link: str, query: str) -> str:
    address, _, fragment = link.partition("#")
    return f"{address}{'&' if '?' in address else '?'}{query}#{fragment}"

"""A definition's rules, compiled into steps that change an item in the making. A step touches nothing but the fields it names."""

from collections.abc import Callable, Iterator, Mapping
from datetime import UTC, datetime
from operator import attrgetter
from urllib.parse import quote

import msgspec
from msgspec.structs import force_setattr

from feeds.amounts import Convert, price_change
from feeds.filters import Fits, compile_filter
from feeds.frame import Frame
from feeds.names import TEXTS, reader, text_of
from feeds.sources import Subject
from feeds.templates import Read, compile_template
from feeds.types import ITEM_FIELDS, FeedDefinition, FeedItem, FieldRule, PriceRule, Replacement
from spoina.errors import InvalidInput

Apply = Callable[[Subject], None]

WRITABLE = frozenset(
    {"id", "title", "link", "group_id", "gtin", "mpn", "brand", "description", "summary", "description_html", "image_link"}
    | {"channel_category", "product_type", "color", "size", "material", "pattern", "gender", "age_group", "shipping_class"}
    | {"availability_date"}
)
"""Fields of an item that a template may write; a name that is no field of an item is one of the channel's own."""
MOST_LABELS = 5


class Step(msgspec.Struct, frozen=True):
    """`rule` is its name in explanations, `reads` what its template names, `writes` the fields it may change."""

    rule: str
    reads: tuple[str, ...]
    writes: tuple[str, ...]
    apply: Apply


def compile_steps(definition: FeedDefinition, frame: Frame) -> list[Step]:
    """In the order in which they are applied: prices, fields, replacements, labels, and the link's parameters last."""
    return [
        *(_price_step(rule, definition, frame) for rule in definition.prices),
        *(_field_step(rule, definition, frame) for rule in definition.fields),
        *(_replacement_step(rule) for rule in definition.replacements),
        *_label_steps(definition),
        *_utm_step(definition),
    ]


def _price_step(rule: PriceRule, definition: FeedDefinition, frame: Frame) -> Step:
    change = price_change(rule, definition.currency)
    apply = _only_when(rule.when, f"prices.{rule.name}.when", definition, frame, lambda subject: _reprice(subject.item, change))
    return Step(rule.name, ("price", "sale_price", "prior_price"), ("price", "sale_price", "on_sale", "prior_price"), apply)


def _reprice(item: FeedItem, change: Convert) -> None:
    for name in ("price", "sale_price", "prior_price"):
        minor = getattr(item, name)
        if minor is not None:
            force_setattr(item, name, change(minor))
    if item.sale_price is not None and item.price is not None and item.sale_price >= item.price:
        for name, value in (("sale_price", None), ("on_sale", False), ("prior_price", None)):  # rounding made them equal
            force_setattr(item, name, value)


def _field_step(rule: FieldRule, definition: FeedDefinition, frame: Frame) -> Step:
    field = f"fields.{rule.name}"
    if rule.field in ITEM_FIELDS and rule.field not in WRITABLE:
        raise InvalidInput(f"{field}.field", f"{rule.field!r} cannot be written by a template; use one of {', '.join(sorted(WRITABLE))}")
    template = compile_template(rule.template, f"{field}.template", reader(definition.base_url))
    own = rule.field in WRITABLE
    write = _write_field(rule.field, template.render) if own else _write_extra(rule.field, template.render)
    if rule.only_if_empty:
        write = _if_empty(_read_field(rule.field, own=own), write)
    return Step(rule.name, template.names, (rule.field,), _only_when(rule.when, f"{field}.when", definition, frame, write))


def _only_when(when: object, field: str, definition: FeedDefinition, frame: Frame, apply: Apply) -> Apply:
    if when is None:
        return apply
    fits: Fits = compile_filter(when, field, definition, frame)  # type: ignore[arg-type]

    def apply_where_it_fits(subject: Subject) -> None:
        if fits(subject):
            apply(subject)

    return apply_where_it_fits


def _write_field(name: str, render: Read) -> Apply:
    def write(subject: Subject) -> None:
        force_setattr(subject.item, name, render(subject))

    def write_group(subject: Subject) -> None:
        force_setattr(subject.item, name, render(subject) or None)

    def write_date(subject: Subject) -> None:
        force_setattr(subject.item, name, _moment(render(subject)))

    return {"group_id": write_group, "availability_date": write_date}.get(name, write)


def _moment(text: str) -> datetime | None:
    """ISO 8601; without a zone UTC. None for anything else."""
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        return None
    return moment if moment.tzinfo is not None else moment.replace(tzinfo=UTC)


def _write_extra(name: str, render: Read) -> Apply:
    def write(subject: Subject) -> None:
        force_setattr(subject.item, "extra", {**subject.item.extra, name: render(subject)})

    return write


def _read_field(name: str, *, own: bool) -> Read:
    if name in TEXTS:
        return attrgetter(f"item.{name}")
    if own:
        return lambda subject: text_of(getattr(subject.item, name))
    return lambda subject: subject.item.extra.get(name, "")


def _if_empty(read: Read, write: Apply) -> Apply:
    def write_where_empty(subject: Subject) -> None:
        if not read(subject):
            write(subject)

    return write_where_empty


def _replacement_step(rule: Replacement) -> Step:
    field = f"replacements.{rule.name}"
    if not rule.find:
        raise InvalidInput(f"{field}.find", "must not be empty")
    if rule.field in ITEM_FIELDS and rule.field not in WRITABLE:
        raise InvalidInput(f"{field}.field", f"{rule.field!r} is no text; use one of {', '.join(sorted(WRITABLE))}")
    own = rule.field in WRITABLE
    read, folded = _read_field(rule.field, own=own), rule.find.casefold()

    def replaced(subject: Subject) -> str:
        text = read(subject)
        if rule.whole:
            return rule.put if text.casefold() == folded else text
        return text.replace(rule.find, rule.put)

    write = _write_field(rule.field, replaced) if own else _write_extra(rule.field, replaced)

    def write_where_found(subject: Subject) -> None:
        if rule.find in read(subject):
            write(subject)

    return Step(rule.name, (rule.field,), (rule.field,), write if rule.whole else write_where_found)


def _label_steps(definition: FeedDefinition) -> Iterator[Step]:
    if not definition.labels:
        return
    renders: dict[int, Read] = {}
    names: list[str] = []
    for place, text in definition.labels.items():
        if place not in {str(number) for number in range(MOST_LABELS)}:
            raise InvalidInput(f"labels.{place}", "labels are numbered 0 to 4")
        template = compile_template(text, f"labels.{place}", reader(definition.base_url))
        renders[int(place)] = template.render
        names += template.names

    in_order = [renders.get(place, _nothing) for place in range(MOST_LABELS)]

    def write(subject: Subject) -> None:
        force_setattr(subject.item, "custom_labels", tuple([render(subject) for render in in_order]))

    yield Step("labels", tuple(names), ("custom_labels",), write)


def _nothing(_: Subject) -> str:
    return ""


def _utm_step(definition: FeedDefinition) -> Iterator[Step]:
    if not definition.utm:
        return
    look_up = reader(definition.base_url)
    templates = {name: compile_template(text, f"utm.{name}", look_up) for name, text in definition.utm.items()}
    names = tuple(name for template in templates.values() for name in template.names)
    query = _constant_query(definition.utm) if not names else _query({name: each.render for name, each in templates.items()})

    def write(subject: Subject) -> None:
        address, hash_sign, fragment = subject.item.link, "", ""
        if "#" in address:
            address, hash_sign, fragment = address.partition("#")
        force_setattr(subject.item, "link", f"{address}{'&' if '?' in address else '?'}{query(subject)}{hash_sign}{fragment}")

    yield Step("utm", names, ("link",), write)


def _constant_query(values: Mapping[str, str]) -> Read:
    text = "&".join(f"utm_{quote(name, safe='')}={quote(value, safe='')}" for name, value in values.items())
    return lambda _: text


def _query(renders: Mapping[str, Read]) -> Read:
    parts = [(f"utm_{quote(name, safe='')}=", render) for name, render in renders.items()]
    return lambda subject: "&".join([start + quote(render(subject), safe="") for start, render in parts])

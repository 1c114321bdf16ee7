"""Why an item is in a feed or not, and where each value comes from: the same compiled rules as a build's, run one by one and watched."""

from collections.abc import Iterator, Sequence

import msgspec

from feeds.claims import Claims
from feeds.filters import margin_of
from feeds.names import meta, reader, shown
from feeds.nodes import Values
from feeds.outcomes import MEANINGS, is_failing
from feeds.port import Field, Finding, Rule, Severity
from feeds.recipe import Recipe, fits
from feeds.sources import Subject
from feeds.types import ITEM_FIELDS, Effect, FeedDefinition, FeedItem

_ORIGINS = {
    "id": "the variant's SKU, or its number without one",
    "title": "the product's title",
    "link": "the product's permalink below base_url",
    "price": "the variant's regular price",
    "sale_price": "the variant's sale price",
    "on_sale": "the variant's sale dates at the moment of the build",
    "prior_price": "the lowest price of the 30 days before the reduction",
    "gtin": "the variant's barcode",
    "brand": "the product's brand",
    "availability": "the variant's stock policy and what the channel may sell",
    "quantity": "what the channel may sell",
    "channel_category": "the mapping of the product's most specific category",
    "image_link": "the variant's image, otherwise the product's first",
    "group_id": "the product's number, where it has several variants",
    "condition": "the definition",
    "currency": "the definition",
    "country": "the definition",
    "language": "the definition",
    "shipping": "the definition",
    "extra": "rules of the definition for the channel's own fields",
}


class Judged(msgspec.Struct, frozen=True, kw_only=True):
    """One filter's word, whether or not one before it had decided."""

    rule: str
    effect: Effect
    fits: bool
    note: str = ""


class Checked(msgspec.Struct, frozen=True, kw_only=True):
    """One of the channel's rules that the item was held against. `spoke`: it is broken, and a finding says how."""

    rule: str
    severity: Severity
    field: str
    meaning: str
    spoke: bool


class Change(msgspec.Struct, frozen=True, kw_only=True):
    """What one rule did to one field of the item. `reads`: what its template names, with the value at that moment."""

    rule: str
    field: str
    before: str
    after: str
    reads: dict[str, str]


class ExplainedField(msgspec.Struct, frozen=True, kw_only=True):
    """One field as the channel gets it: the value, the item's fields it is made of, where these come from, the rule and the limit."""

    field: str
    value: str
    sources: dict[str, str]
    origins: dict[str, str]
    rule: str
    limit: str
    required: bool


class Explanation(msgspec.Struct, frozen=True, kw_only=True):
    """`included` False: `decided_by` names the filter or the checks that keep the item out. `written`: the item as it stands in the
    file."""

    feed: str
    sku: str
    variant: int
    included: bool
    decided_by: str
    reason: str
    filters: tuple[Judged, ...]
    changes: tuple[Change, ...]
    fields: tuple[ExplainedField, ...]
    checks: tuple[Checked, ...]
    findings: tuple[Finding, ...]
    written: str


def explain(recipe: Recipe, subject: Subject, claims: Claims | None = None) -> Explanation:
    """`subject` as Recipe.subjects makes it; it is worked on. `claims` are asked whether its id may be let in."""
    filters = tuple(_judged(recipe, subject))
    refusal = recipe.refusal(subject)
    changes = tuple(_watched(recipe, subject))
    rules, findings = [*recipe.check.rules], tuple(recipe.check(subject.item))
    if refusal is None and claims is not None and not is_failing(findings):
        rules.append(claims.rule)
        findings += claims.claim(subject.item.id)
    failing = refusal is None and is_failing(findings)
    decided_by = refusal or (", ".join(sorted({each.rule for each in findings if each.severity == "error"})) if failing else "")
    included = refusal is None and not failing
    return Explanation(
        feed=recipe.definition.name,
        sku=subject.variant.sku,
        variant=subject.variant.id,
        included=included,
        decided_by=decided_by,
        reason=_reason(recipe.definition, refusal, failing=failing),
        filters=filters,
        changes=changes,
        fields=tuple(_explained(field, subject, recipe, changes) for field in recipe.form.fields),
        checks=tuple(_checked(rules, findings)),
        findings=findings,
        written=recipe.form.render(subject.item).decode() if included else "",
    )


def _reason(definition: FeedDefinition, refusal: str | None, *, failing: bool) -> str:
    if refusal is not None:
        return MEANINGS.get(refusal, f"excluded by the filter {refusal!r} of feed {definition.name}")
    return "the channel would refuse the item: see the findings" if failing else "in the feed"


def _judged(recipe: Recipe, subject: Subject) -> Iterator[Judged]:
    margins = {each.name for each in recipe.definition.filters if each.margin_below is not None}
    for name, effect, filter_ in recipe.filters:
        unknown = name in margins and margin_of(subject, recipe.definition.cost_key) is None
        note = _of_unknown_cost(subject, recipe.definition.cost_key) if unknown else ""
        yield Judged(rule=name, effect=effect, fits=fits(filter_, subject), note=note)


def _of_unknown_cost(subject: Subject, cost_key: str) -> str:
    said = meta(subject.product, subject.variant, cost_key)
    return f"the cost is not known: {f'{cost_key!r} is {said!r}' if said else f'there is no {cost_key!r}'}"


def _checked(rules: Sequence[Rule], findings: Sequence[Finding]) -> Iterator[Checked]:
    spoke = {finding.rule for finding in findings}
    for rule in rules:
        yield Checked(rule=rule.id, severity=rule.severity, field=rule.field, meaning=rule.meaning, spoke=rule.id in spoke)


def _watched(recipe: Recipe, subject: Subject) -> Iterator[Change]:
    for step in recipe.steps:
        before, reads = _copy(subject.item), {name: _read(recipe, subject, name) for name in step.reads}
        step.apply(subject)
        for name in step.writes:
            was, now = _value(before, name), _value(subject.item, name)
            if was != now:
                yield Change(rule=step.rule, field=name, before=was, after=now, reads=reads)


def _copy(item: FeedItem) -> FeedItem:
    return msgspec.structs.replace(item)


def _read(recipe: Recipe, subject: Subject, name: str) -> str:
    """As a template reads it; what it cannot read, and only a replacement may, is one of the channel's own fields."""
    reading = reader(recipe.definition.base_url)(name)
    if name in ITEM_FIELDS or reading is None or reading.function is None:
        return _value(subject.item, name)
    values = Values(subject.item, product=subject.product, variant=subject.variant)
    return reading.function(*[values[each] for each in reading.reads])


def _value(item: FeedItem, name: str) -> str:
    return shown(item, name) if name in ITEM_FIELDS else item.extra.get(name, "")


def _explained(field: Field, subject: Subject, recipe: Recipe, changes: tuple[Change, ...]) -> ExplainedField:
    return ExplainedField(
        field=field.name,
        value=field.value(subject.item),
        sources={name: _value(subject.item, name) for name in field.sources},
        origins={name: _origin(name, subject, recipe, changes) for name in field.sources},
        rule=field.rule,
        limit=field.limit,
        required=field.required,
    )


def _origin(name: str, subject: Subject, recipe: Recipe, changes: tuple[Change, ...]) -> str:
    """The last rule that wrote the field; without one, the shop's own fact."""
    written = [change.rule for change in changes if change.field == name]
    if written:
        return f"rule {written[-1]!r}"
    if name == "channel_category" and (mapped := recipe.maker.mapped_at(subject.product)):
        return f"the mapping of category {mapped!r}"
    return _ORIGINS.get(name, f"the shop's {name.replace('_', ' ')}")

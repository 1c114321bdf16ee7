"""A definition compiled for one build: a product goes in, the bytes of its items and what became of each come out."""

from collections.abc import Callable, Iterator
from datetime import datetime
from functools import cached_property, partial
from hashlib import blake2b

import msgspec

from feeds.checks.rules import ItemCheck
from feeds.filters import compile_filter
from feeds.frame import Frame
from feeds.items import ItemMaker, Left
from feeds.nodes import Formula, Values
from feeds.outcomes import NOT_INCLUDED, WITHOUT_PRICE, Rendered, refusal_of
from feeds.placing import whole_branches
from feeds.port import Format
from feeds.rendering import Claim, renderer
from feeds.sources import SourceProduct, Subject
from feeds.steps import Step, compile_steps
from feeds.types import Effect, FeedDefinition

MACHINE_VERSION = 4
"""Raised with each change of how items are made: every feed is then built anew."""

_encoder = msgspec.msgpack.Encoder(order="deterministic", decimal_format="string")


class Recipe:
    def __init__(self, definition: FeedDefinition, frame: Frame, form: Format, check: ItemCheck, claim: Claim | None = None) -> None:
        """`claim` is asked last, by `render` only, whether an item's id may be let in. Raises InvalidInput for a rule that cannot be
        compiled."""
        self.definition, self.frame, self.form, self.check = definition, frame, form, check
        self.maker = ItemMaker(definition, frame)
        branches = partial(whole_branches, frame.categories)
        self.steps: list[Step] = compile_steps(definition, branches)
        self.filters: list[tuple[str, Effect, Formula]] = [
            (each.name, each.effect, compile_filter(each, f"filters.{each.name}", definition, branches)) for each in definition.filters
        ]
        self._claim = claim

    @cached_property
    def render(self) -> Callable[[SourceProduct, Left, datetime], Rendered]:
        """What a build writes of a product; `subjects`, `refusal` and `prepare` do the same step by step. Compiled when it is first asked
        for, which takes as long as rendering a thousand items."""
        return renderer(self.maker, self.filters, self.steps, self.form, self.check, self._claim)

    def subjects(self, product: SourceProduct, left: Left, at: datetime) -> Iterator[Subject]:
        """Each item before any rule; what rules write stays in it."""
        for variant, item in self.maker.items(product, left, at):
            yield Subject(item, product, variant, at)

    def refusal(self, subject: Subject) -> str | None:
        """The rule that keeps the item out, None when it is in; asked before `prepare`, about the facts as the shop has them."""
        unwanted = refusal_of(subject.product)
        if unwanted is not None:
            return unwanted
        if subject.item.price is None:
            return WITHOUT_PRICE
        for name, effect, filter_ in self.filters:
            if effect is Effect.EXCLUDE and fits(filter_, subject):
                return name
        including = [filter_ for _, effect, filter_ in self.filters if effect is Effect.INCLUDE]
        return None if not including or any(fits(filter_, subject) for filter_ in including) else NOT_INCLUDED

    def prepare(self, subject: Subject) -> None:
        for step in self.steps:
            step.apply(subject)


def fingerprint(definition: FeedDefinition, frame: Frame, form: Format, check: ItemCheck) -> bytes:
    """Of everything beside products and stock that decides about the bytes: of recipes with the same one, either will do."""
    shop = msgspec.structs.replace(frame.shop, as_of=_NO_MOMENT)
    categories = [msgspec.structs.replace(each, as_of=_NO_MOMENT) for each in frame.categories]
    parts = (definition, shop, categories, frame.taxes, frame.stock)
    versions = (MACHINE_VERSION, form.name, form.version, check.version, form.header, form.footer)
    return blake2b(_encoder.encode((versions, parts)), digest_size=16).digest()


def fits(filter_: Formula, subject: Subject) -> bool:
    return bool(filter_.of(Values(subject.item, product=subject.product, variant=subject.variant, at=subject.at)))


_NO_MOMENT = datetime.fromisoformat("1970-01-01T00:00:00+00:00")

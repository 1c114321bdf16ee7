"""A definition compiled for one build: a product goes in, the bytes of its items and what became of each come out."""

from collections.abc import Callable, Iterator, Sequence
from datetime import datetime
from hashlib import blake2b

import msgspec

from feeds.filters import Fits, compile_filter
from feeds.frame import Frame
from feeds.items import ItemMaker, Left
from feeds.port import Check, Finding, Format, Severity
from feeds.sources import SourceProduct, Subject
from feeds.steps import Step, compile_steps
from feeds.types import Effect, FeedDefinition
from spoina.catalog.types import Kind, Visibility

MACHINE_VERSION = 1
"""Raised with each change of how items are made: every feed is then built anew."""

NOT_SOLD_HERE, HIDDEN, WITHOUT_PRICE, NOT_INCLUDED = "not-sold-here", "hidden", "without-price", "not-included"
"""The rules that hold for every feed; the others have the names that their definition gives them."""

MEANINGS = {
    NOT_SOLD_HERE: "grouped and external products are sold elsewhere",
    HIDDEN: "the shop hides the product from its catalogue",
    WITHOUT_PRICE: "the shop has set no price",
    NOT_INCLUDED: "none of the including filters fits",
}

_encoder = msgspec.msgpack.Encoder(order="deterministic", decimal_format="string")


class Outcome(msgspec.Struct, frozen=True, array_like=True):
    """What became of a product's variants: how many are in the feed, how many fail, and how often each rule spoke (filters by name,
    findings by id)."""

    items: int = 0
    failing: int = 0
    excluded: int = 0
    rules: tuple[tuple[str, int], ...] = ()


class Rendered(msgspec.Struct, frozen=True, gc=False):
    written: bytes
    outcome: Outcome


_ALL_WELL = tuple(Outcome(items=count) for count in range(64))


class Recipe:
    def __init__(self, definition: FeedDefinition, frame: Frame, form: Format, check: Check) -> None:
        """Raises InvalidInput for a rule that cannot be compiled."""
        self.definition, self.frame, self.form, self.check = definition, frame, form, check
        self.maker = ItemMaker(definition, frame)
        self.steps: list[Step] = compile_steps(definition, frame)
        self.filters: list[tuple[str, Effect, Fits]] = [
            (each.name, each.effect, compile_filter(each, f"filters.{each.name}", definition, frame)) for each in definition.filters
        ]
        self._excluding = [(name, fits) for name, effect, fits in self.filters if effect is Effect.EXCLUDE]
        self._including = [fits for _, effect, fits in self.filters if effect is Effect.INCLUDE]
        self._applies: list[Callable[[Subject], None]] = [step.apply for step in self.steps]

    @property
    def fingerprint(self) -> bytes:
        """Of everything beside products and stock that decides about the bytes."""
        shop = msgspec.structs.replace(self.frame.shop, as_of=_NO_MOMENT)
        categories = [msgspec.structs.replace(each, as_of=_NO_MOMENT) for each in self.frame.categories]
        parts = (self.definition, shop, categories, self.frame.taxes, self.frame.stock)
        versions = (MACHINE_VERSION, self.form.name, self.form.version, self.check.version, self.form.header, self.form.footer)
        return blake2b(_encoder.encode((versions, parts)), digest_size=16).digest()

    def render(self, product: SourceProduct, left: Left, at: datetime) -> Rendered:
        written: list[bytes] = []
        told: list[str] | None = None
        failing = excluded = 0
        check, render, applies = self.check, self.form.render, self._applies
        unwanted = _refusal_of(product)
        for variant, item in self.maker.items(product, left, at):
            subject = Subject(item, product, variant, at)
            refusal = unwanted or self._refusal(subject)
            if refusal is not None:
                excluded += 1
                told = [*(told or ()), refusal]
                continue
            for apply in applies:
                apply(subject)
            findings = check(item)
            if findings:
                told = [*(told or ()), *(finding.rule for finding in findings)]
                if is_failing(findings):
                    failing += 1
                    continue
            written.append(render(item))
        if told is None and len(written) < len(_ALL_WELL):
            return Rendered(b"".join(written), _ALL_WELL[len(written)])
        return Rendered(b"".join(written), Outcome(len(written), failing, excluded, _counted(told or ())))

    def subjects(self, product: SourceProduct, left: Left, at: datetime) -> Iterator[Subject]:
        """Each item before any rule; what rules write stays in it."""
        for variant, item in self.maker.items(product, left, at):
            yield Subject(item, product, variant, at)

    def refusal(self, subject: Subject) -> str | None:
        """The rule that keeps the item out, None when it is in; asked before `prepare`, about the facts as the shop has them."""
        return _refusal_of(subject.product) or self._refusal(subject)

    def _refusal(self, subject: Subject) -> str | None:
        if subject.item.price is None:
            return WITHOUT_PRICE
        for name, fits in self._excluding:
            if fits(subject):
                return name
        if self._including and not any(fits(subject) for fits in self._including):
            return NOT_INCLUDED
        return None

    def prepare(self, subject: Subject) -> None:
        for apply in self._applies:
            apply(subject)


def _refusal_of(product: SourceProduct) -> str | None:
    """What holds for all items of the product."""
    if product.kind is Kind.GROUPED or product.kind is Kind.EXTERNAL:
        return NOT_SOLD_HERE
    return HIDDEN if product.visibility is Visibility.HIDDEN else None


def is_failing(findings: Sequence[Finding]) -> bool:
    return any(finding.severity is Severity.ERROR for finding in findings)


def _counted(rules: Sequence[str]) -> tuple[tuple[str, int], ...]:
    return tuple(sorted({rule: rules.count(rule) for rule in rules}.items()))


_NO_MOMENT = datetime.fromisoformat("1970-01-01T00:00:00+00:00")

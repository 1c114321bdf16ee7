"""Does to a basket what a recorded shopper did: the little of a cart that the engine leaves to others.

Stock and quantity rules are not the engine's, so a step of the recording that was refused by those is skipped as recorded; coupons are
judged by the engine, and the words of its refusals are WooCommerce's English ones.
"""

import html
from hashlib import md5
from typing import Any

from msgspec.structs import replace

from spoina.ids import CategoryId, ProductId, VariantId
from spoina.pricing.cart.outcome import Answer
from spoina.pricing.cart.totals import answer, enter_coupon
from spoina.pricing.cart.types import (
    Basket,
    CouponCode,
    CouponRefusal,
    CouponRefusalReason,
    Line,
    LineKey,
    Place,
    RateId,
    ShippingClassId,
    TaxClass,
    TaxStatus,
)
from tests.contract.carts.recordings import Json, Recording, catalogue

REASONS = {
    CouponRefusalReason.ALREADY_APPLIED: "Coupon code &quot;{code}&quot; has already been applied.",
    CouponRefusalReason.INDIVIDUAL_USE_ONLY: (
        "&quot;{other}&quot; has already been applied and cannot be used in conjunction with other coupons."
    ),
    CouponRefusalReason.UNKNOWN: "Coupon &quot;{code}&quot; cannot be applied because it does not exist.",
    CouponRefusalReason.USED_UP: (
        "Usage limit for coupon &quot;{code}&quot; has been reached. Please try again after some time, or contact us for help."
    ),
    CouponRefusalReason.EXPIRED: "Coupon &quot;{code}&quot; has expired.",
    CouponRefusalReason.BELOW_MINIMUM: "The minimum spend for coupon &quot;{code}&quot; is {limit}.",
    CouponRefusalReason.ABOVE_MAXIMUM: "The maximum spend for coupon &quot;{code}&quot; is {limit}.",
    CouponRefusalReason.NOT_APPLICABLE: "Sorry, coupon &quot;{code}&quot; is not applicable to selected products.",
    CouponRefusalReason.NOT_FOR_SALE_ITEMS: "Sorry, coupon &quot;{code}&quot; is not valid for sale items.",
    CouponRefusalReason.PRODUCTS_EXCLUDED: "Sorry, coupon &quot;{code}&quot; is not applicable to the products: {names}.",
    CouponRefusalReason.CATEGORIES_EXCLUDED: "Sorry, coupon &quot;{code}&quot; is not applicable to the categories: {names}.",
    CouponRefusalReason.NOT_FOR_THIS_EMAIL: "Please enter a valid email at checkout to use coupon code &quot;{code}&quot;.",
}


class Shopper:
    """`total` is that of the last answer that came with a cart, `dropped` what it said of coupons that fell out."""

    def __init__(self, recording: Recording) -> None:
        self.recording = recording
        home = Place(country=recording.shop.base.country)
        self.basket = Basket(billing=home, shipping=home)
        self.names: dict[str, str] = {}
        self.total = self.read().totals.total
        self.dropped: list[str] = []

    def read(self) -> Answer:
        result = answer(self.basket, self.recording.shop, self.recording.at)
        self.basket = result.basket
        return result

    def _answer(self) -> None:
        result = self.read()
        self.total = result.totals.total
        self.dropped = [f"The &quot;{each.code}&quot; coupon has been removed from your cart: {self.said(each)}" for each in result.dropped]

    def do(self, step: Json) -> str | None:
        """One step; answers with the words of a refused coupon. Every request reads the cart before it changes it, as WooCommerce does."""
        if step["op"] != "coupon" and not step.get("ok", True):
            return None
        self.read()
        if step["op"] == "coupon":
            return self._enter_coupon(step["code"])
        getattr(self, f"_{step['op']}")(step)
        self._answer()
        return None

    def said(self, refusal: CouponRefusal) -> str:
        names = [self.names[key] for key in refusal.lines]
        names += [html.unescape(catalogue().categories[category]["name"]) for category in refusal.categories]
        return REASONS[refusal.reason].format(
            code=_escaped(refusal.code),
            other=refusal.other,
            limit=self._money(refusal.limit) if refusal.limit else "",
            names=_escaped(", ".join(names)),
        )

    def _money(self, amount: str) -> str:
        text = f"{float(amount):,.{self.recording.shop.decimals}f}"
        return text.replace(",", self.recording.thousands).replace(".", ",") + "&nbsp;&#122;&#322;"

    def _enter_coupon(self, entered: str) -> str | None:
        coupon = catalogue().coupons.get(entered.lower())
        if coupon is None:
            return self.said(CouponRefusal(code=CouponCode(entered.lower()), reason=CouponRefusalReason.UNKNOWN))
        outcome = enter_coupon(coupon, self.basket, self.recording.shop, self.recording.at)
        if isinstance(outcome, CouponRefusal):
            return self.said(outcome)
        self.basket = outcome
        self._answer()
        return None

    def _remove_coupon(self, step: Json) -> None:
        kept = tuple(coupon for coupon in self.basket.coupons if coupon.code != step["code"].lower())
        self.basket = replace(self.basket, coupons=kept)

    def _shipping(self, step: Json) -> None:
        self.basket = replace(self.basket, chosen_rate=RateId(step["rate_id"]))

    def _customer(self, step: Json) -> None:
        billing, shipping = step.get("billing_address", {}), step.get("shipping_address", {})
        if "shipping_address" not in step and not any(line.needs_shipping for line in self.basket.lines):
            shipping = billing
        self.basket = replace(
            self.basket,
            billing=_moved(self.basket.billing, billing),
            shipping=_moved(self.basket.shipping, shipping),
            email=billing.get("email", self.basket.email),
        )

    def _add(self, step: Json) -> None:
        line, name = line_of(step)
        self.names[line.key] = name
        present = next((other for other in self.basket.lines if other.key == line.key), None)
        if present:
            self._set(line.key, present.quantity + line.quantity)
        else:
            self.basket = replace(self.basket, lines=(*self.basket.lines, line))

    def _update(self, step: Json) -> None:
        self._set(step["key"], step["quantity"])

    def _remove(self, step: Json) -> None:
        self._set(step["key"], 0)

    def _set(self, key: str, quantity: int) -> None:
        changed = (replace(line, quantity=quantity) if line.key == key else line for line in self.basket.lines)
        self.basket = replace(self.basket, lines=tuple(line for line in changed if line.quantity))


def _escaped(text: str) -> str:
    """As WordPress writes it."""
    return html.escape(text).replace("&#x27;", "&#039;")


def _moved(place: Place, fields: Json) -> Place:
    return replace(place, **{name: fields[name] for name in ("country", "state", "postcode", "city") if name in fields})


def line_of(step: Json) -> tuple[Line, str]:
    """The line that `add` makes, with the name that WooCommerce gives its product in messages."""
    known = catalogue()
    variant = known.variations.get(step["id"]) or known.products[step["id"]]
    product = known.products.get(variant["parent_id"]) or variant
    is_variation = variant is not product
    shipping_class = variant["shipping_class"] or product["shipping_class"]
    line = Line(
        key=_key(variant, product, step.get("variation", ())),
        product=ProductId(product["id"]),
        variant=VariantId(variant["id"]),
        quantity=1 if product["sold_individually"] else step["quantity"],
        price=variant["price"],
        regular_price=variant["regular_price"],
        sale_price=variant["sale_price"],
        on_sale=variant["on_sale"],
        tax_status=TaxStatus(variant["tax_status"]),
        tax_class=TaxClass(variant["tax_class"] or "standard"),
        categories=_with_ancestors(product["categories"]),
        needs_shipping=not variant["virtual"],
        shipping_class=ShippingClassId(known.shipping_classes[shipping_class]) if shipping_class else None,
    )
    return line, html.unescape(f"{product['name']} - {variant['name']}" if is_variation else product["name"])


def _with_ancestors(own: list[int]) -> tuple[CategoryId, ...]:
    categories = catalogue().categories
    chain = list(own)
    for category in own:
        parent = categories[category]["parent"]
        while parent:
            chain.append(parent)
            parent = categories[parent]["parent"]
    return tuple(CategoryId(category) for category in chain)


def _key(variant: Json, product: Json, chosen: Any) -> LineKey:
    """WooCommerce's key of a line: product, variation and the values of its attributes."""
    if variant is product:
        return LineKey(md5(str(product["id"]).encode()).hexdigest())
    values = {attribute["slug"]: attribute["option"] for attribute in variant["attributes"] if attribute["option"]}
    values |= {choice["attribute"].lower(): choice["value"] for choice in chosen}
    terms = catalogue().attributes
    slugs = {name: _slug(terms[name]["terms"], value) if name in terms else value for name, value in values.items()}
    text = "".join(f"attribute_{name}{value}" for name, value in sorted(slugs.items()))
    return LineKey(md5(f"{product['id']}_{variant['id']}_{text}".encode()).hexdigest())


def _slug(terms: Json, value: str) -> str:
    return next(slug for slug, name in terms.items() if name == value)

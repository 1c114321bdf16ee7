"""Options, their values, and finding a variant by them.

A product without options has the dialect's one option, Title, with the one value Default Title. A variation that leaves an axis open
(WooCommerce's "any size") matches every value of it.
"""

from collections.abc import Iterable, Sequence

import msgspec
from strawberry import Parent

from spoina.catalog import types as catalog
from spoina.errors import LimitExceeded
from storefront.ids import gid
from storefront.inputs import SelectedOptionInput
from storefront.limits import PAGE_SIZE
from storefront.standing import Settled

DEFAULT = catalog.SelectedOption("Title", "Default Title")
DEFAULT_OPTION = catalog.Option(DEFAULT.name, (DEFAULT.value,))


class ProductOption(msgspec.Struct, frozen=True):
    product: catalog.Product
    option: catalog.Option

    @property
    def name(self) -> str:
        return self.option.name

    @property
    def values(self) -> tuple[str, ...]:
        return self.option.values


class OptionValue(msgspec.Struct, frozen=True):
    product: catalog.Product
    option: str
    name: str


def options_of(product: catalog.Product) -> tuple[catalog.Option, ...]:
    return product.options or (DEFAULT_OPTION,)


def selected_of(variant: catalog.Variant, product: catalog.Product) -> tuple[catalog.SelectedOption, ...]:
    return variant.options if product.options else (DEFAULT,)


def options(product: Parent[catalog.Product], first: int | None = None) -> list[ProductOption]:
    return [ProductOption(product, option) for option in options_of(product)[: None if first is None else max(first, 0)]]


def option_id(option: Parent[ProductOption]) -> str:
    return gid("ProductOption", f"{option.product.id}-{options_of(option.product).index(option.option) + 1}")


def option_values(option: Parent[ProductOption]) -> list[OptionValue]:
    return [OptionValue(option.product, option.name, value) for value in option.values]


def value_id(value: Parent[OptionValue]) -> str:
    axes = options_of(value.product)
    axis = next(index for index, option in enumerate(axes) if option.name == value.option)
    return gid("ProductOptionValue", f"{value.product.id}-{axis + 1}-{axes[axis].values.index(value.name) + 1}")


def first_selectable_variant(value: Parent[OptionValue]) -> catalog.Variant | None:
    """The variant with that value whose other values stand first."""
    having = [variant for variant in value.product.variants if _agrees(variant, value.product, {value.option: value.name})]
    return min(having, key=lambda variant: places(variant, value.product), default=None)


def selected_options(variant: Parent[catalog.Variant], info: Settled) -> Sequence[catalog.SelectedOption]:
    return selected_of(variant, info.context.product_of(variant))


def variant_title(variant: Parent[catalog.Variant], info: Settled) -> str:
    return variant.title if info.context.product_of(variant).options else DEFAULT.value


def variant_by_selected_options(
    product: Parent[catalog.Product],
    selected_options: list[SelectedOptionInput],
    ignore_unknown_options: bool = False,
    case_insensitive_match: bool = False,
) -> catalog.Variant | None:
    wanted = _wanted(product, selected_options, ignore_unknown_options, case_insensitive_match)
    return None if wanted is None else _complete(product, wanted)


def selected_or_first_available_variant(
    product: Parent[catalog.Product],
    info: Settled,
    selected_options: list[SelectedOptionInput] | None = None,
    ignore_unknown_options: bool = True,
    case_insensitive_match: bool = False,
) -> catalog.Variant | None:
    wanted = _wanted(product, selected_options or [], ignore_unknown_options, case_insensitive_match)
    found = _complete(product, wanted) if wanted else None
    return found or _first_available(product, info)


def adjacent_variants(
    product: Parent[catalog.Product],
    info: Settled,
    selected_options: list[SelectedOptionInput] | None = None,
    ignore_unknown_options: bool = True,
    case_insensitive_match: bool = False,
) -> list[catalog.Variant]:
    """Those that differ from the selection (else from the first available variant) in one value, by id."""
    wanted = _wanted(product, selected_options or [], ignore_unknown_options, case_insensitive_match)
    if not wanted and (first := _first_available(product, info)):
        wanted = {option.name: option.value for option in selected_of(first, product)}
    chosen = [variant for variant in product.variants if _distance(variant, product, wanted or {}) == 1]
    return sorted(chosen, key=lambda variant: variant.id)


def places(variant: catalog.Variant, product: catalog.Product) -> tuple[int, ...]:
    """Where the variant's values stand in their options; an open axis stands first."""
    chosen = {option.name: option.value for option in selected_of(variant, product)}
    return tuple(axis.values.index(value) if (value := chosen.get(axis.name)) in axis.values else 0 for axis in options_of(product))


def _first_available(product: catalog.Product, info: Settled) -> catalog.Variant | None:
    return next(filter(info.context.for_sale, product.variants), next(iter(product.variants), None))


def _wanted(
    product: catalog.Product, selected: Sequence[SelectedOptionInput], ignore_unknown: bool, case_insensitive: bool
) -> dict[str, str] | None:
    """The selection in the product's own spelling; None when it names an option the product lacks and that matters."""
    if len(selected) > PAGE_SIZE:
        raise LimitExceeded("selectedOptions", PAGE_SIZE, "options")
    axes = {_folded(axis.name, case_insensitive): axis for axis in options_of(product)}
    wanted: dict[str, str] = {}
    for one in selected:
        axis = axes.get(_folded(one.name, case_insensitive))
        if axis is not None:
            wanted[axis.name] = _spelled(one.value, axis.values, case_insensitive)
        elif not ignore_unknown:
            return None
    return wanted


def _folded(text: str, case_insensitive: bool) -> str:
    return text.casefold() if case_insensitive else text


def _spelled(value: str, known: Iterable[str], case_insensitive: bool) -> str:
    return next((each for each in known if _folded(each, case_insensitive) == _folded(value, case_insensitive)), value)


def _complete(product: catalog.Product, wanted: dict[str, str]) -> catalog.Variant | None:
    if any(axis.name not in wanted or wanted[axis.name] not in axis.values for axis in options_of(product)):
        return None
    return next((variant for variant in product.variants if _agrees(variant, product, wanted)), None)


def _agrees(variant: catalog.Variant, product: catalog.Product, wanted: dict[str, str]) -> bool:
    return all(wanted.get(option.name, option.value) == option.value for option in selected_of(variant, product))


def _distance(variant: catalog.Variant, product: catalog.Product, wanted: dict[str, str]) -> int:
    return sum(wanted.get(option.name, option.value) != option.value for option in selected_of(variant, product))

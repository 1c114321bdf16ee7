"""Lines: added, set and removed.

Adding is commutative: whichever of two devices comes first, the line has both quantities, and answers to both names. Setting names a line
by any of its names. Removing is for good: a removed name never comes to life again; the merchandise may, under a new name.
"""

from collections.abc import Iterable, Sequence
from hashlib import blake2b
from uuid import UUID

from msgspec.structs import replace

from spoina.cart.limits import MOST_LINES, MOST_PIECES, MOST_REMEMBERED_REMOVALS
from spoina.cart.operations import AddLines, LineChange, NewLine, Refusal, RefusalCode, RemoveLines, SetLines
from spoina.cart.refusals import NotPossible, check_attributes
from spoina.cart.types import Attribute, CartLine, CartState, Seen
from spoina.cart.views import Merchandise
from spoina.cart.world import World, supply_of, wanted_of
from spoina.catalog.types import Kind
from spoina.ids import CartId, CartLineId, OperationId, VariantId

Touched = tuple[CartState, tuple[CartLineId, ...]]
"""The state after an operation, and the lines it is about."""


def add_lines(cart: CartId, state: CartState, operation: AddLines, world: World) -> Touched:
    """Raises NotPossible with what is wrong with every line."""
    _check_number(operation.lines)
    touched: list[CartLineId] = []
    refusals: list[Refusal] = []
    for place, new in enumerate(operation.lines):
        try:
            state, line = _add(state, new, named(cart, operation.id, place), f"lines[{place}]", world)
            touched.append(line)
        except NotPossible as no:
            refusals.extend(no.refusals)
    if refusals:
        raise NotPossible(*refusals)
    return state, tuple(touched)


def set_lines(state: CartState, operation: SetLines, world: World) -> Touched:
    _check_number(operation.lines)
    touched: list[CartLineId] = []
    refusals: list[Refusal] = []
    for place, change in enumerate(operation.lines):
        try:
            state, line = _set(state, change, f"lines[{place}]", world)
            touched.append(line)
        except NotPossible as no:
            refusals.extend(no.refusals)
    if refusals:
        raise NotPossible(*refusals)
    return state, tuple(touched)


def remove_lines(state: CartState, operation: RemoveLines) -> Touched:
    """Those that were removed before are removed already."""
    _check_number(operation.lines)
    gone = [find(state, name, f"lines[{place}]") for place, name in enumerate(operation.lines) if name not in state.removed]
    return without(state, gone), operation.lines


def named(cart: CartId, operation: OperationId, place: int) -> CartLineId:
    """The name of a line that its device did not name: the same whenever the operation is worked out."""
    return CartLineId(UUID(bytes=blake2b(f"{cart} {operation} {place}".encode(), digest_size=16).digest(), version=5))


def find(state: CartState, name: CartLineId, field: str) -> CartLine:
    """By any of its names."""
    for line in state.lines:
        if line.id == name or name in line.aliases:
            return line
    if name not in state.removed:
        raise NotPossible(Refusal(code=RefusalCode.UNKNOWN_LINE, field=field, message=f"{field}: the cart never had this line", line=name))
    raise NotPossible(Refusal(code=RefusalCode.LINE_REMOVED, field=field, message=f"{field}: this line was removed", line=name))


def without(state: CartState, lines: Sequence[CartLine]) -> CartState:
    names = {line.id for line in lines}
    removed = (*state.removed, *(name for line in lines for name in (line.id, *line.aliases)))
    kept = tuple(line for line in state.lines if line.id not in names)
    return replace(state, lines=kept, removed=removed[-MOST_REMEMBERED_REMOVALS:])


def seen_now(merchandise: Merchandise, world: World) -> Seen:
    """What the answer to an operation shows of a line that it is about."""
    return Seen(price=world.line_of(merchandise.product, merchandise.variant, 1, 0, world.now).price)


def _add(state: CartState, new: NewLine, name: CartLineId, field: str, world: World) -> tuple[CartState, CartLineId]:
    merchandise = _sold(new.variant, field, world)
    single = merchandise.product.sold_individually
    if not single:  # of single pieces one is added, as in WooCommerce, whatever is asked for
        _check_quantity(new.quantity, field, new.variant)
    choices = _checked_choices(new.choices, merchandise, field)
    attributes = check_attributes(f"{field}.attributes", new.attributes)
    wanted = CartLine(id=new.id or name, variant=new.variant, quantity=new.quantity, choices=choices, attributes=attributes)
    present = next((line for line in state.lines if line.variant == wanted.variant and line.merchandise == wanted.merchandise), None)
    if single and present is not None:
        raise _single(field, present)
    quantity = 1 if single else new.quantity
    if new.id is not None:
        _check_names(state, wanted, present, field)
    if present is None and len(state.lines) >= MOST_LINES:
        message = f"{field}: a cart has at most {MOST_LINES} lines"
        raise NotPossible(Refusal(code=RefusalCode.TOO_MANY_LINES, field=field, message=message, limit=MOST_LINES, variant=new.variant))
    _check_total(quantity + (present.quantity if present else 0), f"{field}.quantity", new.variant)
    _check_stock(state, merchandise, quantity, f"{field}.quantity", world)
    seen = seen_now(merchandise, world)
    if present is None:
        line = replace(wanted, id=name if wanted.id in state.removed else wanted.id, quantity=quantity, seen=seen)
        return replace(state, lines=(*state.lines, line)), line.id
    return replaced(state, replace(_joined(present, new.id, state), quantity=present.quantity + quantity, seen=seen)), present.id


def _joined(present: CartLine, name: CartLineId | None, state: CartState) -> CartLine:
    """The line with one more name, unless that is known already."""
    if name is None or name == present.id or name in present.aliases or name in state.removed:
        return present
    return replace(present, aliases=(*present.aliases, name))


def replaced(state: CartState, line: CartLine) -> CartState:
    return replace(state, lines=tuple(line if each.id == line.id else each for each in state.lines))


def _set(state: CartState, change: LineChange, field: str, world: World) -> tuple[CartState, CartLineId]:
    line = find(state, change.id, field)
    if change.quantity == 0:
        return without(state, [line]), line.id
    wanted = _changed(line, change, field, world)
    merchandise = _sold(wanted.variant, field, world)
    _check_quantity(wanted.quantity, field, wanted.variant)
    if merchandise.product.sold_individually and wanted.quantity > 1:
        raise _single(field, line)
    rest = replace(state, lines=tuple(each for each in state.lines if each.id != line.id))
    same = next((each for each in rest.lines if each.merchandise == wanted.merchandise), None)
    if same is not None:
        wanted = _united(wanted, same, merchandise, field)
        rest = replace(rest, lines=tuple(each for each in rest.lines if each.id != same.id))
        state = replace(state, lines=tuple(each for each in state.lines if each.id != same.id))
    if change.quantity is not None or change.variant is not None:
        _check_stock(rest, merchandise, wanted.quantity, f"{field}.quantity", world, own=state)
    return replaced(state, replace(wanted, seen=seen_now(merchandise, world))), wanted.id


def _changed(line: CartLine, change: LineChange, field: str, world: World) -> CartLine:
    variant = line.variant if change.variant is None else change.variant
    choices = line.choices if change.choices is None else change.choices
    if change.variant is not None or change.choices is not None:
        choices = _checked_choices(choices, _sold(variant, field, world), field)
    attributes = line.attributes if change.attributes is None else check_attributes(f"{field}.attributes", change.attributes)
    quantity = line.quantity if change.quantity is None else change.quantity
    return replace(line, variant=variant, quantity=quantity, choices=choices, attributes=attributes)


def _united(wanted: CartLine, same: CartLine, merchandise: Merchandise, field: str) -> CartLine:
    """A line that was changed into what another one is already."""
    if merchandise.product.sold_individually:
        raise _single(field, same)
    quantity = wanted.quantity + same.quantity
    _check_total(quantity, f"{field}.quantity", wanted.variant)
    return replace(wanted, quantity=quantity, aliases=(*wanted.aliases, same.id, *same.aliases))


def _sold(variant: VariantId, field: str, world: World) -> Merchandise:
    found = world.merchandise.get(variant)
    if found is None:
        message = f"{field}.variant: there is no {f'variant {variant}' if variant else 'such variant'} for sale"
        raise NotPossible(Refusal(code=RefusalCode.UNKNOWN_VARIANT, field=f"{field}.variant", message=message, variant=variant))
    if not world.is_sold(found):
        message = f"{field}.variant: {found.product.title!r} cannot be bought"
        raise NotPossible(Refusal(code=RefusalCode.NOT_PURCHASABLE, field=f"{field}.variant", message=message, variant=variant))
    return found


def _check_quantity(quantity: int, field: str, variant: VariantId) -> None:
    field = f"{field}.quantity"
    if quantity < 1:
        message = f"{field}: must be at least 1"
        raise NotPossible(Refusal(code=RefusalCode.INVALID_QUANTITY, field=field, message=message, limit=1, variant=variant))
    _check_total(quantity, field, variant)


def _check_total(quantity: int, field: str, variant: VariantId) -> None:
    if quantity > MOST_PIECES:
        message = f"{field}: at most {MOST_PIECES} pieces in a line"
        raise NotPossible(Refusal(code=RefusalCode.QUANTITY_TOO_LARGE, field=field, message=message, limit=MOST_PIECES, variant=variant))


def _check_number(lines: Sequence[object]) -> None:
    if len(lines) > MOST_LINES:
        message = f"lines: a cart has at most {MOST_LINES} lines"
        raise NotPossible(Refusal(code=RefusalCode.TOO_MANY_LINES, field="lines", message=message, limit=MOST_LINES))


def _check_names(state: CartState, wanted: CartLine, present: CartLine | None, field: str) -> None:
    for line in state.lines:
        if line is not present and (line.id == wanted.id or wanted.id in line.aliases):
            message = f"{field}.id: another line has this name"
            raise NotPossible(Refusal(code=RefusalCode.LINE_ID_TAKEN, field=f"{field}.id", message=message, line=wanted.id))


def _check_stock(state: CartState, merchandise: Merchandise, more: int, field: str, world: World, *, own: CartState | None = None) -> None:
    """As WooCommerce's Store API: what exceeds the stock is refused whole. `own`: the cart as it holds, where `state` lacks a line."""
    supply = supply_of(merchandise.variant, world, own or state)
    if supply.left is None:
        return
    variant, title = merchandise.variant.id, merchandise.product.title
    if supply.left == 0:
        message = f"{field}: {title!r} is sold out"
        raise NotPossible(Refusal(code=RefusalCode.SOLD_OUT, field=field, message=message, left=0, variant=variant))
    left = supply.left - (0 if supply.item is None else wanted_of(supply.item, world, state))
    if more > left:
        message = f"{field}: of {title!r}, {max(left, 0)} more can be had"
        raise NotPossible(
            Refusal(code=RefusalCode.NOT_ENOUGH_STOCK, field=field, message=message, limit=supply.left, left=max(left, 0), variant=variant)
        )


def _single(field: str, present: CartLine) -> NotPossible:
    field = f"{field}.quantity"
    message = f"{field}: only one piece of this is sold at a time"
    refusal = Refusal(code=RefusalCode.SOLD_INDIVIDUALLY, field=field, message=message, limit=1, line=present.id, variant=present.variant)
    return NotPossible(refusal)


def _checked_choices(choices: Iterable[Attribute], merchandise: Merchandise, field: str) -> tuple[Attribute, ...]:
    """A value for each option that the variant leaves open, in the product's order; fixed ones may be repeated."""
    product, variant = merchandise.product, merchandise.variant
    if not product.options and not choices:
        return ()
    fixed = {option.name.casefold(): option.value for option in variant.options}
    given = {choice.key.casefold(): choice.value for choice in choices}
    known = {option.name.casefold(): option for option in product.options}
    for key, value in given.items():
        allowed = known[key].values if key in known and key not in fixed else (fixed.get(key, ""),)
        if value not in allowed:
            message = f"{field}.choices: {key!r} cannot be {value!r}"
            raise NotPossible(Refusal(code=RefusalCode.INVALID_CHOICE, field=f"{field}.choices", message=message, variant=variant.id))
    open_options = [option.name for key, option in known.items() if key not in fixed] if product.kind is Kind.VARIABLE else []
    missing = [name for name in open_options if name.casefold() not in given]
    if missing:
        message = f"{field}.choices: choose {', '.join(missing)}"
        raise NotPossible(Refusal(code=RefusalCode.MISSING_CHOICE, field=f"{field}.choices", message=message, variant=variant.id))
    return tuple(Attribute(name, given[name.casefold()]) for name in open_options)

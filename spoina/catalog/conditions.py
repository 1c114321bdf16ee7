"""Conditions as SQL over `product p`. Every value is a bind parameter; every condition is true or false, never null, so Not means not."""

from datetime import UTC, datetime
from typing import assert_never

from spoina.catalog.labels import fold
from spoina.catalog.listing import All, AnyOf, Compares, Condition, HasId, HasLabel, HasText, IsAvailable, Not
from spoina.errors import InvalidInput, LimitExceeded
from spoina.ids import ProductId

MOST_CONDITIONS = 200

Argument = int | str | datetime | list[str] | list[ProductId]

_OPERATORS = frozenset({"=", "<", "<=", ">", ">="})
_NUMBERS = {
    "id": "p.id",
    "total_sales": "p.total_sales",
    "inventory": """(
        select coalesce(sum(s.left_over), 0) from online_stock s
        where s.item_id in (select v.stock_item from variant v where v.product_id = p.id)
    )""",
}
_MOMENTS = {"created_at": "p.created_at", "updated_at": "p.updated_at"}
_CODES = {"sku": "v.sku", "barcode": "v.barcode"}


class Parameters:
    """Collects what is bound; `add` returns the placeholder."""

    def __init__(self) -> None:
        self.arguments: list[Argument] = []
        self.conditions = 0

    def add(self, value: Argument, sql_type: str) -> str:
        self.arguments.append(value)
        return f"${len(self.arguments)}::{sql_type}"

    def text(self, value: str) -> str:
        return self.add(storable(value), "text")


def is_storable(text: str) -> bool:
    """PostgreSQL keeps every text but one with the character NUL or with half a surrogate pair."""
    return "\x00" not in text and not any("\ud800" <= letter <= "\udfff" for letter in text)


def storable(text: str) -> str:
    if not is_storable(text):
        raise InvalidInput("query", "contains a character that no text of a shop contains")
    return text


def visible(condition: Condition) -> str:
    """A search finds what is searchable, any other listing shows what is listed (WooCommerce's catalogue visibility)."""
    shown = "p.searchable" if has_text(condition) else "p.listed"
    return f"p.deleted_at is null and p.published and {shown}"


def has_text(condition: Condition) -> bool:
    return any(isinstance(part, HasText) or (isinstance(part, HasId) and part.searched) for part in parts(condition))


def names_products(condition: Condition) -> bool:
    return any(isinstance(part, HasId) for part in parts(condition))


def reads_stock(condition: Condition) -> bool:
    return any(isinstance(part, Compares) and part.field == "inventory" for part in parts(condition))


def parts(condition: Condition) -> list[Condition]:
    """The condition and all that it is made of."""
    match condition:
        case Not(inner):
            return [condition, *parts(inner)]
        case All(inner) | AnyOf(inner):
            return [condition, *(part for one in inner for part in parts(one))]
        case _:
            return [condition]


def predicate(condition: Condition, parameters: Parameters) -> str:
    """Raises InvalidInput('query') for a field, an operator or a value that cannot be, LimitExceeded for a tree beyond MOST_CONDITIONS."""
    parameters.conditions += 1
    if parameters.conditions > MOST_CONDITIONS:
        raise LimitExceeded("query", MOST_CONDITIONS, "conditions")
    match condition:
        case HasLabel(any_of):
            return f"p.labels && {parameters.add([storable(label) for label in any_of], 'text[]')}"
        case Compares():
            return _comparison(condition, parameters)
        case IsAvailable(available):
            return "p.available" if available else "not p.available"
        case HasText():
            return _text(condition, parameters)
        case HasId(any_of):
            return f"p.id = any({parameters.add(list(any_of), 'bigint[]')})"
        case Not(inner):
            return f"not ({predicate(inner, parameters)})"
        case All(inner):
            return _joined(" and ", "true", inner, parameters)
        case AnyOf(inner):
            return _joined(" or ", "false", inner, parameters)
        case _:
            assert_never(condition)


def _joined(word: str, empty: str, conditions: tuple[Condition, ...], parameters: Parameters) -> str:
    return word.join(f"({predicate(condition, parameters)})" for condition in conditions) or empty


def _comparison(condition: Compares, parameters: Parameters) -> str:
    if condition.operator not in _OPERATORS:
        raise InvalidInput("query", f"{condition.operator!r} compares nothing")
    if condition.field in _MOMENTS:
        return f"{_MOMENTS[condition.field]} {condition.operator} {parameters.add(_moment(condition), 'timestamptz')}"
    if condition.field == "price":
        return _price(condition.operator, parameters.add(_number(condition), "bigint"))
    if condition.field in _NUMBERS:
        return f"{_NUMBERS[condition.field]} {condition.operator} {parameters.add(_number(condition), 'bigint')}"
    raise InvalidInput("query", f"there is no field {condition.field!r}")


def _price(operator: str, bound: str) -> str:
    """Some variant costs so, told from the lowest and the highest price: exact for < <= > >=; = holds for the whole range in between."""
    if operator == "=":
        return f"coalesce(p.price_min <= {bound} and {bound} <= p.price_max, false)"
    return f"coalesce({'p.price_min' if operator in {'<', '<='} else 'p.price_max'} {operator} {bound}, false)"


def _number(condition: Compares) -> int:
    if isinstance(condition.value, datetime):
        raise InvalidInput("query", f"{condition.field} is compared with a number")
    if not -(2**63) <= condition.value < 2**63:
        raise InvalidInput("query", f"{condition.field} is compared with a number of more than 64 bits")
    return condition.value


def _moment(condition: Compares) -> datetime:
    if not isinstance(condition.value, datetime) or condition.value.tzinfo is None:
        raise InvalidInput("query", f"{condition.field} is compared with a moment in a time zone")
    try:
        return condition.value.astimezone(UTC)
    except OverflowError:
        raise InvalidInput("query", f"{condition.field} is compared with a moment outside the years 1 to 9999") from None


def _text(condition: HasText, parameters: Parameters) -> str:
    match condition.field:
        case None:
            return f"to_tsvector('simple', p.search_text) @@ {words_query(condition, parameters)}"
        case "title":
            # search_text begins with the title, so its index finds the candidates.
            words = words_query(condition, parameters)
            return f"to_tsvector('simple', p.search_text) @@ {words} and to_tsvector('simple', p.sort_title) @@ {words}"
        case "handle":
            return _matches("p.handle", condition, parameters)
        case "sku" | "barcode":
            found = _matches(_CODES[condition.field], condition, parameters)
            return f"p.id in (select v.product_id from variant v where {found})"  # noqa: S608 - made of constants and placeholders
        case unknown:
            raise InvalidInput("query", f"there is no field {unknown!r}")


def _matches(column: str, condition: HasText, parameters: Parameters) -> str:
    bound = parameters.text(condition.text)
    return f"starts_with({column}, {bound})" if condition.prefix else f"{column} = {bound}"


def words_query(condition: HasText, parameters: Parameters) -> str:
    """The words in their order, the last one open-ended for a prefix.

    A quoted word goes through the parser that made the index: "MUG-1" is taken apart alike on both sides.
    Text without words finds nothing.
    """
    words = [f"'{_quoted(word)}'" for word in fold(condition.text).split()]
    if condition.prefix and words:
        words[-1] += ":*"
    return f"to_tsquery('simple', {parameters.text(' <-> '.join(words))})"


def _quoted(word: str) -> str:
    return word.replace("\\", "\\\\").replace("'", "''")

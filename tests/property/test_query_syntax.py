"""What is written in the search syntax is read back as it was meant, and nothing that can be typed breaks the reader."""

from contextlib import suppress

from hypothesis import given
from hypothesis import strategies as st

from spoina.errors import InvalidInput
from storefront.query_syntax import Either, Every, Expression, Negated, Term, parse_query
from storefront.search_fields import search_condition

words = st.text(st.characters(codec="utf-8", exclude_categories=("Cs",)), min_size=1, max_size=8)
plain = st.from_regex(r"[a-z0-9]{1,6}", fullmatch=True)
fields = st.none() | st.sampled_from(["tag", "title", "price", "variants.price", "unknown"])


@st.composite
def terms(draw: st.DrawFn) -> Term:
    field = draw(fields)
    operator = draw(st.sampled_from(["=", "<", "<=", ">", ">="])) if field else "="
    if draw(st.booleans()):
        return Term(value=draw(plain), field=field, operator=operator, prefix=True)
    return Term(value=draw(words), field=field, operator=operator)


def groups(inner: st.SearchStrategy[Expression]) -> st.SearchStrategy[Expression]:
    parts = st.lists(inner, min_size=2, max_size=3).map(tuple)
    return inner.map(Negated) | parts.map(Every) | parts.map(Either)


expressions = st.recursive(terms(), groups, max_leaves=8)


def written(expression: Expression) -> str:
    match expression:
        case Term(value=value, field=field, operator=operator, prefix=prefix):
            named = f"{field}:{'' if operator == '=' else operator}" if field else ""
            quoted = "".join("\\" + letter if letter in '"\\' else letter for letter in value)
            return named + (f"{value}*" if prefix else f'"{quoted}"')
        case Negated(inner):
            return f"-({written(inner)})"
        case Every(parts):
            return "(" + " ".join(map(written, parts)) + ")"
        case Either(parts):
            return "(" + " OR ".join(map(written, parts)) + ")"


@given(expressions)
def test_what_is_written_is_read_back(expression: Expression) -> None:
    assert parse_query(written(expression)) == expression


@given(st.text(max_size=80) | st.text("\"'():*-\\ ANDORT<>=ab", max_size=40))
def test_whatever_is_typed_is_read(text: str) -> None:
    parse_query(text)


@given(st.text("\"'():*-\\ ANDORtagprice:<>=1", max_size=40))
def test_whatever_is_typed_is_a_condition_or_a_clear_error(text: str) -> None:
    with suppress(InvalidInput):
        search_condition(text, "PLN")

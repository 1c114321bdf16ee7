"""The template language: names, filters, braces, and nothing that could do harm."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from feeds.names import reader
from feeds.nodes import Values
from feeds.sources import decode_source
from feeds.templates import compile_template, cut
from feeds.types import FeedItem
from spoina.catalog.assembly import encode
from spoina.errors import InvalidInput
from tests.feeds.shop import good


def rendered(text: str, **facts) -> str:
    source = decode_source(encode(good(1)))
    defaults = {"product_id": 1, "variant_id": 1, "id": "KUB-1", "title": "Kubek", "link": "https://x/", "currency": "PLN", "price": 1999}
    item = FeedItem(**{**defaults, **facts})
    values = Values(item, product=source, variant=source.variants[0])
    return compile_template(text, "field", reader("https://sklep.example/")).formula.of(values)


@pytest.mark.parametrize(
    ("text", "facts", "expected"),
    [
        ("{brand} {title} {size}", {"brand": "Olkusz"}, "Olkusz Kubek"),
        ("{title|upper} – {price} {currency}", {}, "KUBEK – 19.99 PLN"),
        ("{title|truncate:12}", {"title": "Kubek emaliowany"}, "Kubek"),
        ("{brand|default:bez marki}", {}, "bez marki"),
        ("{size|prefix:rozmiar }{color|suffix:!}", {"size": "M"}, "rozmiar M"),
        ("{option.kolor|lower}", {"options": (("Kolor", "CZERWONY"),)}, "czerwony"),
        ("{attribute.material} {extra.energy}", {"attributes": {"material": "Stal"}, "extra": {"energy": "A"}}, "Stal A"),
        ("{title|replace:Kubek:Garnek}", {}, "Garnek"),
        ("100 % {{{title}}}", {}, "100 % {Kubek}"),
        ("{base_url}/{handle}", {}, "https://sklep.example/product-1"),
        ("{sale_price}|{availability}", {}, "|in_stock"),
        ("", {}, ""),
    ],
)
def test_what_templates_make(text, facts, expected):
    assert rendered(text, **facts) == expected


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("{title", "a single '{'"),
        ("title}", "a single '}'"),
        ("{nothing}", "{nothing} is not known"),
        ("{title.__class__}", "{title.__class__} is not known"),
        ("{title|shout}", "there is no filter 'shout'; use capitalize, default"),
        ("{title|truncate}", "truncate:N"),
        ("{title|truncate:x}", "truncate:N"),
        ("{title|upper:1}", "has 1 arguments: upper"),
        ("{custom_labels}", "is not known"),
    ],
)
def test_what_templates_refuse(text, reason):
    with pytest.raises(InvalidInput, match="field: ") as refused:
        rendered(text)
    assert reason in refused.value.reason


@given(st.text(max_size=60), st.integers(1, 40))
def test_cutting_never_exceeds_the_limit(text, limit):
    kept = cut(text, limit)
    assert len(kept) <= limit
    assert text.startswith(kept)

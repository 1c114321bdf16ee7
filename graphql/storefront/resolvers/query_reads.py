"""Queries that are suggested while a shopper types: first what others searched for, then what titles begin with."""

import html
from collections.abc import Sequence

import msgspec

from spoina.catalog.labels import fold
from spoina.errors import IndexNotBuilt
from storefront.context import Context
from storefront.limits import MOST_POPULAR


class SuggestedQuery(msgspec.Struct, frozen=True):
    text: str
    styled_text: str
    tracking_parameters: str | None = None


async def suggested_queries(context: Context, typed: str, size: int) -> Sequence[SuggestedQuery]:
    """Raises SearchUnavailable."""
    popular = list(context.search.popular(typed, min(size, MOST_POPULAR)))
    try:
        known = [each.text for each in await context.search.suggest(typed, size)]
    except IndexNotBuilt:
        known = []
    texts = {fold(text): text for text in reversed((*popular, *known))}
    return [SuggestedQuery(text, styled(text, typed)) for text in list(reversed(texts.values()))[:size]]


def styled(text: str, typed: str) -> str:
    """HTML. Letter for letter, since folding may change how many there are."""
    end = _typed_part(text, " ".join(fold(typed).split()))
    parts = ((text[:end], "mark"), (text[end:], "span"))
    return "".join(f"<{tag}>{html.escape(part)}</{tag}>" for part, tag in parts if part)


def _typed_part(text: str, begun: str) -> int:
    return next((end for end in range(len(text) + 1) if fold(text[:end]) == begun), 0)

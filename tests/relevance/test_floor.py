"""The promise: the embedded engine finds what a person would call right."""

from search.polish.lexicon import PolishLexicon
from tests.relevance.engines import embedded, judged
from tests.relevance.measures import by_class

FLOOR = 0.85
INFLECTED_FLOOR = 0.9
"""Without the lexicon this class stands at 0.74."""


async def test_the_embedded_engine_keeps_above_the_floor(tmp_path):
    async with embedded(tmp_path, PolishLexicon()) as engine:
        table = by_class(await judged(engine))
    assert table["all"].ndcg >= FLOOR
    assert table["inflection"].ndcg >= INFLECTED_FLOOR
    assert table["codes"].ndcg == 1.0

"""`make relevance`: nDCG@10 and recall@24 by class of query, for each engine with the Polish layer and without it."""

import asyncio
import tempfile
from collections.abc import Mapping
from pathlib import Path

from tests.relevance.engines import LEXICONS, embedded, judged, meilisearch
from tests.relevance.judging import Judgement, judgements
from tests.relevance.measures import NOTHING, Score, by_class
from tests.search.meilisearch_server import is_real

Judged = Mapping[Judgement, Score]


async def _every_engine() -> dict[str, Judged]:
    found: dict[str, Judged] = {}
    server = "Meilisearch" if is_real() else "Meilisearch (simulated)"
    for name, lexicon in LEXICONS.items():
        with tempfile.TemporaryDirectory() as folder:
            async with embedded(Path(folder), lexicon()) as engine:
                found[f"embedded, {name}"] = await judged(engine)
        async with meilisearch(lexicon()) as engine:
            found[f"{server}, {name}"] = await judged(engine)
    return dict(sorted(found.items()))


def _print(columns: Mapping[str, Judged]) -> None:
    tables = {name: by_class(scores) for name, scores in columns.items()}
    print(" " * 22 + "".join(f"{name:>34}" for name in tables))
    print(f"{'class':<14}{'queries':>8}" + f"{'nDCG@10':>23}{'recall@24':>11}" * len(tables))
    for kind in next(iter(tables.values())):
        size = sum(1 for judgement in judgements() if judgement.kind == kind or (kind == "all" and judgement.kind != NOTHING))
        figures = "".join(f"{table[kind].ndcg:>23.3f}{table[kind].recall:>11.3f}" for table in tables.values())
        print(f"{kind:<14}{size:>8}{figures}")


if __name__ == "__main__":
    _print(asyncio.run(_every_engine()))

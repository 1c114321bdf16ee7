"""Writes batch after batch into the index of a folder until somebody kills it, and says which one it has begun and which it has ended."""

import asyncio
import sys
from pathlib import Path

from search.documents import document_of
from search.embedded.index import EmbeddedIndex
from search.embedded.store import Store
from search.polish.analysis import Analysis
from search.polish.lexicon import NoLexicon
from spoina.catalog.categories import CategoryTree
from tests.spoina.catalog.builders import NOON, product

SIZE = 50


async def main(folder: Path) -> None:
    index, analysis = EmbeddedIndex(Store(folder), lambda: NOON), Analysis(NoLexicon())
    for batch in range(10_000):
        products = [product(batch * SIZE + number + 1, title=f"Kubek batch{batch}") for number in range(SIZE)]
        print(f"begun {batch}", flush=True)
        await index.upsert([document_of(each, CategoryTree(), analysis, left={}, at=NOON) for each in products])
        print(f"ended {batch}", flush=True)


if __name__ == "__main__":
    asyncio.run(main(Path(sys.argv[1])))

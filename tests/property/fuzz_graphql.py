"""`make fuzz-graphql`: random documents, compiled and not, until one is answered differently.

`python -m tests.property.fuzz_graphql [CASES [FIRST_SEED]]`; a case is its seed, so that one that differs can be asked again alone.
"""

import asyncio
import sys
import warnings
from random import Random
from typing import Any

from graphql import DocumentNode, GraphQLSchema, parse, validate

from storefront.context import Context
from storefront.place import NOWHERE
from tests.property.changing_shop import ChangingShop
from tests.property.compiled_graphql import FAVOURED, Different, Tally, compare, compare_plan, compiled
from tests.property.graphql_documents import DocumentWriter
from tests.property.nasty_schema import Context as NastyContext
from tests.property.nasty_schema import nasty_schema, random_rows
from tests.storefront.catalogue import NOW, SCHEMA, garncarnia, ports_of

NASTY = nasty_schema()
PORTS = ports_of(garncarnia(), lambda: NOW)
CASES = 10_000
SHARE_OF_SHOP = 5
"""Every fifth seed is asked of the shop too, and of the shop while it changes."""
CHANGES = 6

KNOWN: dict[str, tuple[str, ...]] = {
    "handle": ('"kubek-ceramiczny"', '"talerz"', '"kuchnia"', '"footer"', '"main-menu"', '"o-nas"', '"none"'),
    "id": ('"gid://spoina/Product/101"', '"gid://spoina/Collection/10"', '"gid://spoina/ProductVariant/1011"', '"gid://spoina/Page/31"'),
    "ids": ('["gid://spoina/Product/101", "gid://spoina/Collection/10", "gid://spoina/Product/9"]',),
    "productHandle": ('"kubek-ceramiczny"',),
    "query": ('"kubek"', '"ku*"', '"tag:ceramika"', '""'),
    "identifiers": ('[{key: "material", namespace: "attributes"}, {key: "none"}]',),
    "key": ('"material"',),
}
ONE_OF = ("handle", "id")


class ShopDocumentWriter(DocumentWriter):
    """Asks for what the shop has: random arguments are mostly refused."""

    def _arguments(self, field: Any) -> str:
        given = []
        if "first" in field.args:
            given.append(f"first: {self._random.choice([1, 2, 5])}")
        if "reverse" in field.args and self._chance(0.4):
            given.append(f"reverse: {self._value(field.args['reverse'].type, 1)}")
        if "sortKey" in field.args and self._chance(0.4):
            given.append(f"sortKey: {self._value(field.args['sortKey'].type, 1)}")
        named = [name for name in field.args if name in KNOWN]
        if {*ONE_OF} <= {*named}:
            named.remove(self._random.choice(ONE_OF))
        given += [f"{name}: {self._random.choice(KNOWN[name])}" for name in named]
        rest = [name for name in field.args if name in {"selectedOptions", "truncateAt", "transform", "maxWidth", "ignoreUnknownOptions"}]
        given += [f"{name}: {self._value(field.args[name].type, 2)}" for name in rest]
        return f"({', '.join(given)})" if given else ""


async def compare_nasty(seed: int, tally: Tally) -> None:
    random = Random(seed)
    writer = DocumentWriter(random, NASTY, favoured=FAVOURED)
    text, rows = writer.text(), random_rows(random)
    await compare(NASTY, text, writer.variables, lambda: NastyContext(rows), tally)


async def compare_shop(seed: int, tally: Tally) -> None:
    writer = ShopDocumentWriter(Random(seed), SCHEMA, wrong=0.01)
    await compare(SCHEMA, writer.text(), writer.variables, lambda: Context(PORTS, NOWHERE), tally)


async def compare_changing_shop(seed: int, tally: Tally) -> None:
    random = Random(seed)
    writer = ShopDocumentWriter(random, SCHEMA, wrong=0.0)
    document = parse(writer.text())
    if validate(SCHEMA, document):
        tally.invalid += 1
    else:
        await compare_while_changing(SCHEMA, document, writer.variables, random, tally)


async def compare_while_changing(
    schema: GraphQLSchema, document: DocumentNode, variables: dict[str, object], random: Random, tally: Tally
) -> None:
    """One plan, asked again and again, each time after something has changed that answers depend on."""
    plan, changing = compiled(schema, document), ChangingShop(random)
    for _ in range(CHANGES):
        await compare_plan(plan, schema, document, variables, changing.context, tally)
        changing.change()


async def fuzz(cases: int, first: int) -> int:
    nasty, shop, changing, seed = Tally(), Tally(), Tally(), first
    while nasty.cases + shop.cases + changing.cases < cases:
        try:
            await compare_nasty(seed, nasty)
            if seed % SHARE_OF_SHOP == 0:
                await compare_shop(seed, shop)
                await compare_changing_shop(seed, changing)
        except Different as difference:
            print(f"seed {seed}\n{difference}")
            return 1
        seed += 1
        if seed % 1000 == 0:
            print(f"{nasty.cases + shop.cases + changing.cases} cases, no difference", flush=True)
    print(f"no difference in {nasty.cases + shop.cases + changing.cases} cases")
    print(f"nasty schema: {nasty}\nshop: {shop}\nshop that changes: {changing}")
    return 0


def main(arguments: list[str]) -> int:
    warnings.filterwarnings("ignore", message="coroutine .* was never awaited")  # graphql-core's, where a sibling fails
    cases, first = (*map(int, arguments), *(CASES, 0)[len(arguments) :])
    return asyncio.run(fuzz(cases, first))


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))

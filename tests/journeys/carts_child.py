"""Devices in a process of their own, which add to carts until it is killed. Arguments: the database's address; ids and secrets of carts.
Says "ready", then prints the id of each operation that was answered as applied."""

import asyncio
import sys
from itertools import count
from uuid import UUID, uuid4

from spoina.cart.operations import Applied
from spoina.cart.policies import CartPolicy
from spoina.cart.types import CartAccess
from spoina.cart.writing import CartWriter
from spoina.db import connect
from spoina.ids import CartId, HoldId
from tests.spoina.cart.shopping import MUG, PHONE, Shelf, add


async def shop(writer: CartWriter, access: CartAccess, name: str) -> None:
    for number in count():
        operation = add(MUG, name=f"{name}-{number}")
        answered = await writer.submit(access, [operation], PHONE)
        if isinstance(answered.outcomes[0], Applied):
            print(operation.id, flush=True)


async def main(database: str, carts: list[str]) -> None:
    writer = CartWriter(lambda: connect(database), Shelf().worlds(), CartPolicy(), lambda: HoldId(uuid4()))
    print("ready", flush=True)
    pairs = [CartAccess(id=CartId(UUID(cart)), secret=secret) for cart, secret in zip(carts[::2], carts[1::2], strict=True)]
    await asyncio.gather(*(shop(writer, access, f"{uuid4().hex[:8]}") for access in pairs for _ in range(5)))


if __name__ == "__main__":
    asyncio.run(main(sys.argv[1], sys.argv[2:]))

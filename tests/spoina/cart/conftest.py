import secrets
from collections.abc import AsyncIterator
from uuid import uuid4

import pytest

from spoina.cart.policies import CartPolicy
from spoina.cart.service import Carts
from spoina.cart.writing import CartWriter
from spoina.db import Pool, connect
from spoina.ids import CartId, HoldId
from spoina.inventory.batching import HoldBatcher
from spoina.inventory.holds import Holds
from tests.spoina.cart.shopping import Shelf


@pytest.fixture
def shelf() -> Shelf:
    return Shelf()


@pytest.fixture
def policy() -> CartPolicy:
    return CartPolicy()


@pytest.fixture
async def carts(pool: Pool, database: str, shelf: Shelf, policy: CartPolicy) -> AsyncIterator[Carts]:
    worlds = shelf.worlds()
    batcher = HoldBatcher(lambda: connect(database), shelf.clock)
    writer = CartWriter(lambda: connect(database), worlds, policy, lambda: HoldId(uuid4()))
    yield Carts(
        pool=pool,
        writer=writer,
        worlds=worlds,
        holds=Holds(pool, batcher, shelf.clock),
        policy=policy,
        new_id=lambda: CartId(uuid4()),
        randomness=secrets.token_bytes,
    )
    await writer.stop()
    await batcher.stop()

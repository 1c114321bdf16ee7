"""kill -9 in the midst of batches: what was answered is in the carts, once, and nothing is there by halves."""

import asyncio
import os
import sys
from asyncio.subprocess import PIPE
from pathlib import Path

from spoina.cart import sql
from spoina.db import Pool
from tests.journeys import carts_child
from tests.spoina.cart.shopping import LAPTOP, Shelf, opened_carts

ROOT = Path(__file__).parents[2]
KILLS, CARTS, ANSWERS = 3, 4, 40


async def killed(database: str, carts: list[str]) -> list[str]:
    """The ids that a process said were applied, before it was killed in its work."""
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        carts_child.__file__,
        database,
        *carts,
        cwd=ROOT,
        env={**os.environ, "PYTHONPATH": os.pathsep.join([str(ROOT), str(ROOT / "graphql"), str(ROOT / "deploy")])},
        stdout=PIPE,
    )
    try:
        assert await process.stdout.readline() == b"ready\n"
        said = [await asyncio.wait_for(process.stdout.readline(), 90) for _ in range(ANSWERS)]
    finally:
        process.kill()
    rest = await process.stdout.read()
    await process.wait()
    lines = b"".join(said) + rest
    return lines[: lines.rindex(b"\n")].decode().split()


async def test_an_answered_operation_is_never_lost(pool: Pool, database: str):
    async with opened_carts(Shelf(), pool, database) as carts:
        made = [(await carts.create(LAPTOP)).cart for _ in range(CARTS)]
    words = [word for new in made for word in (str(new.id), new.secret)]
    answered = [operation for _ in range(KILLS) for operation in await killed(database, words)]
    assert len(answered) >= KILLS * ANSWERS
    stored = {row[0] for row in await pool.fetch("select operation_id from cart_op")}
    assert set(answered) <= stored
    for new in made:
        found = await sql.find(pool, new.id)
        entries = await sql.history(pool, new.id, 0)
        assert [entry.entry.version for entry in entries] == list(range(1, found.cart.version + 1))
        assert found.cart.quantity == found.cart.version

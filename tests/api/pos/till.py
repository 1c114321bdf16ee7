"""A till as a device would be: it numbers its documents, makes their ids, and sends them."""

from collections.abc import Mapping
from datetime import UTC, datetime
from uuid import uuid4

import httpx

from spoina.db import Pool
from spoina.pos.rules import vat_within

TABLES = (
    *("pos_request", "pos_sale", "pos_sale_line", "pos_return_line", "pos_sale_vat", "pos_payment", "pos_shift", "pos_cash_move"),
    *("pos_cash_count", "pickup", "pgqueuer", "api_key", "stock", "stock_move", "stock_command", "stock_exception", "hold"),
    *("stock_change", "stock_change_due", "availability_due"),
)
WRITTEN = ("pos_request", "pos_sale", "pos_sale_line", "pos_return_line", "pos_sale_vat", "pos_payment", "pos_shift")
WRITTEN_TOO = ("pos_cash_move", "pos_cash_count", "pgqueuer", "stock_move", "stock_command", "stock_exception")


async def stock_up(pool: Pool, on_hand: Mapping[int, int], location: int) -> None:
    await pool.executemany(
        "insert into stock (item_id, location_id, on_hand, as_of) values ($1, $2, $3, now())",
        [(item, location, count) for item, count in on_hand.items()],
    )


def line(number: int, quantity: int = 1, **more) -> dict:
    """A line as the catalogue would have it: product n costs n × 10 zł."""
    gross = 1000 * number * quantity - more.get("discount", 0)
    facts = {
        "variantId": number,
        "title": f"Product {number}",
        "quantity": quantity,
        "unitPrice": 1000 * number,
        "letter": "A",
        "rate": 2300,
        "net": gross - vat_within(gross, 2300),
        "vat": vat_within(gross, 2300),
        "gross": gross,
    }
    return facts | more


def sale(*lines: dict, sequence: int = 1, **more) -> dict:
    """Paid in cash, printed."""
    total = sum(each["gross"] for each in lines)
    now = datetime.now(UTC).isoformat()
    facts = {
        "id": str(uuid4()),
        "sequence": sequence,
        "occurredAt": now,
        "cashier": "Ola",
        "lines": list(lines),
        "total": total,
        "vatLines": [{"letter": "A", "rate": 2300, "net": total - vat_within(total, 2300), "vat": vat_within(total, 2300), "gross": total}],
        "payments": [{"method": "cash", "amount": total, "tendered": total + 500, "change": 500}],
        "fiscal": {"required": True, "status": "printed", "deviceNo": "EAZ2001234567", "receiptNo": "17/2026", "printedAt": now},
    }
    return facts | more


def give_back(of: dict, *lines: tuple[int, int, int], sequence: int = 2, restock: bool = True, **more) -> dict:
    """Lines of (line, quantity, gross)."""
    total = sum(each[2] for each in lines)
    facts = {
        "id": str(uuid4()),
        "sequence": sequence,
        "occurredAt": datetime.now(UTC).isoformat(),
        "cashier": "Ola",
        "saleId": of["id"],
        "lines": [{"line": each[0], "quantity": each[1], "gross": each[2], "restock": restock} for each in lines],
        "total": total,
        "payments": [{"method": "cash", "amount": total}],
        "reason": "did not fit",
    }
    return facts | more


class Counter:
    """One till and the database behind it."""

    def __init__(self, client: httpx.AsyncClient, pool: Pool, staff: dict[str, str], terminal: dict, key: str) -> None:
        self.client, self.pool, self.staff, self.terminal = client, pool, staff, terminal
        self.headers = {"authorization": f"Bearer {key}"}

    @classmethod
    async def registered(cls, client: httpx.AsyncClient, pool: Pool, staff: dict[str, str], register: str, location: int) -> "Counter":
        asked = {"name": f"Till at {register}", "location": location, "register": register}
        answer = await client.post("/v1/pos/terminals", headers=staff, json=asked)
        assert answer.status_code == 201, answer.text
        return cls(client, pool, staff, answer.json()["terminal"], answer.json()["key"])

    async def get(self, path: str, **more) -> httpx.Response:
        return await self.client.get(f"/v1/pos/{path}", headers=self.headers | more.pop("headers", {}), **more)

    async def post(self, path: str, document: dict, **more) -> httpx.Response:
        headers = {"idempotency-key": str(document.get("id", ""))} | self.headers | more.pop("headers", {})
        return await self.client.post(f"/v1/pos/{path}", headers=headers, json=document, **more)

    async def rows(self) -> dict[str, int]:
        """How many rows there are of everything that a till can write."""
        return {table: await self.pool.fetchval(f"select count(*) from {table}") for table in WRITTEN + WRITTEN_TOO}

    async def on_hand(self, location: int = 10) -> dict[int, int]:
        return dict(await self.pool.fetch("select item_id, on_hand from stock where location_id = $1 order by item_id", location))

"""`spoina orders list | show | dead | retry | statuses | alerts`."""

from contextlib import suppress
from typing import TYPE_CHECKING
from uuid import UUID, uuid4

import rich_click as click

from api.cli.environment import on_database, takes_settings
from spoina.money import decimal_text
from spoina.settings import Settings

if TYPE_CHECKING:
    from spoina.db import Pool
    from spoina.orders.service import Orders
    from spoina.orders.types import Order


@click.group()
def orders() -> None:
    """Orders of every channel: look at them, and mend what could not be delivered."""


@orders.command("list")
@click.option("--state", help="Only those in this state.")
@click.option("--origin", help="Only those from there: web, app, pos, marketplace, woocommerce.")
@click.option("--limit", type=click.IntRange(1, 100), default=20, show_default=True)
@takes_settings
def list_(settings: Settings, state: str | None, origin: str | None, limit: int) -> None:
    """List orders, the newest first."""
    from rich.console import Console
    from rich.table import Column, Table

    from spoina.errors import InvalidInput
    from spoina.orders.sql import Filter
    from spoina.orders.types import OrderState

    if state is not None and state not in set(OrderState):
        raise InvalidInput("--state", f"one of {', '.join(OrderState)}")
    wanted = Filter(state=None if state is None else OrderState(state), origin=origin)
    found = on_database(settings, lambda pool: _orders(pool).orders(wanted, limit=limit))
    table = Table(Column("id", no_wrap=True, min_width=36), "shop's number", "placed", "origin", "state", "total", "e-mail", box=None)
    for order in found:
        placed, total = f"{order.placed_at:%Y-%m-%d %H:%M}", _money(order)
        number = order.external_number or "-"
        table.add_row(str(order.id), number, placed, order.content.origin, order.state, total, order.content.billing.email)
    Console().print(table)


@orders.command()
@click.argument("order")
@takes_settings
def show(settings: Settings, order: str) -> None:
    """Show ORDER, its id or the shop's number, with its lines, its history and what is still to be done."""
    from spoina.orders.alerts import alerts_of

    async def read(pool: "Pool") -> list[str]:
        commands, found = _orders(pool), await _found(pool, order)
        number = found.id
        lines = [f"{found.state} ({found.shop_status or 'not in the shop yet'}), {_money(found)}, number {found.external_number or '-'}"]
        lines += [f"  {line.quantity} x {line.title} {decimal_text(line.gross, found.content.currency)}" for line in found.content.lines]
        for entry in await commands.history(number):
            lines.append(f"{entry.at:%Y-%m-%d %H:%M:%S} {entry.actor} {entry.event} {entry.to_state or ''} {entry.note}".rstrip())
        lines += [f"to do: {task.kind} {task.reason}" for task in await commands.waiting_tasks(number)]
        return lines + [f"look at: {alert.kind}: {alert.note}" for alert in await alerts_of(pool, number) if alert.resolved_at is None]

    for line in on_database(settings, read):
        click.echo(line)


@orders.command()
@takes_settings
def dead(settings: Settings) -> None:
    """List what could not be delivered and waits for a person, with the reason."""
    from spoina.orders import outbox

    found = on_database(settings, outbox.dead)
    for task in found:
        click.echo(f"{task.order_id or task.external_id} {task.kind}: {task.reason}")
    click.echo(f"{len(found)} undeliverable" if found else "nothing is undeliverable")


@orders.command()
@click.argument("order")
@click.option("--actor", default="command line", show_default=True, help="Who mended it, for the history.")
@takes_settings
def retry(settings: Settings, order: str, actor: str) -> None:
    """Try again to deliver ORDER (its id or the shop's number) that could not be delivered."""

    async def again(pool: "Pool") -> None:
        await _orders(pool).retry((await _found(pool, order)).id, actor=actor)

    on_database(settings, again)
    click.echo("the worker tries it again")


@orders.command()
@click.argument("status", required=False)
@click.argument("state", required=False)
@takes_settings
def statuses(settings: Settings, status: str | None, state: str | None) -> None:
    """Show the shop's status dictionary, or say that STATUS (as WooCommerce calls it, without "wc-") means STATE."""
    from spoina.errors import InvalidInput
    from spoina.orders import sql
    from spoina.orders.types import OrderState

    if status is not None and state not in set(OrderState) - {OrderState.DELETED}:
        raise InvalidInput("STATE", f"one of {', '.join(each for each in OrderState if each is not OrderState.DELETED)}")

    async def use(pool: "Pool") -> dict[str, "OrderState"]:
        if status is not None and state is not None:
            await sql.translate(pool, status, OrderState(state))
        return await sql.dictionary(pool)

    for name, meaning in on_database(settings, use).items():
        click.echo(f"{name:<20} {meaning}")


@orders.command()
@takes_settings
def alerts(settings: Settings) -> None:
    """List what a person has to look at."""
    from spoina.orders.alerts import open_alerts

    found = on_database(settings, open_alerts)
    for alert in found:
        click.echo(f"{alert.raised_at:%Y-%m-%d %H:%M} {alert.order_id} {alert.kind}: {alert.note}")
    if not found:
        click.echo("nothing to look at")


async def _found(pool: "Pool", order: str) -> "Order":
    """By its id or the shop's number. Raises NotFound."""
    from spoina.errors import NotFound
    from spoina.ids import OrderId
    from spoina.orders import sql

    with suppress(ValueError):
        return await _orders(pool).find(OrderId(UUID(order)))
    found = await sql.by_number(pool, order.removeprefix("#"))
    if found is None:
        raise NotFound("order", order)
    return found


def _orders(pool: "Pool") -> "Orders":
    from spoina.clock import utc_now
    from spoina.orders.service import Orders

    return Orders(pool, utc_now, uuid4)


def _money(order: "Order") -> str:
    return f"{decimal_text(order.content.total, order.content.currency)} {order.content.currency}"

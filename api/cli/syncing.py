"""`spoina sync woocommerce | status | drift`."""

from collections.abc import Awaitable, Callable
from typing import TYPE_CHECKING, TypeVar

import rich_click as click

from api.cli.environment import on_database, takes_settings
from spoina.db import Pool
from spoina.errors import MissingSettings
from spoina.settings import Settings, WooCommerceSettings

if TYPE_CHECKING:
    from channels.woocommerce.comparing import Difference
    from channels.woocommerce.coupon_drift import CouponDifference
    from channels.woocommerce.orders.drift import OrderDifference
    from channels.woocommerce.sync import WooCommerceSync
    from spoina.sync.runs import Counts
    from spoina.sync.status import SyncStatus
    from spoina.sync.types import Run

T = TypeVar("T")


@click.group()
def sync() -> None:
    """Bring the catalogue in step with the shop, and see how it stands."""


@sync.command()
@click.option("--full", is_flag=True, help="Read the whole shop, not only what changed since the last time.")
@click.option("--dry-run", is_flag=True, help="Say what would change, and change nothing.")
@takes_settings
def woocommerce(settings: Settings, full: bool, dry_run: bool) -> None:
    """Read the WooCommerce shop: all of it the first time or with --full, later what changed."""
    if dry_run:
        _print_differences(_with_shop(settings, _differences))
        return
    from rich.console import Console

    from api.cli.progress import shown_progress

    with shown_progress(Console(stderr=True)) as report:

        async def read(shop: "WooCommerceSync") -> "Counts":
            whole = full or not await shop.has_all()
            return await shop.full_pass(report) if whole else await shop.poll()

        counts = _with_shop(settings, read)
    click.echo(_figures(counts))


@sync.command()
@takes_settings
def status(settings: Settings) -> None:
    """Show the newest run of each kind, and what is waiting."""
    from spoina.clock import utc_now
    from spoina.sync.status import sync_status

    async def read(pool: Pool) -> "SyncStatus":
        async with pool.acquire() as connection:
            return await sync_status(connection, utc_now())

    _print_status(on_database(settings, read))


@sync.command()
@click.option("--repair", is_flag=True, help="Read again what differs.")
@takes_settings
@click.pass_context
def drift(context: click.Context, settings: Settings, repair: bool) -> None:
    """Compare the shop with the catalogue, its orders, refunds and coupons with ours, and print what differs. The exit code is 1 where
    something does and was not repaired."""

    async def compare(shop: "WooCommerceSync") -> "tuple[list[Difference], list[OrderDifference], list[CouponDifference]]":
        found, orders = await _differences(shop), [each async for each in shop.order_drift()]
        coupons = [each async for each in shop.coupon_drift()]
        if repair and found:
            await shop.repair(found)
        if repair and orders:
            await shop.repair_orders(orders)
        if repair and coupons:
            await shop.repair_coupons(coupons)
        return found, orders, coupons

    found, orders, coupons = _with_shop(settings, compare)
    for one in orders:
        click.echo(f"{one.kind:<14} {one.number or one.order_id}: shop {one.shop!r}, here {one.here!r}")
    if orders:
        click.echo(f"{len(orders)} differences of orders")
    for each in coupons:
        click.echo(f"coupon {each.number} {each.code!r} {each.field}: shop {each.shop}, here {each.here}")
    _print_differences(found)
    if (found or orders or coupons) and repair:
        click.echo("repaired")
    elif found or orders or coupons:
        context.exit(1)


async def _differences(shop: "WooCommerceSync") -> "list[Difference]":
    return [difference async for difference in shop.drift()]


def _with_shop(settings: Settings, use: "Callable[[WooCommerceSync], Awaitable[T]]") -> T:
    return with_shop(settings, lambda sync, _: use(sync))


def with_shop(settings: Settings, use: "Callable[[WooCommerceSync, Pool], Awaitable[T]]") -> T:
    """`use` on the shop and on the database."""
    from channels.woocommerce.sync import open_sync
    from spoina.clock import utc_now

    shop = _shop_of(settings)

    async def on_pool(pool: Pool) -> T:
        async with open_sync(shop, pool, utc_now) as opened:
            return await use(opened, pool)

    return on_database(settings, on_pool)


def _shop_of(settings: Settings) -> WooCommerceSettings:
    if settings.woocommerce is None:
        raise MissingSettings([f"SPOINA_WOOCOMMERCE_{part}" for part in ("URL", "KEY", "SECRET")])
    return settings.woocommerce


def _print_differences(found: "list[Difference]") -> None:
    for one in found:
        variant = f" variant {one.variant_id}" if one.variant_id else ""
        values = f" {one.field}: shop {one.shop!r}, here {one.mirror!r}" if one.field else ""
        click.echo(f"{one.kind:<10} product {one.product_id}{variant}{values}")
    click.echo(f"{len(found)} differences" if found else "no differences")


def _print_status(status: "SyncStatus") -> None:
    for run in status.runs:
        ended = f"ended {run.finished_at:%H:%M:%S}" if run.finished_at else "is running"
        click.echo(f"{run.kind}: began {run.started_at:%Y-%m-%d %H:%M:%S} UTC, {ended}; {_figures(run)}")
        if run.error:
            click.echo(f"  failed: {run.error}")
    click.echo(f"waiting: {status.hints_waiting} hints; in quarantine: {status.quarantined}")


def _figures(counted: "Counts | Run") -> str:
    return (
        f"read {counted.read}, created {counted.created}, changed {counted.changed}, "
        f"removed {counted.removed}, quarantined {counted.quarantined}"
    )

"""`spoina stock show | count | move | change | audit`."""

from typing import TYPE_CHECKING
from uuid import uuid4

import rich_click as click

from api.cli.environment import on_database, takes_settings
from spoina.settings import Settings

if TYPE_CHECKING:
    from channels.woocommerce.sync import WooCommerceSync
    from spoina.db import Pool
    from spoina.inventory.types import Location, Posted, Transfer


COLUMNS = ("code", "location", "on hand", "held", "buffers", "shares", "not here", "left", "in transit", "because of")
ALWAYS = {"code", "location", "on hand", "held", "left", "because of"}
"""The others are shown where they are not zero, so that a terminal of eighty columns has room for whole names."""


@click.group()
def stock() -> None:
    """Stock: look at it, count it, move it, check it."""


@stock.command()
@click.argument("codes", nargs=-1, required=True)
@click.option("--channel", type=click.Choice(["web", "app", "pos"]), default="web", show_default=True, help="Through whose eyes.")
@takes_settings
def show(settings: Settings, codes: tuple[str, ...], channel: str) -> None:
    """Show what can be sold of CODES (SKU, GTIN or barcode) at each location, and why."""
    from rich.console import Console
    from rich.table import Table

    rows, unknown = on_database(settings, lambda pool: _explained(pool, codes, channel))
    shown = [place for place, name in enumerate(COLUMNS) if name in ALWAYS or any(row[place] not in {"", "0"} for row in rows)]
    table = Table(*(COLUMNS[place] for place in shown), box=None)
    for row in rows:
        table.add_row(*(row[place] for place in shown))
    if rows:
        Console().print(table)
    for code in unknown:
        click.echo(f"nothing has the code {code}", err=True)
    if unknown:
        raise SystemExit(1)


@stock.command()
@click.argument("location")
@click.argument("code")
@click.argument("units", type=click.IntRange(0))
@click.option("--key", help="The command's own name: run again with it, nothing is done twice. [a new one]")
@click.option("--note", default="", help="For the ledger.")
@takes_settings
def count(settings: Settings, location: str, code: str, units: int, key: str | None, note: str) -> None:
    """Write down that somebody counted UNITS of CODE at LOCATION (its code)."""
    posted = on_database(settings, lambda pool: _count(pool, location, code, units, key or uuid4().hex, note))
    changed = sum(move.delta for move in posted.moves)
    click.echo("done before" if posted.repeated else f"counted {units} ({changed:+d})")
    for exception in posted.exceptions:
        click.echo(f"exception {exception.id}: {exception.units} units are promised that are not there", err=True)


@stock.command()
@click.argument("source")
@click.argument("target")
@click.argument("code")
@click.argument("units", type=click.IntRange(1))
@click.option("--key", help="The command's own name: run again with it, nothing is done twice. [a new one]")
@takes_settings
def move(settings: Settings, source: str, target: str, code: str, units: int, key: str | None) -> None:
    """Send UNITS of CODE from SOURCE to TARGET (codes of locations of ours) and receive them there."""
    on_database(settings, lambda pool: _move(pool, source, target, code, units, key or uuid4().hex))
    click.echo(f"moved {units} from {source} to {target}")


@stock.command(context_settings={"ignore_unknown_options": True})
@click.argument("code")
@click.argument("units", type=int)
@click.option("--key", help="The command's own name: run again with it, nothing is done twice. [a new one]")
@takes_settings
def change(settings: Settings, code: str, units: int, key: str | None) -> None:
    """Change WooCommerce's own stock of CODE by UNITS (-2: two fewer), there and here."""
    from api.cli.syncing import with_shop

    name = key or f"spoina stock {uuid4().hex}"
    left = with_shop(settings, lambda sync, pool: _change(sync, pool, code, units, name))
    click.echo(f"{units:+d}: WooCommerce has {left} now")


@stock.command()
@takes_settings
def audit(settings: Settings) -> None:
    """Check that everything that must hold of stock holds; ends with 1 where it does not."""
    from spoina.clock import utc_now
    from spoina.inventory.invariants import check_invariants

    findings = on_database(settings, lambda pool: check_invariants(pool, utc_now()))
    for finding in findings:
        click.echo(f"{finding.invariant}: {f'{finding.violations} violations' if finding.violations else 'holds'}")
        for each in finding.examples:
            click.echo(f"  item {each.item} at location {each.location}: expected {each.expected}, found {each.found}")
    if any(finding.violations for finding in findings):
        raise SystemExit(1)


async def _explained(pool: "Pool", codes: tuple[str, ...], channel: str) -> tuple[list[tuple[str, ...]], list[str]]:
    from spoina.clock import utc_now
    from spoina.ids import Channel
    from spoina.inventory.known_codes import Code
    from spoina.inventory.locations import list_locations
    from spoina.inventory.offers import Asked, read_offers

    names = {each.id: each.code for each in await list_locations(pool)}
    found = await read_offers(pool, [Code(code) for code in codes], Asked(Channel(channel), unpublished=True), utc_now())
    rows: list[tuple[str, ...]] = []
    for code, offers in zip(codes, found, strict=True):
        for offer in offers:
            shelves = offer.stock.shelves if offer.stock else ()
            rows += [
                (
                    *(code, names[part.location], str(part.on_hand), str(part.held), str(part.buffer + part.channel_buffer)),
                    *(str(part.share_withheld), str(part.not_offered), str(part.available), str(part.incoming), str(part.capped_by)),
                )
                for part in shelves
            ]
            if offer.stock is None:
                rows.append((code, "not counted", *[""] * 5, "for sale" if offer.for_sale else "not for sale", "", ""))
    return rows, [code for code, offers in zip(codes, found, strict=True) if not offers]


async def _location(pool: "Pool", code: str) -> "Location":
    from spoina.errors import NotFound
    from spoina.inventory.locations import list_locations

    found = next((each for each in await list_locations(pool) if each.code == code), None)
    if found is None:
        raise NotFound("location", repr(code))
    return found


async def _change(sync: "WooCommerceSync", pool: "Pool", code: str, units: int, key: str) -> int:
    from spoina.inventory.naming import stock_item

    return await sync.change_stock(await stock_item(pool, code), units, key)


async def _count(pool: "Pool", location: str, code: str, units: int, key: str, note: str) -> "Posted":
    from spoina.clock import utc_now
    from spoina.inventory.naming import NamedLine, move_lines
    from spoina.inventory.stockroom import Stockroom
    from spoina.inventory.types import Command

    at = await _location(pool, location)
    lines = await move_lines(pool, [NamedLine(code, units)])
    return await Stockroom(pool, utc_now).count(at.id, lines, Command(source="cli", reference=key, note=note))


async def _move(pool: "Pool", source: str, target: str, code: str, units: int, key: str) -> "Transfer":
    from spoina.clock import utc_now
    from spoina.inventory.naming import NamedLine, move_lines
    from spoina.inventory.transfers import Transfers
    from spoina.inventory.types import Command

    here, there = await _location(pool, source), await _location(pool, target)
    lines = await move_lines(pool, [NamedLine(code, units)])
    transfers = Transfers(pool, utc_now)
    sent = await transfers.send(here.id, there.id, lines, Command(source="cli", reference=key))
    await transfers.receive(sent.id, lines, Command(source="cli", reference=f"{key} received"), last=True)
    return sent

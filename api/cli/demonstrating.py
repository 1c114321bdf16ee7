"""`spoina demo`."""

from pathlib import Path

import rich_click as click


@click.command()
@click.option(
    "--port",
    type=click.IntRange(1, 65535),
    default=8000,
    show_default=True,
    help="Where the API listens; the shop takes the next free port.",
)
@click.option(
    "--data-dir",
    type=click.Path(path_type=Path, file_okay=False),
    default=Path(".spoina"),
    show_default=True,
    help="Everything the demo keeps; several can run side by side in folders and on ports of their own.",
)
@click.option(
    "--products",
    type=click.IntRange(1, 1_000_000),
    help="Invent this many products instead of the recorded Polish shop; later starts keep it.",
)
@click.option(
    "--shop-config",
    type=click.Choice(list("abcdefghijklmnopqr")),
    help="Give the recorded shop the taxes, coupons and shipping of one of its recorded configurations; later starts keep it.",
)
def demo(port: int, data_dir: Path, products: int | None, shop_config: str | None) -> None:
    """Start everything on this machine, beside a simulated WooCommerce shop. Ctrl-C ends it all."""
    from api.demo.run import run_demo

    if products and shop_config:
        raise click.UsageError("--products invents a shop, --shop-config takes the recorded one: give one of them.")
    run_demo(data_dir, port, products, shop_config)

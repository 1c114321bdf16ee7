"""`python -m simulators.woocommerce`: a WooCommerce shop to try Spoina on."""

import argparse
from datetime import timedelta
from pathlib import Path

import msgspec
import uvicorn

from simulators.woocommerce.app import create_app
from simulators.woocommerce.auth import ApiKey
from simulators.woocommerce.catalogue import Catalogue, recorded_catalogue
from simulators.woocommerce.configurations import LETTERS, configured_catalogue, configured_conditions
from simulators.woocommerce.faults import Faults
from simulators.woocommerce.generator import Scale, generated_catalogue
from simulators.woocommerce.shop import DEMO_KEY, ShopSettings, create_shop


def _range(text: str) -> tuple[int, int]:
    low, _, high = text.partition("-")
    return int(low), int(high or low)


def _faults(text: str) -> Faults:
    try:
        return msgspec.json.decode(text, type=Faults)
    except msgspec.DecodeError as error:
        raise argparse.ArgumentTypeError(str(error)) from error


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m simulators.woocommerce", description=__doc__)
    parser.add_argument("--host", default="127.0.0.1")
    parser.add_argument("--port", type=int, default=8081)
    parser.add_argument("--products", type=int, help="generate this many instead of the recorded Polish catalogue")
    parser.add_argument("--shop-config", choices=tuple(LETTERS), help="the recorded catalogue under one of the recorded configurations")
    parser.add_argument("--variations-per-product", type=_range, default=(2, 6), metavar="LOW-HIGH")
    parser.add_argument("--images", type=int, help="pictures per product")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--key", default=DEMO_KEY.key)
    parser.add_argument("--secret", default=DEMO_KEY.secret)
    parser.add_argument("--timezone", default="Europe/Warsaw")
    parser.add_argument("--no-global-variations", action="store_true", help="as before WooCommerce 10.3")
    parser.add_argument("--companion", action="store_true", help="with the plugin Spoina Companion")
    parser.add_argument("--webhook-delay", type=float, default=1.0, metavar="SECONDS")
    parser.add_argument("--state-file", type=Path, help="keep changes and webhooks here across restarts")
    parser.add_argument("--faults", type=_faults, default=Faults(), metavar="JSON", help='such as {"share_429": 0.1}')
    return parser.parse_args()


def _catalogue(arguments: argparse.Namespace) -> Catalogue:
    if arguments.shop_config:
        return configured_catalogue()
    if arguments.products is None:
        return recorded_catalogue(arguments.images)
    images = 1 if arguments.images is None else arguments.images
    scale = Scale(arguments.products, arguments.variations_per_product, images, arguments.seed)
    return generated_catalogue(scale)


def main() -> None:
    arguments = _arguments()
    settings = ShopSettings(
        home=f"http://{arguments.host}:{arguments.port}",
        timezone=arguments.timezone,
        keys=(ApiKey(arguments.key, arguments.secret),),
        seed=arguments.seed,
        webhook_delay=timedelta(seconds=arguments.webhook_delay),
        global_variations=not arguments.no_global_variations,
        companion=arguments.companion,
    )
    conditions = configured_conditions(arguments.shop_config) if arguments.shop_config else None
    shop = create_shop(_catalogue(arguments), settings, faults=arguments.faults, conditions=conditions)
    app = create_app(shop, state_file=arguments.state_file)
    uvicorn.run(app, host=arguments.host, port=arguments.port, log_level="warning", access_log=False, server_header=False)


if __name__ == "__main__":
    main()

"""`make bench`: every benchmark, or those named (`python -m tests.benchmarks imports`). Exits with 1 when a limit is missed."""

import sys
from importlib import import_module

from tests.benchmarks.figures import show

BENCHMARKS = (
    "compiled",
    "compiled_http",
    "catalogue",
    "imports",
    "totals",
    "availability",
    "basket",
    "holds",
    "cart",
    "carts_http",
    "feeds",
    "feed_freshness",
    "feed_formats",
    "orders",
    "checkout",
    "chaos",
    "search",
    "search_http",
)


def main(names: list[str]) -> int:
    held = True
    for name in names or BENCHMARKS:
        print(f"\n{name}")
        held = show(import_module(f"tests.benchmarks.{name}").figures()) and held
    return 0 if held else 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))

"""What the demo says in the terminal."""

from rich.console import Console

from api.demo.folder import Demo

QUERY = '{"query":"{ products(first: 3) { nodes { title handle priceRange { minVariantPrice { amount currencyCode } } } } }"}'


def welcome(console: Console, demo: Demo, seconds: float) -> None:
    """Addresses as plain text, so that they can be clicked, copied and read by scripts."""
    console.print(f"\n[bold green]Spoina is ready[/] after {seconds:.1f} s. Ctrl-C ends everything.\n")
    for name, address in (
        ("One cart, three devices", f"{demo.api}/demo"),
        ("GraphQL, to try out", f"{demo.graphql}#key={demo.keys.web}"),
        ("REST documentation", f"{demo.api}/docs"),
        ("Health", f"{demo.api}/health/ready"),
        ("The simulated shop", f"{demo.shop}/wp-json/"),
    ):
        console.print(f"  {name:<25}{address}", soft_wrap=True, highlight=False, markup=False)
    for number, feed in enumerate(demo.feeds):
        console.print(f"  {'' if number else 'Feeds':<25}{feed}", soft_wrap=True, highlight=False, markup=False)
    console.print("\nA first query:\n", highlight=False)
    command = f"curl -s {demo.graphql} -H 'Authorization: Bearer {demo.keys.web}' -H 'Content-Type: application/json' -d '{QUERY}'"
    console.print(f"  {command}\n", soft_wrap=True, highlight=False, markup=False)

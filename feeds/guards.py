"""What keeps a build from being published."""

from feeds.index import Totals
from feeds.types import Guards


def held_back(totals: Totals, published_items: int, guards: Guards) -> str | None:
    """Why, in words for the shop's owner; None: it may be published. `published_items`: of what is published now."""
    if totals.items == 0:
        return f"no item is left ({_why(totals)})"
    if totals.items * 100 < published_items * (100 - guards.largest_shrink):
        lost = 100 - totals.items * 100 // published_items
        return (
            f"{totals.items} items instead of {published_items} is {lost} % fewer; the limit is {guards.largest_shrink} % ({_why(totals)})"
        )
    judged = totals.items + totals.failing
    if totals.failing * 100 > judged * guards.most_failing:
        return f"{totals.failing} of {judged} items fail; the limit is {guards.most_failing} % ({_why(totals)})"
    return None


def _why(totals: Totals) -> str:
    most = sorted(totals.rules.items(), key=lambda each: (-each[1], each[0]))[:3]
    return ", ".join(f"{rule}: {count}" for rule, count in most) or f"{totals.products} products"

"""What is read of a merge."""

from strawberry import Parent

from spoina.cart.merging import Added, Dropped, MergeReport, Raised
from storefront.carts.naming import line_gid
from storefront.ids import gid


def guest(report: Parent[MergeReport]) -> str:
    return gid("Cart", str(report.guest))


def line(entry: Parent[Added | Raised]) -> str:
    return line_gid(entry.line)


def merchandise(entry: Parent[Added | Raised]) -> str:
    return gid("ProductVariant", entry.variant)


def dropped_merchandise(entry: Parent[Dropped]) -> str | None:
    return None if entry.variant is None else gid("ProductVariant", entry.variant)

"""Products as plain Structs, a schema over them, and the documents of the in-process figures: nothing but GraphQL itself costs anything."""

from collections.abc import Sequence
from typing import Any

import msgspec
from graphql import GraphQLSchema, build_schema

from projection import Attribute, Batch, Call, keeps, read_by

SDL = """
type Money { amount: Int! currency: String! }
type Image { url: String! alt: String }
type Named { name: String! slug: String! }
type Availability { inStock: Boolean! quantity: Int! }
type Variant { id: ID! sku: String! name: String! price: Money! stock: Availability! loaded: Availability! options: [Named!]! }
type Product {
  id: ID! slug: String! name: String! description: String! rating: Float reviews: Int! tags: [String!]! brand: Named category: Named!
  price: Money! highest: Money! images: [Image!]! variants: [Variant!]!
}
type PageInfo { hasNextPage: Boolean! endCursor: String }
type Products { total: Int! pageInfo: PageInfo! nodes: [Product!]! }
type Query { product(slug: String!): Product products(first: Int = 24): Products! }
"""
DETAIL = """query Detail($slug: String!) { product(slug: $slug) {
  id slug name description rating reviews tags brand { name slug } category { name slug } price { ...M } highest { ...M }
  images { url alt } variants { id sku name price { ...M } stock { inStock quantity } options { name slug } } } }
fragment M on Money { amount currency }"""
LISTING = """query Listing($first: Int!) { products(first: $first) { total pageInfo { hasNextPage endCursor } nodes {
  id slug name rating reviews tags brand { name slug } category { name slug } price { ...M } highest { ...M } images { url alt }
  variants { sku price { ...M } stock { inStock } } } } }
fragment M on Money { amount currency }"""
NESTED = """query Nested($first: Int!) { products(first: $first) { nodes { id slug name price { amount currency }
  variants { id sku price { amount currency } loaded { inStock quantity } } } } }"""


class Money(msgspec.Struct, frozen=True):
    amount: int
    currency: str


class Image(msgspec.Struct, frozen=True):
    url: str
    alt: str | None


class Named(msgspec.Struct, frozen=True):
    name: str
    slug: str


class Availability(msgspec.Struct, frozen=True):
    inStock: bool  # noqa: N815 - the name of the field
    quantity: int


class Variant(msgspec.Struct, frozen=True):
    id: str
    sku: str
    name: str
    price: Money
    stock: Availability
    options: tuple[Named, ...]


class Product(msgspec.Struct, frozen=True):
    id: str
    slug: str
    name: str
    description: str
    rating: float | None
    reviews: int
    tags: tuple[str, ...]
    brand: Named | None
    category: Named
    price: Money
    highest: Money
    images: tuple[Image, ...]
    variants: tuple[Variant, ...]


class PageInfo(msgspec.Struct, frozen=True):
    hasNextPage: bool  # noqa: N815 - the name of the field
    endCursor: str | None  # noqa: N815 - the name of the field


class Products(msgspec.Struct, frozen=True):
    total: int
    pageInfo: PageInfo  # noqa: N815 - the name of the field
    nodes: Sequence[Product]


def product(number: int, variants: int, images: int) -> Product:
    return Product(
        id=f"p{number}",
        slug=f"buty-{number}",
        name=f"Buty trekkingowe {number}",
        description="Lekkie buty w góry. " * 12,
        rating=4.5,
        reviews=number,
        tags=("nowość", "promocja"),
        brand=Named("Górex", "gorex"),
        category=Named("Buty górskie", "buty-gorskie"),
        price=Money(19999, "PLN"),
        highest=Money(21999, "PLN"),
        images=tuple(Image(f"https://cdn.example/{number}/{each}.webp", f"zdjęcie {each}") for each in range(images)),
        variants=tuple(variant(number, each) for each in range(variants)),
    )


def variant(number: int, each: int) -> Variant:
    options = (Named("Rozmiar", str(38 + each)), Named("Kolor", "czarny"))
    price = Money(19999 + 100 * each, "PLN")
    return Variant(
        f"v{number}-{each}", f"SKU-{number:06d}-{each}", f"Rozmiar {38 + each}", price, Availability(each != 3, each * 7), options
    )


class Context:
    def __init__(self, products: Sequence[Product]) -> None:
        self.products = products
        self.loaders: dict[Any, Any] = {}


async def load_stock(_context: Context, skus: Sequence[str]) -> Sequence[Availability]:
    found = Availability(True, 5)
    return [found] * len(skus)


def schema_of_shelf(kept: Sequence[str] = ()) -> GraphQLSchema:
    """`kept` are the types whose values stay, as the catalogue's do."""
    schema = build_schema(SDL)
    for parent in ("Money", "Image", "Named", "Availability", "Variant", "Product", "PageInfo", "Products"):
        for name, field in schema.type_map[parent].fields.items():
            read_by(field, Attribute(name))
    read_by(schema.type_map["Variant"].fields["loaded"], Batch(Attribute("sku"), load_stock))
    for name in kept:
        keeps(schema.type_map[name])
    root = schema.query_type.fields
    read_by(root["product"], Call(lambda info, slug: info.context.products[0], parent=False, info=True))
    read_by(root["products"], Call(_listed, parent=False, info=True))
    return schema


def _listed(info: Any, first: int) -> Products:
    return Products(len(info.context.products), PageInfo(True, "abc"), info.context.products[:first])

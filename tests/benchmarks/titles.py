"""Made-up catalogues of any size with Polish titles: some 12,000 different words, spread as shops spread them."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from random import Random
from typing import NamedTuple

from spoina.catalog.categories import CategoryTree
from spoina.catalog.types import Category, Kind, Metafield, Option, Product, SelectedOption, Status, StockPolicy, StockStatus, Variant
from spoina.ids import CategoryId, Gtin, ProductId, Sku, VariantId
from spoina.pricing.types import PriceSchedule

NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)
THINGS = [
    "Wiertarka",
    "Wkrętarka",
    "Szlifierka",
    "Piła",
    "Młotek",
    "Siekiera",
    "Klucz",
    "Poziomica",
    "Dalmierz",
    "Kątownik",
    "Tarcza",
    "Frezarka",
    "Opalarka",
    "Hamak",
    "Namiot",
    "Kuchenka",
    "Menażka",
    "Kubek",
    "Termos",
    "Latarka",
    "Czołówka",
    "Lampa",
    "Kompas",
    "Worek",
    "Nóż",
    "Deska",
    "Koc",
    "Fartuch",
    "Słoik",
    "Talerz",
    "Kurtka",
    "Koszulka",
    "Spodnie",
    "Buty",
    "Półbuty",
    "Rękawice",
    "Czapka",
    "Skarpety",
    "Bluza",
    "Plecak",
    "Śpiwór",
    "Karimata",
    "Krzesło",
    "Stół",
    "Półka",
    "Szafa",
    "Wieszak",
    "Dywan",
    "Zasłona",
    "Poduszka",
    "Pościel",
    "Ręcznik",
    "Wanna",
    "Bateria",
    "Umywalka",
    "Zlew",
    "Zmywarka",
    "Lodówka",
    "Pralka",
    "Odkurzacz",
    "Żelazko",
    "Czajnik",
    "Toster",
    "Blender",
    "Mikser",
    "Ekspres",
    "Kawa",
    "Herbata",
    "Miód",
    "Kasza",
    "Baton",
]
KINDS = [
    "akumulatorowy",
    "udarowy",
    "kątowy",
    "stołowy",
    "ręczny",
    "stalowy",
    "drewniany",
    "ceramiczny",
    "szklany",
    "wełniany",
    "bawełniany",
    "lniany",
    "skórzany",
    "gumowy",
    "składany",
    "turystyczny",
    "zimowy",
    "letni",
    "dziecięcy",
    "męski",
    "damski",
    "czarny",
    "biały",
    "żółty",
    "zielony",
    "niebieski",
    "czerwony",
    "szary",
    "brązowy",
    "złoty",
    "srebrny",
    "mały",
    "duży",
    "średni",
    "lekki",
    "ciężki",
    "cichy",
    "mocny",
    "wodoodporny",
    "bezprzewodowy",
    "elektryczny",
    "gazowy",
    "spalinowy",
    "ogrodowy",
    "kuchenny",
    "łazienkowy",
    "biurowy",
    "domowy",
]
PURPOSES = (
    "do drewna",
    "do metalu",
    "do betonu",
    "na prezent",
    "dla dzieci",
    "do kuchni",
    "do ogrodu",
    "na wyprawę",
    "do domu",
    "z walizką",
)
MEASURES = ("18 V", "12 V", "230 V", "1,5 l", "0,5 l", "750 ml", "500 g", "1 kg", "125 mm", "40 cm", "2 m", "10 szt.", "600 W", "2 kW")
COLOURS = ("Biały", "Czarny", "Granat", "Rdza", "Zieleń", "Żółty")
_SYLLABLES = "ba be bo da de do fa fi ga go ka ke ko la le lo ma me mi mo na ne no pa po ra re ri ro sa se so ta te to wa wi zo zu".split()  # noqa: SIM905
_CATEGORIES = 60


class Made(NamedTuple):
    categories: CategoryTree
    names: tuple[str, ...]
    """Invented series and brands."""


def made(seed: int = 7) -> Made:
    random = Random(seed)
    names = tuple("".join(random.choice(_SYLLABLES) for _ in range(random.randint(2, 4))).capitalize() for _ in range(12_000))
    parents = {number: None if number <= 10 else CategoryId(random.randint(1, 10)) for number in range(1, _CATEGORIES + 1)}
    categories = [
        Category(id=CategoryId(number), handle=f"dzial-{number}", title=f"{THINGS[number]} i inne", parent_id=parent, as_of=NOON)
        for number, parent in parents.items()
    ]
    return Made(CategoryTree(categories), names)


def products(size: int, of: Made, seed: int = 11) -> Iterator[Product]:
    random = Random(seed)
    for number in range(1, size + 1):
        yield _product(number, of, random)


def _product(number: int, of: Made, random: Random) -> Product:
    series = of.names[min(int(random.expovariate(1 / 3000)), len(of.names) - 1)]
    words = [random.choice(THINGS), random.choice(KINDS), series, random.choice(MEASURES)]
    words += [random.choice(PURPOSES)] if random.random() < 0.5 else []
    variants = tuple(_variant(number, place, colour, random) for place, colour in enumerate(random.sample(COLOURS, 2)))
    return Product(
        id=ProductId(number * 10),
        handle=f"produkt-{number}",
        kind=Kind.VARIABLE,
        status=Status.PUBLISH,
        title=" ".join(words),
        currency="PLN",
        created_at=NOON - timedelta(minutes=number),
        updated_at=NOON,
        as_of=NOON,
        description=f"{random.choice(KINDS).capitalize()} i {random.choice(KINDS)}, {random.choice(PURPOSES)}. Części zamienne: 5 lat.",
        vendor=of.names[random.randint(0, 300)],
        product_type=words[0],
        tags=tuple(random.sample(KINDS, 2)),
        category_ids=(CategoryId(random.randint(1, _CATEGORIES)),),
        options=(Option("Kolor", tuple(variant.options[0].value for variant in variants)),),
        variants=variants,
        metafields=(Metafield(namespace="attributes", key="zasilanie", label="Zasilanie", value=random.choice(MEASURES)),),
        total_sales=int(random.paretovariate(1)) - 1,
    )


def _variant(number: int, place: int, colour: str, random: Random) -> Variant:
    status = StockStatus.IN_STOCK if random.random() < 0.8 else StockStatus.OUT_OF_STOCK
    return Variant(
        id=VariantId(number * 10 + 1 + place),
        product_id=ProductId(number * 10),
        title=colour,
        prices=PriceSchedule(regular=random.randint(500, 200_000)),
        as_of=NOON,
        sku=Sku(f"SP-{number:06}-{place}"),
        barcode=Gtin(f"590{number * 10 + place:010}"),
        options=(SelectedOption("Kolor", colour),),
        stock=StockPolicy(status=status),
    )

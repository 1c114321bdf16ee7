"""The terms of sale in PostgreSQL. Writes say whether anything differs, so that only news is announced."""

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Final, NamedTuple

import asyncpg
import msgspec

from spoina.catalog import frame
from spoina.catalog.types import Shop as CatalogShop
from spoina.db import Connection, Pool
from spoina.pricing.cart.types import STANDARD, Coupon, CouponCode, CouponId, Place, Shop, TaxBasis, TaxClass, TaxRate, TaxRateId, Zone
from spoina.terms.types import CouponFacts, PaymentMethod, SaleSettings, Terms

COUPONS_CHANGED: Final = "coupons_changed"

_encode_coupon: Final = msgspec.json.Encoder(order="deterministic").encode
_decode_zone: Final = msgspec.json.Decoder(Zone).decode
_decode_method: Final = msgspec.json.Decoder(PaymentMethod).decode
_decode_coupon: Final = msgspec.json.Decoder(Coupon).decode

_SAVE_SETTINGS: Final = """
insert into sale_settings (base_country, base_state, base_postcode, base_city, decimals, taxes, prices_include_tax, tax_basis,
    shipping_tax_class, round_at_subtotal, cart_shows_tax, itemized_taxes, sequential_coupons, takes_coupons, cart_url, checkout_url, as_of)
values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17)
on conflict (only_one) do update set base_country = $1, base_state = $2, base_postcode = $3, base_city = $4, decimals = $5, taxes = $6,
    prices_include_tax = $7, tax_basis = $8, shipping_tax_class = $9, round_at_subtotal = $10, cart_shows_tax = $11, itemized_taxes = $12,
    sequential_coupons = $13, takes_coupons = $14, cart_url = $15, checkout_url = $16, as_of = $17
"""

_SAVE_COUPONS: Final = """
with told as (
    select * from unnest($1::bigint[], $2::text[], $3::boolean[], $4::bytea[]) as told (id, code, published, body)
), before as (
    select id, coupon.published, coupon.body from coupon join told using (id)
), saved as (
    insert into coupon (id, code, published, body, as_of) select id, code, published, body, $5 from told order by id
    on conflict (id) do update set code = excluded.code, published = excluded.published, body = excluded.body, as_of = excluded.as_of
    where coupon.as_of <= excluded.as_of
    returning id
)
select count(*) filter (where before.published is not true), count(*) filter (where before.published)
from saved join told using (id) left join before using (id)
where (told.published or before.published) and (before.published, before.body) is distinct from (told.published, told.body)
"""

_REMOVE_COUPONS: Final = """
with gone as (
    update coupon set published = false, as_of = $2 from (select id, published from coupon where id = any($1::bigint[])) as before
    where coupon.id = before.id and coupon.as_of <= $2 returning before.published
)
select count(*) from gone where published
"""

_RATES: Final = "select * from tax_rate order by id"
_CLASSES: Final = "select slug from tax_class order by position, slug"
_ZONES: Final = "select body from shipping_zone order by position, id"
_METHODS: Final = "select body from payment_method order by position"
_METHOD: Final = "select body from payment_method where id = $1"
_BY_CODE: Final = "select distinct on (code) code, body from coupon where published and code = any($1::text[]) order by code, id desc"
_NOT_MET: Final = "select id from coupon where published and as_of < $1 order by as_of, id limit $2"


class SavedCoupons(NamedTuple):
    created: int
    changed: int


async def save_settings(db: Connection, settings: SaleSettings) -> bool:
    """Whether they differ from what was stored."""
    stored = await load_settings(db)
    base = settings.base
    await db.execute(
        _SAVE_SETTINGS,
        *(base.country, base.state, base.postcode, base.city, settings.decimals, settings.taxes, settings.prices_include_tax),
        *(settings.tax_basis, settings.shipping_tax_class, settings.round_at_subtotal, settings.cart_shows_tax, settings.itemized_taxes),
        *(settings.sequential_coupons, settings.takes_coupons, settings.cart_url, settings.checkout_url, settings.as_of),
    )
    return stored is None or msgspec.structs.replace(stored, as_of=settings.as_of) != settings


async def load_settings(db: Connection) -> SaleSettings | None:
    row = await db.fetchrow("select * from sale_settings")
    if row is None:
        return None
    base = Place(country=row["base_country"], state=row["base_state"], postcode=row["base_postcode"], city=row["base_city"])
    plain = ("decimals", "taxes", "prices_include_tax", "round_at_subtotal", "cart_shows_tax", "itemized_taxes", "sequential_coupons")
    shipping_class = row["shipping_tax_class"]
    return SaleSettings(
        base=base,
        tax_basis=TaxBasis(row["tax_basis"]),
        shipping_tax_class=None if shipping_class is None else TaxClass(shipping_class),
        takes_coupons=row["takes_coupons"],
        cart_url=row["cart_url"],
        checkout_url=row["checkout_url"],
        as_of=row["as_of"],
        **{name: row[name] for name in plain},
    )


async def save_zones(db: Connection, zones: Sequence[Zone], as_of: datetime) -> bool:
    """Replaces all zones; whether they differ from what was stored. They stay in the order in which they come."""
    if [_decode_zone(row["body"]) for row in await db.fetch(_ZONES)] == list(zones):
        return False
    await db.execute("delete from shipping_zone")
    await db.executemany(
        "insert into shipping_zone (id, position, body, as_of) values ($1, $2, $3, $4)",
        [(zone.id, place, msgspec.json.encode(zone), as_of) for place, zone in enumerate(zones)],
    )
    return True


async def save_payment_methods(db: Connection, methods: Sequence[PaymentMethod], as_of: datetime) -> bool:
    """Replaces all; whether they differ from what was stored."""
    if [_decode_method(row["body"]) for row in await db.fetch(_METHODS)] == list(methods):
        return False
    await db.execute("delete from payment_method")
    await db.executemany(
        "insert into payment_method (id, position, body, as_of) values ($1, $2, $3, $4)",
        [(method.id, place, msgspec.json.encode(method), as_of) for place, method in enumerate(methods)],
    )
    return True


async def gives_back(db: Connection, method: str) -> bool:
    """Whether the payment method is switched on and its plugin can refund what it took."""
    body = await db.fetchval(_METHOD, method)
    return body is not None and _decode_method(body).gives_back


async def load_terms(pool: Pool) -> Terms | None:
    """As of one moment. None before the first synchronisation."""
    async with pool.acquire() as db, db.transaction(isolation="repeatable_read", readonly=True):
        catalogued = await frame.load_shop(db)
        if catalogued is None:
            return None
        settings = await load_settings(db)
        rates = [_rate(row) for row in await db.fetch(_RATES)]
        classes = [TaxClass(row["slug"] or STANDARD) for row in await db.fetch(_CLASSES)]
        zones = [_decode_zone(row["body"]) for row in await db.fetch(_ZONES)]
        methods = [_decode_method(row["body"]) for row in await db.fetch(_METHODS)]
    found = _terms(settings or _defaults(catalogued), rates, classes, zones, complete=settings is not None)
    return msgspec.structs.replace(found, payment_methods=tuple(methods))


def _defaults(shop: CatalogShop) -> SaleSettings:
    return SaleSettings(
        base=Place(country=shop.country),
        decimals=shop.price_decimals,
        taxes=shop.calc_taxes,
        prices_include_tax=shop.prices_include_tax,
        as_of=shop.as_of,
    )


def _terms(
    settings: SaleSettings, rates: Iterable[TaxRate], classes: Iterable[TaxClass], zones: Iterable[Zone], *, complete: bool
) -> Terms:
    shop = Shop(
        base=settings.base,
        decimals=settings.decimals,
        taxes=settings.taxes,
        prices_include_tax=settings.prices_include_tax,
        tax_basis=settings.tax_basis,
        shipping_tax_class=settings.shipping_tax_class,
        round_at_subtotal=settings.round_at_subtotal,
        cart_shows_tax=settings.cart_shows_tax,
        itemized_taxes=settings.itemized_taxes,
        sequential_coupons=settings.sequential_coupons,
        tax_classes=tuple(classes) or (STANDARD,),
        rates=tuple(rates),
        zones=tuple(zones),
    )
    return Terms(
        shop=shop,
        takes_coupons=settings.takes_coupons,
        cart_url=settings.cart_url,
        checkout_url=settings.checkout_url,
        complete=complete,
    )


def _rate(row: asyncpg.Record) -> TaxRate:
    return TaxRate(
        id=TaxRateId(row["id"]),
        tax_class=TaxClass(row["class"] or STANDARD),
        percent=float(row["rate"]),
        name=row["name"],
        priority=row["priority"],
        country=row["country"],
        state=row["state"],
        postcodes=tuple(row["postcodes"]),
        cities=tuple(row["cities"]),
        compound=row["compound"],
        shipping=row["shipping"],
    )


async def save_coupons(db: Connection, facts: Sequence[CouponFacts], as_of: datetime) -> SavedCoupons:
    """What was read later stays. Counts what differs for carts."""
    ids, codes = [fact.coupon.id for fact in facts], [fact.coupon.code for fact in facts]
    bodies = [_encode_coupon(fact.coupon) for fact in facts]
    row = await db.fetchrow(_SAVE_COUPONS, ids, codes, [fact.published for fact in facts], bodies, as_of)
    assert row is not None  # noqa: S101 - counts have one row
    return SavedCoupons(*row)


async def remove_coupons(db: Connection, ids: Sequence[int], as_of: datetime) -> int:
    """The shop did not have them at `as_of`; returns how many carts could have used until now."""
    gone: int = await db.fetchval(_REMOVE_COUPONS, ids, as_of)
    return gone


async def forget_removed_coupons(db: Connection | Pool, before: datetime) -> None:
    await db.execute("delete from coupon where not published and as_of < $1", before)


async def coupons_not_read_since(db: Connection | Pool, moment: datetime, limit: int) -> list[CouponId]:
    """Published ones, those that were read longest ago first."""
    return [CouponId(row["id"]) for row in await db.fetch(_NOT_MET, moment, limit)]


async def coupons_by_code(pool: Pool, codes: Sequence[CouponCode]) -> dict[CouponCode, Coupon]:
    """Of several with one code the newest, as WooCommerce chooses."""
    return {CouponCode(row["code"]): _decode_coupon(row["body"]) for row in await pool.fetch(_BY_CODE, codes)}


async def coupons_by_id(db: Connection, ids: Sequence[int]) -> dict[int, Coupon]:
    """Published ones."""
    rows = await db.fetch("select id, body from coupon where published and id = any($1::bigint[])", ids)
    return {row["id"]: _decode_coupon(row["body"]) for row in rows}


async def announce_coupons(db: Connection) -> None:
    """Heard by every process once this transaction is committed."""
    await db.execute("select pg_notify('coupons_changed', '')")

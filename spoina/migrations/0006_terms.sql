-- migrate:up

-- The shop's settings that decide what a cart costs, as WooCommerce has them: one row, absent until they were read.
create table sale_settings (
    only_one boolean primary key default true check (only_one),
    base_country text not null,
    base_state text not null,
    base_postcode text not null,
    base_city text not null,
    decimals smallint not null,
    taxes boolean not null,
    prices_include_tax boolean not null,
    tax_basis text not null,
    shipping_tax_class text,
    round_at_subtotal boolean not null,
    cart_shows_tax boolean not null,
    itemized_taxes boolean not null,
    sequential_coupons boolean not null,
    takes_coupons boolean not null,
    cart_url text not null,
    checkout_url text not null,
    as_of timestamptz not null
);

-- The order of the classes decides which one shipping inherits.
alter table tax_class add column position integer not null default 0;

create table shipping_zone (
    id bigint primary key,
    position integer not null,
    body bytea not null,
    as_of timestamptz not null
);

-- published = false: a draft, or gone since as_of; the row stays for a while, so that a read that began earlier does not bring it back.
create table coupon (
    id bigint primary key,
    code text not null,
    published boolean not null,
    body bytea not null,
    as_of timestamptz not null
);
create index coupon_code on coupon (code) where published;
create index coupon_as_of on coupon (as_of) where published;

-- Coupons to be read again; as product_hint.
create table coupon_hint (
    coupon_id bigint primary key,
    reason text not null,
    times integer not null default 1,
    failures integer not null default 0,
    first_at timestamptz not null,
    last_at timestamptz not null,
    due_at timestamptz not null
);
create index coupon_hint_due on coupon_hint (due_at);

-- migrate:down

drop table coupon_hint, coupon, shipping_zone, sale_settings;
alter table tax_class drop column position;

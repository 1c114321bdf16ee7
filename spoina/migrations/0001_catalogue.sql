-- migrate:up

-- The shop whose catalogue is mirrored, as its settings describe it: one row.
create table shop (
    only_one boolean primary key default true check (only_one),
    name text not null,
    url text not null,
    description text not null,
    currency text not null,
    country text not null,
    timezone text not null,
    language text not null,
    prices_include_tax boolean not null,
    calc_taxes boolean not null,
    price_decimals smallint not null,
    weight_unit text not null,
    dimension_unit text not null,
    counts_stock boolean not null default true,
    as_of timestamptz not null
);

create table tax_class (
    slug text primary key,
    name text not null,
    as_of timestamptz not null
);

create table tax_rate (
    id bigint primary key,
    class text not null,
    country text not null,
    state text not null,
    postcodes text[] not null,
    cities text[] not null,
    rate text not null,
    name text not null,
    priority integer not null,
    compound boolean not null,
    shipping boolean not null,
    position integer not null,
    as_of timestamptz not null
);

-- Categories, tags, brands, shipping classes, attributes and their terms: small, read whole, compared by hash.
create table term (
    taxonomy text not null,
    id bigint not null,
    slug text not null,
    name text not null,
    parent_id bigint,
    body bytea not null,
    hash bytea not null,
    position integer not null,
    as_of timestamptz not null,
    primary key (taxonomy, id)
);

create table page (
    id bigint primary key,
    handle text not null,
    body bytea not null,
    hash bytea not null,
    as_of timestamptz not null
);
create unique index page_handle on page (handle);

create table menu (
    handle text primary key,
    body bytea not null,
    hash bytea not null,
    as_of timestamptz not null
);

-- Numbers the catalogue's committed states. Whoever writes the catalogue holds the lock (spoina/catalog/sql.py), so versions are
-- committed in their order and a reader that has seen n misses nothing below n.
create sequence catalog_version;

-- What listings sort and filter by. Everything that is shown stands in product_document. A product that is gone keeps its row
-- (deleted_at), because readers that follow the versions must learn of it.
create table product (
    id bigint primary key,
    handle text not null,
    kind text not null,
    status text not null,
    listed boolean not null,
    searchable boolean not null,
    published boolean not null,
    title text not null,
    sort_title text not null,
    vendor text not null,
    product_type text not null,
    labels text[] not null,
    search_text text not null,
    price_min bigint,
    price_max bigint,
    price_until timestamptz,
    available boolean not null,
    total_sales integer not null,
    position integer not null,
    created_at timestamptz not null,
    updated_at timestamptz not null,
    hash bytea not null,
    as_of timestamptz not null,
    version bigint not null,
    deleted_at timestamptz
);
create index product_version on product (version);
create index product_handle on product (handle) where deleted_at is null;
create index product_labels on product using gin (labels);
create index product_words on product using gin (to_tsvector('simple', search_text));
create index product_repricing on product (price_until) where price_until is not null;

-- The orders in which whole catalogues and large categories are listed; the expressions are those of spoina/catalog/orders.py. Without them a
-- page of 24 out of 50,000 products is found by sorting all of them (50 ms), with them by walking 24 entries (0.4 ms).
create index product_by_title on product (sort_title collate "C", id) where deleted_at is null and published and listed;
create index product_by_price on product (coalesce(price_min, 9223372036854775807), id) where deleted_at is null and published and listed;
create index product_by_price_down on product (coalesce(price_min, -1), id) where deleted_at is null and published and listed;
create index product_by_sales on product ((-total_sales), id) where deleted_at is null and published and listed;
create index product_by_creation on product (created_at, id) where deleted_at is null and published and listed;
create index product_by_update on product (updated_at, id) where deleted_at is null and published and listed;
create index product_by_position on product (position, sort_title collate "C", id) where deleted_at is null and published and listed;

-- The prepared document of one product for one channel and language. Stored as it is: compressing costs more than it saves.
create table product_document (
    product_id bigint not null references product (id) on delete cascade,
    channel text not null,
    language text not null,
    version bigint not null,
    body bytea not null,
    primary key (product_id, channel, language)
);
alter table product_document alter column body set storage external;

-- One thing that can be bought, for look-ups by SKU and barcode and as the part a product's document is assembled from. A variation
-- may be read before its product, so there is no foreign key. sells: 'counted' while stock of stock_item is left, 'always' (not counted and
-- in stock, or backorders are taken), 'never' (no price, switched off, out of stock by hand).
create table variant (
    id bigint primary key,
    product_id bigint not null,
    sku text,
    barcode text,
    position integer not null,
    sells text not null default 'never' check (sells in ('always', 'counted', 'never')),
    stock_item bigint,
    body bytea not null,
    hash bytea not null,
    as_of timestamptz not null
);
alter table variant alter column body set storage external;
create index variant_product on variant (product_id);
create index variant_stock_item on variant (stock_item) where stock_item is not null;
create index variant_sku on variant (sku) where sku is not null;
create index variant_barcode on variant (barcode) where barcode is not null;

-- Append-only: the schedule that holds from valid_from until the variant's next row. Amounts in minor units.
create table price_change (
    variant_id bigint not null,
    valid_from timestamptz not null,
    currency text not null,
    regular bigint,
    sale bigint,
    sale_from timestamptz,
    sale_to timestamptz,
    effective bigint,
    primary key (variant_id, valid_from)
);

create table location (
    id bigint primary key generated always as identity (start with 100),
    code text not null unique,
    name text not null,
    owner text not null check (owner in ('woocommerce', 'spoina'))
);
insert into location (id, code, name, owner) overriding system value values (1, 'woocommerce', 'WooCommerce', 'woocommerce');

create table stock (
    item_id bigint not null,
    location_id bigint not null references location (id),
    on_hand integer not null,
    held integer not null default 0,
    buffer integer not null default 0,
    as_of timestamptz not null,
    primary key (item_id, location_id)
);

-- migrate:down

drop table stock, location, price_change, variant, product_document, product, menu, page, term, tax_rate, tax_class, shop;
drop sequence catalog_version;

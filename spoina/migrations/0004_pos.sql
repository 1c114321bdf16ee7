-- migrate:up

-- A place at a counter: it stays at its location, numbers what is posted there, and has one open shift at most. `highest` and `missing`: the
-- sequence numbers that were received and, below the highest, were not; a set, so that the order of arrival does not matter.
create table pos_register (
    id bigint primary key generated always as identity,
    code text not null unique,
    location_id bigint not null references location (id),
    highest bigint not null default 0,
    missing int8multirange not null default '{}',
    shifts_closed integer not null default 0
);

-- A device at a register; whoever comes later takes its place.
create table pos_terminal (
    id bigint primary key generated always as identity,
    name text not null,
    register_id bigint not null references pos_register (id),
    registered_at timestamptz not null,
    replaced_at timestamptz
);
create unique index pos_terminal_in_use on pos_terminal (register_id) where replaced_at is null;

alter table api_key
    add column terminal_id bigint references pos_terminal (id),
    add constraint api_key_terminals_are_tills check (terminal_id is null or kind = 'pos');

-- What a terminal posted under a key, and what it was answered: sent again, it is answered the same.
create table pos_request (
    key uuid primary key,
    kind text not null,
    digest bytea not null,
    answer bytea not null,
    recorded_at timestamptz not null
);

-- Which letter of the fiscal printer stands for a tax class. rate: hundredths of a percent.
create table pos_vat_letter (
    tax_class text primary key,
    letter text not null check (letter ~ '^[A-G]$'),
    rate integer not null check (rate between 0 and 10000)
);
insert into pos_vat_letter (tax_class, letter, rate) values
    ('', 'A', 2300), ('reduced-rate', 'B', 800), ('super-reduced-rate', 'C', 500), ('zero-rate', 'D', 0), ('exempt', 'E', 0);

-- A sale, a return or a void as it was printed: amounts in minor units, never changed by anyone here. body: all of it, as JSON.
-- utc_offset: minutes the device's clock was ahead of UTC. shift_id: as the device says; its opening may arrive later. pending_hold: what
-- is held of WooCommerce's stock until WooCommerce has the sale.
create table pos_sale (
    id uuid primary key,
    kind text not null check (kind in ('sale', 'return', 'void')),
    origin_id uuid references pos_sale (id),
    register_id bigint not null references pos_register (id),
    terminal_id bigint not null references pos_terminal (id),
    location_id bigint not null references location (id),
    sequence bigint not null,
    shift_id uuid,
    cashier text not null,
    occurred_at timestamptz not null,
    utc_offset integer not null,
    received_at timestamptz not null,
    total bigint not null,
    currency text not null,
    buyer_nip text,
    fiscal_required boolean not null,
    fiscal_device_no text,
    fiscal_receipt_no text,
    fiscal_printed_at timestamptz,
    fiscal_status text not null check (fiscal_status in ('pending', 'printed', 'failed', 'not_required')),
    catalogue_version bigint,
    pending_hold uuid,
    differences bytea not null,
    body bytea not null,
    check ((kind = 'sale') = (origin_id is null))
);
create index pos_sale_register on pos_sale (register_id, sequence);
create index pos_sale_shift on pos_sale (shift_id) where shift_id is not null;
create index pos_sale_origin on pos_sale (origin_id) where origin_id is not null;
create index pos_sale_receipt on pos_sale (fiscal_receipt_no) where fiscal_receipt_no is not null;
create index pos_sale_to_fiscalise on pos_sale (received_at) where fiscal_status in ('pending', 'failed');

-- returned: of the quantity sold, by returns and voids so far.
create table pos_sale_line (
    sale_id uuid not null references pos_sale (id),
    line integer not null,
    variant_id bigint,
    stock_item bigint,
    title text not null,
    quantity integer not null check (quantity > 0),
    gross bigint not null,
    returned integer not null default 0 check (returned between 0 and quantity),
    primary key (sale_id, line)
);

-- The lines of returns and voids: what came back of which line of the sale they point to.
create table pos_return_line (
    return_id uuid not null references pos_sale (id),
    line integer not null,
    origin_line integer not null,
    quantity integer not null check (quantity > 0),
    gross bigint not null check (gross >= 0),
    restock boolean not null,
    primary key (return_id, line)
);

create table pos_sale_vat (
    sale_id uuid not null references pos_sale (id),
    letter text not null,
    rate integer not null,
    net bigint not null,
    vat bigint not null,
    gross bigint not null,
    primary key (sale_id, letter)
);

create table pos_payment (
    sale_id uuid not null references pos_sale (id),
    place integer not null,
    method text not null,
    amount bigint not null,
    primary key (sale_id, place)
);

create table pos_shift (
    id uuid primary key,
    register_id bigint not null references pos_register (id),
    cashier text not null,
    opening_float bigint not null,
    opened_at timestamptz not null,
    recorded_at timestamptz not null,
    closed_at timestamptz,
    closed_by text,
    number integer,
    closing bytea
);
create unique index pos_shift_open on pos_shift (register_id) where closed_at is null;

-- amount: above zero put in, below taken out.
create table pos_cash_move (
    id uuid primary key,
    shift_id uuid not null references pos_shift (id),
    amount bigint not null,
    reason text not null,
    cashier text not null,
    occurred_at timestamptz not null,
    recorded_at timestamptz not null
);
create index pos_cash_move_shift on pos_cash_move (shift_id);

create table pos_cash_count (
    id uuid primary key,
    shift_id uuid not null references pos_shift (id),
    counted bytea not null,
    cashier text not null,
    occurred_at timestamptz not null,
    recorded_at timestamptz not null
);
create index pos_cash_count_shift on pos_cash_count (shift_id);

-- Click and collect. The goods are held by hold_id until expires_at, or until the pickup is over before. code_digest: of the code the customer shows.
create table pickup (
    id uuid primary key,
    location_id bigint not null references location (id),
    reference text not null,
    customer text not null,
    hold_id uuid not null,
    lines bytea not null,
    paid boolean not null,
    status text not null check (status in ('accepted', 'picking', 'ready', 'collected', 'expired', 'cancelled')),
    created_at timestamptz not null,
    promised_at timestamptz not null,
    ready_at timestamptz,
    expires_at timestamptz not null,
    code_digest bytea,
    attempts_left integer not null default 5 check (attempts_left >= 0),
    ended_at timestamptz,
    ended_by text
);
create index pickup_waiting on pickup (location_id, promised_at) where status in ('accepted', 'picking', 'ready');

-- Followers of the catalogue walk it by (version, id); one version may carry thousands of products.
drop index product_version;
create index product_version on product (version, id);

-- Counts of stock for the tills to follow, numbered when they became visible. The ledger's ids cannot serve: they are given before the
-- transactions commit, so a follower that has seen n may still miss n - 1. Writers leave a row without a number; whoever reads next
-- numbers what is committed, under a lock. One row per item and location: neither grows beyond the stock itself, though nobody may read.
create table stock_change_due (item_id bigint not null, location_id bigint not null, primary key (item_id, location_id));
create sequence stock_change_number;
create table stock_change (
    item_id bigint not null,
    location_id bigint not null,
    number bigint not null,
    primary key (item_id, location_id)
);
create unique index stock_change_order on stock_change (number);
insert into stock_change_due (item_id, location_id) select item_id, location_id from stock;

-- A row that waits already is locked, not left alone: it must not be numbered before this change is committed.
create function note_stock_change() returns trigger language plpgsql as $$
begin
    insert into stock_change_due (item_id, location_id)
    select distinct item_id, location_id from moved order by item_id, location_id
    on conflict (item_id, location_id) do update set item_id = excluded.item_id;
    return null;
end $$;
create trigger note_stock_change after insert on stock_move
    referencing new table as moved for each statement execute function note_stock_change();

-- migrate:down

drop trigger note_stock_change on stock_move;
drop function note_stock_change;
drop table stock_change, stock_change_due;
drop sequence stock_change_number;
drop index product_version;
create index product_version on product (version);
drop table pickup, pos_cash_count, pos_cash_move, pos_shift, pos_payment, pos_sale_vat, pos_return_line, pos_sale_line, pos_sale, pos_vat_letter, pos_request;
delete from api_key where terminal_id is not null;
alter table api_key drop constraint api_key_terminals_are_tills, drop column terminal_id;
drop table pos_terminal, pos_register;

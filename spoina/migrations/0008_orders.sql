-- migrate:up

-- The shop's status dictionary: what WooCommerce's statuses, custom ones too, mean here. A status that is not in it is kept as text and
-- stands for the neutral state `other`.
create table order_status (
    status text primary key,
    state text not null check (state in ('pending_payment', 'on_hold', 'processing', 'completed', 'cancelled', 'refunded', 'failed', 'other'))
);
insert into order_status (status, state) values
    ('pending', 'pending_payment'), ('on-hold', 'on_hold'), ('processing', 'processing'), ('completed', 'completed'),
    ('cancelled', 'cancelled'), ('refunded', 'refunded'), ('failed', 'failed');

-- hold_minutes: how long an order may wait for its payment (WooCommerce → Settings → Products → Inventory); null: for ever.
create table order_policy (
    only_one boolean primary key default true check (only_one),
    hold_minutes integer check (hold_minutes > 0),
    as_of timestamptz not null
);

-- key: who placed it chose it; placed again under the same key it is the same order, told by digest. number: the order of arrival, for
-- lists. external_id: WooCommerce's number, null until it has the order. shop_hash: of what was last read from, or answered by, the shop,
-- at as_of. stock_settled: the hold is confirmed or given back. body: everything else, as JSON (OrderDraft).
create table sales_order (
    id uuid primary key,
    key text not null unique,
    digest bytea not null,
    number bigint generated always as identity unique,
    origin text not null,
    channel text not null,
    state text not null,
    shop_status text,
    external_id bigint unique,
    external_number text,
    payment_url text,
    customer_id bigint,
    email text not null,
    currency text not null,
    total bigint not null,
    hold_id uuid,
    stock_settled boolean not null,
    placed_at timestamptz not null,
    changed_at timestamptz not null,
    expires_at timestamptz,
    paid_at timestamptz,
    shop_hash bytea,
    as_of timestamptz,
    body bytea not null
);
create index sales_order_unpaid on sales_order (expires_at) where expires_at is not null;
create index sales_order_customer on sales_order (customer_id, number) where customer_id is not null;
create index sales_order_email on sales_order (lower(email), number) where email <> '';
create index sales_order_state on sales_order (state, number);

-- total, total_tax: of the whole line, in minor units.
create table order_line (
    order_id uuid not null references sales_order (id),
    line integer not null,
    variant_id bigint,
    sku text,
    title text not null,
    quantity integer not null,
    total bigint not null,
    total_tax bigint not null,
    external_id bigint,
    primary key (order_id, line)
);

-- Append-only: who changed what, from what, to what.
create table order_history (
    id bigint primary key generated always as identity,
    order_id uuid not null references sales_order (id),
    at timestamptz not null,
    actor text not null,
    event text not null,
    from_state text,
    to_state text,
    note text not null default ''
);
create index order_history_order on order_history (order_id, id);
create index order_history_at on order_history (at);

-- What is still to be done between an order and WooCommerce: create, status, refund and note are sent there, an order (read) or a customer
-- is fetched from there.
-- Tasks of one order are done in the order of their ids. started_at: when it was first sent; set before anything is sent, so that whoever
-- finds it set looks up what became of it. times: how often a read was hinted at. dead_at: for a person; its reason says why.
create table order_task (
    id bigint primary key generated always as identity,
    kind text not null check (kind in ('create', 'status', 'refund', 'note', 'read', 'customer')),
    order_id uuid references sales_order (id),
    external_id bigint,
    subject uuid,
    body text not null default '',
    times integer not null default 1,
    attempts integer not null default 0,
    failures integer not null default 0,
    created_at timestamptz not null,
    started_at timestamptz,
    due_at timestamptz not null,
    dead_at timestamptz,
    reason text not null default '',
    check ((kind in ('read', 'customer')) = (external_id is not null)),
    check ((external_id is null) = (order_id is not null))
);
create index order_task_due on order_task (due_at) where dead_at is null;
create index order_task_order on order_task (order_id, id) where order_id is not null;
create unique index order_task_read on order_task (kind, external_id) where external_id is not null;

-- Goods or money going back. Asked for by the customer, decided by staff, then a refund in WooCommerce (external_id); or born there.
-- amount: with tax. restock: the units can be sold again.
create table order_return (
    id uuid primary key,
    order_id uuid not null references sales_order (id),
    state text not null check (state in ('requested', 'approved', 'refused', 'refunded', 'deleted')),
    external_id bigint unique,
    amount bigint not null check (amount >= 0),
    reason text not null,
    restock boolean not null,
    requested_by text not null,
    requested_at timestamptz not null,
    decided_by text,
    decided_at timestamptz,
    decision_note text not null default '',
    refunded_at timestamptz
);
create index order_return_order on order_return (order_id, requested_at);
create table order_return_line (
    return_id uuid not null references order_return (id),
    line integer not null,
    quantity integer not null check (quantity >= 0),
    total bigint not null,
    total_tax bigint not null,
    primary key (return_id, line)
);

-- Notes on orders as WooCommerce has them: tracking numbers, what plugins tell.
create table order_note (
    order_id uuid not null references sales_order (id),
    external_id bigint not null,
    at timestamptz not null,
    author text not null,
    text text not null,
    for_customer boolean not null,
    primary key (order_id, external_id)
);

-- Something a person has to look at: the shop's totals are not ours, an order twice, money for an order that was cancelled.
create table order_alert (
    order_id uuid not null references sales_order (id),
    kind text not null,
    note text not null,
    raised_at timestamptz not null,
    resolved_at timestamptz,
    resolved_by text,
    primary key (order_id, kind)
);
create index order_alert_open on order_alert (raised_at) where resolved_at is null;

-- Customers as the shop has them.
create table shop_customer (
    id bigint primary key,
    email text not null,
    first_name text not null,
    last_name text not null,
    body bytea not null,
    hash bytea not null,
    as_of timestamptz not null,
    deleted_at timestamptz
);
create index shop_customer_email on shop_customer (lower(email));

-- Heard by every process once the change is committed: orders that changed, and that there is something to do.
create function announce_orders() returns trigger language plpgsql as $$
begin
    perform pg_notify('order_changed', order_id::text) from (select distinct order_id from written) as each;
    return null;
end $$;
create trigger announce_orders after insert on order_history
    referencing new table as written for each statement execute function announce_orders();
create function announce_order_task() returns trigger language plpgsql as $$
begin
    perform pg_notify('order_task', '');
    return null;
end $$;
create trigger announce_order_task after insert on order_task for each statement execute function announce_order_task();

-- migrate:down

drop trigger announce_order_task on order_task;
drop trigger announce_orders on order_history;
drop function announce_order_task, announce_orders;
drop table shop_customer, order_alert, order_note, order_return_line, order_return, order_task, order_history, order_line, sales_order,
    order_policy, order_status;

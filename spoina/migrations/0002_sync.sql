-- migrate:up

-- What arrived from outside, whole, before anything was done with it.
create table inbox (
    id bigint primary key generated always as identity,
    source text not null,
    topic text not null,
    delivery text not null,
    received_at timestamptz not null,
    body bytea not null,
    processed_at timestamptz,
    outcome text,
    unique (source, delivery)
);
create index inbox_waiting on inbox (id) where processed_at is null;

-- Products to be read again, each once however often it was hinted at. `due_at` moves when a read failed.
create table product_hint (
    product_id bigint primary key,
    reason text not null,
    times integer not null default 1,
    failures integer not null default 0,
    first_at timestamptz not null,
    last_at timestamptz not null,
    due_at timestamptz not null
);
create index product_hint_due on product_hint (due_at);

create table quarantine (
    source text not null,
    kind text not null,
    external_id bigint not null,
    reason text not null,
    body bytea not null,
    hash bytea not null,
    first_at timestamptz not null,
    last_at timestamptz not null,
    times integer not null default 1,
    primary key (source, kind, external_id)
);

-- How far each kind of reading has come; `cursor` is what it needs to go on after a stop.
create table sync_cursor (
    name text primary key,
    cursor text not null,
    moved_at timestamptz not null
);

create table sync_run (
    id bigint primary key generated always as identity,
    kind text not null,
    started_at timestamptz not null,
    beat_at timestamptz not null,
    finished_at timestamptz,
    stage text not null default '',
    total bigint,
    read bigint not null default 0,
    created bigint not null default 0,
    changed bigint not null default 0,
    removed bigint not null default 0,
    quarantined bigint not null default 0,
    error text
);
create index sync_run_latest on sync_run (kind, id desc);

create table webhook_subscription (
    source text not null,
    topic text not null,
    external_id bigint not null,
    delivery_url text not null,
    secret text not null,
    status text not null,
    checked_at timestamptz not null,
    primary key (source, topic)
);

create table api_key (
    id bigint primary key generated always as identity,
    name text not null,
    kind text not null check (kind in ('web', 'app', 'pos', 'staff')),
    digest bytea not null unique,
    hint text not null,
    created_at timestamptz not null,
    revoked_at timestamptz
);

-- migrate:down

drop table api_key, webhook_subscription, sync_run, sync_cursor, quarantine, product_hint, inbox;

-- migrate:up

-- Who wants to hear of what. The secrets have to be readable: deliveries are signed with them.
create table webhook_endpoint (
    id bigint primary key generated always as identity,
    url text not null,
    topics text[] not null,
    description text not null,
    secret text not null,
    earlier_secret text,
    earlier_secret_until timestamptz,
    created_at timestamptz not null,
    failing_since timestamptz,
    disabled_at timestamptz,
    disabled_because text
);

-- What happened, told once: `key` names it, so that a source that is read twice tells nothing twice.
create table webhook_event (
    id uuid primary key,
    topic text not null,
    key text not null unique,
    occurred_at timestamptz not null,
    body bytea not null
);
create index webhook_event_age on webhook_event (occurred_at);

create table webhook_delivery (
    id bigint primary key generated always as identity,
    event_id uuid not null references webhook_event (id) on delete cascade,
    endpoint_id bigint not null references webhook_endpoint (id) on delete cascade,
    status text not null default 'pending' check (status in ('pending', 'delivered', 'dead')),
    attempts integer not null default 0,
    due_at timestamptz not null,
    ended_at timestamptz,
    unique (endpoint_id, event_id)
);
create index webhook_delivery_due on webhook_delivery (due_at) where status = 'pending';
create index webhook_delivery_dead on webhook_delivery (endpoint_id, id) where status = 'dead';
create index webhook_delivery_event on webhook_delivery (event_id);

create table webhook_attempt (
    delivery_id bigint not null references webhook_delivery (id) on delete cascade,
    number integer not null,
    at timestamptz not null,
    milliseconds integer not null,
    status integer,
    answer text not null,
    primary key (delivery_id, number)
);

-- How far a source of events has been told; a row exists while somebody listens to it.
create table webhook_source (
    name text primary key,
    cursor bigint not null
);

-- migrate:down

drop table webhook_source, webhook_attempt, webhook_delivery, webhook_event, webhook_endpoint;

-- migrate:up

-- version: committed operations, in each of which it goes up by one. body: what is in it, as JSON. secret_digests: of whoever was given
-- access, the newest last. expires_at: null for a customer's cart, which stays. location_id: the till's where it is parked. Pages keep room,
-- because nearly every update leaves all indexed columns alone.
create table cart (
    id uuid primary key,
    version bigint not null,
    status text not null check (status in ('active', 'merged', 'ordered')),
    cart_group text not null,
    channel text not null,
    customer text,
    location_id bigint references location (id),
    successor uuid,
    secret_digests bytea[] not null,
    created_at timestamptz not null,
    updated_at timestamptz not null,
    expires_at timestamptz,
    body bytea not null,
    check (customer is null or expires_at is null),
    check ((status = 'merged') = (successor is not null))
) with (fillfactor = 70);
create unique index cart_of_customer on cart (customer, cart_group) where customer is not null and status = 'active';
create index cart_parked on cart (location_id) where location_id is not null and status = 'active';
create index cart_expiry on cart using brin (expires_at);

-- Every operation that was applied, in the order of `version`; kept for 30 days. digest: of the operation, by which the same id with
-- another body is noticed. outcome: what was answered. Its cart is not referenced: each row is written with its cart, and purged after it.
create table cart_op (
    cart_id uuid not null,
    operation_id text not null,
    version bigint not null,
    kind text not null,
    channel text not null,
    device text not null,
    at timestamptz not null,
    digest bytea not null,
    body bytea not null,
    outcome bytea not null,
    primary key (cart_id, operation_id)
);
create index cart_op_age on cart_op using brin (at);

-- One cart merged into another, with both as they were before.
create table cart_merge (
    id bigint primary key generated always as identity,
    guest_id uuid not null,
    target_id uuid not null,
    guest_body bytea not null,
    target_body bytea not null,
    target_version bigint not null,
    report bytea not null,
    merged_at timestamptz not null,
    undone_at timestamptz
);
create unique index cart_merge_standing on cart_merge (guest_id) where undone_at is null;

-- A code by which another device gets at a cart, once.
create table cart_handoff (
    code_digest bytea primary key,
    cart_id uuid not null,
    created_at timestamptz not null,
    expires_at timestamptz not null,
    claimed_at timestamptz
);
create index cart_handoff_cart on cart_handoff (cart_id);

-- How many wrong codes a client tried in a minute.
create table cart_handoff_miss (
    client text not null,
    minute timestamptz not null,
    misses integer not null,
    primary key (client, minute)
);

-- migrate:down

drop table cart_handoff_miss, cart_handoff, cart_merge, cart_op, cart;

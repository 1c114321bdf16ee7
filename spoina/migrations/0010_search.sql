-- migrate:up

-- How far each search index has followed the catalogue. `categories`: a digest of the tree that its documents were made with, since a
-- category's name is part of its products' documents and changes none of their versions.
create table search_index (
    name text primary key,
    version bigint not null,
    categories bytea not null,
    checked_at timestamptz
);

-- What a merchant wants in front or at the end, for a query or a collection, for a while.
create table search_rule (
    id bigint primary key generated always as identity,
    kind text not null check (kind in ('pin', 'boost', 'bury')),
    query text,
    category_id bigint,
    product_ids bigint[] not null,
    starts_at timestamptz,
    ends_at timestamptz,
    note text not null,
    created_at timestamptz not null,
    check ((query is null) <> (category_id is null))
);

-- What was searched for, by day; nothing of who searched.
create table search_count (
    day date not null,
    text text not null,
    searches bigint not null,
    without_results bigint not null,
    primary key (day, text)
);

-- migrate:down

drop table search_count, search_rule, search_index;

-- migrate:up

-- One row per feed that was ever built here. `secret` is part of its address. `pinned`: a person has put an older build back, and only a
-- build by hand replaces it.
create table feed (
    name text primary key,
    secret text not null,
    channel text not null,
    format text not null,
    extension text not null,
    media_type text not null,
    auth_user text,
    auth_password_sha256 text,
    published bigint,
    published_at timestamptz,
    pinned boolean not null default false,
    status text not null default 'new' check (status in ('new', 'published', 'held_back', 'failed')),
    reason text not null default '',
    status_at timestamptz not null,
    check ((auth_user is null) = (auth_password_sha256 is null))
);

-- One attempt to build a feed. Its files lie in the feed storage under its number, so that no build ever writes over another's. What the
-- build has seen (catalog_version, and the transactions before stock_horizon of server database_id) tells the next one what changed.
create table feed_build (
    id bigint generated always as identity primary key,
    feed text not null references feed (name) on delete cascade,
    state text not null check (state in ('building', 'published', 'held_back', 'failed', 'forgotten')),
    reason text not null default '',
    incremental boolean not null default false,
    fingerprint bytea,
    database_id bigint,
    catalog_version bigint,
    stock_horizon bigint,
    as_of timestamptz,
    started_at timestamptz not null,
    finished_at timestamptz,
    products integer not null default 0,
    rendered integer not null default 0,
    items integer not null default 0,
    failing integer not null default 0,
    excluded integer not null default 0,
    rules bytea,
    raw_bytes bigint not null default 0,
    packed_bytes bigint not null default 0,
    sha256 bytea
);
create index feed_build_of on feed_build (feed, id desc);
alter table feed add constraint feed_published foreign key (published) references feed_build (id);

-- Who fetched what, without anything that tells a person: crawlers say who they are in the user agent.
create table feed_fetch (
    id bigint generated always as identity primary key,
    feed text not null references feed (name) on delete cascade,
    build bigint,
    at timestamptz not null,
    method text not null,
    status smallint not null,
    bytes bigint not null,
    user_agent text not null
);
create index feed_fetch_of on feed_fetch (feed, id desc);
create index feed_fetch_at on feed_fetch (at);

-- How long changes took until they stood in the published file: a histogram. `seconds` is a bucket's upper bound, 'Infinity' the last.
create table feed_freshness (
    feed text not null references feed (name) on delete cascade,
    seconds double precision not null,
    changes bigint not null default 0,
    total_seconds double precision not null default 0,
    primary key (feed, seconds)
);

-- migrate:down

drop table feed_freshness, feed_fetch;
alter table feed drop constraint feed_published;
drop table feed_build, feed;

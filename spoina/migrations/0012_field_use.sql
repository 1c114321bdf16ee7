-- migrate:up

-- Which client used which member of the GraphQL schema, by day; nothing of who the shopper was.
create table field_use (
    coordinate text not null,
    client text not null,
    version text not null,
    day date not null,
    requests bigint not null,
    first_seen timestamptz not null,
    last_seen timestamptz not null,
    primary key (coordinate, client, version, day)
) with (fillfactor = 70);

-- migrate:down

drop table field_use;

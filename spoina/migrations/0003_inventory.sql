-- migrate:up

-- A place where stock lies. ships_online: what lies there may be sold by channels that ship. pickup_minutes: from order to ready.
alter table location
    add column address text not null default '',
    add column timezone text not null default 'Europe/Warsaw',
    add column pickup_enabled boolean not null default false,
    add column pickup_minutes integer not null default 120 check (pickup_minutes >= 0),
    add column ships_online boolean not null default false,
    add column active boolean not null default true;
update location set ships_online = true where owner = 'woocommerce';

-- incoming: sent from another location and not received yet; part of no availability. scarce_since: when the units left fell to the
-- number from which each channel has its share (share_policy); null while there is plenty.
alter table stock
    add column incoming integer not null default 0,
    add column scarce_since timestamptz,
    add constraint stock_at_least_none check (held >= 0 and buffer >= 0 and incoming >= 0);
-- Most updates of a row change its numbers only: room for them on its own page keeps them out of the index.
alter table stock set (fillfactor = 70);

-- One command of a person, a till or a channel. Sent again it does nothing; sent again with another body (digest) it is refused.
create table stock_command (
    source text not null,
    reference text not null,
    kind text not null,
    digest bytea not null,
    recorded_at timestamptz not null,
    primary key (source, reference)
);

-- Append-only: every change of stock.on_hand, so that sum(delta) = on_hand for each item and location. occurred_at is the clock of
-- whoever did it, recorded_at ours.
create table stock_move (
    id bigint primary key generated always as identity,
    item_id bigint not null,
    location_id bigint not null,
    delta integer not null,
    reason text not null check (
        reason in ('sale', 'return', 'count', 'transfer_out', 'transfer_in', 'receipt', 'correction', 'waste', 'channel_sync')
    ),
    source text not null,
    reference text not null,
    line integer not null,
    occurred_at timestamptz not null,
    recorded_at timestamptz not null,
    actor text not null default '',
    note text not null default ''
);
create index stock_move_item on stock_move (item_id, location_id);
-- WooCommerce's counts are guarded by stock.as_of instead: an index entry for each of an import's hundred thousands would buy nothing.
create unique index stock_move_once on stock_move (source, reference, line) where reason <> 'channel_sync';

insert into stock_move (item_id, location_id, delta, reason, source, reference, line, occurred_at, recorded_at)
select item_id, location_id, on_hand, 'channel_sync', 'woocommerce', 'opening', 0, as_of, as_of from stock where on_hand <> 0;

-- One row is one hold with all its lines: they are written once, together, and end together.
--   active        counted as held until expires_at
--   sold_pending  sold; its lines at WooCommerce's location stay held until WooCommerce has the order
--   committed, released, expired: over
-- backordered: the part of the units that was not there; shared: the part that counts towards the channel's share; null: none. holder says for whom: kind:reference. No checks: a CHECK is parsed anew by every statement that writes, and what writes here is typed.
create table hold (
    id uuid primary key,
    holder text not null,
    channel text not null,
    status text not null,
    created_at timestamptz not null,
    expires_at timestamptz not null,
    ended_at timestamptz,
    item_ids bigint[] not null,
    location_ids bigint[] not null,
    units integer[] not null,
    backordered integer[],
    shared integer[]
);
create index hold_expiry on hold (expires_at) where status = 'active';
create index hold_sold on hold (created_at) where status = 'sold_pending';

create view hold_line as
select hold.id as hold_id, hold.status, hold.channel, hold.created_at, hold.expires_at, line.*
from hold, unnest(item_ids, location_ids, units, backordered, shared) with ordinality
    as line (item_id, location_id, units, backordered, shared, line);

-- Sales that WooCommerce has taken over: held until a count arrives whose reading began at or after confirmed_at. A count read earlier
-- may or may not contain the sale; see spoina/inventory/holds.py.
create table sale_settling (
    item_id bigint not null,
    hold_id uuid not null,
    line integer not null,
    units integer not null,
    confirmed_at timestamptz not null,
    primary key (item_id, hold_id, line)
);

-- Something a person has to look at: more sold than there was, a count that fell below what is held, a transfer that came short.
create table stock_exception (
    id bigint primary key generated always as identity,
    kind text not null check (kind in ('oversold', 'overtaken', 'lost_in_transit')),
    item_id bigint not null,
    location_id bigint not null references location (id),
    units integer not null,
    source text not null,
    reference text not null,
    opened_at timestamptz not null,
    resolved_at timestamptz,
    resolved_by text,
    note text
);
create index stock_exception_open on stock_exception (item_id, location_id) where resolved_at is null;

create table stock_transfer (
    id uuid primary key,
    source_id bigint not null references location (id),
    target_id bigint not null references location (id),
    sent_at timestamptz not null,
    closed_at timestamptz
);
create table stock_transfer_line (
    transfer_id uuid not null references stock_transfer (id),
    item_id bigint not null,
    sent integer not null check (sent > 0),
    received integer not null default 0 check (received >= 0),
    primary key (transfer_id, item_id)
);

-- Units kept from a channel. The most specific row counts: item and location, item, location, neither.
create table channel_buffer (
    channel text not null,
    item_id bigint,
    location_id bigint references location (id),
    units integer not null check (units >= 0),
    unique nulls not distinct (channel, item_id, location_id)
);

-- The last scarce_at units of an item at a location are divided among the channels by weight, until open_after has passed.
create table share_policy (
    only_one boolean primary key default true check (only_one),
    scarce_at integer not null check (scarce_at > 0),
    open_after interval not null
);
create table channel_share (
    channel text primary key,
    weight integer not null check (weight between 1 and 1000)
);
create table share_taken (
    item_id bigint not null,
    location_id bigint not null,
    channel text not null,
    units integer not null check (units >= 0),
    primary key (item_id, location_id, channel)
);

-- Items whose stock crossed zero, for product.available to follow; who settles them holds the catalogue's lock, so that no hold has to.
create table availability_due (item_id bigint not null);

-- Codes by which a variant is known beside its own (variant.barcode), as GTIN-14.
create table known_barcode (
    code text primary key check (code ~ '^\d{14}$'),
    variant_id bigint not null,
    added_at timestamptz not null
);
create index known_barcode_variant on known_barcode (variant_id);

-- EAN-13 codes that a shop's own scales print: prefix, the article's number, digits that are not read, the value, the check digit.
create table in_store_rule (
    prefix text primary key check (prefix ~ '^2\d$'),
    reference_digits integer not null check (reference_digits between 3 and 7),
    value_digits integer not null check (value_digits between 3 and 7),
    value_kind text not null check (value_kind in ('weight', 'price')),
    check (reference_digits + value_digits <= 10)
);

-- What is held, as holds and sales say it; stock.held is their sum.
create view promised as
select item_id, location_id, sum(units)::integer as units, sum(backordered)::integer as backordered from (
    select item_id, location_id, line.units, backordered
    from hold_line as line join location on location.id = location_id
    where status = 'active' or status = 'sold_pending' and owner = 'woocommerce'
    union all
    select item_id, location.id, sale_settling.units, 0 from sale_settling join location on owner = 'woocommerce'
) as each group by item_id, location_id;

-- What channels that ship may sell of an item, over all locations.
create view online_stock as
select stock.item_id, sum(greatest(stock.on_hand - stock.held - stock.buffer, 0))::integer as left_over, min(stock.as_of) as as_of
from stock join location on location.id = stock.location_id
where location.ships_online and location.active
group by stock.item_id;

-- Lock order, for everyone: the catalogue's lock, then stock rows by item and location, then hold rows. Whoever changes more than one
-- stock row comes through here first.
create function lock_stock(p_items bigint[]) returns void language plpgsql as $$
begin
    perform 1 from stock where item_id = any(p_items) order by item_id, location_id for no key update;
end $$;

-- Heard by every process once the transaction is committed. 390 ids of any length fit into one message (8,000 bytes).
create function announce_stock(p_items bigint[]) returns void language plpgsql as $$
begin
    perform pg_notify('stock_changed', string_agg(item::text, ','))
    from (select item, (row_number() over () - 1) / 390 as message from (select distinct unnest(p_items) as item) as once) as numbered
    group by message;
end $$;

-- Opens and closes the sharing of what is scarce; the caller holds the rows' locks.
create function settle_scarcity(p_items bigint[], p_now timestamptz) returns void language plpgsql as $$
declare
    v_scarce_at integer := (select scarce_at from share_policy);
begin
    if v_scarce_at is null then
        return;
    end if;
    update stock set scarce_since = p_now
    where item_id = any(p_items) and scarce_since is null and on_hand - held - buffer <= v_scarce_at;
    with plenty as (
        update stock set scarce_since = null
        where item_id = any(p_items) and scarce_since is not null and on_hand - held - buffer > v_scarce_at
        returning item_id, location_id
    )
    delete from share_taken using plenty
    where share_taken.item_id = plenty.item_id and share_taken.location_id = plenty.location_id;
end $$;

-- Where numbers of stock change, by deltas (claim_holds does it itself, in fewer statements); the caller holds the rows' locks. What lies at a location of ours is as fresh
-- as its last move.
create function change_stock(
    p_items bigint[], p_locations bigint[], p_on_hand integer[], p_held integer[], p_now timestamptz
) returns void language plpgsql as $$
begin
    with delta as (
        select item_id, location_id, sum(on_hand)::integer as on_hand, sum(held)::integer as held
        from unnest(p_items, p_locations, p_on_hand, p_held) as each (item_id, location_id, on_hand, held)
        group by item_id, location_id
    ), changed as (
        update stock set
            on_hand = stock.on_hand + delta.on_hand,
            held = stock.held + delta.held,
            as_of = case when delta.on_hand = 0 then stock.as_of else greatest(stock.as_of, p_now) end
        from delta where stock.item_id = delta.item_id and stock.location_id = delta.location_id
        returning stock.item_id, stock.on_hand - stock.held - stock.buffer as after, delta.on_hand - delta.held as gain
    )
    insert into availability_due (item_id) select item_id from changed where (after > 0) <> (after - gain > 0);
    perform settle_scarcity(p_items, p_now);
    perform announce_stock(p_items);
end $$;

-- Ends active holds, as released or expired, and gives back what they held; the caller holds the locks of their stock rows. A hold that
-- was extended, sold or ended meanwhile is left alone.
create function end_holds(p_ids uuid[], p_status text, p_now timestamptz) returns setof uuid language plpgsql as $$
declare
    v_ended uuid[];
    v_items bigint[];
    v_locations bigint[];
    v_units integer[];
begin
    with ended as (
        update hold set status = p_status, ended_at = p_now
        where id = any(p_ids) and status = 'active' and (p_status <> 'expired' or expires_at <= p_now)
        returning id
    )
    select coalesce(array_agg(id), '{}') into v_ended from ended;
    update share_taken set units = share_taken.units - given_back.units
    from (
        select line.item_id, line.location_id, line.channel, sum(line.shared) as units
        from hold_line as line join stock using (item_id, location_id)
        where line.hold_id = any(v_ended) and line.created_at >= stock.scarce_since and line.shared > 0
        group by line.item_id, line.location_id, line.channel
    ) as given_back
    where share_taken.item_id = given_back.item_id and share_taken.location_id = given_back.location_id
        and share_taken.channel = given_back.channel;
    select array_agg(item_id), array_agg(location_id), array_agg(-units) into v_items, v_locations, v_units
    from hold_line where hold_id = any(v_ended);
    if v_items is not null then
        perform change_stock(v_items, v_locations, array_fill(0, array[cardinality(v_items)]), v_units, p_now);
    end if;
    return query select unnest(v_ended);
end $$;

-- A channel's share of so many units: largest remainders, ties in the order of the channels' names.
create function share_quota(p_pool integer, p_channel text) returns integer language sql stable as $$
    with part as (
        select channel, p_pool::bigint * weight as portion, sum(weight) over () as total from channel_share
    ), ranked as (
        select channel, portion / total as whole,
            p_pool - sum(portion / total) over () as over,
            row_number() over (order by portion % total desc, channel collate "C") as place
        from part
    )
    select coalesce((select (whole + (place <= over)::integer)::integer from ranked where channel = p_channel), 0)
$$;

-- What a channel may take of `p_left` units: its buffer and its share. The same rule as spoina/inventory/rules.py explains.
create function channel_allowance(
    p_channel text, p_item bigint, p_location bigint, p_left integer, p_now timestamptz
) returns integer language plpgsql stable as $$
declare
    v_policy share_policy;
    v_since timestamptz;
    v_all integer;
    v_own integer;
    v_share integer := p_left;
    v_buffer integer := coalesce((
        select units from channel_buffer
        where channel = p_channel and coalesce(item_id, p_item) = p_item and coalesce(location_id, p_location) = p_location
        order by item_id nulls last, location_id nulls last limit 1
    ), 0);
begin
    select * into v_policy from share_policy;
    if found and p_left > v_policy.scarce_at then
        v_share := p_left - v_policy.scarce_at + share_quota(v_policy.scarce_at, p_channel);
    elsif found then
        select scarce_since into v_since from stock where item_id = p_item and location_id = p_location;
        if coalesce(v_since, p_now) + v_policy.open_after > p_now then
            select coalesce(sum(units), 0), coalesce(sum(units) filter (where channel = p_channel), 0) into v_all, v_own
            from share_taken where item_id = p_item and location_id = p_location;
            v_share := share_quota(greatest(p_left, 0) + v_all, p_channel) - v_own;
        end if;
    end if;
    return greatest(least(p_left - v_buffer, v_share), 0);
end $$;

-- Claims a batch of holds in the order of its arrival, each with all its lines or none; whoever comes first gets what is there. The
-- lines of hold h are p_first_lines[h] up to the one before p_first_lines[h + 1]; a line names an item, all of which are in p_items, and
-- a location or 0: anywhere that ships. Such a line is taken whole at WooCommerce's location, else whole where most is left, else
-- from several in that order. p_again: some of these may have been sent before; those that stand are answered as known.
--
-- Answers in arrays: which holds won, and where in `taken` their lines end (each is one stock row and its units); which lines were short,
-- and what there was for them; and which holds are known. A hold that is alone waits for every statement in here: they are few.
create function claim_holds(
    p_now timestamptz, p_again boolean,
    p_ids uuid[], p_holders text[], p_channels text[], p_seconds integer[],
    p_first_lines integer[], p_items bigint[], p_line_items bigint[], p_line_locations bigint[], p_line_units integer[],
    out stock_items bigint[], out stock_locations bigint[], out won integer[], out won_until integer[], out taken_rows integer[],
    out taken_units integer[], out taken_backordered integer[], out short integer[], out short_lines integer[], out short_left integer[],
    out known integer[]
) language plpgsql as $$
declare
    v_expired uuid[];
    v_scarce_at integer;
    v_ruled boolean;
    v_row record;
    s_before integer[];
    s_left integer[];
    s_open boolean[];
    s_online boolean[];
    s_allowed integer[];
    t_shared integer[];
    t_count integer := 0;
    t_before integer;
    t_line integer;
    w_count integer := 0;
    v_short boolean;
    v_item bigint;
    v_at bigint;
    v_wanted integer;
    v_left integer;
    v_total integer;
    v_first integer;
    v_last integer;
    v_best integer;
    v_home integer;
    v_part integer;
begin
    select array_agg(id), exists (select from channel_buffer), (select scarce_at from share_policy) into v_expired, v_ruled, v_scarce_at
    from hold where status = 'active' and expires_at <= p_now and item_ids && p_items;
    v_ruled := v_ruled or v_scarce_at is not null;
    if v_expired is not null then
        perform lock_stock(p_items || (select array_agg(distinct item_id) from hold_line where hold_id = any(v_expired)));
        perform end_holds(v_expired, 'expired', p_now);
    end if;
    if v_ruled then
        perform lock_stock(p_items);
        perform settle_scarcity(p_items, p_now);
    end if;

    -- Item by item, WooCommerce's location first: it has the lowest id. That is the lock order, too.
    select array_agg(item_id), array_agg(location_id), array_agg(units), array_agg(units), array_agg(active), array_agg(active and ships_online)
    into stock_items, stock_locations, s_before, s_left, s_open, s_online
    from (
        select stock.item_id, location_id, on_hand - held - buffer as units, active, ships_online
        from stock join location on location.id = location_id
        where item_id = any(p_items) order by item_id, location_id for no key update of stock
    ) as locked;
    if p_again then
        select array_agg(array_position(p_ids, id)) into known from hold where id = any(p_ids);
    end if;

    for h in 1 .. cardinality(p_ids) loop
        continue when p_again and h = any(known);
        t_before := t_count;
        v_short := false;
        for k in p_first_lines[h] .. p_first_lines[h + 1] - 1 loop
            v_at := p_line_locations[k];
            v_wanted := p_line_units[k];
            v_first := array_position(stock_items, p_line_items[k]);

            -- Most lines want no more than the first location has.
            if not v_ruled and s_left[v_first] >= v_wanted
                and (v_at = 0 and s_online[v_first] or stock_locations[v_first] = v_at and s_open[v_first])
            then
                t_count := t_count + 1;
                taken_rows[t_count] := v_first;
                taken_units[t_count] := v_wanted;
                taken_backordered[t_count] := 0;
                s_left[v_first] := s_left[v_first] - v_wanted;
                continue;
            end if;

            t_line := t_count + 1;
            v_total := 0;
            v_best := 0;
            v_home := 0;
            v_item := p_line_items[k];
            v_last := v_first;
            while stock_items[v_last + 1] = v_item loop
                v_last := v_last + 1;
            end loop;
            for r in coalesce(v_first, 1) .. coalesce(v_last, 0) loop
                if (case when v_at = 0 then s_online[r] else s_open[r] and stock_locations[r] = v_at end) then
                    v_left := greatest(s_left[r], 0);
                    if v_ruled and v_left > 0 then
                        v_left := channel_allowance(p_channels[h], stock_items[r], stock_locations[r], v_left, p_now);
                    end if;
                    s_allowed[r] := v_left;
                    v_total := v_total + v_left;
                    if v_home = 0 then
                        v_home := r;
                    end if;
                    if v_left >= v_wanted and (v_best = 0 or v_best <> v_home and v_left > s_allowed[v_best]) then
                        v_best := r;
                    end if;
                    exit when v_best = v_home;
                end if;
            end loop;

            if v_best > 0 then
                t_count := t_count + 1;
                taken_rows[t_count] := v_best;
                taken_units[t_count] := v_wanted;
                taken_backordered[t_count] := 0;
                s_left[v_best] := s_left[v_best] - v_wanted;
            elsif v_home > 0 and (
                v_total >= v_wanted
                or s_online[v_home] and exists (select from variant where stock_item = v_item and sells = 'always')
            ) then
                for v_row in
                    select r, s_allowed[r] as units
                    from generate_series(v_first, v_last) as r
                    where case when v_at = 0 then s_online[r] else stock_locations[r] = v_at end
                    order by r <> v_home, s_allowed[r] desc, r
                loop
                    -- What is promised beyond all that is there waits at the first location.
                    v_part := least(v_row.units, v_wanted) + case when v_row.r = v_home then greatest(v_wanted - v_total, 0) else 0 end;
                    if v_part > 0 then
                        t_count := t_count + 1;
                        taken_rows[t_count] := v_row.r;
                        taken_units[t_count] := v_part;
                        taken_backordered[t_count] := greatest(v_part - v_row.units, 0);
                        s_left[v_row.r] := s_left[v_row.r] - v_part;
                        v_wanted := v_wanted - v_part;
                    end if;
                end loop;
            else
                v_short := true;
                short := short || h;
                short_lines := short_lines || k;
                short_left := short_left || v_total;
            end if;
            if v_scarce_at is not null then
                -- Of what a row had, the last scarce_at units are shared. Known to channel_allowance() at once: the next line may want the same.
                for n in t_line .. t_count loop
                    t_shared[n] := least(taken_units[n], greatest(v_scarce_at - s_left[taken_rows[n]], 0));
                    insert into share_taken as share (item_id, location_id, channel, units)
                    values (stock_items[taken_rows[n]], stock_locations[taken_rows[n]], p_channels[h], t_shared[n])
                    on conflict (item_id, location_id, channel) do update set units = share.units + excluded.units;
                end loop;
            end if;
        end loop;

        if v_short then
            for n in t_before + 1 .. t_count loop
                s_left[taken_rows[n]] := s_left[taken_rows[n]] + taken_units[n];
                if v_scarce_at is not null then
                    update share_taken set units = share_taken.units - t_shared[n]
                    where item_id = stock_items[taken_rows[n]] and location_id = stock_locations[taken_rows[n]] and channel = p_channels[h];
                end if;
            end loop;
            t_count := t_before;
        else
            w_count := w_count + 1;
            won[w_count] := h;
            won_until[w_count] := t_count;
        end if;
    end loop;

    if w_count > 0 then
        with kept as (
            insert into hold (
                id, holder, channel, status, created_at, expires_at, item_ids, location_ids, units, backordered, shared
            )
            select
                asked.id, holder, channel, 'active', p_now, p_now + make_interval(secs => seconds),
                -- Most holds have one line, and an array of one is made faster than a query for it.
                case when first = last then array[stock_items[taken_rows[first]]]
                    else array(select stock_items[taken_rows[n]] from generate_series(first, last) as n) end,
                case when first = last then array[stock_locations[taken_rows[first]]]
                    else array(select stock_locations[taken_rows[n]] from generate_series(first, last) as n) end,
                case when first = last then array[taken_units[first]] else taken_units[first:last] end,
                case when first = last then array[taken_backordered[first]] else taken_backordered[first:last] end,
                t_shared[first:last]
            from (
                select winner, coalesce(lag(until) over (order by winner), 0) + 1 as first, until as last
                from unnest(won, won_until) as each (winner, until)
            ) as winners
            join unnest(p_ids, p_holders, p_channels, p_seconds)
                with ordinality as asked (id, holder, channel, seconds, place)
                on asked.place = winners.winner
        ), changed as (
            -- unnest, because the planner takes it for ten rows and looks each up; generate_series would be a thousand and a scan.
            update stock set held = held + taken.before - taken.after
            from unnest(stock_items, stock_locations, s_before, s_left) as taken (item_id, location_id, before, after)
            where taken.after < taken.before and stock.item_id = taken.item_id and stock.location_id = taken.location_id
        ), due as (
            insert into availability_due (item_id)
            select each.item_id from unnest(stock_items, s_before, s_left) as each (item_id, before, after)
            where before > 0 and after <= 0
        )
        select count(*) into v_left from pg_notify('stock_changed', array_to_string(p_items, ','));
        if v_ruled then
            perform settle_scarcity(p_items, p_now);
        end if;
    end if;
end $$;

-- migrate:down

drop function claim_holds, channel_allowance, share_quota, end_holds, change_stock, settle_scarcity, announce_stock, lock_stock;
drop view online_stock, promised, hold_line;
drop table in_store_rule, known_barcode, availability_due, share_taken, channel_share, share_policy, channel_buffer, stock_transfer_line,
    stock_transfer, stock_exception, sale_settling, hold, stock_move, stock_command;
alter table stock drop constraint stock_at_least_none, drop column incoming, drop column scarce_since;
alter table location drop column address, drop column timezone, drop column pickup_enabled, drop column pickup_minutes,
    drop column ships_online, drop column active;

-- migrate:up

-- order_id: the order that is collected. It counts its goods itself, so nothing is held for its pickup, which waits until it is collected
-- or cancelled. code: shown to whoever placed the order, while it is ready.
alter table pickup
    add column order_id uuid unique references sales_order (id),
    add column code text,
    alter column hold_id drop not null,
    alter column expires_at drop not null,
    add constraint pickup_is_held_or_an_orders check ((order_id is null) = (hold_id is not null) and (order_id is null) = (expires_at is not null));

-- till_sale: the till's sale by which the order was paid, and which took none of its goods out of stock again.
alter table sales_order add column till_sale uuid unique;

-- migrate:down

alter table sales_order drop column till_sale;
delete from pickup where order_id is not null;
alter table pickup
    drop constraint pickup_is_held_or_an_orders,
    drop column order_id,
    drop column code,
    alter column hold_id set not null,
    alter column expires_at set not null;

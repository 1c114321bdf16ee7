-- migrate:up

-- customer: whose token opened the cart that became this order, as the token names him; null for guests.
alter table sales_order add column customer text;
create index sales_order_of_customer on sales_order (customer, number) where customer is not null;

-- WooCommerce's payment methods that are switched on, in the shop's order.
create table payment_method (
    id text primary key,
    position integer not null,
    body bytea not null,
    as_of timestamptz not null
);

-- migrate:down

drop table payment_method;
drop index sales_order_of_customer;
alter table sales_order drop column customer;

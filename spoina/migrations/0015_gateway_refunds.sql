-- migrate:up

-- by_gateway: the money goes back by the shop's payment plugin; else the shop's staff give it back.
alter table order_return add column by_gateway boolean not null default false;

-- migrate:down

alter table order_return drop column by_gateway;

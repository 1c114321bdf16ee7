-- migrate:up

-- The orders in which whole catalogues and large categories are listed; the expressions are those of spoina/catalog/orders.py. Without them a
-- page of 24 out of 50,000 products is found by sorting all of them (50 ms), with them by walking 24 entries (0.4 ms).
create index product_by_title on product (sort_title collate "C", id) where deleted_at is null and published and listed;
create index product_by_price on product (coalesce(price_min, 9223372036854775807), id) where deleted_at is null and published and listed;
create index product_by_price_down on product (coalesce(price_min, -1), id) where deleted_at is null and published and listed;
create index product_by_sales on product ((-total_sales), id) where deleted_at is null and published and listed;
create index product_by_creation on product (created_at, id) where deleted_at is null and published and listed;
create index product_by_update on product (updated_at, id) where deleted_at is null and published and listed;
create index product_by_position on product (position, sort_title collate "C", id) where deleted_at is null and published and listed;

-- migrate:down

drop index product_by_title, product_by_price, product_by_price_down, product_by_sales, product_by_creation, product_by_update, product_by_position;

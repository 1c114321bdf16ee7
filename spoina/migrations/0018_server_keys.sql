-- migrate:up

alter table api_key drop constraint api_key_kind_check;
alter table api_key add constraint api_key_kind_check check (kind in ('web', 'app', 'pos', 'server', 'staff'));

-- migrate:down

delete from api_key where kind = 'server';
alter table api_key drop constraint api_key_kind_check;
alter table api_key add constraint api_key_kind_check check (kind in ('web', 'app', 'pos', 'staff'));

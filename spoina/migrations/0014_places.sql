-- migrate:up

-- Degrees, WGS 84; both or neither. By them the nearest place is found.
alter table location
    add column latitude double precision check (latitude between -90 and 90),
    add column longitude double precision check (longitude between -180 and 180),
    add constraint location_is_somewhere check ((latitude is null) = (longitude is null));

-- What tills posted is forgotten by age.
create index pos_request_age on pos_request (recorded_at);

-- migrate:down

drop index pos_request_age;
alter table location drop constraint location_is_somewhere, drop column latitude, drop column longitude;

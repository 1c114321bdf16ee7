-- migrate:up

-- A hash over the hashes of a file's parts: parts that are copied from build to build are not read again for it. Not what sha256sum says.
alter table feed_build rename column sha256 to digest;

-- migrate:down

alter table feed_build rename column digest to sha256;

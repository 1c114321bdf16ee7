-- migrate:up

-- Of the file that a build made. A feed's own say what its definition asks for now, and only until something is published.
alter table feed_build add column extension text, add column media_type text;
update feed_build set extension = feed.extension, media_type = feed.media_type from feed where feed.name = feed_build.feed;
alter table feed_build alter column extension set not null, alter column media_type set not null;

-- migrate:down

alter table feed_build drop column extension, drop column media_type;

-- +goose Up

-- facts is what a file says about itself, JSON. While busy_until is later than
-- now, somebody makes something more of a content that may be unused by then.
alter table content add column facts text not null default '{}';
alter table content add column busy_until bigint not null default 0;

-- link is what the page of a link says, JSON, '' for none; wanted_link is the
-- same of the newest wish, until that ends. At check_at it is looked at again.
alter table media add column link text not null default '';
alter table media add column wanted_link text not null default '';
alter table media add column check_at bigint not null default 0;
update media set check_at = 1 where kind = 'tour' or good_url <> '';
create index media_check on media (check_at) where check_at > 0;

-- yields is 1 of a media that waits behind other accounts' (gallery's fair share).
alter table media add column yields bigint not null default 1;
create index media_open on media (account_id, yields) where state in ('pending', 'processing');

alter table placement add column altered bigint not null default 0;
alter table placement add column altered_from text not null default '';

-- altered_from is the media that it was made of, 0 for none; link as in media.
alter table shown add column altered bigint not null default 0;
alter table shown add column altered_from bigint not null default 0;
alter table shown add column link text not null default '';

-- +goose Down
alter table shown drop column link;
alter table shown drop column altered_from;
alter table shown drop column altered;
alter table placement drop column altered_from;
alter table placement drop column altered;
drop index media_open;
alter table media drop column yields;
drop index media_check;
alter table media drop column check_at;
alter table media drop column wanted_link;
alter table media drop column link;
alter table content drop column busy_until;
alter table content drop column facts;

-- Times are milliseconds since the epoch, UTC; 0 is "never". {{id}} is each
-- engine's own way to number rows. An external id of NULL clashes with nothing.

-- +goose Up
create table secret (
  name text primary key,
  value text not null
);

create table account (
  id {{id}},
  name text not null unique,
  suspended bigint not null default 0,
  settings text not null default '{}',
  event_seq bigint not null default 0, -- of the newest event
  created_at bigint not null
);

create table api_key (
  id {{id}},
  account_id bigint not null references account (id),
  prefix text not null,
  hash text not null unique,
  scopes text not null,
  created_at bigint not null,
  revoked_at bigint not null default 0
);
create index api_key_account on api_key (account_id);

-- One row for the same bytes, whoever sent them.
create table content (
  sha256 text primary key,
  bytes bigint not null,
  type text not null,
  state text not null,
  clean bigint not null default 0, -- a virus scanner found nothing
  width bigint not null default 0,
  height bigint not null default 0,
  duration_ms bigint not null default 0,
  blurhash text not null default '',
  thumbhash text not null default '',
  dominant_color text not null default '',
  recipe text not null default '',
  created_at bigint not null,
  unused_at bigint not null default 0 -- since when nobody has used it
);
create index content_unused on content (unused_at) where unused_at > 0;

create table variant (
  sha256 text not null references content (sha256),
  name text not null,
  type text not null,
  width bigint not null,
  height bigint not null,
  bytes bigint not null,
  primary key (sha256, name)
);

-- sha256 is the content shown, wanted_sha256 the newer one being scanned or
-- optimised. etag and last_modified go with the bytes had last: those shown,
-- or those wanted. identity_key names the source of a media that all classifieds
-- of an account share; NULL for a media of the Listings API.
create table media (
  id {{id}},
  uuid text not null unique,
  account_id bigint not null references account (id),
  external_id text,
  kind text not null,
  identity_key text,
  url text not null,
  identity text not null,
  version text not null,
  has_version text not null default '', -- of what is shown
  good_url text not null default '', -- of a link: where it led to last
  spent_seq bigint not null default 0, -- the wish whose URL, which works once, was used
  etag text not null default '',
  last_modified text not null default '',
  state text not null,
  progress bigint not null default 0, -- percent
  seq bigint not null,
  sha256 text references content (sha256),
  wanted_sha256 text references content (sha256),
  failure_code text not null default '',
  failure_detail text not null default '',
  job_id bigint not null default 0,
  begun_at bigint not null default 0, -- the first try of the newest wish
  created_at bigint not null,
  updated_at bigint not null,
  unique (account_id, external_id),
  unique (account_id, identity_key)
);
create index media_sha256 on media (sha256);
create index media_wanted on media (wanted_sha256);

create table listing (
  id {{id}},
  uuid text not null unique,
  gallery text not null unique,
  account_id bigint not null references account (id),
  kind text not null,
  external_id text,
  status text not null,
  revision bigint not null,
  settled_revision bigint not null default 0, -- the newest of which every media has ended
  digest text not null,
  form_data text not null,
  job_id bigint not null default 0,
  shown_revision bigint not null default 0,
  shown_at bigint not null default 0,
  swap_at bigint not null default 0, -- when the gallery changes over whatever has not ended
  created_at bigint not null,
  updated_at bigint not null,
  synced_at bigint not null,
  unique (account_id, kind, external_id)
);
create index listing_account on listing (account_id, kind, id);
create index listing_swap on listing (swap_at) where swap_at > 0;

-- A file that its sender uploads by itself.
create table upload (
  media_id bigint primary key references media (id),
  content_type text not null,
  size bigint not null, -- 0 when it was not told
  created_at bigint not null,
  confirmed_at bigint not null default 0,
  job_id bigint not null default 0
);
create index upload_created on upload (created_at);

-- The list as its sender wants it.
create table placement (
  listing_id bigint not null references listing (id),
  position bigint not null,
  media_id bigint not null references media (id),
  type text not null,
  url text not null, -- as sent
  version text not null, -- of the URL as sent
  category text not null,
  tags text not null, -- JSON
  title text not null,
  primary key (listing_id, position)
);
create index placement_media on placement (media_id);

-- The gallery as the public sees it: what was good when it was published.
create table shown (
  listing_id bigint not null references listing (id),
  position bigint not null,
  media_id bigint not null references media (id),
  sha256 text references content (sha256), -- NULL for a link
  type text not null,
  category text not null,
  tags text not null, -- JSON
  title text not null,
  url text not null, -- of a link
  primary key (listing_id, position)
);
create index shown_sha256 on shown (sha256);
create index shown_media on shown (media_id);

-- The history of a classified. media '' is as in the line before it.
create table listing_status (
  id {{id}},
  uuid text not null,
  listing_id bigint not null references listing (id),
  revision bigint not null,
  portals text not null, -- JSON
  status text not null,
  sub_status text not null,
  detail text not null,
  message text not null,
  at bigint not null,
  media text not null -- JSON
);
create index listing_status_listing on listing_status (listing_id, id);
create index listing_status_media on listing_status (listing_id, id) where media <> '';

-- The feed of an account. seq has no gaps: it is counted on the account's row,
-- which every transaction about the account has locked.
create table event (
  account_id bigint not null references account (id),
  seq bigint not null,
  type text not null,
  at bigint not null,
  data text not null, -- JSON
  primary key (account_id, seq)
);
create index event_at on event (at);

create table endpoint (
  id {{id}},
  account_id bigint not null references account (id),
  url text not null,
  callback bigint not null, -- 1: of the Classifieds API's statuses
  types text not null, -- JSON
  statuses text not null, -- JSON
  secrets text not null, -- JSON, the newest first
  rotated_at bigint not null,
  disabled_at bigint not null default 0,
  disabled_why text not null default '',
  delivered_at bigint not null default 0, -- the last success
  fails bigint not null default 0, -- rounds in a row without any answer
  paused_until bigint not null default 0, -- left alone until then
  created_at bigint not null
);
create index endpoint_account on endpoint (account_id);

create table delivery (
  id {{id}},
  endpoint_id bigint not null references endpoint (id) on delete cascade,
  event_seq bigint not null, -- 0 for a status
  status_id bigint not null, -- 0 for an event
  listing_id bigint not null, -- of a status: they are delivered in order, 0 for an event
  type text not null,
  message_id text not null,
  state text not null,
  attempts bigint not null default 0,
  created_at bigint not null,
  next_at bigint not null, -- not before; of one under way: when it is given up
  ended_at bigint not null default 0
);
create index delivery_due on delivery (endpoint_id, next_at) where state = 'pending';
create index delivery_endpoint on delivery (endpoint_id, id);
create index delivery_created on delivery (created_at);
create index delivery_order on delivery (endpoint_id, listing_id, id) where state = 'pending';

create table delivery_attempt (
  id {{id}},
  delivery_id bigint not null references delivery (id) on delete cascade,
  at bigint not null,
  duration_ms bigint not null,
  http_status bigint not null,
  detail text not null
);
create index delivery_attempt_delivery on delivery_attempt (delivery_id, id);

create table job (
  id {{id}},
  account_id bigint not null references account (id),
  type text not null,
  status text not null,
  media_id bigint not null default 0,
  listing_id bigint not null default 0,
  result text not null default '',
  error text not null default '',
  created_at bigint not null,
  ended_at bigint not null default 0
);
create index job_unended on job (id) where ended_at = 0;
create index job_ended on job (ended_at) where ended_at > 0;

create table attempt (
  id {{id}},
  media_id bigint not null references media (id),
  job_id bigint not null,
  seq bigint not null,
  number bigint not null,
  stage text not null,
  started_at bigint not null,
  duration_ms bigint not null,
  http_status bigint not null,
  bytes bigint not null,
  type text not null,
  outcome text not null,
  detail text not null
);
create index attempt_media on attempt (media_id, id);

-- What a request with an idempotency key was answered; status 0 while it runs.
create table saved_answer (
  account_id bigint not null references account (id),
  key text not null,
  request text not null,
  status bigint not null default 0,
  content_type text not null default '',
  body text not null default '',
  created_at bigint not null,
  primary key (account_id, key)
);
create index saved_answer_created on saved_answer (created_at);

-- +goose Down
drop table saved_answer;
drop table delivery_attempt;
drop table delivery;
drop table endpoint;
drop table event;
drop table listing_status;
drop table attempt;
drop table job;
drop table shown;
drop table placement;
drop table upload;
drop table listing;
drop table media;
drop table variant;
drop table content;
drop table api_key;
drop table account;
drop table secret;

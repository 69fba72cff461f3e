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
  created_at bigint not null
);

create table api_key (
  id {{id}},
  account_id bigint not null references account (id),
  prefix text not null,
  hash text not null unique,
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
  width bigint not null default 0,
  height bigint not null default 0,
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

-- sha256 is the content shown, wanted_sha256 the newer one being optimised.
create table media (
  id {{id}},
  uuid text not null unique,
  account_id bigint not null references account (id),
  external_id text,
  url text not null,
  identity text not null,
  version text not null,
  state text not null,
  seq bigint not null,
  sha256 text references content (sha256),
  wanted_sha256 text references content (sha256),
  failure_code text not null default '',
  failure_detail text not null default '',
  job_id bigint not null default 0,
  begun_at bigint not null default 0, -- the first try of the newest wish
  created_at bigint not null,
  updated_at bigint not null,
  unique (account_id, external_id)
);
create index media_sha256 on media (sha256);
create index media_wanted on media (wanted_sha256);

create table listing (
  id {{id}},
  uuid text not null unique,
  gallery text not null unique,
  account_id bigint not null references account (id),
  external_id text,
  status text not null,
  revision bigint not null,
  digest text not null,
  form_data text not null,
  job_id bigint not null default 0,
  shown_revision bigint not null default 0,
  shown_at bigint not null default 0,
  created_at bigint not null,
  updated_at bigint not null,
  synced_at bigint not null,
  unique (account_id, external_id)
);

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
  primary key (listing_id, position)
);
create index placement_media on placement (media_id);

-- The gallery as the public sees it: what was good when it was published.
create table shown (
  listing_id bigint not null references listing (id),
  position bigint not null,
  media_id bigint not null references media (id),
  sha256 text not null references content (sha256),
  primary key (listing_id, position)
);
create index shown_sha256 on shown (sha256);

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

-- +goose Up

-- digest is the SHA-256 of a variant's bytes; '' of one made before it was noted.
alter table variant add column digest text not null default '';

-- What was deleted for good, and its receipt. Of a content or an upload that is
-- being deleted for it there is a row in erasing.
create table erasure (
  id {{id}},
  uuid text not null unique,
  account_id bigint not null references account (id),
  receipt text not null, -- JSON
  created_at bigint not null,
  ended_at bigint not null default 0 -- when the last byte was gone
);
create index erasure_account on erasure (account_id);
create table erasing (
  name text not null, -- the SHA-256 of a content, or the key of an upload
  erasure_id bigint not null references erasure (id),
  primary key (name, erasure_id)
);
create index erasing_erasure on erasing (erasure_id);

-- Bytes that an account doesn't want to see again.
create table refused (
  account_id bigint not null references account (id),
  sha256 text not null,
  primary key (account_id, sha256)
);

-- +goose Down
drop table refused;
drop table erasing;
drop table erasure;
alter table variant drop column digest;

-- +goose Up

-- What each accepted change made of a list, and why: the newest of each listing
-- (Tx.InsertRevision). Of the Listings API it names files by their ids alone.
create table listing_revision (
  listing_id bigint not null references listing (id),
  revision bigint not null,
  at bigint not null,
  changed_by text not null,
  status text not null, -- that the change gave the listing
  bytes bigint not null, -- of steps
  steps text not null, -- JSON
  primary key (listing_id, revision)
);

-- +goose Down
drop table listing_revision;

-- +goose Up

-- What each accepted change made of a list, and why: the newest of each listing
-- (Tx.InsertRevision). Of the Listings API it names files by their ids alone.
-- A node of before it deletes a listing without it.
create table listing_revision (
  listing_id bigint not null references listing (id) on delete cascade,
  revision bigint not null,
  at bigint not null,
  changed_by text not null,
  status text not null, -- that the change gave the listing
  bytes bigint not null, -- of steps
  steps text not null, -- JSON; '' where the list is that of the revision before
  primary key (listing_id, revision)
);

-- +goose Down
drop table listing_revision;

-- +goose Up

-- The figures of a picture, by which it is judged and compared; of one made
-- before they were taken there is no row. The bands are those of its hash, NULL
-- of one in which there is too little to be compared.
create table measure (
  sha256 text primary key references content (sha256) on delete cascade,
  measures text not null, -- JSON
  likeness text not null, -- JSON
  band0 bigint,
  band1 bigint,
  band2 bigint,
  band3 bigint
);

-- Those of what it shows, so that an account's pictures are found among its own.
alter table media add column band0 bigint;
alter table media add column band1 bigint;
alter table media add column band2 bigint;
alter table media add column band3 bigint;
create index media_band0 on media (account_id, band0, sha256) where band0 is not null;
create index media_band1 on media (account_id, band1, sha256) where band1 is not null;
create index media_band2 on media (account_id, band2, sha256) where band2 is not null;
create index media_band3 on media (account_id, band3, sha256) where band3 is not null;
drop index media_sha256;
create index media_sha256 on media (sha256, account_id, id);

-- +goose Down
drop index media_sha256;
create index media_sha256 on media (sha256);
drop index media_band0;
drop index media_band1;
drop index media_band2;
drop index media_band3;
alter table media drop column band0;
alter table media drop column band1;
alter table media drop column band2;
alter table media drop column band3;
drop table measure;

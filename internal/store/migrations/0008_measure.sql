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
create index measure_band0 on measure (band0) where band0 is not null;
create index measure_band1 on measure (band1) where band1 is not null;
create index measure_band2 on measure (band2) where band2 is not null;
create index measure_band3 on measure (band3) where band3 is not null;

-- +goose Down
drop table measure;

-- +goose Up

-- Counts the media of accounts that are on their way, by state, and tells the
-- oldest of their jobs, without a look at their rows. It takes the place of
-- media_open, which is dropped last: what follows has readers wait for the end.
create index media_underway on media (account_id, yields, state, job_id) where state in ('pending', 'processing');
drop index media_open;

-- +goose Down
create index media_open on media (account_id, yields) where state in ('pending', 'processing');
drop index media_underway;

-- +goose Up

-- An account's galleries by when they were published, for those who ask what has
-- changed since they asked last.
create index listing_shown on listing (account_id, shown_at, id) where shown_revision > 0;

-- +goose Down
drop index listing_shown;

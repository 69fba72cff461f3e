-- +goose Up

-- trace is the traceparent of W3C Trace Context of what asked for a row, '' for
-- none: of a task, of the message to a webhook, and of the newest change of a list.
alter table queue_task add column trace text not null default '';
alter table queue_task add column enqueued_at bigint not null default 0; -- 0: before it was noted
alter table delivery add column trace text not null default '';
alter table listing add column trace text not null default '';

-- +goose Down
alter table listing drop column trace;
alter table delivery drop column trace;
alter table queue_task drop column enqueued_at;
alter table queue_task drop column trace;

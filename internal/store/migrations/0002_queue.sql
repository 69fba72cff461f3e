-- +goose Up

-- The tasks of the embedded queue (package queue) on SQLite. On PostgreSQL this
-- table stays empty: River has its own.
create table queue_task (
  id {{id}},
  kind text not null,
  task_key text not null, -- '' for none
  lane text not null,
  priority bigint not null, -- 1 first
  args text not null, -- JSON
  run_at bigint not null, -- not before
  attempt bigint not null, -- begun and counted; of a running task its fencing token
  worker text not null, -- who runs it, '' while it waits
  lease_until bigint not null, -- of a running task
  last_error text not null
);
create index queue_task_waiting on queue_task (lane, priority, run_at, id) where worker = '';
create index queue_task_running on queue_task (worker) where worker <> '';
create unique index queue_task_key on queue_task (kind, task_key) where task_key <> '';

-- The nodes that work with River on PostgreSQL: one whose beat stands still is
-- dead. On SQLite this table stays empty.
create table queue_node (
  id text primary key,
  beat bigint not null -- counts up
);

-- +goose Down
drop table queue_node;
drop table queue_task;

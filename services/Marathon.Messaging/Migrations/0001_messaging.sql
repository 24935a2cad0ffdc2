-- Events this service tells. Never updated, never deleted row by row: a month that is older than the season is dropped as a whole. xid and seq are
-- what the relay reads by: see OutboxRelay.cs. OutboxMonths.cs makes the partitions; the default one takes what no month is there for.
CREATE SEQUENCE outbox_seq CACHE 1;

CREATE TABLE outbox (
  xid          xid8        NOT NULL DEFAULT pg_current_xact_id(),
  seq          bigint      NOT NULL DEFAULT nextval('outbox_seq'),
  shard        smallint    NOT NULL,
  stream       text        NOT NULL,
  aggregate_id uuid        NOT NULL,
  version      int         NOT NULL,   -- 1, 2, 3 … without a gap within (stream, aggregate_id)
  type         text        NOT NULL,
  payload      bytea       NOT NULL,   -- UTF-8 JSON, as it goes to the broker
  trace_parent text,
  occurred_at  timestamptz NOT NULL
) PARTITION BY RANGE (occurred_at);

CREATE INDEX outbox_unsent ON outbox (shard, xid);
CREATE INDEX outbox_in_order ON outbox (shard, seq);
CREATE INDEX outbox_of_aggregate ON outbox (aggregate_id);
CREATE TABLE outbox_default PARTITION OF outbox DEFAULT;

-- How far each shard has been sent, and to which cluster. epoch fences a relay that was frozen while another took over.
CREATE TABLE outbox_cursor (
  shard       smallint    PRIMARY KEY,
  snap        pg_snapshot NOT NULL,
  epoch       bigint      NOT NULL,
  cluster_id  text,
  end_offsets jsonb       NOT NULL DEFAULT '{}', -- "topic/partition": the offset after the last acknowledged message
  server_id   bigint                             -- of the PostgreSQL server whose transaction ids snap and xid are in
);

-- Parts of the outbox that are to be sent again, in order, beside what is new.
CREATE TABLE outbox_replays (
  id            bigint      GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  shard         smallint    NOT NULL,
  reason        text        NOT NULL,
  snap          pg_snapshot NOT NULL,            -- what is visible in it; anything newer is sent anyway
  stream        text,                            -- every stream, if null
  aggregate_ids uuid[],                          -- every aggregate, if null
  since         timestamptz NOT NULL,
  until         timestamptz NOT NULL,
  next_seq      bigint      NOT NULL DEFAULT 0,
  sent          bigint      NOT NULL DEFAULT 0,
  requested_at  timestamptz NOT NULL DEFAULT now(),
  finished_at   timestamptz
);
CREATE INDEX outbox_replays_open ON outbox_replays (shard, id) WHERE finished_at IS NULL;

-- Events this service heard: the last version applied of each aggregate.
CREATE TABLE inbox (
  stream       text NOT NULL,
  aggregate_id uuid NOT NULL,
  version      int  NOT NULL,
  PRIMARY KEY (stream, aggregate_id)
) WITH (fillfactor = 80);

-- Events put aside: 'waiting' for the version before them; or a dead letter, which 'failed' to be applied, or is 'malformed' and cannot even be read;
-- or 'dropped' by an operator and kept for the record.
CREATE TABLE parked_events (
  id           bigint      GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  state        text        NOT NULL CHECK (state IN ('waiting', 'failed', 'malformed', 'dropped')),
  source       text        NOT NULL,             -- the service that told it
  stream       text        NOT NULL,
  aggregate_id uuid        CHECK (aggregate_id IS NOT NULL OR state IN ('malformed', 'dropped')),
  version      int         CHECK (version IS NOT NULL OR state IN ('malformed', 'dropped')),
  type         text        NOT NULL,
  payload      bytea       NOT NULL,
  trace_parent text,
  occurred_at  timestamptz NOT NULL,
  error        text,
  parked_at    timestamptz NOT NULL DEFAULT now(),
  asked        int         NOT NULL DEFAULT 0,   -- how often the source was asked for what a waiting event waits for
  ask_at       timestamptz NOT NULL DEFAULT now(),
  UNIQUE (stream, aggregate_id, version)
);
CREATE INDEX parked_events_waiting ON parked_events (ask_at) WHERE state = 'waiting';

-- Where to read on: written with the effects, so the two cannot disagree. Offsets mean something in one cluster only.
CREATE TABLE consumer_positions (
  topic       text        NOT NULL,
  partition   int         NOT NULL,
  cluster_id  text        NOT NULL,
  next_offset bigint      NOT NULL,
  read_until  timestamptz NOT NULL,              -- when the last event that was read was written
  PRIMARY KEY (topic, partition)
);

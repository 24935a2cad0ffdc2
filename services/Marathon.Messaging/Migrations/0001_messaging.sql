-- Events this service tells. Never updated, never deleted row by row. xid and seq are what the relay reads by: see OutboxRelay.cs.
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
  occurred_at  timestamptz NOT NULL,
  PRIMARY KEY (shard, xid, seq)
);

-- How far each shard has been sent, and to which cluster. epoch fences a relay that was frozen while another took over.
CREATE TABLE outbox_cursor (
  shard      smallint    PRIMARY KEY,
  snap       pg_snapshot NOT NULL,
  epoch      bigint      NOT NULL,
  cluster_id text
);

-- Events this service heard: the last version applied of each aggregate.
CREATE TABLE inbox (
  stream       text NOT NULL,
  aggregate_id uuid NOT NULL,
  version      int  NOT NULL,
  PRIMARY KEY (stream, aggregate_id)
) WITH (fillfactor = 80);

-- Events that could not be applied when they came: 'waiting' for the version before them, or 'failed' (a dead letter).
CREATE TABLE parked_events (
  stream       text        NOT NULL,
  aggregate_id uuid        NOT NULL,
  version      int         NOT NULL,
  state        text        NOT NULL CHECK (state IN ('waiting', 'failed')),
  type         text        NOT NULL,
  payload      bytea       NOT NULL,
  trace_parent text,
  occurred_at  timestamptz NOT NULL,
  error        text,
  parked_at    timestamptz NOT NULL DEFAULT now(),
  PRIMARY KEY (stream, aggregate_id, version)
);

-- Where to read on, per cluster: written with the effects, so the two cannot disagree.
CREATE TABLE consumer_positions (
  cluster_id  text   NOT NULL,
  topic       text   NOT NULL,
  partition   int    NOT NULL,
  next_offset bigint NOT NULL,
  PRIMARY KEY (cluster_id, topic, partition)
);

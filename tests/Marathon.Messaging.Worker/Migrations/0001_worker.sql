-- How many events each thing has told in each stream: the row whose lock orders them.
CREATE TABLE things (
  stream  text NOT NULL,
  id      uuid NOT NULL,
  version int  NOT NULL,
  PRIMARY KEY (stream, id)
) WITH (fillfactor = 50);

-- How many events the writers are to commit, together; may be raised while they run.
CREATE TABLE plan (
  one    boolean PRIMARY KEY DEFAULT true CHECK (one),
  events bigint  NOT NULL
);

-- How many events each writer has committed. Written first in a transaction, before the thing's lock is won.
CREATE TABLE written (
  writer int    PRIMARY KEY,
  events bigint NOT NULL
) WITH (fillfactor = 50);

-- What was applied, in the order of application. Nothing here is unique but the place: an event applied twice must show.
CREATE TABLE effects (
  place        bigserial   PRIMARY KEY,
  stream       text        NOT NULL,
  aggregate_id uuid        NOT NULL,
  version      int         NOT NULL,
  occurred_at  timestamptz NOT NULL,
  applied_at   timestamptz NOT NULL DEFAULT clock_timestamp()
);

-- Events that cannot be applied, as long as they are listed.
CREATE TABLE poison (
  aggregate_id uuid NOT NULL,
  version      int  NOT NULL,
  PRIMARY KEY (aggregate_id, version)
);
